"""Orders that meet a thread in the middle of something, or each other."""

import asyncio
from pathlib import Path

import pytest

from commandcenter.core import notation
from commandcenter.core.base import AgentFailed, OrderId
from commandcenter.core.events import (
    Answered,
    SessionClosed,
    SessionOpened,
    StateChanged,
    TurnEnded,
    TurnStarted,
)
from commandcenter.core.orders import Given
from commandcenter.drivers.base import RESUME_PROMPT
from commandcenter.engine import runner
from commandcenter.testing.engines import Bench, refusal


async def newborn(bench: Bench) -> int:
    """A thread whose session does not open before `ready` is set."""
    bench.driver.ready.clear()
    await bench.order(f'spawn --repo {bench.repo} --account sparring-chat "do it"')
    await bench.until(lambda: bool(bench.driver.blocked))
    return 1


async def give(bench: Bench, text: str) -> Given:
    """An order that is not waited for."""
    given = Given(OrderId(bench.engine.parts.ids.fresh()), notation.parse(text), "test")
    await bench.engine.submit(given)
    return given


@pytest.mark.parametrize(("stop", "state"), [("pause", "paused"), ("freeze", "frozen")])
async def test_what_stops_while_it_starts_stands_when_it_is_open(
    bench: Bench, stop: str, state: str
) -> None:
    thread = await newborn(bench)
    await bench.order(f"{stop} #1")
    assert bench.state(thread) == state
    bench.driver.ready.set()
    await bench.until(lambda: thread in bench.driver.sessions)
    await bench.until(lambda: bool(bench.session(thread).calls))
    assert (bench.state(thread), bench.session(thread).prompts) == (state, [])
    await bench.order("resume #1")
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["do it"]


async def test_resumed_while_it_starts_opens_one_session(bench: Bench) -> None:
    thread = await newborn(bench)
    for text in ("pause #1", "resume #1", "freeze #1", "resume #1"):
        await bench.order(text)
    assert bench.state(thread) == "starting"
    bench.driver.ready.set()
    await bench.reaches(thread, "running")
    assert (len(bench.driver.opened), bench.session(thread).prompts) == (1, ["do it"])


async def test_a_kill_while_it_starts_is_undone_or_leaves_nothing(bench: Bench) -> None:
    thread = await newborn(bench)
    await bench.order("kill #1", by="player")
    await bench.order("undo", by="player")
    assert bench.state(thread) == "starting"
    await bench.order("kill #1 --now")
    assert bench.state(thread) == "ended"
    bench.driver.ready.set()
    await bench.until(lambda: bool(bench.driver.made) and not bench.driver.made[0].alive)
    assert "SessionOpened" not in await bench.names(thread)


