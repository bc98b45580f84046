"""A page of the inspector: headings, facts, tables and a chart, as plain values that compare."""

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from itertools import accumulate

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.core.base import Record
from commandcenter.ui.charts import Chart, draw_chart
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item as Pressable
from commandcenter.ui.theme import HEADING, MEDIUM, SEMIBOLD, Align, Style
from commandcenter.ui.transcript_items import Item, Look
from commandcenter.ui.transcript_layout import Layouts

LEFT, RIGHT = 14, 13
LINE, TITLE, CHART, GAP = 20, 30, 92, 8
PRESS = 76
NOTE = Style(11, "dim", align="right")
EMPTY = Style(12, "dim", align="center")


class Cell(Record, frozen=True):
    """A word of a row. `share`: its part of the row's width (px when above 1)."""

    text: str
    share: float = 0.0
    """0 = what is left over."""
    color: str = "fg"
    align: Align = "left"
    size: int = 12
    weight: int = 400
    mono: bool = False
    glyph: str = ""
    """Painted before the text, as `Ink.glyph` names it."""


class Row(Record, frozen=True):
    """One row of a page: a title, cells, a text that wraps, or a chart."""

    cells: tuple[Cell, ...] = ()
    title: str = ""
    note: str = ""
    text: str = ""
    color: str = "fg"
    """Of the text."""
    mono: bool = False
    chart: Chart | None = None
    press: str = ""
    """What a click on its button means; empty = it has none."""
    word: str = ""
    """What the button says."""
    line: bool = False
    """A line below it, as in a table's head."""


class Page(Record, frozen=True):
    """A tab's content; `empty` stands there when it has no rows."""

    rows: tuple[Row, ...] = ()
    empty: str = ""


