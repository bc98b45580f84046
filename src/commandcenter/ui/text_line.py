"""One line of text that the player types, in his colour."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import Style

LONGEST = 4_000


class TextLine(QLineEdit):
    """One line of plain text in the player's colour."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self.setFrame(False)
        self.setMaxLength(LONGEST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAccessibleName("find")
        self.dress()

    def dress(self) -> None:
        """Fonts and colours of the theme as it is now."""
        theme = self._ink.theme
        self.setFont(theme.font(Style(13, "accent"), self._ink.reading.grown))
        colors = {
            "background": theme.hex("bg"),
            "color": theme.hex("accent"),
            "placeholder-text-color": theme.hex("mid"),
        }
        rules = "; ".join(f"{name}: {color}" for name, color in colors.items())
        self.setStyleSheet(f"QLineEdit {{ {rules}; border: 0; padding: 0; }}")
