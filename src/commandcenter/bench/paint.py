"""`bench paint`: what one frame costs in CPU, beside the repaint of an empty window."""

from typing import Any

from commandcenter.bench.cpu import Meter
from commandcenter.bench.measure import Figure, Outcome, Window, figure, percentile, specs
from commandcenter.bench.talk import Child

MODULE = "commandcenter.bench.painter"
FRAMES = 200
WARM = 20
TILES = 2_000
TRANSCRIPT = 10_000_000
"""Characters."""
SMALL, L2 = 0, 96
"""The automatic step at which all are in view, and the smallest tile with a name and a line."""


async def measure(threads: int) -> Outcome:
    """Offscreen: pixels in memory, as measured.md has them."""
    env = {"QT_QPA_PLATFORM": "offscreen"}
    child = await Child.start(MODULE, {"threads": threads}, env)
    run = _Paint(child)
    try:
        await run.frames("all", SMALL, 1.0)
        await run.frames("all_l2", L2, 1.0)
        await run.frames("tenth", SMALL, 0.1)
        await run.frames("tenth_l2", L2, 0.1)
        await run.tiles()
        await run.transcript()
    finally:
        await child.end()
    return Outcome("paint", tuple(run.figures), tuple(run.windows), tuple(run.notes))


class _Paint:
    """One run's figures."""

    def __init__(self, child: Child) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self.notes: list[str] = []
        self._child = child
        self._meter = Meter({"screen": child.pid})
        self._specs = specs("paint")

    async def frames(self, name: str, width: int, share: float) -> None:
        """Frames with that share of the tiles in view dirty, at a step of the ladder."""
        child = self._child
        seen = await child.ask("step", width=width)
        await child.ask("frames", share=share, count=WARM)
        self._meter.begin()
        found: list[Any] = await child.ask("frames", share=share, count=FRAMES)
        floor: list[float] = await child.ask("floor", count=FRAMES)
        self.windows.append(self._meter.end(name))
        wholes = [shown + painted for shown, painted, _ in found]
        for part, of in (("p50", 0.5), ("p99", 0.99)):
            self._add(f"{name}_{part}", percentile(wholes, of), percentile(floor, of))
        shown = percentile([one[0] for one in found], 0.5)
        painted = percentile([one[1] for one in found], 0.5)
        self.notes.append(
            f"{name}: {found[0][2]} of {seen} in view move; p50 {shown:.2f} ms folded and shown, "
            f"{painted:.2f} ms painted"
        )

    async def tiles(self) -> None:
        """One tile at L2, caches warm."""
        self._meter.begin()
        found: list[float] = await self._child.ask("tiles", count=TILES)
        floor: list[float] = await self._child.ask("patch", count=TILES)
        self.windows.append(self._meter.end("tile"))
        for part, of in (("p50", 0.5), ("p99", 0.99)):
            self._add(f"tile_{part}", percentile(found, of), percentile(floor, of))

    async def transcript(self) -> None:
        """A transcript of 10 MB opened, and grown while it is open; wall, not CPU."""
        self._meter.begin()
        found: dict[str, list[float]] = await self._child.ask("transcript", size=TRANSCRIPT)
        floor: list[float] = await self._child.ask("floor", count=FRAMES)
        self.windows.append(self._meter.end("transcript"))
        self._add("open_worst", max(found["opened"]), max(floor))
        self._add("append_p50", percentile(found["appended"], 0.5), percentile(floor, 0.5))
        self._add("append_p99", percentile(found["appended"], 0.99), percentile(floor, 0.99))
        self._add("view_mb", found["memory"][0] / 1e6, None)

    def _add(self, name: str, value: float, floor: float | None) -> None:
        self.figures.append(figure(name, self._specs[name], value, floor))
