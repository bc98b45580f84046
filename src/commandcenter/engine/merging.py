"""A thread's work brought into another thread's files, or its operation's integration branch."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.events import ConflictFound, Merged, MergeStarted, Unmerged
from commandcenter.core.refusals import (
    MergeConflict,
    NothingToMerge,
    NotUndoable,
    Refused,
    TargetInvalid,
    TargetMissing,
    VerifyFailed,
    WorkspaceFailed,
)
from commandcenter.core.shaping import OP, CheckpointMark, Merging
from commandcenter.core.world import Head, OperationHead, World
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.results import (
    changed_since,
    failed,
    is_current,
    must_have_files,
    must_not_run,
    must_stand,
    operation_of,
    record,
    success_of,
)
from commandcenter.engine.verifying import verify_merged
from commandcenter.hosts.merging import Merged as Done
from commandcenter.hosts.merging import Wanted
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.landing import Result, message

if TYPE_CHECKING:
    from commandcenter.core.orders import Merge
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

NAMED: Final = 5
"""Files that a refusal names."""


class Goal(Record, frozen=True):
    """Where a merge goes: a thread (above 0) or an operation."""

    thread: int = 0
    operation: str = ""

    @property
    def into(self) -> str:
        """As the order has it."""
        return f"#{self.thread}" if self.thread else f"{OP}{self.operation}"


# --- where to ---------------------------------------------------------------------------------


def goal(world: World, into: str, head: Head) -> Goal:
    """What `--into` names, or what is meant without it. Raises Refused."""
    text = into.strip()
    if not text:
        return _default(world, head)
    if text.startswith(OP):
        return _operation(world, text.removeprefix(OP), head)
    number = text.removeprefix("#")
    if not number.isdecimal():
        raise Refused(TargetInvalid("--into is a thread (#3) or an operation (@op:NAME)"))
    return _thread(world, int(number), head)


def _default(world: World, head: Head) -> Goal:
    """Its parent, else its operation; what mends a conflict goes where that was found."""
    parent = world.threads.get(head.parent)
    merging = parent.merging if parent is not None and head.kind == "conflict" else None
    if merging is not None and merging.into.startswith(OP):
        return _operation(world, merging.into.removeprefix(OP), head)
    if parent is not None and head.kind and parent.state != "ended":
        return _thread(world, parent.id, head)
    if not head.operation:
        said = "it has no living parent and no operation; --into says where to"
        raise Refused(TargetInvalid(said))
    return _operation(world, head.operation, head)


def _thread(world: World, number: int, head: Head) -> Goal:
    target = world.threads.get(number)
    if target is None:
        raise Refused(TargetMissing(f"#{number}"))
    if number == head.id or (target.workspace and target.workspace == head.workspace):
        raise Refused(TargetInvalid("it works in the same files"))
    if target.repo != head.repo:
        raise Refused(TargetInvalid(f"{target.name} works in another repository"))
    return Goal(number)


def _operation(world: World, name: str, head: Head) -> Goal:
    if name != head.operation or name not in world.operations:
        mine = head.operation or "none"
        raise Refused(TargetInvalid(f"a result goes into its own operation, which is {mine}"))
    return Goal(operation=name)


def files_of(order: "Merge") -> tuple[str, ...]:
    """The paths that are taken alone."""
    return tuple(dict.fromkeys(p.strip() for p in order.files.split(",") if p.strip()))


def check(engine: "Engine", order: "Merge", head: Head) -> None:
    """Raises Refused unless both sides stand."""
    must_have_files(head)
    must_stand(head)
    to = goal(engine.parts.world, order.into, head)
    if to.thread:
        target = engine.parts.world.threads[to.thread]
        must_have_files(target)
        must_stand(target)
    else:
        must_not_run(engine, head)


# --- the merge --------------------------------------------------------------------------------


async def merge(engine: "Engine", order: "Merge", thread: int, cause: str) -> Merging:
    """Bring it there; both sides are checkpoints first. Raises Refused, then nothing changed."""
    head = engine.parts.world.threads[thread]
    check(engine, order, head)
    to = goal(engine.parts.world, order.into, head)
    mark = await checkpoint(engine, thread, "merge", cause)
    current = await is_current(engine.parts, head)
    wanted = Wanted(mark.commit, message(result_of(engine.parts, head, current)), files_of(order))
    if to.thread:
        return await _into_thread(engine, (thread, to.thread), wanted, cause)
    return await _into_operation(engine, thread, wanted, cause)


def result_of(parts: "Parts", head: Head, current: bool, files: tuple[str, ...] = ()) -> Result:
    """What is written of a thread's result."""
    return Result(
        head.id,
        head.name,
        head.brief,
        head.goal,
        head.agent,
        head.model,
        files,
        head.verified,
        current,
        head.critique,
    )


