"""Ollama chat, the server's side: NDJSON, usage on the last line (ollama docs/api.md)."""

import datetime
from typing import Any

from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec, Usage
from commandcenter.sparring.inquiry import Inquiry, decoded, fingerprint, text_of
from commandcenter.sparring.pace import Piece
from commandcenter.sparring.protocols.base import MODELS, Reply, Stop, Whole, args_of, json

VERSION = "0.12.0"
NS_PER_TOKEN = 20_000_000


def read(body: bytes) -> Inquiry:
    """The inquiry in a request body; BadInquiry when it is none."""
    tree = decoded(body)
    messages = [_message(m) for m in tree["messages"] if isinstance(m, dict)]
    functions = [tool.get("function") or {} for tool in tree.get("tools") or []]
    wanted = tree.get("format")
    most = (tree.get("options") or {}).get("num_predict")
    return Inquiry(
        kind="ollama",
        model=tree["model"],
        messages=tuple(messages),
        fingerprint=fingerprint(tree),
        tools=tuple(
            ToolSpec(f.get("name", ""), f.get("description", ""), f.get("parameters") or {})
            for f in functions
        ),
        stream=tree.get("stream") is not False,
        show_thinking=bool(tree.get("think")),
        schema={"type": "object"} if wanted == "json" else wanted or None,
        max_tokens=most if isinstance(most, int) and most > 0 else None,
    )


def _message(tree: dict[str, Any]) -> Message:
    role, text = tree.get("role"), text_of(tree.get("content"))
    if role == "tool":
        name = str(tree.get("tool_name") or tree.get("name") or "")
        return Message("tool", results=(ToolResult("", name, text),))
    if role == "assistant":
        functions = [call.get("function") or {} for call in tree.get("tool_calls") or []]
        calls = [
            ToolCall("", f.get("name", ""), json(f.get("arguments") or {}).decode())
            for f in functions
        ]
        return Message("assistant", text, tuple(calls))
    return Message("user" if role == "user" else "system", text)


class OllamaSpeech:
    """One chat answer; a tool call is one line, never in pieces."""

    stream_type = "application/x-ndjson"

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def head(self, usage: Usage) -> bytes:
        """Nothing: the first line is the first piece."""
        return b""

    def piece(self, piece: Piece) -> bytes:
        """A line of text or thinking, or the whole call once its arguments have ended."""
        call = self._reply.call
        if piece.kind == "text":
            return self._line({"content": piece.text})
        if piece.kind == "thought" and self._reply.inquiry.show_thinking:
            return self._line({"content": "", "thinking": piece.text})
        if piece.kind == "close" and call is not None:
            return self._line({"content": "", "tool_calls": [_call_tree(call)]})
        return b""

    def tail(self, usage: Usage, stop: Stop) -> bytes:
        """The line with `done`, which alone has the usage."""
        return json(self._frame({"content": ""}) | _end_tree(usage, stop)) + b"\n"

    def whole(self, whole: Whole) -> bytes:
        """The body without streaming."""
        message: dict[str, Any] = {"content": whole.text}
        if whole.thinking and self._reply.inquiry.show_thinking:
            message["thinking"] = whole.thinking
        if whole.call is not None:
            message["tool_calls"] = [_call_tree(whole.call)]
        return json(self._frame(message) | _end_tree(whole.usage, whole.stop))

    def _line(self, message: dict[str, Any]) -> bytes:
        return json(self._frame(message)) + b"\n"

    def _frame(self, message: dict[str, Any]) -> dict[str, Any]:
        moment = datetime.datetime.fromtimestamp(self._reply.created, datetime.UTC)
        return {
            "model": self._reply.inquiry.model,
            "created_at": moment.isoformat().replace("+00:00", "Z"),
            "message": {"role": "assistant"} | message,
            "done": False,
        }


def _call_tree(call: ToolCall) -> dict[str, Any]:
    return {"function": {"name": call.name, "arguments": args_of(call)}}


def _end_tree(usage: Usage, stop: Stop) -> dict[str, Any]:
    evaluated = usage.output * NS_PER_TOKEN
    return {
        "done": True,
        "done_reason": "length" if stop == "max_tokens" else "stop",
        "total_duration": evaluated + usage.input * 1000,
        "load_duration": 0,
        "prompt_eval_count": usage.input,
        "prompt_eval_duration": usage.input * 1000,
        "eval_count": usage.output,
        "eval_duration": evaluated,
    }


def error(kind: str, message: str) -> bytes:
    """An error body; `kind` has no place in this protocol."""
    return json({"error": message})


def tags() -> bytes:
    """The answer to GET /api/tags."""
    return json({"models": [{"name": name, "model": name, "size": 0} for name in MODELS]})


def version() -> bytes:
    """The answer to GET /api/version."""
    return json({"version": VERSION})
