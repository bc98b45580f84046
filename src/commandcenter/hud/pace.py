"""What each thread burned over the last five minutes, from the entries the mirror folds."""

from collections import deque
from collections.abc import Iterable

from commandcenter.core.base import NS
from commandcenter.core.world import BIN_NS, BINS, Head, World

SPAN_S = 300


class Pace:
    """Tokens per second of wall time and thread; what was before the screen looked is not known."""

    def __init__(self) -> None:
        self._seconds: dict[int, deque[tuple[int, int]]] = {}
        self._since: dict[int, int] = {}
        """Second since which a thread's tokens are known."""

    def seed(self, world: World) -> None:
        """Begin with what the threads' own bins still say."""
        self._seconds.clear()
        self._since.clear()
        for head in world.threads.values():
            self._from_bins(head)
            full = len(head.bins) >= BINS
            first = (head.bin_at - BINS + 1) * BIN_NS if full else head.created
            self._since[head.id] = first // NS

    def _from_bins(self, head: Head) -> None:
        for late in range(len(head.bins) - 1, -1, -1):
            tokens = head.bins[len(head.bins) - 1 - late]
            if tokens:
                self.add(head.id, (head.bin_at - late) * BIN_NS, tokens)

    def add(self, thread: int, wall: int, tokens: int) -> None:
        """Count tokens seen at `wall` (ns)."""
        second = wall // NS
        held = self._seconds.setdefault(thread, deque())
        self._since.setdefault(thread, second)
        if held and held[-1][0] >= second:
            held[-1] = (held[-1][0], held[-1][1] + tokens)
        else:
            held.append((second, tokens))
        while held[0][0] < second - SPAN_S:
            held.popleft()

    def older(self, thread: int, seen: Iterable[tuple[int, int]], born: int = 0) -> None:
        """(wall, tokens) of before, as the store has it; `born` (wall ns): nothing is older."""
        since = self._since.get(thread, 1 << 62)
        found = sorted((wall // NS, tokens) for wall, tokens in seen if wall // NS < since)
        if found:
            held = self._seconds.get(thread, deque())
            self._seconds[thread] = deque([*found, *held])
            self._since[thread] = found[0][0]
        if born:
            self._since[thread] = min(born // NS, self._since.get(thread, 1 << 62))

    def known(self, thread: int, wall: int) -> int:
        """Seconds up to `wall` (ns) of which everything is known, at most five minutes."""
        since = self._since.get(thread, wall // NS)
        return max(min(wall // NS - since, SPAN_S), 0)

    def line(self, thread: int, wall: int, bins: int = 100) -> tuple[float, ...]:
        """Tokens per second over the last five minutes in `bins` parts, oldest first."""
        values = [0.0] * bins
        start = wall // NS - SPAN_S
        for second, tokens in self._seconds.get(thread, ()):
            if start < second <= start + SPAN_S:
                at = min((second - start - 1) * bins // SPAN_S, bins - 1)
                values[max(at, 0)] += tokens * bins / SPAN_S
        return tuple(values)
