"""OpenAI chat completions: requests both ways (platform.openai.com/docs/api-reference/chat)."""

import re
from typing import Any

import msgspec

from commandcenter.core.conversation import Message, ModelRequest
from commandcenter.wires import body as request_body
from commandcenter.wires.base import NO_LIMIT, CallSpec, Kind, WireRequest, part
from commandcenter.wires.chat_answer import Decoder, Tap

KIND: Kind = "chat"
MODEL_PATHS = frozenset({"/v1/chat/completions", "/chat/completions"})
FREE_PATHS = frozenset({("GET", "/v1/models")})

_NEW_LIMIT = re.compile(r"(?:openai/)?(?:gpt-[5-9]|o\d)")
"""Models that refuse `max_tokens` and want `max_completion_tokens`."""

rewrite_model = request_body.rewrite_model


def encode(request: ModelRequest) -> WireRequest:
    """The request of one step; streamed answers are asked to end with their usage."""
    limit = "max_completion_tokens" if _NEW_LIMIT.match(request.model) else "max_tokens"
    fields: dict[str, Any] = {
        "model": request.model,
        "messages": [entry for message in request.messages for entry in _encoded(message)],
        limit: request.max_tokens,
        "stream": request.stream,
    }
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if request.stream:
        fields["stream_options"] = {"include_usage": True}
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
    accept = "text/event-stream" if request.stream else "application/json"
    headers = (("content-type", "application/json"), ("accept", accept))
    return WireRequest("/v1/chat/completions", headers, msgspec.json.encode(fields))


def parse(body: bytes, path: str) -> CallSpec:
    """What admission needs of a request; raises ValueError with a sentence for the agent."""
    fields = request_body.read(body)
    limit = fields.get("max_completion_tokens")
    limit = request_body.limit_of(fields.get("max_tokens") if limit is None else limit)
    answers = fields.get("n")
    times = answers if isinstance(answers, int) and 1 < answers <= 128 else 1
    offered = fields.get("tools") or fields.get("functions")
    extra = request_body.as_text(offered, fields.get("response_format"))
    return CallSpec(
        kind=KIND,
        model=request_body.model_of(fields),
        stream=fields.get("stream") is True,
        tools=bool(offered),
        est_in=request_body.est_in(fields.get("messages"), extra),
        max_out=min(limit * times, NO_LIMIT),
        shaped=part(fields, "response_format").get("type") in ("json_schema", "json_object"),
        usage_asked=part(fields, "stream_options").get("include_usage") is True,
    )


def add_usage_option(body: bytes) -> bytes:
    """The same bytes asking for the usage chunk; `body` itself if it does, or does not stream.

    The caller that gets other bytes back must take `new_tap(strip_usage=True)`. Raises
    ValueError as `parse` does.
    """
    fields = request_body.read(body)
    options = part(fields, "stream_options")
    if fields.get("stream") is not True or options.get("include_usage") is True:
        return body
    wanted = msgspec.json.encode({**options, "include_usage": True})
    span = request_body.spans(body).get("stream_options")
    if span is None:
        return request_body.insert_first(body, b'"stream_options":' + wanted)
    return body[: span.start] + wanted + body[span.end :]


def refusal(message: str, code: str) -> bytes:
    """The body of a 400 in the caller's form."""
    error = {"message": message, "type": "invalid_request_error", "code": code}
    return msgspec.json.encode({"error": error})


def new_decoder() -> Decoder:
    """A fresh decoder for one answer."""
    return Decoder()


def new_tap(strip_usage: bool = False) -> Tap:
    """A fresh tap for one answer; `strip_usage` swallows the usage chunk the gate asked for."""
    return Tap(strip_usage)


def _encoded(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {"role": "tool", "tool_call_id": result.call, "content": result.text}
            for result in message.results
        ]
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        entry["content"] = message.text or None
        entry["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.args_json or "{}"},
            }
            for call in message.tool_calls
        ]
    return [entry]


__all__ = [
    "FREE_PATHS",
    "KIND",
    "MODEL_PATHS",
    "Decoder",
    "Tap",
    "add_usage_option",
    "encode",
    "new_decoder",
    "new_tap",
    "parse",
    "refusal",
    "rewrite_model",
]
