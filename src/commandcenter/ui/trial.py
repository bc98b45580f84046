"""The window on trial: keys pressed on it as a keyboard would, each with the time it was due.

For `bench latency`, which must not know Qt. `Bare` is the floor: an empty window, the same key,
one echo over a socket, one paint.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import qasync
from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Clock
from commandcenter.ui.app import LinkFactory, application, keep
from commandcenter.ui.screen import Options
from commandcenter.ui.theme import Theme
from commandcenter.ui.trial_split import Parting
from commandcenter.ui.trial_view import Striker, Strokes, Struck, Watcher
from commandcenter.ui.window import Window

CONNECT_S = 20.0
ANSWER_S = 10.0
LOOK_S = 0.02
KEY = Qt.Key.Key_E
"""Pause, and resume when paused."""
LINE = b"pressed\n"
FULL = (1920, 1080)


class Press(msgspec.Struct, frozen=True):
    """One press, in monotonic seconds: when it was due, acknowledged, painted."""

    due: float
    acked: float
    painted: float


class Presser(QObject):
    """Presses KEY at fixed times, whatever the window does meanwhile."""

    def __init__(self, window: QWindow, clock: Clock) -> None:
        super().__init__()
        self._window = window
        self._clock = clock
        self._due: list[float] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._fire())

    def press(self, count: int, apart_s: float) -> list[float]:
        """So many presses; the times at which they are due."""
        begin = self._clock.monotonic() + apart_s
        self._due = [begin + apart_s * number for number in range(count)]
        due = list(self._due)
        self._arm()
        return due

    def _fire(self) -> None:
        while self._due and self._due[0] <= self._clock.monotonic():
            self._due.pop(0)
            QTest.keyClick(self._window, KEY)
        self._arm()

    def _arm(self) -> None:
        if self._due:
            wait = self._due[0] - self._clock.monotonic()
            self._timer.start(max(0, round(wait * 1000)))


class Trial:
    """What the bench does with the real window."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._presser = Presser(window.windowHandle(), window.screen_state.clock)
        self.strokes = Strokes(window)
        self.watcher = Watcher(window.screen_state.clock)
        self.parting = Parting(window)

    @property
    def rows(self) -> int:
        """How many alerts stand in the panel."""
        return len(self._window.alerts.rows)

    def select(self, thread: int) -> int:
        """Select one thread; how many the screen knows."""
        self._window.screen_state.select((thread,), thread)
        return len(self._window.screen_state.world.threads)

    async def press(self, count: int, apart_s: float) -> list[Press]:
        """Press and wait for the last paint. Raises TimeoutError when an order is not answered."""
        latencies = self._window.actions_table.giver.latencies
        latencies.clear()
        due = self._presser.press(count, apart_s)
        async with asyncio.timeout(count * apart_s + ANSWER_S):
            while len(latencies) < count:  # noqa: ASYNC110  the giver keeps stamps, it tells nobody
                await asyncio.sleep(LOOK_S)
        stamped = sorted(latencies, key=lambda one: one.key)
        pairs = zip(due, stamped, strict=True)
        return [Press(at, one.acked, one.painted) for at, one in pairs]


class Bare(QWidget):
    """An empty window; a key goes over the socket, its echo is painted at once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._acked: list[float] = []
        self._painted: list[float] = []
        self._wanted = self._count = 0
        self._all = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._striker: Striker | None = None
        self.resize(640, 480)

    async def join(self, path: str) -> None:
        """To a socket that sends every line back. Raises OSError."""
        reader, self._writer = await asyncio.open_unix_connection(path)
        self._pump = asyncio.create_task(self._read(reader), name="echo")

    async def leave(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._pump.cancel()
        await asyncio.wait([self._pump])

    async def press(self, count: int, apart_s: float) -> list[Press]:
        """As `Trial.press`."""
        self._acked, self._painted = [], []
        self._wanted = count
        self._all.clear()
        due = Presser(self.windowHandle(), self._clock).press(count, apart_s)
        async with asyncio.timeout(count * apart_s + ANSWER_S):
            await self._all.wait()
        return [Press(*one) for one in zip(due, self._acked, self._painted, strict=True)]

    async def strike(self, what: list[str], count: int, apart_s: float) -> list[Struck]:
        """As `Strokes.strike`: all of a window as large as the screen's is painted each time."""
        self.resize(*FULL)
        self._striker = Striker(self, self._clock)
        try:
            return await self._striker.strike(what, count, apart_s)
        finally:
            self._striker = None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while await reader.readline():
            self._acked.append(self._clock.monotonic())
            self.repaint()
            self._painted.append(self._clock.monotonic())
            if len(self._painted) >= self._wanted:
                self._all.set()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Off it goes; a stroke is painted at once."""
        if self._striker is not None:
            self.update()
        elif self._writer is not None:
            self._writer.write(LINE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A stroke too."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """One tile's worth of colour; for a stroke the whole window."""
        painter, rect = QPainter(self), QRect(0, 0, 112, 64)
        self._count += 1
        tone = QColor(self._count % 256, 64, 64)
        painter.fillRect(rect if self._striker is None else self.rect(), tone)
        painter.end()
        if self._striker is not None:
            self._striker.painted()


def stage(
    link_factory: LinkFactory, options: Options, play: Callable[[Trial], Awaitable[None]]
) -> None:
    """The real screen, loaded; ends with `play`. Raises TimeoutError without an engine."""
    theme = Theme()
    app = application(["commandcenter"], theme)
    with qasync.QEventLoop(app) as loop:
        link = link_factory()
        window = Window(options, link, theme)
        window.router.install(app)

        async def live() -> None:
            state = window.screen_state
            state.tasks.spawn(keep(window, link), "link")
            window.show()
            window.map.setFocus()
            async with asyncio.timeout(CONNECT_S):
                while not state.mirror.seq:  # noqa: ASYNC110  as in `ui.shoot`
                    await asyncio.sleep(LOOK_S)
            await play(Trial(window))
            window.router.remove(app)
            await link.close()
            await state.tasks.close()

        loop.run_until_complete(live())


def stage_bare(clock: Clock, echo: str, play: Callable[[Bare], Awaitable[None]]) -> None:
    """The empty window, connected; ends with `play`. Raises OSError."""
    app = application(["commandcenter"], Theme())
    with qasync.QEventLoop(app) as loop:
        window = Bare(clock)

        async def live() -> None:
            window.show()
            await window.join(echo)
            await play(window)
            await window.leave()

        loop.run_until_complete(live())
