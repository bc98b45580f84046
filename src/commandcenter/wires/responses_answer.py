"""Answers of OpenAI responses: the gate's tap. Forwarded unchanged, metered from the last event."""

from typing import Any

import msgspec

from commandcenter.core.conversation import Usage
from commandcenter.wires.answer import MeterTap
from commandcenter.wires.base import ABSENT, NO_RAW, Frame, error_text, part, tokens
from commandcenter.wires.sse import SseSplitter

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_PASSING = ("server_error", "rate_limit_exceeded", "server_is_overloaded", "slow_down")
"""Failures that another try may not meet."""
_CALLS = ("function_call", "custom_tool_call", "local_shell_call")


class _Item(msgspec.Struct):
    """One output item."""

    type: str = ""
    content: list[Any] | None = None
    summary: list[Any] | None = None
    arguments: str | None = None
    input: str | None = None


class _Response(msgspec.Struct):
    """The response of an event, or a whole answer."""

    status: str | None = None
    output: list[_Item] | None = None
    usage: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


class _End(msgspec.Struct):
    """What of a response stands beside its output in a last event."""

    usage: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


class _Event(msgspec.Struct):
    """One event of the stream; the response of most events is an echo and is not read."""

    type: str
    delta: Any = None
    item: msgspec.Raw = NO_RAW
    response: msgspec.Raw = NO_RAW


_EVENTS = msgspec.json.Decoder(_Event)
_ITEMS = msgspec.json.Decoder(_Item)
_WHOLES = msgspec.json.Decoder(_Response)
_LAST = msgspec.json.Decoder(_End)


class Tap(MeterTap):
    """Meters a forwarded answer."""

    def __init__(self) -> None:
        super().__init__(SseSplitter(), b"{[")
        self._grown = 0
        """Characters of the open item that came as deltas."""

    def usage(self, est_in: int) -> Usage:
        """As every tap; a response that failed and says what it took is exact too."""
        return self._reported.settled(est_in, self.chars_out, whole=self.finished)

    def _frame(self, frame: Frame) -> None:
        event = _EVENTS.decode(frame.data)
        if event.type.endswith(".delta"):
            if isinstance(event.delta, str):
                self._grown += len(event.delta)
                self._said(len(event.delta))
        elif event.type == "response.output_item.done":
            self._item(_ITEMS.decode(event.item))
        elif event.type in _ENDS:
            self._ended(event)
        elif event.type == "error":
            self.broken = f"error in the answer: {error_text(frame.data)}"

    def _body(self, body: bytes) -> None:
        whole = _WHOLES.decode(body)
        if whole.output is None or whole.status == "failed":
            self.broken = f"error in the answer: {error_text(bytes(whole.error) or body)}"
        for item in whole.output or ():
            self._item(item)
        self.finished = whole.output is not None
        self._count(whole.usage, _usage)

    def _item(self, item: _Item) -> None:
        """An item is done; what of it did not come as deltas counts now."""
        grown, self._grown = self._grown, 0
        self._said(max(0, _length(item) - grown))
        if item.type in _CALLS:
            self.content_started = True

    def _ended(self, event: _Event) -> None:
        last = _LAST.decode(event.response) if bytes(event.response) not in ABSENT else _End()
        self._count(last.usage, _usage)
        self.finished = True
        if event.type == "response.failed":
            told = bytes(last.error)
            if _code(told) in _PASSING:
                self.broken = f"error in the answer: {error_text(told)}"


def _usage(fields: dict[str, Any]) -> Usage:
    cached = tokens(part(fields, "input_tokens_details").get("cached_tokens"))
    thinking = tokens(part(fields, "output_tokens_details").get("reasoning_tokens"))
    given, out = tokens(fields.get("input_tokens")), tokens(fields.get("output_tokens"))
    return Usage(
        input=given, cached_read=min(cached, given), output=out, thinking=min(thinking, out)
    )


def _code(error: bytes) -> str:
    if error in ABSENT:
        return ""
    value = msgspec.json.decode(error)
    return str(value.get("code") or "") if isinstance(value, dict) else ""


def _length(item: _Item) -> int:
    size = len(item.arguments or "") + len(item.input or "")
    for piece in [*(item.content or ()), *(item.summary or ())]:
        if isinstance(piece, dict):
            text = piece.get("text") or piece.get("refusal")
            size += len(text) if isinstance(text, str) else 0
    return size
