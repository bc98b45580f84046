"""Worktrees taken away; what is in no branch and no commit goes to a hidden ref first."""

import asyncio
import contextlib
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.checkpoints import INTEGRATION, checkpointed
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.hidden import SPACE, found, holds, pinned, state
from commandcenter.hosts.repository import (
    GITLINK,
    MOST,
    WorkspaceError,
    listed,
    opened,
    ours,
    repository,
    same,
    told,
)
from commandcenter.hosts.unbroken import unbroken

LIMIT_S: Final = 5.0
_BLOCK: Final = 512
_OUR_BRANCH: Final = "refs/heads/cc/"


class DiskUse(Record, frozen=True):
    """Bytes on the disk below a folder; `whole` False = counting took too long, so at least."""

    bytes: int
    whole: bool = True


class Reclaimed(Record, frozen=True):
    """`ref` holds `commit`: the files as they were, with HEAD and the branch behind it; `kept` =
    how many commits only that ref keeps now; `freed` in bytes; `branch` = the deleted one, "" =
    it stays, or there was none."""

    ref: str
    commit: str
    kept: int
    freed: int
    branch: str = ""


class Reclaiming:
    """Takes away worktrees of ours."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    async def disk_use(self, path: str, limit_s: float = LIMIT_S) -> DiskUse:
        """What the folder takes, links not followed, a file with several names once; after
        `limit_s` seconds what was counted until then. 0 = there is none."""
        counted = _Counted()
        counting = asyncio.create_task(asyncio.to_thread(counted.count, path), name="disk use")
        done, _ = await asyncio.wait((counting,), timeout=limit_s)
        counted.stop.set()
        await counting
        return DiskUse(counted.bytes, bool(done))

    @unbroken
    async def reclaim(self, repo: str, path: str, branch: str, thread: int) -> Reclaimed:
        """Keep everything on `refs/commandcenter/reclaimed/<thread>`, then remove the worktree,
        then the branch (short name) if it is one of ours and its commit is kept.

        Ignored files go. Refused, with nothing done, when something could not be kept: files that
        cannot be read, a repository inside with work of its own. May be given again after it was
        broken off, and when the folder is gone. Raises WorkspaceError.
        """
        git = await repository(self._git, repo)
        ref = f"{SPACE}/reclaimed/{thread}"
        with told():
            tip = await found(git, f"refs/heads/{branch}") if branch else ""
            commit = await self._keep(git, path, thread, tip, ref)
            freed = (await self.disk_use(path)).bytes
            await removed(git, path)
            gone = await _deleted(git, branch, commit)
            kept = await _only_there(git, commit)
        return Reclaimed(ref if commit else "", commit, kept, freed, gone)

    async def _keep(self, git: Git, path: str, thread: int, tip: str, ref: str) -> str:
        """Raises WorkspaceError, GitFailed."""
        if not await asyncio.to_thread(os.path.lexists, path):
            return await pinned(git, ref, tip) if tip else await found(git, ref)
        tree = await ours(self._git, path)
        await _refuse_strangers(git, tree.common, path)
        made = await checkpointed(tree, thread, f"reclaimed of #{thread}")
        if made.left_out:
            why = f"{path} cannot be kept whole: {made.left_out[0]}"
            raise WorkspaceError("workspace", why, "move that away, then again")
        for inside in await _inner(tree.git, made.commit):
            await self._refuse_work(os.path.join(path, inside), inside)
        commit = made.commit
        if tip and not await holds(tree.git, commit, tip):
            above = (tree.head, commit, tip)
            commit = await state(tree.git, made.tree, above, f"reclaimed of #{thread}")
        return await pinned(tree.git, ref, commit)

    async def _refuse_work(self, folder: str, name: str) -> None:
        """A repository inside may go when it is clean and all its commits came from elsewhere."""
        if not await asyncio.to_thread(os.path.lexists, os.path.join(folder, ".git")):
            return
        git = await opened(self._git, folder)
        status = await git.ran("status", "--porcelain", "--ignore-submodules=none")
        own = await git.ran("rev-list", "--count", "HEAD", "--branches", "--not", "--remotes")
        if status.code or own.code or status.out.strip() or own.out.strip() != b"0":
            why = f"{name} is a repository of its own with work that is nowhere else"
            raise WorkspaceError("workspace", why, "move it away, then again")

    async def orphans(self, repo: str, folder: str, known: frozenset[str]) -> tuple[str, ...]:
        """Worktrees of the repository directly below `folder` that are not among `known` paths;
        registered ones, and folders that say they belong to it. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            common = await git.text("rev-parse", "--path-format=absolute", "--git-common-dir")
            paths = {tree.path for tree in await listed(git)}
            return await asyncio.to_thread(_orphans, folder, common, paths, known)


