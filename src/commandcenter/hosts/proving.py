"""A place to run a success command in: a detached worktree of the checkpoint, with the protected
files of the parent and the thread's own ignored files.

Not the thread's worktree: its files would have to change under it. Not an overlay: it needs
rights we do not have. Not a copy of everything: `node_modules` takes a minute where the disk has
no reflinks. So tracked files are checked out (about 0.1 s for 2 000), ignored folders (`.venv`,
`node_modules`, build folders) and filled submodules are links to the thread's, ignored files are
copies. What is
written through such a link is the thread's to ignore, as if it had run the command itself.
"""

import asyncio
import contextlib
import itertools
import os
import stat
from pathlib import Path
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.changes import entries, shown, written
from commandcenter.hosts.copying import Copier
from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.guarding import guarded_paths
from commandcenter.hosts.hidden import state
from commandcenter.hosts.repository import MOST, submodules
from commandcenter.hosts.snapshot import own_index

ENTRIES: Final = 5_000
"""Ignored files and folders that are brought along; no more."""
COPIED: Final = 16 << 20
"""Bytes up to which an ignored file is copied, else it is a link."""
_CACHES: Final = frozenset(
    {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage"}
)
"""Made anew by whoever needs them, and not to be believed."""
_IGNORED: Final = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")


class Subject(Record, frozen=True):
    """What is judged: `commit`, mostly a checkpoint, with what `base` has of the files that
    `command` names and of the patterns of `protect`; `worktree` = whose ignored files it needs,
    "" = none."""

    commit: str
    base: str
    command: str
    worktree: str = ""
    protect: tuple[str, ...] = ()


class Place(Record, frozen=True):
    """A made worktree; `tampered` = protected files that `commit` had changed."""

    path: str
    head: str
    tampered: tuple[str, ...] = ()


async def prepared(git: Git, path: str, subject: Subject) -> Place:
    """Made in the empty folder `path`. Raises GitFailed, OSError."""
    guarded = await guarded_paths(git, subject.command, subject.protect, subject.base)
    changed = await entries(git, subject.commit, subject.base, guarded) if guarded else ()
    head = subject.commit
    if changed:
        async with own_index(git) as index:
            tree = await written(git, subject.commit, changed, index)
        head = await state(git, tree, (subject.commit,), "with the parent's protected files")
    await git.text("worktree", "add", "--quiet", "--detach", "--no-checkout", path, head)
    there = Git(git.host, git.sleep, path, git.config)
    await there.text("reset", "--quiet", "--hard")
    return Place(path, head, tuple(shown(entry.path) for entry in changed))


async def furnished(git: Git, place: Place, worktree: str) -> None:
    """Bring the ignored files of a worktree along; `git` is of it. Raises GitFailed."""
    ran = await git.ran(*_IGNORED, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "ls-files")
    names = ran.out.decode("utf-8", "surrogateescape").split("\0")
    wanted = (name.rstrip("/") for name in names if name)
    some = tuple(itertools.islice((name for name in wanted if not cached(name)), ENTRIES))
    inner = await submodules(git)
    await asyncio.to_thread(_bring, Path(worktree), Path(place.path), some, inner)


def cached(path: str) -> bool:
    """Does it lie in what programs leave beside the files they read?"""
    return path.endswith(".pyc") or not _CACHES.isdisjoint(path.split("/"))


def _bring(source: Path, target: Path, names: tuple[str, ...], submodules: tuple[str, ...]) -> None:
    copier = Copier(source, target)
    for name in submodules:
        if os.path.lexists(source / name / ".git"):
            with contextlib.suppress(OSError):  # the checkpoint has something else there
                os.rmdir(target / name)
                copier.point(name)
    for name in names:
        with contextlib.suppress(OSError):  # it has gone meanwhile, or may not be read
            kind = os.lstat(source / name)
            if stat.S_ISREG(kind.st_mode) and kind.st_size <= COPIED:
                copier.copy(name)
            else:
                copier.point(name)
