"""The floor of `bench start`: an empty window, and nothing of ours behind it."""

import sys
from collections.abc import Callable

import qasync
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class _Plain(QWidget):
    """One colour."""

    def __init__(self, painted: Callable[[], None]) -> None:
        super().__init__()
        self._painted = painted

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill it, and say so."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(9, 12, 18))
        painter.end()
        self._painted()


def bare_start(now: Callable[[], float], told: Callable[[float], None]) -> None:
    """An application, a loop and a window that paints one colour; tell when it did."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    with qasync.QEventLoop(app) as loop:
        done = loop.create_future()

        def painted() -> None:
            if not done.done():
                done.set_result(now())

        window = _Plain(painted)
        window.resize(1920, 1080)
        window.show()
        told(float(loop.run_until_complete(done)))
