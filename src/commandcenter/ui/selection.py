"""The selection panel: strip of groups, member tiles or one thread, figures, composer."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from commandcenter.ui import groups
from commandcenter.ui.composer import Composer
from commandcenter.ui.glyphs import kind_of
from commandcenter.ui.member import LIST_VALUE, ORDERS, Fact, Gauge, Member, Selected
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.queue_chips import Chips
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style

NAME = Style(11, "fg", BOLD)
LINE = Style(10, "mid")
LABEL, LABEL_HI = Style(10, "dim"), Style(10, "mid")
FIGURE = Style(10, "mid", MEDIUM, "right")
FACT_LABEL = Style(11, "dim")
FACT = Style(11, "fg", SEMIBOLD, "right")
NARROW = 96
"""A tile of a member is never narrower, in px."""


def tiles(width: int, low: bool) -> list[QRect]:
    """The places of the member tiles: 4 x 2, or 3 x 2 in a low window."""
    columns, top, w, h, gap, left = (3, 34, 118, 66, 4, 8) if low else (4, 44, 126, 92, 6, 12)
    column = figures(width, low).left()
    while columns > 1 and (column - 16 - left - (columns - 1) * gap) // columns < NARROW:
        columns -= 1
    w = min(w, (column - 16 - left - (columns - 1) * gap) // columns)
    return [
        QRect(left + x * (w + gap), top + y * (h + gap), w, h)
        for y in range(2)
        for x in range(columns)
    ]


def figures(width: int, low: bool) -> QRect:
    """The right column."""
    if low:
        room = min(152, round(width * 0.28))
        return QRect(width - 16 - room, 34, room, 136)
    room = min(212, round(width * 0.28))
    return QRect(width - 14 - room, 44, room, 190)


def composer_place(width: int, height: int, low: bool) -> QRect:
    """Where the composer lies, always kept free."""
    pad, tall = (8, 34) if low else (12, 50)
    return QRect(pad, height - tall - (8 if low else 12), width - 2 * pad, tall)


class SelectionPanel(Panel):
    """Shows a `Selected`; clicks on members and groups go to the callbacks."""

    least = (420, 190)

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(ink, "selection", parent)
        self.view = Selected()
        self.composer = Composer(ink, self)
        self.chips = Chips(ink)
        self.on_member: Callable[[int, Qt.KeyboardModifier], None] = lambda thread, keys: None
        self.on_group: Callable[[int, Qt.KeyboardModifier], None] = lambda digit, keys: None

    @property
    def room(self) -> int:
        """How many members have a tile."""
        return len(tiles(self.width(), self.low))

    def show_selected(self, view: Selected) -> None:
        """Show another view."""
        self.view = view
        self.show_view(view)

    def items(self) -> list[Item]:
        """The members that have a tile, then the composer."""
        keys = Qt.KeyboardModifier.NoModifier
        tiled = () if self.view.single or self.view.counts else self.view.members
        found = [
            Item(
                f"member {shown.thread}",
                f"{shown.name}, {shown.line}",
                rect,
                partial(self.on_member, shown.thread, keys),
                thread=shown.thread,
            )
            for shown, rect in zip(tiled, tiles(self.width(), self.low), strict=False)
        ]
        if self.view.orders:
            thread = self.view.members[0].thread
            found += self.chips.items(self._orders_row(), self.view.orders, thread)
        field = self.composer.geometry()
        return [*found, Item("composer", "write", field, lambda: self.composer.on_clicked())]

    def strip_items(self) -> list[Item]:
        """The cells of the group strip."""
        cells = self.view.strip.cells
        places = groups.rects(self.width(), self.low, len(cells))
        return [
            Item(
                f"group {cell.digit}",
                cell.name,
                rect,
                partial(self._press_group, cell, Qt.KeyboardModifier.NoModifier),
            )
            for cell, rect in zip(cells, places, strict=True)
        ]

    def strip_area(self) -> QRect:
        """Where the group strip lies."""
        return QRect(0, 0, self.width(), 34 if self.low else 42)

    def lay(self) -> None:
        """Place the composer after a change of size."""
        self.composer.place(composer_place(*self.port(), self.low))

    def draw(self, painter: QPainter) -> None:
        """Strip, then tiles, counts or one thread, then the figures."""
        groups.paint(painter, self.ink, self.view.strip, self.width(), self.low)
        if self.view.empty:
            foot = composer_place(self.width(), self.height(), self.low).y()
            rect = QRect(0, 44, self.width(), foot - 44)
            self.ink.put(painter, rect, self.view.empty, Style(12, "dim", align="center"), rect)
            return
        if self.view.single:
            self._single(painter)
        elif self.view.counts:
            self._counts(painter)
        else:
            for shown, rect in zip(self.view.members, tiles(self.width(), self.low), strict=False):
                self._tile(painter, shown, rect)
        self._facts(painter)

    def _covered(self, row: QRect) -> bool:
        """Would the open composer hide the lower part of this row?"""
        return self.real(row).bottom() > self.composer.y() + 1

    # --- tiles --------------------------------------------------------------------------------

    def _tile(self, painter: QPainter, shown: Member, rect: QRect) -> None:
        ink = self.ink
        select = "sel" if shown.focus else ""
        fill = "tileHi" if shown.focus else "tileDone" if shown.faded else "panel2"
        ink.plate(painter, rect, Plate(fill, "edge" if not select else "", 6))
        if select:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink.theme.color("sel"), 1.5))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.7, 0.7, -0.7, -0.7), 6, 6)
        top = rect.y() + (7 if self.low else 8)
        ink.glyph(painter, f"state:{shown.glyph}", QRect(rect.x() + 8, top, 13, 13), shown.color)
        letter = Style(11, shown.tier, BOLD, "right")
        mark = QRect(rect.right() - 31, top + 2, 9, 9)
        ink.glyph(painter, f"kind:{kind_of(shown.kind)}", mark, "mid")
        ink.put(painter, QRect(rect.right() - 20, top - 1, 12, 15), shown.letter, letter, rect)
        name = QRect(rect.x() + 27, top - 1, mark.x() - rect.x() - 31, 15)
        style = Style(11, "dim", BOLD) if shown.faded else NAME
        ink.put(painter, name, shown.name, style, rect)
        self._tile_body(painter, shown, rect)

    def _tile_body(self, painter: QPainter, shown: Member, rect: QRect) -> None:
        line = QRect(rect.x() + 9, rect.y() + (22 if self.low else 26), rect.width() - 18, 14)
        color = "mid" if shown.focus and shown.line_color == "dim" else shown.line_color
        style = Style(10, color, SEMIBOLD if color == "wait" else 400)
        if not self._covered(line):
            self.ink.put(painter, line, shown.line, style, rect)
        first, step, count = (37, 13, 2) if self.low else (43, 15, 3)
        for number, gauge in enumerate(shown.gauges[:count]):
            row = QRect(rect.x() + 9, rect.y() + first + number * step, rect.width() - 18, 13)
            if not self._covered(row):
                self._gauge(painter, gauge, row, LABEL_HI if shown.focus else LABEL)

    def _gauge(self, painter: QPainter, gauge: Gauge, row: QRect, label: Style) -> None:
        self.ink.put(painter, QRect(row.x(), row.y(), 24, 13), gauge.label, label, row)
        wide = 34 if gauge.share is not None else row.width() - 26
        text = QRect(row.right() + 1 - wide, row.y(), wide, 13)
        style = FIGURE if gauge.share is not None else replace(label, align="right")
        self.ink.put(painter, text, gauge.text, style, row)
        if gauge.share is not None:
            bar = QRect(row.x() + 25, row.center().y() - 1, row.width() - 25 - 38, 4)
            self.ink.bar(painter, bar, gauge.share, gauge.color)

    # --- many, one ----------------------------------------------------------------------------

    def _counts(self, painter: QPainter) -> None:
        """Glyphs of 24 px when they fit, and the counts per state."""
        area = self._area()
        columns = max(area.width() // 26, 1)
        rows = max((area.height() - 26) // 26, 1)
        x = area.x()
        for glyph, color, count in self.view.counts:
            self.ink.glyph(painter, f"state:{glyph}", QRect(x, area.y() + 3, 13, 13), color)
            text = f"{count}"
            wide = self.ink.put(
                painter, QRect(x + 18, area.y(), 40, 20), text, Style(12, "fg", SEMIBOLD), area
            )
            x += 18 + int(wide) + 16
        for number, shown in enumerate(self.view.members[: columns * rows]):
            place = QRect(
                area.x() + number % columns * 26, area.y() + 26 + number // columns * 26, 24, 24
            )
            self.ink.plate(painter, place, Plate("panel2", "edge", 4))
            spot = place.adjusted(6, 6, -6, -6)
            self.ink.glyph(painter, f"state:{shown.glyph}", spot, shown.color)

    def _area(self) -> QRect:
        places = tiles(self.width(), self.low)
        return places[0].united(places[-1])

    def _single(self, painter: QPainter) -> None:
        area = self._area()
        shown = self.view.members[0]
        ink = self.ink
        ink.glyph(
            painter, f"state:{shown.glyph}", QRect(area.x(), area.y() + 2, 15, 15), shown.color
        )
        name = QRect(area.x() + 24, area.y(), 260, 20)
        ink.put(painter, name, shown.name, Style(14, "fg", BOLD), area)
        step = 19 if self.low else 22
        rows = (area.height() - 24) // step
        for number, fact in enumerate(self.view.single[:rows]):
            top = area.y() + 25 + number * step
            if self._covered(QRect(area.x(), top, 70, step - 2)):
                break
            ink.put(painter, QRect(area.x(), top, 70, step), fact.label, FACT_LABEL, area)
            if fact.label == ORDERS:
                self.chips.paint(painter, self._orders_row(), self.view.orders)
            value = QRect(area.x() + 74, top, area.width() - 74, step)
            ink.put(painter, value, fact.value, Style(11, fact.color), area)

    def _orders_row(self) -> QRect:
        """Where the chips of the one thread's queued orders lie."""
        area, step = self._area(), 19 if self.low else 22
        labels = [fact.label for fact in self.view.single]
        number = labels.index(ORDERS) if ORDERS in labels else 0
        return QRect(area.x() + 74, area.y() + 25 + number * step, area.width() - 74, step)

    # --- figures ------------------------------------------------------------------------------

    def _facts(self, painter: QPainter) -> None:
        place = figures(self.width(), self.low)
        step, most = (20, 4) if self.low else (21, 7)
        facts = self.view.facts
        nothing = any(f.label == "Spent" and f.value.endswith("$0.00") for f in facts)
        plans = nothing and any(f.label == LIST_VALUE for f in facts)
        left_out = "" if not self.low else "Spent" if plans else LIST_VALUE
        shown = [f for f in facts if f.label != left_out][:most]
        for number, fact in enumerate(shown):
            row = QRect(place.x(), place.y() + number * step, place.width(), step)
            if not self._covered(row.adjusted(0, 0, 0, -2)):
                self._fact(painter, fact, row)
        x = place.x()
        top = place.y() + len(shown) * step
        if self._covered(QRect(x, top, 1, step - 2)):
            return
        for kind, text in self.view.kinds:
            spot = QRect(x, top + step // 2 - 5, 10, 10)
            if x + 16 + self.ink.width(text, Style(11, "mid")) > place.right():
                break
            self.ink.glyph(painter, f"kind:{kind_of(kind)}", spot, "mid")
            words = QRect(x + 15, top, place.right() - x - 15, step)
            x += 15 + int(self.ink.put(painter, words, text, Style(11, "mid"), place)) + 12

    def _fact(self, painter: QPainter, fact: Fact, row: QRect) -> None:
        label = self.ink.put(painter, row, fact.label, FACT_LABEL, row)
        left = int(label) + 8
        value = QRect(row.x() + left, row.y(), row.width() - left, row.height())
        self.ink.put(painter, value, fact.value, Style(11, fact.color, SEMIBOLD, "right"), row)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A member or a group was clicked."""
        point = event.position().toPoint()
        self.chips.held = self._chip_at(point)
        if self.chips.held:
            self.update()
            return
        cell = self._cell_at(point)
        if cell is not None:
            self._press_group(cell, event.modifiers())
            return
        thread = self._member_at(point)
        if thread:
            self.on_member(thread, event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A chip was dragged to another place, or clicked."""
        if self.chips.held:
            self.chips.release(self._chip_at(event.position().toPoint()))
            self.update()

    def _chip_at(self, point: QPoint) -> int:
        if not self.view.orders:
            return 0
        return self.chips.at(point, self._orders_row(), self.view.orders)

    def _press_group(self, cell: groups.Cell, keys: Qt.KeyboardModifier) -> None:
        """A group that is not yet is made, as Ctrl and a click would."""
        self.on_group(cell.digit, keys if cell.count else Qt.KeyboardModifier.ControlModifier)

    def _cell_at(self, point: QPoint) -> groups.Cell | None:
        cells = self.view.strip.cells
        for cell, rect in zip(cells, groups.rects(self.width(), self.low, len(cells)), strict=True):
            if rect.contains(point):
                return cell
        return None

    def _member_at(self, point: QPoint) -> int:
        if self.view.single or self.view.counts:
            return 0
        for shown, rect in zip(self.view.members, tiles(self.width(), self.low), strict=False):
            if rect.contains(point):
                return shown.thread
        return 0
