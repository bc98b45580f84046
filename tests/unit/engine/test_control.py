"""Orders through the one door, on a real journal, gate and git; the agent is a puppet."""

from pathlib import Path

import pytest

from commandcenter.core.base import OrderId
from commandcenter.core.events import Answered, OrderDone, StateChanged
from commandcenter.core.orders import Given, Pause
from commandcenter.core.states import MOVES
from commandcenter.testing.engines import Bench, refusal


async def test_spawn_makes_a_worktree_and_gives_the_brief(in_git: Bench) -> None:
    [thread] = await in_git.spawn()
    head = in_git.engine.parts.world.threads[thread]
    assert (Path(head.workspace) / "readme.txt").read_text() == "hello\n"
    assert head.branch.startswith("cc/1-")
    assert in_git.session(thread).prompts == ["do it"]
    names = await in_git.names(thread)
    assert (
        names.index("SessionStarting") < names.index("SessionOpened") < names.index("TurnStarted")
    )


async def test_pause_rests_when_the_step_ends_and_resume_goes_on(bench: Bench) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.rests.clear()
    await bench.order("pause #1")
    assert bench.state(thread) == "pausing"
    session.rests.set()
    await bench.reaches(thread, "paused")
    assert bench.engine.parts.gate.view().held == {"player": 1}
    assert refusal(await bench.order("pause #1")) == "NoChange"
    await bench.order("resume #1")
    assert bench.state(thread) == "running"
    assert bench.engine.parts.gate.view().held == {}


