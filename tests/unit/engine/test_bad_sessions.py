"""Drivers that hang, raise or flood: their thread bears it, loudly, and no other."""

import asyncio
from typing import NamedTuple

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.codec import Fact
from commandcenter.core.events import (
    Event,
    HeadMoved,
    SessionClosed,
    TextAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    TurnEnded,
)
from commandcenter.drivers.base import RESUME_PROMPT
from commandcenter.engine.headline import HeadLine
from commandcenter.engine.joiner import RUNS, WATCHED_S, Joiner
from commandcenter.engine.tasks import Tasks
from commandcenter.testing.clock import FakeClock
from commandcenter.testing.engines import Bench


async def test_within_tells_what_a_driver_did_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tasks = Tasks()

    async def gives(value: object) -> object:
        if isinstance(value, Exception):
            raise value
        return value

    assert await tasks.within(1, gives(3), "x 1") == 3
    with pytest.raises(AgentFailed, match=r"timeout: x 1: no answer within 0\.01 s"):
        await tasks.within(0.01, asyncio.Event().wait(), "x 1")
    with pytest.raises(AgentFailed, match="auth"):
        await tasks.within(1, gives(AgentFailed("auth")), "x 1")
    assert not caplog.records
    with pytest.raises(AgentFailed, match="crashed: x 1: KeyError"):
        await tasks.within(1, gives(KeyError("y")), "x 1")
    assert "KeyError" in caplog.text
    assert not tasks.running()


class Case(NamedTuple):
    """A method, orders that need it, and what comes of them."""

    method: str
    orders: tuple[str, ...]
    state: str
    prompts: list[str]
    turns_ended: int


CASES = (
    Case("stop", ("pause #1",), "paused", ["do it"], 0),
    Case("stop", ("freeze #1", "resume #1"), "running", [RESUME_PROMPT], 1),
    Case("go", ("freeze #1", "resume #1"), "running", [RESUME_PROMPT], 1),
    Case("interrupt", ("interrupt #1", 'steer #1 "next"'), "running", ["next"], 1),
    Case("set_model", ("model #1 --to sparring-large",), "running", ["do it"], 0),
    Case("kill", ("kill #1 --now",), "ended", ["do it"], 1),
)


@pytest.mark.parametrize("hangs", [True, False])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.orders[0][:6]}")
async def test_a_method_that_does_not_come_back_is_one_rung_down(
    bench: Bench, quick: None, case: Case, hangs: bool
) -> None:
    one, two = await bench.spawn(2)
    session = bench.session(one)
    if hangs:
        session.hangs.add(case.method)
    else:
        session.fails[case.method] = KeyError("a fault of the driver")
    for text in case.orders:
        await bench.order(text)
    await bench.reaches(one, case.state)
    assert bench.session(one).prompts == case.prompts
    ends = [e for e in await bench.events(one) if isinstance(e, TurnEnded)]
    assert len(ends) == case.turns_ended
    assert (bench.state(two), bench.session(two).calls) == ("running", [])


@pytest.mark.parametrize("method", ["prompt", "answer"])
async def test_a_session_that_takes_nothing_is_opened_anew(
    bench: Bench, quick: None, method: str
) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.hangs.add(method)
    if method == "prompt":
        session.end()
        await bench.reaches(thread, "idle")
        await bench.order('steer #1 "go on"')
    else:
        session.run("git status --short")
    await bench.until(lambda: len(bench.driver.made) == 2)
    await bench.reaches(thread, "running")
    closed = [e for e in await bench.events(thread) if isinstance(e, SessionClosed)]
    assert [e.why for e in closed] == ["crashed"]
    assert not session.alive


