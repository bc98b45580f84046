"""What every driver of a foreign agent shares: its ports, its process tree, names of tools."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commandcenter.core.base import AgentFailed, Clock, Ids
from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import KillReport, Launch, SessionStart, Stopped
from commandcenter.drivers.lines import Hearing, LineProcess, WireLog
from commandcenter.hosts.base import Host, Proc, Spawn
from commandcenter.hosts.tree import send


@dataclass(frozen=True)
class ForeignPorts:
    """What a driver of foreign agents needs of the outside."""

    host: Host
    ids: Ids
    clock: Clock
    waits: Callable[[int], bool]
    """Does a call of this thread wait at the gate now?"""
    redactor: Callable[[], Redactor]
    """Of wire logs: knows every key read so far."""


def launch_of(start: SessionStart) -> Launch:
    """How the session is started. Raises AgentFailed(unsupported) where nothing says so."""
    if start.launch is None:
        raise AgentFailed("unsupported", "nothing says how this agent is started")
    return start.launch


async def start_lines(
    ports: ForeignPorts, start: SessionStart, given: Spawn, hearing: Hearing
) -> LineProcess:
    """The agent's process, speaking in lines, marked and logged. Raises AgentFailed(missing)."""
    redactor = ports.redactor()
    wire = WireLog(launch_of(start).wire_log, redactor)
    return await LineProcess.start(ports.host, given, hearing, wire)


def spawn_of(start: SessionStart, argv: tuple[str, ...], env: Mapping[str, str]) -> Spawn:
    """Its process: in the worktree, input open; `env` on top of the launch's."""
    whole = {**launch_of(start).env, **env}
    return Spawn(argv, start.workspace, whole, start.thread, start.epoch, talks=True)


def filled(text: str, start: SessionStart) -> str:
    """What an entry of the catalog says, with {U} {S} {MODEL} {HOME} {SESSION} filled in."""
    launch = launch_of(start)
    known = {
        "{U}": launch.gate_url,
        "{S}": launch.gate_secret,
        "{MODEL}": start.model,
        "{HOME}": launch.home,
        "{SESSION}": start.resume.session if start.resume is not None else "",
    }
    for name, value in known.items():
        text = text.replace(name, value)
    return text


SWEEP_S = 1.0
"""After this whatever breeds faster than it is ended is left to `kill`."""


@dataclass(frozen=True)
class Tree:
    """The processes of one session."""

    ports: ForeignPorts
    start: SessionStart

    async def freeze(self) -> Stopped:
        """Stop them all; rung 3."""
        procs = await self.ports.host.freeze(self.start.thread, self.start.epoch)
        return Stopped(3, tuple(proc.pid for proc in procs))

    async def thaw(self) -> None:
        """Let them go on, children first."""
        await self.ports.host.thaw(self.start.thread, self.start.epoch)

    async def kill(self) -> KillReport:
        """End them without thawing."""
        report = await self.ports.host.kill_tree(self.start.thread, self.start.epoch)
        return KillReport(len(report.killed), tuple(proc.pid for proc in report.survivors))

    async def sweep(self, kept: frozenset[tuple[int, int]]) -> None:
        """End every process but `kept`, (pid, start time) each, until two walks find none."""
        clean = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_S):
                while clean < 2:
                    left = [proc for proc in await self.pids() if proc not in kept]
                    for pid, started in left:
                        send(Proc(pid, started), signal.SIGKILL)
                    clean = 0 if left else clean + 1

    async def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time) of each that lives, parents first."""
        procs = await self.ports.host.tree(self.start.thread, self.start.epoch)
        return tuple((proc.pid, proc.started) for proc in procs)
