"""A world to look at where the threads are a person's own agents, on their plans."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.world import AccountHead, Head, Limit, Spent, Tokens, Window, World
from commandcenter.testing.worlds import NOW, demo_world

_CAPS = {"images": "yes", "commands": "yes", "by_hand": "yes", "compact": "yes"}
_CAPS |= {"resume": "resume", "interrupt": "yes", "set_model": "turn"}
_KINDS: dict[str, tuple[str, str]] = {
    "claude": ("claude-login", "login"),
    "codex": ("codex-login", "login"),
    "opencode": ("openrouter", "key"),
    "native": ("sparring-chat", "key"),
}
_HOUR = 3_600 * NS


def plan_world(operations: int = 5, threads: int = 24, shut: bool = False) -> World:
    """The demo world with a person's own agents: windows, ports, subagents, sessions by hand.

    `shut`: the window of five hours is used up.
    """
    world = demo_world(operations, threads)
    for thread, head in list(world.threads.items()):
        world.threads[thread] = _foreign(head)
    marked = [h for h in world.threads.values() if h.driver in ("claude", "codex")][:40]
    for number, head in enumerate(marked):
        world.threads[head.id] = replace(head, **_mark(number, head, shut))
    world.accounts |= {
        "claude-login": _plan("claude-login", 1.0 if shut else 0.71, 34, "14.54", shut),
        "codex-login": _plan("codex-login", 0.38, 160, "0", False),
        "openrouter": AccountHead("openrouter", spent=Spent(usd=Decimal("6.12"))),
    }
    world.logins = ("claude", "codex")
    return world


def _foreign(head: Head) -> Head:
    account, auth = _KINDS[head.driver]
    native = head.driver == "native"
    money = head.spent.usd
    return replace(
        head,
        account=account,
        auth=auth,
        limit=Limit(tokens=1_500_000) if auth == "login" else head.limit,
        spent=Spent(plan=money, basis=("plan",)) if auth == "login" else head.spent,
        caps={} if native else _CAPS,
        commands=() if native else ("compact", "review", "help", "model", "memory"),
        profile="" if native else "mine",
        routed="yes",
        agent_version="" if native else "2.1.4",
        agent_session="" if native else f"s-{head.id}",
        port=0 if native else 20_000 + 10 * head.id,
        rss=0 if native else (180 + head.id) << 20,
        workspace=f"/home/me/.local/share/commandcenter/worktrees/{head.id}",
        branch=f"cc/{head.id}-{head.name}",
    )


def _mark(number: int, head: Head, shut: bool) -> dict[str, Any]:
    """One of the marks that came with M2, by turns."""
    live = head.state == "running"
    if shut and live and head.account == "claude-login":
        return {"hold": ("window",), "waits_for": "window"}
    rests: dict[str, Any] = {"state": "hibernated", "activity": "", "in_turn": False, "tool": ""}
    marks: tuple[dict[str, Any], ...] = (
        {},
        {"subagents": ("a", "b", "c"), "sub_tokens": 41_000},
        {"metered": False, "routed": "no", "reported": (84_000, 9_000)},
        rests | {"by_hand": f"cd {head.workspace} && claude --resume s-{head.id}"},
        {},
        rests,
        {"subagents": ("a",), "sub_tokens": 5_000, "metered": False, "routed": "no"},
    )
    mark = marks[number % len(marks)]
    return mark if live or not mark or "subagents" in mark else {}


def _plan(name: str, used: float, left_min: int, value: str, shut: bool) -> AccountHead:
    reset = NOW + left_min * 60 * NS + _HOUR
    windows = (
        Window(300, used, reset, "rejected" if shut else "allowed", NOW - NS),
        Window(10_080, 0.44, NOW + 72 * _HOUR, "allowed", NOW - NS),
    )
    return AccountHead(
        name,
        closed_until=reset if shut else -1,
        why="window" if shut else "",
        calls=300,
        tokens=Tokens(input=9_000_000, output=200_000),
        spent=Spent(plan=Decimal(value)),
        windows=windows,
        auth="login",
    )
