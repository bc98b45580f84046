"""The success command, run in a place of its own, bounded, and what it says."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import Clock, Record
from commandcenter.core.text import one_line, safe
from commandcenter.hosts.base import Host, Running, Spawn
from commandcenter.hosts.changes import entries, shown
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.guarding import guarded_paths
from commandcenter.hosts.proving import Place, Subject, cached, furnished, prepared
from commandcenter.hosts.reclaiming import removed, taken_away
from commandcenter.hosts.repository import MOST, listed, opened, repository, told, unusable
from commandcenter.hosts.results import Counts, counted
from commandcenter.hosts.snapshot import digest
from commandcenter.hosts.unbroken import to_its_end

LIMIT_S: Final = 600.0
OUT_LIMIT: Final = 64 * 1024
MOST_PATHS: Final = 50
_NOT_RUN: Final = {126: "may not be run", 127: "is not there"}
_PREFIX: Final = "run-"
_STATUS: Final = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")

Result = Literal["pass", "fail", "error"]
"""error = it could not run, or not to its end."""


class Run(Record, frozen=True):
    """How it runs: the whole environment but for the mark, limits of seconds and of bytes of the
    output (a quarter of them its beginning, the rest its end).

    `thread` and `epoch` are the mark. With an epoch above 0, which no session may have, all that
    carries it is ended afterwards, escaped processes too.
    """

    env: dict[str, str]
    limit_s: float = LIMIT_S
    out_limit: int = OUT_LIMIT
    thread: int = 0
    epoch: int = 0


class Verified(Record, frozen=True):
    """What came of it; `exit` None = it was ended at its limit; `line` is the last of the output,
    or why it could not run. `wrote` = files, not ignored ones, that it changed where it ran;
    `outside` = what changed elsewhere while it ran, by it or by someone else."""

    result: Result
    exit: int | None
    ms: int
    line: str
    output: str
    cut: bool = False
    passed: int = 0
    failed: int = 0
    total: int = 0
    tampered: tuple[str, ...] = ()
    wrote: tuple[str, ...] = ()
    outside: tuple[Literal["worktree", "checkout"], ...] = ()


class Verifying:
    """Runs success commands in places below `folder`, which is its own."""

    def __init__(self, host: Host, clock: Clock, sleep: Sleep, folder: Path) -> None:
        self._host = host
        self._clock = clock
        self._git = Git(host, sleep, "/")
        self._folder = folder
        self._busy: set[str] = set()

    async def verify(self, repo: str, subject: Subject, run: Run) -> Verified:
        """Run `subject.command` through bash. Cancelling it ends all that it started and removes
        the place. Raises WorkspaceError when there is no place to run it in."""
        git = await repository(self._git, repo)
        theirs = await opened(self._git, subject.worktree) if subject.worktree else None
        with told():
            path = await asyncio.to_thread(_fresh, self._folder)
        self._busy.add(path)
        try:
            with told():
                place = await prepared(git, path, subject)
                if theirs is not None:
                    await furnished(theirs, place, subject.worktree)
                return await self._judged(git, theirs, place, (subject, run))
        finally:
            await to_its_end(self._cleared(git, path), "clear after a success command")

    async def guarded(self, repo: str, subject: Subject) -> tuple[str, ...]:
        """The files of `subject.base` that it is judged by, whatever the thread makes of them: for
        the person to see and to let go (`!path`) what is part of the work itself. At most 50.
        Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            paths = await guarded_paths(git, subject.command, subject.protect, subject.base)
            empty = await git.text("hash-object", "-t", "tree", "--stdin")
            held = await entries(git, empty, subject.base, paths) if paths else ()
        return tuple(shown(entry.path) for entry in held[:MOST_PATHS])

    async def swept(self, repo: str) -> int:
        """Remove places that a crash has left in a repository; how many. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        top = self._folder.resolve()
        with told():
            left = [t.path for t in await listed(git) if Path(t.path).parent == top]
            left = [path for path in left if path not in self._busy]
            for path in left:
                await removed(git, path)
            return len(left) + await asyncio.to_thread(_never_made, top, frozenset(self._busy))

    async def _cleared(self, git: Git, path: str) -> None:
        try:
            await removed(git, path)
            await asyncio.to_thread(taken_away, Path(path))
        finally:
            self._busy.discard(path)

    async def _judged(
        self, git: Git, theirs: Git | None, place: Place, what: tuple[Subject, Run]
    ) -> Verified:
        subject, run = what
        there = Git(git.host, git.sleep, place.path, git.config)
        clean = await _changed(there, place.head)
        before = await _digests(theirs, git)
        began = self._clock.monotonic()
        code, output = await self._ran(place.path, subject.command, run)
        ms = round((self._clock.monotonic() - began) * 1000)
        wrote = sorted(await _changed(there, place.head) - clean)
        after = await _digests(theirs, git)
        sides: tuple[Literal["worktree", "checkout"], ...] = ("worktree", "checkout")
        moved = tuple(side for side, a, b in zip(sides, before, after, strict=True) if a != b)
        result, line, counts = _verdict(code, output, run.limit_s)
        return Verified(
            result,
            code,
            ms,
            line,
            output.text,
            output.cut,
            counts.passed,
            counts.failed,
            counts.total,
            place.tampered,
            tuple(wrote[:MOST_PATHS]),
            moved,
        )

    async def _ran(self, folder: str, command: str, run: Run) -> tuple[int | None, "_Output"]:
        """The exit code, None = ended at the limit."""
        output = _Output(run.out_limit)
        spawn = Spawn(("bash", "-c", command), folder, run.env, run.thread, run.epoch)
        try:
            running = await self._host.spawn(spawn)
        except FileNotFoundError:
            raise unusable("there is no bash to run the success command", "install bash") from None
        try:
            async with asyncio.timeout(run.limit_s):
                async for _, piece in running.output():
                    output.take(piece)
                return await running.wait(), output
        except TimeoutError:
            return None, output
        finally:
            running.close()
            await to_its_end(self._ended(running, run), "end a success command")

    async def _ended(self, running: Running, run: Run) -> None:
        await self._host.kill_branch(running.proc)
        if run.epoch > 0:
            await self._host.kill_tree(run.thread, run.epoch, (running.proc,))


class _Output:
    """The first quarter and the end of what is printed, in the order in which it came."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit // 4
        self._tail_limit = limit - self._head_limit
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def take(self, piece: bytes) -> None:
        room = self._head_limit - len(self._head)
        self._head += piece[:room]
        self._tail += piece[max(room, 0) :]
        if len(self._tail) > 2 * self._tail_limit:
            self._shorten()

    def _shorten(self) -> None:
        over = max(0, len(self._tail) - self._tail_limit)
        self._dropped += over
        del self._tail[:over]

    @property
    def cut(self) -> bool:
        """Something in the middle is left out."""
        self._shorten()
        return self._dropped > 0

    @property
    def parts(self) -> tuple[str, str]:
        """Beginning and end as text."""
        self._shorten()
        return self._head.decode("utf-8", "replace"), self._tail.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """Both, with a line in between that says what is missing; fit to be painted."""
        head, tail = self.parts
        gap = f"\n[{self._dropped} bytes left out]\n" if self.cut else ""
        return safe(f"{head}{gap}{tail}")


