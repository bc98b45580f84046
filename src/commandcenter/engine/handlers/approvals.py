"""Approve and deny: one decision, once, for the case that was shown."""

from typing import TYPE_CHECKING

from commandcenter.core.codec import Stamp
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


def _open_case(engine: "Engine", order: Approve | Deny, by: str) -> Ask:
    ask = engine.parts.world.asks.get(order.ask)
    if ask is None:
        raise Refused(AlreadyAnswered(order.ask))
    if order.digest and order.digest != ask.digest:
        raise Refused(ChangedSinceAsked())
    if by in ("rule", "workflow"):
        raise Refused(NotAuthorised(f"a {by}"))
    return ask


async def _check_approve(engine: "Engine", order: Approve, by: str) -> None:
    ask = _open_case(engine, order, by)
    if ask.level in ("R3", "R4") and not order.danger:
        raise Refused(NeedsDanger(ask.level))
    if ask.kind == "question" and not order.text:
        raise Refused(TargetInvalid('a question wants an answer: approve ID "text"'))
    if engine.parts.world.threads[ask.thread].state in ("frozen", "paused", "pausing", "dying"):
        raise Refused(Frozen())


async def _check_deny(engine: "Engine", order: Deny, by: str) -> None:
    _open_case(engine, order, by)


async def _approve(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Approve = carried.order
    ask = engine.parts.world.asks[order.ask]
    answer = Answer("answer", order.text) if ask.kind == "question" else Answer("allow")
    await _answer(engine, carried, ask, answer)


async def _deny(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Deny = carried.order
    ask = engine.parts.world.asks[order.ask]
    await _answer(engine, carried, ask, Answer("deny", order.text))


async def _answer(engine: "Engine", carried: Carried, ask: Ask, answer: Answer) -> None:
    runner = engine.runner(ask.thread)
    asking = runner.asks.open.pop(ask.id, None)
    if asking is None:
        raise Refused(AlreadyAnswered(ask.id))
    stamp = Stamp(ask.thread, runner.epoch, runner.turn, "player", carried.id)
    await runner.answered(ask.id, asking, answer, stamp)


HANDLERS: dict[str, Handler] = {
    "approve": Handler(_approve, before=_check_approve),
    "deny": Handler(_deny, before=_check_deny),
}
