"""Two commits merged without any checkout (`git merge-tree --write-tree`); conflicts are data."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.changes import Entry, entries, literal, written
from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.hidden import GRAFTS, committed
from commandcenter.hosts.repository import MOST, unusable
from commandcenter.hosts.snapshot import own_index

LEAST: Final = "2.38"
"""The oldest git that can do it."""
_STAGES: Final = {"1": "base", "2": "ours", "3": "theirs"}
_USAGE: Final = 129


class Conflict(Record, frozen=True):
    """One path that both sides changed, with the ids of the three texts, "" = it has none."""

    path: str
    kind: str = "content"
    base: str = ""
    ours: str = ""
    theirs: str = ""


class Outcome(Record, frozen=True):
    """The merged tree; with conflicts it holds git's marks."""

    tree: str
    conflicts: tuple[Conflict, ...] = ()


class Part(Record, frozen=True):
    """A commit that brings only some files, and which of the wished ones it cannot bring."""

    commit: str
    unknown: tuple[str, ...] = ()


async def merge(git: Git, ours: str, theirs: str) -> Outcome:
    """Raises GitFailed, WorkspaceError when git is too old.

    Git runs beside the checkout, whose attributes may be of another branch: those at the top of
    `ours` count.
    """
    where = ("rev-parse", "--path-format=absolute", "--git-common-dir")
    store = await git.text(*where)
    with tempfile.TemporaryDirectory(prefix="cc-merge-") as folder:
        attributes = await git.ran("cat-file", "blob", f"{ours}:.gitattributes")
        if attributes.code == 0:
            target = Path(folder, ".gitattributes")
            await asyncio.to_thread(target.write_bytes, attributes.out)
        apart = Git(git.host, git.sleep, folder, git.config)
        env = {**GRAFTS, "GIT_DIR": store, "GIT_WORK_TREE": folder}
        call = ("merge-tree", "--write-tree", "-z", "--messages", ours, theirs)
        ran = await apart.ran(*call, env=env, limit=MOST)
    if ran.code == _USAGE:
        raise unusable("its git is too old to merge aside", f"install git {LEAST} or newer")
    if ran.code not in (0, 1):
        raise GitFailed(ran, "merge-tree")
    return _outcome(ran.out)


def _outcome(out: bytes) -> Outcome:
    """`tree`, then `mode blob stage<tab>path` each, an empty field, then the messages."""
    tree, *fields = out.decode("utf-8", "surrogateescape").split("\0")
    stages: dict[str, dict[str, str]] = {}
    place = 0
    while place < len(fields) and fields[place]:
        facts, _, path = fields[place].partition("\t")
        _, blob, stage = facts.split(" ")
        stages.setdefault(path, {})[_STAGES[stage]] = blob
        place += 1
    kinds = _kinds(fields[place + 1 :])
    found = (Conflict(path, kinds.get(path, "content"), **blobs) for path, blobs in stages.items())
    return Outcome(tree, tuple(found))


def _kinds(fields: list[str]) -> dict[str, str]:
    """`count`, so many paths, `CONFLICT (kind)`, a text: the kind by path."""
    kinds: dict[str, str] = {}
    place = 0
    while place < len(fields) and fields[place].isdecimal():
        after = place + 1 + int(fields[place])
        word = fields[after] if after < len(fields) else ""
        if word.startswith("CONFLICT ("):
            kind = word.removeprefix("CONFLICT (").removesuffix(")")
            kinds |= dict.fromkeys(fields[place + 1 : after], kind.replace("contents", "content"))
        place = after + 2
    return kinds


async def base_of(git: Git, ours: str, theirs: str) -> str:
    """The best commit that both hold. Raises GitFailed, WorkspaceError when there is none."""
    ran = await git.ran("merge-base", ours, theirs, env=GRAFTS)
    if ran.code == 1:
        raise unusable("the two have no commit in common", "merge them by hand")
    if ran.code != 0:
        raise GitFailed(ran, "merge-base")
    return ran.out.decode().strip()


async def part(git: Git, ours: str, theirs: str, files: tuple[str, ...]) -> Part:
    """What `theirs` changed in these files and folders, as a commit on what both hold. Raises
    GitFailed, WorkspaceError."""
    base = await base_of(git, ours, theirs)
    changed = await entries(git, base, theirs, literal(files))
    async with own_index(git) as index:
        tree = await written(git, base, changed, index)
    commit = await committed(git, tree, (base,), "some files")
    return Part(commit, tuple(name for name in files if not _brings(changed, name)))


def _brings(changed: tuple[Entry, ...], name: str) -> bool:
    folder = name.rstrip("/") + "/"
    return any(entry.path == name or entry.path.startswith(folder) for entry in changed)
