"""Newline-delimited JSON cut out of a stream of bytes, wherever it was split."""

from commandcenter.wires.base import SAMPLE, Frame, FrameError

LIMIT = 16 * 1024 * 1024
"""Bytes of one line."""
_TOO_LONG = "a line of over 16 MiB was skipped"
_BOM = b"\xef\xbb\xbf"


class LineSplitter:
    """Feeds one frame a line, without its line end and outer blanks; blank lines have no data."""

    def __init__(self, limit: int = LIMIT) -> None:
        """`limit`: bytes a line may have."""
        self._limit = limit
        self._buffer = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """The lines that ended within `data`; a long one is one error, then the next is read."""
        frames: list[Frame | FrameError] = []
        first, newline, rest = data.partition(b"\n")
        if self._buffer or self._skipping or not newline:
            self._buffer += first
            if newline:
                self._close(1, frames)
            else:
                self._bound(frames)
                return frames
        else:
            self._emit(first, len(first) + 1, frames)
        *whole, last = rest.split(b"\n")
        for line in whole:
            self._emit(line, len(line) + 1, frames)
        self._buffer += last
        self._bound(frames)
        return frames

    def end(self) -> list[Frame | FrameError]:
        """The last line, if no line end came."""
        frames: list[Frame | FrameError] = []
        if self._buffer or self._skipping:
            self._close(0, frames)
        return frames

    def _close(self, newline: int, frames: list[Frame | FrameError]) -> None:
        line = bytes(self._buffer)
        self._buffer.clear()
        if self._skipping:
            self._skipping = False
            frames.append(Frame(b"", b"", len(line) + newline))
        else:
            self._emit(line, len(line) + newline, frames)

    def _bound(self, frames: list[Frame | FrameError]) -> None:
        size = len(self._buffer)
        if self._skipping and size:
            frames.append(Frame(b"", b"", size))
            self._buffer.clear()
        elif size > self._limit:
            frames.append(FrameError(_TOO_LONG, 0, bytes(self._buffer[:SAMPLE]), size))
            self._buffer.clear()
            self._skipping = True

    def _emit(self, line: bytes, size: int, frames: list[Frame | FrameError]) -> None:
        if len(line) > self._limit:
            frames.append(FrameError(_TOO_LONG, 0, line[:SAMPLE], size))
        else:
            frames.append(Frame(b"", line.removeprefix(_BOM).strip(b" \t\r"), size))
