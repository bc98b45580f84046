"""A thread's conversation as its own entries tell it, whichever agents led it (agents.md 5)."""

from collections.abc import Iterable

from commandcenter.core.codec import Entry
from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.core.events import (
    Event,
    HistoryAdded,
    TextAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    TurnStarted,
)

OUTPUT_CHARS = 8_000
"""Of a tool's output this much is kept while it runs; its result says the rest."""
KINDS = (
    "HistoryAdded",
    "TurnStarted",
    "TextAdded",
    "ToolStarted",
    "ToolOutputAdded",
    "ToolEnded",
)
"""The entries that tell it; others may be left out."""


def retold(entries: Iterable[Entry], at: int = 0) -> list[Message]:
    """The messages in order, up to the end of turn `at` of the thread of the last entries; 0 = all.

    A turn of the native loop is told by what it kept, any other by what its agent was seen to do.
    """
    told = list(entries)
    last = told[-1].thread if told else 0
    teller = _Teller()
    for entry in told:
        if not at or entry.thread != last or entry.stamp.turn <= at:
            teller.hear(entry)
    return teller.messages()


class _Teller:
    """Turn after turn; `hear` takes the entries in order."""

    def __init__(self) -> None:
        self._made: list[Message] = []
        self._place = (0, -1)
        self._turn = _Turn()

    def messages(self) -> list[Message]:
        """All that was told so far."""
        return [*self._made, *self._turn.messages()]

    def hear(self, entry: Entry) -> None:
        """One more entry; kinds that say nothing change nothing."""
        event = entry.event
        place = (entry.thread, entry.stamp.turn)
        if place != self._place:
            self._made = self.messages()
            self._place, self._turn = place, _Turn()
        if isinstance(event, HistoryAdded) and event.anew:
            self._made, self._turn = list(event.messages), _Turn()
        else:
            self._turn.hear(event)


class _Turn:
    """What one turn told: what it kept itself, and what it was seen to say and do."""

    def __init__(self) -> None:
        self._kept: list[Message] = []
        self._seen: list[Message] = []
        self._step = _Step()

    def messages(self) -> list[Message]:
        """What it kept, where it kept anything."""
        return self._kept or [*self._seen, *self._step.messages()]

    def hear(self, event: Event) -> None:
        """One event of the turn."""
        match event:
            case HistoryAdded():
                self._kept.extend(event.messages)
            case TurnStarted():
                self._next()
                self._seen.append(Message("user", event.prompt))
            case TextAdded():
                if self._step.done:
                    self._next()
                self._step.say(event)
            case ToolStarted():
                if self._step.done:
                    self._next()
                self._step.call(event)
            case ToolOutputAdded():
                self._step.output(event)
            case ToolEnded():
                self._step.result(event)
            case _:
                pass

    def _next(self) -> None:
        self._seen.extend(self._step.messages())
        self._step = _Step()


class _Step:
    """One answer with the tool calls that followed it."""

    def __init__(self) -> None:
        self._said = ""
        self._message = 0
        self._calls: dict[str, ToolStarted] = {}
        self._results: dict[str, ToolResult] = {}
        self._outputs: dict[str, str] = {}

    @property
    def done(self) -> bool:
        """It called tools, and each has its result."""
        return bool(self._calls) and self._calls.keys() == self._results.keys()

    def say(self, event: TextAdded) -> None:
        """A piece of the answer."""
        if self._said and event.message != self._message:
            self._said += "\n\n"
        self._message = event.message
        self._said += event.delta

    def call(self, event: ToolStarted) -> None:
        """A tool call begins."""
        self._calls[event.effect] = event

    def output(self, event: ToolOutputAdded) -> None:
        """A tool printed something."""
        said = self._outputs.get(event.call, "")
        self._outputs[event.call] = (said + event.delta)[:OUTPUT_CHARS]

    def result(self, event: ToolEnded) -> None:
        """A tool call has ended."""
        started = self._calls.get(event.effect)
        if started is None:
            return
        text = event.result or self._outputs.get(started.call, "") or event.summary
        told = text if event.status == "ok" else f"{event.status}\n{text}".strip()
        self._results[event.effect] = ToolResult(
            event.effect, started.name, told, event.status == "ok"
        )

    def messages(self) -> list[Message]:
        """The answer, and the results of its calls."""
        if not self._said.strip() and not self._calls:
            return []
        calls = tuple(ToolCall(e.effect, e.name, e.args) for e in self._calls.values())
        made = [Message("assistant", self._said, calls)]
        if self._results:
            made.append(Message("tool", results=tuple(self._results.values())))
        return made
