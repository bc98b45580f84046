"""One model call as sparring understands it, whatever protocol it came in."""

import hashlib
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message, ToolSpec
from commandcenter.sparring.directive import first_user_text

Kind = Literal["chat", "anthropic", "ollama", "responses"]
_UNHASHED = ("stream", "stream_options", "metadata", "client_metadata", "user", "prompt_cache_key")


class Inquiry(Record, frozen=True):
    """What was asked. `schema` is a JSON Schema the answer shall satisfy.

    `free_form` names the tools that take plain text instead of a JSON object (responses);
    `compacted` is the conversation sealed, where nothing but that is wanted.
    """

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
    free_form: tuple[str, ...] = ()
    compacted: str = ""

    @property
    def conversation(self) -> str:
        """16 hex digits that all calls of one conversation share."""
        return hashlib.sha256(first_user_text(self.messages).encode()).hexdigest()[:16]


class BadInquiry(ValueError):
    """A body that is no model call; the text goes to the client with status 400."""


def decoded(body: bytes, said: str = "messages") -> dict[str, Any]:
    """The body as a JSON object with a conversation under `said`; BadInquiry when it is none."""
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInquiry(f"body is no JSON: {error}") from None
    if not isinstance(tree, dict):
        raise BadInquiry("body is no JSON object")
    shapes = (str, list) if said == "input" else list
    if not isinstance(tree.get("model"), str) or not isinstance(tree.get(said), shapes):
        raise BadInquiry(f"model and {said} are needed")
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
