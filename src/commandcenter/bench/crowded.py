"""`bench latency --threads 1000` and 5000: the player's keys on a screen full of threads, while
200 of them stream."""

import asyncio
from typing import Any

from commandcenter.bench.cpu import share
from commandcenter.bench.latency import APART_S, MODULE, RATE, WARM_S, echoing
from commandcenter.bench.measure import Figure, Outcome, Window, figure, percentile, specs
from commandcenter.bench.rig import Rig
from commandcenter.bench.talk import Child

LIVE = 200
"""So many stream; the others are listed, as a long life leaves them."""
PRESSES = 60
TILES, DOTS = 112, 8
"""Px of the steps that are looked at."""
PANNED = 18
"""Px of the dots that are panned: at less all 5 000 are in view and there is nothing to pan to."""
MANY = 2_000
"""From so many threads on the map is dots."""
KINDS: dict[str, list[str]] = {
    "zoom": ["=", "-"],
    "pan": ["wheel-", "wheel-", "wheel+", "wheel+"],
    "all": ["Mod+A", "Right"],
}


async def measure(threads: int) -> Outcome:
    """Offscreen, at the step of the ladder that so many threads are looked at."""
    run = _Crowded(threads)
    async with Rig() as rig, echoing(rig.home / "echo.sock") as echo:
        await run.begin(rig)
        await run.work(rig, echo)
    return Outcome("latency", tuple(run.figures), tuple(run.windows), tuple(run.notes))


class _Crowded:
    """One run's figures."""

    def __init__(self, count: int) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self.notes: list[str] = []
        self._count = count
        self._specs = specs("crowded")

    async def begin(self, rig: Rig) -> None:
        """The live ones, then the list."""
        self._threads = await rig.spawn("bench", LIVE)
        await rig.engine.ask("list", count=self._count - LIVE)
        await rig.until(lambda: len(rig.world.threads) >= self._count)
        first, last = self._threads[0], self._threads[-1]
        await rig.generator.ask("flow", first=first, last=last, rate=RATE)

    async def work(self, rig: Rig, echo: str) -> None:
        """The order key, then what moves the whole map; each on the empty window as well."""
        env = {"QT_QPA_PLATFORM": "offscreen"}
        screen = await Child.start(MODULE, {"home": str(rig.home)}, env)
        rig.meter.roots["screen"] = screen.pid
        self._bare = bare = await Child.start(MODULE, {"echo": echo}, env)
        rig.meter.roots["bare"] = bare.pid
        try:
            known = await screen.ask("select", thread=self._threads[0])
            if known < self._count:
                raise RuntimeError(f"the screen knows {known} of {self._count} threads")
            await self._level(screen)
            await asyncio.sleep(WARM_S)
            await self._pressed(rig, screen)
            for kind in KINDS:
                await self._level(screen, kind)
                await self._struck(rig, screen, kind)
        finally:
            await screen.end()
            await bare.end()
            del rig.meter.roots["screen"], rig.meter.roots["bare"]

    async def _level(self, screen: Child, kind: str = "key") -> None:
        """The step of the ladder that a kind is measured at."""
        dots = PANNED if kind == "pan" else DOTS
        width = dots if self._count >= MANY else TILES
        seen = await screen.ask("level", width=width)
        self.notes.append(f"{kind}: {seen} of {self._count} threads in view, {width} px wide")

    async def _pressed(self, rig: Rig, screen: Child) -> None:
        """E on one thread: acknowledged and painted."""
        both: list[list[float]] = []

        async def work() -> None:
            for window in (screen, self._bare):
                both.append(_took(await window.ask("press", count=PRESSES, apart_s=APART_S)))

        await self._span(rig, "key", work)
        self._add("key", *both)

    async def _struck(self, rig: Rig, screen: Child, kind: str) -> None:
        """The screen alone: from the stroke to the paint that shows it."""
        both: list[list[float]] = []
        step = 2 if kind == "all" else 1  # what lies between only makes the next one a change
        asked = {"what": KINDS[kind], "count": PRESSES, "apart_s": APART_S}

        async def work() -> None:
            for window in (screen, self._bare):
                both.append(_took((await window.ask("strike", **asked))[::step]))

        await self._span(rig, kind, work)
        self._add(kind, *both)

    async def _span(self, rig: Rig, name: str, work: Any) -> None:
        label = f"{name}, {self._count} threads, {LIVE} x {RATE:g}/s"
        span = await rig.measured(label, work, LIVE * RATE)
        self.windows.append(span.window)
        self.notes.append(f"{name}: screen {share(span.window, 'screen'):.0f} % of a core")

    def _add(self, name: str, found: list[float], floor: list[float]) -> None:
        for part, of in (("p50", 0.5), ("p99", 0.99)):
            key = f"{name}_{part}"
            spec, lowest = self._specs[key], percentile(floor, of)
            self.figures.append(figure(key, spec, percentile(found, of), lowest))


def _took(found: list[dict[str, float]]) -> list[float]:
    return [1000 * (one["painted"] - one["due"]) for one in found]
