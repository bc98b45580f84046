"""Results that leave their worktree: to the person's branch, a pull request, or nowhere."""

import shutil
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Landed, LandFailed, LandStarted, Reverted, Unlanded
from commandcenter.core.refusals import (
    BranchMoved,
    MergeConflict,
    NothingToMerge,
    NotUndoable,
    Refused,
    ToolMissing,
)
from commandcenter.core.shaping import OP, LandHow, Landing
from commandcenter.core.world import Head
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.merging import named, result_of, tip_of
from commandcenter.engine.results import changed_since, failed, is_current, operation_of, record
from commandcenter.hosts.landing import Landed as Moved
from commandcenter.hosts.merging import Wanted
from commandcenter.hosts.pull_request import PullRequest
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.landing import Result, divided, draft_body, message, title

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

TRIES: Final = 3
"""How often a branch may move under a landing before it is refused."""
SPACE: Final = "refs/commandcenter"
_WHYS: Final = {
    "dirty": "uncommitted changes stand in the way: {paths}",
    "busy": "a merge or rebase is half done in {place}",
    "filtered": "files go through a filter (LFS or the like): {paths}; merge by hand",
    "moved": "{branch} moved while it was landed",
}


class Subject(Record, frozen=True):
    """What would land: a commit, and what it is in words; `green` = the success command was."""

    commit: str
    label: str
    green: bool
    operation: str = ""
    """It is this operation's integration branch."""


# --- what lands, and where --------------------------------------------------------------------


async def branch_of(parts: "Parts", head: Head) -> str:
    """The person's branch that results of the thread go to. Raises Refused."""
    operation = operation_of(parts, head)
    if operation is not None and operation.base:
        return operation.base
    try:
        branch = (await parts.workspaces.inspect(head.repo)).branch
    except WorkspaceError as error:
        raise failed(error) from error
    if not branch:
        raise Refused(BranchMoved("your checkout is on no branch"))
    return branch


async def subject_of(parts: "Parts", head: Head, commit: str = "") -> Subject:
    """The thread's own files (`commit` = a checkpoint of them, "" = only looked at); of one that
    was merged whole into its operation, that operation's integration branch. Raises Refused."""
    merging = head.merging
    operation = operation_of(parts, head)
    merged = merging is not None and bool(merging.commit) and not merging.files
    if merging is None or not merged or operation is None or merging.into != OP + operation.name:
        return Subject(commit, f"the files of {head.name}", await is_current(parts, head))
    last = head.checkpoints[-1].commit if head.checkpoints else ""
    try:
        if head.workspace and (not last or await changed_since(parts, head, last)):
            return Subject(commit, f"the files of {head.name}", await is_current(parts, head))
    except WorkspaceError as error:
        raise failed(error) from error
    tip = (await tip_of(parts, operation))[0]
    seen = operation.verified
    green = seen is not None and seen.green and seen.commit == tip
    return Subject(tip, f"all that was merged into operation {operation.name}", green,
                   operation.name)  # fmt: skip


async def marked(parts: "Parts", head: Head, subject: Subject) -> tuple[str, ...]:
    """Its files in which a conflict's marks stand, where they are what lands. Raises Refused."""
    if subject.operation:
        return ()
    try:
        return await parts.gits.landing.marked(head.workspace, head.base)
    except WorkspaceError as error:
        raise failed(error) from error


async def result(parts: "Parts", head: Head, subject: Subject) -> Result:
    """What is written of it where it lands."""
    try:
        files = (await parts.checkpoints.since(head.workspace, head.base, 1)).files
    except WorkspaceError:
        files = ()
    operation = operation_of(parts, head)
    found = result_of(parts, head, subject.green, tuple(file.path for file in files))
    if not subject.operation or operation is None:
        return found
    goal = operation.goal or found.goal
    return replace(found, name=operation.name, goal=goal, verdict=operation.verified)


async def _subject(engine: "Engine", thread: int, cause: str) -> Subject:
    """With a fresh checkpoint of its files, where they are what lands. Raises Refused."""
    head = engine.parts.world.threads[thread]
    found = await subject_of(engine.parts, head)
    if found.operation:
        return found
    mark = await checkpoint(engine, thread, "land", cause)
    return replace(found, commit=mark.commit)


async def _joined(engine: "Engine", thread: int, subject: Subject, branch: str) -> tuple[str, str]:
    """A commit on the person's branch that nothing points to yet, and where that branch stands.

    Raises Refused, WorkspaceError.
    """
    parts = engine.parts
    head = parts.world.threads[thread]
    written = message(await result(parts, head, subject))
    ref = f"{SPACE}/landing/{thread}"
    done = await parts.gits.merging.join(head.repo, branch, Wanted(subject.commit, written), ref)
    if done.preview.clashes:
        raise Refused(MergeConflict(named(done.preview.conflicts)))
    if done.commit == done.before:
        raise Refused(NothingToMerge())
    return done.commit, done.before


# --- to the person's branch -------------------------------------------------------------------