async def test_freeze_then_pause_is_refused_and_resume_thaws(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("freeze #1")
    assert bench.state(thread) == "frozen"
    assert refusal(await bench.order("pause #1")) == "Frozen"
    await bench.order("resume #1")
    assert bench.state(thread) == "running"
    assert bench.session(thread).calls == ["stop freeze", "go"]


async def test_interrupt_ends_the_turn_and_keeps_the_session(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("interrupt #1")
    await bench.reaches(thread, "idle")
    assert refusal(await bench.order("interrupt #1")) == "TargetInvalid"
    await bench.order('steer #1 "again"')
    await bench.reaches(thread, "running")
    assert bench.session(thread).prompts == ["do it", "again"]


async def test_kill_burns_a_fuse_that_undo_puts_out(in_git: Bench) -> None:
    [thread] = await in_git.spawn()
    await in_git.order("kill #1", by="player")
    assert in_git.state(thread) == "dying"
    assert refusal(await in_git.order("pause #1")) == "Ending"
    await in_git.order("undo")
    assert in_git.state(thread) == "running"
    await in_git.order("kill #1", by="player")
    await in_git.reaches(thread, "ended")
    head = in_git.engine.parts.world.threads[thread]
    assert (head.outcome, Path(head.workspace).is_dir()) == ("killed", True)
    assert refusal(await in_git.order("kill #1")) == "Ended"
    assert in_git.session(thread).calls[-1] == "kill"


async def test_revive_opens_a_new_thread_in_the_old_workspace(in_git: Bench) -> None:
    [thread] = await in_git.spawn()
    assert refusal(await in_git.order("revive #1")) == "NotEnded"
    await in_git.order("kill #1 --now")
    await in_git.reaches(thread, "ended")
    await in_git.order("revive #1")
    await in_git.until(lambda: 2 in in_git.engine.parts.world.threads)
    await in_git.reaches(2, "running")
    world = in_git.engine.parts.world
    assert world.threads[2].workspace == world.threads[1].workspace
    assert world.threads[2].parent == 1


async def test_steer_waits_for_the_end_of_the_turn(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order('steer #1 "use the public API"', by="player")
    assert [q.note for q in bench.engine.parts.world.threads[thread].queue] == [
        "use the public API"
    ]
    await bench.order("undo")
    assert bench.engine.parts.world.threads[thread].queue == ()
    await bench.order("redo")
    bench.session(thread).end()
    await bench.until(lambda: len(bench.session(thread).prompts) == 2)
    assert bench.session(thread).prompts[1] == "use the public API"


async def test_steer_now_makes_room(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order('steer #1 "now" --now')
    await bench.until(lambda: bench.session(thread).prompts == ["do it", "now"])


async def test_ask_waits_for_the_player_and_is_answered_once(bench: Bench) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.run("git push origin main")
    await bench.reaches(thread, "waiting")
    [ask] = bench.engine.parts.world.asks.values()
    assert ask.level == "R3"
    assert refusal(await bench.order(f"approve {ask.id}")) == "NeedsDanger"
    await bench.order(f"approve {ask.id} --danger --fast", by="cli")
    [answered] = [e for e in await bench.entries(thread) if isinstance(e.event, Answered)]
    assert (answered.stamp.by, answered.event) == ("cli", Answered(ask.id, "allow", "", True))
    assert session.answers["k1"].option == "allow"
    assert bench.state(thread) == "running"
    assert refusal(await bench.order(f"approve {ask.id} --danger")) == "AlreadyAnswered"


async def test_floor_is_denied_and_the_list_allowed_without_asking(bench: Bench) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.run("git push --force", "k1")
    session.run("git status --short", "k2")
    await bench.until(lambda: len(session.answers) == 2)
    assert (session.answers["k1"].option, session.answers["k2"].option) == ("deny", "allow")
    assert not bench.engine.parts.world.asks


async def test_deny_with_a_word_and_a_changed_case(bench: Bench) -> None:
    [thread] = await bench.spawn()
    session = bench.session(thread)
    session.run("pip install x")
    await bench.reaches(thread, "waiting")
    [ask] = bench.engine.parts.world.asks.values()
    stale = await bench.order(f"deny {ask.id} --digest {'0' * 64}")
    assert refusal(stale) == "ChangedSinceAsked"
    await bench.order(f'deny {ask.id} "not on main"')
    assert (session.answers["k1"].option, session.answers["k1"].text) == ("deny", "not on main")


async def test_nothing_is_asked_while_paused(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("pause #1")
    await bench.reaches(thread, "paused")
    bench.session(thread).question("which port?")
    assert not bench.engine.parts.world.asks
    await bench.order("resume #1")
    await bench.until(lambda: bool(bench.engine.parts.world.asks))
    [ask] = bench.engine.parts.world.asks.values()
    await bench.order(f'approve {ask.id} "8080"')
    answer = bench.session(thread).answers["q1"]
    assert (answer.option, answer.text) == ("answer", "8080")


async def test_finish_ends_the_thread_and_an_error_parks_it(bench: Bench) -> None:
    one, two = await bench.spawn(2)
    bench.session(one).end("end", "finish")
    bench.session(two).end("error", error="provider is down")
    await bench.reaches(one, "ended")
    await bench.reaches(two, "idle")
    world = bench.engine.parts.world
    assert world.threads[one].outcome == "done"
    assert world.threads[two].parked
    await bench.until(lambda: f"turn:{two}" in world.alerts)
    await bench.order(f"resume #{two}")
    await bench.reaches(two, "running")
    await bench.until(lambda: bool(world.alerts[f"turn:{two}"].cleared))


async def test_bell_stops_all_and_new_ones_and_resumes_only_those(bench: Bench) -> None:
    one, two = await bench.spawn(2)
    await bench.order(f"pause #{one}")
    await bench.order("pause-all")
    assert bench.state(two) == "paused"
    assert refusal(await bench.order("pause-all")) == "NoChange"
    await bench.order(f'spawn --repo {bench.repo} --account sparring-chat "late"')
    await bench.reaches(3, "paused")
    await bench.order("resume-all")
    await bench.reaches(two, "running")
    await bench.reaches(3, "running")
    assert bench.state(one) == "paused"


async def test_large_orders_want_the_second_press_but_urgent_ones_never(bench: Bench) -> None:
    await bench.spawn(21)
    assert refusal(await bench.order('rename @all "x"')) == "TooMany"
    ack = await bench.order('rename @all "x"', yes=True)
    assert len(ack.threads) == 21
    assert len((await bench.order("pause @all")).threads) == 21


async def test_a_repeated_id_is_answered_with_the_first_answer(bench: Bench) -> None:
    await bench.spawn()
    given = Given(OrderId("f" * 32), Pause("#1"), "player")
    first = await bench.engine.submit(given)
    assert await bench.engine.submit(given) == first
    await bench.engine.carried_out(given.id)
    done = [e for e in await bench.events() if isinstance(e, OrderDone) and e.id == given.id]
    assert len(done) == 1


async def test_an_id_of_before_a_restart_is_known(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "again")
    [_] = await bench.spawn()
    given = Given(OrderId("e" * 32), Pause("#1"), "player")
    first = await bench.engine.submit(given)
    await bench.engine.carried_out(given.id)
    await bench.close()
    bench = await Bench.open(tmp_path / "again")
    again = await bench.engine.submit(given)
    assert (again.seq, again.refused) == (first.seq, ())
    await bench.close()


async def test_groups_names_limits_are_undone(bench: Bench) -> None:
    await bench.spawn(2)
    world = bench.engine.parts.world
    await bench.order("group #1,#2 --set 3", by="player")
    assert world.threads[1].groups == (3,)
    await bench.order('rename #1 "fix-parser"', by="player")
    await bench.order("budget #1 --usd 1.50 --tokens 20000", by="player")
    assert str(world.threads[1].limit.usd) == "1.50"
    for _ in range(3):
        await bench.order("undo", by="player")
    assert 3 not in world.groups
    assert not world.threads[1].groups
    assert world.threads[1].name == "do-it"
    assert world.threads[1].limit.usd is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pause #9", "TargetMissing"),
        ("pause @op:nowhere", "TargetMissing"),
        ("pause @sel", "TargetInvalid"),
        ('spawn --repo /nowhere --account none "x"', "AccountMissing"),
        ('spawn --repo /nowhere --agent codex "x"', "AgentMissing"),
        ('spawn --op none "x"', "TargetMissing"),
        ("budget @op:none --usd 1", "TargetMissing"),
        ("open-account none", "AccountMissing"),
        ("resume-all", "NoChange"),
        ("undo", "NothingToUndo"),
        ("approve 7", "AlreadyAnswered"),
    ],
)
async def test_refusals_name_their_reason(bench: Bench, text: str, reason: str) -> None:
    ack = await bench.order(text)
    assert refusal(ack) == reason
    assert "OrderRefused" in await bench.names()


async def test_an_unusable_repository_is_refused_with_its_remedy(
    in_git: Bench, tmp_path: Path
) -> None:
    ack = await in_git.order(f'spawn --repo {tmp_path} --account sparring-chat "x"')
    assert refusal(ack) == "RepositoryUnusable"
    assert "git init" in ack.refused[0].mend


async def test_states_move_only_along_the_table(bench: Bench) -> None:
    [thread] = await bench.spawn()
    for text in ("freeze #1", "resume #1", "pause #1", "freeze #1", "kill #1"):
        await bench.order(text)
    for state in ("frozen", "paused", "running"):  # each where it came from
        await bench.order("resume #1")
        assert bench.state(thread) == state
    bench.session(thread).end("end", "finish")
    await bench.reaches(thread, "ended")
    moves = [e for e in await bench.events(thread) if isinstance(e, StateChanged)]
    assert all(m.new in MOVES[m.old] for m in moves if m.new != m.old)
