"""What was acknowledged before counts, also while it is still carried out."""

import asyncio
from pathlib import Path

from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.orders import Given
from commandcenter.testing.engines import Bench


async def test_a_spawn_right_behind_its_operation(bench: Bench) -> None:
    texts = (
        f"operation demo --repo {bench.repo}",
        'spawn --op demo --account sparring-chat "do it"',
    )
    given = [
        Given(OrderId(f"{number:032x}"), notation.parse(text), "test")
        for number, text in enumerate(texts)
    ]
    first = await bench.engine.submit(given[0])
    second = await bench.engine.submit(given[1])
    assert not first.refused
    assert not second.refused, second.refused


async def test_an_idle_thread_that_only_the_player_can_mend_stays_so(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    [thread] = await bench.spawn()
    bench.session(thread).end("error", error="the model gave up")
    await bench.until(lambda: bench.engine.parts.world.threads[thread].parked)
    for _ in range(2):
        bench = await lost_and_found(bench, thread)
    await bench.close()


async def lost_and_found(bench: Bench, thread: int) -> Bench:
    """The next engine, in which the thread rests as before."""
    home = bench.engine.parts.folders.data
    await bench.crash()
    found = await Bench.open(home)
    await found.until(lambda: thread in found.driver.sessions)
    await found.reaches(thread, "idle")
    await asyncio.sleep(0.05)
    assert found.engine.parts.world.threads[thread].parked
    assert found.session(thread).prompts == []
    return found
