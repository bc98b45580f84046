"""Children of one thread: what they will be, what each gets, and their birth in one entry."""

import asyncio
import contextlib
import itertools
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from commandcenter.core.base import AgentFailed, Record
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Event, LimitCarved, LimitSet, SplitMade, ThreadCreated
from commandcenter.core.orders import Fork, Split
from commandcenter.core.refusals import (
    BudgetTooSmallToSplit,
    DriverLacks,
    HandingOver,
    PlanInvalid,
    PlanMissing,
    Refused,
    TargetInvalid,
    WorkspaceFailed,
)
from commandcenter.core.shaping import BirthKind, Carved, CheckpointMark, SplitPlan
from commandcenter.core.world import Head
from commandcenter.engine import control
from commandcenter.engine.carving import WAITS, step_of
from commandcenter.engine.handlers.base import must_act
from commandcenter.engine.handlers.groups import join
from commandcenter.engine.handlers.seating import Taken, seats
from commandcenter.engine.limits import push_limits
from commandcenter.engine.proposing import goal_of, without_model
from commandcenter.engine.runner import Runner
from commandcenter.rules.briefs import child_brief
from commandcenter.rules.plans import read_plan
from commandcenter.rules.splitting import TooSmall, fork_share, shares

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

STAND_S: Final = 5.0
"""How long the parent's running step may take until it is frozen."""
UNASKED: Final = 5
"""More children than this want the second press."""
STANDS: Final = frozenset({"paused", "frozen", "hibernated", "crashed"})


class Child(Record, frozen=True):
    """One child as it will be born."""

    name: str
    brief: str
    seat: Taken
    share: Carved
    kind: BirthKind
    temperature: float | None = None


class Drawn(Record, frozen=True):
    """A split that can be made: its children, and what their parent gives of its limit."""

    children: tuple[Child, ...]
    given: Carved
    plan: SplitPlan | None = None


# --- what it will be --------------------------------------------------------------------------


def must_split(engine: "Engine", order: object, head: Head) -> None:
    """Raises Refused unless the thread has begun, lives, and is of a kind that has children."""
    must_act(engine, order, head)
    if head.handing is not None:
        raise Refused(HandingOver())
    if head.driver == "terminal":
        raise Refused(DriverLacks("have children: a shell has no conversation"))
    if not head.workspace or not head.turn:
        raise Refused(TargetInvalid("it has not begun yet: there is nothing to divide or copy"))


async def draw(engine: "Engine", order: Split, head: Head) -> Drawn:
    """All that can be known before anything is made. Raises Refused."""
    plan = await plan_of(engine, order, head)
    free, step = engine.parts.gate.free(head.id), await step_of(engine.parts, head.id)
    try:
        carve = shares(free, step, _weights(order, plan))
    except ValueError as error:
        raise Refused(TargetInvalid(str(error))) from error
    if isinstance(carve, TooSmall):
        raise Refused(BudgetTooSmallToSplit(carve.largest))
    taken = seats(engine, order, plan, head)
    for seat, share in zip(taken, carve.children, strict=True):
        seat.afford(engine, share)
    await _there(head)
    names = _names(engine, plan, head)
    briefs = _briefs(engine, plan, head)
    children = tuple(
        Child(name, brief, seat, share, plan.kind, task.temperature)
        for name, brief, seat, share, task in zip(
            names, briefs, taken, carve.children, plan.tasks, strict=True
        )
    )
    return Drawn(children, carve.given, plan)


async def _there(head: Head) -> None:
    """Raises Refused when what the children would begin from is gone."""
    for folder in (head.workspace, head.repo):
        if not await asyncio.to_thread(os.path.isdir, folder):
            raise Refused(WorkspaceFailed(f"{folder} is not there any more"))


async def plan_of(engine: "Engine", order: Split, head: Head) -> SplitPlan:
    """The plan given, else the one that waits, else one that needs no words. Raises Refused."""
    try:
        plan = await _plan_of(engine, order, head)
    except ValueError as error:
        raise Refused(PlanInvalid(str(error))) from error
    if order.into and order.into != len(plan.tasks):
        said = f"it has {len(plan.tasks)} sub-tasks, --into says {order.into}"
        raise Refused(PlanInvalid(said))
    return plan


async def _plan_of(engine: "Engine", order: Split, head: Head) -> SplitPlan:
    if order.plan:
        return read_plan(order.plan, order.kind)
    standing = await engine.proposals.of(engine.parts, head)
    if standing is not None and (standing.kind == order.kind or not order.into):
        return standing
    if order.kind == "divide":
        raise Refused(PlanMissing())
    return without_model(engine.parts, head, order.kind, order.into or 2)


def _weights(order: Split, plan: SplitPlan) -> Sequence[float]:
    """Raises ValueError."""
    if not order.share:
        return [task.weight for task in plan.tasks]
    weights = [float(part) for part in order.share.split(",")]
    if len(weights) != len(plan.tasks):
        raise ValueError(f"--share has {len(weights)} parts for {len(plan.tasks)} children")
    return weights


def _briefs(engine: "Engine", plan: SplitPlan, head: Head) -> list[str]:
    operation = engine.parts.world.operations.get(head.operation)
    success = operation.success if operation is not None else ""
    never = operation.never if operation is not None else ""
    goal = head.brief if plan.kind != "divide" else goal_of(engine.parts, head)
    numbers = range(1, len(plan.tasks) + 1)
    return [child_brief(plan, number, goal, success, never) for number in numbers]


