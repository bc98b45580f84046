"""The map's ground, tiles and marks, and which of them a change paints anew (screen.md 5)."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.hud.layout import HEAD
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.pacing import LEAST, Pacing, every, room
from commandcenter.ui import map_aim, map_marks, map_paint
from commandcenter.ui.map_scene import Scene
from commandcenter.ui.paint import FAR, Ink, Plate
from commandcenter.ui.tile import DIMMED, paint_chip, paint_tile

RING = Plate("", "", 6, select="sel")
_MUTE = frozenset({"LS", "L0", "L1"})
"""Levels at which nothing is painted of what a thread says."""
LINES_IN = 3
"""Frames in which all lines are built when a bin closed: a tenth of a second."""
MANY = 60
"""More separate rectangles than this cost more than one whole repaint of small marks."""


class MapCanvas(QAbstractScrollArea):
    """Shows a mirror's threads; knows nothing of keys and mouse."""

    camera = Signal()
    """Another part or step is in view."""

    def __init__(self, ink: Ink, mirror: Mirror, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = ink
        self.scene = Scene(mirror)
        self.on_painted: Callable[[], None] = lambda: None
        self.on_behind: Callable[[], None] = lambda: None
        """Lines are still to be painted anew: a frame is wanted."""
        self.corner: Callable[[], None] = lambda: None
        """What stands in the map's corner may be another."""
        self.frame = ""
        """Colour token of the 3 px frame that says: the keys go here. Empty = none."""
        self.box: tuple[QPoint, QPoint] | None = None
        """Two corners of the box the player draws, in map px."""
        self.clock: Callable[[], float] = lambda: 0.0
        """Monotonic s; by it a frame knows what its tiles cost."""
        self.pacing = Pacing()
        self.cost = 0.0
        """What a tile costs to paint, in s, as the last frames had it."""
        self.pointer = QPoint()
        """Where the pointer was last seen, in map px."""
        self._heads: dict[str, tuple[object, ...]] = {}
        self._corners = QPainterPath()
        self._visible: tuple[object, list[int]] = (None, [])
        self._pictured: set[int] = set()
        self._behind: list[int] = []
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
        self.scene.loud.clear()
        self._relaid()

    def refresh(self, threads: Iterable[int], now: int) -> None:
        """Paint these threads anew, and the heads whose figures changed; `now` in wall ns."""
        count = len(self.scene.tiles)
        layout = self.scene.layout
        changed = self.scene.refresh(tuple(threads), now)
        loud = self._loud()
        if self.scene.settle(now) or self.scene.layout is not layout:
            self._relaid()
            return
        if len(self.scene.tiles) != count and not self.scene.growing:
            self.viewport().update()
        self._update(loud)
        self.pacing.painted(loud, now)
        if self.scene.step.level not in _MUTE:
            seen = self._seen()
            found = (t for t in changed if t not in loud and self.scene.rects[t].intersects(seen))
            self.pacing.add(found, now)
        self.pace(now)
        self._update_heads()

    def _loud(self) -> set[int]:
        """The threads whose look changed, or the mark that they are folded into."""
        marks, loud = self.scene.folds.mark, self.scene.loud
        self.scene.loud = set()
        return {marks.get(thread, thread) for thread in loud}

    def pace(self, now: int) -> None:
        """One frame: paint the content that may be painted, at wall `now` (ns)."""
        if self._behind:
            self._update(self._behind)
        if self.pacing.waiting:
            apart = every(self.scene.step.level)
            self._update(self.pacing.take(now, apart, room(self.cost), self._rank))

    def renew(self, threads: Iterable[int]) -> None:
        """Paint these with the next frame, whatever was painted when and whatever it costs."""
        found = list(threads)
        self.pacing.painted(found, self.scene.now)
        self._update(found)

    def pace_due(self, now: int) -> float:
        """Seconds until content that waits may be painted; 0 = none waits."""
        return self.pacing.due(now, every(self.scene.step.level))

    def _rank(self, thread: int) -> tuple[float, ...]:
        """Selected, then needs you and failed, then nearest the pointer."""
        tile, rect = self.scene.tiles.get(thread), self.scene.rects.get(thread)
        if tile is None or rect is None:
            return (3.0,)
        first = 0.0 if tile.selected else 1.0 if tile.alarmed else 2.0
        far = rect.center() - self.pointer
        return first, float(far.manhattanLength())

    def mark(self, selected: Iterable[int], active: int) -> None:
        """Show the selection and the thread under the cursor."""
        changed = self.scene.mark(selected, active)
        if len(changed) > MANY or any(self._has_children(thread) for thread in changed):
            self.viewport().update()
            return
        for thread in changed:
            rect = self.scene.rects.get(thread)
            if rect is not None:
                far = self.scene.reach
                self._dirty(rect.adjusted(-far, -far, far, far))

    def await_orders(self, threads: frozenset[int]) -> None:
        """Show which threads have an order on its way."""
        self._update(self.scene.await_orders(threads))

    def regroup(self) -> None:
        """A control group changed: its digit moves, and a filter may ask for it."""
        if self.scene.lens.filter:
            self.scene.look()
        self.viewport().update()

    def relook(self) -> None:
        """Filter, fog or chains are others."""
        self.scene.look()
        self.viewport().update()
        self.corner()

    def aim(self, letters: dict[int, str], aimed: int) -> None:
        """Target mode: the letters on the tiles, the thread under its cursor; -1 = it is over."""
        if (letters, aimed) != (self.scene.letters, self.scene.aimed):
            self.scene.letters, self.scene.aimed = letters, aimed
            self.viewport().update()

    def set_frame(self, color: str) -> None:
        """Mark or unmark the map as the part that has the keys."""
        if color != self.frame:
            self.frame = color
            self.viewport().update()

    def due(self) -> float:
        """Seconds until a time on a visible tile changes or a layout may be adopted; 0 = never."""
        wait = self.scene.aging(self._telling())[1]
        if self.scene.growing:
            return min(wait, 1.0) if wait else 1.0
        return wait

    def tick(self, now: int) -> None:
        """Paint the running times anew at wall `now` (ns)."""
        self.refresh(self.scene.aging(self._telling())[0], now)

    def _telling(self) -> list[int]:
        """The threads in view whose line can be read."""
        return self.visible() if self.scene.step.level in ("L2", "L3", "L4") else []

    def visible(self) -> list[int]:
        """The threads in view."""
        key = (self.scene.measured, self._seen())
        if key != self._visible[0]:
            self._visible = (key, self.scene.within(key[1]))
        return list(self._visible[1])

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what the region asks for; tiles off screen are never painted."""
        begun = self.clock()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self.viewport())
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        region = event.region().translated(0, top)
        if self.scene.layout.sectors:
            for rect in self._flat(painter, region):
                self._paint_ground(painter, rect)
            self._learn(begun, self._paint_threads(painter, region))
            if self.scene.lost:
                map_marks.paint_lost(self.ink, painter, self.scene, region.boundingRect())
            map_paint.paint_marks(self.ink, painter, self.scene, region.boundingRect())
            map_marks.paint_chains(self.ink, painter, self.scene, region.boundingRect())
            map_marks.paint_drop(self.ink, painter, self.scene)
            map_marks.paint_flags(self.ink, painter, self.scene, self._seen())
            if self.scene.aimed >= 0:
                map_aim.paint_aim(self.ink, painter, self.scene, region.boundingRect())
        else:
            map_paint.paint_ground(self.ink, painter, region.boundingRect())
            map_paint.paint_empty(self.ink, painter, self._seen())
        if self.box is not None:
            map_paint.paint_box(self.ink, painter, *self.box)
        painter.translate(0, top)
        self._paint_edge(painter, event.region())
        painter.end()
        self.on_painted()

    def _flat(self, painter: QPainter, region: QRegion) -> list[QRect]:
        """Fill what lies inside sectors; returns the rectangles that need ground and heads."""
        flat, tone, rest = self.scene.flat, self.ink.theme.color("sector"), list[QRect]()
        whole = region.subtracted(flat).isEmpty()
        for rect in region:  # type: ignore[attr-defined]  # the stubs lack its iterator
            if whole or QRegion(rect).subtracted(flat).isEmpty():
                painter.fillRect(rect, tone)
            else:
                rest.append(rect)
        return rest

    def _paint_ground(self, painter: QPainter, area: QRect) -> None:
        scene = self.scene
        painter.save()
        painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
        map_paint.paint_ground(self.ink, painter, area)
        for index, sector in enumerate(scene.layout.sectors):
            box = QRect(sector.box.x, sector.box.y, sector.box.w, sector.box.h)
            if not box.intersects(area):
                continue
            if scene.step.level == "LS":
                map_paint.paint_block(self.ink, painter, scene, index)
                continue
            over = map_paint.over_budget(scene.world.operations.get(sector.name))
            map_paint.paint_sector(self.ink, painter, sector, over)
            if area.top() < box.top() + HEAD:
                map_paint.paint_head(self.ink, painter, scene, index)
        painter.restore()

    def _learn(self, begun: float, count: int) -> None:
        """What a tile costs, ground and all."""
        if count >= LEAST:
            self.cost += ((self.clock() - begun) / count - self.cost) / 4

    def _paint_threads(self, painter: QPainter, region: QRegion) -> int:
        """Those that the region touches; how many."""
        scene, far = self.scene, self.scene.reach
        step, grown = scene.drawn
        if region.rectCount() > 1:
            threads = scene.meeting(region)
        else:
            threads = scene.within(region.boundingRect().adjusted(-far, -far, far, far))
        if step.level == "L0":
            map_paint.paint_dots(self.ink, painter, scene, threads)
            return len(threads)
        self.ink.scale *= grown
        self.ink.lines = max(-(-len(self.visible()) // LINES_IN), LEAST)
        for thread in threads:
            tile, rect = scene.tiles[thread], scene.rects[thread]
            painter.translate(rect.x(), rect.y())
            if grown != 1.0:
                painter.scale(grown, grown)
            if tile.dimmed:
                painter.setOpacity(DIMMED)
            if step.level == "L1":
                paint_chip(self.ink, painter, tile, step)
            else:
                paint_tile(self.ink, painter, tile, step, scene.now)
            if tile.dimmed:
                painter.setOpacity(1.0)
                if tile.selected:
                    self.ink.plate(painter, QRect(0, 0, step.w, step.h), RING)
            if grown != 1.0:
                painter.scale(1 / grown, 1 / grown)
            painter.translate(-rect.x(), -rect.y())
        self.ink.scale /= grown
        self.ink.lines = FAR
        self._follow(threads)
        return len(threads)

    def _follow(self, threads: list[int]) -> None:
        """Of what was painted, the lines that are behind are painted anew in the next frame."""
        tiles = self.scene.tiles
        kept = set(self._behind).difference(threads)
        found = [thread for thread in threads if tiles[thread].behind]
        self._behind = [*(thread for thread in kept if thread in tiles), *found]
        if self._behind:
            self.on_behind()

    def _paint_edge(self, painter: QPainter, region: QRegion) -> None:
        rect = self.viewport().rect()
        if not self.frame and rect.adjusted(8, 8, -8, -8).contains(region.boundingRect()):
            return
        painter.fillPath(self._corners, self.ink.theme.color("bg"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.ink.theme.pen("edge"))
        painter.drawRoundedRect(rect.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self.frame:
            painter.setPen(self.ink.theme.pen(self.frame, 3.0))
            painter.drawRoundedRect(rect.toRectF().adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)

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

    # --- inside -------------------------------------------------------------------------------

    def _seen(self) -> QRect:
        return self.viewport().rect().translated(0, self.verticalScrollBar().value())

    def _moved(self) -> None:
        self._let_go()
        self._behind = []  # all is painted anew
        self.pacing.forget()
        self.viewport().update()
        self.camera.emit()

    def _let_go(self) -> None:
        """Tiles keep pictures while they are in view: all are no larger than the map."""
        step = self.scene.drawn[0]
        seen = set() if step.level in _MUTE else set(self.visible())
        for thread in self._pictured & self.scene.tiles.keys():
            self.scene.tiles[thread].release(step if thread in seen else None)
        self._pictured = seen

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
        seen, scene = self._seen(), self.scene
        shown = [t for t in threads if t in scene.rects and scene.rects[t].intersects(seen)]
        small = scene.step.level in ("L0", "L1")
        if len(shown) * 3 > len(self.visible()) or (small and len(shown) > MANY):
            self.pacing.forget()
            self.viewport().update()
            return
        for thread in shown:
            self._dirty(scene.covered(thread))

    def _update_heads(self) -> None:
        for sector in self.scene.layout.sectors:
            text = map_paint.head_text(self.scene, sector.name)
            if self._heads.get(sector.name) != text:
                self._heads[sector.name] = text
                high = sector.box.h if self.scene.step.level == "LS" else HEAD
                self._dirty(QRect(sector.box.x, sector.box.y, sector.box.w, high))

    def _dirty(self, rect: QRect) -> None:
        self.viewport().update(rect.translated(0, -self.verticalScrollBar().value()))
