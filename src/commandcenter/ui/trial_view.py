"""More that benches do with the real window: look at it while it rests, strike any key, point.

All times are monotonic seconds of this machine: they compare across processes.
"""

import asyncio
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from commandcenter.core.base import Clock
from commandcenter.hud.keymap import chord
from commandcenter.hud.layout import LADDER
from commandcenter.ui.keys import event_of
from commandcenter.ui.window import Window

ANSWER_S = 45.0
"""A slow screen is measured, not given up."""
LOOK_S = 0.02
NOTCH = 120
_BUSY = {QEvent.Type.Paint: "paint", QEvent.Type.Timer: "timer"}


class Happened(msgspec.Struct, frozen=True):
    """A paint or a timer: when, and of what."""

    at: float
    kind: str
    who: str


class Watcher(QObject):
    """Notes every paint event and timer of the application while it is installed."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.seen: list[Happened] = []

    def begin(self) -> None:
        """From now on."""
        self.seen = []
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def end(self) -> list[Happened]:
        """What happened."""
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        return self.seen

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks, and lets everything pass."""
        kind = _BUSY.get(event.type())
        if kind is not None:
            who = watched.objectName() or type(watched).__name__
            self.seen.append(Happened(self._clock.monotonic(), kind, who))
        return False


class Struck(msgspec.Struct, frozen=True):
    """One stroke: when it was due (or its event came), and when the map had its effect painted."""

    due: float
    painted: float


class Striker(QObject):
    """Strikes keys and turns the wheel at fixed times, whatever the window does meanwhile."""

    def __init__(self, port: QWidget, clock: Clock) -> None:
        super().__init__()
        self._port = port
        self._clock = clock
        self._open: list[float] = []
        self._done: list[Struck] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._timer.timeout.connect(lambda: self._fire())

    def painted(self) -> None:
        """What was struck so far is painted."""
        now = self._clock.monotonic()
        self._done += [Struck(due, now) for due in self._open]
        self._open = []

    async def strike(self, what: list[str], count: int, apart_s: float) -> list[Struck]:
        """`count` strokes in turn: chords, or `wheel+`, `wheel-`. Raises TimeoutError."""
        acts = [self._act(what[number % len(what)]) for number in range(count)]
        begin = self._clock.monotonic() + apart_s
        self._due = [(begin + apart_s * number, act) for number, act in enumerate(acts)]
        self._done, self._open = [], []
        self._arm()
        async with asyncio.timeout(count * apart_s + ANSWER_S):
            while len(self._done) < count:  # noqa: ASYNC110  as in `ui.trial`
                await asyncio.sleep(LOOK_S)
        return self._done

    def _act(self, what: str) -> Callable[[], None]:
        if what.startswith("wheel"):
            return lambda: self._wheel(NOTCH if what.endswith("+") else -NOTCH)
        event, handle = event_of(chord(what)), self._port.window().windowHandle()
        return lambda: QTest.keyClick(handle, Qt.Key(event.key()), event.modifiers())

    def _wheel(self, turn: int) -> None:
        port = self._port
        middle = QPointF(port.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(port.mapToGlobal(middle.toPoint())),
            QPoint(0, 0),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(port, event)

    def _fire(self) -> None:
        while self._due and self._due[0][0] <= self._clock.monotonic():
            due, act = self._due.pop(0)
            self._open.append(due)  # first: QTest may paint before it returns
            act()
        self._arm()

    def _arm(self) -> None:
        if self._due:
            wait = self._due[0][0] - self._clock.monotonic()
            self._timer.start(max(0, round(wait * 1000)))


class Strokes(Striker):
    """Keys and wheel turns on the map; each ends with the paint that shows what it did."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.map.viewport(), window.screen_state.clock)
        self._window = window
        self._before = window.map.on_painted
        window.map.on_painted = self._painted

    def level(self, width: int) -> int:
        """Lock the step of the ladder that is so wide; how many threads are in view."""
        step = next(one for one in LADDER if one.w == width)
        self._window.map.choose(step)
        return len(self._window.map.visible())

    def _painted(self) -> None:
        """The map was painted: every open stroke whose selection stands on it is done."""
        self._before()
        window = self._window
        if self._open and window.map.scene.selected == frozenset(window.screen_state.selection.ids):
            self.painted()

    # --- seen from outside --------------------------------------------------

    def listen(self) -> None:
        """From now on each key that comes from the display is a stroke, due when it came."""
        self._done, self._open = [], []
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def heard(self) -> list[Struck]:
        """The strokes since `listen`."""
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        return self._done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The time of a key, before the router has it."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(watched, QWindow):
            self._open.append(self._clock.monotonic())
        return False

    def where(self, first: int, second: int) -> dict[str, object]:
        """The X window, and for two threads a pixel of their selection ring, in px of the root."""
        view = self._window.map
        found = []
        for thread in (first, second):
            rect = view.scene.rects[thread].translated(0, -view.verticalScrollBar().value())
            at = view.viewport().mapToGlobal(QPoint(rect.center().x(), rect.top() - 1))
            found.append([at.x(), at.y()])
        return {"window": int(self._window.winId()), "pixels": found}
