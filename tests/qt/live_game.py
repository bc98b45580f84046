"""A real engine with a skirmish, and the real window on it: key scripts play here."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from stage import Stage

from commandcenter.compose.base import Options, link
from commandcenter.compose.screen import screen_options
from commandcenter.config.folders import Folders, folders
from commandcenter.core.codec import Row, load_entry
from commandcenter.link.client import SocketLink
from commandcenter.ui.app import application, keep
from commandcenter.ui.theme import Theme
from commandcenter.ui.window import Window

BEGUN_S = 40.0
WAITS_S = 20.0
SHORT_S = 0.02
T = TypeVar("T")


class Game(Stage):
    """As `Stage`, with a real engine behind the link and the machine's own clock."""

    def __init__(self, home: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.app = application(["game"], Theme())
        self.home = home
        self.rows: list[Row] = []
        """Entries that came since the window opened."""
        self.done: list[str] = []
        """Ids of the actions that keys led to."""
        self.engine: Process | None = None

    @property
    def folders(self) -> Folders:
        """The game's own home."""
        return folders(self.home)

    def skirmish(self) -> Options:
        """What Mod+G starts."""
        return Options(self.folders)

    async def begin(self, *words: str, path: str = "") -> None:
        """Start the engine (`--skirmish 24 --seed 7 --speed 4`) and open the window on it."""
        self.home.mkdir(parents=True, exist_ok=True)
        argv = (sys.executable, "-m", "commandcenter", "engine", "--home", str(self.home), *words)
        self.engine = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, stderr=DEVNULL)
        assert self.engine.stdout is not None
        line = await asyncio.wait_for(self.engine.stdout.readline(), BEGUN_S)
        assert line.startswith(b"ready "), line
        await self.open_window(path=path)

    async def open_window(self, size: tuple[int, int] = (1920, 1080), path: str = "") -> None:
        """A window of that size on the running engine."""
        real: SocketLink = link(self.folders, once=False)
        given = screen_options(self.skirmish(), path)
        given.size = size
        self.clock = given.clock  # type: ignore[assignment]  # the machine's, in place of the fake
        self.window = Window(given, real, Theme())
        self.window.resize(*size)
        self.link = real  # type: ignore[assignment]  # the real one, in place of the fake
        self._listen(real)
        self.window.router.install(self.app)
        self.window.show()
        self.window.activateWindow()
        self.window.map.setFocus()
        self.screen.tasks.spawn(keep(self.window, real), "link")
        await self.until(lambda: self.screen.loaded and self.screen.up, "a snapshot")

    def _listen(self, real: SocketLink) -> None:
        first, act = real.on_rows, self.window.actions_table.do

        def rows(found: list[Row]) -> None:
            self.rows.extend(found)
            first(found)

        def do(action: str) -> None:
            self.done.append(action)
            act(action)

        real.on_rows = rows
        self.window.actions_table.do = do  # type: ignore[method-assign]  # only listens

    async def close_window(self) -> None:
        """The screen goes; the engine lives on."""
        self.window.router.remove(self.app)
        self.window.close()
        await self.link.close()
        await self.screen.tasks.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    async def end(self) -> None:
        """End the engine cleanly."""
        if self.engine is not None and self.engine.returncode is None:
            self.engine.terminate()
            await asyncio.wait_for(self.engine.wait(), BEGUN_S)

    # --- waiting ------------------------------------------------------------------------------

    async def until(self, found: Callable[[], T], what: str, within: float = WAITS_S) -> T:
        """Poll until something true comes back. Fails with what was waited for."""
        try:
            async with asyncio.timeout(within):
                while not (value := found()):
                    await asyncio.sleep(SHORT_S)
        except TimeoutError:
            said = self.screen.notice.text if self.screen.notice else "nothing"
            raise AssertionError(f"waited for {what}; the card says {said!r}") from None
        return value

    async def settle(self) -> None:
        """One frame."""
        await asyncio.sleep(SHORT_S)
        self.window.refresh.frames.flush()
        await asyncio.sleep(0)

    async def keys(self, *chords: str, gap: float = 0.13) -> None:
        """Press one after the other, `gap` real seconds apart."""
        for text in chords:
            await self.key(text)
            await self.settle()
            await asyncio.sleep(gap)

    # --- what happened ------------------------------------------------------------------------

    def mark(self) -> int:
        """The seq up to which everything is old."""
        return self.screen.mirror.seq

    def entries(self, kind: str, since: int = 0) -> list[Any]:
        """The events of a kind that came after `since`."""
        rows = [row for row in self.rows if row.kind == kind and row.seq > since]
        return [load_entry(row) for row in rows]

    def given(self, verb: str, since: int = 0) -> list[dict[str, Any]]:
        """The orders of a verb that were given after `since`, as builtins."""
        found = [
            msgspec.to_builtins(entry.event.order) for entry in self.entries("OrderGiven", since)
        ]
        return [order for order in found if order["verb"] == verb]

    async def order(self, verb: str, since: int) -> dict[str, Any]:
        """Wait for an order of that verb."""
        return (await self.until(lambda: self.given(verb, since), f"an order {verb}"))[-1]

    def clipboard(self) -> str:
        """What was copied."""
        return QGuiApplication.clipboard().text()
