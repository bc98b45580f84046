"""One answer of the model as it arrives: shown once, also when it had to be asked for twice."""

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
from commandcenter.drivers.shown import Shown


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
