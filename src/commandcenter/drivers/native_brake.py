"""Where a native turn rests while its thread is paused or frozen."""

import asyncio
import contextlib
from collections.abc import Iterator

from commandcenter.core.base import Clock
from commandcenter.drivers.base import StopLevel


class Brake:
    """Set by the session, honoured by the turn at each boundary. Both levels hold a boundary;
    `freeze` also holds an answer that is being read and a command about to start."""

    def __init__(self, clock: Clock) -> None:
        self.level: StopLevel | None = None
        self._clock = clock
        self._resting = 0
        self._free = _set()
        self._thawed = _set()
        self._moved = asyncio.Event()
        self._frozen_at = 0.0
        self._frozen_s = 0.0

    @property
    def resting(self) -> bool:
        """The turn stands at a boundary, or waits for an answer of the player."""
        return self._resting > 0

    def set(self, level: StopLevel) -> None:
        """Stop; a frozen one is never made merely paused."""
        self._free.clear()
        if level == "freeze" and self.level != "freeze":
            self._thawed.clear()
            self._frozen_at = self._clock.monotonic()
        if self.level != "freeze":
            self.level = level

    def release(self) -> None:
        """Go on."""
        if self.level == "freeze":
            self._frozen_s += self._clock.monotonic() - self._frozen_at
        self.level = None
        self._thawed.set()
        self._free.set()
        self.note()

    def note(self) -> None:
        """Whoever waits in `moved` looks again."""
        self._moved.set()

    async def boundary(self) -> None:
        """Between two steps or two tool calls: rest while stopped."""
        while self.level is not None:
            with self.rest():
                await self._free.wait()

    async def thawed(self) -> None:
        """Within a step: wait while frozen."""
        await self._thawed.wait()

    @contextlib.contextmanager
    def rest(self) -> Iterator[None]:
        """What waits inside does nothing of its own."""
        self._resting += 1
        self.note()
        try:
            yield
        finally:
            self._resting -= 1

    async def moved(self, limit_s: float) -> None:
        """Until something changed, at most `limit_s` seconds."""
        self._moved.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), limit_s)

    def unfrozen_s(self) -> float:
        """Seconds that have passed without those frozen, since some start."""
        now = self._frozen_at if self.level == "freeze" else self._clock.monotonic()
        return now - self._frozen_s


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event
