"""The find field over the transcript: a line of text, and which of how many it stands on."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.overlay import TextLine
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, Style

HEIGHT = 34
COUNT = Style(11, "mid", align="right")


class FindBar(QWidget):
    """Shown only while the player finds; its owner gives it the keys."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink.reading
        self._words = ""
        self.on_typed: Callable[[str], None] = lambda text: None
        self.field = TextLine(ink, self)
        self.field.setAccessibleName("find in the transcript")
        self.field.textEdited.connect(lambda text: self.on_typed(text))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    @property
    def words(self) -> str:
        """What it says of the places."""
        return self._words

    def open(self) -> None:
        """Show it, empty, with the keys."""
        self.field.clear()
        self.field.dress()
        self._words = "Return older · Esc leaves"
        self.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_field(self) -> None:
        """Hide it."""
        self.field.clear()
        self.hide()

    def say(self, nth: int, total: int, complete: bool) -> None:
        """Which of how many; older text that was not read yet is not counted."""
        more = "" if complete else "+"
        self._words = f"{nth} of {total}{more}" if total else f"nothing found{' yet' * bool(more)}"
        if not self.field.text():
            self._words = "Return older · Esc leaves"
        self.update()

    def resizeEvent(self, event: object) -> None:
        """The field left, the count right."""
        px = self._ink.px
        self.field.setGeometry(px(60), 6, max(self.width() - px(60) - px(150), 40), 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, caption, count."""
        painter = QPainter(self)
        ink, px = self._ink, self._ink.px
        ink.begin(self)
        painter.fillRect(event.rect(), ink.theme.color("panel"))
        box = QRect(10, 3, self.width() - 20, HEIGHT - 6)
        ink.plate(painter, box, Plate("bg", "accent", 4))
        place = QRect(20, 3, px(40), HEIGHT - 6)
        ink.put(painter, place, "FIND", Style(10, "accent", BOLD), box)
        right = QRect(self.width() - 20 - px(130), 3, px(130), HEIGHT - 6)
        ink.put(painter, right, self._words, COUNT, box)
        painter.end()
