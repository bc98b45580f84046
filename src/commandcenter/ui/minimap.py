"""The minimap: the whole map in one panel, what is in view framed in white (screen.md 6)."""

import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from commandcenter.hud import words
from commandcenter.hud.layout import LOOSE, Sector
from commandcenter.hud.pings import Pings
from commandcenter.hud.tinting import tone
from commandcenter.ui.map import MapView
from commandcenter.ui.map_marks import flag_foot, paint_flag
from commandcenter.ui.map_paint import paint_stack
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item
from commandcenter.ui.theme import BOLD, HEADING, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.tile import DIMMED, Tile
from commandcenter.ui.zoom import Zoomed

WIDEST = 10.0
"""Px of the ring round a thread that needs you, however near the map is."""
NEAR = 5.0
"""Rings of a smaller radius are drawn once: many of them lie close."""
_NAME = Style(8, "mid", MEDIUM)
_FLAG = Style(9, "accent", SEMIBOLD)
_HINT_KEY = Style(11, "mid", BOLD, "right")
_HINT = Style(11, "dim", MEDIUM, "right")
_BUTTON = Style(11, "dim", SEMIBOLD, "center")
_BUTTON_ON = Style(11, "fg", SEMIBOLD, "center")
_STEP = Style(11, "dim", MEDIUM, "right")
ROOMY = 170
"""Below this width in px the head holds its name only."""
BUTTONS: tuple[tuple[str, str], ...] = (("Dots", "L0"), ("Tiles", "L2"), ("Panes", "L4"))


