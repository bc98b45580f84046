"""Where something just happened: a ring that shrinks over 2 s, a mark for 10 s (screen.md 6)."""

from collections.abc import Iterable

from commandcenter.core.base import NS, Record

RING_S, MARK_S = 2.0, 12.0
MOST = 24
STEP_S = 0.1


class Ping(Record, frozen=True):
    """On a thread, since wall ns."""

    thread: int
    born: int


class Pings:
    """The newest 24; a thread has one at a time."""

    def __init__(self) -> None:
        self._pings: tuple[Ping, ...] = ()

    def ring(self, threads: Iterable[int], now: int) -> None:
        """Something happened to these threads at wall `now` (ns)."""
        fresh = tuple(Ping(thread, now) for thread in threads)
        known = {ping.thread for ping in fresh}
        kept = tuple(ping for ping in self._pings if ping.thread not in known)
        self._pings = (*kept, *fresh)[-MOST:]

    def shown(self, now: int, steady: bool = False) -> tuple[tuple[int, float], ...]:
        """(thread, share of its ring that is left) of each; 0 = its mark alone, as if `steady`."""
        found = []
        for ping in self._pings:
            gone = (now - ping.born) / NS
            if gone < MARK_S:
                left = 0.0 if steady else max(1.0 - gone / RING_S, 0.0)
                found.append((ping.thread, left))
        return tuple(found)

    def due(self, now: int, steady: bool = False) -> float:
        """Seconds until one looks different at wall `now` (ns); 0 = none is there."""
        self._pings = tuple(ping for ping in self._pings if now - ping.born < MARK_S * NS)
        if not steady and any(now - ping.born < RING_S * NS for ping in self._pings):
            return STEP_S
        ends = (MARK_S - (now - ping.born) / NS for ping in self._pings)
        return max(min(ends), 0.02) if self._pings else 0.0