def _names(engine: "Engine", plan: SplitPlan, head: Head) -> list[str]:
    """The tasks' titles as names, numbered where one is taken; of branches with the parent's."""
    taken = {one.name for one in engine.parts.world.threads.values() if one.state != "ended"}
    prefix = f"{head.name[:24]} " if plan.kind == "branch" else ""
    return [name_for(f"{prefix}{task.title}", taken) for task in plan.tasks]


def name_for(title: str, taken: set[str]) -> str:
    """A name of at most 40 characters that no living thread has; it is taken from now on."""
    base = " ".join(re.sub(r"[^\w .&-]+", " ", title).split())[:36].strip(" .-&") or "child"
    numbered = itertools.chain((base,), (f"{base} {number}" for number in itertools.count(2)))
    name = next(one for one in numbered if one not in taken)
    taken.add(name)
    return name


async def draw_fork(engine: "Engine", order: Fork, head: Head) -> Drawn:
    """The one child of a fork, with half of what is free. Raises Refused."""
    if not -1 <= order.at <= head.turn or order.at == 0:
        raise Refused(TargetInvalid(f"--at is a turn of it, 1 to {head.turn}"))
    carve = fork_share(engine.parts.gate.free(head.id), await step_of(engine.parts, head.id))
    if isinstance(carve, TooSmall):
        raise Refused(BudgetTooSmallToSplit(carve.largest))
    await _there(head)
    taken = {one.name for one in engine.parts.world.threads.values() if one.state != "ended"}
    seat = Taken(head.agent, head.driver, head.account, head.model, head.profile)
    child = Child(
        name_for(head.name, taken), head.brief, seat, carve.children[0], "fork", head.temperature
    )
    return Drawn((child,), carve.given)


# --- making it --------------------------------------------------------------------------------


async def stand(runner: Runner) -> bool:
    """The parent rests, so that its files do too; True = it ran, and would run again.

    Raises Refused. A step that does not end in time is frozen: nothing of it is lost.
    """
    if runner.state in STANDS:
        return False
    ran = runner.wants == "run"
    await control.pause(runner, WAITS)
    session = runner.session
    quiet = runner.head.driver == "native" and not runner.tools
    if runner.state != "pausing" or quiet or session is None:
        return ran
    with contextlib.suppress(AgentFailed, TimeoutError):
        await asyncio.wait_for(session.at_rest(), STAND_S)
        return ran
    await control.freeze(runner, WAITS)
    if runner.before and runner.before[-1] == "pausing":
        runner.before[-1] = "running"  # one resume takes back both
    return ran


class Birth(Record, frozen=True):
    """Where children come from: parent, the commit of its files, the turn its context ends with."""

    parent: int
    mark: CheckpointMark | None
    at: int
    cause: str


async def born(engine: "Engine", birth: Birth, drawn: Drawn) -> tuple[int, ...]:
    """The children, in one entry with what they get, launched and in their groups.

    The parent's calls have no claim on what is given from the first instant on. Raises Refused.
    """
    parts = engine.parts
    with engine.purses.giving(birth.parent, drawn.given):
        threads = tuple(engine.next_thread() for _ in drawn.children)
        await parts.ledger.commit(_facts(engine, birth, drawn, threads))
    push_limits(parts.gate, parts.world, tuple(f"#{thread}" for thread in threads))
    for thread in threads:
        engine.launch(thread)
    await join(engine, threads, birth.cause)
    return threads


def _facts(engine: "Engine", birth: Birth, drawn: Drawn, threads: tuple[int, ...]) -> list[Fact]:
    head = engine.parts.world.threads[birth.parent]
    stamp = Stamp(head.id, head.epoch, head.turn, cause=birth.cause)
    facts: list[Fact] = []
    for thread, child in zip(threads, drawn.children, strict=True):
        facts.append(Fact(_created(head, child, birth), Stamp(thread, cause=birth.cause)))
        facts += [Fact(event, Stamp(thread)) for event in _limits(head, thread, len(threads))]
        if child.share != Carved():
            facts.append(Fact(LimitCarved(thread, child.share.usd, child.share.tokens), stamp))
    if drawn.plan is not None:
        facts.append(Fact(SplitMade(drawn.plan.kind, threads), stamp))
    return facts


def _created(head: Head, child: Child, birth: Birth) -> ThreadCreated:
    seat, mark = child.seat, birth.mark
    return ThreadCreated(
        child.name,
        head.operation,
        seat.agent,
        seat.driver,
        seat.account,
        seat.model,
        child.brief,
        head.repo,
        parent=head.id,
        profile=seat.profile,
        kind=child.kind,
        at=birth.at,
        base=mark.commit if mark is not None else head.base,
        temperature=child.temperature,
    )


def _limits(head: Head, thread: int, count: int) -> list[Event]:
    """What holds a child beside its share: what happens at its limit, and its part of a plan's
    window, which is a cap and no purse, so the parent keeps its own."""
    limit = head.limit
    share = None if limit.share is None else max(1, limit.share // count)
    at_limit: Literal["pause", "finish_turn"] = "pause"
    if limit.at_limit == "finish_turn":
        at_limit = "finish_turn"
    if share is None and at_limit == "pause" and not limit.reported:
        return []
    return [LimitSet(f"#{thread}", None, None, at_limit, share, limit.reported)]
