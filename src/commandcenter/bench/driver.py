"""The hidden driver of the bench: its sessions say what the generator's socket brings, so that
load enters at the runner. Composed by `bench.engine` only."""

import asyncio
import os
from pathlib import Path
from typing import Literal

from commandcenter.bench.source import RECORD, TEXTS
from commandcenter.bench.trees import SCRIPT, TREE
from commandcenter.core.events import TextAdded, TurnEnded
from commandcenter.drivers.base import (
    AgentSpec,
    Answer,
    Capabilities,
    Cause,
    DriverKind,
    Found,
    Image,
    KillReport,
    Missing,
    SessionRef,
    SessionStart,
    Sink,
    StopLevel,
    Stopped,
)
from commandcenter.hosts.base import Host, Running, Spawn

KIND: DriverKind = "bench"  # type: ignore[assignment]  # hidden: no word of the closed list


class BenchSession:
    """One thread that talks for ever; with TREE in its brief it also has a process tree."""

    def __init__(self, start: SessionStart, sink: Sink, host: Host) -> None:
        self.caps = Capabilities(freeze="tree", steer="queue")
        self.ref = SessionRef(KIND)
        self.epoch = start.epoch
        self.version = ""
        self.commands: tuple[str, ...] = ()
        self._start = start
        self._sink = sink
        self._host = host
        self._turn = 0
        self._going = True
        self._tree: Running | None = None

    def say(self, text: int) -> None:
        """One delta."""
        if self._turn and self._going:
            self._sink.emit(TextAdded(1, TEXTS[text]), self._turn)

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn."""
        if TREE in text and self._tree is None:
            start = self._start
            env = {"PATH": os.environ.get("PATH", os.defpath)}
            spawn = Spawn(SCRIPT, start.workspace, env, start.thread, start.epoch)
            self._tree = await self._host.spawn(spawn)
        self._turn = turn

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Never into a turn."""
        return "queued"

    async def stop(self, level: StopLevel) -> Stopped:
        """No delta more; freeze also stops the tree."""
        self._going = False
        if level == "step":
            return Stopped(1)
        stopped = await self._host.freeze(self._start.thread, self._start.epoch)
        return Stopped(3, tuple(proc.pid for proc in stopped))

    async def at_rest(self) -> int:
        """At once."""
        return 1

    async def go(self) -> None:
        """On."""
        if self._tree is not None:
            await self._host.thaw(self._start.thread, self._start.epoch)
        self._going = True

    async def interrupt(self, cause: Cause) -> None:
        """End the turn."""
        turn, self._turn = self._turn, 0
        if turn:
            self._sink.emit(TurnEnded("cancelled", cause=cause), turn)

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """There is none."""
        return "now"

    async def answer(self, key: str, answer: Answer) -> None:
        """Nothing is asked."""

    async def kill(self) -> KillReport:
        """The runner ends the tree through the host."""
        self._turn = 0
        if self._tree is not None:
            self._tree.close()
        return KillReport(0)

    async def hibernate(self) -> SessionRef:
        """Close."""
        await self.kill()
        return self.ref

    def pids(self) -> tuple[tuple[int, int], ...]:
        """The tree's root."""
        if self._tree is None:
            return ()
        return ((self._tree.proc.pid, self._tree.proc.started),)


class BenchDriver:
    """All sessions, and the socket the generator writes to."""

    kind: DriverKind = KIND

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sessions: dict[int, BenchSession] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, path: Path) -> None:
        """Take the generator's deltas on a Unix socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Intake(self._sessions), str(path))

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """Always here."""
        return Found("bench")

    async def open(self, start: SessionStart, sink: Sink) -> BenchSession:
        """A session ready for a prompt."""
        session = BenchSession(start, sink, self._host)
        self._sessions[start.thread] = session
        return session

    async def close(self) -> None:
        """Nothing is left behind: the host ends the trees."""
        self._sessions.clear()
        if self._server is not None:
            self._server.close()


class _Intake(asyncio.Protocol):
    """Records to sessions."""

    def __init__(self, sessions: dict[int, BenchSession]) -> None:
        self._sessions = sessions
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """asyncio: records, perhaps the last one cut."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        for thread, text in RECORD.iter_unpack(data[:whole]):
            session = self._sessions.get(thread)
            if session is not None:
                session.say(text)
