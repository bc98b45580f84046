"""What follows a turn: queued orders, loops, and where results go."""

import re
from typing import TYPE_CHECKING

from commandcenter.core import notation
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Event, LoopSet, OrdersQueued, RallySet
from commandcenter.core.orders import QUEUEABLE, Enqueue, Loop, Queue, Rally, Requeue, verb
from commandcenter.core.refusals import (
    NoStopCondition,
    PriceUnknown,
    QueueFull,
    Refused,
    TargetInvalid,
)
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Head
from commandcenter.engine.chains import MOST, TO_GROUP, UNCOUNTED, spent
from commandcenter.engine.handlers.base import Carried, Handler, must_act, must_differ, must_live
from commandcenter.engine.handlers.money import knows_price
from commandcenter.rules import loops

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.runner import Runner

_ID = re.compile(r"[0-9a-f]{32}")
_MOVE = re.compile(r"(\d{1,2})\s+(\d{1,2})")
_GROUP = re.compile(r"@group:\d")


async def _commit(runner: "Runner", event: Event, carried: Carried) -> None:
    """Of the one who ordered it, not of the engine."""
    stamp = Stamp(runner.thread, runner.epoch, runner.turn, carried.by, carried.id)
    await runner.parts.ledger.commit([Fact(event, stamp)])


# --- queued orders ----------------------------------------------------------------------------


def _check_text(text: str) -> None:
    """Raises Refused unless it is an order that may wait at a thread."""
    try:
        order = notation.parse(text)
    except ValueError as error:
        raise Refused(TargetInvalid(str(error))) from error
    if verb(order) not in QUEUEABLE or getattr(order, "target", "") != notation.SELF:
        raise Refused(TargetInvalid(f"{verb(order)} cannot be queued"))


async def _whole_enqueue(engine: "Engine", order: Enqueue, by: str) -> None:
    _check_text(order.text)


def _check_enqueue(engine: "Engine", order: Enqueue, head: Head) -> None:
    must_act(engine, order, head)
    if len(engine.runner(head.id).ahead.orders) >= MOST:
        raise Refused(QueueFull(MOST))


