"""One engine process, the practice endpoint on a port, real agents on the PATH."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

from commandcenter.core.codec import load_entry
from commandcenter.core.events import Event, TextAdded
from commandcenter.core.world import Head, World
from commandcenter.link.base import LinkLost
from commandcenter.sparring.record import Logged
from commandcenter.testing.engines import repository
from commandcenter.testing.playing import Home, endpoint, over_lives

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".agents" / "bin"
AGENTS = {"claude": "anthropic", "codex": "responses", "opencode": "chat"}
"""agent -> the practice account that it speaks to."""
SCENARIO = Path(__file__).with_name("scenario.toml")
ANSWER_S = 60.0
"""A real agent starts, thinks and writes its session in this time, on a loaded machine too."""


class Field:
    """`async with`: repository, endpoint and engine; nothing of it outlives the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "h")
        person = folder / "person"
        person.mkdir()
        self.home.env |= {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(person)}
        self.log = folder / "none"
        self.words: tuple[str, ...] = ()
        """Further options of sparring."""
        self.settings: tuple[str, ...] = ()
        self.scenario = SCENARIO.read_text()
        self._stack = AsyncExitStack()

    @classmethod
    def below(cls, parent: Path) -> Self:
        """In a fresh folder."""
        parent.mkdir(parents=True, exist_ok=True)
        return cls(Path(tempfile.mkdtemp(prefix="f-", dir=parent)))

    async def __aenter__(self) -> Self:
        self.repo = await repository(self.folder / "repo")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
        await self.home.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def start(self) -> None:
        """The endpoint, then the engine on its accounts."""
        await self.listen()
        await self.begin()

    async def listen(self) -> None:
        """The endpoint alone."""
        where = endpoint(self.home, self.scenario, *self.words)
        self.log = await self._stack.enter_async_context(where)

    async def begin(self) -> None:
        """The engine."""
        await self.home.start(*(word for pair in self.settings for word in ("--set", pair)))

    # --- orders -----------------------------------------------------------------------------

    async def spawn(self, agent: str, script: str, options: str = "--profile clean") -> int:
        """A thread whose brief plays the script; its number, once it is born."""
        before = set((await self.home.world()).threads)
        account = "" if "--account" in options else f"--account {AGENTS[agent]}"
        brief = f"Do it. [[sparring script={script} seed=3]]"
        text = f'spawn --repo {self.repo} --agent {agent} {account} {options} "{brief}"'
        await self.home.order(text)
        world = await self.home.until(lambda w: set(w.threads) - before, ANSWER_S)
        return max(world.threads)

    async def order(self, text: str) -> None:
        """Taken, and carried out."""
        await self.home.order(text, "--wait")

    async def idle(self, thread: int, limit_s: float = ANSWER_S) -> Head:
        """The head, once its turn has ended."""
        return await self.until(thread, lambda head: head.state in ("idle", "ended"), limit_s)

    async def until(
        self, thread: int, true: Callable[[Head], Any], limit_s: float = ANSWER_S
    ) -> Head:
        """The head, once it is as wanted. Raises AssertionError that says how it stands."""
        head = None
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while True:
                    head = (await self.home.world()).threads[thread]
                    if true(head):
                        return head
                    await asyncio.sleep(0.05)
        last = [event for event in self.events(thread) if event.control][-16:]
        raise AssertionError(f"{head}\n{last}\n{self.home.complaints()[-1_000:]}")

    @asynccontextmanager
    async def yes(self) -> AsyncIterator[None]:
        """Everything that is asked inside is allowed."""
        enough = asyncio.Event()
        task = asyncio.create_task(self._allow(enough), name="yes")
        try:
            yield
        finally:
            enough.set()
            await task

    async def _allow(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            with suppress(OSError, EOFError, LinkLost):  # a test may kill the engine meanwhile
                asks = (await self.home.world()).asks
                await self.home.give(*(f"approve {ask} --danger" for ask in asks))
            await asyncio.sleep(0.2)

    async def asked(self) -> int:
        """The number of the first question that stands open."""
        world: World = await self.home.until(lambda w: w.asks, ANSWER_S)
        return next(iter(world.asks))

    # --- judges -----------------------------------------------------------------------------

    def requests(self, script: str = "") -> list[Logged]:
        """What sparring was asked that plays a script, in order of arrival; no side requests."""
        found = [one for one in self.all() if one.begin.script and one.begin.tools]
        return [one for one in found if script in ("", one.begin.script)]

    def all(self) -> list[Logged]:
        """Everything sparring was asked, side requests too."""
        return list(over_lives(self.log.read_bytes())) if self.log.exists() else []

    async def asked_models(self, script: str, count: int) -> list[Logged]:
        """The requests of a script, once there are so many."""
        async with asyncio.timeout(ANSWER_S):
            while len(found := self.requests(script)) < count:
                await asyncio.sleep(0.05)
        return found

    def events(self, thread: int) -> list[Event]:
        """Everything the journal has of a thread."""
        return [load_entry(row).event for row in self.home.rows() if row.thread == thread]

    def text(self, thread: int) -> str:
        """What the agent has said."""
        return "".join(e.delta for e in self.events(thread) if isinstance(e, TextAdded))

    def files_with(self, secret: bytes) -> list[Path]:
        """Files below the home that hold it; agents take files of theirs away meanwhile."""
        found, looked = [], 0
        for path in self.home.path.rglob("*"):
            with suppress(OSError):
                if path.is_file():
                    looked += 1
                    found += [path] if secret in path.read_bytes() else []
        assert looked, "there is nothing to look through"
        return found

    def of_thread(self, thread: int) -> list[int]:
        """The living processes of a thread."""
        marks = self.home.marked()
        return [pid for pid, mark in marks.items() if mark.split("=")[1].startswith(f"{thread}:")]