class _Counted:
    """Blocks a folder takes; runs on a thread of its own until it is stopped."""

    def __init__(self) -> None:
        self.bytes = 0
        self.stop = threading.Event()
        self._seen: set[tuple[int, int]] = set()

    def count(self, path: str) -> None:
        waiting = [path]
        while waiting and not self.stop.is_set():
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
                waiting += self._counted(entries)

    def _counted(self, entries: Iterator[os.DirEntry[str]]) -> list[str]:
        folders = []
        for entry in entries:
            with contextlib.suppress(OSError):
                kind = entry.stat(follow_symlinks=False)
                self._add(kind)
                if stat.S_ISDIR(kind.st_mode):
                    folders.append(entry.path)
            if self.stop.is_set():
                break
        return folders

    def _add(self, kind: os.stat_result) -> None:
        name = (kind.st_dev, kind.st_ino)
        if kind.st_nlink > 1 and not stat.S_ISDIR(kind.st_mode):
            if name in self._seen:
                return
            self._seen.add(name)
        self.bytes += kind.st_blocks * _BLOCK


async def _refuse_strangers(git: Git, common: str, path: str) -> None:
    here = await git.text("rev-parse", "--path-format=absolute", "--git-common-dir")
    if not same(here, common):
        raise WorkspaceError("workspace", f"{path} belongs to another repository")


async def _inner(git: Git, commit: str) -> tuple[str, ...]:
    """Paths of repositories inside, submodules or not, as the commit has them."""
    ran = await git.ran("ls-tree", "-r", "-z", "--full-tree", commit, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "ls-tree")
    rows = ran.out.decode("utf-8", "surrogateescape").split("\0")
    return tuple(row.partition("\t")[2] for row in rows if row.startswith(f"{GITLINK} "))


async def removed(git: Git, path: str) -> None:
    """The folder and git's own note of it; twice --force = also a locked one."""
    if not any(same(tree.path, path) for tree in await listed(git)):
        return
    remove = ("worktree", "remove", "--force", "--force", path)
    if (await git.ran(*remove)).code != 0:
        await asyncio.to_thread(taken_away, Path(path))
        again = await git.ran(*remove)
        if again.code != 0 and any(same(tree.path, path) for tree in await listed(git)):
            raise GitFailed(again, "worktree")


def taken_away(folder: Path) -> None:
    """Folders that may not be written are made so first."""

    def mended(act: Callable[[str], object], name: str, _: object) -> None:
        for place in (os.path.dirname(name), name):
            if not os.path.islink(place):
                with contextlib.suppress(OSError):
                    os.chmod(place, stat.S_IRWXU)
        with contextlib.suppress(OSError):
            act(name)

    for _ in range(2):  # what could not be listed the first time can be now
        if folder.exists():
            shutil.rmtree(folder, onerror=mended)


async def _deleted(git: Git, branch: str, kept: str) -> str:
    """The branch's name when it is gone: one of ours, nowhere checked out, its commit kept."""
    ref = f"refs/heads/{branch}"
    tip = await found(git, ref) if branch else ""
    of_us = ref.startswith(_OUR_BRANCH) and not ref.startswith(INTEGRATION)
    if not (tip and of_us and kept and await holds(git, kept, tip)):
        return ""
    if any(tree.branch == branch for tree in await listed(git)):
        return ""
    await git.text("update-ref", "-d", ref, tip)
    return branch


async def _only_there(git: Git, commit: str) -> int:
    if not commit:
        return 0
    others = ("--not", "--branches", "--remotes", "--tags")
    return int(await git.text("rev-list", "--count", commit, *others))


def _orphans(
    folder: str, common: str, registered: set[str], known: frozenset[str]
) -> tuple[str, ...]:
    top = os.path.realpath(folder)
    ours_too = {os.path.realpath(path) for path in known}
    paths = {path for path in registered if os.path.dirname(os.path.realpath(path)) == top}
    with contextlib.suppress(FileNotFoundError), os.scandir(top) as entries:
        paths |= {entry.path for entry in entries if _points_to(entry.path, common)}
    return tuple(sorted(path for path in paths if os.path.realpath(path) not in ours_too))


def _points_to(path: str, common: str) -> bool:
    """Does its `.git` file name a worktree of this repository?"""
    try:
        with open(os.path.join(path, ".git"), encoding="utf-8", errors="replace") as file:
            line = file.read(4096).strip()
    except OSError:
        return False
    where = line.removeprefix("gitdir: ")
    return os.path.dirname(os.path.dirname(os.path.realpath(where))) == os.path.realpath(common)
