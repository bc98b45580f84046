"""Checkpoints of a thread's worktree on hidden refs, and the way back to one; what stood there
before is always kept first."""

import os
from collections.abc import Iterable
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.changes import ChangedFile, changes, entries, shown
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.hidden import SPACE, found, holds, moved, noted, pinned, stands_on, state
from commandcenter.hosts.repository import (
    GITLINK,
    WorkspaceError,
    Worktree,
    commit_of,
    ours,
    told,
    worktree,
)
from commandcenter.hosts.snapshot import all_named, own_index, patch, staged
from commandcenter.hosts.unbroken import unbroken

LIMIT: Final = 256 * 1024
"""Bytes of a diff's text."""
INTEGRATION: Final = "refs/heads/cc/integration/"
_OF_US: Final = "refs/heads/cc/"


class Checkpointed(Record, frozen=True):
    """A commit of the files as they were, and its tree. `changed` = they differed from HEAD;
    `left_out` is what could not be read, in git's words."""

    commit: str
    tree: str
    changed: bool
    left_out: tuple[str, ...] = ()


class Restored(Record, frozen=True):
    """`kept` = the commit of what stood before; `head` = where HEAD is now, on `branch`, "" = it
    is on none of ours."""

    kept: str
    head: str
    branch: str


class Since(Record, frozen=True):
    """What differs from a checkpoint; `text` is the patch, cut with a line that says so."""

    files: tuple[ChangedFile, ...]
    added: int
    removed: int
    text: str


class Checkpoints:
    """Of any worktree, whether its thread lives or not."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    @unbroken
    async def checkpoint(
        self, path: str, thread: int, number: int, message: str = ""
    ) -> Checkpointed:
        """Pin the files, new ones too, ignored ones not, on
        `refs/commandcenter/checkpoints/<thread>/<number>`; nothing in the worktree moves.

        HEAD itself when nothing differs. The thread's checkpoint before is behind it, so that git
        sees what a child or an earlier merge took from it. Raises WorkspaceError.
        """
        tree = await worktree(self._git, path)
        with told():
            made = await checkpointed(tree, thread, message or f"checkpoint {number} of #{thread}")
            ref = f"{SPACE}/checkpoints/{thread}/{number}"
            await noted(tree.git, ref, made.commit)
            return made

    @unbroken
    async def restore(
        self, path: str, commit: str, keep_ref: str, branch: str = "", thread: int = 0
    ) -> Restored:
        """Make the files exactly those of `commit`; ignored ones stay. HEAD goes to where it was
        then, on `branch` (of ours, short name), else on the branch of ours it is on, else on
        none. The files, the index, HEAD and the branch as they were are kept on `keep_ref` first.
        The row of checkpoints of `thread` goes on from there: what came after is not held any
        more, and may be merged again.

        May be given again after it was broken off. Raises WorkspaceError.
        """
        tree = await ours(self._git, path)
        with told():
            target = await commit_of(tree.git, commit)
            on = _branch(tree, branch)
            async with own_index(tree.git, os.path.join(tree.folder, "index")) as index:
                kept = await _kept(tree, target, on, index)
                kept = await pinned(tree.git, keep_ref, kept)
                await tree.git.text("read-tree", "--reset", "-u", target, env=index)
            head = await _head_for(tree, target)
            await _move_head(tree, on, head)
            if thread:
                await noted(tree.git, f"{SPACE}/checkpoints/{thread}/last", target)
            return Restored(kept, head, on.removeprefix("refs/heads/"))

    async def since(self, path: str, commit: str, limit: int = LIMIT) -> Since:
        """What the files differ in from a commit. Raises WorkspaceError."""
        tree = await worktree(self._git, path)
        with told():
            async with all_named(tree.git) as index:
                files = await changes(tree.git, commit, env=index)
            text = await patch(tree.git, commit, limit) if files else ""
        added, removed = sum(f.added for f in files), sum(f.removed for f in files)
        return Since(files, added, removed, text)


async def checkpointed(tree: Worktree, thread: int, message: str) -> Checkpointed:
    """The working state as a commit on the thread's row of checkpoints. Raises GitFailed."""
    async with own_index(tree.git, os.path.join(tree.folder, "index")) as index:
        left_out = await staged(tree.git, index)
        files = await tree.git.text("write-tree", env=index)
    row = f"{SPACE}/checkpoints/{thread}/last"
    last = await found(tree.git, row)
    changed = files != tree.tree
    commit = tree.head
    if changed or (last and not await holds(tree.git, tree.head, last)):
        commit = await _next(tree, files, last, message)
    if commit != last:
        await noted(tree.git, row, commit)
    return Checkpointed(commit, files, changed, left_out)


async def _next(tree: Worktree, files: str, last: str, message: str) -> str:
    """The last checkpoint itself when nothing has changed since."""
    if last:
        text = await tree.git.text("rev-parse", f"{last}^{{tree}}", f"{last}^@")
        its_tree, *parents = text.splitlines()
        if its_tree == files and parents[:1] == [tree.head]:
            return last
    return await state(tree.git, files, (tree.head, last), message)


