"""Answers of Anthropic messages: decoder for the native loop, tap for the gate."""

from typing import Any, Literal

import msgspec

from commandcenter.core.conversation import (
    StopPiece,
    TextPiece,
    ThoughtPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsagePiece,
)
from commandcenter.wires.answer import MeterTap, PieceDecoder
from commandcenter.wires.base import (
    NO_RAW,
    Frame,
    error_text,
    part,
    tokens,
    whole_arguments,
)
from commandcenter.wires.sse import SseSplitter

_STOPS: dict[str, Literal["end", "tools", "max_tokens", "refusal"]] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "pause_turn": "end",
    "tool_use": "tools",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}


class _Block(msgspec.Struct):
    """One block of content as it begins, or whole."""

    type: str = ""
    id: str = ""
    name: str = ""
    text: str | None = None
    thinking: str | None = None
    input: msgspec.Raw = NO_RAW


class _Delta(msgspec.Struct, gc=False):
    """What one delta adds."""

    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    stop_reason: str | None = None


class _Message(msgspec.Struct):
    """A message: begun, or whole."""

    type: str = ""
    content: list[_Block] | None = None
    stop_reason: str | None = None
    usage: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


class _Event(msgspec.Struct):
    """One event of the stream."""

    type: str = ""
    index: int = 0
    delta: _Delta | None = None
    content_block: _Block | None = None
    message: _Message | None = None
    usage: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


_EVENTS = msgspec.json.Decoder(_Event)
_MESSAGES = msgspec.json.Decoder(_Message)
_EMPTY = _Delta()


class Decoder(PieceDecoder):
    """Reads one message, streamed or whole."""

    def __init__(self) -> None:
        super().__init__(SseSplitter(), b"{[")
        self._totals = _Totals()
        self._blocks: dict[int, _Partial] = {}
        self._reason = ""

    def _frame(self, frame: Frame) -> None:
        event = _EVENTS.decode(frame.data)
        match event.type:
            case "content_block_delta":
                self._grow(event.index, event.delta or _EMPTY)
            case "content_block_start" if event.content_block is not None:
                self._begin(event.index, event.content_block)
            case "content_block_stop" if event.index in self._blocks:
                self._blocks[event.index].ended = True
            case "message_start" if event.message is not None:
                self._count(event.message.usage, self._totals.add)
            case "message_delta":
                self._reason = (event.delta or _EMPTY).stop_reason or self._reason
                self._count(event.usage, self._totals.add)
            case "message_stop":
                self._finish()
            case "error":
                self.broken = f"error in the answer: {error_text(bytes(event.error))}"
            case _:
                pass  # ping, and events of the future

    def _body(self, body: bytes) -> None:
        message = _MESSAGES.decode(body)
        if message.type == "error" or message.content is None:
            self.broken = f"error in the answer: {error_text(bytes(message.error))}"
            return
        for index, block in enumerate(message.content):
            self._begin(index, block)
        for partial in self._blocks.values():
            partial.ended = True
        self._reason = message.stop_reason or ""
        self._count(message.usage, self._totals.add)
        self._finish()

    def _begin(self, index: int, block: _Block) -> None:
        if block.type == "tool_use":
            self._blocks[index] = _Partial(block)
        if block.thinking:
            self._out.append(ThoughtPiece(block.thinking))
        if block.text:
            self._out.append(TextPiece(block.text))

    def _grow(self, index: int, delta: _Delta) -> None:
        if delta.text:
            self._out.append(TextPiece(delta.text))
        elif delta.thinking:
            self._out.append(ThoughtPiece(delta.thinking))
        elif delta.partial_json and index in self._blocks:
            self._blocks[index].arguments.append(delta.partial_json)

    def _finish(self) -> None:
        self.finished = True
        reason = _STOPS.get(self._reason, "end")
        if self._blocks and reason == "end":
            reason = "tools"
        if reason == "tools" and not self._give_calls():
            return
        if self._reported.usage is not None and not self._reported.implausible:
            self._out.append(UsagePiece(self._reported.usage))
        self._out.append(StopPiece(reason))

    def _give_calls(self) -> bool:
        """Gives all calls, or none: half a set of calls is not what the model wanted."""
        calls: list[ToolCallPiece] = []
        for _, partial in sorted(self._blocks.items()):
            call = partial.whole()
            if call is None:
                self.broken = "a tool call's arguments are not whole"
                self._note(self.broken, "".join(partial.arguments).encode("utf-8", "replace"), 0)
                return False
            calls.append(ToolCallPiece(call))
        self._out.extend(calls)
        return True


class _Partial:
    """One tool call as it grows."""

    def __init__(self, block: _Block) -> None:
        self.block = block
        self.given = bytes(block.input).decode("utf-8", "replace")
        self.arguments: list[str] = []
        self.ended = False

    def whole(self) -> ToolCall | None:
        text = "".join(self.arguments) or self.given
        arguments = whole_arguments(text)
        if not self.ended or arguments is None or not self.block.name or not self.block.id:
            return None
        return ToolCall(self.block.id, self.block.name, arguments)


class _Totals:
    """Usage in parts: the input of `message_start` stays unless a later event says more."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self.cached_write_1h = 0

    def add(self, fields: dict[str, Any]) -> Usage:
        """The sum of all events so far; `input_tokens` excludes the cache, ours includes it."""
        merged = {**self._fields, **{name: n for name, n in fields.items() if n is not None}}
        read = tokens(merged.get("cache_read_input_tokens"))
        write = tokens(merged.get("cache_creation_input_tokens"))
        usage = Usage(
            input=tokens(merged.get("input_tokens")) + read + write,
            cached_read=read,
            cached_write=write,
            output=tokens(merged.get("output_tokens")),
        )
        long_lived = part(merged, "cache_creation").get("ephemeral_1h_input_tokens")
        self.cached_write_1h = min(tokens(long_lived), write)
        self._fields = merged
        return usage


class Tap(MeterTap):
    """Meters a forwarded answer."""

    def __init__(self) -> None:
        super().__init__(SseSplitter(), b"{[")
        self._totals = _Totals()

    def usage(self, est_in: int) -> Usage:
        """As every tap; input is exact as soon as the message has begun."""
        self.cached_write_1h = self._totals.cached_write_1h
        return super().usage(est_in)

    def _frame(self, frame: Frame) -> None:
        event = _EVENTS.decode(frame.data)
        match event.type:
            case "content_block_delta":
                self._said(_length(event.delta or _EMPTY))
            case "content_block_start" if event.content_block is not None:
                self._block(event.content_block)
            case "message_start" if event.message is not None:
                self._count(event.message.usage, self._totals.add)
            case "message_delta":
                self._count(event.usage, self._totals.add)
            case "message_stop":
                self.finished = True
            case "error":
                self.broken = f"error in the answer: {error_text(bytes(event.error))}"
            case _:
                pass  # ping, content_block_stop, and events of the future

    def _body(self, body: bytes) -> None:
        message = _MESSAGES.decode(body)
        if message.type == "error" or message.content is None:
            self.broken = f"error in the answer: {error_text(bytes(message.error))}"
            return
        for block in message.content:
            self._block(block)
        self.finished = True
        self._count(message.usage, self._totals.add)

    def _block(self, block: _Block) -> None:
        self._said(len(block.text or "") + len(block.thinking or ""))
        if block.type.endswith("tool_use"):
            self.content_started = True
            arguments = bytes(block.input)
            self._said(len(arguments) if arguments != b"{}" else 0)


def _length(delta: _Delta) -> int:
    return len(delta.text or delta.partial_json or delta.thinking or "")
