"""The region cursor as it is seen: a frame round the part, a ring round the item in it."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.paint import Ink

FRAME = 3


class Ring(QWidget):
    """Lies over one part and lets every click through; hidden unless the region cursor is out."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self.ink = ink
        self.item = QRect()
        """In px of the part; null = no item is focused."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def point(self, area: QRect, item: QRect) -> None:
        """Frame this part (px of the window) and this item in it; paints only what differs."""
        if self.geometry() != area:
            self.setGeometry(area)
        if item != self.item:
            self.item = item
            self.update()
        if not self.isVisible():
            self.show()
            self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two outlines in accent, nothing else."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = FRAME / 2
        painter.setPen(self.ink.theme.pen("accent", FRAME))
        frame = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(frame, 7, 7)
        if not self.item.isNull():
            around = QRectF(self.item.intersected(self.rect().adjusted(3, 3, -3, -3)))
            painter.setPen(self.ink.theme.pen("accent", 2.0))
            painter.drawRoundedRect(around.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.end()