async def _into_thread(
    engine: "Engine", threads: tuple[int, int], wanted: Wanted, cause: str
) -> Merging:
    source, into = threads
    async with engine.results.writing(into):
        before = await checkpoint(engine, into, "merge", cause)
        target = engine.parts.world.threads[into]
        merging = Merging(f"#{into}", wanted.files, before=before.commit)
        async with _under_way(engine, source, merging, cause) as way:
            done = await engine.parts.gits.merging.into_thread(target.workspace, into, wanted)
            await way.judged(done)
            return await way.merged(done)


async def _into_operation(engine: "Engine", thread: int, wanted: Wanted, cause: str) -> Merging:
    """Only what the success command is green on, where there is one."""
    parts = engine.parts
    head = parts.world.threads[thread]
    operation = operation_of(parts, head)
    assert operation is not None
    async with engine.results.integrating(operation.name):
        tip, onto = await tip_of(parts, operation)
        merging = Merging(f"{OP}{operation.name}", wanted.files, before=onto)
        async with _under_way(engine, thread, merging, cause) as way:
            joined = parts.gits.merging.join(operation.repo, onto, wanted, merged_ref(thread))
            done = await joined
            await way.judged(done)
            if success_of(parts, head):
                verdict = await verify_merged(engine, thread, (done.commit, onto), cause)
                if not verdict.green:
                    raise Refused(VerifyFailed(verdict.line))
            await parts.gits.integration.move(operation.repo, operation.name, done.commit, tip)
            return await way.merged(done)


def merged_ref(thread: int) -> str:
    """Where a joined commit is kept that no branch has yet."""
    return f"refs/commandcenter/merged/{thread}"


async def tip_of(parts: "Parts", operation: OperationHead) -> tuple[str, str]:
    """Where its integration branch stands ("" = there is none yet), and what a merge goes onto.

    Raises Refused.
    """
    try:
        tip = (await parts.gits.integration.tip(operation.repo, operation.name)).commit
        start = await parts.gits.integration.commit(operation.repo, operation.base or "HEAD")
    except WorkspaceError as error:
        raise failed(error) from error
    if not (tip or start):
        raise Refused(WorkspaceFailed(f"there is no branch {operation.base}"))
    return tip, tip or start


class _Way:
    """A merge under way: told how it ends, once."""

    def __init__(self, engine: "Engine", thread: int, merging: Merging, cause: str) -> None:
        self._engine = engine
        self._thread = thread
        self._cause = cause
        self.merging = merging
        self.told = False

    async def judged(self, done: Done) -> None:
        """Raises Refused when nothing has happened."""
        if done.preview.clashes:
            paths = done.preview.conflicts
            await self._record(ConflictFound(replace(self.merging, conflicts=paths)))
            raise Refused(MergeConflict(named(paths)))
        if done.blocked:
            why = f"files that git ignores stand in the way there: {named(done.blocked)}"
            raise Refused(WorkspaceFailed(why))
        if done.commit == done.before:
            raise Refused(NothingToMerge())

    async def merged(self, done: Done) -> Merging:
        """It is there."""
        self.merging = replace(self.merging, commit=done.commit, before=done.before)
        await self._record(Merged(self.merging))
        return self.merging

    async def nothing(self) -> None:
        """All is as it was."""
        if not self.told:
            await self._record(Unmerged(self.merging))

    async def _record(self, event: ConflictFound | Merged | Unmerged) -> None:
        await record(self._engine, self._thread, event, self._cause)
        self.told = True


