"""Reading one answer: sniff what came, survive bad frames, count what was said."""

from collections.abc import Callable
from typing import Any

import msgspec

from commandcenter.core.conversation import Piece, Usage
from commandcenter.wires.base import (
    ABSENT,
    BAD,
    SAMPLE,
    Frame,
    FrameError,
    Splitter,
    estimate,
)

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of a whole (not streamed) answer."""
KEPT_ERRORS = 32
_BLANK = b"\xef\xbb\xbf \t\r\n"
_BLANK_LIMIT = 65_536


class Reported:
    """The usage the wire reported: plausible numbers only, none of them decreasing."""

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.implausible = False

    def take(self, usage: Usage) -> None:
        """Keeps `usage` (exact); raises ValueError if a number fell below its last report."""
        before = self.usage
        if before is not None and any(
            now < then for now, then in zip(_counts(usage), _counts(before), strict=True)
        ):
            raise ValueError("a token count fell")
        self.usage = usage

    def settled(self, est_in: int, chars_out: int, *, whole: bool) -> Usage:
        """The usage of an answer: exact if it is `whole` and was reported, else estimated.

        Estimated: input as reported, else `est_in`; output the larger of the last reported and
        `chars_out` / 4 (gate.md 8).
        """
        last = self.usage
        if last is None:
            return Usage(input=est_in, output=estimate(chars_out), counts="estimated")
        if whole and not self.implausible:
            return last
        return msgspec.structs.replace(
            last, output=max(last.output, estimate(chars_out)), counts="estimated"
        )


class AnswerReader:
    """Common to decoders and taps: frames one by one, whole bodies, what was bad.

    A kind gives `_frame` (one good frame) and `_body` (a whole JSON answer); both may raise
    ValueError, RecursionError, MemoryError: the frame is then noted and the next one read.
    """

    def __init__(self, splitter: Splitter, whole_begins: bytes) -> None:
        """`whole_begins`: the first bytes that mean one JSON document, not a stream."""
        self._splitter = splitter
        self._whole_begins = whole_begins
        self._head = b""
        self._whole: bytearray | None = None
        self._framed = False
        self._offset = 0
        self._reported = Reported()
        self.errors: list[FrameError] = []
        """The first 32 bad frames."""
        self.error_count = 0
        self.broken = ""
        """Why this is no whole answer; empty while nothing speaks against it."""
        self.finished = False
        """The protocol's end mark was seen."""

    def _frame(self, frame: Frame) -> None:
        raise NotImplementedError

    def _body(self, body: bytes) -> None:
        raise NotImplementedError

    def _take(self, data: bytes) -> list[Frame | FrameError]:
        """The frames that ended within `data`; none while it is unclear what comes."""
        if self._framed:
            return self._splitter.feed(data)
        if self._whole is not None:
            self._gather(data)
            return []
        return self._sniff(data)

    def _sniff(self, data: bytes) -> list[Frame | FrameError]:
        self._head += data
        text = self._head.lstrip(_BLANK)
        if not text and len(self._head) < _BLANK_LIMIT:
            return []
        head, self._head = self._head, b""
        if text[:1] == b"<":
            self.broken = "the answer is HTML"
            self._note("HTML instead of an answer", text, 0)
            self._whole = bytearray()
        elif text and text[:1] in self._whole_begins:
            self._whole = bytearray()
            self._gather(head)
        else:
            self._framed = True
            return self._splitter.feed(head)
        return []

    def _gather(self, data: bytes) -> None:
        if self.broken or self._whole is None:
            return
        self._whole += data
        if len(self._whole) > BODY_LIMIT:
            self.broken = "the answer is over 64 MiB"
            self._whole.clear()

    def _one(self, frame: Frame | FrameError) -> None:
        if isinstance(frame, FrameError):
            self._note(frame.reason, frame.sample, frame.size)
            return
        if frame.data and not self.finished and not self.broken:
            try:
                self._frame(frame)
            except BAD as error:
                self._note(_reason(error), frame.data, 0)
        self._offset += frame.size

    def _read_whole(self, body: bytes) -> None:
        """Reads one JSON document; what cannot be read makes the answer broken."""
        try:
            self._body(body)
        except BAD as error:
            self._note(_reason(error), body, 0)
            self.broken = self.broken or "the answer is not readable JSON"

    def _end(self) -> list[Frame | FrameError]:
        """The last frames; call `_close` after they were read."""
        if self._framed:
            return self._splitter.end()
        if self._whole and not self.broken:
            self._read_whole(bytes(self._whole))
        return []

    def _close(self) -> None:
        if not self.finished and not self.broken:
            self.broken = "the answer ended without its end mark"

    def _count(self, raw: msgspec.Raw, make: Callable[[dict[str, Any]], Usage]) -> None:
        """Takes the usage object `raw`, where there is one, as `make` maps it."""
        data = bytes(raw)
        if data in ABSENT:
            return
        try:
            fields = msgspec.json.decode(data)
            if not isinstance(fields, dict):
                raise ValueError("usage is not an object")
            self._reported.take(make(fields))
        except BAD as error:
            self._reported.implausible = True
            self._note(_reason(error), data, 0)

    def _note(self, reason: str, sample: bytes, size: int) -> None:
        """Records one bad frame at the present offset and steps over `size` bytes."""
        self.error_count += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(FrameError(reason, self._offset, sample[:SAMPLE], size))
        self._offset += size


