"""The loopback listener: who may connect, how often somebody may fail, what is probed for."""

import asyncio
import errno
from collections import deque
from contextlib import suppress

from commandcenter.core.base import Record
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised, GateProbe
from commandcenter.gate.connection import Connection
from commandcenter.gate.gate import Gate
from commandcenter.gate.peer import is_ours
from commandcenter.gate.threads import GateThread

HOST = "127.0.0.1"
_MOST_PROBES = 1_000


class ServerSettings(Record, frozen=True):
    """Limits of the listener; seconds and bytes."""

    head_s: float = 10.0
    body_s: float = 30.0
    idle_s: float = 60.0
    body_bytes: int = 64 << 20
    head_bytes: int = 32 << 10
    per_thread: int = 64
    total: int = 512
    failures: int = 20
    failures_s: float = 10.0
    punish_s: float = 1.0
    probe_s: float = 60.0


class GateServer:
    """The gate's HTTP side, on 127.0.0.1 alone; raw h11, no framework."""

    def __init__(self, gate: Gate, settings: ServerSettings | None = None) -> None:
        self.gate = gate
        self.settings = settings or ServerSettings()
        self.host = b""
        """The only Host header that is accepted."""
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._failures: deque[float] = deque()
        self._probes: dict[str, float] = {}

    async def start(self, port: int = 0) -> int:
        """Listen on `port`, or on a free one if it is 0 or taken; returns the port."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Connection(self), HOST, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not port:
                raise
            self._server = await loop.create_server(lambda: Connection(self), HOST, 0)
        port = int(self._server.sockets[0].getsockname()[1])
        self.gate.where = f"{HOST}:{port}"
        self.host = self.gate.where.encode()
        return port

    async def stop(self) -> None:
        """Close the listener and every connection; calls in flight end as `client_gone`."""
        if self._server is not None:
            self._server.close()
        tasks = [task for task in (one.drop() for one in tuple(self._connections)) if task]
        if tasks:
            await asyncio.wait(tasks)
        if self._server is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 1.0)
        self.gate.where = ""

    def admit(self, connection: Connection, peer: tuple[str, int]) -> bool:
        """May this connection stay? Loopback, our own user, not one too many."""
        own = int(self.gate.where.rpartition(":")[2] or 0)
        if peer[0] != HOST or len(self._connections) >= self.settings.total:
            return False
        if not is_ours(peer[1], own):
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.discard(connection)

    def crowded(self, thread: GateThread) -> bool:
        """Has the thread more connections than it may?"""
        mine = sum(one.thread is thread for one in self._connections)
        return mine > self.settings.per_thread

    def failed(self) -> float:
        """Somebody could not get in; returns how many seconds the answer is to be delayed."""
        now = self.gate.ports.clock.monotonic()
        failures = self._failures
        failures.append(now)
        while failures and now - failures[0] > self.settings.failures_s:
            failures.popleft()
        if len(failures) < self.settings.failures:
            return 0.0
        if len(failures) == self.settings.failures:
            self._alert()
        return self.settings.punish_s

    def probed(self, thread: GateThread, path: str, client: str) -> None:
        """An unknown path was asked for: noted once per path and minute."""
        now = self.gate.ports.clock.monotonic()
        if now - self._probes.get(path, -self.settings.probe_s) < self.settings.probe_s:
            return
        if len(self._probes) >= _MOST_PROBES:
            self._probes.clear()
        self._probes[path] = now
        stamp = Stamp(thread.id, max(0, thread.epoch), thread.turn, source="gate")
        self.gate.book.post(Fact(GateProbe(path[:200], client[:100]), stamp))

    def _alert(self) -> None:
        alert = AlertRaised(
            alert="gate:secrets",
            severity="danger",
            category="gate",
            line="a program on this computer tries secrets at the gate",
            mend="commandcenter doctor names what runs; nothing was let in",
        )
        self.gate.book.post(Fact(alert, Stamp(source="gate")))
