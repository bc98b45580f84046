"""Files only the person may read: made 0600 in a 0700 folder, written whole or not at all."""

import os
import stat
from pathlib import Path

LARGEST = 4 * 1024 * 1024
"""Bytes; no file of ours in the configuration folder comes near."""


def make_private_folder(path: Path) -> None:
    """Make `path` with all that is missing above it, 0700; one that is there must be ours.

    Raises PermissionError when it belongs to someone else or others may write to it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    seen = path.stat()
    if seen.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to user {seen.st_uid}, not to you")
    if seen.st_mode & 0o022:
        raise PermissionError(f"others may write to {path}: run  chmod 700 '{path}'")


def read_private(path: Path) -> bytes:
    """The whole of a private file, checked on the opened file and not on its name.

    Raises FileNotFoundError, or PermissionError with the command that mends it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        seen = os.fstat(descriptor)
        if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
            raise PermissionError(f"{path} is not a plain file with one name")
        if seen.st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to user {seen.st_uid}, not to you")
        if seen.st_mode & 0o077:
            raise PermissionError(f"others may read {path}: run  chmod 600 '{path}'")
        return file.read(LARGEST)


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data` at once: a crash leaves the old file or the new one."""
    make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
