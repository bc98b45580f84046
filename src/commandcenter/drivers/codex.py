"""The Codex driver: one `codex app-server` a thread, spoken to in JSON-RPC lines (agents.md 6)."""

import asyncio
from collections.abc import Mapping

from commandcenter.core.events import HistoryAdded
from commandcenter.drivers.base import (
    AgentSpec,
    DriverKind,
    Found,
    Missing,
    SessionStart,
    Sink,
)
from commandcenter.drivers.beginning import check
from commandcenter.drivers.catalog import probe_program
from commandcenter.drivers.codex_session import CodexSession
from commandcenter.drivers.foreign import ForeignPorts


class CodexDriver:
    """Opens Codex sessions. `env` is where its program is looked for."""

    kind: DriverKind = "codex"

    def __init__(self, ports: ForeignPorts, env: Mapping[str, str]) -> None:
        self._ports = ports
        self._env = dict(env)
        self._sessions: list[CodexSession] = []

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """`codex --version`: at most 5 s, no login, no network."""
        return await probe_program(self._ports.host, agent, self._env)

    async def open(self, start: SessionStart, sink: Sink) -> CodexSession:
        """A session ready for a prompt. Raises AgentFailed."""
        check("codex", start, forks=True)
        session = CodexSession(start, self._ports, sink)
        await session.open()
        if start.seed:
            await sink.record(HistoryAdded(start.seed, anew=True), start.first_turn)
        self._sessions = [one for one in self._sessions if one.alive] + [session]
        return session

    async def close(self) -> None:
        """End every session."""
        sessions, self._sessions = self._sessions, []
        await asyncio.gather(*(session.kill() for session in sessions if session.alive))
