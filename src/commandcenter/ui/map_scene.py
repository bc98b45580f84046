"""What the map holds: tiles, their rectangles at the present step, and what is in view."""

from collections.abc import Iterable, Sequence
from math import ceil

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

from commandcenter.core.base import NS
from commandcenter.core.world import World
from commandcenter.hud import fog
from commandcenter.hud.filtering import matches
from commandcenter.hud.layout import (
    HEAD,
    LOOSE,
    Box,
    MapLayout,
    Sector,
    Step,
    arrange,
    auto_step,
    drawn,
    shifted,
)
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.nearest import Direction, Rows
from commandcenter.hud.places import Places
from commandcenter.hud.seen import period
from commandcenter.ui.folds import Folds
from commandcenter.ui.lens import Lens
from commandcenter.ui.tile import REACH, Tile

QUIET_NS = NS
"""An event may change the layout only after so long without input (screen.md 4)."""


class Scene:
    """Tiles by thread. Rectangles are in map px, from the top left of the whole map."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.places = Places()
        self.tiles: dict[int, Tile] = {}
        self.rects: dict[int, QRect] = {}
        self.inner: list[QRect] = []
        """The flat inside of each sector, where only tiles stand."""
        self.flat = QRegion()  # all of them
        self.now = 0
        self.layout: MapLayout = arrange((), (), 0, auto_step((), 100, 100))
        self.selected: frozenset[int] = frozenset()
        self.active = 0
        self.pending: frozenset[int] = frozenset()
        self.touched = 0
        """Wall ns of the player's last input on the map."""
        self._size, self._grown = (0, 0), False
        self._step: Step | None = None
        self.shift = 0
        """Rungs of the ladder that larger text takes (`resize_text`)."""
        self.lens = Lens()
        """How the player looks at it; the screen's own one once there is a screen."""
        self.lost = False
        """The engine does not answer: what is shown are the last facts."""
        self.hidden: set[int] = set()  # by the filter
        self.letters: dict[int, str] = {}
        """In target mode: thread -> the letter that picks it."""
        self.aimed = -1
        """In target mode the thread under its cursor, 0 = none; -1 = another mode."""
        self.drop = -1
        """The sector that a dragged one would come before; their count = the end, -1 = none."""
        self.flag = 0
        """The flag under the pointer."""
        self.chained = False
        """Queued orders are drawn for all threads, else for the selected."""
        self.folds = Folds()
        self._rows: tuple[int, Rows] = (-1, Rows({}))
        self.loud: set[int] = set()
        """Threads whose look changed, not only what they say, since it was emptied."""
        self.measured = 0
        """Grows whenever rectangles were made anew."""

    @property
    def world(self) -> World:
        """The mirror's World as it is now."""
        return self.mirror.world

    @property
    def locked(self) -> bool:
        """Did the player choose the step?"""
        return self._step is not None

    @property
    def step(self) -> Step:
        """The step of the ladder that is shown."""
        return self.layout.step

    def load(self, now: int) -> None:
        """Take the whole World at wall `now` (ns); threads that are known keep their places."""
        self.now = now
        self.places.update(self.world)
        for thread in [t for t in self.tiles if t not in self.world.threads]:
            del self.tiles[thread]
        self.hidden &= self.tiles.keys()
        for thread in self.world.threads:
            self._tile(thread)
        self._lay()

    def refresh(self, threads: Iterable[int], now: int) -> list[int]:
        """Take these threads' heads anew; returns those that can be seen and changed."""
        self.now = now
        known = [thread for thread in threads if thread in self.world.threads]
        gone = [thread for thread in threads if thread not in self.world.threads]
        if gone or self._sectors_differ() or any(self.places.of(t) is None for t in known):
            self._enter([*known, *gone])
        for thread in known:
            self._tile(thread)
        marks = self.folds.mark
        shown = dict.fromkeys(marks.get(thread, thread) for thread in known)
        return [thread for thread in shown if thread in self.rects]

    def settle(self, now: int) -> bool:
        """Adopt a layout that waits, once the player has been quiet for 1 s. True if it did."""
        self.now = max(self.now, now)
        if not self._grown or now - self.touched < QUIET_NS:
            return False
        self._lay()
        return True

    @property
    def growing(self) -> bool:
        """Does a larger layout wait for a quiet moment?"""
        return self._grown

    def resize(self, width: int, height: int) -> None:
        """The map's visible size in px."""
        if (width, height) != self._size:
            self._size = (width, height)
            self._lay()

    def choose(self, step: Step | None) -> None:
        """Lock a step of the ladder; None = automatic."""
        self._step = step
        self._lay()

    def auto(self) -> Step:
        """The step that automatic zoom takes."""
        return shifted(auto_step(self.places.slots(), *self._size), self.shift)

    def resize_text(self, shift: int) -> None:
        """The text is so many rungs larger than at 100 %."""
        if shift != self.shift:
            self.shift = shift
            self._lay()

    @property
    def drawn(self) -> tuple[Step, float]:
        """What is painted in a place, and how many times larger than at 100 %."""
        return drawn(self.step, self.shift)

    @property
    def reach(self) -> int:
        """How far rings reach out of a place, in px."""
        return ceil(REACH * self.drawn[1])

    def at(self, x: float, y: float) -> int:
        """The thread under a point of the map, 0 = none."""
        for index, sector in enumerate(self.layout.sectors):
            if sector.box.holds(x, y):
                return self._in(index, x, y)
        return 0

    def within(self, area: QRect) -> list[int]:
        """The threads whose rectangle meets the area."""
        found: list[int] = []
        for sector in self.layout.sectors:
            box = sector.box
            if area.intersects(QRect(box.x, box.y, box.w, box.h)):
                found += self._of(sector, area)
        return found

    def meeting(self, region: QRegion) -> list[int]:
        """The threads whose picture, rings and all, meets a region."""
        far, found = self.reach, dict[int, None]()
        for rect in region:  # type: ignore[attr-defined]  # the stubs lack its iterator
            found |= dict.fromkeys(self.within(rect.adjusted(-far, -far, far, far)))
        return [thread for thread in found if region.intersects(self.covered(thread))]

    def covered(self, thread: int) -> QRect:
        """What a thread's picture covers: its rings reach out of its rectangle."""
        rect, tile = self.rects[thread], self.tiles[thread]
        if tile.selected or tile.ringed:
            far = self.reach
            return rect.adjusted(-far, -far, far, far)
        return rect

    def _of(self, sector: Sector, area: QRect) -> list[int]:
        """Of one sector: by its slots, but for dots, whose marks are wider than a place."""
        threads, rects, step = self.places.threads(sector.name), self.rects, self.step
        if step.level == "L0":
            pairs = ((thread, rects.get(thread)) for thread in threads.values())
            return [t for t, rect in pairs if rect is not None and rect.intersects(area)]
        across, down = step.w + step.gap, step.h + step.gap
        left, top = area.x() - sector.box.x - 4, area.y() - sector.box.y - HEAD
        first, last = (left - step.w) // across + 1, -(-(left + area.width()) // across)
        cols = range(max(first, 0), min(last, sector.cols))
        rows = range(
            max((top - step.h) // down + 1, 0),
            min(-(-(top + area.height()) // down), -(-sector.slots // sector.cols)),
        )
        slots = (row * sector.cols + col for row in rows for col in cols)
        found = (threads.get(slot, 0) for slot in slots)
        return [thread for thread in found if thread in rects]

    def boxes(self) -> dict[int, Box]:
        """Every thread's rectangle, for the selection's geometry."""
        return {t: Box(r.x(), r.y(), r.width(), r.height()) for t, r in self.rects.items()}

    def neighbour(self, thread: int, direction: Direction) -> int:
        """The nearest thread that way; the thread itself at the edge."""
        if self._rows[0] != self.measured:
            self._rows = (self.measured, Rows(self.boxes()))
        return self._rows[1].neighbour(thread, direction)

    def reorder(self, order: Sequence[str]) -> bool:
        """The player's order of the sectors. True when it is another one."""
        if tuple(order) == self.places.order:
            return False
        self.places.order = tuple(order)
        self.places.update(self.world, ())
        self._lay()
        return True

    def head_at(self, x: float, y: float) -> int:
        """The sector whose head can be taken at a point; -1 = none. Loose threads stay last."""
        for index, sector in enumerate(self.layout.sectors):
            box, block = sector.box, self.step.level == "LS"
            taken = Box(box.x, box.y, box.w if block else box.w // 2, 44 if block else HEAD - 6)
            if sector.name != LOOSE and taken.holds(x, y):
                return index
        return -1

    def gap_at(self, x: float, y: float) -> int:
        """Before which sector one that is dropped at a point comes; their count = at the end."""
        sectors = [sector for sector in self.layout.sectors if sector.name != LOOSE]
        for index, sector in enumerate(sectors):
            box = sector.box
            if y < box.bottom and x < box.x + box.w / 2 and y >= box.y - 6:
                return index
            beyond = index + 1 == len(sectors) or sectors[index + 1].box.y > box.y
            if beyond and box.y - 6 <= y < box.bottom:
                return index + 1
        return len(sectors) if sectors and y >= sectors[-1].box.y else 0

    def look(self) -> None:
        """Filter or fog are others: every tile is looked at anew."""
        for tile in self.tiles.values():
            self._through(tile)

    def _through(self, tile: Tile) -> None:
        found = self.lens.filter
        tile.dimmed = bool(found) and not matches(found, tile.head, self.world)
        (self.hidden.add if tile.dimmed else self.hidden.discard)(tile.head.id)
        tile.look(self.lens.fog, self.now)

    def aging(self, threads: Iterable[int]) -> tuple[list[int], float]:
        """Which of these threads state a running time, and the seconds until one changes."""
        old, waits, now = list[int](), list[float](), self.now
        for thread in threads:
            tile = self.tiles[thread]
            quiet = fog.due(tile.head, now)
            if tile.face.ages or quiet:
                old.append(thread)
                ages = period(tile.face, tile.head, now) if tile.face.ages else 0.0
                waits += [ages, quiet if self.lens.fog != "none" else 0.0]
        return old, min((wait for wait in waits if wait), default=0.0)

    def mark(self, selected: Iterable[int], active: int) -> set[int]:
        """Take the player's selection; returns the threads that look different now."""
        chosen = frozenset(selected)
        changed = set(chosen ^ self.selected)
        changed |= {self.active, active} if active != self.active else set()
        self.selected, self.active = chosen, active
        for thread in changed & self.tiles.keys():
            self.tiles[thread].selected = thread in chosen
            self.tiles[thread].active = thread == active
        return changed | {self.folds.mark[t] for t in changed & self.folds.mark.keys()}

    def await_orders(self, threads: frozenset[int]) -> set[int]:
        """Take the threads with an order on its way; returns those that changed."""
        changed = set(threads ^ self.pending)
        self.pending = threads
        for thread in changed & self.tiles.keys():
            self.tiles[thread].pending = thread in threads
        return changed

    def _sectors_differ(self) -> bool:
        shown = {name for name in self.places.sectors if name != LOOSE}
        return shown != self.world.operations.keys()

    def _enter(self, threads: list[int]) -> None:
        first = not self.rects
        moved = self.places.update(self.world, threads)
        self.tiles = {t: tile for t, tile in self.tiles.items() if t in self.world.threads}
        self.hidden &= self.tiles.keys()
        if not moved:
            self._measure()
            return
        self._grown = True
        if first:
            self._lay()
        else:
            self._measure()

    def _tile(self, thread: int) -> None:
        head = self.world.threads[thread]
        tile = self.tiles.get(thread)
        if tile is None:
            tile = self.tiles[thread] = Tile(head, self.world, self.now)
            tile.selected, tile.active = thread in self.selected, thread == self.active
            tile.pending = thread in self.pending
            self._through(tile)
            self.loud.add(thread)
            return
        before = tile.shape()
        tile.load(head, self.world, self.now)
        self._through(tile)
        if tile.shape() != before:
            self.loud.add(thread)

    def _lay(self) -> None:
        slots, (width, height) = self.places.slots(), self._size
        if not width:
            return
        step = self._step or shifted(auto_step(slots, width, height), self.shift)
        self.layout = arrange(self.places.sectors, slots, width, step)
        self._grown = False
        self._measure()

    def _measure(self) -> None:
        self.rects, self.inner, self.flat = {}, [], QRegion()
        self.measured += 1
        if self.step.level == "LS":
            return
        step, rects = self.step, self.rects
        wide, high = step.w, step.h
        across, down = wide + step.gap, high + step.gap
        for sector in self.layout.sectors:
            box = sector.box
            self.inner.append(QRect(box.x + 1, box.y + HEAD, box.w - 2, box.h - HEAD - 4))
            left, top, cols, slots = box.x + 4, box.y + HEAD, sector.cols, sector.slots
            for slot, thread in self.places.threads(sector.name).items():
                if slot < slots:  # `MapLayout.place`, without a Box for each of thousands
                    x, y = left + slot % cols * across, top + slot // cols * down
                    rects[thread] = QRect(x, y, wide, high)
        for rect in self.inner:
            self.flat += rect
        self.folds.clear()
        if step.level == "L0":
            self.folds.fold(self.world, rects)

    def _in(self, index: int, x: float, y: float) -> int:
        sector, step = self.layout.sectors[index], self.step
        if step.level == "LS":
            return 0
        col = int((x - sector.box.x - 4) // (step.w + step.gap))
        row = int((y - sector.box.y - 28) // (step.h + step.gap))
        if row < 0 or not 0 <= col < sector.cols:
            return 0
        thread = self.places.threads(sector.name).get(row * sector.cols + col, 0)
        thread = self.folds.mark.get(thread, thread)
        rect = self.rects.get(thread)
        return thread if rect is not None and rect.contains(int(x), int(y)) else 0
