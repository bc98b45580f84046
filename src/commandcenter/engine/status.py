"""The whole engine in one record: what `commandcenter status` prints."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from commandcenter import __version__
from commandcenter.core.base import NS
from commandcenter.core.plain import burn, cost, limit, tokens
from commandcenter.gate.base import AccountView

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def status(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """Versions, threads by state, held by reason, supply, spend, burn, accounts, sizes."""
    parts = engine.parts
    world, view = parts.world, parts.gate.view()
    now = parts.clock.wall()
    return {
        "version": __version__,
        "python": sys.version.split()[0],
        "pid": os.getpid(),
        "pids": [pid for head in world.threads.values() for pid, _ in head.pids],
        "data": str(parts.folders.data),
        "uptime_s": round((now - parts.started) / NS, 1),
        "seq": world.seq,
        "threads": dict(Counter(head.state for head in world.threads.values())),
        "held": view.held,
        "supply": {"running": view.in_flight, "cap": sum(a.cap for a in view.accounts)},
        "calls": {
            "in_flight": view.in_flight,
            "waiting": view.waiting,
            "admitted": view.admitted,
            "refused": view.refused,
        },
        "spend": spend(engine),
        "burn": round(sum(burn(head, now) for head in world.threads.values()), 1),
        "live": view.live,
        "accounts": [account(engine, each) for each in view.accounts],
        "journal": journal_size(parts.folders.data / "journal"),
        "recording": parts.ledger.broken or "ok",
        "bell": world.bell,
        "loops": sum(head.loop is not None for head in world.threads.values()),
        "grants": len(world.grants),
        "flags": len(world.flags),
        "spending_frozen": list(world.frozen_accounts),
        "gate": view.address,
        "sandbox": "not sandboxed by us",
    }


def spend(engine: "Engine") -> dict[str, Any]:
    """The day's real money against its limit; practice dollars stand with their accounts."""
    world = engine.parts.world
    return {
        "day": world.day,
        **cost(world.day_spent),
        "tokens": tokens(world.day_tokens),
        "limit": limit(world.day_limit),
    }


def account(engine: "Engine", view: AccountView) -> dict[str, Any]:
    """One account: supply now, and all it has cost."""
    head = engine.parts.world.accounts.get(view.id)
    seen: dict[str, Any] = msgspec.to_builtins(view)
    if head is not None:
        seen |= {"cost": cost(head.spent), "tokens": tokens(head.tokens)}
    return seen


def journal_size(folder: Path) -> dict[str, int]:
    """Bytes and files of the journal."""
    files = [entry.stat().st_size for entry in os.scandir(folder)] if folder.is_dir() else []
    return {"bytes": sum(files), "files": len(files)}
