"""The driver of Claude Code: `claude` over stream-json, one process per thread (agents.md 6)."""

import asyncio
from collections.abc import Mapping
from typing import Final

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote
from commandcenter.drivers import claude_launch as launching
from commandcenter.drivers.base import (
    AgentSpec,
    DriverKind,
    Found,
    Missing,
    Origin,
    SessionStart,
    Sink,
)
from commandcenter.drivers.beginning import check
from commandcenter.drivers.catalog import probe_program
from commandcenter.drivers.claude_session import ClaudeSession, ClaudeSettings
from commandcenter.drivers.foreign import ForeignPorts, launch_of, spawn_of
from commandcenter.wires import claude as wire

OPEN_S: Final = 60.0
HOOK_S: Final = 86_400
"""How long a tool hook may stay unanswered."""
HOOK: Final = "cc"
MODE_S: Final = 5.0
LOST: Final = "No conversation found"
"""What it says on standard error when it knows no session of this id."""
NO_POINT: Final = "No message found"
"""And when it knows no message of this id."""


class ClaudeDriver:
    """Opens sessions of the person's own `claude`; `env` is where it is looked for."""

    kind: DriverKind = "claude"

    def __init__(
        self,
        ports: ForeignPorts,
        env: Mapping[str, str],
        settings: ClaudeSettings | None = None,
    ) -> None:
        self._ports = ports
        self._settings = settings or ClaudeSettings()
        self._env = dict(env)
        self._sessions: list[ClaudeSession] = []

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """`claude --version`."""
        return await probe_program(self._ports.host, agent, self._env)

    async def open(self, start: SessionStart, sink: Sink) -> ClaudeSession:
        """A session ready for a prompt. Raises AgentFailed."""
        check("claude", start, forks=True)
        if start.fork is not None:
            return await self._forked(start, start.fork, sink)
        known = start.resume.session if start.resume is not None else ""
        id = known or launching.session_id(self._ports.ids.fresh())
        try:
            return await self._open(start, sink, id, launching.which(id, resume=bool(known)))
        except AgentFailed as error:
            if not known or LOST not in error.detail:
                raise
        sink.emit(AgentNote("notice", "the agent has lost the conversation"), start.first_turn)
        return await self._open(start, sink, id, launching.which(id, resume=False))

    async def _forked(self, start: SessionStart, origin: Origin, sink: Sink) -> ClaudeSession:
        """A copy of another session, under an id of ours."""
        file = await asyncio.to_thread(launching.session_file, origin, launch_of(start))
        if file is None:
            raise AgentFailed("unsupported", "the session to copy is not on this disk")
        id = launching.session_id(self._ports.ids.fresh())
        try:
            return await self._open(start, sink, id, launching.fork(id, origin, file))
        except AgentFailed as error:
            if LOST in error.detail or NO_POINT in error.detail:
                raise AgentFailed("unsupported", error.detail) from error
            raise

    async def _open(
        self, start: SessionStart, sink: Sink, id: str, which: tuple[str, ...]
    ) -> ClaudeSession:
        launch = launch_of(start)
        path = launching.settings_path(start, launch)
        await asyncio.to_thread(launching.write_settings, path, launch)
        session = ClaudeSession(self._ports, start, sink, id, self._settings)
        argv = launching.argv(start, launch, which)
        spawn = spawn_of(start, argv, launching.added_env(launch))
        ready = False
        try:
            await session.talk.open(self._ports, start, spawn)
            await _initialize(session, launch.asks == "all")
            ready = True
        finally:
            if not ready:
                await session.kill()
        self._sessions = [one for one in self._sessions if one.alive] + [session]
        return session

    async def close(self) -> None:
        """End every session."""
        sessions, self._sessions = self._sessions, []
        await asyncio.gather(*(session.kill() for session in sessions if session.alive))


async def _initialize(session: ClaudeSession, ask_all: bool) -> None:
    """The handshake: hooks, version, commands. A blanket permission counts only if the player
    chose it here, so it is taken back. Raises AgentFailed."""
    told = await session.talk.request(lambda id: wire.initialize(id, HOOK, HOOK_S), OPEN_S)
    session.version = str(told.get("claude_code_version", ""))
    session.commands = _names(told.get("commands"))
    mode = told.get("current_permission_mode") or "default"
    if mode == "bypassPermissions" or (ask_all and mode != "default"):
        await session.talk.ask("set_permission_mode", MODE_S, mode="default")


def _names(commands: object) -> tuple[str, ...]:
    given = commands if isinstance(commands, list) else []
    return tuple(str(one["name"]) for one in given if isinstance(one, dict) and "name" in one)
