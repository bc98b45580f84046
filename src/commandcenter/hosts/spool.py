"""What a terminal has shown, raw, in two files of at most 8 MiB: the newer half and the older."""

import contextlib
import os
from io import FileIO
from pathlib import Path
from typing import Final

from commandcenter.core.base import Record

SPOOL_BYTES: Final = 16 << 20
NAME: Final = "pty.raw"
_OLD: Final = ".old"


class Part(Record, frozen=True):
    """Bytes of a spool from the position `start` on; positions never go back."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        """The position behind the last byte."""
        return self.start + len(self.data)


class Spool:
    """One writer. A disk that is full loses what cannot be kept, no more."""

    def __init__(self, path: Path, size: int = SPOOL_BYTES) -> None:
        self._path = path
        self._half = size // 2
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._start = _size(_older(path))
        self._file, self._size = self._opened()

    def _opened(self) -> tuple[FileIO, int]:
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return FileIO(fd, "ab"), os.fstat(fd).st_size

    @property
    def end(self) -> int:
        """The position behind everything so far."""
        return self._start + self._size

    def add(self, data: bytes) -> None:
        """More output."""
        if self._file.closed:
            return
        if self._size and self._size + len(data) > self._half:
            self._turn()
        with contextlib.suppress(OSError):
            self._size += self._file.write(data) or 0

    def _turn(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):
            self._path.replace(_older(self._path))
        self._start += self._size
        self._file, self._size = self._opened()

    def since(self, position: int, limit: int) -> Part:
        """At most `limit` bytes from `position` on, or from the oldest that is kept."""
        newest, end = self._start, self.end
        if position >= end:
            return Part(end, b"")
        oldest = newest - _size(_older(self._path))
        start = max(position, oldest)
        data = b""
        if start < newest:
            data = _piece(_older(self._path), start - oldest, min(limit, newest - start))
        if start + len(data) >= newest and len(data) < limit:
            data += _piece(self._path, start + len(data) - newest, limit - len(data))
        return Part(start, data)

    def close(self) -> None:
        """No more; the files stay."""
        self._file.close()


def tail(path: Path, limit: int) -> bytes:
    """The last `limit` bytes of the spool at `path`, of one that is being written too; empty when
    there is none."""
    newer = _last(path, limit)
    return _last(_older(path), limit - len(newer)) + newer if len(newer) < limit else newer


def _older(path: Path) -> Path:
    return path.with_name(path.name + _OLD)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _piece(path: Path, position: int, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(position)
            return file.read(limit)
    except OSError:
        return b""


def _last(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            return file.read(limit)
    except OSError:
        return b""
