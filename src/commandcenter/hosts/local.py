"""This machine as a host: spawn, output, freeze and kill of whole process trees."""

import asyncio
import ctypes
import os
import resource
import shutil
import signal
import sys
import weakref
from collections.abc import Awaitable, Callable
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.base import KillReport, Marked, Proc, Ran, Spawn
from commandcenter.hosts.cgroup import Groups
from commandcenter.hosts.pty import started_in_terminal
from commandcenter.hosts.running import LocalRunning, started
from commandcenter.hosts.tree import Scanner, Table, named, resident, send, zombies

_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
_FILES: Final = 8192
_FREEZE_LIMIT_S: Final = 0.05
_KILL_LIMIT_S: Final = 1.0


class Prepared(Record, frozen=True):
    """What this process may now do: open files, and whether escapers come to it."""

    files: int
    subreaper: bool


def prepare_process() -> Prepared:
    """Raise the limit of open files to 8192 and, on Linux, adopt every orphan below us.

    To be called once by the engine before it starts a process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    subreaper = sys.platform == "linux" and ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0
    return Prepared(resource.getrlimit(resource.RLIMIT_NOFILE)[0], subreaper)


class LocalHost:
    """Processes of this machine, marked with the home; `groups` None = by walk and mark."""

    def __init__(self, home: str, groups: Groups | None = None) -> None:
        self._home = home
        self._groups = groups
        self._scanner = Scanner(home)
        self._running: dict[Proc, LocalRunning] = {}
        self._started: weakref.WeakSet[LocalRunning] = weakref.WeakSet()
        self._since: dict[tuple[int, int], int] = {}
        self._orphans: set[Proc] = set()

    async def spawn(self, spawn: Spawn) -> LocalRunning:
        """Start in a session of its own. Raises OSError: no such program, folder, memory."""
        argv = self._argv(spawn)
        mark = {"CC_THREAD": f"{spawn.thread}:{spawn.epoch}", "CC_HOME": self._home}
        start = started if spawn.pty is None else started_in_terminal
        running = start(spawn, argv, spawn.env | mark)
        self._scanner.know(running.proc, (spawn.thread, spawn.epoch))
        self._since.setdefault((spawn.thread, spawn.epoch), running.proc.started)
        self._running[running.proc] = running
        self._started.add(running)
        running.ended.add_done_callback(lambda _: self._running.pop(running.proc, None))
        return running

    def _argv(self, spawn: Spawn) -> tuple[str, ...]:
        grouped = self._groups is not None and spawn.thread > 0
        if not grouped and spawn.pty is None:
            return spawn.argv
        program = spawn.argv[0]
        there = os.path.join(spawn.cwd, program) if "/" in program else program
        if shutil.which(there, path=spawn.env.get("PATH", os.defpath)) is None:
            raise FileNotFoundError(f"no program {program} on the PATH of this thread")
        if self._groups is None or not grouped:
            return spawn.argv
        try:
            return self._groups.entered(spawn.thread, spawn.epoch, spawn.argv)
        except OSError:
            return spawn.argv  # no more groups: found by walk and mark, as elsewhere

    async def run(self, spawn: Spawn, limit_s: float) -> Ran:
        """Start, collect, wait; killed with its descendants after `limit_s` seconds.

        Raises OSError as `spawn` does. Cancelling it kills them too.
        """
        running = await self.spawn(spawn)
        kept: dict[str, bytearray] = {"out": bytearray(), "err": bytearray()}
        late = cut = False
        try:
            async with asyncio.timeout(limit_s):
                cut = await _collect(running, kept, spawn.limit_bytes)
                await running.wait()
        except TimeoutError:
            late = True
        finally:
            running.close()
            if not running.ended.done():
                await self.kill_branch(running.proc)
        code = await running.wait()
        return Ran(code, bytes(kept["out"]), bytes(kept["err"]), cut, late)

    async def tree(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """The living processes of a tree, parents first."""
        return self._members(await self._scan(thread, epoch), thread, epoch)

    async def _scan(self, thread: int, epoch: int) -> Table:
        """A fresh table that also knows what only the group can tell."""
        if self._groups is not None:
            for pid in self._groups.pids(thread, epoch):
                if (proc := named(pid)) is not None:
                    self._scanner.know(proc, (thread, epoch))
        return await self._scanner.scan()

    def _members(self, table: Table, thread: int, epoch: int) -> tuple[Proc, ...]:
        return table.members(thread, epoch, self._since.get((thread, epoch), 0))

    async def freeze(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """Stop every process of a tree; what is stopped after at most about 50 ms."""
        if self._groups is not None and self._groups.freeze(thread, epoch, frozen=True):
            await self._until_frozen(thread, epoch)
            return await self.tree(thread, epoch)
        stopped: dict[Proc, None] = {}
        loop = asyncio.get_running_loop()
        until = loop.time() + _FREEZE_LIMIT_S
        while fresh := await self._running_members(thread, epoch):
            stopped |= dict.fromkeys(p for p in fresh if send(p, signal.SIGSTOP))
            if loop.time() > until:
                break  # it forks faster than it can be stopped: the gate still holds its calls
        return tuple(stopped)

    async def _running_members(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        table = await self._scanner.scan()
        return tuple(p for p in self._members(table, thread, epoch) if p not in table.stopped)

    async def _until_frozen(self, thread: int, epoch: int) -> None:
        assert self._groups is not None
        for step in range(20):
            if self._groups.frozen(thread, epoch):
                return
            await asyncio.sleep(0.0005 * step)

    async def thaw(self, thread: int, epoch: int) -> tuple[Proc, ...]:
        """Let a frozen tree go on, children first; what went on."""
        if self._groups is not None and self._groups.freeze(thread, epoch, frozen=False):
            return await self.tree(thread, epoch)
        table = await self._scanner.scan()
        frozen = [p for p in self._members(table, thread, epoch) if p in table.stopped]
        return tuple(p for p in reversed(frozen) if send(p, signal.SIGCONT))

    async def kill_tree(self, thread: int, epoch: int, known: tuple[Proc, ...] = ()) -> KillReport:
        """SIGKILL the tree and `known`; returns when it is seen empty, at most after 1 s.

        Epoch 0 = every session of the thread. Kills at the same time share their scans.
        """
        for proc in known:
            self._scanner.know(proc, (thread, epoch))

        async def living() -> tuple[Proc, ...]:
            table = await self._scan(thread, epoch)
            if self._groups is not None:
                self._groups.kill(thread, epoch)
            members = self._members(table, thread, epoch)
            return members + tuple(p for p in known if p in table.ours and p not in members)

        report = await _kill(living)
        if self._groups is not None:
            self._groups.remove(thread, epoch)
        return report

    async def kill_branch(self, root: Proc) -> KillReport:
        """SIGKILL what was spawned as `root` and what descends from it, not its siblings."""

        async def living() -> tuple[Proc, ...]:
            return (await self._scanner.scan()).branch(root)

        return await _kill(living)

    async def survivors(self) -> tuple[Marked, ...]:
        """Every living process with the mark of this home, whatever session it is of."""
        if self._groups is not None:
            for thread, epoch in self._groups.all():
                await self._scan(thread, epoch)
        return (await self._scanner.scan()).marked()

    def rss(self, procs: tuple[Proc, ...]) -> int:
        """Resident memory in bytes; processes that have ended count 0."""
        return resident(procs)

    def reap(self) -> int:
        """Take the exit of adopted processes, each by its number; how many were taken.

        To be called about once a second. One that is seen for the first time waits until
        the next call, so that a child of someone else's in this process keeps its exit code.
        """
        orphans = set(zombies()) - self._running.keys()
        taken = sum(_reaped(proc) for proc in orphans & self._orphans)
        self._orphans = orphans
        return taken

    async def close(self) -> None:
        """Give up watching; what still runs goes on (kill it before)."""
        for running in list(self._started):
            running.forget()
        self._running.clear()
        self._scanner.close()
        if self._groups is not None:
            self._groups.close()


async def _collect(running: LocalRunning, kept: dict[str, bytearray], limit: int) -> bool:
    """Keep at most `limit` bytes of each stream, read the rest away; whether any was cut."""
    cut = False
    async for stream, piece in running.output():
        room = limit - len(kept[stream])
        kept[stream] += piece[:room]
        cut = cut or len(piece) > room
    return cut


async def _kill(living: Callable[[], Awaitable[tuple[Proc, ...]]]) -> KillReport:
    """SIGKILL, parents first, until two scans in a row find nothing: a process may fork
    between the listing of its folder and the reading of its own row."""
    killed: dict[Proc, None] = {}
    left: tuple[Proc, ...] = ()
    empty = 0
    try:
        async with asyncio.timeout(_KILL_LIMIT_S):
            while empty < 2:
                left = await living()
                killed |= dict.fromkeys(p for p in left if send(p, signal.SIGKILL))
                empty = 0 if left else empty + 1
    except TimeoutError:
        pass
    return KillReport(tuple(killed), left)


def _reaped(proc: Proc) -> bool:
    try:
        return os.waitid(os.P_PID, proc.pid, os.WEXITED | os.WNOHANG) is not None
    except ChildProcessError:
        return False