class PieceDecoder(AnswerReader):
    """The decoder of a kind puts its pieces into `_out`."""

    def __init__(self, splitter: Splitter, whole_begins: bytes) -> None:
        super().__init__(splitter, whole_begins)
        self._out: list[Piece] = []

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that became complete with `data`, however the bytes were cut."""
        for frame in self._take(data):
            self._one(frame)
        return self._given()

    def end(self) -> list[Piece]:
        """The last pieces; sets `broken` when no end mark was seen."""
        for frame in self._end():
            self._one(frame)
        self._close()
        return self._given()

    def decode_body(self, body: bytes) -> list[Piece]:
        """All pieces of a whole (not streamed) answer; for a fresh decoder."""
        if body.lstrip(_BLANK)[:1] == b"<":
            self._sniff(body)
        else:
            self._read_whole(body)
        self._close()
        return self._given()

    def _given(self) -> list[Piece]:
        out, self._out = self._out, []
        return out


class MeterTap(AnswerReader):
    """The tap of a kind counts into `chars_out` and `_reported`; bytes pass unchanged."""

    def __init__(self, splitter: Splitter, whole_begins: bytes) -> None:
        super().__init__(splitter, whole_begins)
        self.chars_out = 0
        """Characters of text, thinking and tool arguments forwarded so far."""
        self.content_started = False
        """Some content of the answer was seen."""
        self.cached_write_1h = 0
        """Tokens of `cached_write` that were written for an hour (anthropic)."""

    @property
    def complete(self) -> bool:
        """The end mark was seen and nothing speaks against the answer."""
        return self.finished and not self.broken

    @property
    def implausible(self) -> bool:
        """The wire gave a usage that cannot be; own estimates are used."""
        return self._reported.implausible

    def feed(self, data: bytes) -> bytes:
        """Reads `data` and gives the bytes to forward now."""
        for frame in self._take(data):
            self._one(frame)
        return data

    def end(self) -> bytes:
        """At the clean end of the answer: reads what is left, gives the last bytes to forward."""
        for frame in self._end():
            self._one(frame)
        self._close()
        return b""

    def usage(self, est_in: int) -> Usage:
        """Exact from the wire, else estimated; `est_in` is the request's own estimate."""
        return self._reported.settled(est_in, self.chars_out, whole=self.complete)

    def _said(self, characters: int) -> None:
        if characters:
            self.content_started = True
            self.chars_out += characters


def _counts(usage: Usage) -> tuple[int, ...]:
    return (
        usage.input,
        usage.cached_read,
        usage.cached_write,
        usage.output,
        usage.thinking,
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return str(error)[:SAMPLE] or type(error).__name__
