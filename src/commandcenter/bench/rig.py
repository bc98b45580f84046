"""One engine with its generator and a client, in a home of their own, for the length of a bench."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from commandcenter import __version__
from commandcenter.bench.cpu import Meter
from commandcenter.bench.measure import Window
from commandcenter.bench.talk import Child
from commandcenter.compose import SystemIds
from commandcenter.config.accounts import Account, Caps, add_account
from commandcenter.config.folders import Folders, folders, home_mark
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.codec import Row
from commandcenter.core.orders import Given, Operation, Spawn
from commandcenter.core.targets import text
from commandcenter.core.world import World
from commandcenter.hud.mirror import Mirror
from commandcenter.link.base import Ack
from commandcenter.link.client import SocketLink

OPERATION = "bench"
UNTIL_S = 60.0
SETTINGS = ("prices.bench.input=1.0", "prices.bench.output=2.0", "budget.day_usd=100000")


class Span(msgspec.Struct, frozen=True):
    """A window with what the generator wrote in it and how late its latest 1 % was."""

    window: Window
    written: float
    late_ms: float


class Rig:
    """`async with Rig() as rig`: everything ends with it, the home is removed."""

    def __init__(self, *overrides: str, cap: int = 400, flat: bool = True) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="cc-bench-"))
        self.overrides = SETTINGS + overrides
        self.cap = cap
        self.flat = flat
        """One plain folder for all threads; else git worktrees, as the program makes them."""
        self.mirror = Mirror(sink=self._sink)
        self.on_rows: list[Callable[[list[Row]], None]] = []
        """Told of every row after it was folded; `on_raw` before."""
        self.on_raw: list[Callable[[list[Row]], None]] = []
        self._ids = SystemIds()
        self._changed = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()

    @property
    def folders(self) -> Folders:
        """The home's."""
        return folders(self.home)

    @property
    def mark(self) -> str:
        """CC_HOME of everything the engine starts."""
        return home_mark(self.folders.data)

    @property
    def world(self) -> World:
        """As the client sees it."""
        return self.mirror.world

    async def __aenter__(self) -> Self:
        self._stack.callback(shutil.rmtree, self.home, ignore_errors=True)
        self.folders.make()
        async with contextlib.AsyncExitStack() as half_made:
            half_made.push_async_callback(self._stack.aclose)
            await self._start()
            half_made.pop_all()
        return self

    async def _start(self) -> None:
        self.generator = await self._child("commandcenter.bench.generator", {})
        url = f"http://127.0.0.1:{self.generator.ready}/v1"
        account = Account("bench", "chat", url, model="bench", caps=Caps(self.cap))
        add_account(self.folders.config, account)
        config = {"home": str(self.home), "overrides": self.overrides, "flat": self.flat}
        self.engine = await self._child("commandcenter.bench.engine", config)
        self.link = SocketLink(Path(self.engine.ready), __version__)
        self.link.on_snapshot = self.mirror.snapshot
        self.link.on_rows = self._rows
        await self.link.connect()
        self._stack.push_async_callback(self.link.close)
        self.meter = Meter({"engine": self.engine.pid, "generator": self.generator.pid})
        await self.generator.ask("connect", path=str(self.folders.run / "bench.sock"))
        if self.flat:
            await self.order(Operation(OPERATION, str(self.home)))
            await self.until(lambda: OPERATION in self.world.operations)

    async def child(self, label: str, module: str, config: object) -> Child:
        """One more process, counted under `label`, ended with the rig."""
        child = await self._child(module, config)
        self.meter.roots[label] = child.pid
        return child

    async def _child(self, module: str, config: object) -> Child:
        child = await Child.start(module, config)
        self._stack.push_async_callback(child.end)
        return child

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def _rows(self, rows: list[Row]) -> None:
        for listener in self.on_raw:
            listener(rows)
        self.mirror.rows(rows)
        self.mirror.drain()
        self._changed.set()

    def _sink(self, rows: list[Row]) -> None:
        for listener in self.on_rows:
            listener(rows)

    async def until(self, true: Callable[[], object], limit_s: float = UNTIL_S) -> None:
        """Wait until the client's World says so. Raises TimeoutError, which says how it stands."""
        try:
            async with asyncio.timeout(limit_s):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            states = Counter(head.state for head in self.world.threads.values())
            raise TimeoutError(f"after {limit_s:g} s threads are {dict(states)}") from error

    async def order(self, order: object) -> Ack:
        """Give an order, as text or as it is. Raises RuntimeError when it is refused."""
        parsed = notation.parse(order) if isinstance(order, str) else order
        given = Given(OrderId(self._ids.fresh()), parsed, "test", yes=True)  # type: ignore[arg-type]  # one of ours
        ack = await self.link.send(given)
        if ack.refused:
            raise RuntimeError(f"{order}: {ack.refused[0].text}")
        return ack

    async def spawn(self, agent: str, count: int, brief: str = "work") -> tuple[int, ...]:
        """So many threads, all running; returns their ids."""
        made = await self._born(agent, count, brief)
        await self.until(lambda: self.all_in(made, "running"))
        return made

    async def spawn_watched(self, agent: str, count: int) -> tuple[int, ...]:
        """The same under the bell until the client looks at all: not a letter is missed."""
        await self.order("pause-all")
        made = await self._born(agent, count, "work")
        await self.until(lambda: self.all_in(made, "paused"))
        self.link.watch(frozenset(self.world.threads))
        await self.order("resume-all")
        await self.until(lambda: self.all_in(made, "running"))
        return made

    async def _born(self, agent: str, count: int, brief: str) -> tuple[int, ...]:
        before = set(self.world.threads)
        briefs = tuple(f"{brief} {number}" for number in range(count))
        await self.order(Spawn(briefs, agent, "bench", "bench", OPERATION))
        await self.until(lambda: len(self.world.threads) == len(before) + count)
        return tuple(sorted(set(self.world.threads) - before))

    def all_in(self, threads: tuple[int, ...], state: str) -> bool:
        """Are all of these in that state?"""
        return all(self.world.threads[thread].state == state for thread in threads)

    async def end(self, threads: tuple[int, ...]) -> None:
        """Kill these at once and wait until they have ended."""
        await self.order(f"kill {text(threads)} --now")
        await self.until(lambda: self.all_in(threads, "ended"))

    async def measured(
        self, name: str, work: Callable[[], Awaitable[None]], offered: float = 0.0
    ) -> Span:
        """Do the work and tell what it took; `offered` = events a second it was to be given."""
        await self.generator.ask("mark")
        begun = time.perf_counter()
        self.meter.begin()
        await work()
        mark = await self.generator.ask("mark")
        seconds = time.perf_counter() - begun
        sent = min(1.0, mark["written"] / (offered * seconds)) if offered else None
        return Span(self.meter.end(name, sent), mark["written"], mark["late_ms"])
