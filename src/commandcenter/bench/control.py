"""`bench control`: how soon a pause holds 200 threads, a freeze stops a tree, and a kill leaves
nothing behind."""

import asyncio
import signal
import time
from collections.abc import Sequence

from commandcenter.bench.endpoint import Load
from commandcenter.bench.measure import Figure, Outcome, Window, figure, percentile, specs
from commandcenter.bench.rig import OPERATION, Rig
from commandcenter.bench.source import Flow
from commandcenter.bench.stamps import Stamps
from commandcenter.bench.trees import (
    SIZE,
    TREE,
    Graves,
    grown,
    marked,
    planted,
    send,
    stopped,
    zombies_of,
)
from commandcenter.core.targets import text

MS = 1e6
CAP = 16
"""Calls that stream while the rest of the threads wait at the gate."""
ENDLESS = Load(rate=10.0, events=1_000_000, spread=0)
FLOW_RATE = 10.0
CYCLES = 20
REST_S = 0.1
"""Between two cycles, so that no pause meets the end of the one before."""
TREES = 60
ALONE = 30
"""Trees killed one after the other; the rest by one order."""
FREEZES = 10
FLOORS = 10
FUSE_S = 0.5
GONE_S = 15.0
APART_S = 0.05
REAP_S = 3.0


