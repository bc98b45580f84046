"""The first frame that shows something: for `bench start`."""

from collections.abc import Callable

from PySide6.QtCore import QTimer

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
