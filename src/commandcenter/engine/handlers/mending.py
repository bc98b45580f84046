"""Conflicts as a task of a thread: it begins from the files with git's marks in them."""

from typing import TYPE_CHECKING

from commandcenter.core.orders import Merge
from commandcenter.core.refusals import Refused, TargetInvalid
from commandcenter.core.shaping import Carved, CheckpointMark
from commandcenter.core.world import Head
from commandcenter.engine.handlers.seating import Taken
from commandcenter.engine.handlers.splitting import Birth, Child, Drawn, born, name_for
from commandcenter.engine.merging import Goal, check, files_of, goal, tip_of
from commandcenter.engine.results import failed, operation_of, standing_mark, success_of
from commandcenter.hosts.merging import MergePreview
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.briefs import conflict_brief

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def preview(engine: "Engine", order: Merge, head: Head, cause: str = "") -> MergePreview:
    """What the merge would do; files that changed become checkpoints, else nothing happens. Raises
    Refused."""
    to = goal(engine.parts.world, order.into, head)
    mark = await standing_mark(engine, head.id, "merge", cause)
    mine = await _mine(engine, head, to, cause)
    try:
        merging = engine.parts.gits.merging
        return await merging.preview(head.repo, mine, mark.commit, files_of(order))
    except WorkspaceError as error:
        raise failed(error) from error


async def _mine(engine: "Engine", head: Head, to: Goal, cause: str) -> str:
    if to.thread:
        return (await standing_mark(engine, to.thread, "merge", cause)).commit
    operation = operation_of(engine.parts, head)
    assert operation is not None
    return (await tip_of(engine.parts, operation))[1]


async def mend(engine: "Engine", order: Merge, thread: int, cause: str) -> tuple[int, ...]:
    """A thread that solves the conflicts; what it makes goes where the merge was to go. Raises
    Refused."""
    world = engine.parts.world
    head = world.threads[thread]
    check(engine, order, head)
    to = goal(world, order.into, head)
    seen = await preview(engine, order, head, cause)
    if not seen.clashes:
        raise Refused(TargetInvalid("nothing of it conflicts; merge it without --mend"))
    ref = f"refs/commandcenter/conflicts/{thread}"
    try:
        commit = await engine.parts.gits.merging.conflict_base(head.repo, seen, ref)
    except WorkspaceError as error:
        raise failed(error) from error
    child = _child(engine, head, to, seen.conflicts)
    mark = CheckpointMark(0, commit, "conflict")
    birth = Birth(to.thread or thread, mark, -1, cause)
    return await born(engine, birth, Drawn((child,), Carved()))


def _child(engine: "Engine", head: Head, to: Goal, paths: tuple[str, ...]) -> Child:
    world = engine.parts.world
    target = world.threads.get(to.thread)
    taken = {one.name for one in world.threads.values() if one.state != "ended"}
    into = (
        (f"{target.name} (#{target.id})", target.brief)
        if target is not None
        else (f"what operation {to.operation} has so far", "")
    )
    brief = conflict_brief(paths, into, (f"{head.name} (#{head.id})", head.brief),
                           success_of(engine.parts, head))  # fmt: skip
    seat = Taken(head.agent, head.driver, head.account, head.model, head.profile)
    name = name_for(f"mend {head.name}", taken)
    return Child(name, brief, seat, Carved(), "conflict")
