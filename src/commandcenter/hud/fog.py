"""What is not known any more, and what nobody has looked at yet (screen.md 6)."""

from typing import Literal, get_args

from commandcenter.core.base import NS, Record
from commandcenter.core.world import Head

FogMode = Literal["both", "stale", "none"]
MODES: tuple[FogMode, ...] = get_args(FogMode)
WORDS: dict[FogMode, str] = {
    "both": "fog: not yet looked at, and not heard of",
    "stale": "fog: not heard of only",
    "none": "no fog",
}
PERIODS = 3
PERIOD_S: dict[str, float] = {"native": 10.0, "claude": 10.0, "codex": 10.0, "acp": 10.0}
"""Driver -> seconds within which a thread that works is heard of; others may be silent."""
_QUIET = frozenset({"tool", "setup"})
_EXPECTED = frozenset({"running", "pausing", "cancelling", "starting"})


class Fog(Record, frozen=True):
    """What lies on a thread: results nobody looked at, and seconds since it was heard of."""

    unseen: int = 0
    silent: float = 0.0
    """0 = it was heard of in time."""


CLEAR = Fog()


def fog(head: Head, now: int, mode: FogMode = "both") -> Fog:
    """The fog on a thread at wall `now` (ns)."""
    if mode == "none":
        return CLEAR
    unseen = max(head.results - head.results_seen, 0) if mode == "both" else 0
    patience = PERIODS * PERIOD_S.get(head.driver, 0.0)
    silent = _silence(head, now) if patience and _speaks(head) else 0.0
    if silent < patience or not silent:
        return Fog(unseen) if unseen else CLEAR
    return Fog(unseen, silent)


def due(head: Head, now: int, mode: FogMode = "both") -> float:
    """Seconds until silence becomes fog, or its age another one; 0 = never."""
    patience = PERIODS * PERIOD_S.get(head.driver, 0.0)
    if mode == "none" or not patience or not _speaks(head):
        return 0.0
    silent = _silence(head, now)
    if silent < patience:
        return patience - silent
    return 1.0 if silent < 60 else 60.0


def after(mode: FogMode) -> FogMode:
    """The next mode of `map.fog`: both, stale only, none."""
    return MODES[(MODES.index(mode) + 1) % len(MODES)]


def _speaks(head: Head) -> bool:
    """Should something be heard of it now? A tool may be silent, a wait says what for."""
    if head.state not in _EXPECTED or not head.seen_at:
        return False
    return not (head.waits_for or head.activity in _QUIET or head.by_hand or head.asks)


def _silence(head: Head, now: int) -> float:
    return max(now - head.seen_at, 0) / NS