class Minimap(Zoomed):
    """Paints marks of all threads; a press or drag moves the map's view."""

    least = (150, 0)
    level = Signal(str)
    """A button asks for a level of the ladder (`L0`, `L2`, `L4`)."""
    flagged = Signal(float, float)
    """Alt+click: a flag is wanted at these shares of the whole map."""
    unflagged = Signal(int)
    """Alt+click on a flag: it is to go."""

    def __init__(self, ink: Ink, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = ink
        self.map = view
        self.low = False
        """A window below 900 px: smaller paddings."""
        self.frame = ""
        self._drags = False
        self._shown: tuple[object, ...] = ()
        self._marked = 0
        """Grows when a mark changed, not when only the view moved."""
        self._layer: tuple[object, QPixmap] = (None, QPixmap())
        self.pings = Pings()
        self._said = ""
        """The note of the flag under the pointer."""
        self.aims: Callable[[int, bool], bool] = lambda thread, queued: False
        """A press on a thread's mark (0 = beside them), True with Shift; True = it was used up."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("minimap")
        view.camera.connect(lambda: self.refresh())

    def refresh(self) -> None:
        """Paint anew if a mark or the view changed; call at most 4 times a second."""
        shown = self._state()
        if shown != self._shown:
            if shown[:1] != self._shown[:1] or shown[2:] != self._shown[2:]:
                self._marked += 1
            self._shown = shown
            self.update()

    def set_frame(self, color: str) -> None:
        """Mark or unmark it as the part that has the keys."""
        if color != self.frame:
            self.frame = color
            self.update()

    def ground(self) -> QRect:
        """The rectangle of the whole map, in px of this widget."""
        pad, head, foot = self._pads()
        return QRect(pad, head, self.width() - 2 * pad, self.height() - head - foot)

    def buttons(self) -> list[QRect]:
        """Dots, Tiles, Panes."""
        pad, _, foot = self._pads()
        y = self.height() - (foot + 21) // 2
        widths = (43, 43, 51) if not self.low else (39, 38, 46)
        room = self.width() - 2 * pad - sum(widths)  # the least window has 13 px too few
        gap = min(max(room // 2, 2), 6)
        less, rects, x = min((room - 2 * gap) // 3, 0), [], pad
        for width in (width + less for width in widths):
            rects.append(QRect(x, y, width, 21))
            x += width + gap
        return rects

    def items(self) -> list[Item]:
        """The sectors, whose press moves the view there, then the three buttons."""
        layout, area = self.map.scene.layout, QRectF(self.ground().adjusted(4, 4, -4, -4))
        scale = area.width() / max(layout.width, 1), area.height() / max(self._height(), 1)
        found = []
        for sector in layout.sectors:
            box = sector.box
            rect = _scaled(QRect(box.x, box.y, box.w, box.h), area, scale).toRect()
            middle = (box.y + box.h / 2) / max(layout.height, 1)
            press = partial(self.map.look_at, 0.0, middle)
            found.append(Item(f"sector {sector.name}", words.plain(sector.name), rect, press))
        for rect, (text, level) in zip(self.buttons(), BUTTONS, strict=True):
            found.append(Item(text, f"{text} on the map", rect, partial(self.level.emit, level)))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Panel, marks, frame of the view, buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self)
        painter.fillRect(event.rect(), self.ink.theme.color("bg"))
        self.magnify(painter)
        self.ink.plate(painter, self.rect(), Plate("panel", "edge", 8))
        self._head(painter)
        ground = self.ground()
        self.ink.plate(painter, ground, Plate("bg", "edge", 5))
        self._marks(painter, QRectF(ground.adjusted(4, 4, -4, -4)))
        self._foot(painter)
        if self.frame:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.ink.theme.pen(self.frame, 3.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A button, or the place to look at."""
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        for rect, (_, level) in zip(self.buttons(), BUTTONS, strict=True):
            if rect.contains(point):
                self.level.emit(level)
        inside = self.ground().contains(point)
        if inside and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._flag(event.position())
            return
        if inside and self.aims(self._thread(event.position()), _shifted(event)):
            return
        self._drags = inside
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the view."""
        x, y = self._shares(event.position())
        if self._drags:
            self.map.look_at(x, y)
        else:
            self._hover(x, y)

    def _shares(self, point: QPointF) -> tuple[float, float]:
        """A point as shares of the whole map, 0 to 1."""
        area = QRectF(self.ground().adjusted(4, 4, -4, -4))
        x = (point.x() - area.x()) / max(area.width(), 1)
        y = (point.y() - area.y()) / max(area.height(), 1)
        y *= self._height() / max(self.map.scene.layout.height, 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _thread(self, point: QPointF) -> int:
        """The thread whose mark is at a point of the widget; 0 = none."""
        (x, y), scene = self._shares(point), self.map.scene
        return scene.at(x * scene.layout.width, y * scene.layout.height)

    def _near(self, x: float, y: float) -> int:
        """The flag at these shares of the map; 0 = none."""
        area = self.ground()
        for flag in self.map.scene.world.flags.values():
            dx = (flag.x / 1000 - x) * area.width()
            dy = (flag.y / 1000 - y) * area.height()
            if abs(dx + 3) <= 8 and -12 <= dy <= 6 + 6:
                return flag.id
        return 0

    def _flag(self, point: QPointF) -> None:
        x, y = self._shares(point)
        flag = self._near(x, y)
        if flag:
            self.unflagged.emit(flag)
        else:
            self.flagged.emit(x, y)

    def _hover(self, x: float, y: float) -> None:
        """The note of the flag under the pointer."""
        flag = self.map.scene.world.flags.get(self._near(x, y))
        said = words.plain(flag.note) if flag is not None else ""
        if said != self._said:
            self._said = said
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No flag is under the pointer."""
        if self._said:
            self._said = ""
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The drag ends."""
        self._drags = False

    def _pads(self) -> tuple[int, int, int]:
        """Side, head and foot, in px."""
        return (11, 34, 44) if not self.low else (12, 31, 41)

    def _state(self) -> tuple[object, ...]:
        scene = self.map.scene
        marks = tuple(map(self._coloring(), scene.tiles.values()))
        live = (
            self.map.view(),
            tuple(scene.world.flags.values()),
            self.pings.shown(scene.now, self.ink.steady),
        )
        return marks, live, scene.layout, self.map.step, scene.lens.tint

    def _coloring(self) -> Callable[[Tile], tuple[str, float]]:
        """Colour token and opacity of a thread's mark."""
        scene = self.map.scene
        tint = scene.lens.tint
        if tint == "state":
            return _mark_color

        def tinted(tile: Tile) -> tuple[str, float]:
            if tile.selected and not tile.alarmed:
                return "fg", 1.0
            color, alpha = tone(tile.head, tint, scene.world, scene.now)
            return color, alpha * (DIMMED if tile.dimmed else 1.0)

        return tinted

    def _head(self, painter: QPainter) -> None:
        side, height = (14, 34) if not self.low else (12, 28)
        row = QRect(side, 0, self.width() - 2 * side, height)
        self.ink.put(painter, row, "MINIMAP", HEADING, self.rect())
        if self.width() < ROOMY:
            return
        tint = self.map.scene.lens.tint
        action = ("map.fog", "Shift+M") if tint == "state" else ("map.mode", "M")
        what = "fog" if tint == "state" else tint
        width = self.ink.put(painter, row, what, _HINT, self.rect())
        row.setRight(row.right() - int(width) - 5)
        self.ink.put(painter, row, self.ink.key_of(*action), _HINT_KEY, self.rect())

    def _marks(self, painter: QPainter, area: QRectF) -> None:
        layout = self.map.scene.layout
        if not layout.sectors:
            return
        painter.save()
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        sx, sy = area.width() / layout.width, area.height() / max(self._height(), 1)
        if self.ink.record is None:
            painter.drawPixmap(0, 0, self._kept(area, (sx, sy)))
        else:  # each text is noted where it stands
            self._all(painter, area, (sx, sy))
        self._window(painter, area, (sx, sy))
        self._pinged(painter, area, (sx, sy))
        self._flags(painter, area, sy)
        painter.restore()

    def _kept(self, area: QRectF, scale: tuple[float, float]) -> QPixmap:
        """All marks as a picture, painted anew only when one of them changed."""
        key = (self._marked, area, scale, self.ink.scale, self.ink.age)
        if key != self._layer[0]:
            factor = self.ink.scale
            picture = QPixmap(round(self.width() * factor), round(self.height() * factor))
            picture.setDevicePixelRatio(factor)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._all(inner, area, scale)
            inner.end()
            self._layer = (key, picture)
        return self._layer[1]

    def _all(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        for sector in self.map.scene.layout.sectors:
            self._sector(painter, sector, area, scale)
            if self.map.step.level == "LS":
                self._states(painter, sector, area, scale)
        self._threads(painter, area, scale)

    def _states(
        self, painter: QPainter, sector: Sector, area: QRectF, scale: tuple[float, float]
    ) -> None:
        """Of a block, whose threads have no marks: the bar of its states."""
        box = sector.box
        rect = _scaled(QRect(box.x, box.y, box.w, box.h), area, scale).adjusted(1, 1, -1, -1)
        counts = self.map.scene.mirror.tally.of(sector.name)
        paint_stack(self.ink, painter, counts, rect.toRect())

    def _height(self) -> int:
        return max(self.map.scene.layout.height, self.map.viewport().height())

    def _sector(
        self, painter: QPainter, sector: Sector, area: QRectF, scale: tuple[float, float]
    ) -> None:
        box = sector.box
        rect = _scaled(QRect(box.x, box.y, box.w, box.h), area, scale)
        self.ink.plate(painter, rect.toRect(), Plate("panel2", "", 3))
        if rect.height() >= 40 and rect.width() >= 36 and 28 * scale[1] >= 7:
            name = sector.name if sector.name != LOOSE else "loose"
            row = QRect(int(rect.x()) + 4, int(rect.y()), int(rect.width()) - 6, 10)
            self.ink.put(painter, row, words.plain(name), _NAME, rect)

    def _threads(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        scene = self.map.scene
        by_color: defaultdict[tuple[str, float], list[QRectF]] = defaultdict(list)
        rings: list[tuple[QRectF, str]] = []
        coloring = self._coloring()
        (sx, sy), left, top = scale, area.x() + 0.5, area.y() + 0.5
        wide, high = scene.step.w * sx - 1.0, scene.step.h * sy - 1.0
        for thread, rect in scene.rects.items():  # thousands: no call that can be spared
            mark = QRectF(left + rect.x() * sx, top + rect.y() * sy, wide, high)
            tile = scene.tiles[thread]
            by_color[coloring(tile)].append(mark)
            if tile.alarmed:
                rings.append((mark, tile.alarmed))
        painter.setPen(Qt.PenStyle.NoPen)
        for (color, alpha), marks in by_color.items():
            painter.setBrush(self.ink.theme.brush(color, alpha))
            painter.drawRects(marks)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = min(math.sqrt(max(wide, 1.0) * max(high, 1.0)) / 2 + 1.5, WIDEST)
        double = ((0.0, 0.9), (2.0, 0.4))
        for mark, color in rings:
            for grow, alpha in double if radius >= NEAR else double[:1]:
                painter.setPen(self.ink.theme.pen(color, 1.0, alpha))
                painter.drawEllipse(mark.center(), radius + grow, radius + grow)

    def _pinged(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        """A ring that shrinks for two seconds, a mark for ten."""
        now, steady = self.map.scene.now, self.ink.steady
        for thread, left in self.pings.shown(now, steady):
            rect = self.map.scene.rects.get(thread)
            if rect is None:
                continue
            middle = _scaled(rect, area, scale).center()
            painter.setPen(self.ink.theme.pen("fg", 1.2, 0.9))
            painter.drawEllipse(middle, 3.0 + 22 * left, 3.0 + 22 * left)

    def _flags(self, painter: QPainter, area: QRectF, sy: float) -> None:
        """The player's flags, and the note of the one under the pointer."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for flag in self.map.scene.world.flags.values():
            height = self.map.scene.layout.height * sy
            at = flag_foot(flag, area.width(), height)
            paint_flag(self.ink, painter, QPointF(area.x() + at.x(), area.y() + at.y()), 9)
        if self._said:
            row = QRect(int(area.x()), int(area.bottom()) - 17, int(area.width()), 18)
            self.ink.plate(painter, row, Plate("panel", "accent", 4))
            self.ink.put(painter, row.adjusted(6, 0, -6, 0), self._said, _FLAG, row)

    def _window(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        view = self.map.view()
        rect = _scaled(QRect(view.x, view.y, view.w, view.h), area, scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.ink.theme.pen("fg", 1.2))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))

    def _foot(self, painter: QPainter) -> None:
        step = self.map.step
        shown = {"LS": "L0", "L0": "L0", "L4": "L4"}.get(step.level, "L2")
        for rect, (text, level) in zip(self.buttons(), BUTTONS, strict=True):
            on = level == shown
            self.ink.plate(painter, rect, Plate("edgeHi" if on else "panel2", "edge", 5))
            self.ink.put(painter, rect, text, _BUTTON_ON if on else _BUTTON, self.rect())
        last = self.buttons()[-1]
        left = self.ground().right() - last.right()
        if left < 30:
            return
        row = QRect(last.right() + 4, last.y(), left - 4, 21)
        self.ink.put(painter, row, f"{'' if self.low else 'step '}{step.w}", _STEP, self.rect())


def _mark_color(tile: Tile) -> tuple[str, float]:
    return ("fg", 1.0) if tile.selected and not tile.alarmed else tile.mark


def _scaled(rect: QRect, area: QRectF, scale: tuple[float, float]) -> QRectF:
    sx, sy = scale
    at = QPointF(area.x() + rect.x() * sx, area.y() + rect.y() * sy)
    return QRectF(at.x(), at.y(), rect.width() * sx, rect.height() * sy)


def _shifted(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
