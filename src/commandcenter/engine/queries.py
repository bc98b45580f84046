"""Questions through the link that give no order: status, diff, what was found, a terminal's pane
with the keys typed in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from commandcenter.config.accounts import Account
from commandcenter.config.discovery import discover
from commandcenter.core.world import dump
from commandcenter.drivers.base import AgentSpec
from commandcenter.drivers.catalog import program
from commandcenter.engine.means import shares
from commandcenter.engine.measuring import acted, metrics
from commandcenter.engine.panes import files, keys, terminal
from commandcenter.engine.queries_inspector import INSPECTOR
from commandcenter.engine.queries_results import RESULTS
from commandcenter.engine.queries_seats import SEATS
from commandcenter.engine.queries_shaping import SHAPING
from commandcenter.engine.status import status
from commandcenter.hosts.ports import block, listening
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def diff(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """What the thread has changed in its workspace, as a unified diff."""
    head = engine.parts.world.threads.get(int(args["thread"]))
    if head is None or not head.workspace:
        return {"diff": "", "why": "no workspace yet"}
    try:
        text = await engine.parts.workspaces.diff(head.workspace, head.base)
    except WorkspaceError as error:
        return {"diff": "", "why": error.why}
    return {"diff": text, "why": ""}


async def repository(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """What a folder is: a usable repository with its branch, or why it is none."""
    try:
        found = await engine.parts.workspaces.inspect(str(args["path"]))
    except WorkspaceError as error:
        return {"why": error.why, "remedy": error.remedy}
    return {"why": "", **msgspec.to_builtins(found, enc_hook=str)}


async def found(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """Endpoints, keys and agents on this machine, and the accounts there are."""
    loop = asyncio.get_running_loop()
    seen = await loop.run_in_executor(None, discover)
    person = await engine.parts.person_env.get()
    here = await asyncio.to_thread(agents_here, engine.parts.agents, person.get("PATH", ""))
    try:
        known, trouble = engine.parts.known_accounts(), ""
    except ValueError as error:
        known, trouble = engine.parts.accounts, str(error)
    accounts = [a for a in known.values() if not (a.practice and a.serve)]  # ours stay behind Mod+G
    return {
        **msgspec.to_builtins(seen),
        "agents": here,
        "accounts": [_account(a) for a in accounts],
        "drivers": sorted(engine.parts.drivers),
        "trouble": trouble,
    }


def _account(account: Account) -> dict[str, str]:
    found = {"id": account.id, "kind": account.kind, "model": account.model, "auth": account.auth}
    return found | {"base_url": account.base_url, "url": account.url}


def agents_here(agents: dict[str, AgentSpec], path: str) -> list[dict[str, str]]:
    """The foreign agents of the catalog whose program lies on this PATH."""
    places = ((spec, program(spec, path)) for spec in agents.values() if spec.command)
    return [
        {"name": spec.id, "title": spec.name, "path": place, "driver": spec.driver}
        for spec, place in places
        if place
    ]


async def listens(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The ports of a thread's block on which something listens now."""
    head = engine.parts.world.threads.get(int(args["thread"]))
    ports = block(head.port) if head is not None else range(0)
    return {"listening": list(await asyncio.to_thread(listening, ports))}


async def estimate(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """What stopping a thread now would cut or keep."""
    left = engine.parts.gate.left(int(args["thread"]))
    return {} if left is None else msgspec.to_builtins(left)


async def skirmish(engine: "Engine", args: dict[str, Any]) -> None:
    """Start the practice operation; its orders go through the one door."""
    if engine.parts.skirmish is not None:
        await engine.parts.skirmish(int(args.get("threads", 24)), args.get("seed"))


async def whole_world(engine: "Engine", args: dict[str, Any]) -> bytes:
    """The snapshot, for a shell command that looks once."""
    return dump(engine.parts.world)


async def stop(engine: "Engine", args: dict[str, Any]) -> None:
    """End the engine cleanly, after this answer."""
    asyncio.get_running_loop().call_later(0.05, engine.stopping.set)


QUERIES: dict[str, Callable[["Engine", dict[str, Any]], Awaitable[Any]]] = {
    "status": status,
    "diff": diff,
    "repository": repository,
    "found": found,
    "estimate": estimate,
    "ports": listens,
    "terminal": terminal,
    "keys": keys,
    "files": files,
    "acted": acted,
    "metrics": metrics,
    "skirmish": skirmish,
    "stop": stop,
    "world": whole_world,
    "shares": shares,
    **INSPECTOR,
    **SHAPING,
    **RESULTS,
    **SEATS,
}
