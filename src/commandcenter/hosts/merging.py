"""Results merged: looked at first, then committed on an operation's integration branch, or into
the files of another thread. Never in the person's checkout, never on a branch of theirs."""

import os
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.changes import ChangedFile, changes, entries, shown
from commandcenter.hosts.checkpoints import checkpointed, in_the_way
from commandcenter.hosts.filters import filtered
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.hidden import (
    GRAFTS,
    SPACE,
    committed,
    found,
    grafted,
    holds,
    moved,
    noted,
    signed,
    stands_on,
    state,
    states_between,
)
from commandcenter.hosts.merge_tree import Conflict, Part, merge, part
from commandcenter.hosts.repository import (
    GITLINK,
    WorkspaceError,
    Worktree,
    commit_of,
    listed,
    ours,
    repository,
    told,
)
from commandcenter.hosts.snapshot import own_index, staged
from commandcenter.hosts.unbroken import unbroken
from commandcenter.hosts.workspace import slug

TEXT_LIMIT: Final = 256 * 1024
"""Bytes of one text of a conflict."""

_TRIES: Final = 10


class MergePreview(Record, frozen=True):
    """What merging `theirs` into `ours` (full ids) gives; nothing has happened.

    `tree` holds git's marks where there are conflicts. `files` = what it changes in `ours`;
    `unknown` = of the files asked for, those that `theirs` does not change.
    """

    ours: str
    theirs: str
    tree: str
    clashes: tuple[Conflict, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The paths, fit to be recorded."""
        return tuple(shown(clash.path) for clash in self.clashes)


class Texts(Record, frozen=True):
    """Of one conflict: the three texts and git's attempt with its marks; None = absent or binary,
    each at most 256 KiB."""

    base: str | None
    ours: str | None
    theirs: str | None
    marked: str | None


class Wanted(Record, frozen=True):
    """`theirs` is any commit-ish, mostly a checkpoint; `files` () = all of it."""

    theirs: str
    message: str
    files: tuple[str, ...] = ()


class Merged(Record, frozen=True):
    """`commit` is where the target is now, `before` where it was; both are the same when there
    was nothing to bring. `commit` "" = nothing has happened: conflicts, or `blocked`, ignored
    files of the target's that stand in the way."""

    commit: str
    before: str
    preview: MergePreview
    branch: str = ""
    blocked: tuple[str, ...] = ()


class Merging:
    """Merges in any repository."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    async def preview(
        self, repo: str, mine: str, theirs: str, files: tuple[str, ...] = ()
    ) -> MergePreview:
        """What `theirs` would bring into `mine`. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            return await previewed(git, mine, theirs, files)

    async def texts(self, repo: str, preview: MergePreview, path: str) -> Texts:
        """The texts of one conflict. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        clash = next((c for c in preview.clashes if shown(c.path) == path), Conflict(path))
        with told():
            marked = await _blob(git, f"{preview.tree}:{clash.path}")
            three = [await _blob(git, blob) for blob in (clash.base, clash.ours, clash.theirs)]
        return Texts(three[0], three[1], three[2], marked)

    @unbroken
    async def commit_merge(self, repo: str, operation: str, base: str, wanted: Wanted) -> Merged:
        """Onto `cc/integration/<operation>`, which begins where `base` (a branch) stands. With
        conflicts nothing happens. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        branch = f"cc/integration/{slug(operation)}"
        ref = f"refs/heads/{branch}"
        with told():
            await _refuse_checked_out(git, branch)
            for _ in range(_TRIES):
                old = await found(git, ref)
                done = await joined(git, old or await commit_of(git, base), wanted)
                if not done.commit or await _swapped(git, ref, done.commit, old):
                    return Merged(done.commit, done.before, done.preview, branch)
        raise WorkspaceError("workspace", f"{branch} moved {_TRIES} times meanwhile", "try again")

    @unbroken
    async def join(self, repo: str, onto: str, wanted: Wanted, ref: str = "") -> Merged:
        """A commit that brings the result onto `onto`, kept on a hidden `ref` and on no branch:
        for a look, a run of the success command, a landing. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            done = await joined(git, await commit_of(git, onto), wanted)
            if done.commit and ref:
                await noted(git, ref, done.commit)
        return done

    @unbroken
    async def into_thread(self, path: str, thread: int, wanted: Wanted) -> Merged:
        """Into the files of a thread's worktree, uncommitted; HEAD and index stay. `before` is a
        checkpoint of what stood there, `commit` one of the result: both can be restored.

        With conflicts, or when the files change meanwhile, nothing happens. Raises WorkspaceError.
        """
        tree = await ours(self._git, path)
        with told():
            before = await checkpointed(tree, thread, f"before a merge into #{thread}")
            seen = await previewed(tree.git, before.commit, wanted.theirs, wanted.files)
            if seen.clashes:
                return Merged("", before.commit, seen)
            await _refuse_half(tree.git, before.tree, seen)
            blocked = await in_the_way(tree.git, before.tree, seen.tree)
            if blocked:
                return Merged("", before.commit, seen, "", tuple(shown(p) for p in blocked))
            if seen.tree == before.tree:
                return Merged(before.commit, before.commit, seen)
            commit = await _put(tree, before.tree, seen, wanted)
            row = f"{SPACE}/checkpoints/{thread}/last"
            await noted(tree.git, row, commit)
            return Merged(commit, before.commit, seen)

    @unbroken
    async def conflict_base(self, repo: str, preview: MergePreview, ref: str) -> str:
        """A commit with git's marks in the files, kept on `ref`: where whoever solves the
        conflicts begins. Both sides are behind it. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            on = await stands_on(git, preview.ours)
            above = (on, preview.ours, preview.theirs)
            commit = await state(git, preview.tree, above, "to be solved")
            await noted(git, ref, commit)
            return commit


async def previewed(git: Git, mine: str, theirs: str, files: tuple[str, ...] = ()) -> MergePreview:
    """Raises GitFailed, WorkspaceError."""
    mine, whole = await commit_of(git, mine), await commit_of(git, theirs)
    some = await part(git, mine, whole, files) if files else Part(whole)
    outcome = await merge(git, mine, some.commit)
    changed = await changes(git, mine, outcome.tree)
    return MergePreview(mine, whole, outcome.tree, outcome.conflicts, changed, some.unknown)


async def joined(git: Git, tip: str, wanted: Wanted) -> Merged:
    """A commit on `tip` that nothing points to yet; "" with conflicts. Raises GitFailed.

    The agent's own commits stay behind it, our working states do not: the person's history is
    clean, while `GRAFTS` tells later merges what it holds.
    """
    seen = await previewed(git, tip, wanted.theirs, wanted.files)
    if seen.clashes:
        return Merged("", tip, seen)
    if seen.tree == await git.text("rev-parse", f"{tip}^{{tree}}"):
        return Merged(tip, tip, seen)
    await _refuse_half(git, tip, seen)
    await _refuse_unfiltered(git, seen)
    theirs = "" if wanted.files else await _own_commits(git, tip, seen.theirs)
    who = signed(*await git.identity())
    commit = await committed(git, seen.tree, (tip, theirs), wanted.message, who)
    if not wanted.files and theirs != seen.theirs:
        await grafted(git, commit, (seen.theirs,))
    return Merged(commit, tip, seen)


async def _own_commits(git: Git, tip: str, theirs: str) -> str:
    """The last commit that the agent made itself, "" = none, or it stands on a state of ours."""
    last = await stands_on(git, theirs)
    if await holds(git, tip, last) or await states_between(git, tip, last):
        return ""
    return last


async def _refuse_half(git: Git, old: str, seen: MergePreview) -> None:
    """Of what was asked for some would not come: a file that nobody has changed, or a repository
    of its own (a clone), of which git takes along a number and no file."""
    if seen.unknown and seen.files:
        why = f"it has changed nothing in {', '.join(seen.unknown)}"
        raise WorkspaceError("workspace", why, "name files that it has changed")
    brought = await entries(git, old, seen.tree)
    inner = {one.path for one in brought if one.mode == GITLINK and one.how == "added"}
    clones = sorted(inner - await _submodules_of(git, seen.tree)) if inner else []
    if clones:
        why = f"{shown(clones[0])} is a repository of its own; its files would not come along"
        remedy = "remove the .git in it, or make it a submodule, then again"
        raise WorkspaceError("workspace", why, remedy)


async def _submodules_of(git: Git, tree: str) -> set[str]:
    """The paths that the tree's .gitmodules names."""
    told_of = await git.ran("cat-file", "blob", f"{tree}:.gitmodules")
    lines = told_of.out.decode("utf-8", "surrogateescape").splitlines()
    return {line.partition("=")[2].strip() for line in lines} if told_of.code == 0 else set()


async def _refuse_unfiltered(git: Git, seen: MergePreview) -> None:
    """What the agent's own git has stored went through the filter; what we stored did not."""
    brought = {file.path for file in seen.files if file.how != "removed"}
    stored = await entries(git, await stands_on(git, seen.theirs), seen.theirs)
    raw = tuple(entry.path for entry in stored if shown(entry.path) in brought)
    for path in (await filtered(git, seen.theirs, raw))[:1]:
        why = f"{shown(path)} goes through a filter (LFS or the like), which we do not run"
        raise WorkspaceError("workspace", why, "let the thread commit it, then again")


async def _put(tree: Worktree, old: str, seen: MergePreview, wanted: Wanted) -> str:
    """Write what differs into the files; git refuses where they have changed since `old`."""
    git = tree.git
    async with own_index(git, os.path.join(tree.folder, "index")) as index:
        await staged(git, index)
        await git.text("read-tree", "-m", "-u", old, seen.tree, env=index)
    theirs = "" if wanted.files else seen.theirs
    return await state(git, seen.tree, (tree.head, seen.ours, theirs), wanted.message)


async def _swapped(git: Git, ref: str, new: str, old: str) -> bool:
    """False = someone else has moved it meanwhile."""
    if new == old:
        return True
    try:
        await moved(git, ref, new, old)
    except GitFailed:
        if await found(git, ref) == old:
            raise
        return False
    return True


async def _refuse_checked_out(git: Git, branch: str) -> None:
    for one in await listed(git):
        if one.branch == branch:
            remedy = "check out another branch there"
            raise WorkspaceError("workspace", f"{branch} is checked out in {one.path}", remedy)


async def _blob(git: Git, name: str) -> str | None:
    if not name:
        return None
    ran = await git.ran("cat-file", "blob", name, limit=TEXT_LIMIT, env=GRAFTS)
    if ran.code != 0 or b"\0" in ran.out:
        return None
    return ran.out.decode("utf-8", "replace")
