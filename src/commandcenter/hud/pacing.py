"""Which tiles whose content changed are painted in this frame, and which wait (screen.md 5)."""

from collections.abc import Callable, Iterable

from commandcenter.core.base import NS
from commandcenter.hud.layout import Level

FRAME_NS = NS // 30
LONGEST_NS = 3 * NS // 10
"""Nothing waits longer, whatever the frame costs."""
BUDGET_S = 0.006
"""What the map may cost in one frame."""
LEAST = 8
"""So many tiles are painted in a frame, however slow the machine."""
_FAR_NS, _NEAR_NS = NS // 10, NS // 20
_SLACK_NS = NS // 1000
"""Three frames are a tenth of a second."""

Rank = Callable[[int], tuple[float, ...]]
"""The order in which threads are painted: the least first."""


def every(level: Level) -> int:
    """Ns between two paintings of one tile for its content."""
    return _NEAR_NS if level in ("L3", "L4") else _FAR_NS


def room(cost: float) -> int:
    """How many tiles that cost so many seconds each fit the frame's budget."""
    return max(int(BUDGET_S / cost), LEAST) if cost > 0 else 1_000_000


class Pacing:
    """Threads whose content waits to be painted. All times are wall ns."""

    def __init__(self) -> None:
        self._since: dict[int, int] = {}
        self._last: dict[int, int] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._since)

    def add(self, threads: Iterable[int], now: int) -> None:
        """Their content changed."""
        for thread in threads:
            self._since.setdefault(thread, now)

    def painted(self, threads: Iterable[int], now: int) -> None:
        """They were painted for another reason."""
        for thread in threads:
            self._since.pop(thread, None)
            self._last[thread] = now

    def forget(self) -> None:
        """Everything was painted anew."""
        self._since.clear()

    def take(self, now: int, apart: int, most: int, rank: Rank) -> list[int]:
        """At most `most` that were not painted for `apart` ns, and all that wait too long."""
        ready = [thread for thread in self._since if self._left(thread, now, apart) <= 0]
        if len(ready) > most:
            late = {t for t in ready if now - self._since[t] + FRAME_NS >= LONGEST_NS}
            ready.sort(key=lambda t: (t not in late, *rank(t), self._since[t]))
            ready = ready[: max(most, len(late))]
        self.painted(ready, now)
        return ready

    def due(self, now: int, apart: int) -> float:
        """Seconds until the next one may be painted; 0 = none waits."""
        if not self._since:
            return 0.0
        return max(min(self._left(t, now, apart) for t in self._since), FRAME_NS) / NS

    def _left(self, thread: int, now: int, apart: int) -> int:
        last = self._last.get(thread)
        if last is None or last > now:  # the wall clock was set back
            return 0
        return last + apart - _SLACK_NS - now
