"""The pane of a terminal thread: its grid of cells, painted by hand, only what has changed."""

import math
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Record
from commandcenter.ui.paint import Ink
from commandcenter.ui.terminal_colors import Colors, Look
from commandcenter.ui.terminal_screen import Grid
from commandcenter.ui.theme import BOLD, REGULAR, Style

PAD: Final = 8
FOOT: Final = 20
"""The line below the grid that says where the keys go, in px."""
_HINT: Final = Style(11, "dim")
_OWN: Final = frozenset(map(chr, (*range(0x20, 0x250), *range(0x2500, 0x25A0))))
"""Characters that the font has, each one cell wide: they are painted as one run."""


class Run(Record, frozen=True):
    """Neighbouring cells that look alike, from the column `x` on, `wide` columns."""

    x: int
    wide: int
    text: str
    look: Look


class TerminalView(QWidget):
    """Shows a grid. `on_cells` hears another size, `on_shown` that it is seen or no more."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._grid: Grid | None = None
        self.typing = False
        """The keys go here."""
        self.hint = ""
        self.alive = False
        self.on_cells: Callable[[], None] = lambda: None
        self.on_shown: Callable[[], None] = lambda: None
        self.on_clicked: Callable[[], None] = lambda: None
        self._colors = Colors(ink.theme)
        self._rows: list[tuple[Run, ...]] = []
        self._cursor = (-1, -1)
        self._faces: dict[tuple[bool, bool], QFont] = {}
        self._small = False
        self._measure()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("terminal")

    # --- its size -----------------------------------------------------------------------------

    @property
    def grid(self) -> Grid:
        """What the program has drawn; made when it is first wanted."""
        if self._grid is None:
            self._grid = Grid(80, 24)
        return self._grid

    def _measure(self) -> None:
        size = 10 if self._small else 11
        self._faces = {}
        for bold in (False, True):
            font = self._ink.theme.font(Style(size, weight=BOLD if bold else REGULAR, mono=True))
            slanted = QFont(font)
            slanted.setItalic(True)
            self._faces[bold, False], self._faces[bold, True] = font, slanted
        metrics = QFontMetricsF(self._faces[False, False])
        self._wide = metrics.horizontalAdvance("M" * 100) / 100
        self._high = math.ceil(metrics.height())
        self._ascent = metrics.ascent() + (self._high - metrics.height()) / 2

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows that have room."""
        columns = int((self.width() - 2 * PAD) / self._wide)
        rows = (self.height() - FOOT - PAD) // self._high
        return max(columns, 2), max(rows, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size: smaller letters in a narrow pane."""
        small = self.width() < 380
        if small != self._small:
            self._small = small
            self._measure()
        self.on_cells()

    def showEvent(self, event: QShowEvent) -> None:
        """It is looked at."""
        self.on_shown()

    def hideEvent(self, event: QHideEvent) -> None:
        """It is no longer looked at."""
        self.on_shown()

    def page(self, direction: int) -> None:
        """There is nothing to page through: a terminal shows its screen."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click gives it the keys."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.on_clicked()

    # --- what it shows ------------------------------------------------------------------------

    def state(self, *, typing: bool, hint: str, alive: bool) -> None:
        """What is said around the grid."""
        if (typing, hint, alive) != (self.typing, self.hint, self.alive):
            self.typing, self.hint, self.alive = typing, hint, alive
            self.update()

    def fresh(self) -> None:
        """The grid has changed: the rows that look otherwise are painted in the next frame."""
        screen = self.grid.screen
        if len(self._rows) != screen.lines:
            self._rows = [()] * screen.lines
            screen.dirty.update(range(screen.lines))
            self.update()
        for y in screen.dirty:
            if y < screen.lines:
                row = tuple(self._runs(y))
                if row != self._rows[y]:
                    self._rows[y] = row
                    self.update(self._row_rect(y))
        screen.dirty.clear()
        hidden = screen.cursor.hidden
        cursor = (-1, -1) if hidden else (min(screen.cursor.x, screen.columns - 1), screen.cursor.y)
        if cursor != self._cursor:
            for _, y in (self._cursor, cursor):
                self.update(self._row_rect(y))
            self._cursor = cursor

    def _row_rect(self, y: int) -> QRect:
        return QRect(0, PAD + y * self._high, self.width(), self._high)

    def _runs(self, y: int) -> Iterator[Run]:
        screen = self.grid.screen
        line, x = screen.buffer[y], 0
        while x < screen.columns:
            cell = line[x]
            look, end = self._colors.look(cell), x + 1
            if cell.data in _OWN:
                while end < screen.columns and line[end][1:] == cell[1:] and line[end].data in _OWN:
                    end += 1
            elif end < screen.columns and not line[end].data:
                end += 1  # the second half of a wide one
            text = "".join(line[column].data for column in range(x, end))
            if text.strip() or look.bg != self._colors.ground or look.under or look.struck:
                yield Run(x, end - x, text, look)
            x = end

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, rows in the damaged part, cursor, hint."""
        ink, painter = self._ink, QPainter(self)
        ink.begin(self)
        painter.fillRect(event.rect(), ink.theme.color("bg"))
        damaged = event.region()
        for y, row in enumerate(self._rows):
            if row and damaged.intersects(self._row_rect(y)):
                self._row(painter, y, row)
        self._caret(painter)
        place = QRect(PAD, self.height() - FOOT, self.width() - 2 * PAD, FOOT)
        if damaged.intersects(place):
            painter.fillRect(QRect(0, place.y(), self.width(), FOOT), ink.theme.color("panel"))
            ink.put(painter, place, self.hint, _HINT, place)
        painter.end()

    def _row(self, painter: QPainter, y: int, row: tuple[Run, ...]) -> None:
        top, colors = PAD + y * self._high, self._colors
        for run in row:
            place = QRectF(PAD + run.x * self._wide, top, run.wide * self._wide, self._high)
            if run.look.bg != colors.ground:
                painter.fillRect(place, colors.color(run.look.bg))
            self._text(painter, run, place)
        if self._ink.record is not None:
            text = "".join(run.text for run in row).strip()
            if text:
                whole = QRectF(PAD, top, self.width() - 2 * PAD, self._high)
                self._ink.note(text, whole, QRectF(self.rect()))

    def _text(self, painter: QPainter, run: Run, place: QRectF) -> None:
        painter.setPen(self._colors.color(run.look.fg))
        base = place.y() + self._ascent
        if run.text.strip():
            painter.setFont(self._faces[run.look.bold, run.look.italic])
            painter.drawText(QPointF(place.x(), base), run.text)
        for there, at in ((run.look.under, base + 2), (run.look.struck, base - self._high / 4)):
            if there:
                painter.drawLine(QPointF(place.x(), at), QPointF(place.right(), at))

    def _caret(self, painter: QPainter) -> None:
        """A block where the keys go, an outline where they do not."""
        x, y = self._cursor
        if x < 0 or not self.alive or y >= len(self._rows):
            return
        place = QRectF(PAD + x * self._wide, PAD + y * self._high, self._wide, self._high)
        if self.typing:
            painter.fillRect(place, self._ink.theme.color("accent", 0.55))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._ink.theme.pen("dim"))
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
