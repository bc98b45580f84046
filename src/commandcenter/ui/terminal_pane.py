"""Between a terminal's view and the engine: its bytes come while it is seen, keys go to it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent

from commandcenter.core.refusals import DriverLacks
from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen
from commandcenter.ui.terminal import TerminalView
from commandcenter.ui.terminal_keys import Wants, encoded, is_paste, pasted

BUSY_MS: Final = 50
IDLE_MS: Final = 100
AWAY_MS: Final = 1000
"""Between two questions: while it writes, while it is silent (each then waits in the engine), and
while its program or the link is gone."""
WAIT_S: Final = 1.0
SIZED_MS: Final = 150
"""A pane that is being dragged is told its size once it stands."""
SLICE: Final = 1024
"""Bytes drawn at a time, 1 to 5 ms; keys and frames come in between."""
PASTE: Final = 100_000
"""Characters pasted at once."""


def _after(act: Callable[[], None]) -> QTimer:
    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(lambda: act())
    return timer


class TerminalPane:
    """One view, showing the terminal of one thread at a time."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._view: TerminalView | None = None
        self.thread = 0
        self.entered = 0
        """The thread that has the keys in TERMINAL mode."""
        self._since = -1
        self._alive = True
        self._round = 0
        """Answers to questions of an earlier round are dropped."""
        self._asking = 0
        self._size = (0, 0)
        self._keys = b""
        self._sending = False
        self._timer, self._sizer = _after(self._due), _after(self._sized)

    def attach(self, view: TerminalView) -> None:
        """The view it fills."""
        self._view = view
        for timer in (self._timer, self._sizer):
            timer.setParent(view)  # they end with it
        view.on_cells = lambda: self._resized()
        view.on_shown = lambda: self._again()

    # --- what it shows ------------------------------------------------------------------------

    def look(self, thread: int) -> None:
        """The inspector shows this thread's terminal (0 = none); called with every frame."""
        if thread != self.thread and self._view is not None:
            self.thread = thread
            self._forget()
            self._again()
        self._state()

    def _forget(self) -> None:
        self._since, self._alive = -1, True
        if self._view is not None:
            self._view.grid.reset()
            self._view.fresh()

    def _state(self) -> None:
        view, screen = self._view, self._screen
        if view is None or not self.thread:
            return
        typing = screen.mode == "terminal" and self.entered == self.thread
        if typing:
            hint = "every key goes to the program · Shift+Esc leaves"
        elif not self._alive:
            hint = "its program has ended; this is its last screen"
        else:
            hint = f"{screen.labels.of('Mod+Shift+Return')} or a click: type here"
        view.state(typing=typing, hint=hint, alive=self._alive)

    @property
    def _seen(self) -> bool:
        view = self._view
        return bool(self.thread and view is not None and view.isVisible())

    def _again(self) -> None:
        """What is asked now is old: ask anew, at once."""
        self._round += 1
        self._timer.stop()
        self._sizer.stop()
        if self._seen:
            self._sized()
            self._due()

    def _resized(self) -> None:
        if self._seen:
            self._sizer.start(SIZED_MS)

    def _sized(self) -> None:
        if self._view is not None and self._view.isVisible() and self._view.cells != self._size:
            self._size = self._view.cells
            self._view.grid.resize(*self._size)
            self._view.fresh()
            self._again()

    def _due(self) -> None:
        """The next question, while somebody can see the answer."""
        view = self._view
        if not self._seen or view is None or self._asking == self._round:
            return
        if not self._screen.up or view.window().isMinimized():
            self._timer.start(AWAY_MS)
            return
        self._asking = self._round
        self._screen.tasks.spawn(self._ask(self._round), f"terminal {self.thread}")

    async def _ask(self, round: int) -> None:
        columns, rows = self._size
        size = {"columns": columns, "rows": rows}
        wait_s = WAIT_S if self._since >= 0 else 0.0
        try:
            answer = await self._screen.link.query(
                "terminal", thread=self.thread, since=self._since, wait_s=wait_s, **size
            )
        except (LinkLost, ValueError):
            answer = None
        if round == self._round:
            await self._take(answer if isinstance(answer, dict) else {}, round)
        if round == self._round:
            self._asking = 0

    async def _take(self, answer: dict[str, Any], round: int) -> None:
        data, start = answer.get("data", b""), answer.get("start", self._since)
        self._alive = bool(answer.get("alive", False))
        self._state()
        if self._since >= 0 and start != self._since:
            self._forget_screen()
        for at in range(0, len(data), SLICE):
            if self._view is None or round != self._round:
                return
            self._view.grid.feed(data[at : at + SLICE])
            self._since = start + min(at + SLICE, len(data))
            await asyncio.sleep(0)
        if data and self._view is not None and round == self._round:
            self._view.fresh()
        self._since = answer.get("end", self._since)
        self._timer.start(BUSY_MS if data else IDLE_MS if self._alive else AWAY_MS)

    def _forget_screen(self) -> None:
        """Bytes were left out: what stands there is no ground to draw on."""
        if self._view is not None:
            self._view.grid.reset()

    # --- keys ---------------------------------------------------------------------------------

    def enter(self) -> None:
        """Mod+Shift+Return: the keys go to the thread's program."""
        screen, head = self._screen, self._screen.active
        if head is None:
            screen.someone()
            return
        if head.driver != "terminal":
            screen.refuse(DriverLacks("be typed into"))
            return
        screen.inspector, screen.tab = True, "Transcript"
        self.entered = head.id
        screen.enter("terminal")

    def leave(self) -> None:
        """Shift+Esc: the keys are the map's again."""
        self._screen.leave("terminal")

    def press(self, event: QKeyEvent) -> None:
        """A key in TERMINAL mode that is no command."""
        if self._view is None or self.thread != self.entered:
            self._screen.say("the terminal that had the keys is not shown", "Shift+Esc leaves it")
            return
        grid = self._view.grid
        wants = Wants(grid.application, grid.pastes)
        if is_paste(event):
            self._send(pasted(QGuiApplication.clipboard().text()[:PASTE], wants))
        else:
            self._send(encoded(event, wants))

    def _send(self, data: bytes) -> None:
        """In the order of the keys: what comes while some are under way follows them."""
        self._keys += data
        if self._keys and not self._sending:
            self._sending = True
            self._screen.tasks.spawn(self._sent(self.entered), f"keys {self.entered}")

    async def _sent(self, thread: int) -> None:
        try:
            while self._keys and thread == self.entered:
                data, self._keys = self._keys, b""
                await self._screen.link.query("keys", thread=thread, data=data)
        except LinkLost:
            self._screen.say("the keys did not arrive: the engine does not answer", refused=True)
        except ValueError as error:
            self._screen.say(str(error), refused=True)
        finally:
            self._keys, self._sending = b"", False
        if self._timer.isActive():
            self._timer.start(0)
