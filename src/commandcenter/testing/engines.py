"""A whole engine in one process: real journal, git and gate; its driver is the test's."""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path

from commandcenter.compose import Options, build
from commandcenter.config.folders import folders
from commandcenter.core import notation
from commandcenter.core.base import By, OrderId
from commandcenter.core.codec import Entry, load_entry
from commandcenter.core.events import Event
from commandcenter.core.orders import Given
from commandcenter.core.world import Head
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.engine import Engine
from commandcenter.engine.life import begin, end
from commandcenter.hosts.checkpoints import Checkpointed, Since
from commandcenter.hosts.workspace import Changed, Progress, Repository, Workspace, WorkspaceSpec
from commandcenter.link.base import Ack
from commandcenter.testing.puppets import PuppetDriver, PuppetSession


async def repository(path: Path) -> Path:
    """A git repository with one commit."""
    path.mkdir(parents=True)
    (path / "readme.txt").write_text("hello\n")
    git = ["git", "-C", str(path), "-c", "user.name=t", "-c", "user.email=t@t"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        made = await asyncio.create_subprocess_exec(*git, *words)
        assert await made.wait() == 0
    return path


PUPPET = AgentSpec(
    "puppet",
    "Puppet",
    "claude",
    wires=("anthropic", "chat"),
    command=("sh",),
    by_hand=("puppet", "--resume", "{SESSION}"),
    login="https://api.anthropic.com",
)
"""A foreign agent whose sessions are the test's."""


class FlatWorkspaces:
    """One folder for all threads and repositories, where git is not what is tested."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    async def inspect(self, folder: str) -> Repository:
        """Any folder will do."""
        return Repository(self._folder, "main", "0" * 40, 0, 1)

    async def commit(self, folder: str, name: str) -> str:
        """Any name will do."""
        return "0" * 40

    async def ensure(self, spec: WorkspaceSpec, progress: Progress) -> Workspace:
        """The folder."""
        progress("checking out")
        return Workspace(self._folder, f"cc/{spec.thread}-{spec.slug}", "0" * 40)

    async def changed(self, path: str, base: str) -> Changed:
        """Nothing."""
        return Changed()

    async def digest(self, path: str) -> str:
        """Nothing ever changes."""
        return "same"

    async def names(self, path: str, most: int = 5_000) -> tuple[str, ...]:
        """One file."""
        return ("readme.txt",)


class FlatCheckpoints:
    """The same commit each time, where git is not what is tested."""

    async def checkpoint(
        self, path: str, thread: int, number: int, message: str = ""
    ) -> Checkpointed:
        """Nothing has changed."""
        return Checkpointed("0" * 40, "0" * 40, False)

    async def since(self, path: str, commit: str, limit: int = 0) -> Since:
        """Nothing differs."""
        return Since((), 0, 0, "")


class Bench:
    """An engine with its puppet driver, and what a test needs to play it."""

    def __init__(self, engine: Engine, driver: PuppetDriver, repo: Path) -> None:
        self.engine = engine
        self.driver = driver
        self.repo = repo
        self.gone = False

    @classmethod
    async def open(
        cls,
        home: Path,
        overrides: tuple[str, ...] = (),
        prepare: Callable[[Engine], None] = lambda engine: None,
        *,
        flat: bool = False,
    ) -> "Bench":
        """Begin an engine on `home`; a second time on the same home it recovers. `prepare` is
        given the engine before it begins; `flat`: without git."""
        where = folders(home)
        where.make()
        repo = home / "repo"
        if not repo.exists() and not flat:
            await repository(repo)
        driver = PuppetDriver()
        options = Options(where, overrides=("kill_fuse_s=0.2", *overrides))
        engine = await build(options, lambda *_: {"native": driver, "claude": driver})
        engine.parts.agents["puppet"] = PUPPET
        engine.parts.gate_open.set()
        if flat:
            engine.parts.workspaces = FlatWorkspaces(home)  # type: ignore[assignment]  # as far as it is used
            engine.parts.checkpoints = FlatCheckpoints()  # type: ignore[assignment]  # see above
        prepare(engine)
        await begin(engine)
        return cls(engine, driver, repo)

    async def close(self) -> None:
        """A clean stop; of an engine that is gone, nothing."""
        if not self.gone:
            await end(self.engine)

    async def crash(self) -> None:
        """The engine is gone without a word; what was acknowledged is on disk."""
        self.gone = True
        parts = self.engine.parts
        await parts.ledger.settle()
        for runner in self.engine.runners.values():
            runner.lease.give(runner.lease.epoch)  # as a process that is gone lets go of them
        parts.ledger.on_broken = lambda why: None
        parts.ledger.broken = "the engine is gone"
        await parts.tasks.cancel()
        await parts.journal_close(None)

    async def order(self, text: str, by: By = "test", yes: bool = False) -> Ack:
        """Give an order and wait until it is carried out."""
        given = Given(OrderId(uuid.uuid4().hex), notation.parse(text), by, yes)
        ack = await self.engine.submit(given)
        await self.engine.carried_out(given.id)
        return ack

    async def spawn(self, count: int = 1, options: str = "") -> list[int]:
        """Threads in their first turn."""
        before = set(self.engine.parts.world.threads)
        text = f'spawn --repo {self.repo} --account sparring-chat {options} --count {count} "do it"'
        ack = await self.order(text, yes=True)
        assert not ack.refused, ack.refused
        made = sorted(set(self.engine.parts.world.threads) - before)
        for thread in made:
            await self.until(lambda t=thread: self.state(t) == "running")  # type: ignore[misc]  # bound at definition
        return made

    def session(self, thread: int) -> PuppetSession:
        """The thread's newest session."""
        return self.driver.sessions[thread]

    def state(self, thread: int) -> str:
        """As World has it."""
        return self.engine.parts.world.threads[thread].state

    def head(self, thread: int = 1) -> Head:
        """What World holds of a thread."""
        return self.engine.parts.world.threads[thread]

    async def prompted(self, count: int, thread: int = 1) -> str:
        """Wait until the thread's session has had that many prompts; the last one."""
        await self.until(lambda: len(self.session(thread).prompts) >= count)
        assert len(self.session(thread).prompts) == count
        return self.session(thread).prompts[-1]

    async def ended(self, thread: int = 1, cause: str = "") -> None:
        """The agent ends its turn by itself, and that is on record."""
        await self.until(lambda: bool(self.session(thread).turn))
        results = self.head(thread).results
        self.session(thread).end("end", cause)
        await self.until(lambda: self.head(thread).results > results)

    async def again(self, flat: bool = True) -> "Bench":
        """The engine is lost; another one on the same home, its thread 1 prompted."""
        await self.crash()
        bench = await Bench.open(self.engine.parts.folders.data, flat=flat)
        sessions = bench.driver.sessions
        await bench.until(lambda: 1 in sessions and bool(sessions[1].prompts))
        return bench

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for a condition; entries wake it."""
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.005)

    async def reaches(self, thread: int, state: str) -> None:
        """Wait for a state."""
        await self.until(lambda: self.state(thread) == state)

    async def entries(self, thread: int | None = None) -> list[Entry]:
        """Everything recorded so far."""
        await self.engine.parts.ledger.settle()
        rows = await self.engine.parts.reader.rows(0, 100_000, thread)
        return [load_entry(row) for row in rows]

    async def events(self, thread: int | None = None) -> list[Event]:
        """The same without envelopes."""
        return [entry.event for entry in await self.entries(thread)]

    async def names(self, thread: int | None = None) -> list[str]:
        """The kinds of everything recorded so far."""
        return [type(event).__name__ for event in await self.events(thread)]


def refusal(ack: Ack) -> str:
    """The name of the one reason given."""
    assert ack.refused, "the order was taken"
    return ack.refused[0].reason


__all__ = ["Bench", "refusal", "repository"]
