"""Proposing, splitting, forking, and steps on the ladder."""

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import RungChanged, SplitDropped
from commandcenter.core.orders import Downgrade, Escalate, Fork, Kill, Model, Propose, Resume, Split
from commandcenter.core.refusals import (
    Ending,
    NoChange,
    Reason,
    Refused,
    SplitTooWide,
    TargetInvalid,
)
from commandcenter.core.shaping import CheckpointMark
from commandcenter.core.targets import resolve
from commandcenter.core.targets import text as target_text
from commandcenter.core.world import Head
from commandcenter.engine import control
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.handlers.base import Carried, Handler
from commandcenter.engine.handlers.money import change_model, check_model
from commandcenter.engine.handlers.splitting import (
    UNASKED,
    Birth,
    born,
    draw,
    draw_fork,
    must_split,
    stand,
)
from commandcenter.engine.laddering import next_rung
from commandcenter.engine.pricing import context_price
from commandcenter.engine.proposing import propose
from commandcenter.rules.plans import read_plan
from commandcenter.rules.splitting import MOST

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


# --- a proposal -------------------------------------------------------------------------------


def _check_propose(engine: "Engine", order: Propose, head: Head) -> None:
    if order.drop:
        if not head.proposed:
            raise Refused(NoChange())
        return
    must_split(engine, order, head)
    least = 1 if order.kind == "scout" else 2
    if not least <= order.into <= MOST:
        raise Refused(TargetInvalid(f"--into is {least} to {MOST}"))


async def _propose(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Propose = carried.order
    if order.drop:
        engine.proposals.wish(thread)
        fact = Fact(SplitDropped(), Stamp(thread, cause=carried.id))
        await engine.parts.ledger.commit([fact])
        return
    await propose(engine, thread, order, carried.id)


# --- a split ----------------------------------------------------------------------------------


async def _before_split(engine: "Engine", order: Split, by: str) -> None:
    """What is wrong with the split of one thread is said before it is taken."""
    threads = resolve(engine.parts.world, order.target)
    if len(threads) == 1:
        head = engine.parts.world.threads[threads[0]]
        must_split(engine, order, head)
        await draw(engine, order, head)


def _wide(engine: "Engine", order: Split, threads: tuple[int, ...]) -> Reason | None:
    counts = [_count(engine, order, engine.parts.world.threads[thread]) for thread in threads]
    if sum(counts) <= UNASKED:
        return None
    return SplitTooWide(sum(counts), _price(engine, threads, counts))


def _count(engine: "Engine", order: Split, head: Head) -> int:
    """So many children; `before` has read the plan."""
    if order.into:
        return order.into
    if order.plan:
        try:
            return len(read_plan(order.plan, order.kind).tasks)
        except ValueError:
            return 0
    standing = engine.proposals.known(head.proposed)
    return len(standing.tasks) if standing is not None else 2


def _price(engine: "Engine", threads: tuple[int, ...], counts: list[int]) -> str:
    """What reading the parents' contexts costs them all; "" = not known."""
    heads = [engine.parts.world.threads[thread] for thread in threads]
    prices = [context_price(engine.parts, head.account, head) for head in heads]
    if any(price is None for price in prices):
        return ""
    total = sum((p * n for p, n in zip(prices, counts, strict=True) if p), Decimal(0))
    bases = {engine.parts.price(h.account, h.model, Usage(1)).basis for h in heads if h.account}
    sign = "p$" if bases == {"practice"} else "$"
    return f"; reading its context costs about {sign}{total:.2f}" if total else ""


async def _split(engine: "Engine", carried: Carried, thread: int) -> None:
    """The parent rests, its files become a commit, and its children are born of that."""
    order: Split = carried.order
    runner = engine.runner(thread)
    if len(carried.threads) > 1:
        await draw(engine, order, runner.head)
    ran, wish = await stand(runner), runner.wished
    made: tuple[int, ...] = ()
    try:
        mark = await checkpoint(engine, thread, "split", carried.id)
        drawn = await draw(engine, order, runner.head)
        if runner.over or runner.state == "dying":
            raise Refused(Ending())
        made = await born(engine, Birth(thread, mark, runner.turn, carried.id), drawn)
    finally:
        if ran and not made and runner.decides(wish):
            await control.resume(runner, "it was not split")
    carried.inverse.append(Kill(target_text(made), now=True))
    if ran:
        carried.inverse.append(Resume(f"#{thread}"))


# --- a fork -----------------------------------------------------------------------------------


async def _before_fork(engine: "Engine", order: Fork, by: str) -> None:
    threads = resolve(engine.parts.world, order.target)
    if len(threads) == 1:
        head = engine.parts.world.threads[threads[0]]
        must_split(engine, order, head)
        await draw_fork(engine, order, head)


async def _fork(engine: "Engine", carried: Carried, thread: int) -> None:
    """The parent goes on as it was; its files are read, never written."""
    order: Fork = carried.order
    head = engine.parts.world.threads[thread]
    drawn = await draw_fork(engine, order, head)
    at = _turn(head, order)
    mark = await _files(engine, head, at, carried)
    made = await born(engine, Birth(thread, mark, at, carried.id), drawn)
    carried.inverse.append(Kill(target_text(made), now=True))


def _turn(head: Head, order: Fork) -> int:
    """Its end is the last turn that is over where an agent's own session is copied."""
    if order.at > 0:
        return order.at
    return (
        head.turn - 1 if head.in_turn and head.driver != "native" and head.turn > 1 else head.turn
    )


async def _files(engine: "Engine", head: Head, at: int, carried: Carried) -> CheckpointMark | None:
    """The files at the end of the turn: as they are now, else of the newest checkpoint up to
    then; None = as the thread began."""
    if at >= head.turn:
        return await checkpoint(engine, head.id, "fork", carried.id)
    marks = [mark for mark in head.checkpoints if mark.turn <= at]
    return marks[-1] if marks else None


# --- the ladder -------------------------------------------------------------------------------

Way = Literal["up", "down"]


def _way(order: Escalate | Downgrade) -> Way:
    return "up" if isinstance(order, Escalate) else "down"


def _check_step(engine: "Engine", order: Escalate | Downgrade, head: Head) -> None:
    rung = next_rung(engine.parts, head, _way(order))[1]
    check_model(engine, Model(order.target, rung.model), head)


async def _step(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Escalate | Downgrade = carried.order
    head = engine.parts.world.threads[thread]
    ladder, rung = next_rung(engine.parts, head, _way(order))
    inner = Carried(carried.id, Model(f"#{thread}", rung.model), carried.by)
    await change_model(engine, inner, thread)
    why = "limit" if carried.by == "rule" else "you"
    changed = RungChanged(ladder.name, head.model, rung.model, why)
    stamp = Stamp(thread, head.epoch, by=carried.by, cause=carried.id)
    await engine.parts.ledger.commit([Fact(changed, stamp)])
    carried.inverse += inner.inverse


HANDLERS: dict[str, Handler] = {
    "propose": Handler(_propose, _check_propose),
    "split": Handler(_split, must_split, _before_split, _wide),
    "fork": Handler(_fork, must_split, _before_fork),
    "escalate": Handler(_step, _check_step),
    "downgrade": Handler(_step, _check_step),
}
