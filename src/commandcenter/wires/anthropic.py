"""Anthropic messages: requests both ways (platform.claude.com/docs/en/api/messages)."""

from typing import Any

import msgspec

from commandcenter.core.conversation import Message, ModelRequest, ToolCall
from commandcenter.wires import body as request_body
from commandcenter.wires.anthropic_answer import Decoder, Tap
from commandcenter.wires.base import CallSpec, Kind, WireRequest, part, whole_arguments

KIND: Kind = "anthropic"
MODEL_PATHS = frozenset({"/v1/messages"})
FREE_PATHS = frozenset({("POST", "/v1/messages/count_tokens"), ("GET", "/v1/models")})
VERSION = "2023-06-01"

_CACHE = {"type": "ephemeral"}

rewrite_model = request_body.rewrite_model


def encode(request: ModelRequest) -> WireRequest:
    """The request of one step; the end of the last message is marked as a cache point."""
    system = "\n\n".join(m.text for m in request.messages if m.role == "system" and m.text)
    fields: dict[str, Any] = {"model": request.model, "max_tokens": request.max_tokens}
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if system:
        fields["system"] = system
    fields["messages"] = _messages(request.messages)
    if request.tools:
        fields["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            for tool in request.tools
        ]
    fields["stream"] = request.stream
    headers = (
        ("content-type", "application/json"),
        ("accept", "text/event-stream" if request.stream else "application/json"),
        ("anthropic-version", VERSION),
    )
    return WireRequest("/v1/messages", headers, msgspec.json.encode(fields))


def parse(body: bytes, path: str) -> CallSpec:
    """What admission needs of a request; raises ValueError with a sentence for the agent."""
    fields = request_body.read(body)
    offered = fields.get("tools")
    return CallSpec(
        kind=KIND,
        model=request_body.model_of(fields),
        stream=fields.get("stream") is True,
        tools=bool(offered),
        est_in=request_body.est_in(
            fields.get("system"), fields.get("messages"), request_body.as_text(offered)
        ),
        max_out=request_body.limit_of(fields.get("max_tokens")),
        shaped=_shaped(fields),
        bound_thinking=_bound_thinking(fields.get("messages")),
    )


def refusal(message: str, code: str) -> bytes:
    """The body of a 400 in the caller's form."""
    error = {"type": "invalid_request_error", "message": message, "code": code}
    return msgspec.json.encode({"type": "error", "error": error})


def new_decoder() -> Decoder:
    """A fresh decoder for one answer."""
    return Decoder()


def new_tap(strip_usage: bool = False) -> Tap:
    """A fresh tap for one answer; there is no usage chunk to strip."""
    return Tap()


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Neighbours of one role become one message, as results must stand beside each other."""
    found: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [] if message.role == "system" else _blocks(message)
        if not blocks:
            continue
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        else:
            found.append({"role": role, "content": blocks})
    if found:
        found[-1]["content"][-1]["cache_control"] = _CACHE
    return found


def _blocks(message: Message) -> list[dict[str, Any]]:
    """The content of one message; blocks of empty text are refused by the API."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "tool_result",
            "tool_use_id": result.call,
            "content": result.text or "(no output)",
            **({} if result.ok else {"is_error": True}),
        }
        for result in message.results
    ]
    if message.text.strip():
        blocks.append({"type": "text", "text": message.text})
    return blocks + [_tool_use(call) for call in message.tool_calls]


def _tool_use(call: ToolCall) -> dict[str, Any]:
    arguments = whole_arguments(call.args_json) or "{}"
    raw = msgspec.Raw(arguments.encode("utf-8", "replace"))
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": raw}


def _shaped(fields: dict[str, Any]) -> bool:
    """Whether the answer must be JSON of a given form (`output_config` or `output_format`)."""
    given = part(fields, "output_config").get("format") or fields.get("output_format")
    return isinstance(given, dict)


def _bound_thinking(messages: object) -> bool:
    """Whether the last assistant message carries thinking, which is bound to its model."""
    entries = messages if isinstance(messages, list) else []
    for entry in reversed(entries):
        if isinstance(entry, dict) and entry.get("role") == "assistant":
            content = entry.get("content")
            blocks = content if isinstance(content, list) else []
            return any(
                isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")
                for block in blocks
            )
    return False


__all__ = [
    "FREE_PATHS",
    "KIND",
    "MODEL_PATHS",
    "VERSION",
    "Decoder",
    "Tap",
    "encode",
    "new_decoder",
    "new_tap",
    "parse",
    "refusal",
    "rewrite_model",
]
