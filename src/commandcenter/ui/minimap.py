"""The minimap: the whole map in one panel, what is in view framed in white (screen.md 6)."""

from collections import defaultdict
from functools import partial

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Record
from commandcenter.hud import words
from commandcenter.hud.layout import LOOSE, Sector
from commandcenter.ui.map import MapView
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item
from commandcenter.ui.theme import BOLD, HEADING, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.tile import Tile
from commandcenter.ui.zoom import Zoomed

PING_S = 2.0
_NAME = Style(8, "mid", MEDIUM)
_HINT_KEY = Style(11, "mid", BOLD, "right")
_HINT = Style(11, "dim", MEDIUM, "right")
_BUTTON = Style(11, "dim", SEMIBOLD, "center")
_BUTTON_ON = Style(11, "fg", SEMIBOLD, "center")
_STEP = Style(11, "dim", MEDIUM, "right")
ROOMY = 170
"""Below this width in px the head holds its name only."""
BUTTONS: tuple[tuple[str, str], ...] = (("Dots", "L0"), ("Tiles", "L2"), ("Panes", "L3"))


class Ping(Record, frozen=True):
    """A ring that shrinks on a thread for 2 s; `born` in wall ns."""

    thread: int
    born: int


class Minimap(Zoomed):
    """Paints marks of all threads; a press or drag moves the map's view."""

    least = (150, 0)

    level = Signal(str)
    """A button asks for a level of the ladder (`L0`, `L2`, `L3`)."""

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
        height = 21
        y = self.height() - (foot + height) // 2
        widths = (43, 43, 51) if not self.low else (39, 38, 46)
        rects, x = [], pad
        for width in widths:
            rects.append(QRect(x, y, width, height))
            x += width + 6
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
        self._drags = self.ground().contains(point)
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the view."""
        if self._drags:
            ground, point = self.ground(), event.position()
            x = (point.x() - ground.x()) / max(ground.width(), 1)
            y = (point.y() - ground.y()) / max(ground.height(), 1)
            self.map.look_at(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The drag ends."""
        self._drags = False

    def _pads(self) -> tuple[int, int, int]:
        """Side, head and foot, in px."""
        return (11, 34, 44) if not self.low else (12, 31, 41)

    def _state(self) -> tuple[object, ...]:
        scene = self.map.scene
        marks = tuple((t, tile.dot, tile.selected) for t, tile in scene.tiles.items())
        return marks, self.map.view(), scene.layout, self.map.step

    def _head(self, painter: QPainter) -> None:
        side, height = (14, 34) if not self.low else (12, 28)
        row = QRect(side, 0, self.width() - 2 * side, height)
        self.ink.put(painter, row, "MINIMAP", HEADING, self.rect())
        if self.width() < ROOMY:
            return
        width = self.ink.put(painter, row, "fog", _HINT, self.rect())
        row.setRight(row.right() - int(width) - 5)
        self.ink.put(painter, row, "Shift+M", _HINT_KEY, self.rect())

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
        self._threads(painter, area, scale)

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
        (sx, sy), left, top = scale, area.x() + 0.5, area.y() + 0.5
        wide, high = scene.step.w * sx - 1.0, scene.step.h * sy - 1.0
        for thread, rect in scene.rects.items():  # thousands: no call that can be spared
            mark = QRectF(left + rect.x() * sx, top + rect.y() * sy, wide, high)
            tile = scene.tiles[thread]
            by_color[_mark_color(tile)].append(mark)
            if tile.alarmed:
                rings.append((mark, tile.alarmed))
        painter.setPen(Qt.PenStyle.NoPen)
        for (color, alpha), marks in by_color.items():
            painter.setBrush(self.ink.theme.brush(color, alpha))
            painter.drawRects(marks)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for mark, color in rings:
            radius = max(mark.width(), mark.height()) / 2 + 1.5
            for grow, alpha in ((0.0, 0.9), (2.0, 0.4)):
                painter.setPen(self.ink.theme.pen(color, 1.0, alpha))
                painter.drawEllipse(mark.center(), radius + grow, radius + grow)

    def _window(self, painter: QPainter, area: QRectF, scale: tuple[float, float]) -> None:
        view = self.map.view()
        rect = _scaled(QRect(view.x, view.y, view.w, view.h), area, scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.ink.theme.pen("fg", 1.2))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))

    def _foot(self, painter: QPainter) -> None:
        step = self.map.step
        shown = {"LS": "L0", "L0": "L0", "L1": "L2", "L2": "L2", "L3": "L3", "L4": "L3"}[step.level]
        for rect, (text, level) in zip(self.buttons(), BUTTONS, strict=True):
            on = level == shown
            self.ink.plate(painter, rect, Plate("edgeHi" if on else "panel2", "edge", 5))
            self.ink.put(painter, rect, text, _BUTTON_ON if on else _BUTTON, self.rect())
        last = self.buttons()[-1]
        if self.ground().right() - last.right() < 30:
            return
        row = QRect(last.right() + 4, last.y(), self.ground().right() - last.right() - 4, 21)
        text = f"{step.w}" if self.low else f"step {step.w}"
        self.ink.put(painter, row, text, _STEP, self.rect())


def _mark_color(tile: Tile) -> tuple[str, float]:
    return ("fg", 1.0) if tile.selected and not tile.alarmed else tile.dot


def _scaled(rect: QRect, area: QRectF, scale: tuple[float, float]) -> QRectF:
    sx, sy = scale
    at = QPointF(area.x() + rect.x() * sx, area.y() + rect.y() * sy)
    return QRectF(at.x(), at.y(), rect.width() * sx, rect.height() * sy)
