"""What the screen asks of a reassign: who could go on, the text that is handed over (hud.shaping).

seats {thread}, handoff {thread}, editing {thread}: as the Records of those names there; money is a
text or null, times are wall ns, an unknown thread answers {}.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from commandcenter.config.accounts import Account
from commandcenter.core.conversation import Usage
from commandcenter.core.orders import Reassign
from commandcenter.core.refusals import NoChange, Reason, Refused
from commandcenter.core.shaping import HandoffForm, Seat
from commandcenter.core.world import Head
from commandcenter.drivers.base import AgentSpec
from commandcenter.drivers.catalog import program
from commandcenter.engine.handlers.reassigning import check
from commandcenter.engine.laddering import ladders, rates
from commandcenter.engine.launching import is_foreign
from commandcenter.engine.packet import form_of, seat_of, text_of
from commandcenter.rules.digest import TOKENS
from commandcenter.rules.handing import TOKEN_CHARS
from commandcenter.rules.ladders import price_factor

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

MOST: Final = 40
"""Offers; the card has room for fewer, best first."""
MODELS: Final = 4
"""Of one account with one agent."""


async def seats(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """Everybody who could do the thread's work, with what it would cost, or why they cannot."""
    parts = engine.parts
    head = parts.world.threads.get(int(args["thread"]))
    if head is None:
        return {}
    person = await parts.person_env.get()
    specs = [spec for spec in parts.agents.values() if spec.driver in parts.drivers]
    here = await asyncio.to_thread(_installed, specs, person.get("PATH", ""))
    offers = [_offer(engine, head, spec, *one) for spec in here for one in _ways(parts, head, spec)]
    offers.sort(key=lambda one: _rank(head, one))
    return {"offers": offers[:MOST], "context": head.context_used}


def _installed(specs: list[AgentSpec], path: str) -> list[AgentSpec]:
    """Our own loop, and those whose program is there; a shell takes no conversation. Blocks."""
    able = (spec for spec in specs if spec.driver != "terminal")
    return [spec for spec in able if not is_foreign(spec) or program(spec, path)]


def _ways(parts: "Parts", head: Head, spec: AgentSpec) -> Iterator[tuple[str, str]]:
    """Accounts that the agent speaks, each with the models it is known to have; practice stays
    practice."""
    own = parts.accounts.get(head.account)
    practice = own is not None and own.practice
    spoken = [one for one in parts.accounts.values() if _speaks(parts, one, spec)]
    for account in spoken:
        if account.practice == practice:
            models = dict.fromkeys(_models(parts, head, account))
            yield from ((account.id, model) for model in [*models][:MODELS])
    if not spoken and is_foreign(spec) and not practice:
        yield "", ""


def _speaks(parts: "Parts", account: Account, spec: AgentSpec) -> bool:
    if account.auth == "login":
        return account.agent == spec.driver and spec.id in parts.world.logins
    return account.kind in spec.wires


def _models(parts: "Parts", head: Head, account: Account) -> Iterator[str]:
    if account.id == head.account:
        yield head.model
    if account.model or account.auth == "login":
        yield account.model
    if account.auth == "login":
        return
    try:
        known = ladders(parts).values()
    except (ValueError, OSError):
        return
    for ladder in known:
        models = [rung.model for rung in ladder.rungs]
        if account.kind in ladder.wires or account.model in models:
            yield from (one for one in models if one.startswith("sparring-") == account.practice)


def _offer(
    engine: "Engine", head: Head, spec: AgentSpec, account: str, model: str
) -> dict[str, Any]:
    parts = engine.parts
    new = Seat(spec.id, spec.driver, account, model, head.profile if is_foreign(spec) else "")
    why = _hindrance(engine, head, new)
    form = form_of(parts, head, new)
    now = isinstance(why, NoChange)
    size = parts.window(account, model) if account else 0
    return {
        "agent": new.agent,
        "driver": new.driver,
        "account": account,
        "model": model,
        "title": spec.name,
        "form": form,
        "factor": _factor(parts, head, new),
        "window": size,
        **_price(parts, head, new, form),
        "lost": _lost(parts, head, new, form),
        "why": "" if why is None or now else why.text(),
        "mend": "" if why is None or now else why.mend(),
        "now": now,
    }


def _hindrance(engine: "Engine", head: Head, new: Seat) -> Reason | None:
    order = Reassign(f"#{head.id}", new.agent, new.model, new.account)
    own = seat_of(head)
    if (new.agent, new.account, new.model) == (own.agent, own.account, own.model):
        return NoChange()
    try:
        check(engine, order, head)
    except Refused as no:
        return no.reason
    return None


def _factor(parts: "Parts", head: Head, new: Seat) -> float | None:
    if not head.account or not new.account:
        return None
    old, its = rates(parts, head.account, head.model), rates(parts, new.account, new.model)
    found = price_factor(old, its) if old is not None and its is not None else None
    return None if found is None else float(found)


def _price(parts: "Parts", head: Head, new: Seat, form: HandoffForm) -> dict[str, Any]:
    """What its first request costs: the context read anew, or the digest."""
    if not new.account:
        return {"usd": None, "practice": False, "plan": False}
    reads = TOKENS if form == "digest" else head.context_used
    cost = parts.price(new.account, new.model, Usage(reads))
    return {
        "usd": None if cost.usd is None else _text(cost.usd),
        "practice": cost.basis == "practice",
        "plan": cost.basis == "plan",
    }


def _text(usd: Decimal) -> str:
    return f"{usd:.6f}"


def _lost(parts: "Parts", head: Head, new: Seat, form: HandoffForm) -> tuple[str, ...]:
    """What does not go along."""
    same = new.driver == head.driver
    grants = [g for g in parts.world.grants.values() if g.thread == head.id]
    found = ["cache"]
    if any(not (same and grant.scope == "operation") for grant in grants):
        found.append("grants")
    if head.pids:
        found.append("background processes")
    if form != "native" and head.driver != "native":
        found.append("private memory")
    return tuple(found)


def _rank(head: Head, offer: dict[str, Any]) -> tuple[bool, bool, bool, bool, float]:
    """Who can before who cannot; same agent, then our own loop, then by price."""
    factor = offer["factor"]
    return (
        bool(offer["why"]),
        offer["agent"] != head.agent,
        offer["driver"] != "native",
        factor is None,
        factor if factor is not None else 0.0,
    )


async def handoff(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The text of a reassign under way."""
    head = engine.parts.world.threads.get(int(args["thread"]))
    if head is None or head.handing is None:
        return {}
    handing = head.handing
    runner = engine.runners.get(head.id)
    handover = runner.handover if runner is not None else None
    text = await text_of(engine.parts, head)
    return {
        "text": text,
        "form": handing.form,
        "by": handover.by if handover is not None and text == handover.text else "",
        "tokens": -(-len(text) // TOKEN_CHARS),
        "new": msgspec.to_builtins(handing.new),
        "until": handing.until if handing.step == "edit" else 0,
        "step": handing.step,
    }


async def editing(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """Somebody types in the text: it waits."""
    runner = engine.runners.get(int(args["thread"]))
    if runner is None or runner.handover is None:
        return {}
    try:
        return {"until": await runner.handover.editing()}
    except Refused:
        return {"until": 0}


SEATS: dict[str, Callable[["Engine", dict[str, Any]], Awaitable[Any]]] = {
    "seats": seats,
    "handoff": handoff,
    "editing": editing,
}
