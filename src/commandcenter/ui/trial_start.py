"""The first frame that shows something: for `bench start`."""

from collections.abc import Callable

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Clock
from commandcenter.ui.app import application
from commandcenter.ui.theme import Theme
from commandcenter.ui.window import Window

NAMED = frozenset({"L2", "L3", "L4"})
"""Levels at which every tile bears its name."""


def until_named(window: Window, names: int, seq: int, told: Callable[[float], None]) -> None:
    """Tell when a frame was painted that shows so many names at the engine's seq; then close."""
    view, state = window.map, window.screen_state
    before = view.on_painted

    def painted() -> None:
        before()
        ready = state.mirror.seq >= seq and view.scene.step.level in NAMED
        if ready and len(view.visible()) >= names:
            view.on_painted = before
            told(state.clock.monotonic())
            QTimer.singleShot(0, window, lambda: window.close())

    view.on_painted = painted


class _Plain(QWidget):
    """An empty window."""

    def __init__(self, painted: Callable[[], None]) -> None:
        super().__init__()
        self._painted = painted

    def paintEvent(self, event: QPaintEvent) -> None:
        """One colour."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(9, 12, 18))
        painter.end()
        self._painted()


def bare_start(clock: Clock, told: Callable[[float], None]) -> None:
    """The floor: an application, a loop and a window that paints one colour; tell when it did."""
    app = application(["commandcenter"], Theme())
    with qasync.QEventLoop(app) as loop:
        done = loop.create_future()

        def painted() -> None:
            if not done.done():
                done.set_result(clock.monotonic())

        window = _Plain(painted)
        window.resize(1920, 1080)
        window.show()
        told(float(loop.run_until_complete(done)))