async def test_a_driver_that_raises_at_opening_is_tried_again(
    bench: Bench, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    bench.driver.fails = [KeyError("a fault of the driver")]
    [thread] = await bench.spawn()
    assert bench.session(thread).prompts == ["do it"]
    assert "a fault of the driver" in caplog.text


async def test_a_fault_in_a_task_of_a_thread_parks_it_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await bench.spawn(2)

    async def breaks() -> None:
        raise KeyError("a fault of ours")

    runner = bench.engine.runner(one)
    monkeypatch.setattr(runner, "begin", breaks)
    bench.session(one).end()
    await bench.reaches(one, "crashed")
    head = bench.engine.parts.world.threads[one]
    assert head.parked
    assert "a fault of ours" in head.why
    assert not bench.session(one).alive
    assert bench.state(two) == "running"


async def test_a_tool_of_a_lost_session_may_have_happened(bench: Bench, quick: None) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    started = ToolStarted("c1", "run", "run", "make", "{}", "e" * 32)
    await session.sink.record(started, session.turn)
    session.end("crashed", error="it fell")
    await bench.until(lambda: len(bench.driver.made) == 2)
    ended = [e for e in await bench.events(thread) if isinstance(e, ToolEnded)]
    assert [(e.effect, e.status) for e in ended] == [("e" * 32, "unknown")]
    assert not bench.engine.parts.world.tools


async def test_a_flood_costs_few_entries_and_no_other_thread_waits(bench: Bench) -> None:
    one, two = await bench.spawn(2)
    loud, quiet = bench.session(one), bench.session(two)
    bench.engine.runner(one).watch(True)
    quiet.run("pip install x")
    await bench.reaches(two, "waiting")
    before = bench.engine.parts.world.seq
    for n in range(10_000):
        stream: object = ("out", "err")[n % 2]
        event = ToolOutputAdded("c1", stream, f"{n} ")  # type: ignore[arg-type]  # one of the two
        loud.sink.emit(event, loud.turn)
    await bench.order("approve 1 --danger")
    assert quiet.answers["k1"].option == "allow"
    await asyncio.sleep(WATCHED_S * 1.5)
    events = await bench.events(one)
    said = [e for e in events if isinstance(e, ToolOutputAdded)]
    assert len(said) <= RUNS + 2
    assert sum(len(e.delta.split()) for e in said) == 10_000, "not a word is lost"
    rest = [e for e in await bench.entries() if e.seq > before and not e.event.bulk]
    assert len(rest) < 40


async def test_neighbours_are_joined_and_the_order_of_the_rest_is_kept() -> None:
    posted: list[Fact] = []
    joiner = Joiner(posted.extend)
    joiner.watched = True
    deltas: list[TextAdded | ToolOutputAdded] = [
        TextAdded(1, "a"),
        TextAdded(1, "b"),
        ToolOutputAdded("c", "out", "1"),
        ToolOutputAdded("c", "err", "2"),
        TextAdded(2, "c"),
        TextAdded(2, "d"),
    ]
    for one in deltas:
        joiner.add(one, Fact(one).stamp)
    await asyncio.sleep(WATCHED_S * 1.5)
    assert [fact.event for fact in posted] == [
        TextAdded(1, "ab"),
        ToolOutputAdded("c", "out", "1"),
        ToolOutputAdded("c", "err", "2"),
        TextAdded(2, "cd"),
    ]


async def test_a_huge_delta_does_not_grow_without_end() -> None:
    posted: list[Fact] = []
    joiner = Joiner(posted.extend)
    for _ in range(100):
        joiner.add(TextAdded(1, "x" * (100 << 10)), Fact(TextAdded(1, "")).stamp)
    assert posted, "more than 8 MiB do not wait for the window"
    posted += joiner.take()
    texts = [
        event.delta for event in (fact.event for fact in posted) if isinstance(event, TextAdded)
    ]
    assert max(map(len, texts)) < (256 + 100) << 10
    assert sum(map(len, texts)) == 100 * (100 << 10)


async def test_the_line_of_a_tile_moves_at_most_twice_a_second() -> None:
    clock, sent = FakeClock(), list[Event]()
    line = HeadLine(sent.append, clock)
    for n in range(200):
        line.note(f"word {n}\n", counts=True)
        clock.step(0.01)
        await asyncio.sleep(0)
    assert 1 <= len(sent) <= 4
    line.flush()
    moved = [one for one in sent if isinstance(one, HeadMoved)]
    assert moved[-1].line == "word 199"
    assert sum(one.tokens for one in moved) == sum(len(f"word {n}\n") for n in range(200)) // 4
    line.flush()
    assert len(sent) == len(moved), "a thread that says nothing moves nothing"


async def test_a_line_that_is_too_long_begins_with_a_mark() -> None:
    clock, sent = FakeClock(), list[Event]()
    line = HeadLine(sent.append, clock)
    line.note("x" * 500 + " its end", counts=True)
    line.flush()
    (moved,) = sent
    assert isinstance(moved, HeadMoved)
    assert (len(moved.line), moved.line[:2]) == (200, "…x")
    assert moved.line.endswith(" its end")
