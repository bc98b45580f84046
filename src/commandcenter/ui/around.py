"""What a thread did before it asked: read once for the case that is shown (tab Context)."""

from commandcenter.link.base import LinkLost
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.screen import Screen

ROWS = 300
BLOCKS = 12
"""The last pieces of the transcript that are shown."""


class Around:
    """Holds the text before one case; `ready` counts up when other text came."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._case = (0, "")
        self._text = Transcript()
        self.ready = 0

    def text(self, ask: int, digest: str, thread: int) -> Transcript:
        """The thread's last pieces; a sentence while they are read."""
        if self._case != (ask, digest) and self._screen.up:
            self._case, self._text = (ask, digest), _said("reading what the thread did last")
            self._screen.tasks.spawn(self._read(thread, self._case), f"context {ask}")
        return self._text

    async def _read(self, thread: int, case: tuple[int, str]) -> None:
        try:
            rows = await self._screen.link.read(thread, -1, ROWS)
        except LinkLost:
            if self._case == case:
                self._case = (0, "")
            return
        found = Transcript()
        found.fold(rows)
        del found.blocks[:-BLOCKS]
        if self._case == case:
            self._text = found if found.blocks else _said("the thread has said nothing yet")
            self.ready += 1
            self._screen.changed()


def _said(text: str) -> Transcript:
    shown = Transcript()
    shown.start("note", text, 0)
    return shown
