"""Seen marks, priority, tags, goals, notes and what is put off: what each does, and refuses."""

from pathlib import Path

import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised, GoalSet, SeenMarked
from commandcenter.core.world import Head
from commandcenter.testing.engines import Bench, refusal


def head(bench: Bench, thread: int = 1) -> Head:
    return bench.engine.parts.world.threads[thread]


async def idle(bench: Bench, thread: int = 1) -> None:
    bench.session(thread).end()
    await bench.reaches(thread, "idle")


async def refused(bench: Bench, text: str) -> str:
    return refusal(await bench.order(text, by="player"))


# --- seen ---------------------------------------------------------------------------------


async def test_seen_marks_what_there_is_and_no_more(bench: Bench) -> None:
    await bench.spawn()
    assert await refused(bench, "seen #1") == "NoChange"
    await idle(bench)
    await bench.order("seen #1", by="player")
    assert (head(bench).results_seen, head(bench).diff_seen) == (1, 0)
    assert await refused(bench, "seen #1 --to 2") == "TargetInvalid"
    await bench.order("seen #1 --diff", by="player")
    assert (head(bench).results_seen, head(bench).diff_seen) == (1, 1)
    await bench.order("seen #1 --to 0", by="player")
    assert (head(bench).results_seen, head(bench).diff_seen) == (0, 1)


async def test_undo_of_seen_restores_both_marks_of_each_thread(bench: Bench) -> None:
    for thread in await bench.spawn(2):
        await idle(bench, thread)
    await bench.order("seen #1 --diff", by="player")
    await bench.order("seen #1 --diff --to 0", by="player")
    await bench.order("seen #1,#2 --diff", by="player")
    await bench.order("undo", by="player")
    await bench.order("undo", by="player")
    assert (head(bench).results_seen, head(bench).diff_seen) == (1, 1)
    assert (head(bench, 2).results_seen, head(bench, 2).diff_seen) == (0, 0)


async def test_what_the_screen_marks_by_itself_is_recorded_and_not_in_undo(bench: Bench) -> None:
    await bench.spawn()
    await idle(bench)
    await bench.order("rename #1 other", by="player")
    await bench.order("seen #1", by="rule")
    [entry] = [one for one in await bench.entries() if isinstance(one.event, SeenMarked)]
    assert entry.stamp.by == "rule"
    await bench.order("undo", by="player")
    assert (head(bench).name, head(bench).results_seen) == ("do-it", 1)


async def test_many_are_marked_without_a_second_press(bench: Bench) -> None:
    await bench.spawn()
    await bench.spawn(21)
    for thread in bench.engine.parts.world.threads:
        await idle(bench, thread)
    given = await bench.order("seen @all", by="player")
    assert len(given.threads) == 22


# --- priority and tags --------------------------------------------------------------------


async def test_priority_moves_along_its_steps(bench: Bench) -> None:
    await bench.spawn()
    weights = []
    for way in ("up", "up", "down", "down", "down"):
        await bench.order(f"priority #1 {way}", by="player")
        weights.append(head(bench).weight)
    assert weights == [2.0, 4.0, 2.0, 1.0, 0.5]
    assert await refused(bench, "priority #1 down") == "NoChange"


def at_the_gate(bench: Bench, thread: int = 1) -> float:
    return bench.engine.parts.gate._threads.of(thread).weight


