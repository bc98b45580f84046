"""One model call as sparring understands it, whatever protocol it came in."""

import hashlib
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message, ToolSpec
from commandcenter.sparring.directive import first_user_text

Kind = Literal["chat", "anthropic", "ollama"]
_UNHASHED = ("stream", "stream_options", "metadata", "client_metadata", "user", "prompt_cache_key")


class Inquiry(Record, frozen=True):
    """What was asked. `schema` is a JSON Schema the answer shall satisfy, `any_json` any object."""

    kind: Kind
    model: str
    messages: tuple[Message, ...]
    fingerprint: str
    tools: tuple[ToolSpec, ...] = ()
    stream: bool = False
    include_usage: bool = False
    show_thinking: bool = False
    schema: dict[str, Any] | None = None
    max_tokens: int | None = None

    @property
    def conversation(self) -> str:
        """16 hex digits that all calls of one conversation share."""
        return hashlib.sha256(first_user_text(self.messages).encode()).hexdigest()[:16]


class BadInquiry(ValueError):
    """A body that is no model call; the text goes to the client with status 400."""


def decoded(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; BadInquiry when it is none."""
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInquiry(f"body is no JSON: {error}") from None
    if not isinstance(tree, dict):
        raise BadInquiry("body is no JSON object")
    if not isinstance(tree.get("model"), str) or not isinstance(tree.get("messages"), list):
        raise BadInquiry("model and messages are needed")
    return tree


def fingerprint(tree: dict[str, Any]) -> str:
    """SHA-256 of the canonical body without the fields that do not change the answer."""
    kept = {key: value for key, value in tree.items() if key not in _UNHASHED}
    return hashlib.sha256(msgspec.json.encode(kept, order="sorted")).hexdigest()


def text_of(content: object) -> str:
    """The text of a message's content, be it a string, null or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part.get("text", "") for part in content if isinstance(part, dict)]
    return "\n".join(part for part in parts if isinstance(part, str) and part)
