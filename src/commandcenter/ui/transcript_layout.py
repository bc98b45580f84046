"""Items laid out: Qt layouts exist for what was lately seen and for nothing else."""

from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QFont, QTextCharFormat, QTextLayout, QTextOption

from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import Style
from commandcenter.ui.transcript_items import Item, Look, Mark

MOST = 512
"""Layouts held at once."""
LEAST_CELL = 36
CELL_GAP = 10
_SIDES = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "center": Qt.AlignmentFlag.AlignHCenter,
}


class Layouts:
    """Layouts by item and width; the least lately used go first. `made` counts them."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._held: OrderedDict[tuple[int, str, int], tuple[Item, QTextLayout]] = OrderedDict()
        self._columns: OrderedDict[int, tuple[object, list[tuple[int, int]]]] = OrderedDict()
        self.made = 0

    @property
    def px(self) -> Callable[[float], int]:
        """A measure in px at 100 % as the text size wants it."""
        return self._ink.px

    def __len__(self) -> int:
        return len(self._held)

    def clear(self) -> None:
        """Let go of all."""
        self._held.clear()

    def guess(self, item: Item, width: int) -> int:
        """The height of an item in px: exact when it was laid out, else by its length."""
        if item.height:
            return item.height
        look = item.look
        if not item.text or look.ground in {"foot", "rule"}:
            return self.px(look.gap) + self.px(look.step)
        per_row = max(int(self.room(look, width) / self._average(look.style)), 1)
        return self.px(look.gap) + self.px(look.step) * max(1, -(-len(item.text) // per_row))

    def room(self, look: Look, width: int) -> int:
        """Px that an item's text may take."""
        return max(width - self.px(look.indent) - self.px(look.right), 40)

    def settle(self, item: Item, width: int) -> int:
        """Lay the item out and give it its height."""
        look = item.look
        if item.cells:
            places = self.cells(item, width)
            rows = [
                self.of(cell, wide, side).lineCount()
                for (cell, side), (_, wide) in zip(item.cells, places, strict=True)
            ]
            rows_ = self.px(17) * max(max(rows, default=1), 1)
            item.height = self.px(look.gap) + rows_ + self.px(4)
        elif item.text:
            count = max(self.of(item, self.room(look, width)).lineCount(), 1)
            item.height = self.px(look.gap) + self.px(look.step) * count
        else:
            item.height = self.px(look.gap) + self.px(look.step)
        return item.height

    def of(self, item: Item, width: int, side: str = "left") -> QTextLayout:
        """The layout of an item's text in `width` px."""
        key = (id(item), item.text, width)
        found = self._held.get(key)
        if found is not None and found[0] is item:
            self._held.move_to_end(key)
            return found[1]
        layout = self._lay(item, width, side)
        self._held[key] = (item, layout)
        self.made += 1
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        return layout

    def cells(self, row: Item, width: int) -> list[tuple[int, int]]:
        """Left and width in px of a row's cells; a table's rows all have the same."""
        count = max(len(row.columns), 1)
        average = self._average(row.look.style)
        needs = [max(round(chars * average) + 6, LEAST_CELL) for chars in row.columns]
        wide = _shared(needs, width - CELL_GAP * (count - 1))
        lefts = [0]
        for one in wide:
            lefts.append(lefts[-1] + one + CELL_GAP)
        return [(left, after - left - CELL_GAP) for left, after in pairwise(lefts)]

    def _average(self, style: Style) -> float:
        return self._ink.metrics(style).averageCharWidth()

    def _lay(self, item: Item, width: int, side: str) -> QTextLayout:
        look = item.look
        shown = item.text.replace("\n", "\u2028")  # a line break of ours, none of theirs is left
        layout = QTextLayout(shown, self._font(look.style))
        option = QTextOption(_SIDES[side])
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTabStopDistance(self.px(32))
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        formats = [self._format(mark, look.style) for mark in _marks(item)]
        if formats:
            layout.setFormats(formats)
        layout.beginLayout()
        top, step = 0, self.px(look.step)
        while (row := layout.createLine()).isValid():
            row.setLineWidth(width)
            row.setPosition(QPointF(0, top + (step - row.height()) / 2))
            top += step
        layout.endLayout()
        return layout

    def _font(self, style: Style) -> QFont:
        return self._ink.theme.font(style, self._ink.grown)

    def _format(self, mark: Mark, style: Style) -> QTextLayout.FormatRange:
        theme = self._ink.theme
        look = QTextCharFormat()
        size = style.size - 1 if mark.mono and style.size > 12 else style.size
        weight = max(style.weight, mark.weight)
        if mark.mono or mark.weight or mark.italic:
            look.setFont(self._font(Style(size, weight=weight, mono=mark.mono or style.mono)))
            look.setFontItalic(mark.italic)
        look.setFontStrikeOut(mark.strike)
        if mark.color:
            look.setForeground(QBrush(theme.text(mark.color)))
        if mark.mono and not style.mono:
            look.setBackground(QBrush(theme.color("panel2")))
        return _range(mark.start, mark.length, look)


def _shared(needs: list[int], room: int) -> list[int]:
    """What each column gets: its need below an even share, else a part of the rest."""
    wide = [0] * len(needs)
    left, open_ = room, sorted(range(len(needs)), key=lambda n: needs[n])
    while open_:
        share = max(left // len(open_), 12)
        first = open_.pop(0)
        wide[first] = min(needs[first], share)
        left -= wide[first]
    return wide


def _marks(item: Item) -> tuple[Mark, ...]:
    if item.code is None:
        return item.marks
    code, number = item.code
    return tuple(
        Mark(start, length, color) for start, length, color in code.line(number, item.text)
    )


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, length, look
    return found
