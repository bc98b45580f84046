"""Ollama's own API, /api/chat and /api/generate (github.com/ollama/ollama docs/api.md)."""

from typing import Any, Literal

import msgspec

from commandcenter.core.conversation import (
    Message,
    ModelRequest,
    StopPiece,
    TextPiece,
    ThoughtPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsagePiece,
)
from commandcenter.wires import body as request_body
from commandcenter.wires.answer import MeterTap, PieceDecoder
from commandcenter.wires.base import (
    ABSENT,
    NO_RAW,
    CallSpec,
    Frame,
    Kind,
    WireRequest,
    error_text,
    named_id,
    part,
    tokens,
    whole_arguments,
)
from commandcenter.wires.lines import LineSplitter

KIND: Kind = "ollama"
MODEL_PATHS = frozenset({"/api/chat", "/api/generate"})
FREE_PATHS = frozenset(
    {
        ("GET", "/api/tags"),
        ("GET", "/api/version"),
        ("GET", "/api/ps"),
        ("POST", "/api/show"),
    }
)
_CACHED_SHARE = 0.5
"""A reported prompt below this share of the estimate was partly cached, so it says too little."""

rewrite_model = request_body.rewrite_model


class _Function(msgspec.Struct):
    """The function part of a tool call."""

    name: str = ""
    arguments: msgspec.Raw = NO_RAW


class _Call(msgspec.Struct):
    """A tool call, or a delta of one."""

    id: str | None = None
    function: _Function | None = None


class _Message(msgspec.Struct):
    """A message: begun, or whole."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Line(msgspec.Struct):
    """One line of the stream, or a whole answer."""

    created_at: str = ""
    message: _Message | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: msgspec.Raw = NO_RAW
    eval_count: msgspec.Raw = NO_RAW
    error: msgspec.Raw = NO_RAW


_LINES = msgspec.json.Decoder(_Line)
_EMPTY = _Message()


def encode(request: ModelRequest) -> WireRequest:
    """The request of one step; the context window is the server's own setting."""
    fields: dict[str, Any] = {
        "model": request.model,
        "messages": [entry for message in request.messages for entry in _encoded(message)],
        "options": {"num_predict": request.max_tokens},
        "stream": request.stream,
    }
    if request.temperature is not None:
        fields["options"]["temperature"] = request.temperature
    if request.tools:
        fields["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.schema,
                },
            }
            for tool in request.tools
        ]
    headers = (("content-type", "application/json"), ("accept", "application/x-ndjson"))
    return WireRequest("/api/chat", headers, msgspec.json.encode(fields))


def parse(body: bytes, path: str) -> CallSpec:
    """What admission needs of a request; raises ValueError with a sentence for the agent."""
    fields = request_body.read(body)
    asked = ("messages", "prompt", "system", "suffix")
    images = fields.get("images")
    pictures = len(images) if isinstance(images, list) else 0
    extra = request_body.as_text(fields.get("tools"), fields.get("format"))
    est_in = request_body.est_in(*(fields.get(name) for name in asked), extra)
    return CallSpec(
        kind=KIND,
        model=request_body.model_of(fields),
        stream=fields.get("stream") is not False,
        tools=bool(fields.get("tools")),
        est_in=est_in + pictures * request_body.IMAGE_TOKENS,
        max_out=request_body.limit_of(part(fields, "options").get("num_predict")),
    )


def refusal(message: str, code: str) -> bytes:
    """The body of a 400 in the caller's form, which has no place for `code`."""
    return msgspec.json.encode({"error": message})


def new_decoder() -> "Decoder":
    """A fresh decoder for one answer."""
    return Decoder()


def new_tap(strip_usage: bool = False) -> "Tap":
    """A fresh tap for one answer; there is no usage chunk to strip."""
    return Tap()


