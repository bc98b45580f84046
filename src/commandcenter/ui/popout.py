"""The inspector in a window of its own, for a second monitor."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from commandcenter.ui.inspector import InspectorPanel
from commandcenter.ui.paint import Ink

SIZE = (640, 900)
LEAST = (320, 400)


class PopOut(QWidget):
    """Holds one more inspector; it shows the focus thread as the main one does."""

    def __init__(self, ink: Ink) -> None:
        super().__init__(None)
        self._ink = ink
        self.panel = InspectorPanel(ink, self)
        self.panel.popped = True
        self.tab = "Transcript"
        self.on_close: Callable[[], None] = lambda: None
        self.setWindowTitle("commandcenter · inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)

    def grow(self, zoom: float) -> None:
        """The text size of the main window."""
        if self.panel.zoom != zoom:
            self.panel.grow(zoom)
            self.panel.lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The inspector fills it."""
        super().resizeEvent(event)
        self.panel.setGeometry(self.rect())
        self.panel.lay()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground behind the panel's round corners."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._ink.theme.color("bg"))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """It goes; the main inspector was there all the time."""
        event.accept()
        self.on_close()
