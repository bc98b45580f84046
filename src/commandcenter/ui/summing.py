"""The figures of a large selection, kept: thousands are not summed anew with each frame."""

from commandcenter.core.base import NS
from commandcenter.core.world import BIN_NS, Head, World
from commandcenter.ui import member
from commandcenter.ui.member import Fact

LARGE = 500
"""From so many members on the figures follow events four times a second."""
APART_NS = NS // 4

Figures = tuple[tuple[Fact, ...], tuple[tuple[str, str, int], ...], tuple[tuple[str, str], ...]]
"""Facts, counts per seen state (of very many), agents by kind."""


class Sums:
    """The last figures of a large selection, and of which moment they are."""

    def __init__(self) -> None:
        self._of: tuple[World, tuple[int, ...], bool] | None = None
        self._moment = (-1, -1)
        """Sequence number of the World, and the bin of the burn."""
        self._at = 0
        self._kept: Figures = ((), (), ())

    def figures(self, heads: list[Head], at: tuple[World, tuple[int, ...], bool, int]) -> Figures:
        """Of these members; `at` = the World, their ids, are states counted, wall ns."""
        world, ids, many, now = at
        if len(heads) < LARGE:
            self._of = None
            return _figures(heads, world, many, now)
        moment = (world.seq, now // BIN_NS)
        held = self._of
        same = held is not None and held[0] is world and held[1:] == (ids, many)
        if not same or (moment != self._moment and not 0 <= now - self._at < APART_NS):
            self._of, self._moment, self._at = (world, ids, many), moment, now
            self._kept = _figures(heads, world, many, now)
        return self._kept

    def due(self, world: World, now: int) -> float:
        """Seconds until what came since is added; 0 = nothing came."""
        if self._of is None or self._moment[0] == world.seq:
            return 0.0
        return max((self._at + APART_NS - now) / NS, 0.01)


def _figures(heads: list[Head], world: World, many: bool, now: int) -> Figures:
    counts = member.counts(heads, world) if many else ()
    return member.facts(heads, world, now), counts, member.kinds(heads)
