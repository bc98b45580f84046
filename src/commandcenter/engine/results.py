"""What the orders on results share: who stands, one writer of a worktree, what is so now."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from commandcenter.core.base import By
from commandcenter.core.codec import Fact, Stamp, load_entry
from commandcenter.core.events import Event
from commandcenter.core.refusals import (
    HandingOver,
    NoChange,
    NoWorkspace,
    Reason,
    Refused,
    Taken,
    TargetInvalid,
    WorkspaceFailed,
    WorksStill,
)
from commandcenter.core.shaping import CheckpointMark
from commandcenter.core.states import State
from commandcenter.core.world import Head, OperationHead
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.hosts.pull_request import PullRequest
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

T = TypeVar("T")
E = TypeVar("E", bound=Event)
NEWEST: Final = 1 << 62
RUNS: Final = 2
"""Success commands that run at once."""
STANDS: Final[frozenset[State]] = frozenset({"idle", "paused", "frozen", "hibernated", "ended"})


class Results:
    """What is under way with results, in memory alone."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(RUNS)
        self.clearing = asyncio.Semaphore(RUNS)
        """Threads that have ended are kept and measured a few at a time."""
        self.current: dict[int, bool] = {}
        """Was the success command green on what stands there, as an order found before its doubt
        was asked."""
        self.marked: dict[int, tuple[str, ...]] = {}
        """Files of its own in which a conflict's marks stand, found likewise."""
        self._writing: dict[int, asyncio.Lock] = {}
        self._integrating: dict[str, asyncio.Lock] = {}
        self._busy: set[tuple[str, int]] = set()
        self._running: dict[int, asyncio.Task[Any]] = {}
        self._epoch = 0
        self.drafts: dict[int, PullRequest] = {}
        """What a pull request would say, for the doubt of the same order."""

    def writing(self, thread: int) -> asyncio.Lock:
        """Held while a thread's files are written by us; innermost of all locks."""
        return self._writing.setdefault(thread, asyncio.Lock())

    def integrating(self, operation: str) -> asyncio.Lock:
        """Held while a result is on its way into an operation's integration branch."""
        return self._integrating.setdefault(operation, asyncio.Lock())

    def epoch(self) -> int:
        """Of one success command: its processes are told apart by it."""
        self._epoch += 1
        return self._epoch

    async def alone(self, what: str, thread: int, work: Coroutine[Any, Any, T]) -> T:
        """Never two of the same for a thread at once. Raises Refused(NoChange)."""
        if (what, thread) in self._busy:
            work.close()
            raise Refused(NoChange())
        self._busy.add((what, thread))
        try:
            return await work
        finally:
            self._busy.discard((what, thread))

    def busy(self, what: str, thread: int) -> bool:
        """Is it under way?"""
        return (what, thread) in self._busy

    async def stoppable(self, thread: int, work: Coroutine[Any, Any, T]) -> T | None:
        """What it gives; None = it was stopped by `stop`."""
        task = asyncio.create_task(work, name=f"verify {thread}")
        self._running[thread] = task
        try:
            await asyncio.wait((task,))
        finally:
            self._running.pop(thread, None)
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
        return None if task.cancelled() else task.result()

    def stop(self, thread: int) -> None:
        """End what is stoppable of the thread. Raises Refused(NoChange) when nothing is."""
        task = self._running.get(thread)
        if task is None:
            raise Refused(NoChange())
        task.cancel()


def must_have_files(head: Head) -> None:
    """Raises Refused unless it has a worktree."""
    if not head.workspace:
        raise Refused(NoWorkspace())


def stands(head: Head) -> bool:
    """Nothing of it writes its files now."""
    return head.state in STANDS or (head.state == "crashed" and head.parked)


def must_stand(head: Head) -> None:
    """Raises Refused: it works, the person works in it, or it is being handed over."""
    reason = moves(head)
    if reason is not None:
        raise Refused(reason)


def moves(head: Head) -> Reason | None:
    """Why its files may change now; None = they do not."""
    if head.by_hand:
        return Taken()
    if head.handing is not None:
        return HandingOver()
    return None if stands(head) else WorksStill(head.name)


def must_not_run(engine: "Engine", head: Head) -> None:
    """Raises Refused while its success command runs."""
    if head.verifying or engine.results.busy("verify", head.id):
        raise Refused(TargetInvalid("its success command runs; verify T --stop ends it"))


def operation_of(parts: "Parts", head: Head) -> OperationHead | None:
    """Its operation."""
    return parts.world.operations.get(head.operation)


def success_of(parts: "Parts", head: Head) -> str:
    """The success command; empty = there is none."""
    operation = operation_of(parts, head)
    return operation.success.strip() if operation is not None else ""


async def record(
    engine: "Engine", thread: int, event: Event, cause: str = "", by: By = "engine"
) -> int:
    """One fact of the thread, committed. Raises Refused."""
    head = engine.parts.world.threads[thread]
    stamp = Stamp(thread, head.epoch, head.turn, by, cause)
    return await engine.parts.ledger.commit([Fact(event, stamp)])


def failed(error: WorkspaceError) -> Refused:
    """What git or the disk said, as a refusal with its remedy."""
    why = f"{error.why}; {error.remedy}" if error.remedy else error.why
    return Refused(WorkspaceFailed(why))


async def changed_since(parts: "Parts", head: Head, commit: str) -> bool:
    """Do its files differ from a commit? Raises WorkspaceError."""
    return bool((await parts.checkpoints.since(head.workspace, commit, 1)).files)


async def is_current(parts: "Parts", head: Head) -> bool:
    """Was the success command green on the files as they are now?"""
    verdict = head.verified
    if verdict is None or not verdict.green or not verdict.commit or not head.workspace:
        return False
    try:
        return not await changed_since(parts, head, verdict.commit)
    except WorkspaceError:
        return False


async def standing_mark(engine: "Engine", thread: int, why: str, cause: str = "") -> CheckpointMark:
    """A checkpoint of the files as they are: the last one where it is that. Raises Refused."""
    head = engine.parts.world.threads[thread]
    must_have_files(head)
    if head.checkpoints:
        last = head.checkpoints[-1]
        try:
            if not await changed_since(engine.parts, head, last.commit):
                return last
        except WorkspaceError as error:
            raise failed(error) from error
    return await checkpoint(engine, thread, why, cause)


async def last_of(parts: "Parts", thread: int, kind: type[E]) -> E | None:
    """The newest entry of a kind of the thread; None = there is none."""
    rows = await parts.reader.tail(thread, NEWEST, 1, (kind.__name__,))
    event = load_entry(rows[0]).event if rows else None
    return event if isinstance(event, kind) else None
