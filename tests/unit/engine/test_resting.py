"""Sessions of foreign agents: put away, woken, taken by hand, broken off at a limit; pictures."""

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.events import RouteSeen, SessionOpened, TakenOver, TextAdded
from commandcenter.drivers.base import RESUME_PROMPT
from commandcenter.engine import resting
from commandcenter.engine.clockwork import PROCS_TICKS, Clockwork
from commandcenter.engine.resting import past_limit, room_came, sleepers
from commandcenter.hosts.lease import holder
from commandcenter.testing.engines import Bench, refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


async def idle(bench: Bench) -> int:
    """A thread of a foreign agent whose first turn is over."""
    [thread] = await bench.spawn(1, "--agent puppet")
    bench.session(thread).end()
    await bench.reaches(thread, "idle")
    return thread


async def test_a_session_opens_with_all_it_said(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet --profile clean")
    [opened] = [e for e in await bench.events(thread) if isinstance(e, SessionOpened)]
    assert (opened.agent, opened.driver, opened.profile) == ("puppet", "claude", "clean")
    assert opened.caps["by_hand"] == "yes"
    head = bench.engine.parts.world.threads[thread]
    assert (head.agent_session, head.agent_version) == (f"session-{thread}", "puppet")
    launch = bench.session(thread).start.launch
    assert launch is not None
    assert launch.env["HOME"].startswith(launch.home)
    assert launch.gate_secret.startswith("cct_")
    assert Path(launch.home).stat().st_mode & 0o777 == 0o700


async def test_put_away_and_woken_it_is_resumed(bench: Bench) -> None:
    thread = await idle(bench)
    await bench.order(f"hibernate #{thread}")
    assert bench.state(thread) == "hibernated"
    assert not bench.session(thread).alive
    await bench.order(f"wake #{thread}")
    await bench.reaches(thread, "idle")
    resume = bench.session(thread).start.resume
    assert resume is not None
    assert resume.session == f"session-{thread}"
    assert bench.session(thread).prompts == []


async def test_words_wake_a_session_that_was_put_away(bench: Bench) -> None:
    thread = await idle(bench)
    await bench.order(f"hibernate #{thread}")
    await bench.order(f'steer #{thread} "and now this"')
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["and now this"]


async def test_what_works_or_asks_is_not_put_away(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet")
    assert refusal(await bench.order(f"hibernate #{thread}")) == "TargetInvalid"
    thread = await idle(bench)
    await bench.order(f"hibernate #{thread}")
    assert refusal(await bench.order(f"pause #{thread}")) == "TargetInvalid"
    assert refusal(await bench.order(f"hibernate #{thread}")) == "NoChange"


async def test_a_restart_leaves_it_put_away(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    thread = await idle(bench)
    await bench.order(f"hibernate #{thread}")
    await bench.crash()
    bench = await Bench.open(tmp_path / "home")
    assert bench.state(thread) == "hibernated"
    assert bench.driver.opened == []
    await bench.order(f"wake #{thread}")
    await bench.reaches(thread, "idle")
    await bench.close()


async def test_idle_sessions_sleep_by_age_and_by_number(bench: Bench) -> None:
    first, second = await idle(bench), await idle(bench)
    engine = bench.engine
    now = engine.parts.clock.wall()
    assert sleepers(engine, now) == []
    late = now + int(601 * NS)
    assert [runner.thread for runner in sleepers(engine, late)] == [first, second]
    engine.watched = frozenset({first})
    assert [runner.thread for runner in sleepers(engine, late)] == [second]
    engine.watched = frozenset()
    engine.parts.settings = msgspec.structs.replace(engine.parts.settings, live_foreign=1)
    assert [runner.thread for runner in sleepers(engine, now)] == [first]


async def test_taken_by_hand_and_given_back(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet --profile clean")
    await bench.order(f"take #{thread}")
    head = bench.engine.parts.world.threads[thread]
    [taken] = [e for e in await bench.events(thread) if isinstance(e, TakenOver)]
    assert head.by_hand == taken.line
    assert f"cd {head.workspace} && HOME=" in taken.line
    assert taken.line.endswith(f"puppet --resume session-{thread}")
    for text in (f'steer #{thread} "x"', f"pause #{thread}", f"wake #{thread}"):
        assert refusal(await bench.order(text)) == "Taken"
    await bench.order(f'rename #{thread} "mine"')
    await bench.order(f"give-back #{thread}")
    await bench.reaches(thread, "idle")
    assert bench.engine.parts.world.threads[thread].by_hand == ""
    assert bench.session(thread).prompts == []


async def test_given_back_only_once_nobody_holds_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await idle(bench)
    await bench.order(f"take #{thread}")
    monkeypatch.setattr(resting, "holding", lambda session: 4711)
    await bench.order(f"give-back #{thread}")
    assert bench.engine.parts.world.threads[thread].by_hand
    assert "OrderRefused" in await bench.names()


async def test_our_own_loop_cannot_be_taken_and_takes_no_picture(
    bench: Bench, tmp_path: Path
) -> None:
    [thread] = await bench.spawn()
    assert refusal(await bench.order(f"take #{thread}")) == "DriverLacks"
    assert refusal(await bench.order(f"compact #{thread}")) == "DriverLacks"
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    ack = await bench.order(f'steer #{thread} "look" --image {picture}')
    assert refusal(ack) == "DriverLacks"


async def test_a_picture_goes_with_the_words(bench: Bench, tmp_path: Path) -> None:
    thread = await idle(bench)
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    await bench.order(f'steer #{thread} "look" --image {picture}')
    await bench.until(lambda: bench.session(thread).prompts[-1:] == ["look"])
    [image] = bench.session(thread).images[-1]
    assert Path(image.path).read_bytes() == PNG
    assert (image.mime, Path(image.path).parent.name) == ("image/png", "media")
    picture.write_bytes(b"MZ no picture")
    ack = await bench.order(f'steer #{thread} "look" --image {picture}')
    assert refusal(ack) == "TargetInvalid"


async def test_a_wait_that_is_too_long_is_broken_off_and_goes_on_by_itself(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet")
    engine = bench.engine
    runner = engine.runner(thread)
    await resting.hold_limit(runner)
    await bench.reaches(thread, "paused")
    head = engine.parts.world.threads[thread]
    assert head.rung == 4
    assert room_came(engine) == [runner]
    await bench.until(lambda: bench.state(thread) == "running")
    assert bench.session(thread).prompts[-1] == RESUME_PROMPT


async def test_what_the_player_paused_stays_so_at_the_limit(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet")
    await bench.order(f"pause #{thread}")
    await resting.hold_limit(bench.engine.runner(thread))
    await bench.until(lambda: bench.engine.parts.world.threads[thread].rung == 4)
    assert room_came(bench.engine) == []
    await bench.order(f"resume #{thread}")
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts[-1] == RESUME_PROMPT


async def test_an_agent_that_stands_it_is_frozen_at_its_limit(bench: Bench) -> None:
    agents = bench.engine.parts.agents
    stands = {"freeze_at_limit": True, "ask_limit_s": 60.0}
    agents["puppet"] = msgspec.structs.replace(agents["puppet"], **stands)
    [thread] = await bench.spawn(1, "--agent puppet")
    await bench.order(f"pause #{thread}")
    engine, runner = bench.engine, bench.engine.runner(thread)
    now = engine.parts.clock.wall()
    assert past_limit(engine, now + 59 * NS) == []
    assert past_limit(engine, now + 62 * NS) == [runner]
    await resting.hold_limit(runner)
    await bench.until(lambda: engine.parts.world.threads[thread].rung == 3)
    assert (bench.state(thread), bench.session(thread).level) == ("paused", "freeze")
    assert past_limit(engine, now + 999 * NS) == []
    await bench.order(f"resume #{thread}")
    await bench.reaches(thread, "running")
    assert (bench.session(thread).level, len(bench.session(thread).prompts)) == (None, 1)


async def test_an_agent_that_speaks_past_the_gate_is_seen(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet")
    session = bench.session(thread)
    session.sink.emit(TextAdded(1, "said elsewhere"), session.turn)
    session.end()
    await bench.until(lambda: bench.engine.parts.world.threads[thread].routed == "no")
    assert [e.routed for e in await bench.events(thread) if isinstance(e, RouteSeen)] == [False]
    assert not bench.engine.parts.world.threads[thread].metered


async def test_a_crashed_agent_is_told_to_go_on(bench: Bench) -> None:
    [thread] = await bench.spawn(1, "--agent puppet")
    bench.session(thread).end("crashed", error="gone")
    await bench.until(lambda: len(bench.driver.opened) == 2)
    await bench.reaches(thread, "running")
    await asyncio.sleep(0)
    assert bench.session(thread).prompts == [RESUME_PROMPT]


async def test_words_are_not_lost_with_a_session_that_died_unseen(
    bench: Bench, tmp_path: Path
) -> None:
    thread = await idle(bench)
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    bench.session(thread).fails["prompt"] = AgentFailed("crashed", "it had ended")
    await bench.order(f'steer #{thread} "look" --image {picture}')
    await bench.until(lambda: len(bench.driver.opened) == 2)
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["look"]
    assert len(bench.session(thread).images[0]) == 1


async def test_a_login_passes_only_once_it_was_let(bench: Bench) -> None:
    engine = bench.engine
    account = engine.parts.accounts["claude-plan"]
    assert account.auth == "login"
    text = f'spawn --repo {bench.repo} --agent claude --account claude-plan "x"'
    assert refusal(await bench.order(text)) == "LoginNotAllowed"
    assert refusal(await bench.order("allow-login claude", by="rule")) == "NotAuthorised"
    await bench.order("allow-login claude")
    assert engine.parts.world.logins == ("claude",)
    assert refusal(await bench.order("allow-login claude")) == "NoChange"
    text = f'spawn --repo {bench.repo} --account claude-plan "x"'
    assert refusal(await bench.order(text)) == "TargetInvalid"


async def test_the_lease_names_the_processes_that_were_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    [thread] = await bench.spawn(1)
    me = (os.getpid(), 7)
    monkeypatch.setattr(bench.session(thread), "pids", lambda: (me,))
    clockwork = Clockwork(bench.engine)
    for _ in range(PROCS_TICKS):
        clockwork.tick()
    found = holder(bench.engine.parts.folders.data / "threads" / str(thread))
    assert found is not None
    assert (found.epoch, found.pids) == (1, (me,))
