"""What stands in a checkout, read through an index of our own: theirs is never written."""

import asyncio
import contextlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from commandcenter.hosts.git import Git, GitFailed

_NAME: Final = {
    "GIT_AUTHOR_NAME": "commandcenter",
    "GIT_AUTHOR_EMAIL": "commandcenter@localhost",
    "GIT_COMMITTER_NAME": "commandcenter",
    "GIT_COMMITTER_EMAIL": "commandcenter@localhost",
}
_PLAIN: Final = ("--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
_FIRST_DATE: Final = "1700000000 +0000"


async def snapshot(git: Git, thread: int) -> str:
    """A commit of the working state with untracked, not ignored files, pinned on
    `refs/commandcenter/base/<thread>`; HEAD itself when nothing differs.

    Dated as HEAD, so the same state gives the same commit. Raises GitFailed.
    """
    head = await git.text("rev-parse", "HEAD")
    async with own_index(git) as env:
        await staged(git, env)
        tree = await git.text("write-tree", env=env)
    if tree == await git.text("rev-parse", "HEAD^{tree}"):
        return head
    when = await git.text("show", "-s", "--format=%ct +0000", "HEAD")
    message = ("-m", "uncommitted state")
    commit = await git.text("commit-tree", tree, "-p", head, *message, env=_dated(when))
    await git.text("update-ref", f"refs/commandcenter/base/{thread}", commit)
    return commit


async def patch(git: Git, base: str, limit: int) -> str:
    """The patch from a commit to the files as they are, at most `limit` bytes of it and then
    a line that says so. Raises GitFailed."""
    async with all_named(git) as env:
        ran = await git.ran("diff", *_PLAIN, base, "--", env=env, limit=limit)
    if ran.code != 0:
        raise GitFailed(ran, "diff")
    text = ran.out.decode("utf-8", "replace")
    return f"{text}\n[cut at {limit} bytes]\n" if ran.cut else text


async def count(git: Git, base: str) -> tuple[int, int, int]:
    """Files, lines added, lines removed between a commit and the files. Raises GitFailed."""
    async with all_named(git) as env:
        text = await git.text("diff", *_PLAIN, "--shortstat", base, "--", env=env)
    found = [re.search(rf"(\d+) {word}", text) for word in ("file", "insertion", "deletion")]
    files, added, removed = (int(hit[1]) if hit else 0 for hit in found)
    return files, added, removed


async def digest(git: Git) -> str:
    """The tree of the files as they are, new ones too, ignored ones not; what git writes for it
    is thrown away. Raises GitFailed."""
    store = Path(git.folder) / await git.text("rev-parse", "--git-path", "objects")
    async with own_index(git) as env:
        own = Path(env["GIT_INDEX_FILE"]).parent / "objects"
        await asyncio.to_thread(own.mkdir)
        apart = {"GIT_OBJECT_DIRECTORY": str(own), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(store)}
        await staged(git, env | apart)
        return await git.text("write-tree", env=env | apart)


async def make_repository(git: Git, source: Path, target: Path) -> str:
    """Copy a folder and make it a repository of one commit, the same id for the same files.

    `git` is of any folder. Returns the commit's id. Raises GitFailed, OSError.
    """
    await asyncio.to_thread(shutil.copytree, source, target, dirs_exist_ok=True)
    fresh = Git(git.host, git.sleep, str(target), (("core.autocrlf", "false"),))
    await fresh.text("init", "--quiet", "--initial-branch=main", "--template=")
    await fresh.text("add", "--all", "--force", "--", ".")
    await fresh.text("commit", "--quiet", "-m", "first commit", env=_dated(_FIRST_DATE))
    return await fresh.text("rev-parse", "HEAD")


def _dated(when: str) -> dict[str, str]:
    return {**_NAME, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}


@contextlib.asynccontextmanager
async def all_named(git: Git) -> AsyncIterator[dict[str, str]]:
    """An index that names new files too, without storing what is in them."""
    async with own_index(git) as env:
        await staged(git, env, "--intent-to-add")
        yield env


async def staged(git: Git, env: dict[str, str], *more: str) -> tuple[str, ...]:
    """Everything but ignored files into an index of our own; what git says of those that it
    cannot take in: not readable, or a repository inside that has no commit. Raises GitFailed."""
    args = ("add", "--all", *more)
    ran = await git.ran(*args, "--", ".", env=env)
    if ran.code == 0:
        return ()
    again = await git.ran(*args, "--ignore-errors", "--", ".", env=env)
    if again.code not in (0, 1):
        raise GitFailed(ran, "add")
    said = again.err.decode("utf-8", "replace").splitlines()
    return tuple(line.removeprefix("error: ") for line in said if line.startswith("error: "))


@contextlib.asynccontextmanager
async def own_index(git: Git, theirs: str = "") -> AsyncIterator[dict[str, str]]:
    """A copy of the checkout's index; its remembered file times keep it as fast, and its own time
    tells git which files may have changed within the second that they were noted in. `theirs` =
    where that is, where it is known."""
    theirs = theirs or await git.text("rev-parse", "--git-path", "index")
    with tempfile.TemporaryDirectory(prefix="cc-index-") as folder:
        own = Path(folder) / "index"
        with contextlib.suppress(FileNotFoundError):  # nothing added yet
            await asyncio.to_thread(shutil.copy2, Path(git.folder, theirs), own)
        yield {"GIT_INDEX_FILE": str(own)}
