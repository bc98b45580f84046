"""A window on a fake link: tests press its keys and read what was ordered and painted."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest

from commandcenter.config.resources import resource
from commandcenter.core import notation
from commandcenter.core.world import World
from commandcenter.hud import keymap
from commandcenter.hud.keymap import Mode, chord
from commandcenter.testing.clock import FakeClock, FakeIds
from commandcenter.testing.fakes import FakeLink
from commandcenter.ui.app import application
from commandcenter.ui.keys import event_of
from commandcenter.ui.paint import Painted
from commandcenter.ui.screen import Options, Screen
from commandcenter.ui.state import Store
from commandcenter.ui.theme import Theme
from commandcenter.ui.window import Window

TIMEOUT_S = 20.0
NO_KEYS = Qt.KeyboardModifier.NoModifier
MODE_KEYS: dict[Mode, str] = {
    "map": "",
    "target": "N",
    "approval": "J",
    "subcard": "B",
    "composer": "Q",
}
"""Mode -> the key that leads into it from the map."""


class Scene(msgspec.Struct):
    """What a stage is built with."""

    world: World
    wall: int
    size: tuple[int, int] = (1920, 1080)
    state: Path | None = None
    path: Path | None = None
    config: Path | None = None
    queries: dict[str, Any] = {}
    skirmish: Callable[[], Awaitable[None]] | None = None


class Stage:
    """The window, its fake link and a clock set by hand."""

    def __init__(self, scene: Scene, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.app = application(["stage"], Theme())
        self.clock = FakeClock(wall=scene.wall)
        self.link = FakeLink(scene.world, self.clock)
        self.link.queries = dict(scene.queries)
        shipped = keymap.parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))
        options = Options(self.clock, FakeIds(), shipped, Store(scene.state))
        options.config = scene.config
        options.path, options.start_skirmish, options.size = scene.path, scene.skirmish, scene.size
        self.window = Window(options, self.link, Theme())
        self.window.resize(*scene.size)

    @property
    def screen(self) -> Screen:
        """The screen's state."""
        return self.window.screen_state

    @property
    def orders(self) -> list[str]:
        """What was ordered so far, as notation."""
        return [notation.text(given.order) for given in self.link.sent]

    async def open(self) -> None:
        """Show the window and hand over the snapshot."""
        self.window.router.install(self.app)
        self.window.show()
        for _ in range(100):  # never qWaitForWindowExposed: a nested loop loses callbacks
            if self.window.windowHandle().isExposed():
                break
            await asyncio.sleep(0)
        self.window.activateWindow()
        self.window.map.setFocus()
        self.link.start()
        await self.settle()

    async def close(self) -> None:
        """Take everything down."""
        self.window.router.remove(self.app)
        self.screen.close_sheet()  # its timer asks the engine
        self.window.close()  # its last acts are told
        await self.screen.tasks.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        forget(self.window)

    async def settle(self) -> None:
        """Until nothing of ours runs and a frame is painted."""
        for _ in range(3):
            await self.screen.tasks.settle()
            await asyncio.sleep(0)
        self.window.refresh.frames.flush()
        for _ in range(3):  # the paint events that the frame asked for
            await asyncio.sleep(0)

    # --- keys ---------------------------------------------------------------------------------

    async def key(self, text: str) -> None:
        """Click one chord (`Mod+Shift+X`) on the window itself."""
        event = event_of(chord(text))
        handle = self.window.windowHandle()
        await self.outside(lambda: QTest.keyClick(handle, Qt.Key(event.key()), event.modifiers()))

    async def outside(self, act: Callable[[], object]) -> None:
        """Do something outside any task: QTest runs a nested loop, and that breaks tasks."""
        done: asyncio.Future[None] = self.loop.create_future()

        def once() -> None:
            act()
            done.set_result(None)

        self.loop.call_soon(once)
        await done

    async def keys(self, *chords: str, gap: float = 0.2) -> None:
        """Press one after the other, `gap` s apart on the stage's clock."""
        for text in chords:
            await self.key(text)
            self.clock.step(gap)
            await self.settle()

    def hold(self, text: str) -> None:
        """One auto-repeat press of a held key."""
        first = event_of(chord(text))
        event = QKeyEvent(
            QEvent.Type.KeyPress, first.key(), first.modifiers(), first.text(), True, 1
        )
        QCoreApplication.sendEvent(self.window.windowHandle(), event)

    def native(self, key: Qt.Key, scan: int, text: str) -> None:
        """A press as another layout makes it: its own key and text at a place (set 1 code)."""
        event = QKeyEvent(
            QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, scan + 8, 0, 0, text
        )
        QCoreApplication.sendEvent(self.window.windowHandle(), event)

    async def type(self, text: str) -> None:
        """Type a text."""
        field = self.window.selection.composer.field
        await self.outside(lambda: QTest.keyClicks(field, text))
        await self.settle()

    # --- mouse --------------------------------------------------------------------------------

    async def click(self, thread: int, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Click a thread's tile."""
        view = self.window.map
        rect = view.scene.rects[thread].translated(0, -view.verticalScrollBar().value())
        port, left, point = view.viewport(), Qt.MouseButton.LeftButton, rect.center()
        await self.outside(lambda: QTest.mouseClick(port, left, keys, point))
        await self.settle()

    async def drag(self, start: QPoint, end: QPoint) -> None:
        """Draw a box on the map."""
        port, left = self.window.map.viewport(), Qt.MouseButton.LeftButton
        for act in (
            lambda: QTest.mousePress(port, left, NO_KEYS, start),
            lambda: QTest.mouseMove(port, (start + end) / 2),
            lambda: QTest.mouseMove(port, end),
            lambda: QTest.mouseRelease(port, left, NO_KEYS, end),
        ):
            await self.outside(act)
        await self.settle()

    # --- what is seen -------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        """What no event may move: mode, selection, camera, scroll, page, focus."""
        window, screen = self.window, self.screen
        return {
            "modes": tuple(screen.modes),
            "selection": screen.selection.ids,
            "active": screen.selection.active,
            "camera": window.map.saved_camera(),
            "tab": screen.tab,
            "page": screen.page,
            "case": screen.deck.shown.id if screen.deck.shown else 0,
            "scroll": window.inspector.diff.verticalScrollBar().value(),
            "text": window.selection.composer.text,
            "focus": window.focusWidget() is not None and type(window.focusWidget()).__name__,
        }

    def texts(self) -> list[Painted]:
        """Every text a full paint puts on the window."""
        self.window.ink.record = []
        self.window.grab()
        found, self.window.ink.record = self.window.ink.record, None
        return list(dict.fromkeys(found))  # a part below another one is painted piece by piece


def forget(window: Window) -> None:
    """Let go of all a closed window's parts hold: what Qt keeps alive of them (a slot's closure
    that holds its own timer) would keep 12 MB for each test."""
    found: dict[int, object] = {id(window): window}
    ahead: list[object] = [window, window.screen_state]
    while ahead:
        for value in vars(ahead.pop()).values():
            ours = type(value).__module__.startswith("commandcenter.ui")
            if ours and hasattr(value, "__dict__") and id(value) not in found:
                found[id(value)] = value
                ahead.append(value)
    for one in found.values():
        vars(one).clear()


Scenario = Callable[[Stage], Coroutine[Any, Any, None]]


def played(scenario: Scenario, limit_s: float = TIMEOUT_S) -> Callable[..., None]:
    """A test written as a coroutine over its stage, run on the stage's own Qt loop."""

    @functools.wraps(scenario)
    def test(stage: Stage) -> None:
        async def whole() -> None:
            await stage.open()
            try:
                await scenario(stage)
            finally:
                await stage.close()

        stage.loop.run_until_complete(asyncio.wait_for(whole(), limit_s))

    return test
