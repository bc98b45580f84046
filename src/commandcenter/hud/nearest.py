"""The nearest place in a direction among thousands: looked for row by row, nearest rows first."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import Literal

from commandcenter.hud.layout import Box

Direction = Literal["left", "right", "up", "down"]
ASIDE = 2.5
"""A px aside counts as so many px ahead."""
WIDEST = 3.0
"""A place is in the direction while it lies at most so many times as far aside as ahead."""


class Rows:
    """Middles of places in rows; a search costs by the rows, not by the places."""

    def __init__(self, places: Mapping[int, Box]) -> None:
        rows: dict[float, list[tuple[float, int]]] = {}
        for thread, box in places.items():
            rows.setdefault(box.y + box.h / 2, []).append((box.x + box.w / 2, thread))
        self._ys = sorted(rows)
        self._rows = [sorted(rows[y]) for y in self._ys]
        self._at = {thread: (x, y) for y, row in rows.items() for x, thread in row}

    @property
    def first(self) -> int:
        """The one at the top left; 0 = there is none."""
        return self._rows[0][0][1] if self._rows else 0

    def neighbour(self, thread: int, direction: Direction) -> int:
        """The nearest one in that direction, or the thread itself at the edge; never wraps."""
        here = self._at.get(thread)
        if here is None:
            return self.first
        if direction in ("up", "down"):
            return self._along(here, direction == "down") or thread
        return self._across(here, direction == "right") or thread

    def _along(self, here: tuple[float, float], down: bool) -> int:
        """Up or down: the rows beyond, nearest first, until none can be nearer."""
        best, found = float("inf"), 0
        for y, row in self._beyond(here[1], down):
            ahead = abs(y - here[1])
            if ahead >= best:
                break
            aside, other = _beside(row, here[0])
            if aside <= WIDEST * ahead and ahead + ASIDE * aside < best:
                best, found = ahead + ASIDE * aside, other
        return found

    def _across(self, here: tuple[float, float], right: bool) -> int:
        """Left or right: its own row, then those above and below, until none can be nearer."""
        best, found = float("inf"), 0
        for y, row in self._around(here[1]):
            aside = abs(y - here[1])
            if ASIDE * aside >= best:
                break
            ahead, other = _ahead(row, here[0], aside / WIDEST, right)
            if other and ahead + ASIDE * aside < best:
                best, found = ahead + ASIDE * aside, other
        return found

    def _beyond(self, y: float, down: bool) -> Iterable[tuple[float, list[tuple[float, int]]]]:
        ys, rows = self._ys, self._rows
        if down:
            order: Iterable[int] = range(bisect_right(ys, y), len(ys))
        else:
            order = range(bisect_left(ys, y) - 1, -1, -1)
        return ((ys[n], rows[n]) for n in order)

    def _around(self, y: float) -> Iterable[tuple[float, list[tuple[float, int]]]]:
        order = sorted(range(len(self._ys)), key=lambda n: (abs(self._ys[n] - y), self._ys[n]))
        return ((self._ys[n], self._rows[n]) for n in order)


def _beside(row: list[tuple[float, int]], x: float) -> tuple[float, int]:
    """(px aside, thread) of the one nearest to x in a row."""
    at = bisect_left(row, (x, 0))
    near = [(abs(found - x), found, other) for found, other in row[max(at - 1, 0) : at + 1]]
    aside, _, thread = min(near)
    return aside, thread


def _ahead(row: list[tuple[float, int]], x: float, least: float, right: bool) -> tuple[float, int]:
    """(px ahead, thread) of the first one in a row at least so far ahead; thread 0 = none."""
    if right:
        at = bisect_left(row, (x + least, 0))
        while at < len(row) and row[at][0] <= x:
            at += 1
        return (row[at][0] - x, row[at][1]) if at < len(row) else (0.0, 0)
    at = bisect_right(row, (x - least, 1 << 62)) - 1
    while at >= 0 and row[at][0] >= x:
        at -= 1
    return (x - row[at][0], row[at][1]) if at >= 0 else (0.0, 0)
