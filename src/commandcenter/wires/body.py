"""Request bodies of agents: read with limits, weighed, changed in place at the top level only."""

import hashlib
import json
import math
import re
from typing import Any

import msgspec

from commandcenter.core.base import Record
from commandcenter.wires.base import BAD, NO_LIMIT, refused, too_deep

IMAGE_TOKENS = 1600
_BLOB_BYTES = 65_536
"""Characters of a document or sound that count like one image."""
_KEY = re.compile(
    rb'[ \t\n\r]*[{,][ \t\n\r]*("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\n\r]*:[ \t\n\r]*', re.S
)
_OPEN = re.compile(rb"[ \t\n\r]*\{[ \t\n\r]*")
_KNOWN = frozenset(
    {"model", "stream", "stream_options", "messages", "tools", "max_tokens", "input"}
)
_ENVELOPE = frozenset(
    {
        "id",
        "type",
        "role",
        "tool_call_id",
        "tool_use_id",
        "call_id",
        "signature",
        "cache_control",
        "images",
    }
)
_IMAGES = frozenset({"image", "image_url", "input_image"})
_BLOBS = frozenset({"document", "file", "input_audio", "input_file"})
_UNSAID = frozenset(
    {"stream", "stream_options", "metadata", "client_metadata", "user", "prompt_cache_key"}
)
"""Keys that may differ between a request and its repeat (gate.md 3)."""


class Span(Record, frozen=True):
    """Where the value of one top-level key stands in the body's bytes."""

    start: int
    end: int


def read(body: bytes) -> dict[str, Any]:
    """The request as a dict; raises ValueError with a sentence.

    Refused: what is not one JSON object, nesting over 128, over-long numbers, a top-level key
    given twice or in other letters (servers disagree on which one counts).
    """
    spans(body)
    try:
        fields = msgspec.json.decode(body)
    except BAD as error:
        raise refused(_short(error)) from None
    if too_deep(fields):
        raise refused("it is nested over 128 deep")
    return dict(fields)


def spans(body: bytes) -> dict[str, Span]:
    """The top-level keys of a JSON object with the places of their values."""
    try:
        values = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except BAD as error:
        raise refused(_short(error)) from None
    found: dict[str, Span] = {}
    seen: set[str] = set()
    at = 0
    while match := _KEY.match(body, at):
        key = str(json.loads(match[1]))
        folded = key.casefold()
        if folded in seen or (folded in _KNOWN and key != folded):
            raise refused(f"the key {folded[:40]!r} is given twice or in other letters")
        seen.add(folded)
        at = match.end() + len(memoryview(values[key]))
        found[key] = Span(match.end(), at)
    if len(found) != len(values):
        raise refused("its keys cannot be told apart")
    return found


def model_of(fields: dict[str, Any]) -> str:
    """The asked model; raises ValueError where none is named."""
    model = fields.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= 256:
        raise refused("it names no model")
    return model


def limit_of(value: object) -> int:
    """A maximum-output field in tokens; NO_LIMIT where none, or none in effect, is given."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < NO_LIMIT:
        return value
    return NO_LIMIT


def est_in(*parts: object) -> int:
    """Tokens of all text in `parts`: characters / 4 x 1.10, rounded up; an image counts 1600."""
    characters = images = 0
    stack = list(parts)
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            characters += len(node)
        elif isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if blobs := _blobs(node):
                images += blobs
            else:
                pictures = node.get("images")  # ollama: base64 texts beside the content
                images += len(pictures) if isinstance(pictures, list) else 0
                stack.extend(value for key, value in node.items() if key not in _ENVELOPE)
    return math.ceil(characters * 11 / 40) + images * IMAGE_TOKENS


def as_text(*values: object) -> str:
    """Tool descriptions and schemas as the text a model reads of them."""
    return "".join(msgspec.json.encode(value).decode() for value in values if value)


def rewrite_model(body: bytes, model: str) -> bytes:
    """The same bytes with another top-level `model` value; raises ValueError without one."""
    span = spans(body).get("model")
    if span is None:
        raise refused("it names no model")
    return body[: span.start] + msgspec.json.encode(model) + body[span.end :]


def fingerprint(body: bytes) -> str:
    """The same for a request and its repeat: SHA-256 of its keys in order, with the bytes of their
    values, but for those that say nothing of what is asked. Raises ValueError as `spans` does.
    """
    found = spans(body)
    digest = hashlib.sha256()
    for key in sorted(found.keys() - _UNSAID):
        digest.update(key.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(memoryview(body)[found[key].start : found[key].end])
        digest.update(b"\0")
    return digest.hexdigest()


def insert_first(body: bytes, member: bytes) -> bytes:
    """The same bytes with `member` (`"key":value`) as the first of the object."""
    opened = _OPEN.match(body)
    if opened is None:
        raise refused("it is no JSON object")
    comma = b"" if body[opened.end() : opened.end() + 1] == b"}" else b","
    return body[: opened.end()] + member + comma + body[opened.end() :]


def _blobs(node: dict[str, Any]) -> int:
    """How many images' worth of tokens this block is; 0 = it is text."""
    sort = node.get("type")
    if sort in _IMAGES:
        return 1
    if sort in _BLOBS:
        held = node.get("source") or node.get("file") or node.get("input_audio")
        held = node if sort == "input_file" else held
        if isinstance(held, dict) and held.get("type") not in ("text", "content"):
            longest = max((len(v) for v in held.values() if isinstance(v, str)), default=0)
            return max(1, math.ceil(longest / _BLOB_BYTES))
    return 0


def _short(error: BaseException) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:120]
