"""Deltas for the bench driver: every thread has its turn, the records arrive as sent."""

import asyncio
import secrets
from pathlib import Path

import pytest

from commandcenter.bench.driver import KIND, BenchDriver
from commandcenter.bench.source import RECORD, TEXTS, Flow, Source, rounds
from commandcenter.bench.trees import TREE
from commandcenter.core.events import Event, TextAdded, TurnEnded
from commandcenter.drivers.base import Asking, SessionStart
from commandcenter.hosts.local import LocalHost


class Heard:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.events: list[tuple[Event, int]] = []

    def emit(self, event: Event, turn: int) -> None:
        self.events.append((event, turn))

    async def record(self, event: Event, turn: int) -> None:
        self.events.append((event, turn))

    def ask(self, asking: Asking, turn: int) -> None:
        raise AssertionError("nothing is asked")


@pytest.mark.parametrize("rate", [10.0, 50.0, 400.0, 4_000.0])
def test_a_period_has_every_thread_once(rate: float) -> None:
    made = rounds(Flow(3, 102, rate))
    threads = [thread for tick in made for thread, _ in RECORD.iter_unpack(tick)]
    assert sorted(threads) == list(range(3, 103))
    assert max(len(tick) for tick in made) - min(len(tick) for tick in made) <= RECORD.size * 2


async def test_what_the_source_writes_the_sessions_say(tmp_path: Path) -> None:
    host = LocalHost(secrets.token_hex(8))
    driver = BenchDriver(host)
    await driver.listen(tmp_path / "bench.sock")
    sinks = {thread: Heard() for thread in (1, 2)}
    sessions = {}
    for thread, sink in sinks.items():
        start = SessionStart(thread, 1, str(tmp_path), "bench", "chat")
        sessions[thread] = await driver.open(start, sink)
        await sessions[thread].prompt(7, "work")
    source = Source()
    await source.connect(str(tmp_path / "bench.sock"))
    await sessions[2].stop("step")
    await source.flow(Flow(1, 3, 1_000.0))
    async with asyncio.timeout(5):
        while len(sinks[1].events) < 20:
            await asyncio.sleep(0.005)
    await source.stop()
    await source.close()
    assert sinks[2].events == []
    assert all(
        isinstance(event, TextAdded) and event.delta in TEXTS and turn == 7
        for event, turn in sinks[1].events
    )
    assert source.written >= 60
    await driver.close()
    await host.close()


async def test_a_session_ends_its_turn_when_interrupted(tmp_path: Path) -> None:
    host = LocalHost(secrets.token_hex(8))
    sink = Heard()
    driver = BenchDriver(host)
    session = await driver.open(SessionStart(4, 2, str(tmp_path), "bench", "chat"), sink)
    await session.prompt(1, "work")
    assert (await session.stop("step")).rung == 1
    assert await session.at_rest() == 1
    await session.go()
    session.say(0)
    await session.interrupt("player")
    await session.interrupt("player")
    session.say(0)
    kinds = [type(event) for event, _ in sink.events]
    assert kinds == [TextAdded, TurnEnded]
    assert session.ref.driver == KIND
    assert session.pids() == ()
    await driver.close()
    await host.close()


async def test_a_brief_with_a_tree_starts_one_that_the_host_ends(tmp_path: Path) -> None:
    host = LocalHost(secrets.token_hex(8))
    driver = BenchDriver(host)
    session = await driver.open(SessionStart(5, 1, str(tmp_path), "bench", "chat"), Heard())
    await session.prompt(1, f"{TREE} 0")
    assert len(session.pids()) == 1
    assert (await session.stop("freeze")).rung == 3
    await session.go()
    assert (await session.kill()).survivors == ()
    report = await host.kill_tree(5, 0)
    assert report.killed
    assert report.survivors == ()
    await driver.close()
    await host.close()
