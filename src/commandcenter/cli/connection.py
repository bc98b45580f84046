"""One shell command's talk with the engine."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from commandcenter import compose
from commandcenter.config.folders import Folders, folders
from commandcenter.core.world import World, load
from commandcenter.link.base import LinkLost, LinkRefused
from commandcenter.link.client import SocketLink

REFUSED, NO_ENGINE, UNREADABLE = 3, 4, 5


def home(args: object) -> Folders:
    """The folders that --home, the environment or the system name."""
    named = getattr(args, "home", None)
    return folders(Path(named) if named else None)


def talk(args: object, do: Callable[[SocketLink], Awaitable[int]], *, once: bool = True) -> int:
    """Connect, run `do`, hang up. Exit 4 without an engine, 3 when it refuses to talk."""
    return asyncio.run(_talk(home(args), do, once))


async def _talk(where: Folders, do: Callable[[SocketLink], Awaitable[int]], once: bool) -> int:
    link = compose.link(where, once=once)
    try:
        await link.connect()
    except (OSError, EOFError):
        say("no engine runs here; start one: commandcenter engine")
        return NO_ENGINE
    except LinkRefused as refused:
        say(str(refused))
        return REFUSED
    try:
        return await do(link)
    except LinkLost as lost:
        say(f"{lost}; what it had acknowledged is in the journal")
        return NO_ENGINE
    finally:
        await link.close()


async def world(link: SocketLink) -> World:
    """The engine's World as it is now."""
    return load(await link.query("world"))


def say(text: str) -> None:
    """To standard error."""
    sys.stderr.write(f"commandcenter: {text}\n")
