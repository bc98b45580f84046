"""Reducer cases of the engine's own events: orders, alerts, operations, groups, limits, bells."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Entry
from commandcenter.core.world import (
    UNDO_DEPTH,
    Alert,
    Done,
    Limit,
    OperationHead,
    Spent,
    Tokens,
    World,
)


def _engine_started(world: World, entry: Entry, event: ev.EngineStarted) -> None:
    world.start, world.clean = event.start, False


def _engine_stopped(world: World, entry: Entry, event: ev.EngineStopped) -> None:
    world.clean = True


def _order_given(world: World, entry: Entry, event: ev.OrderGiven) -> None:
    world.given[event.id] = event.order


def _order_refused(world: World, entry: Entry, event: ev.OrderRefused) -> None:
    if not entry.thread:
        world.given.pop(event.id, None)


def _order_done(world: World, entry: Entry, event: ev.OrderDone) -> None:
    order = event.redone or world.given.pop(event.id, None)
    world.given.pop(event.id, None)
    if event.redone is not None:
        world.redo = world.redo[:-1]
    elif event.undoable:
        world.redo = ()
    if order is not None and event.undoable:
        done = Done(event.id, order, event.inverse, entry.seq, entry.wall)
        world.undo = (*world.undo, done)[-UNDO_DEPTH:]


def _order_undone(world: World, entry: Entry, event: ev.OrderUndone) -> None:
    taken = [done for done in world.undo if done.id == event.id]
    world.undo = tuple(done for done in world.undo if done.id != event.id)
    if event.taken_back:
        world.redo = (*world.redo, *taken)[-UNDO_DEPTH:]


_WINDOW: dict[ev.Severity, int] = {"danger": 10 * NS, "warn": 30 * NS, "info": 60 * NS}
"""How long (ns) a repeat only counts up, worst first (screen.md 10)."""
_RANK = tuple(_WINDOW)


def _worse(old: Alert, event: ev.AlertRaised) -> bool:
    return _RANK.index(event.severity) < _RANK.index(old.severity)


def _repeats(old: Alert, event: ev.AlertRaised, wall: int) -> bool:
    """Inside its window, and no worse than it was."""
    return not _worse(old, event) and wall - old.last <= _WINDOW[old.severity]


def _alert_raised(world: World, entry: Entry, event: ev.AlertRaised) -> None:
    known = world.alerts.get(event.alert)
    old = known if known is not None and _repeats(known, event, entry.wall) else None
    world.alerts[event.alert] = Alert(
        event.alert,
        event.severity,
        event.category,
        event.line,
        event.mend,
        event.operation,
        entry.thread,
        entry.wall if old is None else old.since,
        entry.wall,
        1 if old is None else old.times + 1,
        entry.seq,
        deferred=0 if old is None else old.deferred,
        snoozed=0 if known is None or _worse(known, event) else known.snoozed,
    )
    _drop_old(world)


def _drop_old(world: World) -> None:
    if len(world.alerts) > 200:
        gone = [key for key, alert in world.alerts.items() if alert.cleared][:50]
        for key in gone or list(world.alerts)[:1]:
            del world.alerts[key]


def _alert_cleared(world: World, entry: Entry, event: ev.AlertCleared) -> None:
    alert = world.alerts.get(event.alert)
    if alert is not None and not alert.cleared:
        world.alerts[event.alert] = replace(alert, cleared=entry.wall)


def _day_began(world: World, entry: Entry, event: ev.DayBegan) -> None:
    world.day, world.day_spent, world.day_tokens = event.day, Spent(), Tokens()


def _operation_made(world: World, entry: Entry, event: ev.OperationMade) -> None:
    world.operations[event.name] = OperationHead(
        event.name,
        event.repo,
        event.base,
        event.goal,
        event.success,
        accept=event.accept,
        never=event.never,
        ladder=event.ladder,
        protect=event.protect,
        order=entry.seq,
    )


def _operation_disbanded(world: World, entry: Entry, event: ev.OperationDisbanded) -> None:
    world.operations.pop(event.name, None)


def _group_changed(world: World, entry: Entry, event: ev.GroupChanged) -> None:
    old = world.groups.get(event.group, ())
    world.groups[event.group] = event.threads
    if not event.threads:
        del world.groups[event.group]
    for thread in {*old, *event.threads}:
        head = world.threads.get(thread)
        if head is not None:
            groups = {group for group in head.groups if group != event.group}
            if thread in event.threads:
                groups.add(event.group)
            world.threads[thread] = replace(head, groups=tuple(sorted(groups)))


def _limit_set(world: World, entry: Entry, event: ev.LimitSet) -> None:
    limit = Limit(event.usd, event.tokens, event.at_limit, event.share, event.reported)
    if event.scope == "day":
        world.day_limit = limit
    elif event.scope.startswith("@op:"):
        operation = world.operations.get(event.scope[4:])
        if operation is not None:
            world.operations[operation.name] = replace(operation, limit=limit)
    else:
        head = world.threads.get(int(event.scope[1:]))
        if head is not None:
            world.threads[head.id] = replace(head, limit=limit)


def _all_paused(world: World, entry: Entry, event: ev.AllPaused) -> None:
    world.bell, world.bell_threads = True, event.threads


def _all_resumed(world: World, entry: Entry, event: ev.AllResumed) -> None:
    world.bell, world.bell_threads = False, ()


def _spending_frozen(world: World, entry: Entry, event: ev.SpendingFrozen) -> None:
    frozen = {*world.frozen_accounts, event.account or "*"}
    world.frozen_accounts = tuple(sorted(frozen))


def _spending_resumed(world: World, entry: Entry, event: ev.SpendingResumed) -> None:
    left = [a for a in world.frozen_accounts if event.account and a != event.account]
    world.frozen_accounts = tuple(left)


ENGINE_CASES: dict[str, Callable[[World, Entry, Any], None]] = {
    "EngineStarted": _engine_started,
    "EngineStopped": _engine_stopped,
    "OrderGiven": _order_given,
    "OrderRefused": _order_refused,
    "OrderDone": _order_done,
    "OrderUndone": _order_undone,
    "AlertRaised": _alert_raised,
    "AlertCleared": _alert_cleared,
    "DayBegan": _day_began,
    "OperationMade": _operation_made,
    "OperationDisbanded": _operation_disbanded,
    "GroupChanged": _group_changed,
    "LimitSet": _limit_set,
    "AllPaused": _all_paused,
    "AllResumed": _all_resumed,
    "SpendingFrozen": _spending_frozen,
    "SpendingResumed": _spending_resumed,
}
