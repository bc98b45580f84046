"""OpenAI chat completions, the server's side (platform.openai.com/docs/api-reference/chat)."""

from typing import Any

from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec, Usage
from commandcenter.sparring.inquiry import Inquiry, decoded, fingerprint, text_of
from commandcenter.sparring.pace import Piece
from commandcenter.sparring.protocols.base import Reply, Stop, Whole, data_frame, json
from commandcenter.sparring.wrapping import user_messages

_STOPS = {"end": "stop", "tools": "tool_calls", "max_tokens": "length"}


def read(body: bytes) -> Inquiry:
    """The inquiry in a request body; BadInquiry when it is none."""
    tree = decoded(body)
    names: dict[str, str] = {}
    found = [_message(m, names) for m in tree["messages"] if isinstance(m, dict)]
    messages = [part for message in found for part in _unwrapped(message)]
    wanted = tree.get("response_format") or {}
    schema = wanted.get("json_schema", {}).get("schema") if isinstance(wanted, dict) else None
    if schema is None and isinstance(wanted, dict) and wanted.get("type") == "json_object":
        schema = {"type": "object"}
    return Inquiry(
        kind="chat",
        model=tree["model"],
        messages=tuple(messages),
        fingerprint=fingerprint(tree),
        tools=tuple(_tools(tree)),
        stream=bool(tree.get("stream")),
        include_usage=bool((tree.get("stream_options") or {}).get("include_usage")),
        schema=schema,
        max_tokens=tree.get("max_completion_tokens") or tree.get("max_tokens"),
    )


def _tools(tree: dict[str, Any]) -> list[ToolSpec]:
    functions = [tool.get("function") or {} for tool in tree.get("tools") or []]
    return [
        ToolSpec(f.get("name", ""), f.get("description", ""), f.get("parameters") or {})
        for f in functions
    ]


def _unwrapped(message: Message) -> list[Message]:
    return user_messages([message.text]) if message.role == "user" else [message]


def _message(tree: dict[str, Any], names: dict[str, str]) -> Message:
    role, text = tree.get("role"), text_of(tree.get("content"))
    if role == "tool":
        answered = str(tree.get("tool_call_id", ""))
        return Message("tool", results=(ToolResult(answered, names.get(answered, ""), text),))
    if role == "assistant":
        calls = []
        for call_tree in tree.get("tool_calls") or []:
            function = call_tree.get("function") or {}
            call = ToolCall(
                call_tree.get("id", ""), function.get("name", ""), function.get("arguments", "")
            )
            names[call.id] = call.name
            calls.append(call)
        return Message("assistant", text, tuple(calls))
    return Message("user" if role == "user" else "system", text)


def usage_tree(usage: Usage) -> dict[str, Any]:
    """Usage as this protocol reports it: the cache is a part of the prompt."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached_read},
        "completion_tokens_details": {"reasoning_tokens": usage.thinking},
    }


class ChatSpeech:
    """One chat completion; usage in a stream only when the client asked for it."""

    stream_type = "text/event-stream"

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def head(self, usage: Usage) -> bytes:
        """The chunk with the role."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, piece: Piece) -> bytes:
        """Thinking is hidden; text and arguments are deltas."""
        call = self._reply.call
        if piece.kind == "text":
            return self._chunk({"content": piece.text})
        if piece.kind == "open" and call is not None:
            function = {"name": call.name, "arguments": ""}
            opened = {"index": 0, "id": call.id, "type": "function", "function": function}
            return self._chunk({"tool_calls": [opened]})
        if piece.kind == "args":
            part = {"index": 0, "function": {"arguments": piece.text}}
            return self._chunk({"tool_calls": [part]})
        return b""

    def tail(self, usage: Usage, stop: Stop) -> bytes:
        """The reason, the usage if asked for, the end mark."""
        frames = self._chunk({}, _STOPS[stop])
        if self._reply.inquiry.include_usage:
            frames += data_frame(self._frame([]) | {"usage": usage_tree(usage)})
        return frames + b"data: [DONE]\n\n"

    def whole(self, whole: Whole) -> bytes:
        """The body without streaming."""
        message: dict[str, Any] = {"role": "assistant", "content": whole.text or None}
        if whole.call is not None:
            function = {"name": whole.call.name, "arguments": whole.call.args_json}
            message["tool_calls"] = [
                {"id": whole.call.id, "type": "function", "function": function}
            ]
        choice = {"index": 0, "message": message, "finish_reason": _STOPS[whole.stop]}
        frame = self._frame([choice]) | {"object": "chat.completion"}
        return json(frame | {"usage": usage_tree(whole.usage)})

    def _chunk(self, delta: dict[str, Any], stop: str | None = None) -> bytes:
        frame = self._frame([{"index": 0, "delta": delta, "finish_reason": stop}])
        return data_frame(frame | ({"usage": None} if self._reply.inquiry.include_usage else {}))

    def _frame(self, choices: list[Any]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._reply.id}",
            "object": "chat.completion.chunk",
            "created": self._reply.created,
            "model": self._reply.inquiry.model,
            "choices": choices,
        }


def error(kind: str, message: str) -> bytes:
    """An error body."""
    return json({"error": {"message": message, "type": kind, "param": None, "code": kind}})
