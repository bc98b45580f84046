"""Server-sent events cut out of a stream of bytes, wherever it was split."""

import re

from commandcenter.wires.base import SAMPLE, Frame, FrameError

LIMIT = 8 * 1024 * 1024
"""Bytes of one event; gate.md 9 allows a line that many."""
_TOO_LONG = "an event of over 8 MiB was skipped"
_BOM = b"\xef\xbb\xbf"

_BLANK = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LINE_END = re.compile(rb"(?>\r\n|\n|\r)")
_LEAD = re.compile(rb"(?:(?::[^\r\n]*+)?(?>\r\n|\n|\r))++")
"""Comment and blank lines before an event: they go on at once."""
_OVERLAP = 3


class SseSplitter:
    """Feeds frames; comments and skipped bytes come as frames without data."""

    def __init__(self, limit: int = LIMIT) -> None:
        """`limit`: bytes an event may have."""
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._skipping = False

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """The events that ended within `data`; a long one is one error, then the next is read."""
        frames: list[Frame | FrameError] = []
        if self._buffer or self._skipping or b"\r" in data:
            self._buffer += data
            self._cut_buffer(frames)
        else:
            *blocks, rest = data.split(b"\n\n")
            for block in blocks:
                self._emit(block, len(block) + 2, frames)
            if rest:
                self._buffer += rest
                self._searched = max(0, len(rest) - _OVERLAP)
                self._tidy(frames)
        return frames

    def end(self) -> list[Frame | FrameError]:
        """The event that lacked its blank line, if it stood whole otherwise."""
        frames: list[Frame | FrameError] = []
        rest = bytes(self._buffer)
        self._buffer.clear()
        if rest and self._skipping:
            frames.append(Frame(b"", b"", len(rest)))
        elif rest:
            self._emit(rest, len(rest), frames)
        return frames

    def _cut_buffer(self, frames: list[Frame | FrameError]) -> None:
        buffer = self._buffer
        begin = 0
        while match := _BLANK.search(buffer, max(begin, self._searched)):
            if match.end() == len(buffer) and buffer[-1] == 13:
                break  # the next byte may be the second half of CR LF
            size = match.end() - begin
            if self._skipping:
                self._skipping = False
                frames.append(Frame(b"", b"", size))
            else:
                self._emit(bytes(buffer[begin : match.start()]), size, frames)
            begin = self._searched = match.end()
        del buffer[:begin]
        self._searched = max(0, len(buffer) - _OVERLAP)
        self._tidy(frames)

    def _tidy(self, frames: list[Frame | FrameError]) -> None:
        """Comments leave the buffer, and what outgrew the limit."""
        buffer = self._buffer
        if buffer and not self._skipping and buffer[0] in b":\r\n":
            stop = len(buffer) - (buffer[-1] == 13)
            if lead := _LEAD.match(buffer, 0, stop):
                frames.append(Frame(b"", b"", lead.end()))
                del buffer[: lead.end()]
                self._searched = max(0, len(buffer) - _OVERLAP)
        if len(buffer) <= (_OVERLAP if self._skipping else self._limit):
            return
        gone = len(buffer) - _OVERLAP
        if self._skipping:
            frames.append(Frame(b"", b"", gone))
        else:
            frames.append(FrameError(_TOO_LONG, 0, bytes(buffer[:SAMPLE]), gone))
        self._skipping = True
        del buffer[:gone]
        self._searched = 0

    def _emit(self, block: bytes, size: int, frames: list[Frame | FrameError]) -> None:
        if block.startswith((b":", b"\n", b"\r")) and (lead := _LEAD.match(block)):
            frames.append(Frame(b"", b"", lead.end()))
            block, size = block[lead.end() :], size - lead.end()
        if len(block) > self._limit:
            frames.append(FrameError(_TOO_LONG, 0, block[:SAMPLE], size))
        elif block.startswith(b"data: ") and b"\n" not in block and b"\r" not in block:
            frames.append(Frame(b"", block[6:], size))
        else:
            frames.append(_fields(block, size))


def _fields(block: bytes, size: int) -> Frame:
    """Reads the lines of one event; other fields than `event` and `data` are left alone."""
    name = b""
    found: list[bytes] = []
    for line in _LINE_END.split(block.removeprefix(_BOM)):
        field, _, value = line.partition(b":")
        if field == b"data":
            found.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    return Frame(name, b"\n".join(found), size)