@contextlib.asynccontextmanager
async def _under_way(
    engine: "Engine", thread: int, merging: Merging, cause: str
) -> AsyncIterator[_Way]:
    """Recorded before anything happens, and what came of it. Raises Refused."""
    await record(engine, thread, MergeStarted(merging), cause)
    way = _Way(engine, thread, merging, cause)
    try:
        yield way
    except WorkspaceError as error:
        await way.nothing()
        raise failed(error) from error
    except Refused:
        await way.nothing()
        raise


def named(paths: tuple[str, ...]) -> str:
    """Some of them, and how many more."""
    more = len(paths) - NAMED
    return ", ".join(paths[:NAMED]) + (f" and {more} more" if more > 0 else "")


async def over(engine: "Engine", thread: int, merging: Merging) -> None:
    """A thread that rests ends as merged, when all of it went to its parent or operation."""
    world = engine.parts.world
    head = world.threads[thread]
    whole = merging.whole(head.parent, head.operation)
    waits = head.queue or head.orders
    children = any(world.threads[child].state != "ended" for child in head.children)
    if whole and not waits and not children and head.state in ("idle", "paused", "hibernated"):
        await engine.runner(thread).end("merged", f"merged into {merging.into}")
        await engine.parts.ledger.settle()


# --- and back ---------------------------------------------------------------------------------


def check_back(engine: "Engine", head: Head) -> None:
    """Raises Refused unless a merge of it stands and can be taken back."""
    merging = head.merging
    if merging is None or not merging.commit:
        raise Refused(NotUndoable("a merge that is not there"))
    target = _target(engine.parts.world, merging)
    if target is not None:
        must_have_files(target)
        must_stand(target)


def _target(world: World, merging: Merging) -> Head | None:
    number = merging.into.removeprefix("#")
    return world.threads.get(int(number)) if number.isdecimal() else None


async def unmerge(engine: "Engine", thread: int, cause: str) -> None:
    """The place is as before, where nothing has come after it. Raises Refused."""
    head = engine.parts.world.threads[thread]
    check_back(engine, head)
    merging = head.merging
    assert merging is not None
    target = _target(engine.parts.world, merging)
    try:
        if target is not None:
            await _files_back(engine, target.id, merging, cause)
        else:
            await _branch_back(engine, head, merging)
    except WorkspaceError as error:
        raise failed(error) from error
    await record(engine, thread, Unmerged(merging), cause)


async def _files_back(engine: "Engine", into: int, merging: Merging, cause: str) -> None:
    parts = engine.parts
    async with engine.results.writing(into):
        target = parts.world.threads[into]
        if await changed_since(parts, target, merging.commit):
            raise Refused(NotUndoable("a merge after which the files were changed"))
        mark: CheckpointMark = await checkpoint(engine, into, "revert", cause)
        keep = f"refs/commandcenter/unmerged/{into}/{mark.number}"
        restore = parts.checkpoints.restore
        await restore(target.workspace, merging.before, keep, target.branch, into)


async def _branch_back(engine: "Engine", head: Head, merging: Merging) -> None:
    operation = operation_of(engine.parts, head)
    if operation is None:
        raise Refused(TargetMissing(merging.into))
    async with engine.results.integrating(operation.name):
        move = engine.parts.gits.integration.move
        await move(operation.repo, operation.name, merging.before, merging.commit)
