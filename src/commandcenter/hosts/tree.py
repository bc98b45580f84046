"""Which processes are ours: one scan of the process table, shared by all who ask at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import psutil

from commandcenter.core.base import Record
from commandcenter.hosts.base import ANY_EPOCH, Marked, Proc

Mark = tuple[int, int]
"""Thread and epoch."""

_LINUX: Final = sys.platform == "linux"
_DEAD: Final = frozenset("ZXx")
_STOPPED: Final = frozenset("Tt")
_ENVIRON_LIMIT: Final = 1 << 20


class Seen(Record, frozen=True):
    """One row of the process table; `mark` None = not ours as far as this row tells."""

    proc: Proc
    parent: int
    state: str
    leader: int
    mark: Mark | None = None


class Owner(Record, frozen=True):
    """To whom a process belongs: its mark, and the pid of the process that the host started
    above it (else of its session's leader)."""

    mark: Mark
    root: int


class Table(Record, frozen=True):
    """What one scan found. `ours` names our living processes, parents before children;
    `stopped` are all that stand still."""

    ours: dict[Proc, Owner]
    stopped: frozenset[Proc]
    threads: dict[int, list[tuple[Proc, int]]]
    """The same by thread, with the epoch: hundreds of kills read one table."""

    def members(self, thread: int, epoch: int, since: int = 0) -> tuple[Proc, ...]:
        """The living tree of a session, parents first; not what began before `since`."""
        return tuple(
            proc
            for proc, its in self.threads.get(thread, ())
            if epoch in (ANY_EPOCH, its) and proc.started >= since
        )

    def branch(self, root: Proc) -> tuple[Proc, ...]:
        """What the host started as `root`, and everything below it, parents first."""
        return tuple(proc for proc, owner in self.ours.items() if owner.root == root.pid)

    def marked(self) -> tuple[Marked, ...]:
        """All of ours with thread and epoch."""
        return tuple(Marked(p, *owner.mark) for p, owner in self.ours.items())


Reader = Callable[[str], list[Seen]]
"""Home mark to rows."""


class Scanner:
    """Reads the table on an OS thread of its own; who asks during a scan gets the next one."""

    def __init__(self, home: str, reader: Reader | None = None) -> None:
        self._home = home
        self._reader = reader or (read_proc if _LINUX else read_psutil)
        self._owners: dict[Proc, Owner] = {}
        self._pool = ThreadPoolExecutor(1, "cc-scan")
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[Table] | None = None
        self.scans = 0

    def know(self, proc: Proc, mark: Mark) -> None:
        """A process the host has started or the journal has recorded."""
        self._owners.setdefault(proc, Owner(mark, proc.pid))

    async def scan(self) -> Table:
        """A table whose reading begins after this call."""
        if self._next is None:
            self._next = asyncio.create_task(self._read(), name="scan processes")
        return await asyncio.shield(self._next)

    async def _read(self) -> Table:
        async with self._lock:
            self._next = None
            self.scans += 1
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._table)

    def _table(self) -> Table:
        known = dict(self._owners)
        rows = self._reader(self._home)
        own = os.getpid()
        living = {r.proc.pid: r for r in rows if r.state not in _DEAD and r.proc.pid != own}
        ours = _owned(living, known)
        self._owners.update(ours)
        for gone in known.keys() - ours.keys():
            self._owners.pop(gone, None)
        threads: dict[int, list[tuple[Proc, int]]] = {}
        for proc, owner in ours.items():
            threads.setdefault(owner.mark[0], []).append((proc, owner.mark[1]))
        stopped = frozenset(r.proc for r in living.values() if r.state in _STOPPED)
        return Table(ours, stopped, threads)

    def close(self) -> None:
        """End the OS thread."""
        self._pool.shutdown(wait=True)


def _owned(living: dict[int, Seen], known: dict[Proc, Owner]) -> dict[Proc, Owner]:
    """Ours by an earlier scan, by descent or by the mark; parents before children."""
    found: dict[int, tuple[int, Owner | None]] = {}
    for pid in living:
        path: list[int] = []
        while pid in living and pid not in found:
            path.append(pid)
            found[pid] = 0, None  # a table read while pids turn over may hold a loop
            pid = living[pid].parent
        depth, above = found.get(pid, (0, None))
        for below in reversed(path):
            row, depth = living[below], depth + 1
            above = known.get(row.proc) or above
            if above is None and row.mark is not None:
                above = Owner(row.mark, row.leader)
            found[below] = depth, above
    order = sorted(living, key=lambda pid: (found[pid][0], living[pid].proc.started))
    return {living[pid].proc: owner for pid in order if (owner := found[pid][1]) is not None}


