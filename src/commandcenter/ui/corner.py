"""What changes the map's look stands in its corner: filter, fog, follow; a click takes it back."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, press_at
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style

HEIGHT, GAP, EDGE = 22, 6, 8
_TEXT = Style(11, "accent", SEMIBOLD)
_NOTE = Style(11, "mid", MEDIUM)
_CROSS = Style(11, "mid", BOLD, "center")


class Chip(msgspec.Struct, frozen=True):
    """One thing that is on, what it shows of all, and what its press does."""

    key: str
    text: str
    note: str
    press: Callable[[], None]


class Corner(QWidget):
    """Lies over the map's lower left corner and is no larger than its chips."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._chips: tuple[Chip, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAccessibleName("what the map shows")
        self.hide()

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Show these; without any it is gone."""
        said = [(chip.key, chip.text, chip.note) for chip in chips]
        same = said == [(chip.key, chip.text, chip.note) for chip in self._chips]
        self._chips = tuple(chips)
        if not same:
            self.lay()
            self.update()

    def lay(self) -> None:
        """Into the corner of the map as it is now."""
        parent = self.parentWidget()
        self.setVisible(bool(self._chips))
        if not self._chips or parent is None:
            return
        wide = sum(width + GAP for width in self._widths()) - GAP
        room = max(parent.width() - 2 * EDGE, 0)
        self.setGeometry(EDGE, parent.height() - HEIGHT - EDGE, min(wide, room), HEIGHT)
        self.raise_()

    def items(self) -> list[Item]:
        """The chips, as what can be pressed."""
        pairs = zip(self._chips, self._rects(), strict=True)
        return [
            Item(chip.key, f"{chip.text} {chip.note}: take it back", rect, chip.press)
            for chip, rect in pairs
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each chip: what it is, what it shows, a cross."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ink.begin(self)
        for chip, rect in zip(self._chips, self._rects(), strict=True):
            self._ink.plate(painter, rect, Plate("panel", "accent", 5))
            room = rect.adjusted(9, 0, -24, 0)
            wide = round(self._ink.put(painter, room, chip.text, _TEXT, rect))
            self._ink.put(painter, room.adjusted(wide + 8, 0, 0, 0), chip.note, _NOTE, rect)
            cross = QRect(rect.right() - 20, rect.y(), 16, rect.height())
            self._ink.put(painter, cross, "\u00d7", _CROSS, rect)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click takes back what the chip says."""
        press_at(self.items(), event)

    def _widths(self) -> list[int]:
        ink = self._ink
        return [
            round(ink.width(chip.text, _TEXT))
            + (round(ink.width(chip.note, _NOTE)) + 10 if chip.note else 2)
            + 34
            for chip in self._chips
        ]

    def _rects(self) -> list[QRect]:
        rects, x, whole = [], 0, self.width()
        for width in self._widths():
            rects.append(QRect(x, 0, max(min(width, whole - x), 0), HEIGHT))
            x += width + GAP
        return rects
