"""A model call of an agent as it arrives: unpacked, parsed, told apart from the main loop's."""

import zlib

from commandcenter.gate.base import GateRefused, Headers
from commandcenter.gate.call import Asked
from commandcenter.gate.door import Incoming
from commandcenter.gate.headers import header
from commandcenter.wires.base import CallSpec, CarriedWire
from commandcenter.wires.body import fingerprint

_GZIP = 31
_RATIO = 100
_SUB_CHARS = 80
_SIDE_CLASSES = {b"auxiliary", b"side_reply", b"compaction"}
_SUB_KINDS = {b"review", b"collab_spawn"}


def arrived(wire: CarriedWire, asked: Incoming, body: bytes, limit: int) -> Asked:
    """The call an agent asks for; `limit` = bytes of an unpacked body. Raises GateRefused."""
    coding = header(asked.headers, b"content-encoding").lower()
    try:
        plain = body if coding in (b"", b"identity") else unpacked(body, coding, limit)
        spec = wire.parse(plain, asked.path)
        print_ = fingerprint(plain)
    except ValueError as error:
        raise GateRefused("cc_body", f"{error}; send another") from error
    sub = sub_of(asked.headers)
    return Asked(
        asked.path,
        asked.query,
        asked.headers,
        plain,
        spec,
        packed=body if plain is not body else b"",
        fingerprint=print_,
        side=not sub and aside(asked.headers, spec),
        sub=sub,
        foreign=True,
    )


def unpacked(body: bytes, coding: bytes, limit: int) -> bytes:
    """A gzip body for reading. Raises ValueError for any other coding, and for a bomb."""
    if coding != b"gzip":
        raise ValueError("the request body is packed in a way that is not read here")
    reader = zlib.decompressobj(_GZIP)
    try:
        plain = reader.decompress(body, min(limit, _RATIO * len(body)) + 1)
    except zlib.error:
        raise ValueError("the request body cannot be unpacked") from None
    if not reader.eof or reader.unused_data:
        raise ValueError("the request body is too large, or not whole")
    return plain


def aside(headers: Headers, spec: CallSpec) -> bool:
    """By what it says itself: a title, a router, a compaction, and no step of the main loop."""
    if spec.compact or (spec.shaped and not spec.tools):
        return True
    if header(headers, b"x-claude-code-request-class") in _SIDE_CLASSES:
        return True
    kind = header(headers, b"x-openai-subagent")
    return bool(kind) and kind not in _SUB_KINDS


def sub_of(headers: Headers) -> str:
    """The agent's own id of its subagent that calls; empty = it says none."""
    name = header(headers, b"x-claude-code-agent-id")
    kind = header(headers, b"x-openai-subagent")
    if not name and kind in _SUB_KINDS:
        name = header(headers, b"thread-id") or header(headers, b"session_id") or kind
    return name[:_SUB_CHARS].decode("latin-1")
