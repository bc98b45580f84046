"""Who else could do a thread's work: the candidates of A, and what each costs (agents.md 5)."""

from collections.abc import Sequence

from commandcenter.core.refusals import Reason, TargetInvalid
from commandcenter.core.world import World
from commandcenter.hud.card import PLACES, Page, Place, filled, receivers
from commandcenter.hud.rungs import times
from commandcenter.hud.shaping import Offer, Seats
from commandcenter.hud.words import plain, tokens, usd

SPARE = 11
"""The key of X X holds no candidate."""
SLOTS = tuple(slot for slot in range(PLACES) if slot != SPARE)
FORMS = {
    "native": "its own session goes on",
    "items": "the conversation is translated",
    "digest": "it gets a short text",
}


def offered(seats: Seats | None) -> tuple[Offer, ...]:
    """Those that have a place on the card: who does it now is none of them."""
    found = [one for one in seats.offers if not one.now] if seats is not None else []
    return tuple(found[: len(SLOTS)])


def seat_page(world: World, ids: Sequence[int], seats: Seats | None, mute: bool = False) -> Page:
    """Target mode of A: at most fourteen candidates, each with its price factor."""
    offers = offered(seats)
    places: list[Place | None] = [
        _place(slot, number, offer, _twin(offer, offers))
        for number, (slot, offer) in enumerate(zip(SLOTS, offers, strict=False))
    ]
    said = "goes on with" if offers else "nobody else is here"
    if seats is None:
        said = "the engine cannot say who could" if mute else "asking who could"
    head = f"{receivers(world, ids)} \u00b7 {said}"
    return Page("TARGET", head, filled(places), tuple(ids))


def _twin(offer: Offer, offers: Sequence[Offer]) -> bool:
    """Is there the same agent and model on another account?"""
    return sum((one.agent, one.model) == (offer.agent, offer.model) for one in offers) > 1


def _place(slot: int, number: int, offer: Offer, twin: bool) -> Place:
    name = plain(offer.model or offer.title or offer.agent)
    reason: Reason | None = _why(offer) if offer.why else None
    where = offer.account if twin and offer.account else offer.agent
    sub = "" if reason is not None else plain(where)
    return Place(
        slot, f"seat:{number}", name[:18], "reassign", "accent", sub, times(offer.factor), reason
    )


def _why(offer: Offer) -> Reason:
    text = f"{plain(offer.agent)}: {plain(offer.why)}"
    return TargetInvalid(f"{text}; {plain(offer.mend)}" if offer.mend else text)


def sentence(offer: Offer) -> str:
    """What picking it means: form, price, what does not go along."""
    parts = [
        f"{plain(offer.agent)} on {plain(offer.account)}" if offer.account else "",
        FORMS[offer.form],
    ]
    if offer.factor is not None:
        parts.append(f"{times(offer.factor)} the price")
    if offer.usd is not None:
        parts.append(f"reads it anew for {usd(offer.usd, offer.practice)}" + " list" * offer.plan)
    if offer.window:
        parts.append(f"{tokens(offer.window)} context")
    return ", ".join(part for part in parts if part)


def lost(offer: Offer) -> str:
    """`lost: cache, grants`; empty when everything goes along."""
    return f"lost: {', '.join(map(plain, offer.lost))}" if offer.lost else ""
