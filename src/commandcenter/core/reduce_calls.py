"""Reducer cases of the gate's events: calls, meters, accounts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry
from commandcenter.core.conversation import Usage
from commandcenter.core.world import AccountHead, OpenCall, Spent, Tokens, World


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
    practice = cost.basis == "practice"
    return Spent(
        spent.usd if practice else spent.usd + known,
        spent.practice + known if practice else spent.practice,
        spent.unknown + (cost.usd is None),
        basis,
        cost.priced_as or spent.priced_as,
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
    _close(world, entry, event.call)
    usage, cost = event.usage, event.cost
    head = world.threads.get(entry.thread)
    if head is not None:
        tokens, spent = add_tokens(head.tokens, usage), add_cost(head.spent, cost)
        used = usage.input + usage.output if event.end != "engine_lost" else head.context_used
        world.threads[head.id] = replace(head, tokens=tokens, spent=spent, context_used=used)
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
}
