"""The engine under measurement, as the program builds it, in a process of its own:
`python -m commandcenter.bench.engine '{"home": ...}'`.

Added to it: the bench driver, flat workspaces unless git is what is measured, and stamps around
the gate's calls and git's commands.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from commandcenter import __version__, compose
from commandcenter.bench.driver import KIND, BenchDriver
from commandcenter.bench.talk import serve
from commandcenter.compose.life import open_gate
from commandcenter.config.folders import folders
from commandcenter.core.codec import PROTOCOL, Fact, Stamp
from commandcenter.core.events import StateChanged, ThreadCreated
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.doors import EngineDoors
from commandcenter.engine.engine import Engine
from commandcenter.engine.life import begin, end, keep_what_is_here
from commandcenter.engine.lock import take
from commandcenter.gate.base import Route
from commandcenter.hosts.base import Ran, Spawn
from commandcenter.hosts.workspace import Progress, Repository, Workspace, WorkspaceSpec
from commandcenter.link.base import Hello
from commandcenter.link.server import Server
from commandcenter.wires.base import WireRequest

if TYPE_CHECKING:
    from commandcenter.drivers.base import Driver

Run = Callable[[Spawn, float], Coroutine[Any, Any, Ran]]
ACCOUNT = "bench"
FOREIGN = 50_000
"""Thread ids of clients that come by HTTP."""


class Config(msgspec.Struct):
    """How it is started; `overrides` as with --set."""

    home: str
    overrides: tuple[str, ...] = ()
    flat: bool = True
    """One plain folder for all threads."""


class FlatWorkspaces:
    """A plain folder for all threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    async def inspect(self, folder: str) -> Repository:
        """Any folder will do."""
        return Repository(self._folder, "main", "0" * 40, 0, 1)

    async def ensure(self, spec: WorkspaceSpec, progress: Progress) -> Workspace:
        """The one folder."""
        return Workspace(self._folder, "main", "0" * 40)

    async def diff(self, path: str, base: str) -> str:
        """Nothing changes."""
        return ""


class Bench:
    """One engine and what the bench asks of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, float]] = []
        """Of each model call of the native loop: begun, first bytes; perf_counter seconds."""
        self.gits: list[tuple[float, float]] = []
        """Of each git command of the engine: begun, ended; monotonic seconds."""
        self._engine: Engine | None = None
        self._driver: BenchDriver | None = None

    def drivers(self, needs: compose.Needs) -> "Mapping[str, Driver]":
        """The program's own drivers, their calls stamped, and the bench's."""
        gate, host = needs.gate, needs.host
        plain = gate.call

        async def stamped(thread: int, epoch: int, request: WireRequest) -> AsyncIterator[bytes]:
            begun, first = time.perf_counter(), 0.0
            stream = cast("AsyncGenerator[bytes, None]", plain(thread, epoch, request))
            async with contextlib.aclosing(stream) as answer:
                async for data in answer:
                    if not first:
                        first = time.perf_counter()
                        self.calls.append((begun, first))
                    yield data

        gate.call = stamped  # type: ignore[method-assign]  # stamps, nothing else
        host.run = self._timed(host.run)  # type: ignore[method-assign,assignment]  # see above
        self._driver = BenchDriver(host)
        return {**compose.all_drivers(needs), KIND: self._driver}

    def _timed(self, plain: Run) -> Run:
        """What runs a command, with stamps around git."""

        async def run(spawn: Spawn, limit_s: float) -> Ran:
            begun = time.monotonic()
            try:
                return await plain(spawn, limit_s)
            finally:
                if spawn.argv[0] == "git":
                    self.gits.append((begun, time.monotonic()))

        return run

    async def run(self, config: Config) -> None:
        """Until standard input ends."""
        options = compose.Options(folders(Path(config.home)), overrides=config.overrides)
        options.folders.make()
        lock = take(options.folders.data)
        engine = self._engine = await compose.build(options, self.drivers)
        engine.parts.agents[KIND] = AgentSpec(KIND, KIND, KIND, wires=("chat",))
        if config.flat:
            engine.parts.workspaces = FlatWorkspaces(options.folders.data)  # type: ignore[assignment]  # as far as it is used
        await begin(engine)
        keep_what_is_here()
        assert self._driver is not None
        await self._driver.listen(options.folders.run / "bench.sock")
        start = engine.parts.start
        hello = Hello(PROTOCOL, __version__, os.getpid(), start, str(options.folders.data))
        server = Server(EngineDoors(engine, hello))
        await server.open(compose.socket_path(options.folders))
        gate_server = await open_gate(engine, options.folders)
        sys.stdout.write(f"ready {compose.socket_path(options.folders)}\n")
        sys.stdout.flush()
        await serve(self.answer)
        await server.close()
        await gate_server.stop()
        await end(engine)
        await engine.parts.host.close()
        lock.close()

    async def answer(self, request: dict[str, Any]) -> Any:
        """calls, gits, addresses, list. Raises ValueError on anything else."""
        assert self._engine is not None
        do = request["do"]
        if do == "calls":
            calls, self.calls = self.calls, []
            return calls
        if do == "gits":
            gits, self.gits = self.gits, []
            return gits
        if do == "addresses":
            return self._addresses(request["count"])
        if do == "list":
            return await self._list(request["count"])
        raise ValueError(f"unknown request {do!r}")

    def _addresses(self, count: int) -> list[tuple[str, str]]:
        """Sessions for clients that come by HTTP: url and secret."""
        assert self._engine is not None
        gate = self._engine.parts.gate
        made = [gate.open(FOREIGN + i, 1, Route(ACCOUNT, "bench")) for i in range(count)]
        return [(address.url, address.secret) for address in made]

    async def _list(self, count: int) -> int:
        """So many ended threads more, as a long life leaves them."""
        assert self._engine is not None
        facts: list[Fact] = []
        for _ in range(count):
            born = self._engine.next_thread()
            made = ThreadCreated(
                f"old-{born}",
                "bench",
                KIND,
                KIND,
                ACCOUNT,
                "bench",
                "look at old parts of the code",
            )
            ended = StateChanged("starting", "ended", "goal met", "done")
            facts += [Fact(made, Stamp(born)), Fact(ended, Stamp(born))]
        for first in range(0, len(facts), 1_000):
            await self._engine.parts.ledger.commit(facts[first : first + 1_000])
        return count


if __name__ == "__main__":
    asyncio.run(Bench().run(msgspec.json.decode(sys.argv[1], type=Config)))
