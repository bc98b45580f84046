"""Keys that count only when pressed twice: X X kills, large orders want a second press."""

from typing import Literal

from commandcenter.core.base import Record

SOONEST_S = 0.12
LATEST_S = 3.0


class _Press(Record, frozen=True):
    """The first press of two."""

    what: str
    receivers: tuple[int, ...]
    at: float


class KillGuard:
    """First X freezes and arms; the second, not sooner than 120 ms, same receivers, kills."""

    def __init__(self) -> None:
        self.timing = 1.0
        """All times are so many times as long (screen.md 16: x1 to x5)."""
        self._armed: _Press | None = None

    def press(self, receivers: tuple[int, ...], now: float) -> Literal["freeze", "kill", ""]:
        """What this press of X gives; empty = too soon after the first one, nothing."""
        armed = self._armed
        late = armed is not None and now - armed.at > LATEST_S * self.timing
        if armed is None or late or armed.receivers != receivers:
            self._armed = _Press("kill", receivers, now)
            return "freeze"
        if now - armed.at < SOONEST_S * self.timing:
            return ""
        self._armed = None
        return "kill"

    def armed(self, now: float) -> bool:
        """Would the next press kill."""
        return self._armed is not None and now - self._armed.at <= LATEST_S * self.timing

    def disarm(self) -> bool:
        """Forget the first press; True when there was one."""
        was, self._armed = self._armed, None
        return was is not None


class SecondPress:
    """An order refused with `TooMany`, given again between 120 ms and 3 s later, is meant."""

    def __init__(self) -> None:
        self.timing = 1.0
        """As `KillGuard.timing`."""
        self._first: _Press | None = None

    def refused(self, order: str, at: float) -> None:
        """The engine wants the second press of this order; `at` = when its key came."""
        self._first = _Press(order, (), at)

    def meant(self, order: str, now: float) -> bool:
        """Is this the second press; of fewer threads too, since some may have ended meanwhile."""
        first = self._first
        if first is None or not _within(order, first.what):
            return False
        if now - first.at < SOONEST_S * self.timing:
            return False
        self._first = None
        return now - first.at <= LATEST_S * self.timing

    def forget(self) -> None:
        """The player did something else."""
        self._first = None


def _within(order: str, first: str) -> bool:
    """The same order to the same threads, or to some of them."""
    now, before = order.split(" ", 2), first.split(" ", 2)
    if order == first or len(now) < 2 or now[:1] + now[2:] != before[:1] + before[2:]:
        return order == first
    return now[1].startswith("#") and set(now[1].split(",")) <= set(before[1].split(","))
