"""The only place that moves a branch of the person's, and only when told to land on it."""

import asyncio
import os
from typing import Final, Literal

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host, Ran
from commandcenter.hosts.changes import PLAIN, names, shown
from commandcenter.hosts.checkpoints import checkpointed, in_the_way
from commandcenter.hosts.filters import filtered
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.hidden import SPACE, found, holds, moved, pinned
from commandcenter.hosts.repository import (
    WorkspaceError,
    Worktree,
    commit_of,
    listed,
    repository,
    told,
    worktree,
)
from commandcenter.hosts.unbroken import unbroken

MOST_PATHS: Final = 50
_HALVES: Final = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply",
                  "BISECT_LOG")  # fmt: skip

LandedHow = Literal["landed", "already", "moved", "dirty", "busy", "filtered"]
"""Done; it holds the commit already; it has commits that `commit` does not hold: join anew; the
person has uncommitted changes in the way; a merge, rebase or the like of theirs is half done;
files in their checkout would have to go through a filter (LFS or the like): merge by hand."""


class Landed(Record, frozen=True):
    """Where the branch was and is: the same when nothing has happened. `paths` are those in the
    way, at most 50; `place` = the checkout whose files were moved too, "" = none has it."""

    how: LandedHow
    old: str
    new: str
    place: str = ""
    paths: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """The branch holds the commit now."""
        return self.how in ("landed", "already")


class Landing:
    """Lands results in any repository."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    @unbroken
    async def land_merge(self, repo: str, branch: str, commit: str) -> Landed:
        """Move `branch` (short name) forward to `commit`, made before by `Merging.join` or
        `commit_merge`; where it is checked out the files go with it, if none that is touched has
        changes. Never anything but forward. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            new = await commit_of(git, commit)
            ref = f"refs/heads/{branch}"
            old = await found(git, ref)
            if not old:
                raise WorkspaceError("repository", f"there is no branch {branch}", "name another")
            if await holds(git, old, new):
                return Landed("already", old, old)
            if not await holds(git, new, old):
                return Landed("moved", old, old)
            places = [t for t in await listed(git) if await _has(git, t.path, t.branch, branch)]
            if len(places) > 1:
                return Landed("busy", old, old, places[1].path)
            if not places:
                return await _swapped(git, ref, new, old)
            return await self._into(places[0].path, ref, new, old)

    async def _into(self, path: str, ref: str, new: str, old: str) -> Landed:
        """The same where it is checked out."""
        try:
            tree = await worktree(self._git, path)
        except WorkspaceError:
            return Landed("busy", old, old, path)  # its folder is away, on a disk not there
        if tree.branch != ref or await asyncio.to_thread(_half_done, tree.folder):
            return Landed("busy", old, old, path)
        hit = await _touched_and_changed(tree, new)
        if hit:
            return Landed("dirty", old, old, path, tuple(shown(p) for p in hit[:MOST_PATHS]))
        hit = await filtered(tree.git, new, await names(tree.git, tree.head, new))
        if hit:
            return Landed("filtered", old, old, path, tuple(shown(p) for p in hit[:MOST_PATHS]))
        ran = await tree.git.ran("merge", *_AHEAD, new, env=_NAMED)
        now = await found(tree.git, ref)
        if ran.code != 0:
            if now != old:
                return Landed("moved", now, now, path)
            if hit := _overwritten(ran):
                return Landed("dirty", old, old, path, hit[:MOST_PATHS])
            raise GitFailed(ran, "merge")
        return Landed("landed", old, now, path)

    async def marked(self, path: str, base: str) -> tuple[str, ...]:
        """Files in which a conflict's marks came to stand since `base`. Raises WorkspaceError."""
        tree = await worktree(self._git, path)
        call = ("diff", *PLAIN, "--name-only", "-z", "-G^<<<<<<< ", base, "--")
        with told():
            out = await tree.git.text(*call)
        return tuple(shown(name) for name in out.split("\0") if name)

    @unbroken
    async def discard(self, path: str, thread: int) -> str:
        """Keep what the worktree holds on `refs/commandcenter/discarded/<thread>`; the commit. The
        worktree itself stays as it is. Raises WorkspaceError."""
        tree = await worktree(self._git, path)
        with told():
            made = await checkpointed(tree, thread, f"discarded of #{thread}")
            return await pinned(tree.git, f"{SPACE}/discarded/{thread}", made.commit)


_AHEAD: Final = ("--ff-only", "--no-squash", "--commit", "--no-overwrite-ignore", "--no-autostash",
                 "--no-stat", "--quiet")  # fmt: skip
"""Whatever `branch.NAME.mergeOptions` of the person says."""
_NAMED: Final = {"GIT_REFLOG_ACTION": "commandcenter land"}


def _overwritten(ran: Ran) -> tuple[str, ...]:
    """Files that git itself refuses to write over: those it was told not to look at
    (skip-worktree, assume-unchanged) are in no status."""
    lines = ran.err.decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.startswith("\t"))


async def _swapped(git: Git, ref: str, new: str, old: str) -> Landed:
    try:
        await moved(git, ref, new, old)
    except GitFailed:
        now = await found(git, ref)
        if now == old:
            raise
        return Landed("moved", now, now)
    return Landed("landed", old, new)


async def _has(git: Git, path: str, on: str, branch: str) -> bool:
    """Does the worktree have the branch checked out, or is it rebasing it?"""
    if on:
        return on == branch
    there = Git(git.host, git.sleep, path, git.config)
    try:
        folder = await there.ran("rev-parse", "--absolute-git-dir")
    except (FileNotFoundError, NotADirectoryError):
        return False
    if folder.code != 0:
        return False
    rebased = await asyncio.to_thread(_rebasing, folder.out.decode().strip())
    return f"refs/heads/{branch}" in rebased


def _rebasing(folder: str) -> tuple[str, ...]:
    found = []
    for half in ("rebase-merge", "rebase-apply"):
        path = os.path.join(folder, half, "head-name")
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found.append(file.read().strip())
    return tuple(found)


def _half_done(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, name)) for name in _HALVES)


async def _touched_and_changed(tree: Worktree, new: str) -> tuple[str, ...]:
    """Of the paths between HEAD and `new` those that are not as HEAD has them, staged or not, and
    files of theirs, ignored ones too, that stand where a new one would be."""
    quiet = ("--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all")
    status = await tree.git.ran("status", *quiet, limit=64 << 20)
    if status.code != 0:
        raise GitFailed(status, "status")
    lines = status.out.decode("utf-8", "surrogateescape").split("\0")
    changed = {line[3:] for line in lines if line}
    touched = set(await names(tree.git, tree.head, new))
    standing = await in_the_way(tree.git, tree.head, new)
    return tuple(sorted((changed & touched) | set(standing)))