async def test_the_gate_knows_the_weight_also_after_a_restart(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    await bench.order("priority #1 up", by="player")
    assert at_the_gate(bench) == 2.0
    await bench.crash()
    bench = await Bench.open(tmp_path / "home", flat=True)
    assert at_the_gate(bench) == 2.0
    await bench.order("undo", by="player")
    assert at_the_gate(bench) == 1.0
    await bench.close()


async def test_a_tag_is_put_on_and_taken_off(bench: Bench) -> None:
    await bench.spawn()
    for word in ("web", "api", "web"):
        await bench.order(f"tag #1 {word}", by="player")
    assert head(bench).tags == ("api",)
    await bench.order("undo", by="player")
    assert head(bench).tags == ("api", "web")
    assert await refused(bench, 'tag #1 "two words"') == "TargetInvalid"


async def test_a_thread_bears_sixteen_tags(bench: Bench) -> None:
    await bench.spawn()
    for number in range(16):
        await bench.order(f"tag #1 t{number}", by="player")
    assert await refused(bench, "tag #1 more") == "TargetInvalid"
    assert not (await bench.order("tag #1 t3", by="player")).refused


# --- goals --------------------------------------------------------------------------------


async def test_a_running_thread_is_told_its_goal_with_its_next_prompt(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('goal #1 "be quick"', by="player")
    assert head(bench).goal == "be quick"
    assert [queued.note for queued in head(bench).queue] == ["Your goal now: be quick"]
    bench.session(1).end()
    await bench.until(lambda: len(bench.session(1).prompts) == 2)
    assert bench.session(1).prompts[-1] == "Your goal now: be quick"
    assert head(bench).queue == ()


async def test_an_idle_thread_sets_out_for_its_goal(bench: Bench) -> None:
    await bench.spawn()
    await idle(bench)
    await bench.order('goal #1 "be quick"', by="player")
    await bench.reaches(1, "running")
    assert bench.session(1).prompts[-1] == "Your goal now: be quick"


async def test_only_the_newest_goal_is_told(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('steer #1 "a word"', by="player")
    await bench.order('goal #1 "one"', by="player")
    await bench.order('goal #1 "two"', by="player")
    notes = [queued.note for queued in head(bench).queue]
    assert notes == ["a word", "Your goal now: two"]
    await bench.order("undo", by="player")
    notes = [queued.note for queued in head(bench).queue]
    assert notes == ["a word", "Your goal now: one"]
    await bench.order("undo", by="player")
    assert [queued.note for queued in head(bench).queue] == ["a word"]
    assert head(bench).goal == ""


async def test_undo_does_not_repeat_a_goal_that_the_agent_knows(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('goal #1 "one"', by="player")
    bench.session(1).end()
    await bench.until(lambda: len(bench.session(1).prompts) == 2)
    await bench.order('goal #1 "two"', by="player")
    await bench.order("undo", by="player")
    assert (head(bench).goal, head(bench).queue) == ("one", ())
    await bench.order('goal #1 ""', by="player")
    await bench.order("undo", by="player")
    assert (head(bench).goal, head(bench).queue) == ("one", ())


async def test_undo_tells_the_goal_before_when_the_newer_one_was_heard(bench: Bench) -> None:
    await bench.spawn()
    for number, goal in enumerate(("one", "two"), 2):
        await bench.order(f'goal #1 "{goal}"', by="player")
        bench.session(1).end()
        await bench.until(lambda n=number: len(bench.session(1).prompts) == n)  # type: ignore[misc]  # bound at definition
    await bench.order("undo", by="player")
    assert [queued.note for queued in head(bench).queue] == ["Your goal now: one"]


async def test_an_empty_goal_removes_it_and_starts_nothing(bench: Bench) -> None:
    await bench.spawn()
    await idle(bench)
    await bench.order('goal #1 "be quick"', by="player")
    await bench.reaches(1, "running")
    await idle(bench)
    await bench.order('goal #1 ""', by="player")
    assert head(bench).goal == ""
    assert bench.state(1) == "idle"
    assert len(bench.session(1).prompts) == 2
    goals = [event.goal for event in await bench.events() if isinstance(event, GoalSet)]
    assert goals == ["be quick", ""]


async def test_goals_that_cannot_be(bench: Bench) -> None:
    await bench.spawn()
    assert await refused(bench, 'goal #1 ""') == "NoChange"
    assert await refused(bench, f'goal #1 "{"x" * 2_001}"') == "TargetInvalid"
    await bench.order("kill #1 --now", by="player")
    assert await refused(bench, 'goal #1 "be quick"') == "Ended"


# --- notes on the map ---------------------------------------------------------------------


async def test_a_note_stands_until_it_is_removed(bench: Bench) -> None:
    await bench.order('flag 0,1000 "look\there"', by="player")
    await bench.order('flag 5,5 "and here"', by="player")
    flags = bench.engine.parts.world.flags
    assert [(f.id, f.x, f.y, f.note) for f in flags.values()] == [
        (1, 0, 1_000, "look here"),
        (2, 5, 5, "and here"),
    ]
    assert flags[1].since > 0
    await bench.order("unflag 1", by="player")
    assert [*flags] == [2]
    await bench.order("undo", by="player")
    assert (flags[1].x, flags[1].note) == (0, "look here")
    await bench.order("redo", by="player")
    assert [*flags] == [2]


@pytest.mark.parametrize(
    "text",
    [
        'flag 1001,5 "x"',
        'flag 5 "x"',
        'flag -1,5 "x"',
        'flag 5,5 " "',
        f'flag 5,5 "{"x" * 121}"',
        'flag 5,5 "x" --number 3',
    ],
)
async def test_notes_that_cannot_be(bench: Bench, text: str) -> None:
    assert await refused(bench, text) == "TargetInvalid"


async def test_the_same_note_twice_and_one_that_is_not(bench: Bench) -> None:
    await bench.order('flag 5,5 "x"', by="player")
    assert await refused(bench, 'flag 5,5 "x"') == "NoChange"
    assert await refused(bench, "unflag 2") == "TargetMissing"


# --- what is put off ----------------------------------------------------------------------


async def alarm(bench: Bench, name: str = "test") -> None:
    fact = Fact(AlertRaised(name, "warn", "test", "a test"), Stamp(1))
    await bench.engine.parts.ledger.commit([fact])


async def test_a_question_stands_lower_for_five_minutes(bench: Bench) -> None:
    await bench.spawn()
    bench.session(1).run("pip install x")
    await bench.reaches(1, "waiting")
    now = bench.engine.parts.clock.wall()
    await bench.order("defer case:1", by="player")
    until = bench.engine.parts.world.asks[1].deferred
    assert 300 * NS <= until - now < 310 * NS
    assert await refused(bench, "defer 1") == "NoChange"
    await bench.order("undo", by="player")
    assert bench.engine.parts.world.asks[1].deferred == 0
    assert await refused(bench, "defer 2") == "TargetMissing"


async def test_an_alert_is_put_off_in_both_ways(bench: Bench) -> None:
    await bench.spawn()
    await alarm(bench)
    alerts = bench.engine.parts.world.alerts
    now = bench.engine.parts.clock.wall()
    await bench.order("defer test", by="player")
    await bench.order("snooze test --minutes 30", by="player")
    assert alerts["test"].deferred > now
    assert 1_800 * NS <= alerts["test"].snoozed - now < 1_810 * NS
    await bench.order("undo", by="player")
    assert alerts["test"].snoozed == 0
    assert alerts["test"].deferred > now, "that was another order"
    await bench.order("snooze test", by="player")
    await bench.order("undefer test", by="player")
    assert (alerts["test"].deferred, alerts["test"].snoozed) == (0, 0)
    assert await refused(bench, "undefer test") == "NoChange"


async def test_a_longer_snooze_is_taken_back_to_the_shorter(bench: Bench) -> None:
    await bench.spawn()
    await alarm(bench)
    alerts = bench.engine.parts.world.alerts
    await bench.order("snooze test --minutes 10", by="player")
    short = alerts["test"].snoozed
    await bench.order("snooze test --minutes 60", by="player")
    await bench.order("undo", by="player")
    assert abs(alerts["test"].snoozed - short) < 60 * NS


async def test_snoozes_that_cannot_be(bench: Bench) -> None:
    assert await refused(bench, "snooze test") == "TargetMissing"
    await bench.spawn()
    await alarm(bench)
    for minutes in (0, 1_441):
        assert await refused(bench, f"snooze test --minutes {minutes}") == "TargetInvalid"


async def test_who_gave_it_is_recorded(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('goal #1 "x"', by="workflow")
    [entry] = [one for one in await bench.entries() if isinstance(one.event, GoalSet)]
    assert entry.stamp.by == "workflow"
    assert len(bench.engine.parts.world.undo) == 1, "the spawn alone"


@pytest.mark.parametrize(
    "text",
    [
        'flag 1,1 "a" --number -5',
        'flag ٣٣٣٣,1 "a"',
        'flag 1,1 " "',
        "unflag -5",
        f"defer {'9' * 5_000}",
        f"seen #1 --to {'9' * 30}",
        "seen #1 --diff-to 7",
        f"snooze x --minutes {'9' * 30}",
        f"priority #1 {'up' * 50}",
        "tag #1 --",
    ],
)
async def test_no_odd_value_gets_through(bench: Bench, text: str) -> None:
    await bench.spawn()
    try:
        said = await refused(bench, text)
    except ValueError:
        return
    assert said in ("TargetInvalid", "TargetMissing", "NoChange")
