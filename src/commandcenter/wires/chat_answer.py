"""Answers of OpenAI chat completions: decoder for the native loop, tap for the gate."""

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
    ABSENT,
    NO_RAW,
    Frame,
    FrameError,
    error_text,
    named_id,
    part,
    tokens,
    whole_arguments,
)
from commandcenter.wires.sse import SseSplitter

DONE = b"[DONE]"

_STOPS: dict[str, Literal["end", "tools", "max_tokens", "refusal"]] = {
    "stop": "end",
    "tool_calls": "tools",
    "function_call": "tools",
    "length": "max_tokens",
    "content_filter": "refusal",
}


class _Function(msgspec.Struct, gc=False):
    """The function part of a tool call."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Call(msgspec.Struct):
    """A tool call, or a delta of one."""

    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    """What one delta adds."""

    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    """One of the answers asked for."""

    index: int = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    """One chunk, or a whole answer."""

    id: str | None = None
    choices: list[_Choice] | None = None
    usage: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


_CHUNKS = msgspec.json.Decoder(_Chunk)


class Decoder(PieceDecoder):
    """Reads the first choice of an answer, streamed or whole."""

    def __init__(self) -> None:
        super().__init__(SseSplitter(), b"{[")
        self._calls: list[_Partial] = []
        self._reason = ""
        self._answer_id = ""

    def _frame(self, frame: Frame) -> None:
        if frame.data == DONE:
            self._finish()
        else:
            self._read(_decoded(frame))

    def _body(self, body: bytes) -> None:
        chunk = _CHUNKS.decode(body)
        if not chunk.choices and not chunk.error:
            raise ValueError("the answer has no choices")
        self._read(chunk)
        if not self.broken:
            self._finish()

    def _read(self, chunk: _Chunk) -> None:
        if bytes(chunk.error) not in ABSENT:
            self.broken = f"error in the answer: {error_text(bytes(chunk.error))}"
            return
        self._answer_id = chunk.id or self._answer_id
        for choice in chunk.choices or ():
            if choice.index == 0:
                self._said(choice.delta or choice.message or _Delta())
                self._reason = choice.finish_reason or self._reason
        self._count(chunk.usage, _usage)

    def _said(self, delta: _Delta) -> None:
        if thought := delta.reasoning_content or delta.reasoning:
            self._out.append(ThoughtPiece(thought))
        if text := _text(delta.content) or delta.refusal:
            self._out.append(TextPiece(text))
        for call in delta.tool_calls or ():
            self._partial(call).add(call)

    def _partial(self, call: _Call) -> "_Partial":
        """The call this delta goes on with: by index; another id at an index begins a new one."""
        for partial in reversed(self._calls):
            if partial.index == (call.index or 0):
                if call.id and partial.id and call.id != partial.id:
                    break
                return partial
        self._calls.append(_Partial(call.index or 0))
        return self._calls[-1]

    def _finish(self) -> None:
        self.finished = True
        reason = _STOPS.get(self._reason, "end")
        if self._calls and reason == "end":
            reason = "tools"
        if reason == "tools" and not self._give_calls():
            return
        if self._reported.usage is not None and not self._reported.implausible:
            self._out.append(UsagePiece(self._reported.usage))
        self._out.append(StopPiece(reason))

    def _give_calls(self) -> bool:
        """Gives all calls, or none: half a set of calls is not what the model wanted."""
        whole = [partial.whole(self._answer_id, n) for n, partial in enumerate(self._calls)]
        calls = [call for call in whole if call is not None]
        if len(calls) < len(whole):
            self.broken = "a tool call's arguments are not whole"
            sample = self._calls[whole.index(None)].arguments
            self._note(self.broken, sample.encode("utf-8", "replace"), 0)
            return False
        self._out.extend(ToolCallPiece(call) for call in calls)
        return True


class _Partial:
    """One tool call as it grows."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments = ""

    def add(self, call: _Call) -> None:
        self.id = self.id or call.id or ""
        function = call.function or _Function()
        self.name = self.name or function.name or ""
        if isinstance(function.arguments, str):
            self.arguments += function.arguments
        elif function.arguments is not None:
            self.arguments += msgspec.json.encode(function.arguments).decode()

    def whole(self, answer: str, number: int) -> ToolCall | None:
        arguments = whole_arguments(self.arguments)
        if arguments is None or not self.name:
            return None
        made = named_id(answer, str(number), self.name, arguments)
        return ToolCall(self.id or made, self.name, arguments)


