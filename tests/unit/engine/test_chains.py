"""Queued orders, loops and rally on a real engine; the agent is a puppet."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import (
    CallSettled,
    Cost,
    LoopSet,
    OrderGiven,
    OrdersQueued,
    TurnStarted,
)
from commandcenter.core.world import Head
from commandcenter.testing.engines import Bench, refusal


def head(bench: Bench, thread: int = 1) -> Head:
    """What World holds."""
    return bench.engine.parts.world.threads[thread]


def texts(bench: Bench, thread: int = 1) -> list[str]:
    """What waits."""
    return [queued.text for queued in head(bench, thread).orders]


async def prompted(bench: Bench, count: int, thread: int = 1) -> str:
    """Wait for that many prompts; the last one."""
    await bench.until(lambda: len(bench.session(thread).prompts) >= count)
    assert len(bench.session(thread).prompts) == count
    return bench.session(thread).prompts[-1]


async def ended(bench: Bench, thread: int = 1, cause: str = "") -> None:
    """The agent ends its turn by itself, and that is on record."""
    results = head(bench, thread).results
    bench.session(thread).end("end", cause)
    await bench.until(lambda: head(bench, thread).results > results)


# --- queued orders ----------------------------------------------------------------------------


async def test_a_chain_goes_on_turn_by_turn(bench: Bench) -> None:
    await bench.spawn()
    for text in ("one", "two"):
        await bench.order(f'steer #1 "{text}" --queued', by="player")
    await bench.order("model #1 --to sparring-large --queued", by="player")
    await bench.order("kill #1 --queued", by="player")
    assert texts(bench)[2:] == ["model @self --to sparring-large", "kill @self"]
    assert head(bench).queue == ()
    await ended(bench)
    assert await prompted(bench, 2) == "one"
    assert len(texts(bench)) == 3
    await ended(bench)
    assert await prompted(bench, 3) == "two"
    assert head(bench).model != "sparring-large"
    await ended(bench)
    await bench.reaches(1, "dying")
    assert head(bench).model == "sparring-large"
    await bench.reaches(1, "ended")
    assert texts(bench) == []


async def test_a_queued_order_is_given_by_whoever_queued_it(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued", by="cli")
    [queued] = head(bench).orders
    await ended(bench)
    await bench.until(lambda: head(bench).model == "sparring-large")
    entries = [e for e in await bench.entries() if isinstance(e.event, OrderGiven)]
    [given] = [e for e in entries if e.stamp.cause == queued.id]
    assert given.stamp.by == "cli"
    assert given.event.threads == (1,)  # type: ignore[attr-defined]  # an OrderGiven, see above


async def test_what_the_player_says_meanwhile_comes_first(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('steer #1 "queued" --queued')
    await bench.order('steer #1 "steered"')
    await ended(bench)
    assert await prompted(bench, 2) == "steered"
    await ended(bench)
    assert await prompted(bench, 3) == "queued"


async def test_a_refused_one_is_told_and_the_next_one_comes(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("resume #1 --queued")
    await bench.order('steer #1 "next" --queued')
    await ended(bench)
    assert await prompted(bench, 2) == "next"
    await bench.until(lambda: "chain:1" in bench.engine.parts.world.alerts)
    alert = bench.engine.parts.world.alerts["chain:1"]
    assert alert.severity == "warn"
    assert "resume #1" in alert.line
    assert "it is so already" in alert.line


async def test_an_idle_thread_takes_it_at_once(bench: Bench) -> None:
    await bench.spawn()
    await ended(bench)
    await bench.order('steer #1 "now then" --queued')
    assert await prompted(bench, 2) == "now then"


async def test_a_chain_waits_while_paused_or_failed(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('steer #1 "later" --queued')
    await bench.order("pause #1")
    await ended(bench)
    await bench.reaches(1, "paused")
    assert len(bench.session(1).prompts) == 1
    await bench.order("resume #1")
    assert await prompted(bench, 2) == "later"
    await bench.order('steer #1 "last" --queued')
    bench.session(1).end("error", error="no")
    await bench.until(lambda: head(bench).parked)
    assert len(texts(bench)) == 1
    await bench.order("resume #1")
    await prompted(bench, 3)
    await ended(bench)
    assert await prompted(bench, 4) == "last"


async def test_a_met_goal_waits_for_the_chain(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued")
    await ended(bench, cause="finish")
    await bench.reaches(1, "ended")
    assert (head(bench).outcome, head(bench).model) == ("done", "sparring-large")


async def test_at_most_sixteen_wait(bench: Bench) -> None:
    await bench.spawn()
    for number in range(16):
        await bench.order(f'steer #1 "{number}" --queued')
    assert refusal(await bench.order('steer #1 "more" --queued')) == "QueueFull"
    assert len(texts(bench)) == 16


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("queue #1 --drop 1", ["b", "c"]),
        ('queue #1 --move "3 1"', ["c", "a", "b"]),
        ('queue #1 --move "1 3"', ["b", "c", "a"]),
        ("queue #1 --clear", []),
    ],
)
async def test_a_queue_is_changed_and_brought_back(
    bench: Bench, text: str, found: list[str]
) -> None:
    await bench.spawn()
    for word in "abc":
        await bench.order(f'steer #1 "{word}" --queued', by="player")
    before = head(bench).orders
    await bench.order(text, by="player")
    assert [one.split()[-1] for one in texts(bench)] == found
    await bench.order("undo", by="player")
    assert head(bench).orders == before
    await bench.order("undo", by="player")
    assert head(bench).orders == before[:2]


@pytest.mark.parametrize(
    "text", ["queue #1", "queue #1 --drop 4", 'queue #1 --move "1"', "queue #1 --clear --drop 1"]
)
async def test_what_makes_no_sense_of_a_queue_is_refused(bench: Bench, text: str) -> None:
    await bench.spawn()
    await bench.order('steer #1 "a" --queued')
    assert refusal(await bench.order(text)) == "TargetInvalid"
    assert refusal(await bench.order('queue #1 --move "1 1"')) == "NoChange"


async def test_undo_never_gives_twice_what_was_given(bench: Bench) -> None:
    await bench.spawn()
    for word in "abc":
        await bench.order(f'steer #1 "{word}" --queued', by="player")
    await ended(bench)
    assert await prompted(bench, 2) == "a"
    await bench.until(lambda: len(texts(bench)) == 2)
    await bench.order("undo", by="player")  # of steer "a" itself, which is too late
    await bench.order("undo", by="player")  # of queueing "c"
    assert texts(bench) == ["steer @self b"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_queue_never_grows_beyond_its_cap(bench: Bench, seed: int) -> None:
    """Whatever is done to it, and undo brings back what was."""
    rng = random.Random(seed)
    await bench.spawn()
    steps = ["steer #1 x --queued"] * 24 + ["queue #1 --drop 1", 'queue #1 --move "1 2"']
    for number in range(40):
        text = rng.choice(steps).replace(" x ", f" t{number} ")
        before = head(bench).orders
        ack = await bench.order(text, by="player")
        assert len(head(bench).orders) <= 16
        if not ack.refused and rng.random() < 0.3:
            await bench.order("undo", by="player")
            assert head(bench).orders == before
        elif ack.refused:
            assert head(bench).orders == before


async def test_a_chain_survives_the_engine(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    for text in ("one", "two"):
        await bench.order(f'steer #1 "{text}" --queued')
    await bench.crash()
    again = await Bench.open(tmp_path / "home", flat=True)
    await again.until(lambda: 1 in again.driver.sessions and bool(again.session(1).prompts))
    assert [one.split()[-1] for one in texts(again)] == ["one", "two"]
    await ended(again)
    assert await prompted(again, 2) == "one"
    await again.crash()
    third = await Bench.open(tmp_path / "home", flat=True)
    await third.until(lambda: 1 in third.driver.sessions and bool(third.session(1).prompts))
    await ended(third)
    assert await prompted(third, 2) == "two"
    await third.until(lambda: not texts(third))
    told = [e.prompt for e in await third.events(1) if isinstance(e, TurnStarted)]
    assert (told.count("one"), told.count("two")) == (1, 1)
    await third.close()


async def test_one_that_was_given_when_the_engine_was_lost_is_given_once(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued")
    await bench.order('steer #1 "after" --queued')
    orders = head(bench).orders
    await ended(bench)
    assert await prompted(bench, 2) == "after"
    stamp = Stamp(1, bench.engine.runner(1).epoch)
    await bench.engine.parts.ledger.commit([Fact(OrdersQueued(orders), stamp)])
    await bench.crash()  # as if it had been lost before the queue was written down
    again = await Bench.open(tmp_path / "home", flat=True)
    await again.until(lambda: 1 in again.driver.sessions and bool(again.session(1).prompts))
    await ended(again)
    await again.until(lambda: not texts(again))
    await again.reaches(1, "idle")
    given = [e.id for e in await again.events() if isinstance(e, OrderGiven)]
    assert [given.count(queued.id) for queued in orders] == [1, 1]
    await again.close()


# --- loops ------------------------------------------------------------------------------------


def looping(bench: Bench) -> tuple[int, int]:
    """Rounds begun, and how many of the last ones changed nothing."""
    loop = head(bench).loop
    return (loop.rounds, loop.same) if loop is not None else (0, 0)


async def loop_over(bench: Bench) -> str:
    """Wait for the loop's end; why."""
    await bench.until(lambda: head(bench).loop is None)
    return [e.why for e in await bench.events(1) if isinstance(e, LoopSet)][-1]


