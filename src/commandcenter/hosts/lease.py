"""The lease of a workspace: at most one session of a thread acts in it (agents.md 5)."""

import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec

from commandcenter.core.base import Record

FILE: Final = "lease"


class Held(Record, frozen=True):
    """Who has it, as the file says it: for whoever looks from outside."""

    epoch: int
    pids: tuple[tuple[int, int], ...] = ()
    """(pid, start time) of its processes when they were last looked at."""


class LeaseTaken(Exception):
    """Another epoch, or another engine, has it; `epoch` 0 = not known."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"its workspace is in the hands of session {epoch}")
        self.epoch = epoch


class Lease:
    """One file, locked by this process for as long as an epoch has it. Blocks for a write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd = -1
        self.epoch = 0
        """Who has it; 0 = nobody."""

    def take(self, epoch: int) -> None:
        """For a session that begins; the same one may say it again. Raises LeaseTaken, OSError."""
        if self.epoch not in (0, epoch):
            raise LeaseTaken(self.epoch)
        if self._fd < 0:
            self._fd = self._locked()
        self._hold(epoch)

    def move(self, old: int, new: int) -> None:
        """From a session that is stopped for good to the one that follows it; nobody has it in
        between. Raises LeaseTaken when `old` has it not, OSError."""
        if self.epoch not in (0, old):
            raise LeaseTaken(self.epoch)
        if self._fd < 0:
            self._fd = self._locked()
        self._hold(new)

    def give(self, epoch: int) -> None:
        """The session is gone; what another one has stays its own."""
        if self.epoch == epoch and self._fd >= 0:
            os.close(self._fd)
            self._fd, self.epoch = -1, 0

    def note(self, pids: tuple[tuple[int, int], ...]) -> None:
        """Which processes it has now. Raises OSError."""
        if self._fd >= 0:
            self._write(Held(self.epoch, pids))

    def _locked(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            raise LeaseTaken(0) from error
        return fd

    def _hold(self, epoch: int) -> None:
        self.epoch = epoch
        self._write(Held(epoch))

    def _write(self, held: Held) -> None:
        text = msgspec.json.encode(held)
        os.pwrite(self._fd, text, 0)
        os.ftruncate(self._fd, len(text))


def holder(folder: Path) -> Held | None:
    """What the file says; None = there is none, or it cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Held)
    except (OSError, msgspec.DecodeError):
        return None
