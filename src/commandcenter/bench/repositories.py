"""Git repositories of a bench: made in seconds by `git fast-import`, and plain git's worktrees."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

FOLDERS = 50
LINES = 20
AT_ONCE = 4
TRIES = 5
HALF_ADDED = "commondir"
"""What a git complains of that meets another one half way through adding a worktree."""


def history(files: int, commits: int) -> Iterator[str]:
    """What fast-import takes: all files in the first commit, then one changed in each."""
    for number in range(commits):
        yield "commit refs/heads/main\ncommitter bench <bench@localhost> 1700000000 +0000\n"
        yield "data 4\nwork\n"
        for at in range(files) if number == 0 else (number % files,):
            text = f"value = {number}\n" * LINES
            yield f"M 100644 inline part{at % FOLDERS}/file{at}.py\ndata {len(text)}\n{text}\n"


async def make(path: Path, files: int, commits: int) -> None:
    """With its files checked out. Raises RuntimeError, FileNotFoundError without git."""
    await git(path.parent, "init", "-q", "-b", "main", str(path))
    await git(path, "fast-import", "--quiet", given="".join(history(files, commits)))
    await git(path, "reset", "-q", "--hard")


async def git(folder: Path, *words: str, given: str = "") -> str:
    """What git says there. Raises RuntimeError when it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "git", *words, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe
    )
    told, said = await process.communicate(given.encode())
    if process.returncode:
        raise RuntimeError(f"git {words[0]}: {said.decode()[-200:]}")
    return told.decode()


async def worktrees(repository: Path, count: int) -> float:
    """Seconds that plain git takes for so many new worktrees, some at a time; they are removed."""
    slots = asyncio.Semaphore(AT_ONCE)
    paths = [repository.with_name(f"{repository.name}-floor-{n}") for n in range(count)]

    async def add(path: Path) -> None:
        async with slots:
            for left in reversed(range(TRIES)):
                try:
                    await git(repository, "worktree", "add", "-q", "--detach", str(path))
                    return
                except RuntimeError as error:
                    if HALF_ADDED not in str(error) or not left:
                        raise

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for path in paths:
            group.create_task(add(path), name=f"add {path.name}")
    took = time.perf_counter() - begun
    for path in paths:
        await asyncio.to_thread(shutil.rmtree, path)
    await git(repository, "worktree", "prune")
    return took
