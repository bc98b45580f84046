"""Worktrees of ended threads: measured, and taken away once all of them is kept."""

from typing import TYPE_CHECKING, Final

from commandcenter.core.codec import Fact, Row, Stamp
from commandcenter.core.events import AlertRaised, SetupRan, WorkspaceMeasured, WorkspaceReclaimed
from commandcenter.core.refusals import NameNotTyped, Refused, SharedWorktree, TargetInvalid
from commandcenter.core.text import one_line
from commandcenter.core.world import Head, World
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.results import (
    changed_since,
    failed,
    must_have_files,
    must_not_run,
    record,
)
from commandcenter.engine.verifying import RUN_MARKS
from commandcenter.hosts.ports import port_env
from commandcenter.hosts.setting_up import SetupPlace
from commandcenter.hosts.setup import SetupFailed, SetupPlan
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.core.orders import Reclaim
    from commandcenter.engine.engine import Engine

MEASURE_S: Final = 5.0


def check(engine: "Engine", order: "Reclaim", head: Head) -> None:
    """Raises Refused unless it has ended, its name is typed, and nobody works there."""
    must_have_files(head)
    if head.state != "ended":
        raise Refused(TargetInvalid("only an ended thread's worktree is removed; X X ends it"))
    for other in sharing(engine.parts.world, head):
        if other.state != "ended":
            raise Refused(SharedWorktree(other.name))
    must_not_run(engine, head)
    if order.name != head.name:
        raise Refused(NameNotTyped(head.name))


def sharing(world: World, head: Head) -> list[Head]:
    """Threads with the same worktree: a revived one works on in its tombstone's."""
    there = (one for one in world.threads.values() if one.workspace == head.workspace)
    return [one for one in there if one.id != head.id and head.workspace]


async def reclaim(engine: "Engine", thread: int, cause: str) -> WorkspaceReclaimed:
    """The repository's teardown, then all is kept on a hidden ref, then the folder goes. Raises
    Refused, then it stands as it was."""
    parts = engine.parts
    head = parts.world.threads[thread]
    async with engine.results.writing(thread):
        await _teardown(engine, head)
        try:
            done = await parts.gits.reclaiming.reclaim(
                head.repo, head.workspace, head.branch, thread
            )
        except WorkspaceError as error:
            raise failed(error) from error
        event = WorkspaceReclaimed(done.ref, done.freed)
        others = [one.id for one in sharing(parts.world, head)]
        stamps = [Stamp(one, cause=cause) for one in (thread, *others)]
        await parts.ledger.commit([Fact(event, stamp) for stamp in stamps])
        parts.ports.release(head.port)
        return event


async def _teardown(engine: "Engine", head: Head) -> None:
    """Only what the player has agreed to; one that fails is said, and stops nothing."""
    parts = engine.parts
    try:
        plan = await parts.setups.plan(head.repo)
        if plan.teardown and parts.world.setups.get(head.repo) == plan.digest:
            await _torn_down(engine, head, plan)
    except SetupFailed as error:
        line = one_line(f"the teardown of {head.name} failed: {error.why}", 200)
        mend = "end by hand what it would have ended"
        alert = AlertRaised(f"teardown:{head.id}", "warn", "workspace", line, mend, head.operation)
        parts.ledger.post([Fact(alert, Stamp(head.id))])


async def _torn_down(engine: "Engine", head: Head, plan: SetupPlan) -> None:
    parts = engine.parts
    env = parts.person_env.known() | port_env(head.port, plan.ports)
    place = SetupPlace(head.workspace, RUN_MARKS + head.id, engine.results.epoch(), env)
    try:
        for step in await parts.setter_up.teardown(plan, place, lambda text: None):
            ran = SetupRan(step.command, step.exit, step.ms, step.text_hash)
            parts.ledger.post([Fact(ran, Stamp(head.id))])
    finally:
        await parts.host.kill_tree(place.thread, place.epoch)


# --- when a thread ends -----------------------------------------------------------------------


def ended(engine: "Engine", rows: list[Row]) -> None:
    """Of threads that ended: what was killed becomes a checkpoint, and the disk is measured."""
    for row in rows:
        if row.kind != "StateChanged":
            continue
        head = engine.parts.world.threads.get(row.thread)
        if head is not None and head.state == "ended" and head.workspace:
            engine.parts.tasks.spawn(_after(engine, head.id), f"after the end of {head.id}")


async def _after(engine: "Engine", thread: int) -> None:
    async with engine.results.clearing:
        await _kept(engine, engine.parts.world.threads[thread])


async def _kept(engine: "Engine", head: Head) -> None:
    try:
        if head.outcome == "killed":
            last = head.checkpoints[-1].commit if head.checkpoints else head.base
            if await changed_since(engine.parts, head, last):
                await checkpoint(engine, head.id, "kill")
        await measure(engine, head.id)
    except (WorkspaceError, Refused):
        return  # it is away, or nothing can be recorded: there is nothing to tell


async def measure(engine: "Engine", thread: int, limit_s: float = MEASURE_S) -> bool:
    """Record what its worktree takes, where that is new; False = it took too long, so at least.

    Raises Refused.
    """
    head = engine.parts.world.threads[thread]
    if not head.workspace:
        return True
    used = await engine.parts.gits.reclaiming.disk_use(head.workspace, limit_s)
    now = engine.parts.world.threads[thread]
    if now.workspace and used.bytes != now.disk:
        await record(engine, thread, WorkspaceMeasured(used.bytes))
    return used.whole
