"""A thread's ladder: the models above and below its own, and what a step there changes."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from commandcenter.config.ladders import ladder_texts
from commandcenter.core.conversation import Usage
from commandcenter.core.refusals import LadderBottom, LadderMissing, LadderTop, Refused
from commandcenter.core.world import Head
from commandcenter.rules.ladders import (
    End,
    Ladder,
    Rates,
    Rung,
    by_name,
    ladder_for,
    lost_cache,
    parse,
    price_factor,
    rung_of,
    step,
)

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts

MILLION = 1_000_000


def ladders(parts: "Parts") -> dict[str, Ladder]:
    """All ladders by name. Raises ValueError naming a file that is none, OSError."""
    found = []
    for one in ladder_texts(parts.folders.config):
        try:
            found.append(parse(one.text, one.name))
        except ValueError as error:
            raise ValueError(f"{one.path}: {error}") from error
    return by_name(found)


def ladder_names(parts: "Parts") -> tuple[str, ...]:
    """Those that can be read; a file that cannot counts as none."""
    try:
        return tuple(ladders(parts))
    except (ValueError, OSError):
        return ()


def ladder_of(parts: "Parts", head: Head) -> Ladder | None:
    """The operation's ladder, else the one that knows its model, else its wire's; None = none.

    A file that cannot be read counts as none: doctor names it.
    """
    operation = parts.world.operations.get(head.operation)
    account = parts.accounts.get(head.account)
    named = operation.ladder if operation is not None else ""
    try:
        known = ladders(parts)
    except (ValueError, OSError):
        return None
    return ladder_for(known, named, account.kind if account is not None else "", head.model)


def next_rung(parts: "Parts", head: Head, way: Literal["up", "down"]) -> tuple[Ladder, Rung]:
    """One step that way. Raises Refused where there is none."""
    ladder = ladder_of(parts, head)
    if ladder is None:
        raise Refused(LadderMissing(head.model))
    rung = step(ladder, head.model, way)
    if isinstance(rung, Rung):
        return ladder, rung
    raise Refused(_refused(rung))


def _refused(end: End) -> LadderTop | LadderBottom | LadderMissing:
    if end.at == "nowhere":
        return LadderMissing(end.model)
    return LadderTop(end.model) if end.at == "top" else LadderBottom(end.model)


def cheaper(parts: "Parts", head: Head) -> tuple[str, str]:
    """The model one step down and the cheapest of the ladder; the thread's own where there is
    none."""
    ladder = ladder_of(parts, head)
    at = rung_of(ladder, head.model) if ladder is not None else None
    if ladder is None or at is None:
        return head.model, head.model
    below = ladder.rungs[at - 1].model if at else head.model
    return below, ladder.rungs[0].model if at else head.model


def rungs(parts: "Parts", head: Head) -> dict[str, Any]:
    """What a step up or down would be, for card and tooltip."""
    ladder = ladder_of(parts, head)
    if ladder is None:
        return {"ladder": "", "model": head.model, "up": None, "down": None}
    found: dict[str, Any] = {"ladder": ladder.name, "model": head.model}
    found["rung"] = rung_of(ladder, head.model)
    for way in ("up", "down"):
        rung = step(ladder, head.model, way)
        found[way] = _step(parts, head, rung) if isinstance(rung, Rung) else None
    return found | {"models": [rung.model for rung in ladder.rungs]}


def _step(parts: "Parts", head: Head, rung: Rung) -> dict[str, Any]:
    """Factors and money as text or null (not known); a plan's is its list value."""
    old, new = rates(parts, head.account, head.model), rates(parts, head.account, rung.model)
    size = parts.window(head.account, rung.model)
    known = old is not None and new is not None
    return {
        "model": rung.model,
        "name": rung.name,
        "factor": _text(price_factor(old, new) if known and old and new else None),
        "input": _text(_ratio(new.input, old.input) if known and old and new else None),
        "output": _text(_ratio(new.output, old.output) if known and old and new else None),
        "lost_cache": _text(lost_cache(head.context_used, new) if new else None),
        "basis": parts.price(head.account, rung.model, Usage(1)).basis,
        "fits": not size or head.context_used <= size,
    }


def rates(parts: "Parts", account: str, model: str) -> Rates | None:
    """List prices of a model on an account; None = not known."""
    usages = (
        Usage(MILLION),
        Usage(MILLION, cached_read=MILLION),
        Usage(output=MILLION),
    )
    found = [parts.price(account, model, usage).usd for usage in usages]
    if any(one is None for one in found):
        return None
    return Rates(*(one or Decimal(0) for one in found))


def _ratio(new: Decimal, old: Decimal) -> Decimal | None:
    return new / old if old else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
