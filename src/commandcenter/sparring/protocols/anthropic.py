"""Anthropic messages, the server's side (docs.anthropic.com/en/api/messages)."""

from typing import Any

from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec, Usage
from commandcenter.sparring.inquiry import Inquiry, decoded, fingerprint, text_of
from commandcenter.sparring.pace import Piece
from commandcenter.sparring.protocols.base import (
    MODELS,
    Reply,
    Stop,
    Whole,
    args_of,
    data_frame,
    json,
)
from commandcenter.sparring.wrapping import user_messages

_STOPS = {"end": "end_turn", "tools": "tool_use", "max_tokens": "max_tokens"}


def read(body: bytes) -> Inquiry:
    """The inquiry in a request body; BadInquiry when it is none."""
    tree = decoded(body)
    names: dict[str, str] = {}
    system = text_of(tree.get("system"))
    messages = [Message("system", system)] if system else []
    for message in tree["messages"]:
        if isinstance(message, dict):
            messages += _messages(message, names)
    wanted = (tree.get("output_config") or {}).get("format") or tree.get("output_format") or {}
    return Inquiry(
        kind="anthropic",
        model=tree["model"],
        messages=tuple(messages),
        fingerprint=fingerprint(tree),
        tools=tuple(
            ToolSpec(t.get("name", ""), t.get("description", ""), t.get("input_schema") or {})
            for t in tree.get("tools") or []
        ),
        stream=bool(tree.get("stream")),
        show_thinking=(tree.get("thinking") or {}).get("type") in ("enabled", "adaptive"),
        schema=wanted.get("schema"),
        max_tokens=tree.get("max_tokens"),
    )


def _messages(tree: dict[str, Any], names: dict[str, str]) -> list[Message]:
    """A user message that carries tool results becomes those results, then its text."""
    content, text = tree.get("content"), text_of(tree.get("content"))
    blocks = [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
    if tree.get("role") == "assistant":
        calls = []
        for block in blocks:
            if block.get("type") == "tool_use":
                args = json(block.get("input") or {}).decode()
                call = ToolCall(block.get("id", ""), block.get("name", ""), args)
                names[call.id] = call.name
                calls.append(call)
        return [Message("assistant", text, tuple(calls))]
    if tree.get("role") == "system":
        return [Message("system", text)]
    found = [_result(b, names) for b in blocks if b.get("type") == "tool_result"]
    messages = [Message("tool", results=tuple(found))] if found else []
    parts = [str(b["text"]) for b in blocks if b.get("text")] if blocks else [text]
    return messages + (user_messages(parts) if text or not found else [])


def _result(block: dict[str, Any], names: dict[str, str]) -> ToolResult:
    call = str(block.get("tool_use_id", ""))
    text = text_of(block.get("content"))
    return ToolResult(call, names.get(call, ""), text, not block.get("is_error"))


def usage_tree(usage: Usage, output: int) -> dict[str, Any]:
    """Usage as this protocol reports it: `input_tokens` leaves the cache out."""
    return {
        "input_tokens": usage.input - usage.cached_read - usage.cached_write,
        "cache_creation_input_tokens": usage.cached_write,
        "cache_read_input_tokens": usage.cached_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cached_write,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": output,
    }


class AnthropicSpeech:
    """One message; thinking blocks only when the client asked for thinking."""

    stream_type = "text/event-stream"

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._open = ""
        self._index = -1

    def head(self, usage: Usage) -> bytes:
        """message_start, with all of the input's counts."""
        message = self._message([], None) | {"usage": usage_tree(usage, 1)}
        started = data_frame({"type": "message_start", "message": message}, "message_start")
        return started + data_frame({"type": "ping"}, "ping")

    def piece(self, piece: Piece) -> bytes:
        """Blocks open with their first piece and close when another kind begins."""
        call = self._reply.call
        if piece.kind == "thought" and self._reply.inquiry.show_thinking:
            begun = self._block("thinking", {"type": "thinking", "thinking": "", "signature": ""})
            return begun + self._delta({"type": "thinking_delta", "thinking": piece.text})
        if piece.kind == "text":
            begun = self._block("text", {"type": "text", "text": ""})
            return begun + self._delta({"type": "text_delta", "text": piece.text})
        if piece.kind == "open" and call is not None:
            return self._block(
                "tool_use", {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
            )
        if piece.kind == "args":
            return self._delta({"type": "input_json_delta", "partial_json": piece.text})
        return b""

    def tail(self, usage: Usage, stop: Stop) -> bytes:
        """message_delta with the output's count, message_stop."""
        delta = {"stop_reason": _STOPS[stop], "stop_sequence": None}
        counts = {"output_tokens": usage.output}
        changed = {"type": "message_delta", "delta": delta, "usage": counts}
        ended = data_frame({"type": "message_stop"}, "message_stop")
        return self._closed() + data_frame(changed, "message_delta") + ended

    def whole(self, whole: Whole) -> bytes:
        """The body without streaming."""
        content: list[dict[str, Any]] = []
        if whole.thinking and self._reply.inquiry.show_thinking:
            sealed = {"type": "thinking", "thinking": whole.thinking, "signature": "practice"}
            content.append(sealed)
        if whole.text:
            content.append({"type": "text", "text": whole.text})
        if (call := whole.call) is not None:
            used = {"type": "tool_use", "id": call.id, "name": call.name, "input": args_of(call)}
            content.append(used)
        counts = usage_tree(whole.usage, whole.usage.output)
        return json(self._message(content, _STOPS[whole.stop]) | {"usage": counts})

    def _message(self, content: list[Any], stop: str | None) -> dict[str, Any]:
        return {
            "id": f"msg_{self._reply.id}",
            "type": "message",
            "role": "assistant",
            "model": self._reply.inquiry.model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
        }

    def _block(self, kind: str, block: dict[str, Any]) -> bytes:
        if self._open == kind:
            return b""
        closed = self._closed()
        self._open, self._index = kind, self._index + 1
        start = {"type": "content_block_start", "index": self._index, "content_block": block}
        return closed + data_frame(start, "content_block_start")

    def _delta(self, delta: dict[str, Any]) -> bytes:
        frame = {"type": "content_block_delta", "index": self._index, "delta": delta}
        return data_frame(frame, "content_block_delta")

    def _closed(self) -> bytes:
        if not self._open:
            return b""
        sealed = b""
        if self._open == "thinking":
            sealed = self._delta({"type": "signature_delta", "signature": "practice"})
        self._open = ""
        stop = {"type": "content_block_stop", "index": self._index}
        return sealed + data_frame(stop, "content_block_stop")


def error(kind: str, message: str) -> bytes:
    """An error body."""
    return json({"type": "error", "error": {"type": kind, "message": message}})


def models() -> bytes:
    """The answer to GET /v1/models for clients that send `anthropic-version`."""
    listed = [{"id": name, "type": "model", "display_name": name} for name in MODELS]
    return json({"data": listed, "has_more": False})