def read_proc(home: str) -> list[Seen]:
    """Rows from /proc (Linux), about 12 us each."""
    rows = []
    wanted = b"CC_HOME=" + home.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        stat = _stat(name)
        if stat is None:
            continue  # ended meanwhile
        state, parent, leader, started = stat
        mark = None
        if state not in _DEAD:
            mark = _mark(_bytes(f"/proc/{name}/environ", _ENVIRON_LIMIT), wanted)
        rows.append(Seen(Proc(int(name), started), parent, state, leader, mark))
    return rows


def _stat(pid: str) -> tuple[str, int, int, int] | None:
    """State, parent, session leader, start; fields are counted from behind the name, which
    may hold anything (proc(5))."""
    text = _bytes(f"/proc/{pid}/stat", 4096)
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) < 20:
        return None
    return fields[0].decode("ascii", "replace"), int(fields[1]), int(fields[3]), int(fields[19])


def _bytes(path: str, limit: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        pieces = []
        while limit > 0 and (piece := os.read(fd, min(limit, 65536))):
            pieces.append(piece)
            limit -= len(piece)
        return b"".join(pieces)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _mark(environ: bytes, wanted: bytes) -> Mark | None:
    if wanted not in environ:
        return None
    entries = environ.split(b"\0")
    if wanted not in entries:
        return None
    for entry in entries:
        if entry.startswith(b"CC_THREAD="):
            return parse_mark(entry[10:].decode("ascii", "replace"))
    return None


def parse_mark(text: str) -> Mark | None:
    """`<thread>:<epoch>`, or None when it is anything else."""
    thread, _, epoch = text.partition(":")
    if not (thread.isdecimal() and epoch.isdecimal() and len(text) < 40):
        return None
    return int(thread), int(epoch)


def read_psutil(home: str) -> list[Seen]:
    """Rows by psutil (macOS)."""
    rows = []
    for pid in psutil.pids():  # process_iter remembers start times over the reuse of a pid
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                rows.append(_row(process, home))
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue  # ended meanwhile, or another user's: not ours
    return rows


def _row(process: psutil.Process, home: str) -> Seen:
    started = round(process.create_time() * 1_000_000)
    status = process.status()
    state = {psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_STOPPED: "T"}.get(status, "S")
    mark = None
    if state != "Z":
        environ = process.environ()
        if environ.get("CC_HOME") == home:
            mark = parse_mark(environ.get("CC_THREAD", ""))
    leader = os.getsid(process.pid)
    return Seen(Proc(process.pid, started), process.ppid() or 0, state, leader, mark)


def named(pid: int) -> Proc | None:
    """A living or ended but not yet reaped process by its pid, None when there is none."""
    if _LINUX:
        stat = _stat(str(pid))
        return None if stat is None else Proc(pid, stat[3])
    try:
        return Proc(pid, round(psutil.Process(pid).create_time() * 1_000_000))
    except psutil.NoSuchProcess:
        return None


def zombies() -> Iterator[Proc]:
    """Ended children of this process that nobody has waited for yet (Linux; else none)."""
    for task in Path("/proc/self/task").glob("*/children"):
        for pid in _bytes(str(task), _ENVIRON_LIMIT).split():
            stat = _stat(pid.decode())
            if stat is not None and stat[0] == "Z":
                yield Proc(int(pid), stat[3])


def send(proc: Proc, number: signal.Signals) -> bool:
    """Signal one process, never a stranger that got its pid; False when it has ended."""
    if proc.pid <= 1 or proc.pid == os.getpid():
        return False
    if not hasattr(os, "pidfd_open"):
        return named(proc.pid) == proc and _kill(proc.pid, number)
    try:
        fd = os.pidfd_open(proc.pid)
    except OSError:
        return False
    try:
        if named(proc.pid) != proc:  # asked after the opening: the descriptor is this one
            return False
        signal.pidfd_send_signal(fd, number)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _kill(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


def resident(procs: tuple[Proc, ...]) -> int:
    """Resident memory in bytes, read without checking names: a figure, not a judgement."""
    if not _LINUX:
        return sum(_resident(proc.pid) for proc in procs)
    page = os.sysconf("SC_PAGE_SIZE")
    fields = (_bytes(f"/proc/{proc.pid}/statm", 256).split() for proc in procs)
    return sum(int(field[1]) * page for field in fields if len(field) > 1)


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
