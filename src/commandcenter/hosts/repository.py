"""A folder opened as a git repository or as a worktree of ours, or one sentence why not."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from commandcenter.core.base import CommandCenterError, Record
from commandcenter.hosts.git import Git, GitFailed

MOST: Final = 64 << 20
"""Bytes of a listing of names."""
_WHERE: Final = (
    *("--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"),
    *("HEAD", "HEAD^{tree}", "--symbolic-full-name", "HEAD"),
)

GITLINK: Final = "160000"
"""The mode of a repository inside, submodule or not: a commit's number stands for its files."""
_LOCKED: Final = ".lock': File exists"
_UNLOCK: Final = "let the git that works there end, or remove that file if none does"


class WorkspaceError(CommandCenterError):
    """No workspace can be made; `repository` = it is none that can be used, with a remedy."""

    def __init__(
        self, kind: Literal["repository", "workspace"], why: str, remedy: str = ""
    ) -> None:
        super().__init__(why)
        self.kind: Literal["repository", "workspace"] = kind
        self.why = why
        self.remedy = remedy


class Worktree(NamedTuple):
    """A checkout as it stands: git in its top folder, git's own folders, HEAD and its tree, the
    full name of the branch ("" = detached)."""

    git: Git
    folder: str
    common: str
    head: str
    tree: str
    branch: str

    @property
    def linked(self) -> bool:
        """It is a worktree beside a checkout, not the person's own."""
        return self.folder != self.common


class Listed(Record, frozen=True):
    """One registered worktree; `branch` is short, "" = detached; `locked` = git's reason."""

    path: str
    branch: str = ""
    locked: str | None = None


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What git or the disk says becomes a WorkspaceError."""
    try:
        yield
    except (GitFailed, OSError) as error:
        remedy = _UNLOCK if _LOCKED in str(error) else ""
        raise WorkspaceError("workspace", str(error), remedy) from error


async def opened(git: Git, folder: str) -> Git:
    """Guarded git in `folder`. Raises WorkspaceError."""
    if shutil.which("git") is None:
        raise unusable("git is not installed", "install git")
    try:
        return await git.guarded(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise unusable("there is no such folder", "give the path of a repository") from None


async def repository(git: Git, folder: str) -> Git:
    """Guarded git at the top of a repository that can be used. Raises WorkspaceError."""
    inside = await opened(git, folder)
    root = await inside.ran("rev-parse", "--show-toplevel")
    if root.code != 0:
        raise _no_repository(GitFailed(root, "rev-parse").said)
    top = root.out.decode("utf-8", "surrogateescape").removesuffix("\n")
    head = await inside.ran("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.code != 0:
        raise unusable("it has no commit yet", "commit once")
    return Git(git.host, git.sleep, top, inside.config)


async def worktree(git: Git, path: str) -> Worktree:
    """The checkout whose top folder is `path`. Raises WorkspaceError, also when it lies merely
    inside of another one: a worktree that has lost its own git must not become that."""
    inside = await opened(git, path)
    ran = await inside.ran("rev-parse", *_WHERE)
    lines = ran.out.decode("utf-8", "surrogateescape").splitlines()
    if ran.code != 0 or len(lines) != 6:
        raise _no_repository(GitFailed(ran, "rev-parse").said)
    top, folder, common, head, tree, branch = lines
    if not same(top, path):
        raise WorkspaceError("workspace", f"{path} is no worktree any more")
    return Worktree(inside, folder, common, head, tree, "" if branch == "HEAD" else branch)


async def ours(git: Git, path: str) -> Worktree:
    """The same, refused for the person's own checkout: only threads' worktrees are written."""
    found = await worktree(git, path)
    if not found.linked:
        raise WorkspaceError("workspace", f"{path} is no worktree of a thread")
    return found


async def listed(git: Git) -> tuple[Listed, ...]:
    """All registered worktrees, the person's checkout first. Raises GitFailed."""
    text = await git.text("worktree", "list", "--porcelain")
    return tuple(_entry(block) for block in text.split("\n\n") if block.strip())


def _entry(block: str) -> Listed:
    fields = dict(line.partition(" ")[::2] for line in block.splitlines())
    branch = fields.get("branch", "").removeprefix("refs/heads/")
    return Listed(fields.get("worktree", ""), branch, fields.get("locked"))


async def submodules(git: Git) -> tuple[str, ...]:
    """Paths in the index that are repositories of their own. Raises GitFailed."""
    ran = await git.ran("ls-files", "-z", "--stage", limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "ls-files")
    rows = ran.out.decode("utf-8", "surrogateescape").split("\0")
    return tuple(row.partition("\t")[2] for row in rows if row.startswith(f"{GITLINK} "))


def same(one: str, other: str) -> bool:
    """Do both paths lead to the same place?"""
    return os.path.realpath(one) == os.path.realpath(other)


async def commit_of(git: Git, name: str) -> str:
    """The full id of a commit-ish. Raises WorkspaceError(repository)."""
    wanted = f"{name}^{{commit}}"
    ran = await git.ran("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    if ran.code != 0:
        raise unusable(f"it has no commit {name}", "name a branch, tag or commit of it")
    return ran.out.decode().strip()


def unusable(why: str, remedy: str) -> WorkspaceError:
    """The repository cannot be used, and what would help."""
    return WorkspaceError("repository", why, remedy)


def _no_repository(said: str) -> WorkspaceError:
    if "bare repository" in said or "must be run in a work tree" in said:
        return unusable("it is a bare repository", "clone it and use the clone")
    if "ambiguous argument 'HEAD'" in said:
        return unusable("its HEAD has no commit", "check out a branch there")
    if "not a git repository" in said:
        return unusable("it is no git repository", "run git init and commit once")
    return unusable(f"git says: {said}", "see what git says there")
