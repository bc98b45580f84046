"""The composer's text field: plain text in the player's colour, pictures handed on."""

from typing import Protocol

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QKeyEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from commandcenter.ui.paint import Ink
from commandcenter.ui.pictures import holds
from commandcenter.ui.theme import Style

LONGEST = 200_000
TEXT_STYLE = Style(13, "accent")


class Ears(Protocol):
    """What the field tells its composer."""

    def recall(self) -> str:
        """The text sent before."""
        ...

    def arrow(self, by: int) -> bool:
        """Up (-1) or down (1); True when it was used up."""
        ...

    def picture(self, source: QMimeData) -> None:
        """A picture was pasted or dropped."""
        ...

    def backspace(self) -> bool:
        """Backspace before all text; True when it was used up."""
        ...

    def pasted(self, text: str) -> str:
        """What stands for a pasted text."""
        ...

    def chip_before(self, text: str) -> str:
        """The chip that a text ends with; empty = none."""
        ...


class Field(QPlainTextEdit):
    """Plain text only; Up in an empty field recalls, Backspace before the text drops a picture."""

    def __init__(self, ink: Ink, ears: Ears, parent: QWidget) -> None:
        super().__init__(parent)
        self._ears = ears
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._ink = ink
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(0, 0, 0, 0)
        self.dress()
        self.setAccessibleName("message")

    def dress(self) -> None:
        """Font and colours of the theme as it is now."""
        theme = self._ink.theme
        self.setFont(theme.font(TEXT_STYLE, self._ink.reading.grown))
        colors = {
            "background": theme.hex("bg"),
            "color": theme.hex("accent"),
            "placeholder-text-color": theme.hex("mid"),
        }
        rules = "; ".join(f"{name}: {color}" for name, color in colors.items())
        self.setStyleSheet(f"QPlainTextEdit {{ {rules}; }}")

    def replace(self, text: str, cursor: int) -> None:
        """Other text, and where the cursor stands in it."""
        self.setPlainText(text)
        at = self.textCursor()
        at.setPosition(cursor)
        self.setTextCursor(at)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text and pictures."""
        return source.hasText() or holds(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Plain text of a bounded length, or a picture; nothing else is pasted or dropped."""
        if holds(source):
            self._ears.picture(source)
        elif source.hasText():
            self.insertPlainText(self._ears.pasted(source.text()[:LONGEST]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up in an empty field brings the last text back; arrows choose a completion."""
        if not self._used(event):
            super().keyPressEvent(event)

    def _used(self, event: QKeyEvent) -> bool:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if by and self._ears.arrow(by):
            return True
        if by < 0 and not self.toPlainText():
            self.setPlainText(self._ears.recall())
            self.selectAll()
            return True
        if event.key() != Qt.Key.Key_Backspace or self.textCursor().hasSelection():
            return False
        return self._without_chip() or (
            self.textCursor().position() == 0 and self._ears.backspace()
        )

    def _without_chip(self) -> bool:
        """Backspace behind a chip takes the whole of it."""
        cursor = self.textCursor()
        before = self.toPlainText()[: cursor.position()]
        chip = self._ears.chip_before(before)
        if not chip:
            return False
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, len(chip))
        cursor.removeSelectedText()
        return True
