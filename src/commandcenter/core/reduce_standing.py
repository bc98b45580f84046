"""Reducer cases of standing orders: marks, goals, loops, queues, grants, flags."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry
from commandcenter.core.reduce_threads import move
from commandcenter.core.standing import Grant, GroupRules, MapFlag
from commandcenter.core.world import World


def _seen(world: World, entry: Entry, event: ev.SeenMarked) -> None:
    move(world, entry, results_seen=event.results, diff_seen=event.diff)


def _priority(world: World, entry: Entry, event: ev.PriorityChanged) -> None:
    move(world, entry, weight=event.weight)


def _tags(world: World, entry: Entry, event: ev.TagsChanged) -> None:
    move(world, entry, tags=event.tags)


def _goal(world: World, entry: Entry, event: ev.GoalSet) -> None:
    move(world, entry, goal=event.goal)


def _rally(world: World, entry: Entry, event: ev.RallySet) -> None:
    move(world, entry, rally=event.to)


def _loop(world: World, entry: Entry, event: ev.LoopSet) -> None:
    move(world, entry, loop=event.loop)


def _orders(world: World, entry: Entry, event: ev.OrdersQueued) -> None:
    move(world, entry, orders=event.orders)


def _flag(world: World, entry: Entry, event: ev.FlagSet) -> None:
    world.flags[event.flag] = MapFlag(event.flag, event.x, event.y, event.note, entry.wall)
    world.last_flag = max(world.last_flag, event.flag)


def _unflag(world: World, entry: Entry, event: ev.FlagRemoved) -> None:
    world.flags.pop(event.flag, None)


def _deferred(world: World, entry: Entry, event: ev.Deferred) -> None:
    ask = world.asks.get(int(event.entry)) if event.entry.isdecimal() else None
    alert = world.alerts.get(event.entry)
    if ask is not None:
        world.asks[ask.id] = replace(ask, deferred=event.until)
    elif alert is not None:
        world.alerts[alert.id] = replace(alert, deferred=event.until)


def _snoozed(world: World, entry: Entry, event: ev.Snoozed) -> None:
    alert = world.alerts.get(event.alert)
    if alert is not None:
        world.alerts[alert.id] = replace(alert, snoozed=event.until)


def _group_ruled(world: World, entry: Entry, event: ev.GroupRuled) -> None:
    rules = GroupRules(event.exclusive, event.children, event.auto)
    world.group_rules[event.group] = rules
    if rules == GroupRules():
        del world.group_rules[event.group]


def _granted(world: World, entry: Entry, event: ev.Granted) -> None:
    world.grants[event.grant] = Grant(
        event.grant,
        event.scope,
        entry.thread,
        entry.stamp.turn,
        event.operation,
        event.level,
        event.rule,
        event.key,
        event.line,
        entry.wall,
    )


def _grant_used(world: World, entry: Entry, event: ev.GrantUsed) -> None:
    grant = world.grants.get(event.grant)
    if grant is not None:
        world.grants[grant.id] = replace(grant, used=grant.used + 1)


def _grant_ended(world: World, entry: Entry, event: ev.GrantEnded) -> None:
    world.grants.pop(event.grant, None)


STANDING_CASES: dict[str, Callable[[World, Entry, Any], None]] = {
    "SeenMarked": _seen,
    "PriorityChanged": _priority,
    "TagsChanged": _tags,
    "GoalSet": _goal,
    "RallySet": _rally,
    "LoopSet": _loop,
    "OrdersQueued": _orders,
    "FlagSet": _flag,
    "FlagRemoved": _unflag,
    "Deferred": _deferred,
    "Snoozed": _snoozed,
    "GroupRuled": _group_ruled,
    "Granted": _granted,
    "GrantUsed": _grant_used,
    "GrantEnded": _grant_ended,
}
