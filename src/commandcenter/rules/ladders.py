"""Ladders of models, cheap to dear: where a model stands and what is one step from it.

A ladder says nothing about prices but their order; what a step costs is the meter's to say.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

import msgspec

from commandcenter.core.base import Record

Direction = Literal["up", "down"]
MOST_RUNGS: Final = 12
EVIDENCE: Final[dict[str, Direction]] = {
    "success_failed": "up",
    "guard": "up",
    "hollow": "up",
    "gave_up": "up",
    "plan_approved": "down",
    "green": "down",
    "routine": "down",
    "limit": "down",
}
"""Why a rule may move a thread, and which way; the player may for any reason (economy.md 5)."""
MIX_INPUT, MIX_CACHED, MIX_OUTPUT = Decimal(4), Decimal(36), Decimal(1)
"""Tokens of each kind in a typical step: 40 in, nine of ten of them cached, 1 out."""
MEGA: Final = Decimal(1_000_000)


class Rung(Record, frozen=True):
    """One model; `tier` = small, medium, large or what its file says; `also` = other names of it.

    `also` may be globs: older models and dated names that stand on the same step.
    """

    name: str
    model: str
    provider: str = ""
    effort: str = ""
    tier: str = ""
    also: tuple[str, ...] = ()


class Ladder(Record, frozen=True):
    """Rungs from cheap to dear; `wires` = kinds of account whose threads it serves by default."""

    name: str
    rungs: tuple[Rung, ...]
    wires: tuple[str, ...] = ()


class Evidence(Record, frozen=True):
    """Why a thread should move: a key of `EVIDENCE` or `player`, and the entries that show it."""

    kind: str
    facts: tuple[int, ...] = ()


class Rates(Record, frozen=True):
    """US dollars (or practice dollars) per million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal


class End(Record, frozen=True):
    """There is no rung that way."""

    ladder: str
    model: str
    at: Literal["top", "bottom", "nowhere"]
    """`nowhere`: the model is not on the ladder."""


def parse(text: str, name: str = "") -> Ladder:
    """A ladder's TOML; `name` holds where it names none. Raises ValueError with one sentence."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"this is no TOML: {error}") from error
    try:
        named = {"name": name, **{key: document[key] for key in document if key != "rung"}}
        raw = msgspec.convert(document.get("rung", []), tuple[dict[str, Any], ...])
        rungs = tuple(_rung(at, one) for at, one in enumerate(raw, 1))
        return _checked(msgspec.convert({**named, "rungs": ()}, Ladder), rungs)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def rung_of(ladder: Ladder, model: str) -> int | None:
    """Which rung (from 0) the model stands on: by its name, else by what else a rung is called."""
    for at, rung in enumerate(ladder.rungs):
        if rung.model == model:
            return at
    for at, rung in enumerate(ladder.rungs):
        if any(fnmatchcase(model, other) for other in rung.also):
            return at
    return None


def step(ladder: Ladder, model: str, direction: Direction) -> Rung | End:
    """The next rung that way, or why there is none."""
    at = rung_of(ladder, model)
    if at is None:
        return End(ladder.name, model, "nowhere")
    to = at + (1 if direction == "up" else -1)
    if 0 <= to < len(ladder.rungs):
        return ladder.rungs[to]
    return End(ladder.name, model, "top" if direction == "up" else "bottom")


def ladder_for(ladders: Mapping[str, Ladder], named: str, wire: str, model: str) -> Ladder | None:
    """The thread's ladder: the one its operation names, else the first that knows its model, else
    its wire's. None = there is none; a name that no ladder has counts as none named."""
    if named in ladders:
        return ladders[named]
    exact = (one for one in ladders.values() if any(rung.model == model for rung in one.rungs))
    loose = (one for one in ladders.values() if rung_of(one, model) is not None)
    wires = (one for one in ladders.values() if wire in one.wires)
    return next(exact, None) or next(loose, None) or next(wires, None)


def by_name(ladders: Iterable[Ladder]) -> dict[str, Ladder]:
    """Ladders by name; a later one replaces an earlier one in its place."""
    return {one.name: one for one in ladders}


def price_factor(old: Rates, new: Rates) -> Decimal | None:
    """How many times as dear a typical step becomes; None = the old one is free."""
    before = _mixed(old)
    return _mixed(new) / before if before else None


def lost_cache(context: int, new: Rates) -> Decimal:
    """What the step's first call costs more because the new model has nothing of `context`
    (tokens) in its cache."""
    return max(Decimal(0), new.input - new.cached) * context / MEGA


def _mixed(rates: Rates) -> Decimal:
    return rates.input * MIX_INPUT + rates.cached * MIX_CACHED + rates.output * MIX_OUTPUT


def _rung(at: int, fields: Mapping[str, Any]) -> Rung:
    """`class` is the file's word for the tier; prices and windows beside it are the meter's."""
    given = {
        "model": "",
        "name": fields.get("model", ""),
        "tier": fields.get("class", ""),
        **fields,
    }
    try:
        rung = msgspec.convert(given, Rung)
    except msgspec.ValidationError as error:
        raise ValueError(f"rung {at}: {error}") from error
    if not rung.model or not rung.name:
        raise ValueError(f"rung {at} names no model")
    return rung


def _checked(ladder: Ladder, rungs: Sequence[Rung]) -> Ladder:
    if not ladder.name:
        raise ValueError("a ladder has a name")
    if not 2 <= len(rungs) <= MOST_RUNGS:
        raise ValueError(f"a ladder has 2 to {MOST_RUNGS} rungs, not {len(rungs)}")
    models = [rung.model for rung in rungs]
    twice = next((model for model in models if models.count(model) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} stands on two rungs")
    return msgspec.structs.replace(ladder, rungs=tuple(rungs))
