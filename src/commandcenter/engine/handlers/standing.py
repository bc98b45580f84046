"""Seen marks, priority, tags, goals, notes on the map, and what is put off."""

import math
import re
from typing import TYPE_CHECKING

from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    Deferred,
    Event,
    FlagRemoved,
    FlagSet,
    GoalSet,
    PriorityChanged,
    SeenMarked,
    Snoozed,
    TagsChanged,
)
from commandcenter.core.orders import (
    Defer,
    Flag,
    Goal,
    Priority,
    Seen,
    Snooze,
    Tag,
    Undefer,
    Unflag,
)
from commandcenter.core.refusals import Refused, TargetInvalid, TargetMissing
from commandcenter.core.standing import TAG, TAG_SHAPE
from commandcenter.core.text import one_line
from commandcenter.core.world import Alert, Ask, Head, Queued, World
from commandcenter.engine import control
from commandcenter.engine.handlers.base import Carried, Handler, must_act, must_differ
from commandcenter.engine.resting import wake

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.runner import Runner

WEIGHTS = (0.5, 1.0, 2.0, 4.0)
TAGS = 16
GOAL_CHARS = 2_000
GOAL = "goal:"
"""Begins the item of a text that tells an agent its goal."""
PLACE = re.compile(r"(\d{1,4}),(\d{1,4})")
FLAGS = 99
NOTE_CHARS = 120
DEFER_NS = 300 * NS
DAY_MIN = 1_440


async def commit(engine: "Engine", carried: Carried, thread: int, *events: Event) -> None:
    """Record what an order changed, with who gave it."""
    stamp = Stamp(thread, by=carried.by, cause=carried.id)
    await engine.parts.ledger.commit([Fact(event, stamp) for event in events])


# --- seen -------------------------------------------------------------------------------------


def _marks(order: Seen, head: Head) -> tuple[int, int]:
    """Results seen, and seen with their diff. Raises Refused(TargetInvalid)."""
    results = head.results if order.to < 0 else order.to
    diff = results if order.diff else head.diff_seen
    diff = diff if order.diff_to < 0 else order.diff_to
    if max(results, diff) > head.results:
        raise Refused(TargetInvalid(f"#{head.id} has {head.results} results"))
    return results, diff


def _check_seen(engine: "Engine", order: Seen, head: Head) -> None:
    must_differ(_marks(order, head) == (head.results_seen, head.diff_seen))


async def _seen(engine: "Engine", carried: Carried, thread: int) -> None:
    head = engine.parts.world.threads[thread]
    results, diff = _marks(carried.order, head)
    back = Seen(f"#{thread}", head.results_seen, diff_to=head.diff_seen)
    await commit(engine, carried, thread, SeenMarked(results, diff))
    carried.inverse.append(back)


# --- priority and tags ------------------------------------------------------------------------


def _weight(order: Priority, head: Head) -> float:
    """A step up or down; at either end the same."""
    step = WEIGHTS.index(head.weight) + (1 if order.way == "up" else -1)
    return WEIGHTS[min(max(step, 0), len(WEIGHTS) - 1)]


def _check_priority(engine: "Engine", order: Priority, head: Head) -> None:
    must_differ(_weight(order, head) == head.weight)


