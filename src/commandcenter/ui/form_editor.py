"""The text widget that stands on the field of a form that is edited."""

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Panel
from commandcenter.ui.theme import Style

LONGEST = 20_000
EDIT = Style(11, "accent")


class Editor(QPlainTextEdit):
    """Plain text in the player's colour; what is pasted is text, and not without end."""

    def __init__(self, ink: Ink, parent: Panel) -> None:
        super().__init__(parent)
        self._ink = ink
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setTabChangesFocus(False)
        self.document().setDocumentMargin(0)
        self.one_line = True
        self._own = True
        self.dress()
        self.hide()

    def owned(self, own: bool) -> None:
        """Whose words they are: the player's in accent."""
        if own != self._own:
            self._own = own
            self.dress()

    def dress(self) -> None:
        """Font and colours of the theme as it is now."""
        theme = self._ink.theme
        self.setFont(theme.font(EDIT, self._ink.reading.grown))
        color = theme.hex("accent" if self._own else "fg")
        rules = f"background: {theme.hex('bg')}; color: {color}"
        rules += f"; placeholder-text-color: {theme.hex('mid')}"
        self.setStyleSheet(f"QPlainTextEdit {{ {rules}; }}")

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Text alone; a field of one line takes it as one."""
        if source.hasText():
            text = source.text()[:LONGEST]
            self.insertPlainText(" ".join(text.split()) if self.one_line else text)
