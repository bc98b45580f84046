"""Typing into a terminal: one text at a time, each with its submit key."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from commandcenter.drivers.terminal_signs import Signs
from commandcenter.hosts.base import Running

TYPE_S: Final = 4.0
"""How long a program may take to accept what is typed."""
REPLY_S: Final = 0.1


class Keyboard:
    """The keys of one program. `note` hears what could not be typed."""

    def __init__(self, running: Running, given: Signs, note: Callable[[str], None]) -> None:
        self._running = running
        self._signs = given
        self._note = note
        self._lock = asyncio.Lock()

    async def type(self, text: str, *, pasted: bool) -> None:
        """A text and the submit key; `pasted` = the program takes bracketed paste."""
        async with self._lock:
            await self.press(self._signs.keys(text, pasted=pasted))
            await asyncio.sleep(self._signs.submit_s)
            await self.press(self._signs.submit.encode())

    async def reply(self, data: bytes) -> None:
        """What the program asked of its terminal; lost when it does not listen."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(REPLY_S):
                await self._running.write(data)

    async def press(self, keys: bytes) -> None:
        """Keys as they are; one that has ended takes none, and its reader says so."""
        try:
            async with asyncio.timeout(TYPE_S):
                await self._running.write(keys)
        except TimeoutError:
            self._note("the program takes no input; part of it was not typed")
        except OSError:
            return
