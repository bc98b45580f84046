"""OpenAI responses, the server's side (platform.openai.com/docs/api-reference/responses)."""

import base64
from typing import Any

from commandcenter.core.conversation import ToolCall, Usage
from commandcenter.sparring.chance import digest
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
from commandcenter.sparring.protocols.catalogue import catalogue
from commandcenter.sparring.protocols.responses_read import read

__all__ = ["ResponsesSpeech", "error", "models", "read"]

_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "compaction": "cmp",
}
_ARGS_EVENTS = {"custom_tool_call": ("custom_tool_call_input", "input")}
SEALED_CHARS = 400


def usage_tree(usage: Usage) -> dict[str, Any]:
    """Usage as this protocol reports it: the cache is a part of the input."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached_read},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.thinking},
        "total_tokens": usage.input + usage.output,
    }


class ResponsesSpeech:
    """One response: items that open, grow and are done; the summary only where it was asked for."""

    stream_type = "text/event-stream"

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._items: list[dict[str, Any]] = []
        self._open = ""
        self._text = ""
        self._n = -1

    def head(self, usage: Usage) -> bytes:
        """The response as it begins, twice, as the vendor sends it."""
        begun = {"response": self._response("in_progress", None)}
        return self._event("response.created", begun) + self._event("response.in_progress", begun)

    def piece(self, piece: Piece) -> bytes:
        """Items open with their first piece and are done when another kind begins."""
        kind = self._kind(piece)
        if not kind:
            return b""
        opened = self._opened(kind)
        self._text += piece.text
        return opened + (self._grown(piece.text) if piece.text else b"")

    def tail(self, usage: Usage, stop: Stop) -> bytes:
        """What is open is done; then the whole response with its usage."""
        closed = self._closed(broken=stop == "max_tokens")
        status = "incomplete" if stop == "max_tokens" else "completed"
        response = self._response(status, usage)
        return closed + self._event(f"response.{status}", {"response": response})

    def whole(self, whole: Whole) -> bytes:
        """The body without streaming."""
        for piece in (Piece("thought", text=whole.thinking), Piece("text", text=whole.text)):
            kind = self._kind(piece)
            if piece.text and kind:
                self._items.append(self._item(kind, piece.text, "completed"))
        if whole.call is not None:
            kind = self._call_kind(whole.call)
            self._items.append(self._item(kind, whole.call.args_json, "completed"))
        status = "incomplete" if whole.stop == "max_tokens" else "completed"
        return json(self._response(status, whole.usage))

    def _kind(self, piece: Piece) -> str:
        """The type of the item a piece belongs to; "" when it is not shown."""
        if self._reply.inquiry.compacted:
            return "compaction" if piece.kind == "text" else ""
        if piece.kind == "text":
            return "message"
        if piece.kind == "thought":
            return "reasoning" if self._reply.inquiry.show_thinking else ""
        call = self._reply.call
        return self._call_kind(call) if call is not None and piece.kind != "close" else ""

    def _call_kind(self, call: ToolCall) -> str:
        if call.name == "local_shell" and call.name in self._reply.inquiry.free_form:
            return "local_shell_call"
        return "custom_tool_call" if call.name in self._reply.inquiry.free_form else "function_call"

    def _opened(self, kind: str) -> bytes:
        if self._open == kind:
            return b""
        closed = self._closed()
        self._open, self._text = kind, ""
        item = self._item(kind, "", "in_progress")
        added = self._event("response.output_item.added", self._place() | {"item": item})
        if kind == "message":
            part = {"type": "output_text", "text": "", "annotations": []}
            added += self._part("response.content_part.added", "content_index", part)
        elif kind == "reasoning":
            part = {"type": "summary_text", "text": ""}
            added += self._part("response.reasoning_summary_part.added", "summary_index", part)
        return closed + added

    def _grown(self, text: str) -> bytes:
        name, index = self._growth()
        if not name:
            return b""
        return self._event(f"response.{name}.delta", self._where() | index | {"delta": text})

    def _growth(self) -> tuple[str, dict[str, Any]]:
        """The name of the events by which the open item grows; a local shell call does not."""
        if self._open == "message":
            return "output_text", {"content_index": 0}
        if self._open == "reasoning":
            return "reasoning_summary_text", {"summary_index": 0}
        if self._open in ("local_shell_call", "compaction"):
            return "", {}
        return _ARGS_EVENTS.get(self._open, ("function_call_arguments", ""))[0], {}

    def _closed(self, broken: bool = False) -> bytes:
        """What ends the open item; a broken one is incomplete."""
        if not self._open:
            return b""
        (name, index), field = self._growth(), "text"
        if self._open.endswith("call"):
            field = _ARGS_EVENTS.get(self._open, ("", "arguments"))[1]
        ended = b""
        if name and not broken:
            ended = self._event(
                f"response.{name}.done", self._where() | index | {field: self._text}
            )
        item = self._item(self._open, self._text, "incomplete" if broken else "completed")
        if self._open == "message":
            part = item["content"][0]
            ended += self._part("response.content_part.done", "content_index", part)
        elif self._open == "reasoning":
            part = item["summary"][0]
            ended += self._part("response.reasoning_summary_part.done", "summary_index", part)
        ended += self._event("response.output_item.done", self._place() | {"item": item})
        self._items.append(item)
        self._open = ""
        return ended

    def _part(self, event: str, index: str, part: dict[str, Any]) -> bytes:
        return self._event(event, self._where() | {index: 0, "part": part})

    def _place(self) -> dict[str, Any]:
        return {"output_index": len(self._items)}

    def _where(self) -> dict[str, Any]:
        return self._place() | {"item_id": self._item_id(self._open)}

    def _item_id(self, kind: str) -> str:
        prefix = _PREFIXES.get(kind, "lsh")
        return f"{prefix}_{digest(self._reply.id, len(self._items), kind)[:32]}"

    def _item(self, kind: str, text: str, status: str) -> dict[str, Any]:
        """An output item; `text` is its words, its summary or its arguments so far."""
        item: dict[str, Any] = {"id": self._item_id(kind), "type": kind}
        if kind == "reasoning":
            summary = [{"type": "summary_text", "text": text.strip()}] if text else []
            sealed = _sealed(self._reply.id) if status == "completed" else None
            return item | {"summary": summary, "encrypted_content": sealed}
        if kind == "compaction":
            return item | {"encrypted_content": text}
        item["status"] = status
        if kind == "message":
            part = {"type": "output_text", "text": text, "annotations": []}
            return item | {"role": "assistant", "content": [part] if text else []}
        call = self._reply.call
        assert call is not None  # only a call opens one of the other kinds
        if kind == "local_shell_call":
            action = {"type": "exec", "command": args_of(call)["command"], "env": {}}
            return item | {"call_id": call.id, "action": action}
        field = _ARGS_EVENTS.get(kind, ("", "arguments"))[1]
        return item | {"call_id": call.id, "name": call.name, field: text}

    def _response(self, status: str, usage: Usage | None) -> dict[str, Any]:
        cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
        return {
            "id": f"resp_{self._reply.id}",
            "object": "response",
            "created_at": self._reply.created,
            "status": status,
            "incomplete_details": cut,
            "error": None,
            "model": self._reply.inquiry.model,
            "output": list(self._items),
            "usage": None if usage is None else usage_tree(usage),
        }

    def _event(self, name: str, fields: dict[str, Any]) -> bytes:
        self._n += 1
        return data_frame({"type": name, "sequence_number": self._n} | fields, name)


def _sealed(reply: str) -> str:
    """Encrypted reasoning that only looks like it: the same for the same reply."""
    text = "".join(digest(reply, "sealed", n) for n in range(SEALED_CHARS * 3 // 4 // 64 + 1))
    return "gAAAA" + base64.urlsafe_b64encode(text.encode()).decode()[:SEALED_CHARS]


def error(kind: str, message: str) -> bytes:
    """An error body."""
    return json({"error": {"message": message, "type": kind, "param": None, "code": kind}})


def limit_reached(resets_at: int, left_s: int) -> bytes:
    """The body of a 429 when a plan's window is full; s since the epoch, s until then."""
    told = {
        "type": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": "pro",
        "resets_at": resets_at,
        "resets_in_seconds": left_s,
    }
    return json({"error": told})


def models() -> bytes:
    """The answer to GET /v1/models and /models; Codex wants its own catalogue under `models`."""
    listed = [{"id": name, "object": "model", "owned_by": "sparring"} for name in MODELS]
    return json({"object": "list", "data": listed, "models": catalogue()})
