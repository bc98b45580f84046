"""Random splits, forks, kills, calls, crashes: no budget is made or lost, each journal replays."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.config.accounts import Account
from commandcenter.core.world import Head
from commandcenter.engine.carving import heir_of
from commandcenter.engine.engine import Engine
from commandcenter.gate.base import CallCut, GateRefused
from commandcenter.testing.engines import Bench
from commandcenter.testing.gate import request
from commandcenter.testing.results import replays
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

ROOT = 200_000
STEPS = 30
PLAN = "[[task]]\ntitle = 'a'\nshare = 3\n[[task]]\ntitle = 'b'\n"


class Played:
    """One sequence on one home."""

    def __init__(self, home: Path, url: str, seed: int) -> None:
        self.home = home
        self.url = url
        self.rng = random.Random(seed)
        self.bench: Bench

    def prepare(self, engine: Engine) -> None:
        account = Account("a", "chat", self.url, model="sparring-small", practice=True)
        engine.parts.accounts["a"] = account

    async def open(self) -> None:
        self.bench = await Bench.open(self.home, prepare=self.prepare, flat=True)

    def heads(self) -> list[Head]:
        return list(self.bench.engine.parts.world.threads.values())

    async def step(self) -> None:
        """One order, call or crash."""
        living = [head for head in self.heads() if head.state != "ended"]
        if not living:
            return
        target = f"#{self.rng.choice(living).id}"
        match self.rng.choice(("split", "branch", "fork", "kill", "call", "call", "undo", "crash")):
            case "split":
                await self.bench.order(f'split {target} --plan "{PLAN}"', by="player", yes=True)
            case "branch":
                await self.bench.order(f"split {target} --kind branch --into 3", by="player")
            case "fork":
                await self.bench.order(f"fork {target}", by="player")
            case "kill" if len(living) > 1:
                await self.bench.order(f"kill {target} --now", by="player")
            case "call":
                calls = [self.call(head.id) for head in living]
                if self.rng.random() < 0.3:
                    calls += [self.give(f"fork {target}"), self.give(f"kill {target}")]
                await asyncio.gather(*calls)
            case "undo":
                await self.bench.order("undo", by="player")
            case "crash" if self.rng.random() < 0.3:
                await self.bench.crash()
                await self.open()
            case _:
                await self.bench.order(f"resume {target}", by="player")

    async def give(self, text: str) -> None:
        """Whether it is refused or not."""
        await self.bench.order(text, by="player")

    async def call(self, thread: int) -> None:
        """A call of a thread that runs."""
        if self.bench.state(thread) != "running":
            return
        epoch = self.bench.head(thread).epoch
        answer = self.bench.engine.parts.gate.call(thread, epoch, request("x" * 400, 200))
        with contextlib.suppress(GateRefused, CallCut, TimeoutError):  # or its limit holds it
            async with asyncio.timeout(1), contextlib.aclosing(answer) as pieces:  # type: ignore[type-var]  # a generator
                async for _ in pieces:
                    pass

    async def settled(self) -> None:
        """Everything that began is over."""
        parts = self.bench.engine.parts
        await self.bench.until(lambda: all(h.state != "starting" for h in self.heads()))
        await self.bench.until(lambda: not parts.world.calls)
        await self.bench.until(lambda: not any(map(self.owed, self.heads())))
        await parts.ledger.settle()

    def owed(self, head: Head) -> bool:
        world = self.bench.engine.parts.world
        return head.state == "ended" and head.carved is not None and heir_of(world, head) != 0

    async def check(self) -> None:
        """Nothing made or lost; the gate knows what World knows; the journal says the same."""
        heads, parts = self.heads(), self.bench.engine.parts
        assert sum(head.limit.tokens or 0 for head in heads) == ROOT
        for head in heads:
            assert (head.limit.tokens or 0) >= 0
            if head.state != "ended":
                free = max(0, (head.limit.tokens or 0) - head.tokens.total)
                assert parts.gate.free(head.id).tokens == free
        await replays(self.bench)


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async with ScriptedUpstream(ChatAnswer(words=20, input=300)) as upstream:
        yield upstream.url


SEEDS = [*range(3), *(pytest.param(n, marks=pytest.mark.faults) for n in range(3, 24))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_budget_is_made_or_lost(tmp_path: Path, url: str, seed: int) -> None:
    played = Played(tmp_path / "home", url, seed)
    await played.open()
    await played.bench.spawn(1, f"--account a --tokens {ROOT}")
    await played.bench.until(lambda: played.bench.head(1).turn == 1)
    for _ in range(STEPS):
        await played.step()
        await played.settled()
        await played.check()
    await played.bench.close()