async def test_a_kill_that_cut_the_answer_goes_on_by_prompt(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("kill #1", by="player")
    bench.session(thread).end("cancelled", "kill")
    await bench.order("undo", by="player")
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["do it", RESUME_PROMPT]


async def test_kill_now_ends_a_burning_fuse_once(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("kill #1")
    await asyncio.gather(*(bench.order("kill #1 --now") for _ in range(3)))
    await bench.reaches(thread, "ended")
    moves = [e.new for e in await bench.events(thread) if isinstance(e, StateChanged)]
    assert moves.count("ended") == 1
    assert (await bench.names(thread)).count("SessionClosed") == 1


@pytest.mark.parametrize(("stop", "state"), [("pause", "paused"), ("freeze", "frozen")])
async def test_what_is_stopped_stays_so_when_its_turn_is_interrupted(
    bench: Bench, stop: str, state: str
) -> None:
    [thread] = await bench.spawn()
    await bench.order(f"{stop} #1")
    await bench.order('steer #1 "later"')
    await bench.order("interrupt #1")
    assert (bench.state(thread), bench.engine.runner(thread).in_turn) == (state, False)
    await bench.order("resume #1")
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["do it", "later"]


async def test_a_pause_that_waits_for_its_step_survives_an_interrupt(bench: Bench) -> None:
    [thread] = await bench.spawn()
    bench.session(thread).rests.clear()
    await bench.order("pause #1")
    assert bench.state(thread) == "pausing"
    await bench.order("interrupt #1")
    assert bench.state(thread) == "paused"
    bench.session(thread).rests.set()
    assert bench.engine.parts.gate.view().held == {"player": 1}


async def test_a_freeze_overtakes_a_resume(bench: Bench) -> None:
    """The gate never opens in between, whichever session call comes back first."""
    [thread] = await bench.spawn()
    await bench.order("freeze #1")
    await give(bench, "resume #1")
    await bench.order("freeze #1")
    await bench.until(lambda: not bench.engine.parts.world.given)
    last = bench.session(thread).level
    assert (bench.state(thread) == "frozen") == (last == "freeze")
    assert bench.engine.parts.gate.view().held == ({"player": 1} if last else {})


async def test_an_open_question_waits_while_its_thread_stands(bench: Bench) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.question("which port?")
    await bench.reaches(thread, "waiting")
    for stop, why in (("pause #1", "Paused"), ("freeze #1", "Frozen"), ("kill #1", "Ending")):
        await bench.order(stop)
        assert refusal(await bench.order('approve 1 "8080"')) == why
        ack = await bench.order("deny 1")
        assert refusal(ack) == why
        assert "E " in ack.refused[0].mend
    await bench.order("resume #1")
    for state in ("paused", "waiting"):
        await bench.order("resume #1")
        assert bench.state(thread) == state
    await bench.order('deny 1 "no port"')
    assert session.answers["q1"].text == "no port"


async def test_a_question_is_closed_with_its_turn_and_asked_anew_after_a_crash(
    bench: Bench, tmp_path: Path
) -> None:
    [thread] = await bench.spawn()
    bench.session(thread).run("pip install x")
    await bench.reaches(thread, "waiting")
    await bench.crash()
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.reaches(thread, "running")
    assert refusal(await bench.order("approve 1")) == "ChangedSinceAsked"
    bench.session(thread).run("pip install x", "again")
    await bench.reaches(thread, "waiting")
    await bench.order("approve 1 --danger")
    assert bench.session(thread).answers["again"].option == "allow"
    bench.session(thread).run("pip install y", "other")
    await bench.reaches(thread, "waiting")
    bench.session(thread).end()
    await bench.reaches(thread, "idle")
    answered = [e for e in await bench.events(thread) if isinstance(e, Answered)]
    assert answered == [Answered(1, "allow"), Answered(2, "cancelled")]
    await bench.close()


async def test_an_idle_thread_without_a_goal_met_takes_words_a_finished_one_ends(
    bench: Bench, tmp_path: Path
) -> None:
    one, two = await bench.spawn(2)
    await bench.order(f'steer #{one} "and then this"')
    for thread in (one, two):
        bench.session(thread).end("end", "finish")
    await bench.reaches(two, "ended")
    await bench.reaches(one, "running")
    assert bench.session(one).prompts == ["do it", "and then this"]


async def test_a_goal_met_as_the_engine_fell_is_still_met(bench: Bench, tmp_path: Path) -> None:
    [thread] = await bench.spawn()
    await bench.order("freeze #1")
    bench.session(thread).end("end", "finish")
    await bench.crash()
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.reaches(thread, "paused")
    await bench.order("resume #1")
    await bench.reaches(thread, "ended")
    assert bench.engine.parts.world.threads[thread].outcome == "done"
    await bench.close()


async def test_a_turn_ends_once_and_an_old_session_is_not_heard(bench: Bench, quick: None) -> None:
    [thread] = await bench.spawn()
    old = bench.session(thread)
    old.end("crashed", error="it fell")
    await bench.until(lambda: len(bench.driver.made) == 2)
    await bench.reaches(thread, "running")
    old.say("from the grave")
    old.sink.emit(TurnEnded("end"), 2)
    old.run("git status")
    assert bench.session(thread).prompts == [""]
    bench.session(thread).end()
    await bench.reaches(thread, "idle")
    events = await bench.events(thread)
    ends = [e.stop for e in events if isinstance(e, TurnEnded)]
    assert ends == ["crashed", "end"]
    assert len([e for e in events if isinstance(e, TurnStarted)]) == 2
    assert "TextAdded" not in await bench.names(thread)


async def sessions(bench: Bench, made: int) -> None:
    """Wait for the next one."""
    await bench.until(lambda: len(bench.driver.made) == made)


async def test_three_tries_then_the_player_decides(bench: Bench, quick: None) -> None:
    [thread] = await bench.spawn()
    for made in (2, 3, 4):
        bench.session(thread).end("crashed", error="it fell")
        await sessions(bench, made)
        await bench.reaches(thread, "running")
    bench.session(thread).end("crashed", error="it fell")
    await bench.until(lambda: bench.engine.parts.world.threads[thread].parked)
    head = bench.engine.parts.world.threads[thread]
    assert (head.parked, head.why, len(bench.driver.made)) == (True, "it fell", 4)
    assert refusal(await bench.order("pause #1")) == "NoChange"
    await bench.order('steer #1 "try another way"')
    await bench.order("resume #1")
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == [""]
    bench.session(thread).end()
    await bench.until(lambda: bench.session(thread).prompts == ["", "try another way"])


async def test_a_pause_between_two_tries_holds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RETRY_S", (30.0, 0.01, 0.01))
    [thread] = await bench.spawn()
    bench.driver.fails = [AgentFailed("crashed", "not yet")] * 2
    bench.session(thread).end("crashed", error="it fell")
    await bench.reaches(thread, "crashed")
    await bench.order("freeze #1")
    assert bench.state(thread) == "paused"
    await bench.order("resume #1")
    await bench.reaches(thread, "running")
    opened = [e for e in await bench.events(thread) if isinstance(e, SessionOpened | SessionClosed)]
    kinds = [type(e).__name__[7:] for e in opened]
    assert kinds == ["Opened", "Closed", "Closed", "Closed", "Opened"]


async def test_what_no_try_mends_is_parked_at_once(bench: Bench) -> None:
    bench.driver.fails = [AgentFailed("missing", "it is not installed")]
    await bench.order(f'spawn --repo {bench.repo} --account sparring-chat "do it"')
    await bench.reaches(1, "crashed")
    assert bench.engine.parts.world.threads[1].parked
    await bench.until(lambda: "state:1" in bench.engine.parts.world.alerts)
