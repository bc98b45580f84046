"""One engine per data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

import psutil

from commandcenter.core.base import CommandCenterError


class Occupied(CommandCenterError):
    """Another engine has this home; `pid` names it."""

    def __init__(self, pid: int, data: Path) -> None:
        super().__init__(
            f"an engine already runs on {data} (pid {pid}); commandcenter stop ends it"
        )
        self.pid = pid


def take(data: Path) -> IO[str]:
    """Hold the lock until the file is closed. Raises Occupied.

    The lock is the system's own (flock), so one whose engine was killed is free at once.
    """
    file = (data / "engine.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        words = file.read().split()
        file.close()
        raise Occupied(int(words[0]) if words else 0, data) from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()} {psutil.Process().create_time():.2f}\n")
    file.flush()
    return file
