"""The map: every thread in its place (screen.md 4 to 6). It says what was picked, no more."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.layout import LADDER, LOOSE, MOST_PANES, Box, Step, readings, zoomed
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.nearest import Direction
from commandcenter.hud.selection import boxed
from commandcenter.ui.map_canvas import MapCanvas
from commandcenter.ui.map_marks import flag_at
from commandcenter.ui.paint import Ink

CLICK_PX = 24
"""Less travel than this is a click."""
LINE_PX = 60


class MapView(MapCanvas):
    """The canvas with its camera and the mouse; the selection itself is the window's."""

    picked = Signal(int, bool)
    """A click on a thread (0 = empty ground); True with Shift."""
    same = Signal(int, bool)
    """Mod+click or double click: its like in view; True with Shift."""
    boxed = Signal(object, bool)
    """A box was drawn round these threads (tuple of ids); True with Shift."""
    smart = Signal(int, QPoint)
    """A right click on a thread, at a global position."""
    arranged = Signal(object)
    """The player dragged a sector's head: the operations in his order (tuple of names)."""

    def __init__(self, ink: Ink, mirror: Mirror, parent: QWidget | None = None) -> None:
        super().__init__(ink, mirror, parent)
        self._former: tuple[Step | None, int] | None = None
        self._sector: str | None = None
        self._pressed: QPoint | None = None
        self._panned: QPoint | None = None
        self._dragged = -1
        """The sector whose head the player holds."""
        self._follows = False
        self.viewport().setMouseTracking(True)

    def animating(self) -> bool:
        """Does the player drag or pan?"""
        return self._moves or self._panned is not None

    # --- camera -------------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        """The step of the zoom ladder in use."""
        return self.scene.step

    @property
    def locked(self) -> bool:
        """Did the player choose the step (else it is automatic)?"""
        return self.scene.locked

    def view(self) -> Box:
        """The part of the whole map that is in view, in map px."""
        port = self.viewport()
        return Box(0, self.verticalScrollBar().value(), port.width(), port.height())

    def boxes(self) -> dict[int, Box]:
        """Every thread's rectangle in map px."""
        return self.scene.boxes()

    def panes(self) -> list[int]:
        """The threads that stand as panes: at most twelve, selected and alarmed ones first."""
        if self.step.level != "L4":
            return []
        tiles = self.scene.tiles
        found = self.visible()
        first = [t for t in found if tiles[t].selected or tiles[t].alarmed]
        return [*first, *(t for t in found if t not in first)][:MOST_PANES]

    def whole(self, threads: Iterable[int]) -> list[int]:
        """Those of them that are wholly in view."""
        seen = self._seen()
        return [t for t in threads if t in self.scene.rects and seen.contains(self.scene.rects[t])]

    def touched(self, threads: Iterable[int]) -> None:
        """What stands in these panes changed."""
        for thread in threads:
            rect = self.scene.rects.get(thread)
            if rect is not None:
                self._dirty(rect)

    def neighbour(self, thread: int, direction: Direction) -> int:
        """The nearest thread that way on the map; the thread itself at the edge."""
        return self.scene.neighbour(thread, direction)

    @property
    def following(self) -> bool:
        """Does it keep the selection in the middle?"""
        return self._follows

    def follow(self, threads: Iterable[int] | None) -> None:
        """Keep these threads in the middle until the player moves the camera; None: no more."""
        changed = self._follows != (threads is not None)
        self._follows = threads is not None
        if threads is not None:
            self._bring(threads, center=True)
        if changed:
            self.corner()

    def _led(self) -> None:
        """The player moved the camera: it follows nobody any more."""
        self.follow(None)

    def zoom(self, by: int, at: QPoint | None = None) -> None:
        """`by` steps nearer (or farther) about a point of the viewport; locks the step."""
        self._led()
        self.choose(zoomed(self.step, by), at)

    def choose(self, step: Step | None, at: QPoint | None = None) -> None:
        """Take a step of the ladder (None = automatic); the thread at `at` stays there."""
        top = self.verticalScrollBar().value()
        thread = self._anchor(at or self.viewport().rect().center(), at is None)
        old = self.scene.rects.get(thread)
        self.scene.choose(step)
        self._ranges()
        new = self.scene.rects.get(thread)
        if old is not None and new is not None:
            self.verticalScrollBar().setValue(top + new.center().y() - old.center().y())
        self._relaid()

    def _anchor(self, at: QPoint, by_key: bool) -> int:
        """The thread that stays where it is: by key the one under the cursor, if it is in view."""
        active = self.scene.active
        rect = self.scene.rects.get(active)
        if by_key and rect is not None and self._seen().intersects(rect):
            return active
        return self.scene.at(at.x(), at.y() + self.verticalScrollBar().value()) or active

    def tidy(self) -> bool:
        """The player wants it tidy: gaps closed, the ended ones last. False when it was."""
        moved = self.scene.places.tidy(self.scene.world)
        if moved:
            self.load(self.scene.now)
        return moved

    def strategic(self) -> None:
        """The whole map at the automatic step; again: back to the step and place before."""
        self._led()
        if self.locked or self._former is None:
            self._former = (self.step if self.locked else None, self.verticalScrollBar().value())
            self.choose(None)
            self.verticalScrollBar().setValue(0)
        else:
            step, top = self._former
            self._former = None
            self.choose(step)
            self.verticalScrollBar().setValue(top)

    def set_camera(self, step: int, top: int) -> None:
        """Restore what was saved: index in the ladder + 1 (0 = automatic), px from the top."""
        self._led()
        self.choose(LADDER[step - 1] if 0 < step <= len(LADDER) else None)
        self.verticalScrollBar().setValue(top)

    def saved_camera(self) -> tuple[int, int]:
        """What `set_camera` restores."""
        step = LADDER.index(self.step) + 1 if self.locked else 0
        return step, self.verticalScrollBar().value()

    def reveal(self, threads: Iterable[int], center: bool = False) -> None:
        """Scroll so that these threads are in view (in its middle, when `center`)."""
        if center:
            self._led()
        self._bring(threads, center)

    def fit(self, threads: Iterable[int]) -> None:
        """As `reveal`, at a step where they can be read and, if it can be, all are in view."""
        wanted = [thread for thread in threads if thread in self.scene.world.threads]
        if not wanted:
            return
        steps = readings(self.step, self.scene.shift)
        for step in (*steps, steps[0]):
            if step != self.step:
                self._led()
                self.choose(step)
            if self._area(wanted).height() <= self.viewport().height():
                break
        self._bring(wanted, center=False)

    def _area(self, threads: Iterable[int]) -> QRect:
        """What they take of the map, in map px."""
        area = QRect()
        for thread in threads:
            place = self.scene.folds.mark.get(thread, thread)
            area = area.united(self.scene.rects.get(place, QRect()))
        return area

    def _bring(self, threads: Iterable[int], center: bool) -> None:
        area = self._area(threads)
        if area.isNull():
            return
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if center or area.height() > height:
            bar.setValue(area.center().y() - height // 2)
        elif area.top() - 8 < bar.value():
            bar.setValue(area.top() - 8)
        elif area.bottom() + 8 > bar.value() + height:
            bar.setValue(area.bottom() + 8 - height)

    def look_at(self, x: float, y: float) -> None:
        """Bring a point, as shares of the whole map, into the middle."""
        self._led()
        self.verticalScrollBar().setValue(
            round(y * self.scene.layout.height) - self.viewport().height() // 2
        )

    def cycle(self, by: int) -> str:
        """Move the view to the next sector (or the one before); returns its name, `loose` for
        that of the threads without an operation, empty where there is none."""
        self._led()
        sectors, top = self.scene.layout.sectors, self.verticalScrollBar().value()
        if not sectors:
            return ""
        at = next((n for n, s in enumerate(sectors) if s.name == self._sector), -1 if by > 0 else 0)
        self._sector = sectors[(at + by) % len(sectors)].name
        box = sectors[(at + by) % len(sectors)].box
        if box.y < top or box.bottom > top + self.viewport().height():
            self.verticalScrollBar().setValue(box.y - 8)
        self.viewport().update()
        return self._sector if self._sector != LOOSE else "loose"

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left begins a click or a box, the middle button pans, right asks for the menu."""
        self._touch()
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = point
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = point + QPoint(0, self.verticalScrollBar().value())
            self._dragged = self.scene.head_at(self._pressed.x(), self._pressed.y())
        elif event.button() == Qt.MouseButton.RightButton:
            thread = self._under(point)
            if thread:
                self.smart.emit(thread, event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the box, or pan."""
        point = event.position().toPoint()
        self._hover(point)
        if self._panned is not None:
            self._touch()
            self._led()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - (point - self._panned).y())
            self._panned = point
        elif self._pressed is not None:
            self._touch()
            here = point + QPoint(0, self.verticalScrollBar().value())
            if self._moves or (here - self._pressed).manhattanLength() >= CLICK_PX:
                if self._dragged >= 0:
                    self.scene.drop = self.scene.gap_at(here.x(), here.y())
                else:
                    self.box = (self._pressed, here)
                self.viewport().update()

    @property
    def _moves(self) -> bool:
        """Is a box drawn, or a sector dragged?"""
        return self.box is not None or self.scene.drop >= 0

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click, a box or a pan."""
        self._touch()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = None
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        mods = event.modifiers()
        shift = bool(mods & Qt.KeyboardModifier.ShiftModifier)
        if self.scene.drop >= 0:
            self._drop()
        elif self.box is not None:
            self._end_box(shift, bool(mods & Qt.KeyboardModifier.AltModifier))
        elif mods & Qt.KeyboardModifier.ControlModifier:
            self.same.emit(self._under(event.position().toPoint()), shift)
        else:
            self.picked.emit(self._under(event.position().toPoint()), shift)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select its like in view."""
        thread = self._under(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and thread:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.same.emit(thread, shift)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; with Shift, pan."""
        self._touch()
        turns = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._led()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(turns / 120 * LINE_PX))
        elif turns:
            self.zoom(1 if turns > 0 else -1, event.position().toPoint())
        event.accept()

    def _drop(self) -> None:
        """The dragged sector comes to stand where the player let it go."""
        names = [sector.name for sector in self.scene.layout.sectors if sector.name != LOOSE]
        at, self.scene.drop = self.scene.drop, -1
        name = names.pop(self._dragged)
        names.insert(at - (at > self._dragged), name)
        self.viewport().update()
        self.arranged.emit(tuple(names))

    def reorder(self, order: Sequence[str]) -> None:
        """Show the sectors in the player's order."""
        if self.scene.reorder(order):
            self._relaid()

    def _end_box(self, shift: bool, only_free: bool) -> None:
        if self.box is None:
            return
        rect = QRect(*self.box).normalized()
        self.box = None
        found = boxed(self.boxes(), Box(rect.x(), rect.y(), rect.width(), rect.height()))
        if only_free:
            free = ("idle", "needs")
            found = tuple(t for t in found if self.scene.tiles[t].face.glyph in free)
        self.viewport().update()
        self.boxed.emit(found, shift)

    def _hover(self, point: QPoint) -> None:
        """The flag under the pointer says its note."""
        self.pointer = point + QPoint(0, self.verticalScrollBar().value())
        flag = flag_at(self.scene, point.x(), point.y() + self.verticalScrollBar().value())
        if flag != self.scene.flag:
            self.scene.flag = flag
            self.viewport().update()

    def _under(self, point: QPoint) -> int:
        return self.scene.at(point.x(), point.y() + self.verticalScrollBar().value())

    def _touch(self) -> None:
        self.scene.touched = self.scene.now
