"""The map: every thread in its place (screen.md 4 to 6). It says what was picked, no more."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.hud.layout import LADDER, Box, Step, zoomed
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.selection import boxed
from commandcenter.ui import map_paint
from commandcenter.ui.map_scene import Scene
from commandcenter.ui.paint import Ink
from commandcenter.ui.tile import REACH, paint_chip, paint_tile

CLICK_PX = 24
"""Less travel than this is a click."""
LINE_PX = 60


class MapView(QAbstractScrollArea):
    """Paints the threads; the selection itself is the window's."""

    picked = Signal(int, bool)
    """A click on a thread (0 = empty ground); True with Shift."""
    same = Signal(int, bool)
    """Mod+click or double click: its like in view; True with Shift."""
    boxed = Signal(object, bool)
    """A box was drawn round these threads (tuple of ids); True with Shift."""
    smart = Signal(int, QPoint)
    """A right click on a thread, at a global position."""
    camera = Signal()
    """Another part or step is in view."""

    def __init__(self, ink: Ink, mirror: Mirror, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = ink
        self.scene = Scene(mirror)
        self.on_painted: Callable[[], None] = lambda: None
        self.frame = ""
        """Colour token of the 3 px frame that says: the keys go here. Empty = none."""
        self._heads: dict[str, tuple[object, ...]] = {}
        self._former: tuple[Step | None, int] | None = None
        self._pressed: QPoint | None = None
        self._dragged: QPoint | None = None
        self._panned: QPoint | None = None
        self._corners = QPainterPath()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("map")
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._moved())

    # --- what is shown ------------------------------------------------------------------------

    def load(self, now: int) -> None:
        """Show the whole mirror anew; `now` in wall ns."""
        self.scene.load(now)
        self._relaid()

    def refresh(self, threads: Iterable[int], now: int) -> None:
        """Paint these threads anew, and the heads whose figures changed; `now` in wall ns."""
        count = len(self.scene.tiles)
        layout = self.scene.layout
        changed = self.scene.refresh(tuple(threads), now)
        if self.scene.settle(now) or self.scene.layout is not layout:
            self._relaid()
            return
        if len(self.scene.tiles) != count and not self.scene.growing:
            self.viewport().update()
        self._update(changed)
        self._update_heads()

    def mark(self, selected: Iterable[int], active: int) -> None:
        """Show the selection and the thread under the cursor."""
        for thread in self.scene.mark(selected, active):
            rect = self.scene.rects.get(thread)
            if rect is not None:
                self._dirty(rect.adjusted(-REACH, -REACH, REACH, REACH))
        if any(self._has_children(thread) for thread in self.scene.selected):
            self.viewport().update()

    def await_orders(self, threads: frozenset[int]) -> None:
        """Show which threads have an order on its way."""
        self._update(self.scene.await_orders(threads))

    def regroup(self) -> None:
        """A control group changed: its digit moves."""
        self.viewport().update()

    def set_frame(self, color: str) -> None:
        """Mark or unmark the map as the part that has the keys."""
        if color != self.frame:
            self.frame = color
            self.viewport().update()

    def animating(self) -> bool:
        """Does the player drag or pan?"""
        return self._dragged is not None or self._panned is not None

    def due(self) -> float:
        """Seconds until a time on a visible tile changes or a layout may be adopted; 0 = never."""
        wait = self.scene.aging(self.visible())[1]
        if self.scene.growing:
            return min(wait, 1.0) if wait else 1.0
        return wait

    def tick(self, now: int) -> None:
        """Paint the running times anew at wall `now` (ns)."""
        self.refresh(self.scene.aging(self.visible())[0], now)

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

    def visible(self) -> list[int]:
        """The threads in view."""
        return self.scene.within(self._seen())

    def zoom(self, by: int, at: QPoint | None = None) -> None:
        """`by` steps nearer (or farther) about a point of the viewport; locks the step."""
        self.choose(zoomed(self.step, by), at)

    def choose(self, step: Step | None, at: QPoint | None = None) -> None:
        """Take a step of the ladder (None = automatic); the thread at `at` stays there."""
        at = at or self.viewport().rect().center()
        top = self.verticalScrollBar().value()
        thread = self.scene.at(at.x(), at.y() + top) or self.scene.active
        old = self.scene.rects.get(thread)
        self.scene.choose(step)
        self._ranges()
        new = self.scene.rects.get(thread)
        if old is not None and new is not None:
            self.verticalScrollBar().setValue(top + new.center().y() - old.center().y())
        self._relaid()

    def strategic(self) -> None:
        """The whole map at the automatic step; again: back to the step and place before."""
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
        self.choose(LADDER[step - 1] if 0 < step <= len(LADDER) else None)
        self.verticalScrollBar().setValue(top)

    def saved_camera(self) -> tuple[int, int]:
        """What `set_camera` restores."""
        step = LADDER.index(self.step) + 1 if self.locked else 0
        return step, self.verticalScrollBar().value()

    def reveal(self, threads: Iterable[int], center: bool = False) -> None:
        """Scroll so that these threads are in view (in its middle, when `center`)."""
        area = QRect()
        for thread in threads:
            area = area.united(self.scene.rects.get(thread, QRect()))
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
        self.verticalScrollBar().setValue(
            round(y * self.scene.layout.height) - self.viewport().height() // 2
        )

    def cycle(self, by: int) -> str:
        """Move the view to the next sector (or the one before); returns its name."""
        sectors, top = self.scene.layout.sectors, self.verticalScrollBar().value()
        if not sectors:
            return ""
        at = next((n for n, s in enumerate(sectors) if s.name == self._sector), -1 if by > 0 else 0)
        self._sector = sectors[(at + by) % len(sectors)].name
        box = sectors[(at + by) % len(sectors)].box
        if box.y < top or box.bottom > top + self.viewport().height():
            self.verticalScrollBar().setValue(box.y - 8)
        self.viewport().update()
        return self._sector

    _sector = "\0"

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what the region asks for; tiles off screen are never painted."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self.viewport())
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        region = event.region().translated(0, top)
        area = region.boundingRect()
        map_paint.paint_ground(self.ink, painter, area)
        if self.scene.layout.sectors:
            self._paint_sectors(painter, area)
            self._paint_threads(painter, region, area)
            map_paint.paint_marks(self.ink, painter, self.scene, area)
        else:
            map_paint.paint_empty(self.ink, painter, self._seen())
        if self._pressed is not None and self._dragged is not None:
            shift = QPoint(0, top)
            map_paint.paint_box(self.ink, painter, self._pressed, self._dragged + shift)
        painter.translate(0, top)
        self._paint_edge(painter)
        painter.end()
        self.on_painted()

    def _paint_sectors(self, painter: QPainter, area: QRect) -> None:
        scene = self.scene
        for index, sector in enumerate(scene.layout.sectors):
            box = QRect(sector.box.x, sector.box.y, sector.box.w, sector.box.h)
            if not box.intersects(area):
                continue
            if scene.step.level == "LS":
                map_paint.paint_block(self.ink, painter, scene, index)
                continue
            over = map_paint.over_budget(scene.world.operations.get(sector.name))
            map_paint.paint_sector(self.ink, painter, sector, over)
            if area.top() < box.top() + 28:
                map_paint.paint_head(self.ink, painter, scene, index)

    def _paint_threads(self, painter: QPainter, region: QRegion, area: QRect) -> None:
        scene, step = self.scene, self.scene.step
        reach = area.adjusted(-REACH, -REACH, REACH, REACH)
        threads = scene.within(reach) if scene.rects else []
        if step.level == "L0":
            map_paint.paint_dots(self.ink, painter, scene, threads)
            return
        whole = region.rectCount() == 1
        for thread in threads:
            tile, rect = scene.tiles[thread], scene.rects[thread]
            if not whole and not region.intersects(
                _reach(rect, tile.selected or bool(tile.alarmed))
            ):
                continue
            painter.translate(rect.x(), rect.y())
            if step.level == "L1":
                paint_chip(self.ink, painter, tile, step)
            else:
                paint_tile(self.ink, painter, tile, step, scene.now)
            painter.translate(-rect.x(), -rect.y())

    def _paint_edge(self, painter: QPainter) -> None:
        rect = self.viewport().rect()
        painter.fillPath(self._corners, self.ink.theme.color("bg"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.ink.theme.pen("edge"))
        painter.drawRoundedRect(rect.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self.frame:
            painter.setPen(self.ink.theme.pen(self.frame, 3.0))
            painter.drawRoundedRect(rect.toRectF().adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left begins a click or a box, the middle button pans, right asks for the menu."""
        self._touch()
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = point
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = point + QPoint(0, self.verticalScrollBar().value())
        elif event.button() == Qt.MouseButton.RightButton:
            thread = self._under(point)
            if thread:
                self.smart.emit(thread, event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the box, or pan."""
        point = event.position().toPoint()
        if self._panned is not None:
            self._touch()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - (point - self._panned).y())
            self._panned = point
        elif self._pressed is not None:
            self._touch()
            travel = point + QPoint(0, self.verticalScrollBar().value()) - self._pressed
            if self._dragged is not None or travel.manhattanLength() >= CLICK_PX:
                self._dragged = point
                self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click, a box or a pan."""
        self._touch()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = None
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        mods = event.modifiers()
        shift = bool(mods & Qt.KeyboardModifier.ShiftModifier)
        if self._dragged is not None:
            self._end_box(shift, bool(mods & Qt.KeyboardModifier.AltModifier))
        elif mods & Qt.KeyboardModifier.ControlModifier:
            self.same.emit(self._under(event.position().toPoint()), shift)
        else:
            self.picked.emit(self._under(event.position().toPoint()), shift)
        self._pressed = self._dragged = None

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
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(turns / 120 * LINE_PX))
        elif turns:
            self.zoom(1 if turns > 0 else -1, event.position().toPoint())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The step follows the size unless the player locked it."""
        super().resizeEvent(event)
        size = self.viewport().size()
        outer, inner = QPainterPath(), QPainterPath()
        outer.addRect(self.viewport().rect().toRectF())
        inner.addRoundedRect(self.viewport().rect().toRectF(), 8, 8)
        self._corners = outer.subtracted(inner)
        self.scene.resize(size.width(), size.height())
        self._relaid()

    def _end_box(self, shift: bool, only_free: bool) -> None:
        assert self._pressed is not None
        assert self._dragged is not None
        end = self._dragged + QPoint(0, self.verticalScrollBar().value())
        rect = QRect(self._pressed, end).normalized()
        found = boxed(self.boxes(), Box(rect.x(), rect.y(), rect.width(), rect.height()))
        if only_free:
            free = ("idle", "needs")
            found = tuple(t for t in found if self.scene.tiles[t].face.glyph in free)
        self.viewport().update()
        self.boxed.emit(found, shift)

    # --- inside -------------------------------------------------------------------------------

    def _under(self, point: QPoint) -> int:
        return self.scene.at(point.x(), point.y() + self.verticalScrollBar().value())

    def _touch(self) -> None:
        self.scene.touched = self.scene.now

    def _seen(self) -> QRect:
        return self.viewport().rect().translated(0, self.verticalScrollBar().value())

    def _moved(self) -> None:
        self.viewport().update()
        self.camera.emit()

    def _relaid(self) -> None:
        self._ranges()
        self._heads.clear()
        self._moved()

    def _ranges(self) -> None:
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(height)
        bar.setRange(0, max(self.scene.layout.height - height, 0))

    def _has_children(self, thread: int) -> bool:
        head = self.scene.world.threads.get(thread)
        return head is not None and bool(head.children)

    def _update(self, threads: Iterable[int]) -> None:
        seen = self._seen()
        rects = [self.scene.rects[t] for t in threads if t in self.scene.rects]
        shown = [rect for rect in rects if rect.intersects(seen)]
        if len(shown) * 3 > len(self.scene.rects):
            self.viewport().update()
            return
        for rect in shown:
            self._dirty(rect.adjusted(-REACH, -REACH, REACH, REACH))

    def _update_heads(self) -> None:
        for sector in self.scene.layout.sectors:
            text = map_paint.head_text(self.scene, sector.name)
            if self._heads.get(sector.name) != text:
                self._heads[sector.name] = text
                high = sector.box.h if self.step.level == "LS" else 28
                self._dirty(QRect(sector.box.x, sector.box.y, sector.box.w, high))

    def _dirty(self, rect: QRect) -> None:
        self.viewport().update(rect.translated(0, -self.verticalScrollBar().value()))


def _reach(rect: QRect, rings: bool) -> QRect:
    return rect.adjusted(-REACH, -REACH, REACH, REACH) if rings else rect
