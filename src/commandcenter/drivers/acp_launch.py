"""How an agent of the Agent Client Protocol is started, and what its entry says of it."""

import asyncio
import os
from pathlib import Path, PurePosixPath
from typing import Any, Final, get_args

from commandcenter.core.base import AgentFailed, Record
from commandcenter.drivers.base import AgentSpec, Capabilities, Launch, SessionStart
from commandcenter.drivers.foreign import filled, launch_of, spawn_of
from commandcenter.hosts.base import Spawn

ENV_ALL: Final = "env.all."
"""Quirk `env.all.NAME`: a variable where every tool is to be asked for."""
ENV_CLEAN: Final = "env.clean."
"""Quirk `env.clean.NAME`: a variable in the clean profile."""
NAMES: Final = frozenset(
    {"steer", "resume", "asks", "asks_first", "usage", "fs", "model_prefix", "compact", "images"}
    | {"fork", "store"}
)
"""The other quirks; what each means says `Entry`."""


class Entry(Record, frozen=True):
    """What the catalog says of an agent, where the handshake does not say it or says it wrongly.

    `asks`: which tools it asks for. `asks_first`: kinds of tools of which it is known that they ask
    before they run. `fs`: no = it writes its files itself, ours would be a second hand.
    `model_prefix`: before our name of a model. `resume`, `fork`, `images`: empty = as it says
    itself. `store`: the SQLite file of its sessions below the XDG data folder; empty = not known.
    """

    asks: str = "some"
    asks_first: tuple[str, ...] = ()
    steer: str = "queue"
    resume: str = ""
    fork: str = ""
    store: str = ""
    usage: str = "none"
    fs: str = "yes"
    model_prefix: str = ""
    compact: str = "no"
    images: str = ""


def entry_of(launch: Launch) -> Entry:
    """The entry's quirks. Raises AgentFailed(unsupported) for one that nobody knows."""
    given = {k: v for k, v in launch.agent.quirks.items() if not k.startswith("env.")}
    if unknown := set(given) - NAMES:
        raise AgentFailed("unsupported", f"{launch.agent.id}: no such quirk: {min(unknown)}")
    first = tuple(given.pop("asks_first", "").split()) if asks_all(launch) else ()
    given.pop("asks_first", None)
    if not asks_all(launch) and given.get("asks") == "all":
        given["asks"] = "some"
    return Entry(asks_first=first, **given)


def asks_all(launch: Launch) -> bool:
    """Every tool is to be asked for, whatever the person's own settings allow."""
    return launch.asks == "all" or launch.profile == "clean"


def routed(launch: Launch) -> bool:
    """Its calls go through the gate: there is an address, and the entry hands it on."""
    spec = launch.agent
    told = (*launch.argv, *spec.env.values(), *spec.files.values(), *spec.quirks.values())
    return bool(launch.gate_url) and any("{U}" in text for text in told)


def spawn_for(start: SessionStart) -> Spawn:
    """Program, environment and place, all filled in."""
    launch = launch_of(start)
    env = dict(launch.agent.env)
    for name, text in launch.agent.quirks.items():
        if name.startswith(ENV_ALL) and asks_all(launch):
            env[name.removeprefix(ENV_ALL)] = text
        elif name.startswith(ENV_CLEAN) and launch.profile == "clean":
            env[name.removeprefix(ENV_CLEAN)] = text
    argv = tuple(filled(text, start) for text in launch.argv)
    return spawn_of(start, argv, {name: filled(text, start) for name, text in env.items()})


async def put_files(start: SessionStart) -> None:
    """The entry's files, 0600, in the session's folder. Raises AgentFailed(missing)."""
    if launch_of(start).agent.files:
        await asyncio.to_thread(_put_files, start)


def _put_files(start: SessionStart) -> None:
    launch = launch_of(start)
    home = Path(launch.home)
    for name, text in launch.agent.files.items():
        path = home / name
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            raise AgentFailed("unsupported", f"{launch.agent.id}: {name!r} leaves its folder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.unlink(missing_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(fd, "w", encoding="utf-8") as file:
                file.write(filled(text, start))
        except OSError as error:
            raise AgentFailed("missing", f"{path}: {error}") from error


def caps_of(spec: AgentSpec, entry: Entry, said: dict[str, bool], reaches: bool) -> Capabilities:
    """What a session can do: what the agent `said` (resume, load, fork, image, model), corrected by
    its entry; `reaches` = it is routed."""
    offered = "resume" if said["resume"] else "load" if said["load"] else "none"
    images = entry.images or ("yes" if said["image"] else "no")
    return Capabilities(
        step="none" if entry.asks == "none" else "ask",
        freeze="tree",
        steer=_one_of("steer", entry.steer),
        fork=_one_of("fork", entry.fork or ("end" if said["fork"] else "none")),
        resume=_one_of("resume", entry.resume or offered),
        set_model="now" if reaches or said["model"] else "none",
        asks=_one_of("asks", entry.asks),
        usage=_one_of("usage", entry.usage),
        routed="yes" if reaches else "no",
        images=_one_of("images", images),
        commands="yes",
        by_hand="yes" if spec.by_hand else "no",
        compact=_one_of("compact", entry.compact),
    )


def _one_of(name: str, value: str) -> Any:
    """The value, if the capability has it. Raises AgentFailed(unsupported)."""
    if value not in get_args(Capabilities.__annotations__[name]):
        raise AgentFailed("unsupported", f"quirk {name} = {value!r} is none of its values")
    return value
