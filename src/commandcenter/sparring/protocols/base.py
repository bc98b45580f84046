"""What the four protocols share: the reply they shape, and the frames of a stream."""

from typing import Any, Literal, Protocol

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import ToolCall, Usage
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.pace import Piece

Stop = Literal["end", "tools", "max_tokens"]
MODELS = ("sparring-small", "sparring-medium", "sparring-large")


class Reply(Record, frozen=True):
    """An answer about to be shaped; `created` in s since the epoch, `call` None without a tool."""

    id: str
    created: int
    inquiry: Inquiry
    call: ToolCall | None


class Whole(Record, frozen=True):
    """An answer in one piece; `call` is None when it was cut short by the output limit."""

    text: str
    thinking: str
    call: ToolCall | None
    usage: Usage
    stop: Stop


class Speech(Protocol):
    """One answer in one protocol; the methods of a stream are called in this order."""

    stream_type: str

    def head(self, usage: Usage) -> bytes:
        """What stands before the first piece."""
        ...

    def piece(self, piece: Piece) -> bytes:
        """The bytes of one piece; empty when the protocol does not show it."""
        ...

    def tail(self, usage: Usage, stop: Stop) -> bytes:
        """What ends a whole stream."""
        ...

    def whole(self, whole: Whole) -> bytes:
        """The body of an answer that was not asked for as a stream."""
        ...


def json(value: Any) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(value)


def data_frame(value: Any, event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + json(value) + b"\n\n"


def args_of(call: ToolCall) -> dict[str, Any]:
    """The arguments of one of our own calls."""
    args: dict[str, Any] = msgspec.json.decode(call.args_json)
    return args
