"""A line of text over the map's lower left corner: the filter, and the note of a flag."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.overlay import TextLine
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, Style

HEIGHT, WIDTH, EDGE = 34, 620, 8
CAPTION = Style(10, "accent", BOLD)
SAYS, SAYS_BAD = Style(11, "mid", align="right"), Style(11, "err", align="right")


class MapField(QWidget):
    """Shown only while the player types in it; who opened it says what the text is."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink.reading
        self._caption = ""
        self._says = ("", False)
        self.on_typed: Callable[[str], None] = lambda text: None
        self.field = TextLine(ink, self)
        self.field.textEdited.connect(lambda text: self.on_typed(text))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.field.text().strip()

    @property
    def words(self) -> str:
        """What it says at its right."""
        return self._says[0]

    def open(self, caption: str, text: str, hint: str) -> None:
        """Show it with the keys."""
        self._caption, self._says = caption, ("", False)
        self.field.setAccessibleName(caption.lower())
        self.field.setText(text)
        self.field.setPlaceholderText(hint)
        self.field.dress()
        self.lay()
        self.show()
        self.raise_()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_field(self) -> None:
        """Hide it."""
        self.field.clear()
        self.hide()

    def say(self, words: str, *, bad: bool = False) -> None:
        """How much it finds, or why it cannot be read."""
        if (words, bad) != self._says:
            self._says = (words, bad)
            self._split()
            self.update()

    def lay(self) -> None:
        """Into the corner of the map as it is now."""
        parent = self.parentWidget()
        if parent is not None:
            width = min(self._ink.px(WIDTH), parent.width() - 2 * EDGE)
            self.setGeometry(EDGE, parent.height() - HEIGHT - EDGE, width, HEIGHT)
            self._split()

    def _split(self) -> None:
        """The field between caption and what is said."""
        left = 20 + round(self._ink.width(self._caption, CAPTION)) + 10
        self.field.setGeometry(left, 6, max(self.width() - left - self._right() - 22, 60), 22)

    def _right(self) -> int:
        wide = round(self._ink.width(self._says[0], SAYS)) + 12
        return min(wide, self.width() * 3 // 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, caption, what is said."""
        painter = QPainter(self)
        ink = self._ink
        ink.begin(self)
        painter.fillRect(event.rect(), ink.theme.color("map"))
        ink.plate(painter, self.rect(), Plate("bg", "accent", 5))
        caption = QRect(14, 0, self.width() // 2, HEIGHT)
        ink.put(painter, caption, self._caption, CAPTION, self.rect())
        words, bad = self._says
        right = QRect(self.width() - 14 - self._right(), 0, self._right(), HEIGHT)
        ink.put(painter, right, words, SAYS_BAD if bad else SAYS, self.rect())
        if self.field.text():
            ink.note(self.field.text(), self.field.geometry(), self.rect())
        painter.end()
