"""Loops and rally on a real engine; the agent is a puppet."""

from decimal import Decimal
from pathlib import Path

import pytest

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled, Cost, LoopSet, RouteSeen
from commandcenter.engine import ahead
from commandcenter.engine.resting import storm
from commandcenter.testing.engines import Bench, refusal


def texts(bench: Bench) -> list[str]:
    """What waits at thread 1."""
    return [queued.text for queued in bench.head().orders]


def looping(bench: Bench) -> tuple[int, int]:
    """Rounds begun, and how many of the last ones changed nothing."""
    loop = bench.head().loop
    return (loop.rounds, loop.same) if loop is not None else (0, 0)


async def loop_over(bench: Bench) -> str:
    """Wait for the loop's end; why."""
    await bench.until(lambda: bench.head().loop is None)
    return [e.why for e in await bench.events(1) if isinstance(e, LoopSet)][-1]


def paid(usd: str) -> CallSettled:
    """A call of the thread was answered."""
    cost = Cost(Decimal(usd), "practice")
    usage = Usage(1, output=1)
    return CallSettled("c" * 32, "complete", 200, usage, cost, "sparring-chat", "m")


async def test_a_loop_without_an_end_is_refused(bench: Bench) -> None:
    await bench.spawn()
    assert refusal(await bench.order("loop #1")) == "NoStopCondition"
    assert refusal(await bench.order("loop #1 --until soon")) == "TargetInvalid"
    assert refusal(await bench.order("loop #1 --until off")) == "NoChange"


