"""The log that judges: one line when a request arrives, one when it has ended."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import Usage

CutBy = Literal["", "client", "server", "stop"]
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')


class Begun(Record, frozen=True, tag_field="event", tag="begin", omit_defaults=False):
    """A request as it arrived; `mono` in s, `wall` in ns, `headers` their names only."""

    n: int
    mono: float
    wall: int
    path: str
    kind: str
    body_sha256: str
    body_sha256_sans_model: str
    headers: tuple[str, ...]
    conversation: str = ""
    fingerprint: str = ""
    model: str = ""
    stream: bool = False
    script: str = ""
    position: int = 0
    attempt: int = 1
    onset: int | None = None
    tools: int = 0
    """Tools it offers; titles and routers offer none."""


class Ended(Record, frozen=True, tag_field="event", tag="end", omit_defaults=False):
    """How it ended: `usage` is what was really counted, `bytes` those of the body sent.

    `why` a plan gave a 429: its `window` is full, or a `stray` one.
    """

    n: int
    mono: float
    wall: int
    status: int
    usage: Usage | None
    bytes: int
    whole: bool
    cut: CutBy = ""
    why: str = ""


class Logged(Record, frozen=True, omit_defaults=False):
    """One request; `end` is None while it is in flight."""

    begin: Begun
    end: Ended | None = None


class RequestLog:
    """All requests in memory and, if a path is given, as lines of a file, flushed one by one."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = path.open("ab") if path is not None else None
        self._kept: dict[int, Logged] = {}

    def begin(self, begun: Begun) -> None:
        """Write an arrival down before anything else happens with it."""
        self._kept[begun.n] = Logged(begun)
        self._write(begun)

    def end(self, ended: Ended) -> None:
        """Write an end down; its arrival must be known."""
        self._kept[ended.n] = Logged(self._kept[ended.n].begin, ended)
        self._write(ended)

    def all(self) -> list[Logged]:
        """Every request, in order of arrival."""
        return list(self._kept.values())

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: Begun | Ended) -> None:
        if self._file is not None:
            self._file.write(msgspec.json.encode(record) + b"\n")
            self._file.flush()


def merged(lines: Iterable[bytes]) -> list[Logged]:
    """The requests of a log file, in order of arrival; a torn last line is left out."""
    found: dict[int, Logged] = {}
    for line in lines:
        if not line.endswith(b"\n"):
            continue
        record = msgspec.json.decode(line, type=Begun | Ended)
        if isinstance(record, Begun):
            found[record.n] = Logged(record)
        else:
            found[record.n] = Logged(found[record.n].begin, record)
    return list(found.values())


def sha256(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def without_model(body: bytes) -> bytes:
    """The bytes of a JSON object without the value of its top-level key `model`."""
    depth, key, last = 0, b"", b""
    for token in _TOKENS.finditer(body):
        text = token.group()
        if text in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
        elif text == b":" and depth == 1:
            key = last
        elif text == b"," and depth == 1:
            key = b""
        elif depth == 1 and key == b'"model"':
            return body[: token.start()] + body[token.end() :]
        last = text
    return body
