"""A foreign agent as a process that speaks in lines: start, read, write, wire log, close."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import Path
from typing import Final

from commandcenter.core.base import AgentFailed, Record
from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import KillReport
from commandcenter.hosts.base import Host, Proc, Running, Spawn

LINE_BYTES: Final = 16 << 20
LOG_BYTES: Final = 64 << 20
"""Of the wire log; a full one begins anew, the older half stays beside it."""
TAIL_BYTES: Final = 4096
FRAMES: Final = "Stack backtrace:"
"""What a program in Rust prints behind the one sentence that says why it ended."""
EOF_S: Final = 3.0
TERM_S: Final = 2.0
log = logging.getLogger("cc.agent")


class Hearing(Record, frozen=True):
    """What a driver hears of its process; none of these may raise or wait.

    `line` one whole line without its end; `too_long` the first bytes of one over 16 MiB, which was
    skipped; `ended` once: exit code and the last words on standard error.
    """

    line: Callable[[bytes], None]
    too_long: Callable[[bytes], None]
    ended: Callable[[int, str], None]


class WireLog:
    """Raw lines both ways, redacted; a ring of two files of at most 32 MiB."""

    def __init__(self, path: str, redactor: Redactor) -> None:
        self._path = Path(path)
        self._redactor = redactor
        self._size = 0
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = self._opened()

    def _opened(self) -> FileIO:
        file = self._path.open("ab", buffering=0)
        self._path.chmod(0o600)
        return file

    def note(self, way: bytes, line: bytes) -> None:
        """One line, behind `<` (from the agent) or `>`; a disk that is full loses it, no more."""
        if self._file.closed:
            return
        data = way + b" " + self._redactor.payload(line) + b"\n"
        if self._size + len(data) > LOG_BYTES // 2:
            self._turn()
        with contextlib.suppress(OSError):
            self._size += self._file.write(data) or 0

    def _turn(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):
            self._path.replace(self._path.with_suffix(".old"))
        self._file = self._opened()
        self._size = 0

    def close(self) -> None:
        """No more."""
        self._file.close()


class LineProcess:
    """One agent process. `say` writes a line, what it says comes through `Hearing` in order."""

    def __init__(self, running: Running, hearing: Hearing, wire: WireLog) -> None:
        self.proc: Proc = running.proc
        self._running = running
        self._hearing = hearing
        self._wire = wire
        self._tail = b""
        self._kept = bytearray()
        self._skipping = False
        self._task = asyncio.create_task(self._read(), name=f"agent {running.proc.pid}")

    @classmethod
    async def start(
        cls, host: Host, spawn: Spawn, hearing: Hearing, wire: WireLog
    ) -> "LineProcess":
        """Start it with its input open. Raises AgentFailed(missing)."""
        try:
            running = await host.spawn(spawn)
        except OSError as error:
            wire.close()
            raise AgentFailed("missing", f"{spawn.argv[0]}: {error}") from error
        return cls(running, hearing, wire)

    async def say(self, line: bytes) -> None:
        """One line to the agent. Raises AgentFailed(crashed) when it takes none any more."""
        self._wire.note(b">", line)
        try:
            await self._running.write(line + b"\n")
        except OSError as error:
            raise AgentFailed("crashed", f"the agent takes no more input: {error}") from error

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return not self._task.done()

    async def close(self, kill: Callable[[], Awaitable[KillReport]]) -> KillReport:
        """End of input, 3 s, SIGTERM, 2 s, then `kill`; what `kill` reports."""
        self._running.end_input()
        for number, limit_s in ((0, EOF_S), (15, TERM_S)):
            if number:
                self._running.signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._running.wait(), limit_s)
                break
        return await self.kill(kill)

    async def kill(self, kill: Callable[[], Awaitable[KillReport]]) -> KillReport:
        """`kill` the tree now (Tree.kill), and give up what it still says."""
        report = await kill()
        self._running.close()
        await asyncio.wait({self._task}, timeout=TERM_S)
        self._wire.close()
        return report

    async def _read(self) -> None:
        async for stream, piece in self._running.output():
            if stream == "err":
                self._tail = (self._tail + piece)[-TAIL_BYTES:]
            else:
                self._take(piece)
                await asyncio.sleep(0)
        code = await self._running.wait()
        self._hearing.ended(code, _last_words(self._tail.decode("utf-8", "replace")))

    def _take(self, piece: bytes) -> None:
        """Whole lines go on; one over the limit is told once and skipped to its end."""
        *lines, rest = piece.split(b"\n")
        for line in lines:
            whole = bytes(self._kept) + line if self._kept else line
            self._kept.clear()
            if self._skipping:
                self._skipping = False
            elif len(whole) > LINE_BYTES:
                self._hearing.too_long(whole[:200])
            elif whole.strip():
                self._wire.note(b"<", whole)
                self._hearing.line(whole)
        if not self._skipping:
            self._kept += rest
        if len(self._kept) > LINE_BYTES:
            self._hearing.too_long(bytes(self._kept[:200]))
            self._skipping = True
            self._kept.clear()


def _last_words(tail: str) -> str:
    """Why it ended: who reads the end of them must not read frames without names."""
    before, frames, _ = tail.partition(FRAMES)
    return (before if frames and before.strip() else tail).strip()