async def _kept(tree: Worktree, target: str, on: str, index: dict[str, str]) -> str:
    """A commit of everything that going to `target` could take away: files, also ignored ones
    that stand where it puts others, what only their index has, HEAD and the branch."""
    git = tree.git
    theirs = await git.ran("write-tree", env=index)  # fails in the middle of a merge
    only_staged = theirs.out.decode().strip() if theirs.code == 0 else ""
    left_out = await staged(git, index)
    files = await git.text("write-tree", env=index)
    await _refuse_unkept(git, (files, target), index, left_out)
    if await _take_in(git, files, target, index):
        files = await git.text("write-tree", env=index)
    more = [tree.head]
    if only_staged not in ("", files, tree.tree):
        more.append(await state(git, only_staged, (tree.head,), "what was staged"))
    tip = await found(git, on) if on else ""
    if tip and not await holds(git, tree.head, tip):
        more.append(tip)
    if files == tree.tree and len(more) == 1:
        return tree.head
    return await state(git, files, tuple(more), "what stood before")


async def _refuse_unkept(
    git: Git, between: tuple[str, str], index: dict[str, str], left_out: tuple[str, ...]
) -> None:
    """What no commit of ours can hold must not be written over: the files of a repository inside
    (a clone), and what git could not read. Raises WorkspaceError, GitFailed."""
    files, target = between
    differ = await entries(git, files, target)
    inner = {one.path for one in await entries(git, target, files) if one.mode == GITLINK}
    put = [one.path for one in differ if one.how != "removed" and one.mode != GITLINK]
    under = {above for path in put for above in (path, *_above(path))}
    hit = sorted(inner & under)
    if left_out:
        stale = await git.text(
            "diff-files", "--name-only", "-z", "--ignore-submodules=all", env=index
        )
        hit += sorted(path for path in stale.split("\0") if path)
    if hit:
        why = f"{shown(hit[0])} cannot be kept: it is a repository of its own, or not readable"
        raise WorkspaceError("workspace", why, "move it away, then again")


def _above(path: str) -> Iterable[str]:
    while path := os.path.dirname(path):
        yield path


async def _take_in(git: Git, files: str, target: str, index: dict[str, str]) -> bool:
    """Ignored files that `target` would write over enter the index."""
    hit = await in_the_way(git, files, target)
    if hit:
        given = "\0".join(hit).encode("utf-8", "surrogateescape")
        args = (
            "add",
            "--force",
            "--ignore-errors",
            "--pathspec-from-file=-",
            "--pathspec-file-nul",
        )
        ran = await git.ran("--literal-pathspecs", *args, stdin=given, env=index)
        if ran.code not in (0, 1):
            raise GitFailed(ran, "add")
    return bool(hit)


async def in_the_way(git: Git, old: str, new: str) -> tuple[str, ...]:
    """What stands on the disk where `new` adds a file that `old` does not have: files, or files
    where it wants a folder. Raises GitFailed."""
    differ = await entries(git, old, new)
    added = (entry.path for entry in differ if entry.how == "added")
    gone = {entry.path for entry in differ if entry.how == "removed"}
    return tuple(sorted(set(_standing(git.folder, added, gone))))


def _standing(folder: str, added: Iterable[str], gone: set[str]) -> Iterable[str]:
    for path in added:
        if os.path.lexists(os.path.join(folder, path)):
            if not _emptied(folder, path, gone):
                yield path
            continue
        above = path
        while above := os.path.dirname(above):
            whole = os.path.join(folder, above)
            if os.path.lexists(whole):
                if above not in gone and (os.path.islink(whole) or not os.path.isdir(whole)):
                    yield above
                break


def _emptied(folder: str, path: str, gone: set[str]) -> bool:
    """A folder in which nothing but what goes away lies."""
    whole = os.path.join(folder, path)
    if os.path.islink(whole) or not os.path.isdir(whole):
        return False
    files = (os.path.join(at, name) for at, _, names in os.walk(whole) for name in names)
    return all(os.path.relpath(file, folder) in gone for file in files)


def _branch(tree: Worktree, wanted: str) -> str:
    """The full name of the branch that HEAD shall be on, never one of the person's."""
    for name in (f"refs/heads/{wanted}", tree.branch):
        if name.startswith(_OF_US) and not name.startswith(INTEGRATION):
            return name
    return ""


async def _head_for(tree: Worktree, target: str) -> str:
    """Where HEAD was when `target` was made: a commit of the agent's is its own HEAD."""
    if await holds(tree.git, tree.head, target):
        return target
    return await stands_on(tree.git, target)


async def _move_head(tree: Worktree, on: str, head: str) -> None:
    """HEAD and branch go there, the index with them; what was half done (merge, rebase) is over."""
    git = tree.git
    for command in _half_done(tree.folder):
        await git.ran(command, "--quit")
    if on:
        await moved(git, on, head, await found(git, on))
        await git.text("symbolic-ref", "-m", "commandcenter", "HEAD", on)
    elif tree.head != head or tree.branch:
        await git.text("update-ref", "--no-deref", "-m", "commandcenter", "HEAD", head)
    await git.text("reset", "--quiet", "--mixed")


def _half_done(folder: str) -> tuple[str, ...]:
    """Commands of which git remembers the middle; a merge's is forgotten with the reset."""
    halves = (("rebase-merge", "rebase"), ("rebase-apply", "rebase"), ("sequencer", "cherry-pick"))
    return tuple(word for name, word in halves if os.path.isdir(os.path.join(folder, name)))
