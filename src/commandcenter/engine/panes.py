"""Panes of terminal threads and the names of a worktree's files, as the screen asks for them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commandcenter.core.base import AgentFailed, Record
from commandcenter.core.world import Head
from commandcenter.engine.bounded import BoundedSession, Pane
from commandcenter.hosts.pty import SIZE
from commandcenter.hosts.spool import NAME, Part, tail
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

MOST: Final = 16 << 10
"""Bytes of one answer."""
BACK: Final = 48 << 10
"""A pane that is new, or farther behind than this, begins so far before the end."""
WAIT_S: Final = 1.0
"""The longest that a question waits for news."""
LOOK_S: Final = 0.02
LEFT_S: Final = 3.0
"""Nobody has asked for so long: nobody looks, and the terminal has its own size again."""
KEYS: Final = 128 << 10
"""Bytes of keys at once."""
FILES_S: Final = 5.0
LARGEST: Final = (500, 200)


class Files(Record, frozen=True):
    """The names a worktree had at `at` (monotonic s)."""

    at: float
    names: tuple[str, ...]


class Panes:
    """What one engine remembers of who looks at its terminals, and of worktrees read lately."""

    def __init__(self) -> None:
        self.sizes: dict[int, tuple[int, int]] = {}
        self.files: dict[int, Files] = {}
        self._leaving: dict[int, asyncio.TimerHandle] = {}

    def looked(self, thread: int, pane: Pane, size: tuple[int, int]) -> None:
        """Somebody looks at a pane of this size (columns, rows)."""
        if thread in self._leaving:
            self._leaving.pop(thread).cancel()
        if self.sizes.get(thread) != size:
            self.sizes[thread] = size
            pane.resize(*size)
        loop = asyncio.get_running_loop()
        self._leaving[thread] = loop.call_later(LEFT_S, self._left, thread, pane)

    def _left(self, thread: int, pane: Pane) -> None:
        del self._leaving[thread]
        if self.sizes.pop(thread, SIZE) != SIZE and pane.alive:
            pane.resize(*SIZE)


def _head(engine: "Engine", args: dict[str, Any]) -> Head:
    """The thread that is meant. Raises ValueError."""
    thread = int(args.get("thread", 0))
    head = engine.parts.world.threads.get(thread)
    if head is None:
        raise ValueError(f"there is no thread #{thread}")
    return head


def _session(engine: "Engine", head: Head) -> BoundedSession | None:
    runner = engine.runners.get(head.id)
    return runner.session if runner is not None else None


async def terminal(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The bytes of a terminal from `since` on (negative: of its last screens), at most 16 KiB;
    waits up to `wait_s` for news. `start` differs from `since` where bytes were left out: the
    pane begins anew. Raises ValueError for what is no terminal."""
    head = _head(engine, args)
    if head.driver != "terminal":
        raise ValueError(f"#{head.id} is no terminal")
    since, size = int(args.get("since", -1)), _size(args)
    session = _session(engine, head)
    pane = session.pane if session is not None else None
    if pane is None:
        return _answer(await _kept(engine, head, since), size, alive=False)
    if pane.alive:
        engine.panes.looked(head.id, pane, size)
    part = await _news(pane, since, min(float(args.get("wait_s", 0.0)), WAIT_S))
    return _answer(part, engine.panes.sizes.get(head.id, size), alive=pane.alive)


def _answer(part: Part, size: tuple[int, int], *, alive: bool) -> dict[str, Any]:
    where = {"start": part.start, "data": part.data, "end": part.end}
    return {**where, "columns": size[0], "rows": size[1], "alive": alive}


def _size(args: dict[str, Any]) -> tuple[int, int]:
    columns, rows = int(args.get("columns", SIZE[0])), int(args.get("rows", SIZE[1]))
    return min(max(columns, 2), LARGEST[0]), min(max(rows, 1), LARGEST[1])


async def _news(pane: Pane, since: int, wait_s: float) -> Part:
    for _ in range(round(wait_s / LOOK_S)):
        if pane.written != since or not pane.alive:
            break
        await asyncio.sleep(LOOK_S)
    end = pane.written
    if since == end:
        return Part(end, b"")
    if not 0 <= since <= end or end - since > BACK:
        since = max(0, end - BACK)
    return pane.output(since, MOST)


async def _kept(engine: "Engine", head: Head, since: int) -> Part:
    """What the last session left on disk, for a pane that has seen nothing yet."""
    if since >= 0:
        return Part(since, b"")
    path = Path(engine.parts.folders.data) / "threads" / str(head.id) / NAME
    return Part(0, await asyncio.to_thread(tail, path, MOST))


async def keys(engine: "Engine", args: dict[str, Any]) -> None:
    """What the player types in the pane, to the program as it is; recorded nowhere. Raises
    ValueError, as a sentence, where no keys can go."""
    head, data = _head(engine, args), args.get("data")
    if not isinstance(data, bytes) or len(data) > KEYS:
        raise ValueError(f"keys are at most {KEYS >> 10} KiB of bytes")
    session = _session(engine, head)
    why = _closed(head)
    if why or session is None or session.pane is None or not session.pane.alive:
        raise ValueError(f"{head.name}: {why or 'its program does not run'}")
    try:
        await session.keys(session.pane, data)
    except AgentFailed as error:
        raise ValueError(f"{head.name}: {error}") from error


def _closed(head: Head) -> str:
    """Why no keys can go there; empty when they can."""
    if head.driver != "terminal":
        return "it is no terminal"
    if head.by_hand:
        return "it is in your own hands; Mod+Shift+T gives it back"
    if head.state in ("frozen", "paused", "dying"):
        return f"it is {head.state}; E goes on"
    return ""


async def files(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The files of a thread's worktree, new ones too, ignored ones not; at most 5 000."""
    head, panes = _head(engine, args), engine.panes
    now = engine.parts.clock.monotonic()
    known = panes.files.get(head.id)
    if known is None or now - known.at >= FILES_S:
        known = Files(now, await _listed(engine, head))
        panes.files = {one: old for one, old in panes.files.items() if now - old.at < FILES_S}
        panes.files[head.id] = known
    return {"files": list(known.names)}


async def _listed(engine: "Engine", head: Head) -> tuple[str, ...]:
    if not head.workspace:
        return ()
    try:
        return await engine.parts.workspaces.names(head.workspace)
    except WorkspaceError:
        return ()
