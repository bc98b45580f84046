"""Files beneath one workspace, opened component by component; no link is ever followed.

Everything here blocks: the engine calls it by `asyncio.to_thread`.
"""

import contextlib
import errno
import hashlib
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import Record
from commandcenter.hosts.grep import Grep
from commandcenter.rules.floor import Mode, refused_name

LIMIT_BYTES: Final = 16 << 20
LIST_LIMIT: Final = 2_000
SEARCH_LIMIT_BYTES: Final = 64 << 20
HITS: Final = 200
_PATH_LIMIT: Final = 4096
_DEPTH: Final = 256
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SKIPPED: Final = frozenset([".git", "node_modules", ".venv", "__pycache__"])

_serial = itertools.count()


class Content(Record, frozen=True):
    """A file's text; `digest` = SHA-256 of its bytes, 64 hex digits."""

    text: str
    digest: str


class Written(Record, frozen=True):
    """What a write replaced by what: SHA-256 of the bytes, `old` "" for a new file."""

    path: str
    old: str
    new: str


class Listed(Record, frozen=True):
    """One entry of a folder; bytes for a file, else 0."""

    name: str
    kind: Literal["file", "folder", "link", "other"]
    size: int = 0


class Hit(Record, frozen=True):
    """A matching line, cut at 250 characters; counted from 1."""

    path: str
    line: int
    text: str


class Found(Record, frozen=True):
    """Hits in order of path; `cut` says which limit ended the search, "" when none."""

    hits: tuple[Hit, ...]
    cut: str = ""