async def test_a_loop_begins_its_rounds_and_ends(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 2", by="player")
    await bench.order('steer #1 "behind" --queued', by="player")
    await bench.ended()
    assert (await bench.prompted(2)).startswith("Round 1 of 2: ")
    assert bench.session(1).prompts[-1].endswith("\n\ndo it")
    await bench.ended(cause="finish")
    assert (await bench.prompted(3)).startswith("Round 2 of 2: ")
    assert texts(bench) == ["steer @self behind"]
    await bench.ended()
    assert await bench.prompted(4) == "behind"
    assert await loop_over(bench) == "2 rounds done"
    await bench.until(lambda: "loop:1" in bench.engine.parts.world.alerts)
    assert bench.engine.parts.world.alerts["loop:1"].severity == "info"


async def test_a_queued_loop_begins_in_its_turn(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 1 --queued")
    await bench.order('steer #1 "behind" --queued')
    await bench.ended()
    assert (await bench.prompted(2)).startswith("Round 1 of 1: ")
    await bench.ended()
    assert await bench.prompted(3) == "behind"


async def test_words_of_the_player_come_between_the_rounds(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 2")
    await bench.order('steer #1 "now" --now', by="player")
    assert await bench.prompted(2) == "now"
    assert bench.head().loop is not None
    await bench.ended()
    assert (await bench.prompted(3)).startswith("Round 1 of 2: ")


async def test_a_storm_ends_a_loop(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 2")
    await storm(bench.engine.runner(1))
    assert "again and again" in await loop_over(bench)


async def test_an_idle_thread_begins_its_first_round_at_once(bench: Bench) -> None:
    await bench.spawn()
    await bench.ended()
    await bench.order("loop #1 --until 1")
    assert (await bench.prompted(2)).startswith("Round 1 of 1: ")
    await bench.ended()
    assert await loop_over(bench) == "1 round done"
    await bench.reaches(1, "idle")


async def test_a_pause_holds_a_loop_and_an_interrupt_ends_it(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 9")
    await bench.order("pause #1")
    await bench.ended()
    await bench.reaches(1, "paused")
    assert bench.head().loop is not None
    await bench.order("resume #1")
    await bench.prompted(2)
    assert not (await bench.order("interrupt #1", by="player")).refused
    assert await loop_over(bench) == "interrupted"
    await bench.reaches(1, "idle")
    assert len(bench.session(1).prompts) == 2
    assert "loop:1" not in bench.engine.parts.world.alerts, "the player knows"


async def test_a_failure_ends_a_loop(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 9")
    bench.session(1).end("error", error="no such model")
    assert await loop_over(bench) == "its turn failed: no such model"


async def test_money_and_time_end_a_loop(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until $1.00")
    await bench.engine.parts.ledger.commit([Fact(paid("1.25"), Stamp(1, 1, 1))])
    await bench.ended()
    assert await loop_over(bench) == "it has spent $1.25 of $1.00"
    await bench.reaches(1, "idle")
    await bench.order("loop #1 --until 1s")
    await bench.prompted(2)
    loop = bench.head().loop
    assert loop is not None
    await bench.until(lambda: bench.engine.parts.clock.wall() > loop.until)
    await bench.ended()
    assert await loop_over(bench) == "its time is over"


async def test_the_last_call_counts_before_another_round_begins(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until $1.00")
    bench.engine.parts.ledger.post([Fact(paid("1.25"), Stamp(1, 1, 1))])
    bench.session(1).end()
    assert await loop_over(bench) == "it has spent $1.25 of $1.00"
    assert len(bench.session(1).prompts) == 1


async def test_money_ends_no_loop_of_what_passes_the_gate_by(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until $1.00")
    gone_by = RouteSeen(False)
    await bench.engine.parts.ledger.commit([Fact(gone_by, Stamp(1, 1, 1))])
    await bench.ended()
    assert "$" in await loop_over(bench)
    assert refusal(await bench.order("loop #1 --until $1.00")) == "TargetInvalid"


async def test_rounds_in_which_nothing_happens_end_a_loop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "EMPTY_S", 60.0)
    await bench.spawn()
    await bench.order("loop #1 --until 30m")
    for count in range(2, 2 + ahead.EMPTY):
        await bench.ended()
        await bench.prompted(count)
    await bench.ended()
    assert await loop_over(bench) == "10 rounds in a row were over at once, without a model call"


async def test_rounds_that_change_no_file_end_a_loop(in_git: Bench) -> None:
    await in_git.spawn()
    await in_git.order("loop #1 --until stale:2")
    await in_git.ended()
    await in_git.prompted(2)
    where = Path(in_git.head().workspace)
    (where / "new.txt").write_text("x")
    await in_git.ended()
    await in_git.prompted(3)
    await in_git.ended()
    await in_git.prompted(4)
    await in_git.until(lambda: looping(in_git) == (3, 1))
    await in_git.ended()
    assert await loop_over(in_git) == "2 rounds changed no file"


async def test_a_loop_survives_the_engine(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    await bench.order("loop #1 --until 2")
    await bench.ended()
    await bench.prompted(2)
    again = await bench.again()
    loop = again.head().loop
    assert loop is not None
    assert loop.rounds == 1
    await again.ended()
    assert (await again.prompted(2)).startswith("Round 2 of 2: ")
    await again.ended()
    assert await loop_over(again) == "2 rounds done"
    await again.close()


async def test_undo_of_a_loop_and_of_its_end(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 3,stale:2", by="player")
    before = bench.head().loop
    await bench.order("loop #1 --until off", by="player")
    assert bench.head().loop is None
    await bench.order("undo", by="player")
    assert bench.head().loop == before
    await bench.order("undo", by="player")
    assert bench.head().loop is None


# --- rally ------------------------------------------------------------------------------------


async def test_results_go_to_a_group_or_are_told(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("rally #1 --to review", by="player")
    await bench.ended()
    await bench.until(lambda: "rally:1" in bench.engine.parts.world.alerts)
    alert = bench.engine.parts.world.alerts["rally:1"]
    assert (alert.severity, alert.category) == ("info", "review")
    assert "ready to look at" in alert.line
    await bench.order("undo", by="player")
    assert bench.head().rally == ""
    assert refusal(await bench.order("rally #1 --to nowhere")) == "TargetInvalid"
    await bench.order("rally #1 --to @group:4")
    await bench.order('steer #1 "again"')
    await bench.prompted(2)
    assert 4 not in bench.head().groups
    await bench.ended()
    await bench.until(lambda: 4 in bench.head().groups)


async def test_a_thread_that_was_put_away_is_woken_for_its_rounds(bench: Bench) -> None:
    await bench.spawn(1, "--agent puppet")
    await bench.ended()
    await bench.reaches(1, "idle")
    await bench.order("hibernate #1")
    await bench.order("loop #1 --until 1", by="player")
    await bench.until(lambda: any("Round 1 of 1" in told for told in bench.session(1).prompts))
    await bench.ended()
    assert await loop_over(bench) == "1 round done"
