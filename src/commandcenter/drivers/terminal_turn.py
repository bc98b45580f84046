"""What a terminal program says in one turn, bounded: its beginning, and its last words."""

from typing import Final, Literal

from commandcenter.core.events import TextAdded, TurnEnded
from commandcenter.core.text import one_line
from commandcenter.drivers.base import Sink
from commandcenter.drivers.terminal_signs import Sight, Signs
from commandcenter.drivers.terminal_text import Plain

SHOWN: Final = 256 << 10
"""Characters of a turn that go into the transcript as they come."""
LAST: Final = 8 << 10
"""Characters of its end that follow when more came."""
EARLY: Final = 64 << 10
_LOOKED: Final = 64 << 10
"""Once the transcript takes no more, only so many of the newest bytes are read, and only when
someone looks: a flood costs little. The spool has all."""


class Talk:
    """From bytes to `TextAdded` and `TurnEnded`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._plain = Plain()
        self._turn = 0
        self._runs = False
        self._shown = 0
        self._over = 0
        self._unread = bytearray()
        self._kept = ""
        """Before a turn: what will be its first text; after SHOWN: the newest text."""

    @property
    def takes_paste(self) -> bool:
        """The program asked for bracketed paste."""
        return self._plain.takes_paste

    def lines(self) -> str:
        """The last 40 lines."""
        self._read()
        return self._plain.lines()

    def sight(self, given: Signs) -> Sight:
        """What the program shows; questions and signs of work only of after the last keys."""
        lines = self.lines()
        return given.sight(lines, len(lines) - len(self._plain.news()))

    def typed(self) -> None:
        """Keys were pressed."""
        self._read()
        self._plain.read()

    def last_line(self) -> str:
        """The last line that says something, on one line and short."""
        said = [line for line in self.lines().split("\n") if line.strip()]
        return one_line(said[-1]) if said else ""

    def begin(self, turn: int) -> None:
        """A turn; what was said before it is its first text."""
        self._read()
        early, self._kept = self._kept, ""
        self._turn, self._runs, self._shown, self._over = turn, True, 0, 0
        self._say(early)

    def hear(self, piece: bytes) -> None:
        """Output."""
        if self._shown < SHOWN:
            self._say(self._plain.feed(piece))
            return
        self._unread += piece
        if len(self._unread) > 2 * _LOOKED:
            self._over += len(self._unread) - _LOOKED
            del self._unread[:-_LOOKED]

    def replies(self) -> bytes:
        """What the program wants to hear of its terminal."""
        return self._plain.replies()

    def _read(self) -> None:
        unread, self._unread = bytes(self._unread), bytearray()
        if unread:
            self._say(self._plain.feed(unread))

    def flush(self) -> None:
        """The open line too."""
        self._read()
        self._say(self._plain.rest())

    def _say(self, text: str) -> None:
        if not text:
            return
        if not self._runs:
            self._kept = (self._kept + text)[-EARLY:]
        elif self._shown < SHOWN:
            self._shown += len(text)
            self._sink.emit(TextAdded(1, text), self._turn)
        else:
            self._over += len(text)
            self._kept = (self._kept + text)[-LAST:]

    def end(self, stop: Literal["end", "cancelled", "error"], cause: str, error: str) -> None:
        """The turn is over."""
        self.flush()
        if self._over > len(self._kept):
            left = (self._over - len(self._kept)) >> 10
            note = f"\n... about {left} KiB are only in the terminal ...\n"
            self._sink.emit(TextAdded(1, note), self._turn)
        kept, self._kept = self._kept, ""
        if kept:
            self._sink.emit(TextAdded(1, kept), self._turn)
        self._runs = False
        self._sink.emit(TurnEnded(stop, cause, error), self._turn)
