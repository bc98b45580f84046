"""The clipboard."""

from PySide6.QtGui import QGuiApplication


def copy(text: str) -> None:
    """Put a text into the clipboard."""
    QGuiApplication.clipboard().setText(text)
