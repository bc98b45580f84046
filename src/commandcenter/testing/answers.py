"""What the fake link's engine would record for an order: the facts, or a refusal raised."""

from collections.abc import Callable, Iterator
from typing import Any

from commandcenter.core import events as ev
from commandcenter.core import orders as od
from commandcenter.core import refusals as no
from commandcenter.core import targets
from commandcenter.core.base import NS
from commandcenter.core.states import HoldReason, State
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud.attention import likeness
from commandcenter.rules.grouping import changed

FUSE_S = 10
DEFER_S = 300
Facts = list[tuple[int, ev.Event]]
"""(thread, event) pairs."""


def facts(world: World, order: od.AnyOrder, threads: tuple[int, ...]) -> Facts:
    """The events an accepted order leads to. Raises Refused."""
    case = _CASES.get(od.verb(order))
    return list(case(world, order, threads)) if case else []


def inverse(order: od.AnyOrder, threads: tuple[int, ...]) -> tuple[od.AnyOrder, ...]:
    """What gives the order back; empty = nothing does."""
    if isinstance(order, od.Pause | od.Freeze) or (isinstance(order, od.Kill) and not order.now):
        return (od.Resume(targets.text(threads)),)
    return ()


def refusal(world: World, order: od.AnyOrder, thread: int) -> no.Reason | None:
    """Why one receiver cannot take the order; None when it can."""
    head = world.threads[thread]
    if isinstance(order, od.Group | od.Rename | od.Budget | od.Seen):
        return None
    if isinstance(order, od.Revive):
        return None if head.state == "ended" else no.NotEnded()
    if head.state == "ended":
        return no.Ended()
    if isinstance(order, od.Steer) and head.state == "dying":
        return no.Ending()
    if isinstance(order, od.Resume) and head.state not in {"paused", "frozen", "dying", "pausing"}:
        return no.NoChange()
    return None


def _stop(world: World, thread: int, new: State, why: HoldReason = "player") -> Iterator[Any]:
    head = world.threads[thread]
    if head.state not in {new, "ended"}:
        yield thread, ev.Held(why)
        yield thread, ev.StateChanged(head.state, new, why)


def _pause(world: World, order: od.Pause, threads: tuple[int, ...]) -> Iterator[Any]:
    for thread in threads:
        yield from _stop(world, thread, "paused")


def _freeze(world: World, order: od.Freeze, threads: tuple[int, ...]) -> Iterator[Any]:
    for thread in threads:
        yield from _stop(world, thread, "frozen")


def _resume(world: World, order: od.Resume, threads: tuple[int, ...]) -> Iterator[Any]:
    for thread in threads:
        head = world.threads[thread]
        for reason in head.hold:
            yield thread, ev.Released(reason)
        yield thread, ev.StateChanged(head.state, head.before, "resumed")


def _interrupt(world: World, order: od.Interrupt, threads: tuple[int, ...]) -> Iterator[Any]:
    for thread in threads:
        yield thread, ev.TurnEnded("cancelled", "player")
        yield thread, ev.StateChanged(world.threads[thread].state, "idle", "interrupted")


def _kill(world: World, order: od.Kill, threads: tuple[int, ...]) -> Iterator[Any]:
    for thread in threads:
        old = world.threads[thread].state
        if order.now:
            yield thread, ev.StateChanged(old, "ended", "killed", "killed")
        else:
            ends = world.wall + FUSE_S * NS
            yield thread, ev.StateChanged(old, "dying", "killed", fuse_ends=ends)


def _made(world: World, brief: str, like: Head | od.Spawn, number: int) -> ev.ThreadCreated:
    name = like.name or f"thread-{number}"
    operation = like.operation if isinstance(like, Head) else like.op
    return ev.ThreadCreated(
        name, operation, like.agent, "native", like.account, like.model, brief, like.repo
    )


def _spawn(world: World, order: od.Spawn, threads: tuple[int, ...]) -> Iterator[Any]:
    briefs = [brief for brief in (order.briefs or ("",)) for _ in range(order.count)]
    for number, brief in enumerate(briefs, world.last_thread + 1):
        yield number, _made(world, brief, order, number)
        yield number, ev.StateChanged("starting", "running", "started")


def _revive(world: World, order: od.Revive, threads: tuple[int, ...]) -> Iterator[Any]:
    for number, thread in enumerate(threads, world.last_thread + 1):
        head = world.threads[thread]
        yield number, _made(world, head.brief, head, number)


def _ask(world: World, order: od.Approve | od.Deny) -> Ask:
    ask = world.asks.get(order.ask)
    if ask is None:
        raise no.Refused(no.AlreadyAnswered(order.ask))
    if order.digest and order.digest != ask.digest:
        raise no.Refused(no.ChangedSinceAsked())
    return ask


def _approve(world: World, order: od.Approve, threads: tuple[int, ...]) -> Iterator[Any]:
    ask = _ask(world, order)
    if ask.level in {"R3", "R4"} and not order.danger:
        raise no.Refused(no.NeedsDanger(ask.level))
    if order.edit:
        yield ask.thread, ev.Answered(ask.id, "cancelled")
        request = {**ask.request, "command": order.edit}
        number = world.last_ask + 1
        digest = f"{number:064x}"
        yield (
            ask.thread,
            ev.Asked(number, "tool", ask.level, order.edit, request, digest, ask.rule, ask.call),
        )
        return
    if order.remember:
        scope = order.remember
        yield ask.thread, ev.Granted(f"g{ask.id}", scope, "", ask.level, ask.rule, "", ask.line)
    option = order.text if ask.kind == "question" else "allow"
    same = [one for one in world.asks.values() if likeness(one) == likeness(ask)]
    if order.among:
        same = [one for one in same if str(one.id) in order.among.split(",")]
    for one in same if order.identical else [ask]:
        yield from _answer(world, one, option, order.text)


