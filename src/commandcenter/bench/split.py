"""`bench split`: from the key S to eight children that stream, in worktrees of git."""

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from commandcenter.bench import repositories
from commandcenter.bench.measure import Figure, Outcome, Window, figure, percentile, specs
from commandcenter.bench.rig import Rig
from commandcenter.bench.talk import Child
from commandcenter.core.orders import Operation, Spawn

SCREEN = "commandcenter.bench.screen"
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
CHILDREN = 8
SIZES = {"small": (20, 5, 9), "large": (2_000, 10_000, 5)}
"""Repository -> files, commits, rounds."""
CLEARED_S = 60.0
NOTE = (
    "S, W (branch), 8 and the second 8 that so many children want, 150 ms after the first, on the"
    " screen offscreen; native children whose model answers at once; --threads is not used"
)


async def measure(threads: int) -> Outcome:
    """Rounds on both repositories, in each a parent of its own."""
    run = _Split()
    folder = Path(tempfile.mkdtemp(prefix="cc-split-"))
    try:
        for name, (files, commits, _) in SIZES.items():
            await repositories.make(folder / name, files, commits)
        async with Rig(flat=False) as rig, _screen(rig) as screen:
            await rig.generator.ask("load", rate=10.0, events=1_000_000, spread=0)
            for name in SIZES:
                await run.rounds(rig, screen, folder / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome("split", tuple(run.figures), tuple(run.windows), (NOTE, *run.notes))


@contextlib.asynccontextmanager
async def _screen(rig: Rig) -> AsyncIterator[Child]:
    """The real screen on the rig's engine."""
    screen = await Child.start(SCREEN, {"home": str(rig.home)}, OFFSCREEN)
    rig.meter.roots["screen"] = screen.pid
    try:
        yield screen
    finally:
        await screen.end()
        del rig.meter.roots["screen"]


class _Split:
    """One run's figures."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.windows: list[Window] = []
        self.notes: list[str] = []

    async def rounds(self, rig: Rig, screen: Child, repository: Path) -> None:
        """All of one repository, then plain git's part alone."""
        name = repository.name
        await rig.order(Operation(name, str(repository)))
        told: list[dict[str, Any]] = []
        floors: list[float] = []

        async def work() -> None:
            told.append(await _round(rig, screen, name))

        for number in range(SIZES[name][2]):
            window = (await rig.measured(f"{name} {number + 1}", work)).window
            self.windows.append(window)
            await _cleared(rig)
            floors.append(await repositories.worktrees(repository, CHILDREN))
        self._figures(name, told, floors)

    def _figures(self, name: str, told: list[dict[str, Any]], floors: list[float]) -> None:
        took = [one["painted"] - one["begun"] for one in told]
        shares = [100 * share(one["gits"], (one["begun"], one["painted"])) for one in told]
        floor = percentile(floors, 0.95)
        self._add(name, percentile(took, 0.95), floor)
        self._add(f"{name}_p50", percentile(took, 0.5), percentile(floors, 0.5))
        self._add(f"{name}_git", percentile(shares, 0.5))
        commands = [len(one["gits"]) for one in told]
        ordered = [one["painted"] - one["ordered"] for one in told]
        apart = [max(one["heard"]) - min(one["heard"]) for one in told]
        self.notes.append(
            f"{name}: {percentile(commands, 0.5):.0f} git commands a split; from the second 8"
            f" {percentile(ordered, 0.5):.2f} s (p50); the last child"
            f" {percentile(apart, 0.5):.2f} s after the first; {len(told)} rounds"
        )

    def _add(self, name: str, value: float, floor: float | None = None) -> None:
        self.figures.append(figure(name, specs("split")[name], value, floor))


async def _round(rig: Rig, screen: Child, name: str) -> dict[str, Any]:
    """A parent that streams, its split by key, the end of all. Raises TimeoutError."""
    before = set(rig.world.threads)
    await rig.order(Spawn(("work on it",), "native", "bench", "bench", name))
    await rig.until(lambda: len(rig.world.threads) > len(before))
    parent = max(rig.world.threads)
    await rig.until(lambda: bool(rig.world.threads[parent].line) and _runs(rig, parent))
    await screen.ask("known", thread=parent)
    await rig.engine.ask("gits")
    told: dict[str, Any] = await screen.ask("split", thread=parent)
    told["gits"] = await rig.engine.ask("gits")
    await rig.end(tuple(sorted(set(rig.world.threads) - before)))
    return told


def _runs(rig: Rig, thread: int) -> bool:
    head = rig.world.threads[thread]
    return head.state == "running" and bool(head.call_since)


async def _cleared(rig: Rig) -> None:
    """What follows an end, keeping and measuring the worktree, is over for all."""
    heads = rig.world.threads
    await rig.until(lambda: all(head.disk for head in heads.values()), CLEARED_S)


def share(spans: Iterable[tuple[float, float]], whole: tuple[float, float]) -> float:
    """Part of `whole` (0..1) that at least one of the spans covers."""
    at, covered = whole[0], 0.0
    for begin, end in sorted(spans):
        begin, end = max(begin, at), min(end, whole[1])
        if end > begin:
            covered += end - begin
            at = end
    return covered / (whole[1] - whole[0])
