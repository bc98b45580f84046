"""Any command line in a terminal of its own."""

import asyncio
import os
from collections.abc import Mapping

import msgspec

from commandcenter import __version__
from commandcenter.core.base import AgentFailed
from commandcenter.drivers.base import AgentSpec, DriverKind, Found, Missing, SessionStart, Sink
from commandcenter.drivers.beginning import check
from commandcenter.drivers.catalog import probe_program
from commandcenter.drivers.foreign import ForeignPorts, launch_of, spawn_of
from commandcenter.drivers.terminal_session import TerminalSession
from commandcenter.drivers.terminal_signs import signs
from commandcenter.hosts.pty import SIZE


def command_line(command: str) -> tuple[str, ...]:
    """The argv of a command line as a person writes it."""
    return ("/bin/sh", "-c", command)


class TerminalDriver:
    """Opens programs in terminals; `env` is the person's, for finding them."""

    kind: DriverKind = "terminal"

    def __init__(self, ports: ForeignPorts, env: Mapping[str, str]) -> None:
        self._ports = ports
        self._env = dict(env)
        self._sessions: list[TerminalSession] = []

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """The plain one is always here; one with a command is looked for."""
        if not agent.command:
            return Found(__version__)
        return await probe_program(self._ports.host, agent, self._env)

    async def open(self, start: SessionStart, sink: Sink) -> TerminalSession:
        """Its program runs; raises AgentFailed(missing, unsupported)."""
        check("terminal", start, forks=False)
        launch = launch_of(start)
        if not launch.argv:
            raise AgentFailed("unsupported", "a terminal thread wants a command line")
        if not await asyncio.to_thread(os.path.isdir, start.workspace):
            raise AgentFailed("missing", f"the workspace {start.workspace} is gone")
        signs(launch.agent)
        spawn = msgspec.structs.replace(spawn_of(start, launch.argv, {}), talks=False, pty=SIZE)
        try:
            running = await self._ports.host.spawn(spawn)
        except OSError as error:
            raise AgentFailed("missing", f"{launch.argv[0]}: {error}") from error
        session = TerminalSession(self._ports, start, sink)
        session.run(running)
        self._sessions = [one for one in self._sessions if one.alive] + [session]
        return session

    async def close(self) -> None:
        """End every session."""
        sessions, self._sessions = self._sessions, []
        await asyncio.gather(*(session.kill() for session in sessions))
