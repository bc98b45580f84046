"""A native thread's conversation: kept in the journal, repaired where it was broken off."""

from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.core.events import HistoryAdded

CUT_MARK = "[my answer was broken off here]"


class Memory:
    """The messages so far; `added` gives the fact that whoever adds one must record."""

    def __init__(self, history: tuple[Message, ...]) -> None:
        self._messages = list(history)

    @property
    def last(self) -> Message | None:
        """The newest message."""
        return self._messages[-1] if self._messages else None

    def added(self, message: Message) -> HistoryAdded:
        """One more message, as the fact to record."""
        self._messages.append(message)
        return HistoryAdded((message,))

    def unanswered(self) -> tuple[ToolCall, ...]:
        """Tool calls of the last answer that have no result, in the order they were asked for."""
        answered: set[str] = set()
        for message in reversed(self._messages):
            if message.role == "assistant":
                return tuple(call for call in message.tool_calls if call.id not in answered)
            answered.update(result.call for result in message.results)
        return ()

    def conversation(self, system: str) -> tuple[Message, ...]:
        """What a request carries: results of one answer stand together, in its order."""
        made: list[Message] = [Message("system", system)] if system else []
        order: dict[str, int] = {}
        for message in self._messages:
            if message.role == "assistant":
                order = {call.id: place for place, call in enumerate(message.tool_calls)}
            if message.role == "tool" and made and made[-1].role == "tool":
                message = _joined(made.pop(), message, order)
            made.append(message)
        return tuple(made)


def _joined(first: Message, second: Message, order: dict[str, int]) -> Message:
    results = (*first.results, *second.results)
    placed = sorted(results, key=lambda result: order.get(result.call, len(order)))
    return Message("tool", results=tuple(placed))


def broken_off(text: str) -> Message:
    """What was said of an answer that never ended."""
    return Message("assistant", f"{text}\n{CUT_MARK}")


def never_ran(calls: tuple[ToolCall, ...], why: str) -> Message:
    """Results for calls that got none: providers demand one for each call."""
    return Message("tool", results=tuple(ToolResult(c.id, c.name, why, False) for c in calls))
