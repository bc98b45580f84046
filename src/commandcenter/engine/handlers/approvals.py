"""Approve and deny: one decision, once, for the case that was shown."""

from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Answered
from commandcenter.core.orders import Approve, Deny
from commandcenter.core.refusals import (
    AlreadyAnswered,
    ChangedSinceAsked,
    Frozen,
    NeedsDanger,
    NotAuthorised,
    Refused,
    TargetInvalid,
)
from commandcenter.core.world import Ask
from commandcenter.drivers.base import Answer
from commandcenter.engine.handlers.base import Carried, Handler

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

STOPPED = frozenset({"pausing", "paused", "frozen", "dying"})


def _open_case(engine: "Engine", order: Approve | Deny, by: str) -> Ask:
    ask = engine.parts.world.asks.get(order.ask)
    if ask is None:
        raise Refused(AlreadyAnswered(order.ask))
    if engine.parts.world.threads[ask.thread].state in STOPPED:
        raise Refused(Frozen())
    if order.digest and order.digest != ask.digest:
        raise Refused(ChangedSinceAsked())
    if order.ask not in engine.runner(ask.thread).asks.open:
        raise Refused(ChangedSinceAsked())  # of a session that is gone; it may be asked anew
    if by in ("rule", "workflow"):
        raise Refused(NotAuthorised(f"a {by}"))
    return ask


async def _check_approve(engine: "Engine", order: Approve, by: str) -> None:
    ask = _open_case(engine, order, by)
    if ask.level in ("R3", "R4") and not order.danger:
        raise Refused(NeedsDanger(ask.level))
    if ask.kind == "question" and not order.text:
        raise Refused(TargetInvalid('a question wants an answer: approve ID "text"'))


async def _check_deny(engine: "Engine", order: Deny, by: str) -> None:
    _open_case(engine, order, by)


async def _approve(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Approve = carried.order
    ask = _still_open(engine, order)
    if ask.kind == "question":
        await _answer(engine, carried, ask, Answer("answer", order.text))
    else:
        await _answer(engine, carried, ask, Answer("allow"))


async def _deny(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Deny = carried.order
    await _answer(engine, carried, _still_open(engine, order), Answer("deny", order.text))


def _still_open(engine: "Engine", order: Approve | Deny) -> Ask:
    ask = engine.parts.world.asks.get(order.ask)
    if ask is None:
        raise Refused(AlreadyAnswered(order.ask))
    return ask


async def _answer(engine: "Engine", carried: Carried, ask: Ask, answer: Answer) -> None:
    runner = engine.runner(ask.thread)
    option = "allow" if answer.option == "answer" else answer.option
    answered = Answered(ask.id, option, answer.text, carried.order.fast)
    stamp = Stamp(ask.thread, runner.epoch, runner.turn, carried.by, carried.id)
    await runner.asks.settle(ask.id, answer, Fact(answered, stamp))


HANDLERS: dict[str, Handler] = {
    "approve": Handler(_approve, before=_check_approve),
    "deny": Handler(_deny, before=_check_deny),
}
