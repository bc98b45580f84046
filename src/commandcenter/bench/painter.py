"""The window whose frames are counted, in a process of its own:
`python -m commandcenter.bench.painter '{"threads": 200}'`."""

import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from commandcenter import compose
from commandcenter.bench.crowd import crowd, moved
from commandcenter.bench.talk import serve
from commandcenter.config.resources import resource
from commandcenter.core.base import NS
from commandcenter.core.codec import Row
from commandcenter.core.orders import Given
from commandcenter.core.world import World, dump
from commandcenter.hud.keymap import parse
from commandcenter.link.base import Ack, LinkLost
from commandcenter.ui.screen import Options
from commandcenter.ui.state import Store
from commandcenter.ui.trial_paint import Empty, Frames, stage_frames
from commandcenter.ui.trial_transcript import try_transcript

SIZE = (1920, 1080)


class Config(msgspec.Struct):
    """How many threads, in how many operations."""

    threads: int = 200
    operations: int = 8


class Silent:
    """A link that hands over one snapshot and then says nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.on_snapshot: Callable[[bytes], None] = lambda data: None
        self.on_rows: Callable[[list[Row]], None] = lambda rows: None
        self.on_state: Callable[[bool], None] = lambda up: None

    async def keep(self) -> None:
        """The snapshot, once."""
        self.on_state(True)
        self.on_snapshot(dump(self._world))

    async def send(self, given: Given) -> Ack:
        """Nobody takes orders."""
        raise LinkLost("nobody takes orders here")

    async def read(self, thread: int, since: int = 0, limit: int = 500) -> list[Row]:
        """Nothing was said."""
        return []

    async def query(self, name: str, **args: Any) -> Any:
        """Nobody answers."""
        raise LinkLost("nobody answers here")

    def watch(self, threads: frozenset[int]) -> None:
        """Nothing is said."""

    def resync(self, seq: int) -> None:
        """There is no engine."""

    async def close(self) -> None:
        """Nothing to hang up."""


class Painter:
    """Answers the bench."""

    def __init__(self, frames: Frames, empty: Empty, config: Config) -> None:
        self._frames = frames
        self._empty = empty
        self._config = config
        self._seq = 2
        self._number = 0

    async def answer(self, asked: dict[str, Any]) -> Any:
        """step, frames, tiles, transcript, floor, patch. Raises ValueError on anything else."""
        do = asked["do"]
        if do == "step":
            return self._frames.step(asked["width"])
        if do == "frames":
            return [self._frame(asked["share"]) for _ in range(asked["count"])]
        if do == "tiles":
            return self._frames.tiles(asked["count"])
        if do == "transcript":
            return _transcript(asked["size"])
        if do == "floor":
            return [self._empty.frame(time.thread_time_ns) for _ in range(asked["count"])]
        if do == "patch":
            return [self._empty.patch(time.thread_time_ns) for _ in range(asked["count"])]
        raise ValueError(f"unknown request {do!r}")

    def _frame(self, share: float) -> tuple[float, float, int]:
        """One frame in which that share of what is in view moves."""
        self._number += 1
        seen = self._frames.in_view()
        every = max(round(1 / share), 1)
        some = seen[self._number % every :: every]
        rows = moved(some, self._number, self._seq, time.time_ns())
        self._seq += len(rows)
        frame = self._frames.frame(rows)
        return frame.shown, frame.painted, len(some)


def _transcript(size: int) -> dict[str, list[float]]:
    trial = try_transcript(size, time.monotonic)
    opened, appended = (
        [1000 * one for one in found] for found in (trial.opened_s, trial.appended_s)
    )
    return {"opened": opened, "appended": appended, "memory": [float(trial.memory)]}


def main(config: Config) -> None:
    """Until standard input ends."""
    wall = time.time_ns() // NS * NS
    shipped = parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))
    options = Options(compose.SystemClock(), compose.SystemIds(), shipped, Store(None), size=SIZE)

    async def play(frames: Frames, empty: Empty) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await serve(Painter(frames, empty, config).answer)

    world = crowd(config.threads, config.operations, wall)
    stage_frames(lambda: Silent(world), options, time.thread_time_ns, play)


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Config))
