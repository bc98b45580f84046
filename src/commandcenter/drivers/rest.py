"""Where a foreign agent rests while its thread is paused (the pausing ladder, agents.md 4)."""

import asyncio
import contextlib
from collections.abc import Callable

from commandcenter.drivers.base import StopLevel

LOOK_S = 0.05
"""How often a call that has left is looked for among those that wait at the gate."""


class Rest:
    """Rung 1: a permission request or hook that nobody answers; rung 2: its call waits at the gate;
    rung 3: frozen. Between turns it rests on rung 1.

    `waits` = does a call of this thread wait at the gate now?
    """

    def __init__(self, waits: Callable[[], bool]) -> None:
        self.level: StopLevel | None = None
        self.in_turn = False
        self._waits = waits
        self._open: set[str] = set()
        self._held: list[asyncio.Future[None]] = []
        self._moved = asyncio.Event()

    def stop(self, level: StopLevel) -> int:
        """The rung it rests on now, 0 = a step still runs; a frozen one is never made merely
        paused."""
        if self.level != "freeze":
            self.level = level
        return self.rung()

    def go(self) -> None:
        """Hooks that were held are answered."""
        self.level = None
        held, self._held = self._held, []
        for one in held:
            if not one.done():
                one.set_result(None)
        self.note()

    def rung(self) -> int:
        """Where it rests; 0 = nowhere yet."""
        if self.level == "freeze":
            return 3
        if not self.in_turn or self._open or any(not one.done() for one in self._held):
            return 1
        return 2 if self._waits() else 0

    async def at_rest(self) -> int:
        """The rung, once a stopped session rests; 0 when it is let go before."""
        while self.level is not None and not self.rung():
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), LOOK_S)
        return self.rung() if self.level is not None else 0

    async def hook(self) -> None:
        """The agent is about to run a tool and waits for us: at once while nothing is stopped."""
        if self.level is None:
            return
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(held)
        self.note()
        await held

    def asked(self, key: str) -> None:
        """The agent waits for an answer."""
        self._open.add(key)
        self.note()

    def answered(self, key: str) -> None:
        """It waits no more."""
        self._open.discard(key)
        self.note()

    def turn(self, runs: bool) -> None:
        """A turn begins or is over."""
        self.in_turn = runs
        if not runs:
            self._open.clear()
        self.note()

    def note(self) -> None:
        """Whoever waits in `at_rest` looks again."""
        self._moved.set()
