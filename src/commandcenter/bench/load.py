"""`bench load`: how much of both paths the engine carries, what a long list costs, what threads
weigh."""

import asyncio
import time
from pathlib import Path

import msgspec

from commandcenter import __version__
from commandcenter.bench.cpu import rss, share
from commandcenter.bench.measure import (
    SENT_LEAST,
    Figure,
    Outcome,
    Window,
    capacity,
    figure,
    percentile,
    specs,
)
from commandcenter.bench.rig import Rig, Span
from commandcenter.core.world import load
from commandcenter.link.client import SocketLink

LIMIT = 70.0
"""Percent of a core at which the engine counts as full."""
STEP_S = 3.0
SETTLE_S = 0.5
DELTAS = (50.0, 250.0, 1_000.0, 2_000.0, 4_000.0)
"""Deltas a second and thread, screen path."""
STREAMS = 40
EVENTS = (40.0, 160.0, 400.0, 800.0, 1_200.0)
"""Events a second and stream, gate path."""
LISTED = 5_000
SNAPSHOTS = 7
LIGHT = 20
"""Threads that are weighed."""
MB = 1e6


async def measure(threads: int) -> Outcome:
    """Screen path with a long list, then the gate path."""
    run = _Load()
    async with Rig() as rig:
        await run.screen_path(rig, threads)
        await run.listed(rig, threads)
    async with Rig() as rig:
        await run.weight(rig)
        await run.gate_path(rig)
    return Outcome("load", tuple(run.figures), tuple(run.windows), tuple(run.notes))


class _Load:
    """One run's figures."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self.notes: list[str] = []
        self._specs = specs("load")

    async def screen_path(self, rig: Rig, count: int) -> None:
        """Deltas injected at the runner; a client that looks at one thread."""
        threads = await rig.spawn("bench", count)
        rig.link.watch(frozenset(threads[:1]))
        steps: list[tuple[float, float]] = []
        for rate in DELTAS:
            flow = {"first": threads[0], "last": threads[-1], "rate": rate}
            await rig.generator.ask("flow", **flow)
            span = await self._step(rig, f"screen path {count} x {rate:g}/s", count * rate)
            steps += self._take(span, count * rate)
            if len(steps) > 1 and (steps[-1][1] >= LIMIT or _short(span)):
                break
        await rig.generator.ask("flow", first=1, last=1, rate=0)
        self._capacity("screen_capacity", steps)
        live = sum(rig.world.threads[t].state == "running" for t in threads)
        self._add("live", live)

    async def listed(self, rig: Rig, live: int) -> None:
        """As many threads as a long life leaves: how long until a new screen knows them all."""
        await rig.engine.ask("list", count=LISTED - live)
        await rig.until(lambda: len(rig.world.threads) >= LISTED)
        self._add("listed", len(rig.world.threads))
        took: list[float] = []
        loads: list[float] = []
        size = 0
        for _ in range(SNAPSHOTS):
            connected, data = await _snapshot(rig)
            begun = time.perf_counter()
            load(data)
            loads.append(1000 * (time.perf_counter() - begun))
            took.append(connected)
            size = len(data)
        self._add("snapshot", percentile(took, 0.5), percentile(loads, 0.5))
        self._add("snapshot_mb", size / MB)
        self._add("listed_rss", rss(rig.engine.pid) / MB)

    async def weight(self, rig: Rig) -> None:
        """Memory of the engine with twenty native threads that stream."""
        empty = rss(rig.engine.pid)
        await rig.generator.ask("load", rate=EVENTS[0], events=1_000_000, spread=0)
        await rig.spawn("native", LIGHT)
        await asyncio.sleep(STEP_S)
        self._add("native_rss", rss(rig.engine.pid) / MB, empty / MB)

    async def gate_path(self, rig: Rig) -> None:
        """Events through the gate; the client looks at every thread."""
        await rig.spawn_watched("native", STREAMS - LIGHT)
        steps: list[tuple[float, float]] = []
        for rate in EVENTS:
            await rig.generator.ask("load", rate=rate, events=1_000_000, spread=0)
            span = await self._step(rig, f"gate path {STREAMS} x {rate:g}/s", STREAMS * rate)
            steps += self._take(span, STREAMS * rate)
            if len(steps) > 1 and (steps[-1][1] >= LIMIT or _short(span)):
                break
        self._capacity("gate_capacity", steps)

    async def _step(self, rig: Rig, name: str, offered: float) -> Span:
        await asyncio.sleep(SETTLE_S)
        return await rig.measured(name, _asleep, offered)

    def _take(self, span: Span, offered: float) -> list[tuple[float, float]]:
        """A step that a full engine did not let in says where the end is; it is no measurement.
        When the engine was not full, something else was: that makes the run invalid."""
        used = share(span.window)
        if _short(span) and used >= LIMIT:
            sent = f"{span.window.sent:.0%}"
            self.notes.append(f"{span.window.name}: {sent} could be sent, the search ends here")
            self.windows.append(msgspec.structs.replace(span.window, sent=None))
            return []
        self.windows.append(span.window)
        return [(offered, used)]

    def _capacity(self, name: str, steps: list[tuple[float, float]]) -> None:
        self._add(name, capacity(steps, LIMIT))
        said = ", ".join(f"{load:g}/s {used:.0f} %" for load, used in steps)
        self.notes.append(f"{name}: {said} of a core")

    def _add(self, name: str, value: float, floor: float | None = None) -> None:
        self.figures.append(figure(name, self._specs[name], value, floor))


def _short(span: Span) -> bool:
    return span.window.sent is not None and span.window.sent < SENT_LEAST


async def _asleep() -> None:
    await asyncio.sleep(STEP_S)


async def _snapshot(rig: Rig) -> tuple[float, bytes]:
    """ms from connecting to the snapshot, and the snapshot."""
    came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    link = SocketLink(Path(rig.engine.ready), __version__)
    link.on_snapshot = came.set_result
    begun = time.perf_counter()
    await link.connect()
    data = await came
    took = 1000 * (time.perf_counter() - begun)
    await link.close()
    return took, data
