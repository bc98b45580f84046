"""A git worktree per thread; nothing of the person's own checkout is touched."""

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import CommandCenterError, Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.snapshot import count, digest, patch, snapshot

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


class WorkspaceError(CommandCenterError):
    """No workspace can be made; `repository` = it is none that can be used, with a remedy."""

    def __init__(
        self, kind: Literal["repository", "workspace"], why: str, remedy: str = ""
    ) -> None:
        super().__init__(why)
        self.kind: Literal["repository", "workspace"] = kind
        self.why = why
        self.remedy = remedy


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
    """A made worktree; `base` is the commit it started from."""

    path: str
    branch: str
    base: str


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
        git = await self._repository(folder)
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

    async def _repository(self, folder: str) -> Git:
        """Git at the top of a repository that can be used. Raises WorkspaceError."""
        git = await self._guarded(folder)
        root = await git.ran("rev-parse", "--show-toplevel")
        if root.code != 0:
            raise _no_repository(GitFailed(root, "rev-parse").said)
        top = root.out.decode("utf-8", "surrogateescape").removesuffix("\n")
        head = await git.ran("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if head.code != 0:
            raise _unusable("it has no commit yet", "commit once")
        return Git(git.host, git.sleep, top, git.config)

    async def _guarded(self, folder: str) -> Git:
        if shutil.which("git") is None:
            raise _unusable("git is not installed", "install git")
        try:
            return await self._git.guarded(folder)
        except (FileNotFoundError, NotADirectoryError):
            raise _unusable("there is no such folder", "give the path of a repository") from None

    async def ensure(self, spec: WorkspaceSpec, progress: Progress = lambda _: None) -> Workspace:
        """The worktree of a thread: the one that is there, else a new one.

        Raises WorkspaceError. What a cancelled or killed call left half made is made anew.
        """
        progress("workspace: waiting for a place")
        async with self._places:
            progress("workspace: reading the repository")
            git = await self._repository(spec.repository)
            try:
                return await self._ensured(git, spec, progress)
            except (GitFailed, OSError) as error:
                raise WorkspaceError("workspace", str(error)) from error

    async def _ensured(self, git: Git, spec: WorkspaceSpec, progress: Progress) -> Workspace:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        async with self._registering:
            trees = _listed(await git.text("worktree", "list", "--porcelain"))
        for path, branch in self._names(spec):
            tree = trees.get(path)
            there = await asyncio.to_thread(Path(path).exists)
            if tree is not None and tree.branch != branch:
                continue
            if tree is not None and there and not tree.unfinished:
                return await self._found(git, path, branch)
            if tree is None and (there or await self._branch(git, branch)):
                continue  # someone else's: of another home, or made by hand
            if tree is not None and tree.unfinished:
                async with self._registering:
                    await git.text("worktree", "remove", "--force", "--force", path)
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

    async def _add(self, git: Git, made: Workspace) -> Workspace:
        async with self._registering:
            if await self._branch(git, made.branch):  # its folder was taken away: as it was
                await git.text(*_ADD, "--force", made.path, made.branch)
            else:
                await git.text(*_ADD, "--no-track", "-b", made.branch, made.path, made.base)
        tree = Git(git.host, git.sleep, made.path, git.config)
        await tree.text("reset", "--quiet", "--hard")
        await tree.text("update-ref", _BASE, made.base)
        async with self._registering:
            await git.text("worktree", "unlock", made.path)
        return made

    async def _base(self, git: Git, spec: WorkspaceSpec, progress: Progress) -> str:
        if spec.uncommitted:
            progress("workspace: saving what is uncommitted")
            return await snapshot(git, spec.thread)
        wanted = f"{spec.base or 'HEAD'}^{{commit}}"
        ran = await git.ran("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        if ran.code != 0:
            raise _unusable(f"it has no commit {spec.base}", "name a branch, tag or commit of it")
        return ran.out.decode().strip()

    async def diff(self, path: str, base: str, limit: int = DIFF_LIMIT) -> str:
        """The patch from `base` to the files as they are, new ones included, at most `limit`
        bytes and then a line that says so. Raises WorkspaceError."""
        git = await self._guarded(path)
        try:
            return await patch(git, base, limit)
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error

    async def names(self, path: str, most: int = NAMES) -> tuple[str, ...]:
        """Its files, new ones too, ignored ones not; at most `most`. Raises WorkspaceError."""
        git = await self._guarded(path)
        ran = await git.ran("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if ran.code != 0:
            raise WorkspaceError("workspace", str(GitFailed(ran, "ls-files")))
        whole = ran.out.rpartition(b"\0")[0].split(b"\0")  # the last one may be cut
        named = sorted({name.decode("utf-8", "replace") for name in whole if name})
        return tuple(named[:most])

    async def changed(self, path: str, base: str) -> Changed:
        """How much that patch changes. Raises WorkspaceError."""
        git = await self._guarded(path)
        try:
            return Changed(*await count(git, base))
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error

    async def digest(self, path: str) -> str:
        """The same for the same files, ignored ones left out. Raises WorkspaceError."""
        git = await self._guarded(path)
        try:
            return await digest(git)
        except GitFailed as error:
            raise WorkspaceError("workspace", str(error)) from error


class _Tree(Record, frozen=True):
    """One registered worktree; `unfinished` = its making was broken off."""

    branch: str = ""
    unfinished: bool = False


def _listed(text: str) -> dict[str, _Tree]:
    """Path to branch, from `git worktree list --porcelain`."""
    trees = {}
    for block in text.split("\n\n"):
        fields = dict(line.partition(" ")[::2] for line in block.splitlines())
        if "worktree" in fields:
            branch = fields.get("branch", "").removeprefix("refs/heads/")
            trees[fields["worktree"]] = _Tree(branch, fields.get("locked") == _UNFINISHED)
    return trees


def _unusable(why: str, remedy: str) -> WorkspaceError:
    return WorkspaceError("repository", why, remedy)


def _no_repository(said: str) -> WorkspaceError:
    if "bare repository" in said or "must be run in a work tree" in said:
        return _unusable("it is a bare repository", "clone it and use the clone")
    if "not a git repository" in said:
        return _unusable("it is no git repository", "run git init and commit once")
    return _unusable(f"git says: {said}", "see what git says there")


def slug(text: str) -> str:
    """At most 40 of a-z, 0-9 and - for a branch name; "work" when nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:40].strip("-") or "work"