async def test_a_loop_without_an_end_is_refused(bench: Bench) -> None:
    await bench.spawn()
    assert refusal(await bench.order("loop #1")) == "NoStopCondition"
    assert refusal(await bench.order("loop #1 --until soon")) == "TargetInvalid"
    assert refusal(await bench.order("loop #1 --until off")) == "NoChange"


async def test_a_loop_begins_its_rounds_and_ends(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 2", by="player")
    await bench.order('steer #1 "behind" --queued', by="player")
    await ended(bench)
    assert (await prompted(bench, 2)).startswith("Round 1 of 2: ")
    assert bench.session(1).prompts[-1].endswith("\n\ndo it")
    await ended(bench, cause="finish")
    assert (await prompted(bench, 3)).startswith("Round 2 of 2: ")
    assert texts(bench) == ["steer @self behind"]
    await ended(bench)
    assert await prompted(bench, 4) == "behind"
    assert await loop_over(bench) == "2 rounds done"
    await bench.until(lambda: "loop:1" in bench.engine.parts.world.alerts)
    assert bench.engine.parts.world.alerts["loop:1"].severity == "info"


async def test_an_idle_thread_begins_its_first_round_at_once(bench: Bench) -> None:
    await bench.spawn()
    await ended(bench)
    await bench.order("loop #1 --until 1")
    assert (await prompted(bench, 2)).startswith("Round 1 of 1: ")
    await ended(bench)
    assert await loop_over(bench) == "1 round done"
    await bench.reaches(1, "idle")


async def test_a_pause_holds_a_loop_and_an_interrupt_ends_it(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 9")
    await bench.order("pause #1")
    await ended(bench)
    await bench.reaches(1, "paused")
    assert head(bench).loop is not None
    await bench.order("resume #1")
    await prompted(bench, 2)
    await bench.order("interrupt #1", by="player")
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
    usage = Usage(1, output=1)
    cost = Cost(Decimal("1.25"), "practice")
    event = CallSettled("c" * 32, "complete", 200, usage, cost, "sparring-chat", "m")
    await bench.engine.parts.ledger.commit([Fact(event, Stamp(1, 1, 1))])
    await ended(bench)
    assert await loop_over(bench) == "it has spent $1.25 of $1.00"
    await bench.reaches(1, "idle")
    await bench.order("loop #1 --until 1s")
    await prompted(bench, 2)
    loop = head(bench).loop
    assert loop is not None
    await bench.until(lambda: bench.engine.parts.clock.wall() > loop.until)
    await ended(bench)
    assert await loop_over(bench) == "its time is over"


async def test_rounds_that_change_no_file_end_a_loop(in_git: Bench) -> None:
    await in_git.spawn()
    await in_git.order("loop #1 --until stale:2")
    await ended(in_git)
    await prompted(in_git, 2)
    where = Path(head(in_git).workspace)
    (where / "new.txt").write_text("x")
    await ended(in_git)
    await prompted(in_git, 3)
    await ended(in_git)
    await prompted(in_git, 4)
    await in_git.until(lambda: looping(in_git) == (3, 1))
    await ended(in_git)
    assert await loop_over(in_git) == "2 rounds changed no file"


async def test_a_loop_survives_the_engine(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    await bench.order("loop #1 --until 2")
    await ended(bench)
    await prompted(bench, 2)
    await bench.crash()
    again = await Bench.open(tmp_path / "home", flat=True)
    await again.until(lambda: 1 in again.driver.sessions and bool(again.session(1).prompts))
    loop = head(again).loop
    assert loop is not None
    assert loop.rounds == 1
    await ended(again)
    assert (await prompted(again, 2)).startswith("Round 2 of 2: ")
    await ended(again)
    assert await loop_over(again) == "2 rounds done"
    await again.close()


async def test_undo_of_a_loop_and_of_its_end(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("loop #1 --until 3,stale:2", by="player")
    before = head(bench).loop
    await bench.order("loop #1 --until off", by="player")
    assert head(bench).loop is None
    await bench.order("undo", by="player")
    assert head(bench).loop == before
    await bench.order("undo", by="player")
    assert head(bench).loop is None


# --- rally ------------------------------------------------------------------------------------


async def test_results_go_to_a_group_or_are_told(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("rally #1 --to review", by="player")
    await ended(bench)
    await bench.until(lambda: "rally:1" in bench.engine.parts.world.alerts)
    alert = bench.engine.parts.world.alerts["rally:1"]
    assert (alert.severity, alert.category) == ("info", "review")
    assert "ready to look at" in alert.line
    await bench.order("undo", by="player")
    assert head(bench).rally == ""
    assert refusal(await bench.order("rally #1 --to nowhere")) == "TargetInvalid"
    await bench.order("rally #1 --to @group:4")
    await bench.order('steer #1 "again"')
    await prompted(bench, 2)
    assert 4 not in head(bench).groups
    await ended(bench)
    await bench.until(lambda: 4 in head(bench).groups)
