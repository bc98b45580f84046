"""What follows a turn: the rounds of a loop, then the orders that wait in the thread's queue.

A round is a prompt of ours; a queued order goes through the one door under the id that it has had
since it was queued, so that an engine that is lost meanwhile gives it once.
"""

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import AlertRaised, LoopSet, OrderRefused, OrdersQueued
from commandcenter.core.orders import AnyOrder, Given, Group
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.text import one_line
from commandcenter.core.world import Head
from commandcenter.engine.resting import wake
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules import loops

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.runner import Runner

MOST = 16
"""Orders that may wait at a thread."""
TO_GROUP = "@group:"
UNCOUNTED = "its calls pass the gate by, so that no $ of them can be counted"


def follow(engine: "Engine", runner: "Runner") -> None:
    """Go on with what follows the thread's turn, in the background, once at a time."""
    if not runner.ahead.going:
        runner.ahead.going = True
        runner.spawn(_follow(engine, runner), "chain")


async def _follow(engine: "Engine", runner: "Runner") -> None:
    try:
        going = True
        while going and _rests(runner):
            going = await (_round(engine, runner) if runner.ahead.loop else _give(engine, runner))
    finally:
        runner.ahead.going = False
    if runner.finished and not runner.more:
        await runner.begin()


def _rests(runner: "Runner") -> bool:
    """Nothing runs, nothing of the player's comes first, and nothing holds it."""
    if runner.over or runner.stopping or runner.wants != "run" or not runner.more:
        return False
    if runner.state == "hibernated":
        return not runner.head.by_hand
    busy = runner.in_turn or runner.queue or runner.again is not None or runner.fresh
    busy = busy or runner.packet is not None
    return runner.state == "idle" and runner.session is not None and not busy


def waiting(engine: "Engine") -> list["Runner"]:
    """Threads that rest although something follows."""
    return [runner for runner in engine.runners.values() if _rests(runner)]


# --- rounds -----------------------------------------------------------------------------------


def spent(head: Head) -> Decimal:
    """What a loop's `$` counts: money where it is real, else the practice or list value."""
    return head.spent.usd + head.spent.practice + head.spent.plan


async def _round(engine: "Engine", runner: "Runner") -> bool:
    """Begin the next round, or end the loop; False = the session opens first."""
    if runner.state == "hibernated":
        wake(engine, runner)
        return False
    await _world_knows(engine, runner)
    loop = runner.ahead.loop
    try:
        digest = await _digest(runner) if loop is not None and loop.stale else ""
    except WorkspaceError as error:
        runner.end_loop(f"its files cannot be read: {error.why}")
        return True
    if runner.ahead.loop is not loop or loop is None or not _rests(runner):
        return True
    head, clock = runner.head, runner.parts.clock
    why = ""
    if loop.rounds:
        loop = loops.round_ended(loop, digest)
        why = runner.ahead.round_ended(clock.monotonic(), head.tokens.calls)
    why = loops.ends(loop, spent(head), clock.wall()) or _cannot(loop, head) or why
    if why:
        runner.end_loop(why)
        return True
    runner.ahead.round_begins(clock.monotonic(), head.tokens.calls, first=not loop.rounds)
    runner.ahead.loop = loop = loops.round_begun(loop, digest)
    runner.post(LoopSet(loop))
    await runner.prompt(loops.opening(loop, head.goal or head.brief), "queue")
    return True


def _cannot(loop: Looping, head: Head) -> str:
    """Why no round may begin, whatever the conditions say; empty = it may."""
    if "budget" in head.hold:
        return "its budget is used up"
    return UNCOUNTED if loop.usd is not None and not head.metered else ""


async def _digest(runner: "Runner") -> str:
    return await runner.parts.workspaces.digest(runner.head.workspace)


# --- queued orders ----------------------------------------------------------------------------


def order_of(queued: QueuedOrder, thread: int) -> AnyOrder:
    """What is given in the end. Raises ValueError when its text is no such order."""
    return notation.aimed(notation.parse(queued.text), f"#{thread}")


async def _give(engine: "Engine", runner: "Runner") -> bool:
    """Give the first queued order and wait until it is carried out; False = it must wait."""
    await _world_knows(engine, runner)
    if not _rests(runner) or runner.ahead.loop is not None:
        return True
    queued = runner.ahead.orders.pop(0)
    refused: list[str] = []
    unlisten = engine.parts.ledger.listen(lambda rows: refused.extend(_refused(rows, queued.id)))
    try:
        order = order_of(queued, runner.thread)
        ack = await engine.submit(Given(OrderId(queued.id), order, queued.by, yes=True))
        if not ack.seq:
            runner.ahead.orders.insert(0, queued)
            return False
        runner.ahead.given.add(queued.id)
        runner.post(OrdersQueued(tuple(runner.ahead.orders)))
        await engine.carried_out(queued.id)
    except ValueError as error:  # as an older program wrote it
        runner.post(OrdersQueued(tuple(runner.ahead.orders)))
        refused.append(str(error))
    finally:
        unlisten()
    if refused:
        _alert(runner, queued, refused[0])
    return True


async def _world_knows(engine: "Engine", runner: "Runner") -> None:
    """Wait until World, which orders are checked against, has the end of the turn too."""
    changed = asyncio.Event()
    unlisten = engine.parts.ledger.listen(lambda rows: changed.set())
    try:
        while _rests(runner) and (runner.head.in_turn or runner.head.state != runner.state):
            await changed.wait()
            changed.clear()
    finally:
        unlisten()


def _refused(rows: list[Row], order: str) -> list[str]:
    events = (load_entry(row).event for row in rows if row.kind == "OrderRefused")
    return [one.text for one in events if isinstance(one, OrderRefused) and one.id == order]


def _alert(runner: "Runner", queued: QueuedOrder, why: str) -> None:
    head = runner.head
    told = queued.text.replace(notation.SELF, f"#{head.id}", 1)
    line = one_line(f"{head.name}: queued {told} was refused: {why}", 200)
    mend = "the chain goes on; give it again if it still matters"
    alert = AlertRaised(f"chain:{head.id}", "warn", "refused", line, mend, head.operation)
    runner.post(alert)


# --- rally ------------------------------------------------------------------------------------


def rallied(engine: "Engine", rows: list[Row]) -> None:
    """A thread that ended a turn by itself joins the group that its results go to."""
    world = engine.parts.world
    for row in rows:
        head = world.threads.get(row.thread) if row.kind == "TurnEnded" else None
        if head is None or not head.rally.startswith(TO_GROUP):
            continue
        group = int(head.rally.removeprefix(TO_GROUP))
        event = load_entry(row).event
        if getattr(event, "stop", "") == "end" and group not in head.groups:
            order = Group(f"#{head.id}", add=group)
            given = Given(OrderId(engine.parts.ids.fresh()), order, "rule")
            engine.parts.tasks.spawn(_join(engine, given), f"rally {head.id}")


async def _join(engine: "Engine", given: Given) -> None:
    await engine.submit(given)