async def measure(threads: int) -> Outcome:
    """Pauses on both kinds of sessions, then freezes and kills of real trees."""
    streams = max(1, min(CAP, threads // 2))
    async with Rig(f"kill_fuse_s={FUSE_S}", cap=streams) as rig:
        control = _Control(rig, streams)
        await control.held_calls(threads)
        await control.streaming(threads)
        await control.trees()
    return Outcome("control", tuple(control.figures), tuple(control.windows))


class _Control:
    """One run's figures."""

    def __init__(self, rig: Rig, streams: int) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self._rig = rig
        self._streams = streams
        self._stamps = Stamps()
        self._specs = specs("control")
        rig.on_raw.append(self._stamps.rows)

    async def held_calls(self, count: int) -> None:
        """Native threads: a few stream, the others' calls wait for supply at the gate."""
        rig = self._rig
        await rig.generator.ask("load", rate=ENDLESS.rate, events=ENDLESS.events, spread=0)
        threads = await rig.spawn("native", count)
        await rig.until(lambda: _waiting(rig, threads) >= count - self._streams)
        calm = tuple(t for t in threads if rig.world.threads[t].waits_for)
        held, paused, floor = await self._cycles("pause native", threads, calm)
        self._add("pause_native_held", max(held), floor)
        self._add("pause_native", max(paused), floor)
        await rig.end(threads)

    async def streaming(self, count: int) -> None:
        """Sessions of the bench driver, each of which talks."""
        rig = self._rig
        threads = await rig.spawn("bench", count)
        flow = Flow(threads[0], threads[-1], FLOW_RATE)
        await rig.generator.ask("flow", first=flow.first, last=flow.last, rate=flow.rate)
        _, paused, floor = await self._cycles("pause streaming", threads, threads)
        self._add("pause_streaming", max(paused), floor)
        self._add("pause_streaming_p50", percentile(paused, 0.5), floor)
        await rig.generator.ask("flow", first=1, last=1, rate=0)
        await rig.end(threads)

    async def _cycles(
        self, name: str, threads: tuple[int, ...], paused: tuple[int, ...]
    ) -> tuple[list[float], list[float], float]:
        """Pause and resume again and again: ms to the last held, ms to the last paused, floor."""
        to_held: list[float] = []
        to_paused: list[float] = []
        floors: list[float] = []

        async def work() -> None:
            for _ in range(CYCLES):
                held, rest = await self._pause(threads, paused)
                to_held.append(held)
                to_paused.append(rest)
                await self._rig.order(f"resume @op:{OPERATION}")
                await self._rig.until(lambda: self._rig.all_in(threads, "running"))
                floors.append(await _no_op(self._rig, len(threads)))
                await asyncio.sleep(REST_S)

        span = await self._rig.measured(name, work)
        self.windows.append(span.window)
        return to_held, to_paused, percentile(floors, 0.5)

    async def _pause(
        self, threads: tuple[int, ...], paused: tuple[int, ...]
    ) -> tuple[float, float]:
        stamps = self._stamps
        stamps.clear()
        ack = await self._rig.order(f"pause @op:{OPERATION}")
        await self._rig.until(lambda: len(stamps.held) >= len(threads))
        await self._rig.until(lambda: all((t, "paused") in stamps.moved for t in paused))
        given = stamps.given[ack.id]
        last_held = max(stamps.held[t] for t in threads)
        last_paused = max(stamps.moved[t, "paused"] for t in paused)
        return (last_held - given) / MS, (last_paused - given) / MS

    async def trees(self) -> None:
        """Freeze and kill what really runs."""
        rig = self._rig
        kill_floor, freeze_floor = await _floors(rig.mark)
        threads = await rig.spawn("bench", TREES, TREE)
        pids = await grown(rig.mark, threads, SIZE)
        frozen: list[float] = []
        gone: dict[int, float] = {}

        async def work() -> None:
            frozen.extend([await self._freeze(t, pids[t]) for t in threads[:FREEZES]])
            gone.update(await self._kill(threads, pids))

        span = await rig.measured("trees", work)
        self.windows.append(span.window)
        left = marked(rig.mark)
        survivors = [pid for thread in threads for pid in left.get(thread, ())]
        self._add("freeze_tree", percentile(frozen, 0.99), freeze_floor)
        alone, together = threads[:ALONE], threads[ALONE:]
        for name, some in (("kill_alone", alone), ("kill_together", together)):
            took = [gone[t] for t in some]
            self._add(f"{name}_p50", percentile(took, 0.5), kill_floor)
            self._add(f"{name}_p99", percentile(took, 0.99), kill_floor)
        self._add("survivors", len(survivors))
        send(survivors, signal.SIGKILL)
        await asyncio.sleep(REAP_S)
        self._add("unreaped", zombies_of(rig.engine.pid))

    async def _freeze(self, thread: int, pids: Sequence[int]) -> float:
        """ms from the order's entry to the last process that stands; then it goes on."""
        self._stamps.clear()
        ack = await self._rig.order(f"freeze #{thread}")
        at = await stopped(pids, GONE_S)
        await self._rig.until(lambda: ack.id in self._stamps.given)
        await self._rig.until(lambda: self._rig.all_in((thread,), "frozen"))
        await self._rig.order(f"resume #{thread}")
        await self._rig.until(lambda: self._rig.all_in((thread,), "running"))
        return (at - self._stamps.given[ack.id]) / MS

    async def _kill(self, threads: tuple[int, ...], pids: dict[int, list[int]]) -> dict[int, float]:
        """ms from the end of each fuse to the last process of the tree that ended."""
        rig = self._rig
        graves = Graves(pid for thread in threads for pid in pids[thread])
        self._stamps.clear()
        try:
            for thread in threads[:ALONE]:
                await rig.order(f"kill #{thread}")
                await asyncio.sleep(APART_S)
            await rig.until(lambda: rig.all_in(threads[:ALONE], "ended"))
            await rig.order(f"kill {text(threads[ALONE:])}")
            await rig.until(lambda: rig.all_in(threads, "ended"))
            await graves.all(GONE_S)
        finally:
            graves.close()
        never = time.time_ns()
        fuse = self._stamps.fuse
        return {
            t: (max(graves.ended.get(p, never) for p in pids[t]) - fuse[t]) / MS for t in threads
        }

    def _add(self, name: str, value: float, floor: float | None = None) -> None:
        self.figures.append(figure(name, self._specs[name], value, floor))


def _waiting(rig: Rig, threads: tuple[int, ...]) -> int:
    return sum(bool(rig.world.threads[t].waits_for) for t in threads)


async def _no_op(rig: Rig, count: int) -> float:
    """ms of the same round trip with nothing to do: one question, and as many idle tasks."""
    begun = time.perf_counter()
    await rig.link.query("estimate", thread=1)
    tasks = [asyncio.create_task(asyncio.sleep(0), name="no-op") for _ in range(count)]
    await asyncio.wait(tasks)
    return 1000 * (time.perf_counter() - begun)


async def _floors(mark: str) -> tuple[float, float]:
    """Median ms of SIGKILL, and of SIGSTOP, straight to the processes of equal trees."""
    kills: list[float] = []
    stops: list[float] = []
    for number in range(FLOORS):
        root, pids = await planted(f"{mark[:-1]}x", number + 1)
        begun = time.perf_counter()
        send(pids, signal.SIGSTOP)
        await stopped(pids, GONE_S)
        stops.append(1000 * (time.perf_counter() - begun))
        graves = Graves(pids)
        begun = time.perf_counter()
        send(pids, signal.SIGKILL)
        await graves.all(GONE_S)
        kills.append(1000 * (time.perf_counter() - begun))
        graves.close()
        await root.wait()
    return percentile(kills, 0.5), percentile(stops, 0.5)
