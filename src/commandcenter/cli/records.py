"""World as plain records: what `threads`, `operations`, `approvals`, `alerts`, `events` print."""

from typing import Any

import msgspec

from commandcenter.core.base import NS
from commandcenter.core.codec import Row
from commandcenter.core.plain import burn, cost, limit, tokens
from commandcenter.core.standing import Looping
from commandcenter.core.world import Alert, Ask, Head, OperationHead, World
from commandcenter.hud.attention import Entry as Queued
from commandcenter.hud.attention import entries
from commandcenter.hud.notify import answers
from commandcenter.hud.seen import seen

NOT_SANDBOXED = "not sandboxed by us"
PORTS = 10
"""Of a thread's block."""


def thread(head: Head, world: World, live: int) -> dict[str, Any]:
    """One record of `threads --json`; `live` = tokens reserved by calls in flight."""
    return {
        "id": head.id,
        "name": head.name,
        "operation": head.operation,
        "seen": seen(head, world.accounts.get(head.account)),
        "state": head.state,
        "why": head.why,
        "activity": head.activity,
        "outcome": head.outcome,
        "agent": head.agent,
        "model": head.model,
        "account": head.account,
        "host": "local",
        "workspace": head.workspace,
        "branch": head.branch,
        "parent": head.parent,
        "children": list(head.children),
        "groups": list(head.groups),
        "tokens": tokens(head.tokens, live),
        "cost": cost(head.spent),
        "metered": head.metered,
        "routed": head.routed,
        "reported": {"input": head.reported[0], "output": head.reported[1]},
        "budget": limit(head.limit),
        "context": {"used": head.context_used, "size": head.context_size},
        "burn": burn(head, world.wall),
        "queue": [queued.note for queued in head.queue],
        **standing(head),
        "flags": flags(head, world),
        "hold": list(head.hold),
        "waits_for": head.waits_for,
        **agent_of(head),
        "last_line": head.line,
        "pids": [pid for pid, _ in head.pids],
        "rss": head.rss,
    }


def standing(head: Head) -> dict[str, Any]:
    """What holds for a thread until it is changed, and what waits for the player's eyes."""
    return {
        "goal": head.goal,
        "rally": head.rally,
        "loop": _loop(head.loop) if head.loop is not None else None,
        "orders": [queued.text for queued in head.orders],
        "weight": head.weight,
        "tags": list(head.tags),
        "results": head.results,
        "unseen": max(0, head.results - head.results_seen),
        "unseen_diff": max(0, head.results - head.diff_seen),
    }


def _loop(loop: Looping) -> dict[str, Any]:
    return {"until": loop.text, "rounds": loop.rounds, "unchanged": loop.same}


def agent_of(head: Head) -> dict[str, Any]:
    """What is known of a thread's agent and of where it runs."""
    return {
        "sandbox": NOT_SANDBOXED,
        "profile": head.profile,
        "auth": head.auth,
        "agent_version": head.agent_version,
        "agent_session": head.agent_session,
        "by_hand": head.by_hand,
        "subagents": {"running": len(head.subagents), "tokens": head.sub_tokens},
        "ports": list(range(head.port, head.port + PORTS)) if head.port else [],
    }


def flags(head: Head, world: World) -> list[str]:
    """The words that stand beside a thread's state."""
    quiet = world.alerts.get(f"silent:{head.id}")
    said = {
        "silent": quiet is not None and not quiet.cleared,
        "parked": head.parked,
        "unmetered": not head.metered,
        "by_hand": bool(head.by_hand),
    }
    return [word for word, stands in said.items() if stands]


def operation(head: OperationHead) -> dict[str, Any]:
    """One record of `operations --json`."""
    return {
        "name": head.name,
        "goal": head.goal,
        "repo": head.repo,
        "base": head.base,
        "success": head.success,
        "budget": limit(head.limit),
        "cost": cost(head.spent),
        "tokens": tokens(head.tokens),
        "threads": list(head.threads),
    }


def approval(ask: Ask, now: int) -> dict[str, Any]:
    """One record of `approvals --json`; `now` wall ns."""
    return {
        "id": ask.id,
        "thread": ask.thread,
        "kind": ask.kind,
        "level": ask.level,
        "line": ask.line,
        "request": ask.request,
        "rule": ask.rule,
        "options": list(ask.options),
        "digest": ask.digest,
        "waited_s": round((now - ask.since) / NS, 1),
    }


def alert(one: Alert, now: int) -> dict[str, Any]:
    """One record of `alerts --json`: an alert; `now` wall ns."""
    return {
        "id": one.id,
        "kind": "alert",
        "severity": one.severity,
        "category": one.category,
        "line": one.line,
        "mend": one.mend,
        "thread": one.thread,
        "operation": one.operation,
        "times": one.times,
        "age_s": round((now - one.last) / NS, 1),
        "over": bool(one.cleared),
        "deferred": one.deferred > now,
        "snoozed": one.snoozed > now,
        "why": "",
    }


def attention(world: World, now: int) -> list[dict[str, Any]]:
    """What `alerts --json` prints: the attention queue, first what comes first, then the alerts
    that are not in it, newest first. `why` = the reasons of the place, empty = none has it."""
    queue = entries(world, now)
    queued = {one.key for one in queue}
    rest = sorted((a for a in world.alerts.values() if a.id not in queued), key=lambda a: -a.last)
    return [*(needs(one, world, now) for one in queue), *(alert(one, now) for one in rest)]


def needs(one: Queued, world: World, now: int) -> dict[str, Any]:
    """One record of `alerts --json`: what needs the player, with its place's reasons."""
    known = world.alerts.get(one.key)
    head = world.threads.get(one.thread)
    line, mend = _said(one, world, head)
    found = {
        "id": one.key,
        "category": one.kind,
        "line": line,
        "mend": mend,
        "thread": one.thread,
        "operation": head.operation if head is not None else "",
        "times": max(1, len(one.same)),
        "age_s": round((now - one.since) / NS, 1),
        "over": False,
        "snoozed": False,
    }
    if known is not None:
        found = alert(known, now)
    told = {"kind": one.kind, "severity": one.severity, "deferred": one.deferred}
    return found | told | {"why": one.why(now)}


def _said(one: Queued, world: World, head: Head | None) -> tuple[str, str]:
    """What needs the player, and the order that answers."""
    ask = world.asks.get(one.ask)
    if ask is not None and head is not None:
        return f"{head.name} asks: {ask.line}", " or ".join(answers(ask))
    if head is None:
        return "", ""
    if one.kind == "review":
        count = head.results - head.results_seen
        return f"{head.name}: {count} to look at", f"seen #{head.id}"
    return f"{head.name}: {head.why}", f"resume #{head.id} or steer #{head.id}"


def entry(row: Row) -> dict[str, Any]:
    """One record of `events --json`; the payload's own names inside `data`."""
    body = msgspec.json.decode(row.payload)
    return {
        "seq": row.seq,
        "wall": row.wall,
        "thread": row.thread,
        "epoch": row.epoch,
        "kind": row.kind,
        "by": body.get("by", "engine"),
        "cause": body.get("cause", ""),
        "turn": body.get("turn", 0),
        "source": body.get("source", "engine"),
        "data": body.get("data", {}),
    }
