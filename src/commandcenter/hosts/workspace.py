"""A git worktree per thread; nothing of the person's own checkout is touched."""

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.repository import Listed, commit_of, listed, opened, repository, submodules
from commandcenter.hosts.repository import WorkspaceError as WorkspaceError
from commandcenter.hosts.snapshot import count, digest, patch, snapshot
from commandcenter.hosts.unbroken import unbroken

PLACES: Final = 4
DIFF_LIMIT: Final = 256 * 1024
COUNT_LIMIT: Final = 100_000
NAMES: Final = 5_000
_NAMES: Final = 99
_BASE: Final = "refs/worktree/base"
_UNFINISHED: Final = "initializing"
"""Git's own word for a worktree whose making was broken off; ours until the files are there."""
_ADD: Final = ("worktree", "add", "--no-checkout", "--lock", "--reason", _UNFINISHED)
Progress = Callable[[str], None]
"""Takes the words of a stage, for the tile."""


class Repository(Record, frozen=True):
    """A usable repository: its top folder, branch ("" = detached), HEAD, number of changed
    paths, number of commits (counted to 100 000)."""

    root: str
    branch: str
    head: str
    dirty: int
    commits: int


class WorkspaceSpec(Record, frozen=True):
    """What is wanted; `base` is any commit-ish, left aside when `uncommitted`."""

    repository: str
    thread: int
    slug: str = ""
    uncommitted: bool = False
    base: str = ""


class Workspace(Record, frozen=True):
    """A made worktree; `base` is the commit it started from, `empty` are the submodules: their
    folders stay empty until the agent fills them, nothing is fetched unasked."""

    path: str
    branch: str
    base: str
    empty: tuple[str, ...] = ()


class Changed(Record, frozen=True):
    """What differs from the base: files, lines added, lines removed; new files included."""

    files: int = 0
    added: int = 0
    removed: int = 0


