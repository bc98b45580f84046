"""When a loop ends: `5`, `$1.50`, `30m`, `stale:3`, joined by commas; whichever comes first."""

import re
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.standing import Looping

OFF: Final = "off"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_MOST_ROUNDS: Final = 10_000
_MOST_S: Final = 30 * 86_400
_COUNT: Final = re.compile(r"\d{1,5}")
_MONEY: Final = re.compile(r"\$(\d{1,6}(?:\.\d{1,4})?)")
_TIME: Final = re.compile(r"(\d{1,7})([smh])")
_STALE: Final = re.compile(r"stale:(\d{1,4})")


def begun(text: str, spent: Decimal, now: int) -> Looping | None:
    """The loop that these conditions describe, begun at wall `now` (ns); None = `off`.

    Raises ValueError with a sentence; an empty text has no condition.
    """
    told = [word.strip() for word in text.split(",")]
    if told == [OFF]:
        return None
    if not any(told):
        raise ValueError("a loop needs a stop condition")
    loop = Looping(",".join(told), spent=spent)
    for word in told:
        loop = _with(loop, word, now)
    return loop


def _with(loop: Looping, word: str, now: int) -> Looping:
    if _COUNT.fullmatch(word):
        return _set(loop, word, "count", _within(int(word), _MOST_ROUNDS, word))
    if found := _MONEY.fullmatch(word):
        return _set(loop, word, "usd", _positive(Decimal(found[1]), word))
    if found := _TIME.fullmatch(word):
        seconds = _within(int(found[1]) * _SECONDS[found[2]], _MOST_S, word)
        return _set(loop, word, "until", now + seconds * NS)
    if found := _STALE.fullmatch(word):
        return _set(loop, word, "stale", _within(int(found[1]), _MOST_ROUNDS, word))
    raise ValueError(f"{word!r} is no stop condition; e.g. 5, $1.50, 30m, stale:3, off")


def _set(loop: Looping, word: str, name: str, value: int | Decimal) -> Looping:
    if getattr(loop, name):
        raise ValueError(f"{word!r} is a second condition of its kind")
    return replace(loop, **{name: value})


def _within(value: int, most: int, word: str) -> int:
    if not 1 <= value <= most:
        raise ValueError(f"{word!r} is out of bounds")
    return value


def _positive(value: Decimal, word: str) -> Decimal:
    if value <= 0:
        raise ValueError(f"{word!r} is out of bounds")
    return value


def round_ended(loop: Looping, digest: str) -> Looping:
    """The loop after a round that left the files with this digest."""
    same = loop.same + 1 if digest == loop.digest else 0
    return replace(loop, same=same)


def round_begun(loop: Looping, digest: str) -> Looping:
    """The loop in its next round, which finds the files with this digest."""
    return replace(loop, rounds=loop.rounds + 1, digest=digest)


def ends(loop: Looping, spent: Decimal, now: int) -> str:
    """Why no further round begins at wall `now` (ns); empty = one does."""
    if loop.count and loop.rounds >= loop.count:
        return f"{_rounds(loop.count)} done"
    if loop.usd is not None and spent - loop.spent >= loop.usd:
        return f"it has spent ${spent - loop.spent:.2f} of ${loop.usd}"
    if loop.until and now >= loop.until:
        return "its time is over"
    if loop.stale and loop.same >= loop.stale:
        return f"{_rounds(loop.same)} changed no file"
    return ""


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"


def left(loop: Looping, spent: Decimal, now: int) -> str:
    """The conditions that would let it go on as far as it would have; `off` = not at all."""
    if ends(loop, spent, now):
        return OFF
    told = [
        str(loop.count - loop.rounds) if loop.count else "",
        f"${loop.usd - (spent - loop.spent):.4f}" if loop.usd is not None else "",
        f"{max(1, (loop.until - now) // NS)}s" if loop.until else "",
        f"stale:{loop.stale - loop.same}" if loop.stale else "",
    ]
    return ",".join(word for word in told if word)


def opening(loop: Looping, goal: str) -> str:
    """The prompt of the round that has just begun."""
    of = f" of {loop.count}" if loop.count else ""
    again = "the same task again. Look at what is there, then go on."
    return f"Round {loop.rounds}{of}: {again}\n\n{goal}"