class Files:
    """The one way to a path that an agent named. Raises PermissionError (not allowed),
    FileNotFoundError, ValueError (not what was expected), each with a sentence for the agent.
    """

    def __init__(self, root: Path) -> None:
        self._given = root.absolute()
        self._root = root.resolve()

    def read(self, path: str) -> Content:
        """A text file of at most 16 MiB."""
        with self._parent(path, "read") as (folder, name):
            data = _read(folder, name, path)
            self._check_beneath(folder, path)
        return Content(_text(data, path), _digest(data))

    def write(self, path: str, text: str) -> Written:
        """Create or replace a text file and the folders above it: temp file, fsync, rename."""
        with self._parent(path, "write", make=True) as (folder, name):
            return self._replace(folder, name, path, text)

    def edit(self, path: str, old: str, new: str) -> Written:
        """Replace the one place where `old` stands. ValueError when it stands nowhere or
        more than once."""
        with self._parent(path, "write") as (folder, name):
            before = _text(_read(folder, name, path), path)
            places = before.count(old) if old else 0
            if places != 1:
                raise ValueError(f"the old text stands {places} times in {path}; it must be once")
            return self._replace(folder, name, path, before.replace(old, new))

    def list(self, path: str = ".") -> tuple[Listed, ...]:
        """The entries of a folder by name, at most 2 000."""
        with self._folder(path) as folder:
            with os.scandir(folder) as entries:
                names = sorted(itertools.islice((e.name for e in entries), LIST_LIMIT))
            listed = (_listed(folder, name) for name in names)
            return tuple(entry for entry in listed if entry is not None)

    def search(self, pattern: str, path: str = ".", *, regex: bool = False) -> Found:
        """Lines that hold a text, or match a simple regular expression (at most two repeats,
        none of them over a group). Skips binary files, links and what git or packages keep.

        Ends after 200 hits, 64 MiB or 2 s.
        """
        with Grep(pattern, regex=regex) as grep, contextlib.ExitStack() as opened:
            if self._is_file(path):
                return _search(grep, iter([(path, self.read(path).text.encode())]))
            folder = opened.enter_context(self._folder(path))
            return _search(grep, _walk(folder, "" if path in ("", ".") else path.rstrip("/") + "/"))

    def _is_file(self, path: str) -> bool:
        if not path.strip("./"):
            return False
        with self._parent(path, "read") as (folder, name):
            listed = _listed(folder, name)
        return listed is not None and listed.kind == "file"

    def _parts(self, path: str, mode: Mode) -> tuple[str, ...]:
        """The components below the root, the text taken literally."""
        if not path or "\0" in path:
            raise ValueError("a path is neither empty nor holds NUL")
        if len(path.encode("utf-8", "surrogatepass")) > _PATH_LIMIT:
            raise ValueError(f"a path is at most {_PATH_LIMIT} bytes long")
        parts = tuple(part for part in path.split("/") if part not in ("", "."))
        if path.startswith("/"):
            parts = self._below(parts, path)
        if refused := refused_name(parts, mode):
            raise PermissionError(refused)
        return parts

    def _below(self, parts: tuple[str, ...], path: str) -> tuple[str, ...]:
        for root in (self._root, self._given):
            above = root.parts[1:]
            if parts[: len(above)] == above:
                return parts[len(above) :]
        raise PermissionError(f"{path} is outside the workspace")

    @contextlib.contextmanager
    def _folder(self, path: str) -> Iterator[int]:
        """The opened folder itself."""
        with contextlib.ExitStack() as opened:
            parts = self._parts(path or ".", "read")
            folder = self._walk_down(parts, path, opened, make=False)
            self._check_beneath(folder, path)
            yield folder

    @contextlib.contextmanager
    def _parent(self, path: str, mode: Mode, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The opened folder above a file, and the file's name."""
        parts = self._parts(path, mode)
        if not parts or parts[-1] == "..":
            raise ValueError(f"{path} is a folder")
        with contextlib.ExitStack() as opened:
            yield self._walk_down(parts[:-1], path, opened, make=make), parts[-1]

    def _walk_down(
        self, parts: tuple[str, ...], path: str, opened: contextlib.ExitStack, *, make: bool
    ) -> int:
        """Open one component after the other; `..` goes back to the one opened before."""
        folders = [_opened(str(self._root), None, path, opened)]
        for part in parts:
            if part == "..":
                folders.pop()
                if not folders:
                    raise PermissionError(f"{path} is outside the workspace")
                continue
            if len(folders) > _DEPTH:
                raise ValueError(f"{path} is too deep")
            if make:
                with contextlib.suppress(FileExistsError):
                    _mkdir(part, folders[-1])
            folders.append(_opened(part, folders[-1], path, opened))
        return folders[-1]

    def _check_beneath(self, folder: int, path: str) -> None:
        """A folder may have been moved out after it was opened: climb and see."""
        root = os.stat(self._root, follow_symlinks=False)
        with contextlib.ExitStack() as opened:
            at = folder
            for _ in range(_DEPTH):
                here = os.fstat(at)
                if os.path.samestat(here, root):
                    return
                at = _opened("..", at, path, opened)
                if os.path.samestat(here, os.fstat(at)):
                    break  # the top of the file system
        raise PermissionError(f"{path} was moved out of the workspace")

    def _replace(self, folder: int, name: str, path: str, text: str) -> Written:
        data = text.encode("utf-8", "surrogateescape")
        if len(data) > LIMIT_BYTES:
            raise ValueError(f"{path}: a file is at most {LIMIT_BYTES >> 20} MiB")
        old, mode = _existing(folder, name, path)
        self._check_beneath(folder, path)
        _put(folder, name, data, mode)
        try:
            self._check_beneath(folder, path)
        except PermissionError:
            _undo(folder, name, old, mode)
            raise
        return Written(path, _digest(old) if old is not None else "", _digest(data))


def _opened(name: str, folder: int | None, path: str, opened: contextlib.ExitStack) -> int:
    try:
        fd = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        raise _said(error, path) from error
    opened.callback(os.close, fd)
    return fd


def _said(error: OSError, path: str) -> Exception:
    """The system's error as a sentence of ours."""
    if error.errno == errno.ENOENT:
        return FileNotFoundError(f"there is no {path}")
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return PermissionError(f"{path} leads over a link: links are not followed")
    if error.errno == errno.ENOTDIR:
        return PermissionError(f"{path} leads over a link or file where a folder must be")
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EISDIR, errno.ENXIO):
        return ValueError(f"{path[:80]}: {error.strerror}")
    return PermissionError(f"{path}: {error.strerror}")


