"""How an ACP session begins: new, taken up again, or a copy of another one."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from commandcenter.core.base import AgentFailed
from commandcenter.drivers.acp_launch import Entry
from commandcenter.drivers.base import Capabilities, Origin, SessionStart
from commandcenter.drivers.beginning import folder, origin_env
from commandcenter.drivers.foreign import launch_of

DATA: Final = ("XDG_DATA_HOME", ".local/share")


def beginning(start: SessionStart, caps: Capabilities) -> tuple[str, str]:
    """Whether the session is new, resume, load or fork, and the session that it goes on from.
    Raises AgentFailed: refused, unsupported."""
    name = launch_of(start).agent.name
    if start.fork is not None:
        if caps.fork == "none" or (caps.fork == "end" and start.fork.at):
            raise AgentFailed("unsupported", f"{name} cannot copy a session at that point")
        return "fork", start.fork.ref.session
    if start.resume is None:
        return "new", ""
    if caps.resume == "none":
        raise AgentFailed("refused", f"{name} cannot take up a session again")
    return caps.resume, start.resume.session


async def bring(start: SessionStart, entry: Entry) -> None:
    """The other session's store into the folders of the new one, where they are not the same.
    Raises AgentFailed(unsupported)."""
    if start.fork is not None:
        await asyncio.to_thread(_bring, start, start.fork, entry.store)


def _bring(start: SessionStart, origin: Origin, store: str) -> None:
    env = launch_of(start).env
    here, there = folder(env, *DATA), folder(origin_env(origin, env), *DATA)
    if here == there:
        return
    source, target = there / store, here / store
    if not store or not source.is_file():
        raise AgentFailed("unsupported", "the session to copy is not on this disk")
    if target.exists() and start.first_turn:
        raise AgentFailed("unsupported", "this agent has sessions of its own already")
    try:
        for left in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)  # of a try that failed: no turn came of it
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _copied(source, target)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise AgentFailed("unsupported", f"{source}: {error}") from error


def _copied(source: Path, target: Path) -> None:
    """Whole, also while its owner writes; the owner's file is only read."""
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here)
