"""Frames painted for `bench paint`: what each costs in CPU, on a window that nobody else moves."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import qasync
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.core.codec import Row
from commandcenter.hud.layout import LADDER
from commandcenter.ui.app import application
from commandcenter.ui.screen import LiveLink, Options
from commandcenter.ui.theme import Theme
from commandcenter.ui.tile import paint_tile
from commandcenter.ui.window import Window

Cpu = Callable[[], int]
"""CPU time of this process in ns."""
_UPDATE = QEvent.Type.UpdateRequest.value


class Frame(msgspec.Struct, frozen=True):
    """One frame in ms of CPU: what came folded and shown, then painted."""

    shown: float
    painted: float

    @property
    def whole(self) -> float:
        """From the entries to the pixels."""
        return self.shown + self.painted


class Frames:
    """The real window; each frame is folded, shown and painted here and now."""

    def __init__(self, window: Window, cpu: Cpu) -> None:
        self._window = window
        self._cpu = cpu

    def step(self, width: int) -> int:
        """Lock the step of the ladder that is so wide (0 = automatic); how many are in view."""
        step = next((one for one in LADDER if one.w == width), None)
        self._window.map.choose(step)
        self._window.refresh.frames.flush()
        self._painted()
        return len(self._window.map.visible())

    def in_view(self) -> list[int]:
        """The threads in view."""
        return self._window.map.visible()

    def frame(self, rows: list[Row]) -> Frame:
        """What these entries cost until they are on the screen. Lines whose bin closed are
        built in this frame and the two after it, as in play; those are measured too."""
        begun = self._cpu()
        self._window.refresh.rows(rows)
        self._window.refresh.frames.flush()
        self._window.map.renew(row.thread for row in rows)  # no tile is left to other frames
        shown = self._cpu()
        self._painted()
        return Frame((shown - begun) / 1e6, (self._cpu() - shown) / 1e6)

    def tiles(self, count: int) -> list[float]:
        """`count` tiles at L2, one after the other, caches warm: us of CPU each."""
        scene, ink = self._window.map.scene, self._window.ink
        step = next(one for one in LADDER if one.w == 112)
        self.step(step.w)
        image = QImage(step.w + 16, step.h + 16, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(8, 8)
        tiles = [scene.tiles[thread] for thread in self.in_view()]
        found = []
        for number in range(-len(tiles), count):
            tile = tiles[number % len(tiles)]
            begun = self._cpu()
            paint_tile(ink, painter, tile, step, scene.now)
            if number >= 0:
                found.append((self._cpu() - begun) / 1e3)
        painter.end()
        return found

    def _painted(self) -> None:
        QCoreApplication.sendPostedEvents(None, _UPDATE)


class Empty(QWidget):
    """The floor: a window of the same size that fills itself with one colour."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._count = 0
        self.resize(*size)

    def frame(self, cpu: Cpu) -> float:
        """One repaint of all of it, in ms of CPU."""
        self._count += 1
        begun = cpu()
        self.update()
        QCoreApplication.sendPostedEvents(None, _UPDATE)
        return (cpu() - begun) / 1e6

    def patch(self, cpu: Cpu) -> float:
        """One tile's worth of colour on a picture, in us of CPU."""
        image = QImage(128, 72, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        begun = cpu()
        painter.fillRect(8, 8, 112, 56, QColor(self._count % 256, 64, 64))
        used = (cpu() - begun) / 1e3
        painter.end()
        return used

    def paintEvent(self, event: QPaintEvent) -> None:
        """One colour, another one each time."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._count % 256, 64, 64))
        painter.end()


def stage_frames(
    link: Callable[[], LiveLink],
    options: Options,
    cpu: Cpu,
    play: Callable[[Frames, Empty], Awaitable[None]],
) -> None:
    """The real window on a link that is silent, and the empty one; ends with `play`."""
    theme = Theme()
    app = application(["commandcenter"], theme)
    with qasync.QEventLoop(app) as loop:
        window, empty = Window(options, link(), theme), Empty(options.size)

        async def live() -> None:
            state = window.screen_state
            for each in (window, empty):
                each.show()
            window.resize(*options.size)
            await state.link.keep()  # type: ignore[attr-defined]  # a LiveLink: it hands the snapshot over
            await asyncio.sleep(0)
            await play(Frames(window, cpu), empty)
            await state.tasks.close()

        loop.run_until_complete(live())
