"""One answer of the model as it arrives: shown once, also when it had to be asked for twice."""

import itertools
from collections.abc import Callable, Iterator

from commandcenter.core.conversation import (
    Message,
    Piece,
    StopPiece,
    TextPiece,
    ThoughtPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsagePiece,
)
from commandcenter.core.events import Event, TextAdded, ThoughtAdded


class Shown:
    """The text of one answer on the transcript. A repeat that says the same is not shown again;
    where it goes on it is, and where it differs it becomes a message of its own."""

    def __init__(self, show: Callable[[int, str], None], numbers: Iterator[int]) -> None:
        self._parts: list[str] = []
        self._show = show
        self._numbers = numbers
        self._message = 0
        self._repeat: str | None = None

    @property
    def text(self) -> str:
        """What of it was heard so far."""
        return "".join(self._parts)

    def begin(self) -> None:
        """The answer begins, for the first time or again."""
        self._repeat = "" if self._parts else None

    def add(self, delta: str) -> None:
        """The next piece of it."""
        if self._repeat is None:
            self._put(delta)
            return
        heard, shown = self._repeat + delta, self.text
        self._repeat = heard
        if shown.startswith(heard):
            return
        self._repeat = None
        if heard.startswith(shown):
            self._put(heard[len(shown) :])
        else:
            self._parts, self._message = [], 0
            self._put(heard)

    def whole(self) -> None:
        """The answer has ended; a shorter repeat counts as it came."""
        if self._repeat is not None:
            self._parts = [self._repeat]

    def _put(self, delta: str) -> None:
        self._message = self._message or next(self._numbers)
        self._parts.append(delta)
        self._show(self._message, delta)


class Answer:
    """What one step's answer holds; `take` is given its pieces in order."""

    def __init__(self, emit: Callable[[Event], None], numbers: Iterator[int]) -> None:
        self.calls: list[ToolCall] = []
        self.stop: StopPiece | None = None
        self.usage: Usage | None = None
        self._said = Shown(lambda number, text: emit(TextAdded(number, text)), numbers)
        self._thought = Shown(lambda number, text: emit(ThoughtAdded(number, text)), numbers)

    @property
    def text(self) -> str:
        """What was said so far."""
        return self._said.text

    def begin(self) -> None:
        """The request leaves, for the first time or again."""
        self.calls, self.stop, self.usage = [], None, None
        self._said.begin()
        self._thought.begin()

    def take(self, piece: Piece) -> None:
        """The next piece."""
        match piece:
            case TextPiece(text):
                self._said.add(text)
            case ThoughtPiece(text):
                self._thought.add(text)
            case ToolCallPiece(call):
                self.calls.append(call)
            case UsagePiece(usage):
                self.usage = usage
            case StopPiece():
                self.stop = piece

    def end(self) -> None:
        """The answer is whole. Calls of one that was cut short or refused are not run."""
        self._said.whole()
        if self.stop is not None and self.stop.reason in ("max_tokens", "refusal"):
            self.calls = []

    def message(self) -> Message | None:
        """As the conversation keeps it; None when nothing was said."""
        if not self.text.strip() and not self.calls:
            return None
        return Message("assistant", self.text, tuple(self.calls))


def message_numbers() -> Iterator[int]:
    """Numbers of a turn's messages."""
    return itertools.count(1)
