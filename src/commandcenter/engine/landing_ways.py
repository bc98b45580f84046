"""What each way of landing would touch, one line each, and why it cannot be given now."""

from typing import TYPE_CHECKING

from commandcenter.core.refusals import (
    NoChange,
    NotVerified,
    NoWorkspace,
    Reason,
    Refused,
    UnseenWork,
)
from commandcenter.core.shaping import LandHow
from commandcenter.core.world import Head
from commandcenter.engine import landing
from commandcenter.engine.landing import Subject
from commandcenter.engine.results import moves, operation_of
from commandcenter.hosts.checkpoints import Since
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.hud.results import Way, Ways

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


async def ways(parts: "Parts", head: Head) -> Ways:
    """Merge, pull request, back, discard."""
    unseen = max(0, head.results - head.diff_seen)
    operation = operation_of(parts, head)
    no = _not_now(head)
    green, label, branch = False, f"the files of {head.name}", ""
    verdict = head.verified
    if no is None:
        try:
            subject: Subject = await landing.subject_of(parts, head)
            branch = await landing.branch_of(parts, head)
            green, label = subject.green, subject.label
            if subject.operation and operation is not None:
                verdict = operation.verified
        except Refused as refused:
            no = refused.reason
    second = _second(unseen, green)
    found = (
        _way("merge", f"merges {label} into {branch or 'your branch'}", second, no),
        await _pr(parts, head, label, second, no),
        _back(head),
        _discard(head, await _size(parts, head), _not_now(head)),
    )
    stale = verdict is not None and not green
    return Ways(head.id, found, verdict, stale, unseen, head.landed)


def _not_now(head: Head) -> Reason | None:
    if not head.workspace:
        return NoWorkspace()
    if head.landing:
        return NoChange()
    return moves(head)


def _second(unseen: int, green: bool) -> str:
    said = [UnseenWork(unseen).text()] if unseen else []
    said += [] if green else [NotVerified().text()]
    return ", and ".join(said)


def _way(how: LandHow, line: str, second: str, no: Reason | None) -> Way:
    if no is None:
        return Way(how, line, second)
    return Way(how, line, second, no.text(), no.mend())


async def _pr(parts: "Parts", head: Head, label: str, second: str, no: Reason | None) -> Way:
    line = f"pushes {label} and opens a pull request"
    if no is not None:
        return _way("pr", line, second, no)
    try:
        landing.must_have_gh()
        found = await landing.draft(parts, head)
    except Refused as refused:
        return _way("pr", line, second, refused.reason)
    if not found.remote:
        return Way("pr", line, second, "the repository has no remote", "land it by merge")
    line = f"pushes {label} as {found.branch} to {found.remote}, asks for {found.base}"
    asked = "it leaves this machine"
    return Way("pr", line, f"{asked}; {second}" if second else asked)


def _back(head: Head) -> Way:
    if head.state == "ended":
        return Way("back", f"revives {head.name} with your comments")
    if head.state == "dying":
        return Way("back", f"sends your comments to {head.name}", why="its fuse burns",
                   mend="E spares it")  # fmt: skip
    return Way("back", f"sends your comments to {head.name} as its next words")


def _discard(head: Head, size: Since | None, no: Reason | None) -> Way:
    count = len(size.files) if size is not None else 0
    what = f"{count} changed {'file' if count == 1 else 'files'}"
    line = f"puts {what} of its worktree back; all is kept on a hidden ref"
    return _way("discard", line, "its files go back to how they began", no)


async def _size(parts: "Parts", head: Head) -> Since | None:
    if not head.workspace:
        return None
    try:
        return await parts.checkpoints.since(head.workspace, head.base, 1)
    except WorkspaceError:
        return None
