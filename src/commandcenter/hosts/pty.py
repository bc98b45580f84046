"""A process in a terminal of its own: its session leads it, its output is bytes, never a screen."""

import asyncio
import contextlib
import os
import subprocess
import termios
from typing import IO, Final

from commandcenter.hosts.base import Spawn, Stream
from commandcenter.hosts.running import LocalRunning

SIZE: Final = (120, 40)
"""Columns and rows of a terminal that no pane shows."""
TERM: Final = "xterm-256color"
_EOF: Final = b"\x04"
_TAKE: Final = 'exec "$@" <>"$0"'
"""The leader of a session without a terminal gets the first one it opens (Linux, macOS); to do
so between fork and exec in Python could hang, as other OS threads may hold a lock."""


def started_in_terminal(spawn: Spawn, argv: tuple[str, ...], env: dict[str, str]) -> "PtyRunning":
    """Start `argv` in a new terminal of the size `spawn.pty`. Raises OSError."""
    columns, rows = spawn.pty or SIZE
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, (rows, columns))
        child = subprocess.Popen(
            ("/bin/sh", "-c", _TAKE, os.ttyname(slave), *argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=spawn.cwd,
            env=env | {"TERM": TERM},
            start_new_session=True,
        )
    except OSError:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return PtyRunning(child, os.fdopen(master, "r+b", buffering=0))


class PtyRunning(LocalRunning):
    """A child whose input and output are one terminal."""

    def __init__(self, child: "subprocess.Popen[bytes]", master: IO[bytes]) -> None:
        self._master = master
        super().__init__(child)

    def _files(self) -> tuple[tuple[IO[bytes], Stream], ...]:
        return ((self._master, "out"),)

    def _source(self) -> IO[bytes] | None:
        return self._master

    def end_input(self) -> None:
        """The key that says so to whoever reads lines; a program in raw mode may not care."""
        if not self._master.closed:
            with contextlib.suppress(OSError):
                os.write(self._master.fileno(), _EOF)

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the foreground processes are told (SIGWINCH)."""
        if not self._master.closed:
            with contextlib.suppress(OSError):
                termios.tcsetwinsize(self._master.fileno(), (rows, columns))

    def foreground(self) -> int:
        """The process group that has the terminal, 0 when nobody has it."""
        try:
            return 0 if self._master.closed else os.tcgetpgrp(self._master.fileno())
        except OSError:
            return 0

    def close(self) -> None:
        """Hang up: whoever has the terminal gets SIGHUP."""
        if not self._master.closed:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                asyncio.get_running_loop().remove_writer(self._master.fileno())
        self._give_up()
