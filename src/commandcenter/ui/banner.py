"""The strip that says the engine is away; it lies over the map's top and moves nothing."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import SEMIBOLD, Style

HEIGHT = 34


class Banner(QWidget):
    """One sentence on a plate."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._text = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("engine away")
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence; an empty one hides the strip."""
        if text != self._text:
            self._text = text
            self.setVisible(bool(text))
            self.raise_()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plate and its sentence."""
        painter = QPainter(self)
        self._ink.begin(self)
        self._ink.plate(painter, self.rect(), Plate("panel2", "err", 6))
        row = self.rect().adjusted(14, 0, -14, 0)
        self._ink.put(painter, row, self._text, Style(12, "fg", SEMIBOLD), self.rect())
        painter.end()
