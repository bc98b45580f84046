"""Random orders on results with crashes between: nothing is half done, each journal replays."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest

from commandcenter.core.events import OrderRefused
from commandcenter.testing.engines import Bench
from commandcenter.testing.results import PLAN, file, git, operation, replays

pytestmark = pytest.mark.slow
STEPS = 30
WORDS = ("hello", "hallo hello", "hello world\nhello", "broken")


class Played:
    """One sequence on one home."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.rng = random.Random(seed)
        self.bench: Bench

    async def begin(self) -> None:
        self.bench = await Bench.open(self.home)
        await operation(self.bench)
        text = 'spawn --op o --account sparring-chat --count 2 "do it"'
        await self.bench.order(text)
        await self.at_rest()

    async def at_rest(self) -> None:
        """Every thread with a turn ends it; sessions that open are waited for."""
        await self.bench.engine.parts.ledger.settle()
        for head in list(self.bench.engine.parts.world.threads.values()):
            with contextlib.suppress(TimeoutError):
                await self.bench.until(lambda one=head.id: self.opened(one), 5.0)  # type: ignore[misc]  # bound at definition
            if self.bench.state(head.id) == "running" and self.bench.session(head.id).turn:
                self.bench.session(head.id).end()
        await self.bench.engine.parts.ledger.settle()

    def opened(self, thread: int) -> bool:
        return self.bench.state(thread) != "starting"

    def write(self) -> None:
        """What an agent or a person might do to a worktree."""
        heads = [h for h in self.bench.engine.parts.world.threads.values() if h.workspace]
        for head in heads:
            if self.rng.random() < 0.5 and Path(head.workspace).exists():
                name = self.rng.choice(("readme.txt", f"new{self.rng.randrange(3)}.txt"))
                file(self.bench, head.id, name).write_text(self.rng.choice(WORDS) + "\n")

    def order(self) -> str:
        threads = list(self.bench.engine.parts.world.threads.values())
        head = self.rng.choice(threads)
        other = self.rng.choice(threads)
        number = self.rng.randrange(1, 6)
        t = f"#{head.id}"
        return self.rng.choice(
            (
                f"checkpoint {t}",
                f"revert {t} --to {number}",
                f"verify {t}",
                f"merge {t}",
                f"merge {t}",
                f"merge {t} --into #{other.id}",
                f"merge {t} --into #{other.id} --files readme.txt",
                f"merge {t} --into #{other.id} --mend",
                f"unmerge {t}",
                f"land {t} --as merge",
                f"land {t} --as discard",
                f'land {t} --as back "again"',
                f"unland {t}",
                "undo",
                "undo",
                "redo",
                f"kill {t} --now",
                f"pause {t}",
                f"resume {t}",
                f'reclaim {t} --name "{head.name}"',
                f'split {t} --plan "{PLAN}"' if len(threads) < 8 else f"pause {t}",
            )
        )

    async def step(self) -> None:
        self.write()
        if self.rng.random() < 0.1:
            await self.crash()
        elif self.rng.random() < 0.1:
            await self.crash_within()
        else:
            await self.bench.order(self.order(), by="player", yes=True)
        await self.at_rest()

    async def crash(self) -> None:
        await self.bench.crash()
        self.bench = await Bench.open(self.home)

    async def crash_within(self) -> None:
        """The engine is lost somewhere in the middle of an order."""
        given = asyncio.create_task(self.bench.order(self.order(), "player", True), name="given")
        await asyncio.wait((given,), timeout=self.rng.random() * 0.3)
        await self.crash()
        given.cancel()
        await asyncio.wait((given,))

    async def holds(self) -> None:
        """What must be so after each step."""
        world = self.bench.engine.parts.world
        for head in world.threads.values():
            merging = head.merging
            assert merging is None or merging.commit or merging.conflicts, head.name
            assert not head.landing
            assert not head.verifying
        assert not await git(self.bench.repo, "status", "--porcelain")

    async def end(self) -> None:
        faults = [e for e in await self.bench.events() if isinstance(e, OrderRefused)]
        assert [e.text for e in faults if e.reason["type"] == "OrderFailed"] == []
        await replays(self.bench)
        await self.bench.close()


SEEDS = [*range(2), *(pytest.param(n, marks=pytest.mark.faults) for n in range(2, 12))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_is_ordered_nothing_is_half_done(tmp_path: Path, seed: int) -> None:
    played = Played(tmp_path / "home", seed)
    await played.begin()
    for _ in range(STEPS):
        await played.step()
        await played.holds()
    await played.end()