async def land_merge(engine: "Engine", thread: int, cause: str) -> Landing:
    """Move the person's branch forward to it, with the files where it is checked out. Raises
    Refused, then nothing has changed."""
    head = engine.parts.world.threads[thread]
    subject = await _subject(engine, thread, cause)
    branch = await branch_of(engine.parts, head)
    try:
        for _ in range(TRIES):
            commit, before = await _joined(engine, thread, subject, branch)
            landing = Landing("merge", commit, branch, before)
            await record(engine, thread, LandStarted(landing), cause)
            moved = await engine.parts.gits.landing.land_merge(head.repo, branch, commit)
            if moved.done:
                return await _landed(engine, thread, landing, cause)
            await _failed(engine, thread, "merge", _why(moved, branch), cause)
            if moved.how != "moved":
                raise Refused(BranchMoved(_why(moved, branch)))
    except WorkspaceError as error:
        await _failed(engine, thread, "merge", error.why, cause)
        raise failed(error) from error
    raise Refused(BranchMoved(f"{branch} moved {TRIES} times meanwhile"))


def _why(moved: Moved, branch: str) -> str:
    return _WHYS[moved.how].format(branch=branch, place=moved.place, paths=named(moved.paths))


async def _landed(engine: "Engine", thread: int, landing: Landing, cause: str) -> Landing:
    await record(engine, thread, Landed(landing), cause)
    return landing


async def _failed(engine: "Engine", thread: int, how: LandHow, why: str, cause: str) -> None:
    """Recorded where it had begun."""
    if engine.parts.world.threads[thread].landing:
        await record(engine, thread, LandFailed(how, why), cause)


# --- a pull request ---------------------------------------------------------------------------


def must_have_gh() -> None:
    """Raises Refused(ToolMissing)."""
    if shutil.which("gh") is None:
        raise Refused(ToolMissing("gh"))


async def draft(parts: "Parts", head: Head, text: str = "") -> PullRequest:
    """What would be pushed and asked; `commit` is empty. Raises Refused."""
    subject = await subject_of(parts, head)
    base = await branch_of(parts, head)
    found = await result(parts, head, subject)
    name, body = divided(text) if text.strip() else (title(found), draft_body(found))
    try:
        branch = head.branch
        if subject.operation:
            tip = await parts.gits.integration.tip(head.repo, subject.operation)
            branch = tip.branch
        remotes = await parts.gits.integration.remotes(head.repo)
    except WorkspaceError as error:
        raise failed(error) from error
    remote = "origin" if "origin" in remotes else next(iter(remotes), "")
    return PullRequest("", branch, base, name, body, remote)


async def land_pr(engine: "Engine", thread: int, text: str, cause: str) -> Landing:
    """Push a clean commit of it and ask with the person's own gh. Raises Refused."""
    must_have_gh()
    parts = engine.parts
    head = parts.world.threads[thread]
    wanted = await draft(parts, head, text)
    subject = await _subject(engine, thread, cause)
    try:
        commit, _ = await _joined(engine, thread, subject, wanted.base)
        landing = Landing("pr", commit, f"{wanted.remote}/{wanted.branch}")
        await record(engine, thread, LandStarted(landing), cause)
        asked = await parts.gits.pulls.pull_request(head.repo, replace(wanted, commit=commit))
    except WorkspaceError as error:
        await _failed(engine, thread, "pr", error.why, cause)
        raise failed(error) from error
    return await _landed(engine, thread, replace(landing, where=asked.address), cause)


# --- nowhere ----------------------------------------------------------------------------------


async def discard(engine: "Engine", thread: int, cause: str) -> Landing:
    """Kept on a hidden ref, then the worktree is as the thread began. Raises Refused."""
    parts = engine.parts
    async with engine.results.writing(thread):
        mark = await checkpoint(engine, thread, "discard", cause)
        head = parts.world.threads[thread]
        landing = Landing("discard", mark.commit, f"{SPACE}/discarded/{thread}")
        await record(engine, thread, LandStarted(landing), cause)
        try:
            kept = await parts.gits.landing.discard(head.workspace, thread)
            keep = f"{SPACE}/kept/{thread}/{mark.number}"
            await parts.checkpoints.restore(head.workspace, head.base, keep, head.branch, thread)
        except WorkspaceError as error:
            await _failed(engine, thread, "discard", error.why, cause)
            raise failed(error) from error
        landing = replace(landing, commit=kept)
        stamp = Stamp(thread, head.epoch, head.turn, cause=cause)
        events = (Landed(landing), Reverted(0, mark.number))
        await parts.ledger.commit([Fact(event, stamp) for event in events])
        return landing


def check_unland(head: Head) -> None:
    """Raises Refused unless something discarded could come back."""
    if head.landed is None or head.landed.how != "discard":
        raise Refused(NotUndoable("a landing that is not a discard"))


async def unland(engine: "Engine", thread: int, cause: str) -> None:
    """The discarded files stand there again; what is there now becomes a checkpoint first."""
    parts = engine.parts
    async with engine.results.writing(thread):
        head = parts.world.threads[thread]
        check_unland(head)
        assert head.landed is not None
        mark = await checkpoint(engine, thread, "revert", cause)
        keep = f"{SPACE}/kept/{thread}/{mark.number}"
        commit = head.landed.commit
        try:
            await parts.checkpoints.restore(head.workspace, commit, keep, head.branch, thread)
        except WorkspaceError as error:
            raise failed(error) from error
        number = head.put_back[1] or _number(head, commit)
        stamp = Stamp(thread, head.epoch, head.turn, cause=cause)
        events = (Unlanded(), Reverted(number, mark.number))
        await parts.ledger.commit([Fact(event, stamp) for event in events])


def _number(head: Head, commit: str) -> int:
    return next((mark.number for mark in head.checkpoints if mark.commit == commit), 0)
