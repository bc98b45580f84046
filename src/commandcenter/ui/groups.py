"""The group strip: one cell per control group with its count, worst state and unseen dot."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style

DIGITS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)


class Cell(Record, frozen=True):
    """One control group; `stripe` = colour of the worst state of its members."""

    digit: int
    count: int
    """0 = there is none yet: a click makes the selection this group."""
    stripe: str = ""
    shown: bool = False
    """It is exactly what is selected."""
    dot: bool = False

    @property
    def name(self) -> str:
        """What a screen reader says."""
        if not self.count:
            return f"make the selection group {self.digit}"
        return f"group {self.digit}, {self.count} threads" + ", unseen alert" * self.dot


class Strip(Record, frozen=True):
    """All cells and the words at the right."""

    cells: tuple[Cell, ...] = ()
    words: str = ""


def rects(width: int, low: bool, count: int) -> list[QRect]:
    """The cells' rectangles inside the selection panel, `width` px wide."""
    left, top, step, cell, height = (8, 7, 54, 48, 21) if low else (12, 9, 64, 58, 24)
    room = int(width * 0.62)
    if count and left + count * step > room:
        step = max((room - left) // count, 30)
        cell = step - 4
    return [QRect(left + n * step, top, cell, height) for n in range(count)]


def paint(painter: QPainter, ink: Ink, strip: Strip, width: int, low: bool) -> None:
    """Paint the strip along the panel's top."""
    places = rects(width, low, len(strip.cells))
    for cell, rect in zip(strip.cells, places, strict=True):
        _cell(painter, ink, cell, rect)
    left = places[-1].right() + 12 if places else 12
    pad = 8 if low else 12
    words = QRect(left, 0, width - left - pad, 42 if not low else 34)
    ink.put(painter, words, strip.words, Style(11, "mid", SEMIBOLD, "right"), words)


def _cell(painter: QPainter, ink: Ink, cell: Cell, rect: QRect) -> None:
    if not cell.count:
        _free(painter, ink, rect)
        return
    fill, edge = ("edgeHi", "sel") if cell.shown else ("panel2", "edge")
    ink.plate(painter, rect, Plate(fill, edge, 5))
    if cell.stripe and not cell.shown:
        bar = QRectF(rect.x() + 6, rect.bottom() - 2, rect.width() - 12, 2)
        painter.fillRect(bar, ink.theme.color(cell.stripe, 0.8))
    digit = QRect(rect.x() + 8, rect.y(), 14, rect.height())
    ink.put(painter, digit, str(cell.digit), Style(12, "accent", BOLD), rect)
    count = QRect(rect.x() + 20, rect.y(), rect.width() - 28, rect.height())
    style = Style(12, "fg" if cell.shown else "mid", SEMIBOLD, "right")
    ink.put(painter, count, str(cell.count), style, rect)
    if cell.dot:
        painter.setPen(ink.theme.color("wait"))
        painter.setBrush(ink.theme.color("wait"))
        painter.drawEllipse(QRectF(rect.right() - 4, rect.y() - 3, 7, 7))


def _free(painter: QPainter, ink: Ink, rect: QRect) -> None:
    """The place of a group that is not yet: the way to it for a mouse."""
    ink.plate(painter, rect, Plate("panel", "edge", 5))
    style = Style(11, "mid", SEMIBOLD, "center")
    text = "+ group"
    if ink.width(text, style) > rect.width() - 4:
        text = "+"
    ink.put(painter, rect.adjusted(2, 0, -2, 0), text, style, rect)
