"""What every wire gives and takes: requests, call specs, frames, and the checks all share."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import ModelRequest, Piece, Usage
from commandcenter.core.text import one_line

Kind = Literal["chat", "anthropic", "ollama", "responses"]

NO_LIMIT = 1_000_000_000
"""`max_out` of a request that names none, and the largest plausible token count."""
DEPTH_LIMIT = 128
SAMPLE = 200
BAD = (ValueError, RecursionError, MemoryError)
"""All a decoder may raise on hostile bytes (reliability.md 8.6)."""
NO_RAW = msgspec.Raw(b"")
ABSENT = (b"", b"null")
"""The bytes of a raw member that was not given."""


class WireRequest(Record, frozen=True):
    """One HTTP request to a provider, without credentials and host."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class CallSpec(Record, frozen=True):
    """What admission must know of a request; `est_in` and `max_out` in tokens."""

    kind: Kind
    model: str
    stream: bool
    tools: bool
    est_in: int
    max_out: int
    bound_thinking: bool = False
    """The last assistant message carries thinking bound to its model (gate.md 6)."""
    usage_asked: bool = True
    """Chat: the caller asked for the usage chunk itself, so it must not be swallowed."""
    shaped: bool = False
    """The answer must be JSON of a form that the request gives."""
    compact: bool = False
    """It asks for a shorter conversation, not for a step of it."""


class Frame(Record, frozen=True):
    """One event or line; `size` bytes of the stream belong to it; no data = nothing to read."""

    name: bytes
    data: bytes
    size: int


class FrameError(Record, frozen=True):
    """One frame that was skipped: why, where it began, and at most its first 200 bytes."""

    reason: str
    offset: int
    sample: bytes
    size: int = 0


class Splitter(Protocol):
    """Cuts a stream of bytes into frames; never raises on content."""

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """The frames that ended within `data`."""
        ...

    def end(self) -> list[Frame | FrameError]:
        """What stood unfinished when the stream ended."""
        ...


class AnswerDecoder(Protocol):
    """Reads one answer for the native loop; whole when `finished` and not `broken`."""

    errors: list[FrameError]
    broken: str
    finished: bool

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that became complete with `data`, however the bytes were cut."""
        ...

    def end(self) -> list[Piece]:
        """The last pieces; sets `broken` when no end mark was seen."""
        ...

    def decode_body(self, body: bytes) -> list[Piece]:
        """All pieces of a whole (not streamed) answer."""
        ...


class AnswerTap(Protocol):
    """Meters one answer that is forwarded (gate.md 8)."""

    errors: list[FrameError]
    broken: str
    content_started: bool
    chars_out: int
    cached_write_1h: int

    @property
    def complete(self) -> bool:
        """The end mark was seen and nothing speaks against the answer."""
        ...

    @property
    def implausible(self) -> bool:
        """The wire gave a usage that cannot be; own estimates are used."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Reads `data` and gives the bytes to forward now."""
        ...

    def end(self) -> bytes:
        """At the clean end of the answer: reads what is left, gives the last bytes to forward."""
        ...

    def usage(self, est_in: int) -> Usage:
        """Exact from the wire, else estimated; `est_in` is the request's own estimate."""
        ...


class CarriedWire(Protocol):
    """What the gate needs of a kind: every module `chat`, `anthropic`, `ollama`, `responses`."""

    KIND: Kind
    MODEL_PATHS: frozenset[str]
    FREE_PATHS: frozenset[tuple[str, str]]

    def parse(self, body: bytes, path: str) -> CallSpec:
        """What admission needs; raises ValueError with a sentence for the agent."""
        ...

    def rewrite_model(self, body: bytes, model: str) -> bytes:
        """The same bytes with another top-level `model` value; raises ValueError without one."""
        ...

    def refusal(self, message: str, code: str) -> bytes:
        """The body of a 400 in the caller's form (gate.md 7)."""
        ...

    def new_tap(self, strip_usage: bool = False) -> AnswerTap:
        """A fresh tap for one answer; `strip_usage` swallows the usage chunk (chat only)."""
        ...


class Wire(CarriedWire, Protocol):
    """What our own loop speaks as well: `chat`, `anthropic`, `ollama`."""

    def encode(self, request: ModelRequest) -> WireRequest:
        """The provider's request for one step of the native loop."""
        ...

    def new_decoder(self) -> AnswerDecoder:
        """A fresh decoder for one answer."""
        ...


def tokens(value: object) -> int:
    """A token count of the wire; raises ValueError unless 0 <= n <= 1e9 and whole."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer() and abs(value) <= NO_LIMIT:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= NO_LIMIT:
        raise ValueError("a token count is implausible")
    return value


def part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under `name`; empty where it is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def whole_arguments(text: str) -> str | None:
    """The JSON object of a tool call's arguments; None unless it ended whole and is safe.

    Empty text is `{}`. Refused: anything but one object, double keys, NaN, integers over
    64 bit, lone surrogates, nesting over 128.
    """
    if not text.strip():
        return "{}"
    try:
        value = msgspec.json.decode(text)
        json.loads(text, object_pairs_hook=_single, parse_int=_bounded)
    except BAD:
        return None
    return text if isinstance(value, dict) and not too_deep(value) else None


def too_deep(value: object) -> bool:
    """Whether lists and objects are nested more than 128 deep."""
    level: list[object] = [value]
    for _ in range(DEPTH_LIMIT):
        level = [
            child for node in level for child in _children(node) if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def named_id(*parts: str) -> str:
    """A tool call id for servers that give none: the same bytes give the same id."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return "call_" + hashlib.blake2b(text, digest_size=12).hexdigest()


def error_text(raw: bytes) -> str:
    """An error object or string of a provider in at most 200 characters."""
    try:
        value = msgspec.json.decode(raw)
    except BAD:
        value = raw.decode("utf-8", "replace")
    if isinstance(value, dict):
        inner = value.get("error", value)
        value = inner
        if isinstance(inner, dict):
            named = (inner.get("type") or inner.get("code"), inner.get("message"))
            value = ": ".join(str(word) for word in named if word) or inner
    return one_line(str(value), SAMPLE)


def estimate(characters: int) -> int:
    """Tokens of `characters` characters, at four to the token, rounded up."""
    return math.ceil(characters / 4)


def refused(error: str) -> ValueError:
    """A refusal of a request's body as the sentence the agent is told."""
    return ValueError(f"the request body cannot be read: {error}")


def _children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("double key")
    return found


def _bounded(digits: str) -> int:
    value = int(digits)
    if not -(2**63) <= value < 2**64:
        raise ValueError("an integer of over 64 bit")
    return value
