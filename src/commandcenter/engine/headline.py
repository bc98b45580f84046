"""What a tile says of its thread: the last line and the tokens, at most twice a second."""

import asyncio
from collections.abc import Callable

from commandcenter.core.base import Clock
from commandcenter.core.events import HeadMoved
from commandcenter.core.text import CUT

EVERY_S = 0.5
TAIL_CHARS = 400
LINE_CHARS = 200
CHARS_A_TOKEN = 4


class HeadLine:
    """Sent at once after a silence, then each half second while something is said."""

    def __init__(self, send: Callable[[HeadMoved], None], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._tail = ""
        self._chars = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def note(self, text: str, *, counts: bool = False) -> None:
        """More was said; `counts`: it is of the model and makes tokens."""
        self._tail = (self._tail + text)[-TAIL_CHARS:]
        self._chars += len(text) if counts else 0
        if self._timer is None:
            wait = max(0.0, self._due - self._clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def breaks(self) -> None:
        """What is said from now on does not go on with what was said before."""
        self._tail += "\n"

    def flush(self) -> None:
        """Send what was noted since, if anything was."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        self._due = self._clock.monotonic() + EVERY_S
        lines = [line for line in self._tail.split("\n") if line.strip()]
        tokens, self._chars = divmod(self._chars, CHARS_A_TOKEN)
        self._send(HeadMoved(_end(lines[-1].strip()) if lines else "", tokens))


def _end(line: str) -> str:
    """Its last 200 characters; what is left out before them has a mark."""
    return line if len(line) <= LINE_CHARS else CUT + line[1 - LINE_CHARS :]
