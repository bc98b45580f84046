"""Price factors on the card: one step up or down the ladder, and why there is none."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from commandcenter.core.refusals import (
    LadderBottom,
    LadderMissing,
    LadderTop,
    NoSuccessCommand,
    Reason,
    TargetInvalid,
)
from commandcenter.core.world import Head, World
from commandcenter.hud.card import Page, Place
from commandcenter.hud.shaping import Rung, Rungs
from commandcenter.hud.words import plain, usd

_WAYS = {"order.escalate": "up", "order.downgrade": "down"}
_LIVE = {
    "gate": "from the next call",
    "model": "from the next turn",
    "restart": "the session is opened again",
    "reassign": "handed over to another agent",
}


def times(factor: float | None) -> str:
    """`x5`, `x0.3`; empty where it is not known."""
    if factor is None:
        return ""
    return f"\u00d7{factor:.0f}" if factor >= 9.95 else f"\u00d7{factor:.1f}".replace(".0", "")


def badged(page: Page, world: World, known: Mapping[int, Rungs]) -> Page:
    """The card with factors, and with what only more than a head can say."""
    heads = [world.threads[one] for one in page.ids if one in world.threads]
    places = tuple(_badged(place, world, heads, known) for place in page.places)
    return page if places == page.places else replace(page, places=places)


def _badged(
    place: Place | None, world: World, heads: Sequence[Head], known: Mapping[int, Rungs]
) -> Place | None:
    if place is None or not heads or place.reason is not None:
        return place
    if place.action in _WAYS:
        return _stepped(place, heads, known)
    return _verified(place, world, heads) if place.action == "order.verify" else place


def _stepped(place: Place, heads: Sequence[Head], known: Mapping[int, Rungs]) -> Place:
    """A factor where all have the same, k/n where only some can, a reason where none can."""
    found = [(head, known[head.id]) for head in heads if head.id in known]
    if len(found) < len(heads):
        return place
    way = _WAYS[place.action]
    steps = [getattr(rungs, way) for _, rungs in found]
    able = [step for step in steps if step is not None and not step.why and step.fits]
    if not able:
        return replace(place, reason=_none(way, *found[0]))
    if len(able) < len(heads):
        return replace(place, badge=f"{len(able)}/{len(heads)}")
    factors = sorted({times(step.factor) for step in able})
    return replace(place, badge=factors[0]) if len(factors) == 1 and not place.badge else place


def _none(way: str, head: Head, rungs: Rungs) -> Reason:
    step: Rung | None = getattr(rungs, way)
    if step is not None and step.why:
        return TargetInvalid("; ".join(map(plain, filter(None, (step.why, step.mend)))))
    if step is not None:
        return TargetInvalid(f"its context does not fit {plain(step.model)}")
    if not rungs.ladder:
        return LadderMissing(plain(head.model) or "the default model")
    return LadderTop(plain(head.model)) if way == "up" else LadderBottom(plain(head.model))


def _verified(place: Place, world: World, heads: Sequence[Head]) -> Place:
    """Without a success command nothing can be run; what runs can be stopped."""
    able = [head for head in heads if success(world, head)]
    if not able:
        return replace(place, reason=NoSuccessCommand())
    running = sum(bool(head.verifying) for head in able)
    if running:
        sub = "again stops" if running == len(able) else f"{running} run"
        place = replace(place, sub=sub)
    badge = f"{len(able)}/{len(heads)}" if len(able) < len(heads) else place.badge
    return replace(place, badge=badge)


def success(world: World, head: Head) -> str:
    """The success command of its operation; empty = there is none."""
    operation = world.operations.get(head.operation)
    return operation.success if operation is not None else ""


def sentence(action: str, rungs: Rungs | None) -> str:
    """The tooltip's line: `to opus, x5; the cache is read anew: about $0.12`."""
    step: Rung | None = getattr(rungs, _WAYS[action]) if rungs is not None else None
    if step is None or step.why:
        return ""
    parts = [f"to {plain(step.name or step.model)}"]
    if step.factor is not None:
        parts.append(f"{times(step.factor)} the price")
    parts.append(_LIVE[step.live])
    if step.lost_cache is not None:
        money = usd(step.lost_cache, step.basis == "practice")
        parts.append(f"the lost cache costs {money}" + " list" * (step.basis == "plan"))
    return ", ".join(parts)
