"""Items put on the screen: grounds, signs, text with what is found or selected in it."""

import msgspec
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QBrush, QPainter, QTextCharFormat, QTextLayout

from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style
from commandcenter.ui.transcript_items import Item
from commandcenter.ui.transcript_layout import Layouts

_SIGNS = {"add": ("+", "run"), "remove": ("-", "err"), "same": ("", "mid")}
_NUMBER, _NUMBER_HI = (Style(10, tone, align="right", mono=True) for tone in ("dim", "mid"))
_COPY = Style(10, "mid", SEMIBOLD, "right")
_ADDED = Style(11, "run", BOLD, "right")
_REMOVED = Style(11, "err", BOLD, "right")
_BULLET = Style(13, "mid", align="right")
NUMBERS = 34


class Lit(msgspec.Struct, frozen=True):
    """Characters on another ground: selected, or found (`now`: the one the player stands on)."""

    start: int
    length: int
    kind: str = "selected"


_GROUNDS = {"selected": ("edgeHi", 1.0), "found": ("accent", 0.22), "now": ("accent", 0.42)}


class ItemPainter:
    """Paints items of a view; `view` is what they must stay in."""

    def __init__(self, ink: Ink, layouts: Layouts) -> None:
        self._ink = ink
        self._layouts = layouts
        self.view = QRect()

    def paint(self, painter: QPainter, item: Item, box: QRect, lit: tuple[Lit, ...] = ()) -> None:
        """Paint one item; `box` holds it with its gap, at its height."""
        look = item.look
        body = box.adjusted(0, self._ink.px(look.gap), 0, 0)
        self._ground(painter, item, body)
        if item.cells:
            for one in lit[:1]:
                painter.fillRect(body, self._ink.theme.color(*_GROUNDS[one.kind]))
            self._row(painter, item, body)
        elif item.text:
            layout = self._layouts.of(item, self._layouts.room(look, box.width()))
            at = QPointF(body.x() + self._ink.px(look.indent), body.y())
            self._text(painter, item, layout, at, lit)

    def _put(self, painter: QPainter, place: QRect, text: str, style: Style) -> float:
        """A line of its own; none where the view's foot, above the chip, cuts it."""
        if place.bottom() > self.view.bottom():
            return 0.0
        return self._ink.put(painter, place, text, style, self.view)

    # --- grounds --------------------------------------------------

    def _ground(self, painter: QPainter, item: Item, box: QRect) -> None:
        ground, theme, px = item.look.ground, self._ink.theme, self._ink.px
        if ground in _SIGNS:
            self._signed(painter, item, box)
        elif ground in {"top", "card"}:
            self._ink.plate(painter, box, Plate("panel2", "edge", 3))
            self._side(painter, item, box)
        elif ground in {"box", "foot"}:
            painter.fillRect(box, theme.color("bg"))
            self._edges(painter, box, foot=ground == "foot")
        elif ground == "quote":
            left = box.x() + self._ink.px(item.look.indent) - 10
            painter.fillRect(QRect(left, box.y(), 2, box.height()), theme.color("edgeHi"))
        elif ground == "rule":
            painter.fillRect(QRect(box.x(), box.center().y(), box.width(), 1), theme.color("edge"))
        elif ground in {"row", "headrow"}:
            color = "edgeHi" if ground == "headrow" else "edge"
            painter.fillRect(QRect(box.x(), box.bottom(), box.width(), 1), theme.color(color))
        elif item.marker:
            place = QRect(box.x(), box.y(), px(item.look.indent) - 6, px(item.look.step))
            self._put(painter, place, item.marker, _BULLET)

    def _edges(self, painter: QPainter, box: QRect, foot: bool) -> None:
        color = self._ink.theme.color("edge")
        painter.fillRect(QRect(box.x(), box.y(), 1, box.height()), color)
        painter.fillRect(QRect(box.right(), box.y(), 1, box.height()), color)
        if foot:
            painter.fillRect(QRect(box.x(), box.bottom(), box.width(), 1), color)

    def _signed(self, painter: QPainter, item: Item, box: QRect) -> None:
        ink, px = self._ink, self._ink.px
        sign, color = _SIGNS[item.look.ground]
        painter.fillRect(box, ink.theme.color("bg"))
        if sign:
            painter.fillRect(box, ink.theme.color(color, 0.16))
            place = QRect(
                box.x() + px(item.look.indent) - px(20), box.y(), px(14), px(item.look.step)
            )
            self._put(painter, place, sign, Style(11, color, BOLD, "center", True))
        if item.marker:
            place = QRect(box.x() + 2, box.y(), px(NUMBERS) - 4, px(item.look.step))
            self._put(painter, place, item.marker, _NUMBER_HI if sign else _NUMBER)
        self._edges(painter, box, foot=False)

    def _side(self, painter: QPainter, item: Item, box: QRect) -> None:
        right = box.right() - 10
        if item.copies:
            self._put(painter, side_of(box), item.side, _COPY)
            return
        plus, _, minus = item.side.partition(" ")
        if minus:
            place = QRect(right - 40, box.y(), 40, box.height())
            wide = self._put(painter, place, minus, _REMOVED)
            place = QRect(right - 90, box.y(), 80 - round(wide), box.height())
            self._put(painter, place, plus, _ADDED)

    # --- text --------------------------------------------------

    def _row(self, painter: QPainter, row: Item, box: QRect) -> None:
        places = self._layouts.cells(row, box.width())
        for (cell, side), (left, wide) in zip(row.cells, places, strict=True):
            layout = self._layouts.of(cell, wide, side)
            self._text(painter, cell, layout, QPointF(box.x() + left, box.y() + 1), ())

    def _text(
        self,
        painter: QPainter,
        item: Item,
        layout: QTextLayout,
        at: QPointF,
        lit: tuple[Lit, ...],
    ) -> None:
        painter.setPen(self._ink.theme.text(item.look.style.color))
        layout.draw(painter, at, [self._lit(one) for one in lit])
        if self._ink.record is not None:
            self._note(item.text, layout, at)

    def _lit(self, one: Lit) -> QTextLayout.FormatRange:
        color, share = _GROUNDS[one.kind]
        look = QTextCharFormat()
        look.setBackground(QBrush(self._ink.theme.color(color, share)))
        if one.kind == "now":
            look.setForeground(QBrush(self._ink.theme.color("fg")))
        found = QTextLayout.FormatRange()
        found.start, found.length, found.format = one.start, one.length, look
        return found

    def _note(self, text: str, layout: QTextLayout, at: QPointF) -> None:
        """Each laid-out row for the record of painted texts, as far as the view shows it."""
        for number in range(layout.lineCount()):
            row = layout.lineAt(number)
            x = at.x() + row.naturalTextRect().x()
            rect = QRectF(x, at.y() + row.y(), row.naturalTextWidth(), row.height())
            seen = rect.intersected(QRectF(self.view))
            if not seen.isEmpty():
                self._ink.note(text, seen, self.view)


def side_of(box: QRect) -> QRect:
    """Where the copy mark of a code block stands."""
    return QRect(box.right() - 56, box.y(), 48, box.height())
