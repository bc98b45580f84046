"""The frame clock: a single-shot timer, armed only while something is dirty (screen.md 5)."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from commandcenter.core.base import Clock

SLOW = 1 / 30
FAST = 1 / 60


class FrameClock(QObject):
    """Calls `paint` at most 30 times a second, 60 while the player drags, pans or zooms."""

    def __init__(self, clock: Clock, paint: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._paint = paint
        self._last = -1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self.flush())

    @property
    def armed(self) -> bool:
        """Is a frame due."""
        return self._timer.isActive()

    def want(self, *, fast: bool = False, after: float = 0.0) -> None:
        """Ask for a frame: at once when the last one is long past; not before `after` seconds."""
        period = FAST if fast else SLOW
        wait = max(0.0, self._last + period - self._clock.monotonic())
        wanted = round(max(min(wait, period), after) * 1000)
        if not self._timer.isActive() or wanted < self._timer.remainingTime():
            self._timer.start(wanted)

    def flush(self) -> None:
        """Paint now what is dirty."""
        self._timer.stop()
        self._last = self._clock.monotonic()
        self._paint()
