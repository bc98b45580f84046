"""`bench latency`: from a key that is due to the order acknowledged and painted, while 200
threads stream."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from commandcenter.bench.cpu import share
from commandcenter.bench.load import LIMIT
from commandcenter.bench.measure import (
    Figure,
    Outcome,
    Window,
    capacity,
    figure,
    percentile,
    specs,
)
from commandcenter.bench.rig import Rig
from commandcenter.bench.talk import Child

RATE = 50.0
"""Deltas a second and thread at the stated load."""
FULL_RATE = 2_000.0
PRESSES = 100
FLOOR_PRESSES = 40
APART_S = 0.05
WARM_S = 2.0
STEP_S = 2.0
XVFB_S = 10.0
MODULE = "commandcenter.bench.screen"


class Times(msgspec.Struct, frozen=True):
    """ms from due to acknowledged and to painted, of each press."""

    acked: list[float]
    painted: list[float]


async def measure(threads: int) -> Outcome:
    """Offscreen at three loads, then on a real X server when there is one.

    For more threads than can stream at once `bench.run` takes `bench.crowded`.
    """
    run = _Latency(threads)
    async with Rig() as rig, echoing(rig.home / "echo.sock") as echo:
        await run.begin(rig, echo)
        await run.offscreen()
        await run.on_x()
    return Outcome("latency", tuple(run.figures), tuple(run.windows), tuple(run.notes))


class _Latency:
    """One run's figures."""

    def __init__(self, count: int) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self.notes: list[str] = []
        self._count = count
        self._specs = specs("latency")

    async def begin(self, rig: Rig, echo: str) -> None:
        """Threads that stream at the stated load."""
        self._rig, self._echo = rig, echo
        self._threads = await rig.spawn("bench", self._count)
        self._half = await self._half_rate()

    async def offscreen(self) -> None:
        """The screen on Qt's own platform."""
        env = {"QT_QPA_PLATFORM": "offscreen"}
        async with self._screens(env) as (screen, bare):
            await self._pressed("stated", screen, bare, RATE)
            await self._pressed("half", screen, bare, self._half)
            with _one_core(self._rig.engine.pid, screen.pid):
                await self._pressed("one_core", screen, bare, RATE)

    async def on_x(self) -> None:
        """The screen in a window of an X server."""
        async with displaying() as display:
            if not display:
                self.notes.append("no X server: neither Xvfb nor DISPLAY")
                return
            env = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
            async with self._screens(env) as (screen, bare):
                await self._pressed("x11", screen, bare, RATE)

    @contextlib.asynccontextmanager
    async def _screens(self, env: dict[str, str]) -> AsyncIterator[tuple[Child, Child]]:
        """The real screen and the empty window."""
        rig = self._rig
        screen = await Child.start(MODULE, {"home": str(rig.home)}, env)
        rig.meter.roots["screen"] = screen.pid
        bare = await Child.start(MODULE, {"echo": self._echo}, env)
        rig.meter.roots["bare"] = bare.pid
        try:
            known = await screen.ask("select", thread=self._threads[0])
            if known < self._count:
                raise RuntimeError(f"the screen knows {known} of {self._count} threads")
            yield screen, bare
        finally:
            await screen.end()
            await bare.end()
            del rig.meter.roots["screen"], rig.meter.roots["bare"]

    async def _pressed(self, name: str, screen: Child, bare: Child, rate: float) -> None:
        """100 presses at this load, then the floor's under the same load."""
        await self._flow(rate)
        await asyncio.sleep(WARM_S)
        found: list[Times] = []

        async def work() -> None:
            found.append(await _press(screen, PRESSES))
            found.append(await _press(bare, FLOOR_PRESSES))

        label = f"{name} {self._count} x {rate:g}/s"
        span = await self._rig.measured(label, work, self._count * rate)
        self.windows.append(span.window)
        ours, floor = found
        for part, share_of in (("p50", 0.5), ("p99", 0.99)):
            value = percentile(ours.painted, share_of)
            self._add(f"{name}_{part}", value, percentile(floor.painted, share_of))
        acked = percentile(ours.acked, 0.99)
        self._add(f"{name}_acked_p99", acked, percentile(floor.acked, 0.99))
        self._add(f"{name}_engine", share(span.window))

    async def _half_rate(self) -> float:
        """Half of the load at which the engine needs 70 % of a core, per thread."""
        steps = []
        for rate in (RATE, FULL_RATE):
            await self._flow(rate)
            span = await self._rig.measured("capacity", _step, self._count * rate)
            steps.append((rate, share(span.window)))
        half = capacity(steps, LIMIT) / 2
        self.notes.append(
            f"capacity {2 * half * self._count:.0f} deltas/s by "
            + ", ".join(f"{rate:g}/s each {used:.0f} %" for rate, used in steps)
        )
        return round(half, 0)

    async def _flow(self, rate: float) -> None:
        first, last = self._threads[0], self._threads[-1]
        await self._rig.generator.ask("flow", first=first, last=last, rate=rate)

    def _add(self, name: str, value: float, floor: float | None = None) -> None:
        self.figures.append(figure(name, self._specs[name], value, floor))


async def _step() -> None:
    await asyncio.sleep(STEP_S)


async def _press(child: Child, count: int) -> Times:
    presses: Sequence[dict[str, Any]] = await child.ask("press", count=count, apart_s=APART_S)
    acked = [1000 * (press["acked"] - press["due"]) for press in presses]
    painted = [1000 * (press["painted"] - press["due"]) for press in presses]
    return Times(acked, painted)


@contextlib.contextmanager
def _one_core(*pids: int) -> Iterator[None]:
    """All OS threads of these processes on the first core; all cores again afterwards."""
    cores = os.sched_getaffinity(0)
    try:
        _pin(pids, {min(cores)})
        yield
    finally:
        _pin(pids, cores)


def _pin(pids: Sequence[int], cores: set[int]) -> None:
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), cores)


@contextlib.asynccontextmanager
async def echoing(path: Path) -> AsyncIterator[str]:
    """A socket that sends every line back."""

    async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_unix_server(back, path=str(path))
    try:
        yield str(path)
    finally:
        server.close()


@contextlib.asynccontextmanager
async def displaying() -> AsyncIterator[str]:
    """An X display: an Xvfb of our own, else the one there is; empty = none."""
    program = shutil.which("Xvfb")
    if program is None:
        yield os.environ.get("DISPLAY", "")
        return
    reading, writing = os.pipe()
    argv = ["-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        program, *argv, pass_fds=(writing,), stdout=quiet, stderr=quiet
    )
    os.close(writing)
    try:
        async with asyncio.timeout(XVFB_S):
            number = await asyncio.to_thread(os.read, reading, 32)
        yield f":{number.decode().strip()}"
    finally:
        os.close(reading)
        process.terminate()
        await process.wait()
