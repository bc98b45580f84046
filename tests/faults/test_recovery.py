"""What a restart makes of threads that were lost in an awkward moment; real journal, real git."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from commandcenter.core.conversation import Message
from commandcenter.core.events import HistoryAdded, ToolStarted
from commandcenter.engine.opening import UNKNOWN
from commandcenter.testing.engines import Bench
from commandcenter.testing.playing import Home

TOLD = HistoryAdded((Message("user", "do it"),))


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Path]:
    """A home; what the lost engines had started is ended with the test."""
    yield tmp_path
    await Home(tmp_path).close()


async def lost(bench: Bench, home: Path) -> Bench:
    """The engine is lost, and another one takes up."""
    await bench.crash()
    return await Bench.open(home)


async def opened(bench: Bench, state: str) -> None:
    """Its session is open, and the thread in that state."""
    await bench.until(lambda: 1 in bench.driver.sessions)
    await bench.reaches(1, state)


async def in_a_turn(home: Path) -> Bench:
    """A thread that has heard its brief and works."""
    bench = await Bench.open(home)
    await bench.spawn()
    session = bench.session(1)
    session.sink.emit(TOLD, session.turn)
    return bench


async def test_a_turn_goes_on_however_often_the_engine_is_lost(place: Path) -> None:
    bench = await in_a_turn(place)
    for _ in range(3):
        bench = await lost(bench, place)
        assert bench.driver.opened == [], "lost again before its session is open"
        assert bench.engine.parts.world.threads[1].broken
    await opened(bench, "running")
    assert bench.session(1).prompts == [""]
    bench.session(1).end()
    await bench.reaches(1, "idle")
    assert bench.session(1).prompts == [""], "and is not told to go on once more"
    await bench.close()


async def test_who_was_paused_in_a_turn_goes_on_when_it_is_resumed(place: Path) -> None:
    bench = await in_a_turn(place)
    await bench.order("pause #1")
    await bench.reaches(1, "paused")
    for _ in range(2):
        bench = await lost(bench, place)
        await opened(bench, "paused")
        assert bench.engine.parts.world.threads[1].why == "paused by you"
        assert bench.session(1).prompts == []
    await bench.order("resume #1")
    await bench.reaches(1, "running")
    assert len(bench.session(1).prompts) == 1
    await bench.close()


async def test_what_may_have_happened_waits_for_the_player(place: Path) -> None:
    bench = await in_a_turn(place)
    started = ToolStarted("c1", "run", "run", "run make", "{}", "effect-1")
    await bench.session(1).sink.record(started, 1)
    for _ in range(2):
        bench = await lost(bench, place)
        await opened(bench, "paused")
        head = bench.engine.parts.world.threads[1]
        assert (head.why, head.parked) == (UNKNOWN, True)
        assert bench.session(1).prompts == []
    alert = bench.engine.parts.world.alerts["recovered"]
    assert "may have happened in: do-it" in alert.line
    await bench.order("resume #1")
    await bench.reaches(1, "running")
    await bench.close()


async def test_an_idle_thread_is_left_alone(place: Path) -> None:
    bench = await in_a_turn(place)
    bench.session(1).end()
    await bench.reaches(1, "idle")
    bench = await lost(bench, place)
    await opened(bench, "idle")
    assert bench.session(1).prompts == []
    await bench.close()


async def test_one_session_is_opened_whatever_is_ordered_meanwhile(place: Path) -> None:
    bench = await Bench.open(place)
    await bench.order(f'spawn --repo {bench.repo} --account sparring-chat "do it"')
    for text in ("freeze #1", "resume #1", "freeze #1"):
        assert len(bench.driver.opened) == 0
        await bench.order(text)
    assert bench.state(1) == "frozen"
    await bench.until(lambda: len(bench.driver.opened) == 1)
    assert bench.state(1) == "frozen"
    await bench.order("resume #1")
    await bench.reaches(1, "running")
    assert len(bench.driver.opened) == 1
    assert bench.session(1).prompts == ["do it"]
    await bench.close()