class Decoder(PieceDecoder):
    """Reads one answer, streamed or whole (one line with `done`)."""

    def __init__(self) -> None:
        super().__init__(LineSplitter(), b"")
        self._calls: list[ToolCall] = []
        self._bad_call = b""

    def _frame(self, frame: Frame) -> None:
        self._body(frame.data)

    def _body(self, body: bytes) -> None:
        line = _LINES.decode(body)
        if bytes(line.error) not in ABSENT:
            self.broken = f"error in the answer: {error_text(bytes(line.error))}"
            return
        message = line.message or _EMPTY
        if thought := message.thinking or line.thinking:
            self._out.append(ThoughtPiece(thought))
        if text := message.content or line.response:
            self._out.append(TextPiece(text))
        for call in message.tool_calls or ():
            self._called(call, line.created_at)
        if line.done:
            self._finish(line)

    def _called(self, call: _Call, made_at: str) -> None:
        function = call.function or _Function()
        raw = bytes(function.arguments)
        arguments = whole_arguments(raw.decode("utf-8", "replace").removeprefix("null"))
        if arguments is None or not function.name:
            self._bad_call = raw or b"(no name)"
            return
        made = named_id(made_at, str(len(self._calls)), function.name, arguments)
        self._calls.append(ToolCall(call.id or made, function.name, arguments))

    def _finish(self, line: _Line) -> None:
        self.finished = True
        reason: Literal["end", "tools", "max_tokens"] = "tools" if self._calls else "end"
        if line.done_reason == "length":
            reason = "max_tokens"
        elif self._bad_call:
            self.broken = "a tool call's arguments are not whole"
            self._note(self.broken, self._bad_call, 0)
            return
        else:
            self._out.extend(ToolCallPiece(call) for call in self._calls)
        self._count(_usage_object(line), _usage)
        if self._reported.usage is not None:
            self._out.append(UsagePiece(self._reported.usage))
        self._out.append(StopPiece(reason))


class Tap(MeterTap):
    """Meters a forwarded answer."""

    def __init__(self) -> None:
        super().__init__(LineSplitter(), b"")

    def usage(self, est_in: int) -> Usage:
        """As every tap; a prompt count that is absent or small (cached) gives way to `est_in`."""
        usage = super().usage(est_in)
        if usage.counts == "exact" and usage.input >= est_in * _CACHED_SHARE:
            return usage
        return msgspec.structs.replace(usage, input=max(est_in, usage.input), counts="estimated")

    def _frame(self, frame: Frame) -> None:
        self._body(frame.data)

    def _body(self, body: bytes) -> None:
        line = _LINES.decode(body)
        if bytes(line.error) not in ABSENT:
            self.broken = f"error in the answer: {error_text(bytes(line.error))}"
            return
        message = line.message or _EMPTY
        self._said(len(message.content or line.response or ""))
        self._said(len(message.thinking or line.thinking or ""))
        for call in message.tool_calls or ():
            self._said(len(bytes(call.function.arguments)) if call.function else 0)
        if line.done:
            self.finished = True
            self._count(_usage_object(line), _usage)


def _usage_object(line: _Line) -> msgspec.Raw:
    """The counts of the last line as one object; absent where the answer's own count is."""
    given = bytes(line.eval_count)
    if given in ABSENT:
        return NO_RAW
    asked = bytes(line.prompt_eval_count) or b"0"
    return msgspec.Raw(b'{"input":%b,"output":%b}' % (asked, given))


def _usage(fields: dict[str, Any]) -> Usage:
    return Usage(input=tokens(fields.get("input")), output=tokens(fields.get("output")))


def _encoded(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {
                "role": "tool",
                "tool_name": result.name,
                "tool_call_id": result.call,
                "content": result.text,
            }
            for result in message.results
        ]
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        entry["tool_calls"] = [_encoded_call(call) for call in message.tool_calls]
    return [entry]


def _encoded_call(call: ToolCall) -> dict[str, Any]:
    arguments = whole_arguments(call.args_json) or "{}"
    raw = msgspec.Raw(arguments.encode("utf-8", "replace"))
    return {"id": call.id, "function": {"name": call.name, "arguments": raw}}
