"""What a host offers: processes named by (pid, start), their output, their trees."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal, Protocol

from commandcenter.core.base import Record

Stream = Literal["out", "err"]
"""Standard output or standard error."""

ANY_EPOCH = 0
"""As the epoch of a tree: every session of the thread."""


class Proc(Record, frozen=True):
    """One process; the pid alone is reused by the system, both together are not.

    `started` is opaque but ordered: clock ticks since boot on Linux, microseconds since
    the epoch on macOS.
    """

    pid: int
    started: int


class Spawn(Record, frozen=True):
    """What to start. `env` is the whole environment but for the mark, which the host adds.

    `stdin` is handed over whole and then ended; None is the empty input; with `talks` it stays
    open for `Running.write`. `limit_bytes` bounds what `Host.run` keeps of each stream;
    streaming is bounded by its reader. `pty` = columns and rows: it runs in a terminal of its own,
    whose output is all "out".
    """

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    thread: int = 0
    epoch: int = 0
    stdin: bytes | None = None
    talks: bool = False
    limit_bytes: int = 1 << 20
    pty: tuple[int, int] | None = None


class Ran(Record, frozen=True):
    """A process that has ended. `code` < 0 is a signal; `cut` = output above the limit was
    dropped; `late` = it was killed at its time limit, with its tree."""

    code: int
    out: bytes
    err: bytes
    cut: bool = False
    late: bool = False


class KillReport(Record, frozen=True):
    """Which processes were killed, and which still lived when the limit had passed."""

    killed: tuple[Proc, ...] = ()
    survivors: tuple[Proc, ...] = ()


class Marked(Record, frozen=True):
    """A living process that carries our mark, or descends from one that does."""

    proc: Proc
    thread: int
    epoch: int


class Running(Protocol):
    """A started process."""

    @property
    def proc(self) -> Proc:
        """Its name."""
        ...

    def output(self) -> AsyncIterator[tuple[Stream, bytes]]:
        """Pieces of at most 64 KiB as they arrive; whoever does not read holds the process
        back. Ends at end of file of both streams, at the latest 2 s after the exit."""
        ...

    async def write(self, data: bytes) -> None:
        """To its standard input, whole; waits while it does not read. Raises OSError when it
        takes no more."""
        ...

    def end_input(self) -> None:
        """Its standard input is over."""
        ...

    async def wait(self) -> int:
        """The exit code, negative for a signal; may be called by several, repeatedly."""
        ...

    def signal(self, number: int) -> None:
        """To this process only; silent when it has ended."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Another size of its terminal; nothing happens where it has none."""
        ...

    def foreground(self) -> int:
        """The process group that has its terminal, 0 = it has none or nobody has it."""
        ...

    def close(self) -> None:
        """Give up the output; the process itself goes on."""
        ...


class Host(Protocol):
    """A machine where processes run. A tree is all that a thread's session has started."""

    async def spawn(self, spawn: Spawn) -> Running:
        """Start in a session of its own. Raises OSError: no such program, folder, memory."""
        ...

    async def run(self, spawn: Spawn, limit_s: float) -> Ran:
        """Start, collect, wait; killed with its descendants after `limit_s` seconds."""
        ...

    async def tree(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """The living processes of a tree, parents first."""
        ...

    async def freeze(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """Stop every process of a tree; what is stopped."""
        ...

    async def thaw(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """Let a frozen tree go on, children first."""
        ...

    async def kill_tree(self, thread: int, epoch: int, known: tuple[Proc, ...] = ()) -> KillReport:
        """SIGKILL the tree and `known`; returns when it is seen empty, at most after 1 s."""
        ...

    async def kill_branch(self, root: Proc) -> KillReport:
        """SIGKILL what was spawned as `root` and what descends from it, not its siblings."""
        ...

    async def survivors(self) -> tuple[Marked, ...]:
        """Every living process with the mark of this home, whatever session it is of."""
        ...

    def rss(self, procs: tuple[Proc, ...]) -> int:
        """Resident memory in bytes; processes that have ended count 0."""
        ...

    def reap(self) -> int:
        """Take the exits of adopted processes; to be called about once a second."""
        ...

    async def close(self) -> None:
        """Give up watching; what still runs goes on (kill it before)."""
        ...


def home_mark(folder: Path) -> str:
    """The `CC_HOME` of a data folder: 16 hex digits of SHA-256 over its real path."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
