"""Files of the person's checkout into a fresh worktree. No link is followed on either side, and
nothing that is already there is replaced. Everything here blocks."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_CLONE: Final = frozenset(
    {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}
)
_PIECE: Final = 64 << 20
_DEPTH: Final = 200
Going = Callable[[], bool]
"""False = stop now."""


class Stopped(Exception):
    """Whoever ordered the copy does not want it any more."""


def beneath(root: Path, name: str) -> str:
    """Where `name` really lies in `root`, relative to it: links inside are resolved, those that
    lead out are refused. Raises PermissionError, FileNotFoundError."""
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
        raise PermissionError(f"{name} is no path inside the repository")
    top = root.resolve()
    real = (top / name).resolve(strict=True)
    if not real.is_relative_to(top) or real == top:
        raise PermissionError(f"{name} is a link that leads out of the repository")
    inside = real.relative_to(top)
    if any(part.lower() == ".git" for part in (*parts, *inside.parts)):
        raise PermissionError(f"{name} is git's own")
    return str(inside)


class Copier:
    """Copies and links from one checkout into one worktree."""

    def __init__(self, source: Path, target: Path, going: Going = lambda: True) -> None:
        self._source = source.resolve()
        self._target = target.resolve()
        self._going = going
        self.files = 0
        """Files copied so far."""

    def copy(self, name: str) -> None:
        """A file or a folder with all below it; a copy by reference where the disk can.

        Raises OSError, Stopped.
        """
        real = beneath(self._source, name)
        with self._folder(self._source, real) as (folder, leaf), self._made(name) as (into, new):
            self._entry(folder, leaf, into, new, 0)

    def link(self, name: str) -> None:
        """A link to the checkout's own file or folder: what is written there is written for all.

        Raises OSError.
        """
        real = self._source / beneath(self._source, name)
        with self._made(name) as (into, new), contextlib.suppress(FileExistsError):
            os.symlink(real, new, dir_fd=into)

    def point(self, name: str) -> None:
        """A link to that very name, a link of its own or not; it is not looked where it leads.

        Raises OSError.
        """
        with self._made(name) as (into, new), contextlib.suppress(FileExistsError):
            os.symlink(self._source / name, new, dir_fd=into)

    def _made(self, name: str) -> "contextlib.AbstractContextManager[tuple[int, str]]":
        return self._folder(self._target, name, make=True)

    @contextlib.contextmanager
    def _folder(self, root: Path, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The opened folder that holds `name`, and the last part of `name`."""
        *above, leaf = PurePosixPath(name).parts
        fd = os.open(root, _FOLDER)
        try:
            for part in above:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=fd)
                below = os.open(part, _FOLDER, dir_fd=fd)
                os.close(fd)
                fd = below
            yield fd, leaf
        finally:
            os.close(fd)

    def _entry(self, folder: int, name: str, into: int, new: str, depth: int) -> None:
        """One entry; what is neither file, folder nor link is left out."""
        if not self._going():
            raise Stopped
        kind = os.lstat(name, dir_fd=folder)
        with contextlib.suppress(FileExistsError):
            if stat.S_ISLNK(kind.st_mode):
                os.symlink(os.readlink(name, dir_fd=folder), new, dir_fd=into)
            elif stat.S_ISDIR(kind.st_mode):
                self._tree(folder, name, into, new, depth)
            elif stat.S_ISREG(kind.st_mode):
                self._file(folder, name, into, new)

    def _tree(self, folder: int, name: str, into: int, new: str, depth: int) -> None:
        if depth > _DEPTH:
            raise OSError(errno.ELOOP, "folders lie too deep", name)
        source = os.open(name, _FOLDER, dir_fd=folder)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(new, dir_fd=into)
            target = os.open(new, _FOLDER, dir_fd=into)
        except OSError:
            os.close(source)
            raise
        try:
            for entry in sorted(os.listdir(source)):
                self._entry(source, entry, target, entry, depth + 1)
            os.fchmod(target, stat.S_IMODE(os.fstat(source).st_mode) | stat.S_IRWXU)
        finally:
            os.close(source)
            os.close(target)

    def _file(self, folder: int, name: str, into: int, new: str) -> None:
        with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb", buffering=0) as source:
            kind = os.fstat(source.fileno())
            if not stat.S_ISREG(kind.st_mode):
                return
            with os.fdopen(os.open(new, _NEW, 0o600, dir_fd=into), "wb", buffering=0) as target:
                if not _cloned(source.fileno(), target.fileno()):
                    shutil.copyfileobj(source, target, 1 << 20)
                os.fchmod(target.fileno(), stat.S_IMODE(kind.st_mode) & 0o777)
                os.utime(target.fileno(), ns=(kind.st_atime_ns, kind.st_mtime_ns))
        self.files += 1


def _cloned(source: int, target: int) -> bool:
    """Copied by the kernel, by reference where the disk can; False = nothing was copied yet."""
    if not hasattr(os, "copy_file_range"):
        return False
    done = 0
    try:
        while moved := os.copy_file_range(source, target, _PIECE):
            done += moved
    except OSError as error:
        if done or error.errno not in _NO_CLONE:
            raise
        return False
    return done > 0
