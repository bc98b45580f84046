"""Among dots, many children of one parent fold into one mark with their count (screen.md 4)."""

from collections.abc import Mapping

from PySide6.QtCore import QRect

from commandcenter.core.world import World
from commandcenter.hud.seen import SEEN
from commandcenter.ui.tile import Tile

MANY = 25
"""More children than this fold."""
WIDE = 3
"""A mark is at most so many places wide, to hold its count."""


class Folds:
    """Which threads stand folded in the mark of which; empty nearer than dots."""

    def __init__(self) -> None:
        self.members: dict[int, tuple[int, ...]] = {}
        """The thread that the mark stands at -> all that are in it."""
        self.mark: dict[int, int] = {}
        """A folded thread -> the thread that its mark stands at."""

    def clear(self) -> None:
        """Nothing is folded."""
        self.members, self.mark = {}, {}

    def fold(self, world: World, rects: dict[int, QRect]) -> None:
        """Fold the large families of the World; the rectangles of the folded ones go."""
        self.clear()
        for head in world.threads.values():
            if len(head.children) > MANY:
                self._family([child for child in head.children if child in rects], rects)

    def _family(self, children: list[int], rects: dict[int, QRect]) -> None:
        if len(children) <= MANY:
            return
        first = children[0]
        self.members[first] = tuple(children)
        self.mark |= dict.fromkeys(children, first)
        mark = QRect(rects[first])
        for child in children[1:WIDE]:
            beside = rects[child]
            if beside.y() == mark.y() and 0 < beside.x() - mark.right() <= beside.width():
                mark = mark.united(beside)
        for child in children[1:]:
            del rects[child]
        rects[first] = mark

    def of(self, thread: int) -> tuple[int, ...]:
        """All that stand in this thread's mark; the thread alone when it is none."""
        return self.members.get(thread, (thread,))

    def worst(self, thread: int, tiles: Mapping[int, Tile]) -> Tile:
        """The tile of the worst state in the mark."""
        return min((tiles[t] for t in self.of(thread)), key=lambda tile: SEEN.index(tile.face.seen))

    def outlined(self, thread: int, tiles: Mapping[int, Tile]) -> Tile:
        """The tile whose outline the mark has: a selected one's, else the worst one's."""
        chosen = next((tiles[t] for t in self.of(thread) if tiles[t].selected), None)
        return chosen or self.worst(thread, tiles)