def _mkdir(name: str, folder: int) -> None:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        raise
    except OSError as error:
        raise _said(error, name) from error


def _read(folder: int, name: str, path: str) -> bytes:
    """A regular file with one name only: a second could be a denied file's."""
    try:
        fd = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        raise _said(error, path) from error
    try:
        _check_regular(os.fstat(fd), path)
        with open(fd, "rb", closefd=False) as file:
            data = file.read(LIMIT_BYTES + 1)
    finally:
        os.close(fd)
    if len(data) > LIMIT_BYTES:
        raise ValueError(f"{path} is larger than {LIMIT_BYTES >> 20} MiB")
    return data


def _check_regular(seen: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(seen.st_mode):
        raise ValueError(f"{path} is a folder")
    if not stat.S_ISREG(seen.st_mode):
        raise PermissionError(f"{path} is no regular file")
    if seen.st_nlink != 1:
        raise PermissionError(f"{path} has a second name (hard link)")
    if seen.st_size > LIMIT_BYTES:
        raise ValueError(f"{path} is larger than {LIMIT_BYTES >> 20} MiB")


def _existing(folder: int, name: str, path: str) -> tuple[bytes | None, int | None]:
    """The bytes and permission bits of what a write would replace; None, None = nothing."""
    try:
        data = _read(folder, name, path)
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None, None
    return data, stat.S_IMODE(seen.st_mode) & 0o777


def _put(folder: int, name: str, data: bytes, mode: int | None) -> None:
    temp = f".cc-{os.getpid()}-{next(_serial)}.tmp"
    try:
        with contextlib.ExitStack() as left:
            fd = os.open(temp, _NEW, 0o666, dir_fd=folder)
            left.callback(os.unlink, temp, dir_fd=folder)
            with os.fdopen(fd, "wb") as file:
                if mode is not None:
                    os.fchmod(fd, mode)
                file.write(data)
                file.flush()
                os.fsync(fd)
            os.rename(temp, name, src_dir_fd=folder, dst_dir_fd=folder)
            left.pop_all()
        os.fsync(folder)
    except OSError as error:
        raise _said(error, name) from error


def _undo(folder: int, name: str, old: bytes | None, mode: int | None) -> None:
    """Leave a folder that has been moved out as it was."""
    if old is None:
        os.unlink(name, dir_fd=folder)
    else:
        _put(folder, name, old, mode)


def _text(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8") from None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _listed(folder: int, name: str) -> Listed | None:
    try:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None  # gone meanwhile
    if stat.S_ISREG(seen.st_mode):
        return Listed(name, "file", seen.st_size)
    if stat.S_ISDIR(seen.st_mode):
        return Listed(name, "folder")
    return Listed(name, "link" if stat.S_ISLNK(seen.st_mode) else "other")


def _search(grep: Grep, files: Iterator[tuple[str, bytes]]) -> Found:
    hits: list[Hit] = []
    read = 0
    for name, data in files:
        read += len(data)
        hits += (Hit(name, number, text) for number, text in grep.lines(data))
        if len(hits) >= HITS:
            return Found(tuple(hits[:HITS]), f"{HITS} hits")
        if grep.late or read > SEARCH_LIMIT_BYTES:
            return Found(tuple(hits), "2 s" if grep.late else "64 MiB")
    return Found(tuple(hits))


def _walk(folder: int, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file that may be read, depth first by name."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if name in _SKIPPED or refused_name((name,), "read"):
            continue
        with contextlib.suppress(OSError, ValueError):  # a link, a pipe, too large, gone
            yield f"{prefix}{name}", _read(folder, name, name)
        if prefix.count("/") < _DEPTH:
            yield from _walk_below(folder, name, prefix)


def _walk_below(folder: int, name: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    try:
        fd = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:
        return  # no folder
    try:
        yield from _walk(fd, f"{prefix}{name}/")
    finally:
        os.close(fd)