class Workspaces:
    """The worktrees beneath one folder, at most four made at a time."""

    def __init__(self, host: Host, folder: Path, sleep: Sleep) -> None:
        self._folder = folder
        self._git = Git(host, sleep, "/")
        self._places = asyncio.Semaphore(PLACES)
        self._registering = asyncio.Lock()
        """Git reads every worktree's files while it adds one, and fails on a half written one
        ("failed to read commondir: Success"): so registering is one by one, files are not."""

    async def inspect(self, folder: str) -> Repository:
        """The repository around `folder`. Raises WorkspaceError(repository)."""
        git = await repository(self._git, folder)
        branch = await git.ran("symbolic-ref", "--quiet", "--short", "HEAD")
        status = await git.ran("status", "--porcelain", "-z", "--ignore-submodules=all")
        commits = await git.text("rev-list", "--count", f"--max-count={COUNT_LIMIT}", "HEAD")
        return Repository(
            root=git.folder,
            branch=branch.out.decode().strip(),
            head=await git.text("rev-parse", "HEAD"),
            dirty=status.out.count(b"\0"),
            commits=int(commits),
        )

    async def commit(self, folder: str, name: str) -> str:
        """The full id of a commit-ish there. Raises WorkspaceError(repository)."""
        return await commit_of(await repository(self._git, folder), name)

    async def ensure(self, spec: WorkspaceSpec, progress: Progress = lambda _: None) -> Workspace:
        """The worktree of a thread: the one that is there, else a new one.

        Raises WorkspaceError. What a cancelled or killed call left half made is made anew.
        """
        progress("workspace: waiting for a place")
        async with self._places:
            progress("workspace: reading the repository")
            git = await repository(self._git, spec.repository)
            try:
                return await self._ensured(git, spec, progress)
            except (GitFailed, OSError) as error:
                raise WorkspaceError("workspace", str(error)) from error

    async def _ensured(self, git: Git, spec: WorkspaceSpec, progress: Progress) -> Workspace:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        async with self._registering:
            trees = {tree.path: tree for tree in await listed(git)}
        for path, branch in self._names(spec):
            tree = trees.get(path)
            there = await asyncio.to_thread(Path(path).exists)
            if tree is not None and not _ours(tree, branch):
                continue
            if tree is not None and there and tree.locked != _UNFINISHED:
                return await self._found(git, path, branch)
            if tree is None and (there or await self._branch(git, branch)):
                continue  # someone else's: of another home, or made by hand
            if tree is not None and tree.locked == _UNFINISHED:
                await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)  # or git refuses
                await self._register(git, "worktree", "remove", "--force", "--force", path)
            base = await self._base(git, spec, progress)
            progress("workspace: checking out")
            return await self._add(git, Workspace(path, branch, base))
        raise WorkspaceError("workspace", f"{_NAMES} names for thread {spec.thread} are taken")

    def _names(self, spec: WorkspaceSpec) -> Iterator[tuple[str, str]]:
        branch = f"cc/{spec.thread}-{slug(spec.slug)}"
        for number in range(1, _NAMES + 1):
            more = f"-{number}" if number > 1 else ""
            yield str(self._folder.resolve() / f"{spec.thread}{more}"), f"{branch}{more}"

    async def _branch(self, git: Git, branch: str) -> bool:
        ran = await git.ran("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        return ran.code == 0

    async def _found(self, git: Git, path: str, branch: str) -> Workspace:
        tree = Git(git.host, git.sleep, path)
        base = await tree.ran("rev-parse", "--verify", "--quiet", _BASE)
        kept = base.out.decode().strip()
        return Workspace(path, branch, kept or await tree.text("rev-parse", "HEAD"))

    @unbroken
    async def _register(self, git: Git, *words: str) -> None:
        """Cut in two it leaves a worktree that git cannot read, and then it reads none."""
        async with self._registering:
            await git.text(*words)

    async def _add(self, git: Git, made: Workspace) -> Workspace:
        if await self._branch(git, made.branch):  # its folder was taken away: as it was
            await self._register(git, *_ADD, "--force", made.path, made.branch)
        else:
            new = ("--no-track", "-b", made.branch, made.path, made.base)
            await self._register(git, *_ADD, *new)
        tree = Git(git.host, git.sleep, made.path, git.config)
        # `reset --hard` locks the branch, and cut in two it leaves that lock behind
        await tree.text("read-tree", "--reset", "-u", "HEAD")
        await tree.text("update-ref", _BASE, made.base)
        await self._register(git, "worktree", "unlock", made.path)
        return msgspec.structs.replace(made, empty=await _submodules(tree))

    async def _base(self, git: Git, spec: WorkspaceSpec, progress: Progress) -> str:
        if spec.uncommitted:
            progress("workspace: saving what is uncommitted")
            return await snapshot(git, spec.thread)
        return await commit_of(git, spec.base or "HEAD")

    async def diff(self, path: str, base: str, limit: int = DIFF_LIMIT) -> str:
        """The patch from `base` to the files as they are, new ones included, at most `limit`
        bytes and then a line that says so. Raises WorkspaceError."""
        git = await opened(self._git, path)
        try:
            return await patch(git, base, limit)
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error

    async def names(self, path: str, most: int = NAMES) -> tuple[str, ...]:
        """Its files, new ones too, ignored ones not; at most `most`. Raises WorkspaceError."""
        git = await opened(self._git, path)
        ran = await git.ran("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if ran.code != 0:
            raise WorkspaceError("workspace", str(GitFailed(ran, "ls-files")))
        whole = ran.out.rpartition(b"\0")[0].split(b"\0")  # the last one may be cut
        named = sorted({name.decode("utf-8", "replace") for name in whole if name})
        return tuple(named[:most])

    async def changed(self, path: str, base: str) -> Changed:
        """How much that patch changes. Raises WorkspaceError."""
        git = await opened(self._git, path)
        try:
            return Changed(*await count(git, base))
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error

    async def digest(self, path: str) -> str:
        """The same for the same files, ignored ones left out. Raises WorkspaceError."""
        git = await opened(self._git, path)
        try:
            return await digest(git)
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error


def _ours(tree: Listed, branch: str) -> bool:
    """Of this name; or broken off before it had its branch."""
    return tree.branch == branch or (not tree.branch and tree.locked == _UNFINISHED)


async def _submodules(tree: Git) -> tuple[str, ...]:
    if not await asyncio.to_thread(Path(tree.folder, ".gitmodules").exists):
        return ()
    return await submodules(tree)


def slug(text: str) -> str:
    """At most 40 of a-z, 0-9 and - for a branch name; "work" when nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:40].strip("-") or "work"
