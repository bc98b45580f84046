"""Reducer cases of the gate's events: calls, meters, accounts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry
from commandcenter.core.conversation import Usage
from commandcenter.core.world import AccountHead, OpenCall, Spent, Tokens, Window, World


def add_tokens(tokens: Tokens, usage: Usage) -> Tokens:
    """The sums after one more settled call."""
    return Tokens(
        tokens.input + usage.input,
        tokens.cached_read + usage.cached_read,
        tokens.cached_write + usage.cached_write,
        tokens.output + usage.output,
        tokens.thinking + usage.thinking,
        tokens.estimated or usage.counts == "estimated",
        tokens.calls + 1,
    )


def add_cost(spent: Spent, cost: ev.Cost) -> Spent:
    """The ledgers after one more settled call; an unknown price is counted, not taken for 0."""
    basis = spent.basis if cost.basis in spent.basis else (*spent.basis, cost.basis)
    known = cost.usd if cost.usd is not None else Decimal(0)
    ledger = {"practice": "practice", "plan": "plan"}.get(cost.basis, "usd")
    sums: dict[str, Any] = {ledger: getattr(spent, ledger) + known}
    return replace(
        spent,
        unknown=spent.unknown + (cost.usd is None),
        basis=basis,
        priced_as=cost.priced_as or spent.priced_as,
        **sums,
    )


def account(world: World, name: str) -> AccountHead:
    """The account's head, a fresh one when it was never seen."""
    return world.accounts.get(name) or AccountHead(name)


def _admitted(world: World, entry: Entry, event: ev.CallAdmitted) -> None:
    world.calls[event.call] = OpenCall(
        event.call,
        entry.thread,
        event.account,
        event.sent,
        event.reserved,
        event.reserved_usd,
        event.est_in,
        entry.wall,
        bool(event.sub),
    )
    head = world.threads.get(entry.thread)
    if head is not None:
        world.threads[head.id] = replace(
            head,
            waits_for="",
            call_since=entry.wall,
            calls_open=(*head.calls_open, event.call),
            called_seq=entry.seq,
            seen_at=entry.wall,
        )


def _held(world: World, entry: Entry, event: ev.CallHeld) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        waits = event.detail or event.reason
        world.threads[head.id] = replace(head, waits_for=waits, seen_at=entry.wall)


def _close(world: World, entry: Entry, call: str) -> None:
    world.calls.pop(call, None)
    head = world.threads.get(entry.thread)
    if head is not None:
        left = tuple(c for c in head.calls_open if c != call)
        since = head.call_since if left else 0
        world.threads[head.id] = replace(
            head, calls_open=left, call_since=since, waits_for="", seen_at=entry.wall
        )


def _failed(world: World, entry: Entry, event: ev.CallFailed) -> None:
    _close(world, entry, event.call)


def _settled(world: World, entry: Entry, event: ev.CallSettled) -> None:
    call = world.calls.get(event.call)
    _close(world, entry, event.call)
    usage, cost = event.usage, event.cost
    head = world.threads.get(entry.thread)
    if head is not None:
        tokens, spent = add_tokens(head.tokens, usage), add_cost(head.spent, cost)
        apart = event.end == "engine_lost" or event.side or (call is not None and call.sub)
        used = head.context_used if apart else usage.input + usage.output
        sub = usage.input + usage.output if call is not None and call.sub else 0
        world.threads[head.id] = replace(
            head, tokens=tokens, spent=spent, context_used=used, sub_tokens=head.sub_tokens + sub
        )
        operation = world.operations.get(head.operation)
        if operation is not None:
            world.operations[operation.name] = replace(
                operation,
                tokens=add_tokens(operation.tokens, usage),
                spent=add_cost(operation.spent, cost),
            )
    held = account(world, event.account)
    world.accounts[held.id] = replace(
        held,
        calls=held.calls + 1,
        tokens=add_tokens(held.tokens, usage),
        spent=add_cost(held.spent, cost),
    )
    if cost.basis not in ("practice", "plan"):
        world.day_tokens = add_tokens(world.day_tokens, usage)
        world.day_spent = add_cost(world.day_spent, cost)


def _account_closed(world: World, entry: Entry, event: ev.AccountClosed) -> None:
    held = account(world, event.account)
    world.accounts[held.id] = replace(held, closed_until=event.until, why=event.why)


def _window_seen(world: World, entry: Entry, event: ev.WindowSeen) -> None:
    held = account(world, event.account)
    seen = Window(event.minutes, event.used, event.resets_at, event.status, entry.wall)
    others = [one for one in held.windows if one.minutes != event.minutes]
    windows = tuple(sorted([*others, seen], key=lambda one: one.minutes))
    world.accounts[held.id] = replace(held, windows=windows, auth="login")


def _route_seen(world: World, entry: Entry, event: ev.RouteSeen) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        word: Literal["yes", "no"] = "yes" if event.routed else "no"
        world.threads[head.id] = replace(
            head, routed=word, metered=event.routed, seen_at=entry.wall
        )


def _login_allowed(world: World, entry: Entry, event: ev.LoginAllowed) -> None:
    world.logins = tuple(sorted({*world.logins, event.agent}))


def _login_forbidden(world: World, entry: Entry, event: ev.LoginForbidden) -> None:
    world.logins = tuple(agent for agent in world.logins if agent != event.agent)


def _account_opened(world: World, entry: Entry, event: ev.AccountOpened) -> None:
    held = account(world, event.account)
    world.accounts[held.id] = replace(held, closed_until=-1, why="")


CALL_CASES: dict[str, Callable[[World, Entry, Any], None]] = {
    "CallAdmitted": _admitted,
    "CallHeld": _held,
    "CallFailed": _failed,
    "CallSettled": _settled,
    "AccountClosed": _account_closed,
    "AccountOpened": _account_opened,
    "WindowSeen": _window_seen,
    "RouteSeen": _route_seen,
    "LoginAllowed": _login_allowed,
    "LoginForbidden": _login_forbidden,
}