def _verdict(code: int | None, output: _Output, limit_s: float) -> tuple[Result, str, Counts]:
    """Only exit code 0 is a pass, and not when the output itself speaks of failed tests: the
    command may end in `|| true` or in a pipe."""
    said = [line for line in output.text.splitlines() if line.strip()]
    last = one_line(said[-1], 200) if said else ""
    counts = counted("".join(output.parts)) or Counts(0, 0, "")
    if code is None:
        return "error", f"ended after {limit_s:g} s: {last}".removesuffix(": "), counts
    if code < 0 or code in _NOT_RUN:
        why = f"ended by signal {-code}" if code < 0 else f"a program {_NOT_RUN[code]}"
        return "error", f"{why}: {last}".removesuffix(": "), counts
    if code == 0 and counts.failed:
        return "fail", f"ended with 0, but {counts.failed} failed: {last}", counts
    return "pass" if code == 0 else "fail", last or f"ended with {code}", counts


async def _changed(there: Git, head: str) -> set[str]:
    """Paths that are not as in the commit. A command may have ruined its place: then all is."""
    ran = await there.ran(*_STATUS, "--ignore-submodules=all", limit=MOST)
    now = await there.ran("rev-parse", "HEAD")
    if ran.code != 0 or now.code != 0:
        return {".git"}
    lines = ran.out.decode("utf-8", "replace").split("\0")
    moved = {"HEAD"} if now.out.decode().strip() != head else set()
    return {line[3:] for line in lines if line and not cached(line[3:])} | moved


async def _digests(theirs: Git | None, git: Git) -> tuple[str, str]:
    """Of the thread's worktree and of the person's checkout, "" = none."""
    return (await _digest(theirs) if theirs is not None else "", await _digest(git))


async def _digest(git: Git) -> str:
    try:
        return await digest(git)
    except GitFailed:
        return ""  # someone is writing there just now: nothing can be said


def _fresh(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.mkdtemp(prefix=_PREFIX, dir=folder.resolve())


def _never_made(folder: Path, busy: frozenset[str]) -> int:
    """Take away folders that a crash has left before they became worktrees."""
    empty = [path for path in folder.glob(f"{_PREFIX}*") if not (path / ".git").exists()]
    mine = [path for path in empty if str(path) not in busy]
    for path in mine:
        taken_away(path)
    return len(mine)