class Tap(MeterTap):
    """Meters a forwarded answer; swallows the usage chunk if the gate had asked for it."""

    def __init__(self, strip_usage: bool = False) -> None:
        super().__init__(SseSplitter(), b"{[")
        self._strip = strip_usage
        self._pending = bytearray()
        self._swallow = False

    def feed(self, data: bytes) -> bytes:
        """Reads `data` and gives the bytes to forward now; stripping holds unfinished events."""
        if not self._strip:
            return super().feed(data)
        self._pending += data
        frames = self._take(data)
        return self._sifted(frames) if self._framed else self._passed()

    def end(self) -> bytes:
        """Reads what is left, gives the last bytes to forward."""
        if not self._strip:
            return super().end()
        out = self._sifted(self._end())
        self._close()
        return out + self._passed()

    def _sifted(self, frames: list[Frame | FrameError]) -> bytes:
        out = bytearray()
        at = 0
        for frame in frames:
            self._swallow = False
            self._one(frame)
            if not self._swallow:
                out += self._pending[at : at + frame.size]
            at += frame.size
        del self._pending[:at]
        return bytes(out)

    def _passed(self) -> bytes:
        """All that waits, unless it is still unclear whether a stream begins."""
        if not self._framed and self._whole is None and not self.finished and not self.broken:
            return b""
        out = bytes(self._pending)
        self._pending.clear()
        return out

    def _frame(self, frame: Frame) -> None:
        if frame.data == DONE:
            self.finished = True
            return
        chunk = _decoded(frame)
        self._swallow = not chunk.choices and bytes(chunk.usage) not in ABSENT
        self._read(chunk)

    def _body(self, body: bytes) -> None:
        chunk = _CHUNKS.decode(body)
        self._read(chunk)
        self.finished = bool(chunk.choices)

    def _read(self, chunk: _Chunk) -> None:
        if bytes(chunk.error) not in ABSENT:
            self.broken = f"error in the answer: {error_text(bytes(chunk.error))}"
            return
        for choice in chunk.choices or ():
            if delta := choice.delta or choice.message:
                self._said(_length(delta))
        self._count(chunk.usage, _usage)


def _decoded(frame: Frame) -> _Chunk:
    """The chunk of a frame; an event named `error` is one, whatever it holds."""
    if frame.name == b"error":
        return _Chunk(error=msgspec.Raw(frame.data))
    return _CHUNKS.decode(frame.data)


def _usage(fields: dict[str, Any]) -> Usage:
    cached = part(fields, "prompt_tokens_details").get("cached_tokens")
    if cached is None:
        cached = fields.get("prompt_cache_hit_tokens")
    asked, given = tokens(fields.get("prompt_tokens")), tokens(fields.get("completion_tokens"))
    thinking = tokens(part(fields, "completion_tokens_details").get("reasoning_tokens"))
    return Usage(
        input=asked,
        cached_read=min(tokens(cached), asked),
        output=given,
        thinking=min(thinking, given),
    )


def _text(content: str | list[Any] | None) -> str:
    """Text of a delta; some servers send a list of typed parts."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return "".join(str(part["text"]) for part in parts if isinstance(part.get("text"), str))
    return content or ""


def _length(delta: _Delta) -> int:
    size = len(_text(delta.content)) + len(delta.reasoning_content or delta.reasoning or "")
    size += len(delta.refusal or "")
    for call in delta.tool_calls or ():
        arguments = call.function.arguments if call.function else None
        if isinstance(arguments, dict):
            size += len(msgspec.json.encode(arguments))
        else:
            size += len(arguments or "")
    return size