def _deny(world: World, order: od.Deny, threads: tuple[int, ...]) -> Iterator[Any]:
    yield from _answer(world, _ask(world, order), "deny", order.text)


def _answer(world: World, ask: Ask, option: str, text: str) -> Iterator[Any]:
    yield ask.thread, ev.Answered(ask.id, option, text)
    if world.threads[ask.thread].state == "waiting":
        yield ask.thread, ev.StateChanged("waiting", "running", "answered")


def _defer(world: World, order: od.Defer, threads: tuple[int, ...]) -> Iterator[Any]:
    yield 0, ev.Deferred(order.entry, world.wall + DEFER_S * NS)


def _undefer(world: World, order: od.Undefer, threads: tuple[int, ...]) -> Iterator[Any]:
    yield 0, ev.Deferred(order.entry, 0)


def _snooze(world: World, order: od.Snooze, threads: tuple[int, ...]) -> Iterator[Any]:
    yield 0, ev.Snoozed(order.alert, world.wall + order.minutes * 60 * NS)


def _pause_all(world: World, order: od.PauseAll, threads: tuple[int, ...]) -> Iterator[Any]:
    stopped = tuple(h.id for h in world.threads.values() if h.state in {"running", "idle"})
    yield 0, ev.AllPaused(stopped)
    for thread in stopped:
        yield from _stop(world, thread, "paused")


def _resume_all(world: World, order: od.ResumeAll, threads: tuple[int, ...]) -> Iterator[Any]:
    stopped = [t for t in world.bell_threads if world.threads[t].state == "paused"]
    yield 0, ev.AllResumed()
    for thread in stopped:
        yield thread, ev.StateChanged("paused", world.threads[thread].before, "resumed")


def _undo(world: World, order: od.Undo_, threads: tuple[int, ...]) -> Iterator[Any]:
    if not world.undo:
        raise no.Refused(no.NotUndoable("nothing"))
    done = world.undo[-1]
    yield 0, ev.OrderUndone(done.id)
    for inverse in done.inverse:
        target = getattr(inverse, "target", "")
        ids = tuple(int(part[1:]) for part in target.split(",") if part.startswith("#"))
        yield from facts(world, inverse, ids)


def _budget(world: World, order: od.Budget, threads: tuple[int, ...]) -> Iterator[Any]:
    scopes = [f"#{t}" for t in threads] or [order.target]
    for scope in scopes:
        yield 0, ev.LimitSet(scope, order.usd, order.tokens, order.at_limit)


def _per_thread(make: Callable[[Head, Any], ev.Event]) -> Callable[..., Iterator[Any]]:
    def case(world: World, order: Any, threads: tuple[int, ...]) -> Iterator[Any]:
        for thread in threads:
            yield thread, make(world.threads[thread], order)

    return case


_STEP = {"up": 2.0, "down": 0.5}


def _marks(head: Head, order: od.Seen) -> ev.SeenMarked:
    results = head.results if order.to < 0 else order.to
    return ev.SeenMarked(results, results if order.diff else head.diff_seen)


def _group(world: World, order: od.Group, threads: tuple[int, ...]) -> Iterator[Any]:
    for number, members in changed(world, order, threads).items():
        yield 0, ev.GroupChanged(number, members)


def _flag(world: World, order: od.Flag, threads: tuple[int, ...]) -> Iterator[Any]:
    x, y = map(int, order.at.split(","))
    yield 0, ev.FlagSet(order.number or world.last_flag + 1, x, y, order.note)


_CASES: dict[str, Callable[[World, Any, tuple[int, ...]], Iterator[Any]]] = {
    "pause": _pause,
    "freeze": _freeze,
    "resume": _resume,
    "interrupt": _interrupt,
    "kill": _kill,
    "spawn": _spawn,
    "revive": _revive,
    "approve": _approve,
    "deny": _deny,
    "defer": _defer,
    "undefer": _undefer,
    "snooze": _snooze,
    "pause-all": _pause_all,
    "resume-all": _resume_all,
    "undo": _undo,
    "budget": _budget,
    "steer": _per_thread(lambda head, o: ev.SteerQueued(f"{head.id}-{len(head.queue)}", o.text)),
    "rename": _per_thread(lambda head, o: ev.ThreadRenamed(head.name, o.name)),
    "model": _per_thread(lambda head, o: ev.ModelChanged(head.model, o.to, "gate")),
    "group": _group,
    "group-rule": lambda world, o, threads: iter(
        [(0, ev.GroupRuled(o.group, o.exclusive, o.children, o.auto))]
    ),
    "seen": _per_thread(_marks),
    "priority": _per_thread(lambda head, o: ev.PriorityChanged(head.weight * _STEP[o.way])),
    "tag": _per_thread(lambda head, o: ev.TagsChanged(tuple(sorted({*head.tags} ^ {o.word})))),
    "goal": _per_thread(lambda head, o: ev.GoalSet(o.text)),
    "flag": _flag,
    "unflag": lambda world, o, threads: iter([(0, ev.FlagRemoved(o.flag))]),
    "freeze-spending": lambda world, o, threads: iter([(0, ev.SpendingFrozen(o.account))]),
    "resume-spending": lambda world, o, threads: iter([(0, ev.SpendingResumed(o.account))]),
    "operation": lambda world, o, threads: iter([(0, ev.OperationMade(o.name, o.repo))]),
}
