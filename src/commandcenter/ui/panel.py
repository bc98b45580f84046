"""What every painted part of the window has in common."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import HEADING, Style
from commandcenter.ui.zoom import Item as Item
from commandcenter.ui.zoom import Zoomed

HEAD_NOTE = Style(11, "mid", 600, "right")
FRAME = 3
GROUND = Plate("panel", "edge", 8)


class Panel(Zoomed):
    """A part painted by hand. `show_view` repaints only when what it shows has changed."""

    def __init__(self, ink: Ink, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.ink = ink
        self.frame = ""
        """Colour of the 3 px frame that says: the keys go here. Empty = none."""
        self.low = False
        """A window below 900 px: smaller paddings."""
        self.on_painted: Callable[[], None] = lambda: None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)
        self._shown: object = None

    def show_view(self, view: object) -> bool:
        """Keep what is to be shown; True (and a repaint) when it differs."""
        if view == self._shown:
            return False
        self._shown = view
        self.update()
        return True

    def set_frame(self, color: str) -> None:
        """Mark or unmark the part that has the keys."""
        if color != self.frame:
            self.frame = color
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, content, frame; then the time is stamped."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self)
        painter.save()
        self._ground(painter, event.rect())
        self.draw(painter)
        painter.restore()
        for bar in self.bars():
            painter.fillRect(bar, self.ink.theme.color("edgeHi"))
        if self.frame:
            _frame(painter, QRect(QPoint(0, 0), self.size()), self.ink, self.frame)
        painter.end()
        self.on_painted()

    def _ground(self, painter: QPainter, area: QRect) -> None:
        """Its plate; the flat inside is filled, a picture so large would have to be fetched."""
        ink, rim, whole = self.ink, round(GROUND.radius), self.rect()
        if ink.scale != 1.0:
            painter.fillRect(area, ink.theme.color("bg"))
            self.magnify(painter)
            ink.plate(painter, whole, GROUND)
            return
        inside = whole.adjusted(rim, rim, -rim, -rim)
        painter.fillRect(inside, ink.theme.color(GROUND.fill))
        _, picture = ink.plate_stamp(whole, GROUND)
        wide, high = whole.width(), whole.height()
        for strip in (
            QRect(0, 0, wide, rim),
            QRect(0, high - rim, wide, rim),
            QRect(0, rim, rim, high - 2 * rim),
            QRect(wide - rim, rim, rim, high - 2 * rim),
        ):
            painter.fillRect(strip, ink.theme.color("bg"))
            painter.drawPixmap(strip, picture, strip)

    def draw(self, painter: QPainter) -> None:
        """Paint the content."""

    def heading(self, painter: QPainter, text: str, height: int = 36) -> None:
        """The part's name, in capitals, at its top left."""
        rect = QRect(14 if not self.low else 10, 0, self.width() // 2, height)
        self.ink.put(painter, rect, text.upper(), HEADING, self.rect())


def press_at(items: Iterable[Item], event: QMouseEvent) -> bool:
    """A left press on one of these presses it; True if it did."""
    if event.button() != Qt.MouseButton.LeftButton:
        return False
    point = event.position().toPoint()
    item = next((one for one in items if one.rect.contains(point)), None)
    if item is not None:
        item.press()
    return item is not None


def _frame(painter: QPainter, rect: QRect, ink: Ink, color: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink.theme.color(color), FRAME))
    half = FRAME / 2
    painter.drawRoundedRect(QRectF(rect).adjusted(half, half, -half, -half), 7, 7)
