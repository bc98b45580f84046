"""A person's repository with real git, and worktrees of ours beside it."""

import asyncio
import hashlib
import os
from pathlib import Path

from commandcenter.hosts.base import Spawn, home_mark
from commandcenter.hosts.local import LocalHost
from commandcenter.hosts.workspace import Workspaces, WorkspaceSpec

_APART = {"objects", "worktrees", "logs", "cc", "commandcenter"}


class Desk:
    """`repo` is the person's checkout on `main`; `tree` is the worktree made last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "person"
        self.host = LocalHost(home_mark(folder))
        self.spaces = Workspaces(self.host, folder / "data" / "worktrees", asyncio.sleep)
        self.base = ""

    @classmethod
    async def made(cls, folder: Path) -> "Desk":
        """With three files and one commit."""
        desk = cls(folder)
        desk.repo.mkdir()
        await desk.git("init", "-q", "-b", "main")
        await desk.git("config", "user.name", "P")
        await desk.git("config", "user.email", "p@example.org")
        for name in ("a.txt", "b.txt", "sub/c.txt"):
            write(desk.repo / name, "".join(f"{name} {n}\n" for n in range(1, 10)))
        write(desk.repo / ".gitignore", "ignored\nignored.*\nbuild/\n.venv\n")
        await desk.commit("one")
        return desk

    async def git(self, *args: str, folder: Path | None = None, check: bool = True) -> str:
        """As the person or the agent would, with their own name."""
        argv = ("git", "-C", str(folder or self.repo), *args)
        ran = await self.host.run(Spawn(argv, str(self.folder), dict(os.environ)), 60.0)
        if check and ran.code != 0:
            raise AssertionError(f"git {' '.join(args)}: {ran.err.decode()}")
        return ran.out.decode().rstrip("\n")

    async def commit(self, message: str, folder: Path | None = None) -> str:
        """Everything; the new commit."""
        await self.git("add", "-A", folder=folder)
        await self.git("commit", "-qm", message, folder=folder)
        return await self.git("rev-parse", "HEAD", folder=folder)

    async def thread(self, number: int, base: str = "") -> Path:
        """Its worktree."""
        made = await self.spaces.ensure(WorkspaceSpec(str(self.repo), number, "work", base=base))
        self.base = made.base
        return Path(made.path)

    def everything(self, folder: Path | None = None) -> str:
        """One hash over the person's files, index, HEAD, configuration and own branches."""
        whole = hashlib.sha256()
        for at, names, files in os.walk(folder or self.repo):
            names[:] = sorted(name for name in names if name not in _APART)
            for name in sorted(files):
                path = Path(at, name)
                stat = path.lstat()
                whole.update(f"{path} {stat.st_mode} {stat.st_mtime_ns}".encode())
                whole.update(path.read_bytes() if path.is_file() else b"")
        return whole.hexdigest()

    async def close(self) -> None:
        """Give up the host."""
        await self.host.close()


def write(path: Path, text: str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def files(folder: Path) -> dict[str, str]:
    """Every file below, git's own left out."""
    found = {}
    for at, names, leaves in os.walk(folder):
        names[:] = [name for name in names if name != ".git"]
        for leaf in leaves:
            path = Path(at, leaf)
            if leaf != ".git":
                found[str(path.relative_to(folder))] = path.read_text()
    return found
