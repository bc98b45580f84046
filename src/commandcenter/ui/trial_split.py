"""A split on the real window: S, W, 8 and the second 8, until every child is seen to stream.

For `bench split`. All times are monotonic seconds of this machine.
"""

import asyncio
from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import HeadMoved, TextAdded
from commandcenter.ui.window import Window

KEYS = (Qt.Key.Key_S, Qt.Key.Key_W, Qt.Key.Key_8)
"""The menu, branch in its second place (no planner is asked), how many."""
CHILDREN = 8
AGAIN_S = 0.15
"""Between the two presses that so many children want; sooner ones do not count."""
LIMIT_S = 50.0


class Parted(msgspec.Struct, frozen=True):
    """When S was pressed, when the 8 that gave the order, when each child's first words were
    here, and when the map was painted with all of them."""

    begun: float
    ordered: float
    heard: list[float]
    painted: float


class Parting:
    """Listens to what comes of the children, beside the screen."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._clock = window.screen_state.clock
        self._heard: dict[int, float] = {}
        self._painted = 0.0
        self._changed = asyncio.Event()
        self._map_painted = window.map.on_painted
        window.map.on_painted = self._on_painted
        window.screen_state.link.on_rows = self._rows

    def _rows(self, rows: list[Row]) -> None:
        self._window.refresh.rows(rows)
        for row in rows:
            if row.kind in ("HeadMoved", "TextAdded") and row.thread not in self._heard:
                event = load_entry(row).event
                if isinstance(event, TextAdded) or (isinstance(event, HeadMoved) and event.tokens):
                    self._heard[row.thread] = self._clock.monotonic()
        self._changed.set()

    def _on_painted(self) -> None:
        self._map_painted()
        self._painted = self._clock.monotonic()
        self._changed.set()

    async def known(self, thread: int) -> None:
        """Wait until the screen's World has it running. Raises TimeoutError."""
        await self._until(lambda: self._state(thread) == "running")

    def _state(self, thread: int) -> str:
        head = self._window.screen_state.world.threads.get(thread)
        return head.state if head is not None else ""

    async def split(self, thread: int) -> Parted:
        """Press and wait. Raises TimeoutError, which says what the card says."""
        self._window.screen_state.select((thread,), thread)
        begun = self._clock.monotonic()
        for key in KEYS:
            await self._press(key)
        await asyncio.sleep(AGAIN_S)
        ordered = self._clock.monotonic()
        await self._press(KEYS[-1])
        await self._until(lambda: len(self._streams(thread)) == CHILDREN)
        heard = self._streams(thread)
        await self._until(lambda: self._painted >= max(heard))
        return Parted(begun, ordered, heard, self._painted)

    def _streams(self, thread: int) -> list[float]:
        children = self._window.screen_state.world.threads[thread].children
        return [self._heard[child] for child in children if child in self._heard]

    async def _until(self, true: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(LIMIT_S):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            said = self._window.screen_state.notice
            raise TimeoutError(f"it did not come to it; the card says {said}") from error

    async def _press(self, key: Qt.Key) -> None:
        """By a timer: within a task of ours QTest would run the others' callbacks."""
        pressed = asyncio.get_running_loop().create_future()

        def press() -> None:
            QTest.keyClick(self._window.windowHandle(), key)
            pressed.set_result(None)

        QTimer.singleShot(0, press)
        await pressed
