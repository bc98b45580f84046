"""Burn: tokens and money over a sliding minute, from the entries the mirror folds."""

from collections import Counter, deque
from decimal import Decimal

from commandcenter.core.base import NS
from commandcenter.core.world import BIN_NS, BINS, World

WINDOW_S = 60
LEAST_S = 10
"""What was seen counts as at least so long, else a first call would burn without measure."""


class Burn:
    """Sums per second of wall time; holds one minute."""

    def __init__(self) -> None:
        self._seconds: deque[list[float]] = deque()
        self._begun = 0
        """Second since which money is counted; 0 = nothing was counted yet."""
        self._tokens_begun = 0
        """As well for tokens, of which the threads' bins know more."""

    def add(
        self, wall: int, tokens: int = 0, usd: Decimal = Decimal(0), practice: bool = False
    ) -> None:
        """Count tokens and money seen at `wall` (ns)."""
        second = wall // NS
        self._begun = self._begun or second
        self._tokens_begun = self._tokens_begun or second
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append([second, 0.0, 0.0, 0.0])
        last = self._seconds[-1]
        last[1] += tokens
        last[3 if practice else 2] += float(usd)
        while self._seconds[0][0] < second - WINDOW_S:
            self._seconds.popleft()

    def seed(self, world: World) -> None:
        """Begin anew with what the threads' own bins still say of the last minute."""
        self._seconds.clear()
        self._begun = self._tokens_begun = 0
        if not world.threads:
            return  # what comes first begins it
        sums: Counter[int] = Counter()
        oldest = world.wall // BIN_NS - BINS
        for head in world.threads.values():
            for late, tokens in enumerate(reversed(head.bins)):
                if head.bin_at - late > oldest:
                    sums[(head.bin_at - late) * BIN_NS // NS] += tokens
        born = min(head.created for head in world.threads.values())
        self._begun = world.wall // NS
        self._tokens_begun = max(oldest * BIN_NS, born) // NS
        for second in sorted(sums):
            self.add(second * NS, sums[second])

    def tokens_per_s(self, wall: int) -> float:
        """Tokens per second, mean of the last minute, or of what was seen of it."""
        seen = self._seen(wall, self._tokens_begun)
        return sum(row[1] for row in self._recent(wall)) / seen

    def usd_per_min(self, wall: int, practice: bool = False) -> float:
        """Dollars a minute over the last one, or over what was seen of it; real or practice."""
        seen = self._seen(wall, self._begun)
        return sum(row[3 if practice else 2] for row in self._recent(wall)) * WINDOW_S / seen

    def _seen(self, wall: int, begun: int) -> int:
        """So many seconds of the last minute were counted."""
        return min(max(wall // NS - begun, LEAST_S), WINDOW_S)

    def line(self, wall: int, bins: int = 20) -> list[float]:
        """Tokens of the last minute in `bins` equal parts, oldest first."""
        values = [0.0] * bins
        start = wall // NS - WINDOW_S
        for second, tokens, *_ in self._recent(wall):
            at = int((second - start - 1) * bins / WINDOW_S)
            values[min(max(at, 0), bins - 1)] += tokens
        return values

    def _recent(self, wall: int) -> list[list[float]]:
        start = wall // NS - WINDOW_S
        return [row for row in self._seconds if row[0] > start]