class PageView(QAbstractScrollArea):
    """Paints a page; its buttons are pressed by click, or by Return in the region cursor."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        ink = self._ink = ink.reading
        self._dressed: tuple[object, ...] = ()
        self._layouts = Layouts(ink)
        self._page = Page()
        self._items: dict[int, Item] = {}
        self._tops: list[int] = [0]
        self.on_press: Callable[[str], None] = lambda press: None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_page(self, page: Page) -> None:
        """Show another page, or the same one as it is now; the scroll position stays."""
        if page != self._page:
            self._page = page
            self._place()

    def top(self) -> None:
        """To its beginning: another tab is shown."""
        self.verticalScrollBar().setValue(0)

    def to(self, title: str) -> bool:
        """To the row with that title; False when there is none."""
        found = next((n for n, row in enumerate(self._page.rows) if row.title == title), -1)
        if found >= 0:
            self.verticalScrollBar().setValue(self._tops[found] - GAP)
        return found >= 0

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + direction * (self.viewport().height() - 40))

    def items(self) -> list[Pressable]:
        """Its buttons in view, where they lie in its parent."""
        found = []
        for number in self._shown():
            row = self._page.rows[number]
            if row.press:
                rect = self._button(number).translated(self.pos())
                name = f"{row.word} {' '.join(cell.text for cell in row.cells)}".strip()
                act = partial(self.on_press, row.press)
                found.append(Pressable(row.press, name, rect, act))
        return found

    # --- places -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: texts wrap elsewhere."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        self._items = {}
        self._layouts.clear()
        self._dressed = self._dress
        heights = [self._height(number, row) for number, row in enumerate(self._page.rows)]
        self._tops = list(accumulate(heights, initial=GAP))
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._tops[-1] + GAP - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(LINE)
        self.viewport().update()

    @property
    def _dress(self) -> tuple[object, ...]:
        theme = self._ink.theme
        return self._ink.grown, theme.palette, theme.contrast

    def _height(self, number: int, row: Row) -> int:
        px = self._ink.px
        if row.title:
            return px(TITLE)
        if row.chart is not None:
            return CHART
        if row.text:
            look = Look(Style(11 if row.mono else 12, row.color, mono=row.mono), 17, right=2)
            item = self._items[number] = Item(row.text, look)
            return self._layouts.settle(item, self._width) + 3
        return px(LINE)

    @property
    def _width(self) -> int:
        return max(self.viewport().width() - LEFT - RIGHT, 60)

    def _shown(self) -> range:
        start = self.verticalScrollBar().value()
        first = max(bisect_right(self._tops, start) - 1, 0)
        last = bisect_right(self._tops, start + self.viewport().height())
        return range(first, min(last, len(self._page.rows)))

    def _box(self, number: int) -> QRect:
        top = self._tops[number] - self.verticalScrollBar().value()
        return QRect(LEFT, top, self._width, self._tops[number + 1] - self._tops[number])

    def _button(self, number: int) -> QRect:
        box = self._box(number)
        wide, high = self._ink.px(PRESS), min(box.height(), self._ink.px(LINE))
        return QRect(box.right() - wide + 1, box.y() + 1, wide, high - 2)

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        if self._dressed != self._dress:
            self._place()
        with QPainter(self.viewport()) as painter:  # it must end whatever happens: else Qt crashes
            self._paint(painter, event)

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        view = self.viewport()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ink.begin(view)
        painter.fillRect(event.rect(), self._ink.theme.color("panel"))
        if not self._page.rows and self._page.empty:
            rect = QRect(LEFT, 16, self._width, 20)
            self._ink.put(painter, rect, self._page.empty, EMPTY, view.rect())
        for number in self._shown():
            self._row(painter, number)

    def _row(self, painter: QPainter, number: int) -> None:
        row, box, ink = self._page.rows[number], self._box(number), self._ink
        if row.title:
            self._titled(painter, row, box)
        elif row.chart is not None:
            draw_chart(ink, painter, row.chart, QRectF(box.adjusted(0, 2, 0, -10)))
        elif row.text:
            item = self._items[number]
            layout = self._layouts.of(item, self._layouts.room(item.look, self._width))
            painter.setPen(ink.theme.text(row.color))
            layout.draw(painter, QPointF(box.x(), box.y()))
            seen = box.intersected(self.viewport().rect())
            ink.note(row.text, seen, self.viewport().rect())
        else:
            self._cells(painter, row, box)
        if row.press:
            self._pressed(painter, row, self._button(number))
        if row.line:
            place = QRect(box.x(), box.bottom(), box.width(), 1)
            painter.fillRect(place, ink.theme.color("edge"))

    def _titled(self, painter: QPainter, row: Row, box: QRect) -> None:
        ink, view = self._ink, self.viewport().rect()
        place = QRect(box.x(), box.bottom() - self._ink.px(19), box.width(), self._ink.px(18))
        wide = ink.put(painter, place, row.title.upper(), HEADING, view)
        ink.put(painter, place.adjusted(int(wide) + 8, 0, 0, 0), row.note, NOTE, view)

    def _cells(self, painter: QPainter, row: Row, box: QRect) -> None:
        room = box.width() - (self._ink.px(PRESS) + 8 if row.press else 0)
        px = self._ink.px
        wide = [px(c.share) if c.share > 1 else round(c.share * room) for c in row.cells]
        rest = max(room - sum(wide), 0) // max(sum(one == 0 for one in wide), 1)
        x = box.x()
        for cell, own in zip(row.cells, wide, strict=True):
            width = own or rest
            self._cell(painter, cell, QRect(x, box.y(), width, box.height()))
            x += width

    def _cell(self, painter: QPainter, cell: Cell, box: QRect) -> None:
        if cell.glyph:
            place = QRect(box.x(), box.center().y() - 6, 12, 12)
            self._ink.glyph(painter, cell.glyph, place, cell.color)
            box = box.adjusted(18, 0, 0, 0)
        left = cell.align == "left"
        inner = box.adjusted(0 if left else 4, 0, -6 if left else 0, 0)
        style = Style(cell.size, cell.color, cell.weight, cell.align, cell.mono)
        self._ink.put(painter, inner, cell.text, style, self.viewport().rect())

    def _pressed(self, painter: QPainter, row: Row, box: QRect) -> None:
        self._ink.plate(painter, box, Plate("panel2", "edge", 4))
        self._ink.put(painter, box, row.word, Style(11, "fg", SEMIBOLD, "center"), box)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a row's button."""
        press = self._press_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and press:
            self.on_press(press)

    def _press_at(self, point: QPoint) -> str:
        for number in self._shown():
            if self._page.rows[number].press and self._button(number).contains(point):
                return self._page.rows[number].press
        return ""


def title(text: str, note: str = "") -> Row:
    """A heading."""
    return Row(title=text, note=note)


def fact(label: str, value: str, color: str = "fg") -> Row:
    """A label with its value at the right."""
    share = 0.42 if len(label) < 22 else 0.62
    return Row((Cell(label, share, "dim"), Cell(value, 0, color, "right", weight=MEDIUM)))


def said(text: str, color: str = "dim") -> Row:
    """A sentence."""
    return Row(text=text, color=color)