async def _priority(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Priority = carried.order
    weight = _weight(order, engine.parts.world.threads[thread])
    await commit(engine, carried, thread, PriorityChanged(weight))
    engine.parts.gate.weigh(thread, weight)
    carried.inverse.append(Priority(f"#{thread}", "down" if order.way == "up" else "up"))


def _check_tag(engine: "Engine", order: Tag, head: Head) -> None:
    if order.word not in head.tags and len(head.tags) >= TAGS:
        raise Refused(TargetInvalid(f"#{head.id} bears {TAGS} tags already, which is the most"))


async def _whole_tag(engine: "Engine", order: Tag, by: str) -> None:
    if not TAG.fullmatch(order.word):
        raise Refused(TargetInvalid(TAG_SHAPE))


async def _tag(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Tag = carried.order
    tags = {*engine.parts.world.threads[thread].tags} ^ {order.word}
    await commit(engine, carried, thread, TagsChanged(tuple(sorted(tags))))
    carried.inverse.append(Tag(f"#{thread}", order.word))


# --- goals ------------------------------------------------------------------------------------


def _check_goal(engine: "Engine", order: Goal, head: Head) -> None:
    must_act(engine, order, head)
    must_differ(head.goal == order.text.strip())


async def _whole_goal(engine: "Engine", order: Goal, by: str) -> None:
    if len(order.text) > GOAL_CHARS:
        raise Refused(TargetInvalid(f"a goal has at most {GOAL_CHARS} characters; steer says more"))


async def _goal(engine: "Engine", carried: Carried, thread: int) -> None:
    """The agent hears the newest goal alone: one that it was not told yet is withdrawn."""
    order: Goal = carried.order
    runner = engine.runner(thread)
    old, text = runner.head.goal, order.text.strip()
    untold = bool(_untold(runner))
    await commit(engine, carried, thread, GoalSet(text))
    withdrawn = _untold(runner)
    for item in withdrawn:
        control.unsteer(runner, item)
    knows = order.told and (withdrawn or not old)
    carried.inverse.append(Goal(f"#{thread}", old, told=bool(old) and not untold))
    if text and not knows:
        item = f"{GOAL}{carried.id[:12]}-{thread}"
        await control.steer(runner, Queued(item, f"Your goal now: {text}"), now=False)
        wake(engine, runner)


def _untold(runner: "Runner") -> list[str]:
    """Items that tell a goal and wait for the thread's next prompt."""
    return [queued.item for queued in runner.queue if queued.item.startswith(GOAL)]


# --- notes on the map -------------------------------------------------------------------------


async def _check_flag(engine: "Engine", order: Flag, by: str) -> None:
    world, at = engine.parts.world, _place(order)
    if not order.note.strip() or len(order.note) > NOTE_CHARS:
        raise Refused(TargetInvalid(f"a note has 1 to {NOTE_CHARS} characters"))
    if len(world.flags) >= FLAGS:
        raise Refused(TargetInvalid(f"{FLAGS} notes stand on the map; unflag N removes one"))
    if order.number and (order.number in world.flags or not 0 < order.number <= world.last_flag):
        raise Refused(TargetInvalid("--number is of a note that was removed"))
    note = one_line(order.note, NOTE_CHARS)
    must_differ(any(((f.x, f.y), f.note) == (at, note) for f in world.flags.values()))


def _place(order: Flag) -> tuple[int, int]:
    """Thousandths of the map's width and height. Raises Refused(TargetInvalid)."""
    found = PLACE.fullmatch(order.at)
    x, y = map(int, found.groups()) if found is not None else (-1, -1)
    if not (0 <= x <= 1_000 and 0 <= y <= 1_000):
        raise Refused(TargetInvalid("a note stands at X,Y, each 0 to 1000"))
    return x, y


async def _flag(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Flag = carried.order
    x, y = _place(order)
    async with engine.marking:
        number = order.number or engine.parts.world.last_flag + 1
        event = FlagSet(number, x, y, one_line(order.note, NOTE_CHARS))
        await commit(engine, carried, 0, event)
    carried.inverse.append(Unflag(number))


async def _check_unflag(engine: "Engine", order: Unflag, by: str) -> None:
    if order.flag not in engine.parts.world.flags:
        raise Refused(TargetMissing(f"note {order.flag}"))


async def _unflag(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Unflag = carried.order
    async with engine.marking:
        await _check_unflag(engine, order, carried.by)
        old = engine.parts.world.flags[order.flag]
        await commit(engine, carried, 0, FlagRemoved(order.flag))
    carried.inverse.append(Flag(f"{old.x},{old.y}", old.note, old.id))


# --- what is put off --------------------------------------------------------------------------


def _entry(world: World, name: str) -> Ask | Alert:
    """An ask by its number (`5`, `case:5`), an alert by its id. Raises Refused(TargetMissing)."""
    number = name.removeprefix("case:")
    is_ask = number.isdecimal() and len(number) < 20
    found = world.asks.get(int(number)) if is_ask else world.alerts.get(name)
    if found is None:
        raise Refused(TargetMissing(f"question or alert {name}"))
    return found


async def _check_defer(engine: "Engine", order: Defer, by: str) -> None:
    must_differ(_entry(engine.parts.world, order.entry).deferred > engine.parts.clock.wall())


async def _defer(engine: "Engine", carried: Carried, thread: int) -> None:
    entry = _entry(engine.parts.world, carried.order.entry)
    until = engine.parts.clock.wall() + DEFER_NS
    await commit(engine, carried, entry.thread, Deferred(str(entry.id), until))
    carried.inverse.append(Undefer(str(entry.id), "deferred"))


def _alert(world: World, name: str) -> Alert:
    alert = world.alerts.get(name)
    if alert is None:
        raise Refused(TargetMissing(f"alert {name}"))
    return alert


async def _check_snooze(engine: "Engine", order: Snooze, by: str) -> None:
    _alert(engine.parts.world, order.alert)
    if not 1 <= order.minutes <= DAY_MIN:
        raise Refused(TargetInvalid(f"--minutes is 1 to {DAY_MIN}"))


async def _snooze(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Snooze = carried.order
    alert, now = _alert(engine.parts.world, order.alert), engine.parts.clock.wall()
    event = Snoozed(alert.id, now + order.minutes * 60 * NS)
    await commit(engine, carried, alert.thread, event)
    left = math.ceil((alert.snoozed - now) / (60 * NS))
    back = Snooze(alert.id, left) if left > 0 else Undefer(alert.id, "snoozed")
    carried.inverse.append(back)


def _brought_back(engine: "Engine", order: Undefer) -> list[Event]:
    entry, now = _entry(engine.parts.world, order.entry), engine.parts.clock.wall()
    events: list[Event] = []
    if order.only != "snoozed" and entry.deferred > now:
        events.append(Deferred(str(entry.id), 0))
    if order.only != "deferred" and isinstance(entry, Alert) and entry.snoozed > now:
        events.append(Snoozed(entry.id, 0))
    return events


async def _check_undefer(engine: "Engine", order: Undefer, by: str) -> None:
    must_differ(not _brought_back(engine, order))


async def _undefer(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Undefer = carried.order
    entry = _entry(engine.parts.world, order.entry)
    await commit(engine, carried, entry.thread, *_brought_back(engine, order))


HANDLERS: dict[str, Handler] = {
    "seen": Handler(_seen, _check_seen),
    "priority": Handler(_priority, _check_priority),
    "tag": Handler(_tag, _check_tag, _whole_tag),
    "goal": Handler(_goal, _check_goal, _whole_goal),
    "flag": Handler(_flag, before=_check_flag),
    "unflag": Handler(_unflag, before=_check_unflag),
    "defer": Handler(_defer, before=_check_defer),
    "snooze": Handler(_snooze, before=_check_snooze),
    "undefer": Handler(_undefer, before=_check_undefer),
}
