"""The burn chart: a line over five minutes, its cap dashed."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from commandcenter.core.base import Record
from commandcenter.hud import words
from commandcenter.ui.paint import Ink, Line, sparkline
from commandcenter.ui.theme import Style

CAP = Style(10, "mid", align="right")


class Chart(Record, frozen=True):
    """Values, oldest first; `cap` = the most that may be, 0 = there is none."""

    samples: tuple[float, ...]
    cap: float = 0.0
    cap_words: str = ""
    color: str = "think"


class Burned(Record, frozen=True):
    """A thread's burn over the last five minutes: tok/s per part, and how much of it is known."""

    samples: tuple[float, ...] = ()
    known_s: int = 0
    until: str = ""
    """The time of day at which it ends; empty = now."""

    @property
    def mean(self) -> float:
        """Tok/s over what is known."""
        if not self.samples or not self.known_s:
            return 0.0
        return sum(self.samples) / len(self.samples) * 300 / self.known_s

    @property
    def words(self) -> str:
        """`5 min · peak 212 · mean 96 tok/s`."""
        span = "5 min" if self.known_s >= 300 else words.age(max(self.known_s, 1))
        span += f" to {self.until}" if self.until else ""
        if not any(self.samples):
            return f"{span} · silent"
        shown = f"{self.mean:.1f}" if self.mean < 10 else f"{self.mean:.0f}"
        return f"{span} · peak {max(self.samples):.0f} · mean {shown} tok/s"


@lru_cache(maxsize=16)
def _line(samples: tuple[float, ...], width: float, height: float, top: float) -> Line:
    return sparkline(samples, width, height, top)


def draw_chart(ink: Ink, painter: QPainter, chart: Chart, area: QRectF) -> None:
    """Paint it into an area."""
    highest = max(max(chart.samples, default=0.0), chart.cap * 1.1)
    line = _line(chart.samples, area.width(), area.height(), highest)
    ink.line(painter, line, area.x(), area.y(), chart.color)
    if chart.cap:
        _cap(ink, painter, chart, area)


def _cap(ink: Ink, painter: QPainter, chart: Chart, area: QRectF) -> None:
    highest = max(max(chart.samples, default=0.0), chart.cap * 1.1)
    y = area.bottom() - 1 - chart.cap / highest * (area.height() - 2)
    place = QRectF(area.right() - 90, y - 7, 90, 14)
    wide = ink.put(painter, place, chart.cap_words, CAP, place)
    pen = QPen(ink.theme.color("mid"), 1.0, Qt.PenStyle.DashLine)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawLine(QPointF(area.x(), y), QPointF(area.right() - wide - 8, y))