async def _enqueue(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Enqueue = carried.order
    runner = engine.runner(thread)
    _check_enqueue(engine, order, runner.head)
    queued = QueuedOrder(engine.parts.ids.fresh(), order.text, carried.by)
    await _set(runner, [*runner.ahead.orders, queued], carried)


async def _set(runner: "Runner", orders: list[QueuedOrder], carried: Carried) -> None:
    """The thread's queue from now on; what may begin does."""
    if not isinstance(carried.order, Requeue):
        carried.inverse.append(_as_it_is(runner))
    runner.ahead.orders = orders
    await _commit(runner, OrdersQueued(tuple(orders)), carried)
    runner.ahead.go()


def _as_it_is(runner: "Runner") -> Requeue:
    texts = tuple(queued.text for queued in runner.ahead.orders)
    return Requeue(f"#{runner.thread}", texts, ",".join(q.id for q in runner.ahead.orders))


def _check_queue(engine: "Engine", order: Queue, head: Head) -> None:
    must_live(engine, order, head)
    old = engine.runner(head.id).ahead.orders
    must_differ(_changed(order, old) == old)


async def _queue(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    await _set(runner, _changed(carried.order, runner.ahead.orders), carried)


def _changed(order: Queue, old: list[QueuedOrder]) -> list[QueuedOrder]:
    """The queue as the order wants it. Raises Refused(TargetInvalid)."""
    if order.clear + bool(order.move) + bool(order.drop) != 1:
        raise Refused(TargetInvalid('queue wants one of --clear, --drop N, --move "A B"'))
    if order.clear:
        return []
    new = list(old)
    if order.drop:
        del new[_place(order.drop, old)]
        return new
    found = _MOVE.fullmatch(order.move.strip())
    if found is None:
        raise Refused(TargetInvalid('--move wants two places, e.g. "3 1"'))
    here, there = (_place(int(place), old) for place in found.groups())
    new.insert(there, new.pop(here))
    return new


def _place(place: int, orders: list[QueuedOrder]) -> int:
    if not 1 <= place <= len(orders):
        raise Refused(TargetInvalid(f"{len(orders)} orders are queued, there is no place {place}"))
    return place - 1


async def _whole_requeue(engine: "Engine", order: Requeue, by: str) -> None:
    if len(order.texts) > MOST:
        raise Refused(QueueFull(MOST))
    for text in order.texts:
        _check_text(text)
    if order.ids and not all(_ID.fullmatch(one) for one in order.ids.split(",")):
        raise Refused(TargetInvalid("--ids names queued orders"))


def _check_requeue(engine: "Engine", order: Requeue, head: Head) -> None:
    must_live(engine, order, head)
    runner = engine.runner(head.id)
    must_differ(_restored(runner, order, "player") == runner.ahead.orders)


async def _requeue(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    await _set(runner, _restored(runner, carried.order, carried.by), carried)


def _restored(runner: "Runner", order: Requeue, by: str) -> list[QueuedOrder]:
    """As it was; what was given meanwhile stays given."""
    known = {queued.id: queued for queued in runner.ahead.orders}
    ids = [*order.ids.split(","), *[""] * len(order.texts)]
    found: list[QueuedOrder] = []
    for id, text in zip(ids, order.texts, strict=False):
        new = QueuedOrder(id or runner.parts.ids.fresh(), text, by)  # type: ignore[arg-type]  # by is one of the closed words
        old = known.get(id)
        if id not in runner.ahead.given:
            found.append(old if old is not None and old.text == text else new)
    return found


# --- loops ------------------------------------------------------------------------------------


def _check_loop(engine: "Engine", order: Loop, head: Head) -> None:
    must_act(engine, order, head)
    new = _wanted(engine, order, head)
    must_differ(new is None and engine.runner(head.id).ahead.loop is None)
    if new is not None and new.usd is not None:
        _check_money(engine, head)


def _wanted(engine: "Engine", order: Loop, head: Head) -> Looping | None:
    """Raises Refused (NoStopCondition, TargetInvalid)."""
    if not order.until.strip(" ,"):
        raise Refused(NoStopCondition())
    try:
        return loops.begun(order.until, spent(head), engine.parts.clock.wall())
    except ValueError as error:
        raise Refused(TargetInvalid(str(error))) from error


def _check_money(engine: "Engine", head: Head) -> None:
    """A `$` that nothing can be counted against would end nothing."""
    if not head.metered:
        raise Refused(TargetInvalid(UNCOUNTED))
    account = engine.parts.accounts.get(head.account)
    if account is None or not knows_price(engine, account, head.model):
        raise Refused(PriceUnknown(head.model or head.agent))


async def _loop(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    head, old = runner.head, runner.ahead.loop
    now = engine.parts.clock.wall()
    new = _wanted(engine, carried.order, head)
    back = loops.left(old, spent(head), now) if old is not None else loops.OFF
    carried.inverse.append(Loop(f"#{thread}", back))
    runner.ahead.loop = new
    await _commit(
        runner, LoopSet(new, "" if new is not None else f"ended by {carried.by}"), carried
    )
    await runner.begin()
    runner.ahead.go()


# --- rally ------------------------------------------------------------------------------------


async def _whole_rally(engine: "Engine", order: Rally, by: str) -> None:
    if order.to not in ("", "review") and not _GROUP.fullmatch(order.to):
        raise Refused(TargetInvalid(f"--to wants {TO_GROUP}N, review, or nothing at all"))


def _check_rally(engine: "Engine", order: Rally, head: Head) -> None:
    must_live(engine, order, head)
    must_differ(head.rally == order.to)


async def _rally(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    carried.inverse.append(Rally(f"#{thread}", runner.head.rally))
    await _commit(runner, RallySet(carried.order.to), carried)


HANDLERS: dict[str, Handler] = {
    "enqueue": Handler(_enqueue, _check_enqueue, _whole_enqueue),
    "queue": Handler(_queue, _check_queue),
    "requeue": Handler(_requeue, _check_requeue, _whole_requeue),
    "loop": Handler(_loop, _check_loop),
    "rally": Handler(_rally, _check_rally, _whole_rally),
}
