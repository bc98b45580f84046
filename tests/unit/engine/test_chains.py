"""Queued orders on a real engine; the agent is a puppet."""

import random
from pathlib import Path

import pytest

from commandcenter.core.base import OrderId
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    OrderGiven,
    OrdersQueued,
    StateChanged,
    TurnStarted,
)
from commandcenter.core.orders import Enqueue, Given, Requeue
from commandcenter.core.standing import QueuedOrder
from commandcenter.testing.engines import Bench, refusal


def texts(bench: Bench) -> list[str]:
    """What waits at thread 1."""
    return [queued.text for queued in bench.head().orders]


async def test_a_chain_goes_on_turn_by_turn(bench: Bench) -> None:
    await bench.spawn()
    for text in ("one", "two"):
        await bench.order(f'steer #1 "{text}" --queued', by="player")
    await bench.order("model #1 --to sparring-large --queued", by="player")
    await bench.order("kill #1 --queued", by="player")
    assert texts(bench)[2:] == ["model @self --to sparring-large", "kill @self"]
    assert bench.head().queue == ()
    await bench.ended()
    assert await bench.prompted(2) == "one"
    await bench.until(lambda: len(texts(bench)) == 3)
    await bench.ended()
    assert await bench.prompted(3) == "two"
    assert bench.head().model != "sparring-large"
    await bench.ended()
    await bench.reaches(1, "dying")
    assert bench.head().model == "sparring-large"
    await bench.reaches(1, "ended")
    assert texts(bench) == []


async def test_a_queued_order_is_given_by_whoever_queued_it(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued", by="cli")
    [queued] = bench.head().orders
    await bench.ended()
    await bench.until(lambda: bench.head().model == "sparring-large")
    entries = [e for e in await bench.entries() if isinstance(e.event, OrderGiven)]
    [given] = [e for e in entries if e.stamp.cause == queued.id]
    assert given.stamp.by == "cli"
    assert given.event.threads == (1,)  # type: ignore[attr-defined]  # an OrderGiven, see above


async def test_what_the_player_says_meanwhile_comes_first(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('steer #1 "queued" --queued')
    await bench.order('steer #1 "steered"')
    await bench.ended()
    assert await bench.prompted(2) == "steered"
    await bench.ended()
    assert await bench.prompted(3) == "queued"


async def test_a_refused_one_is_told_and_the_next_one_comes(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("resume #1 --queued")
    await bench.order('steer #1 "next" --queued')
    await bench.ended()
    assert await bench.prompted(2) == "next"
    await bench.until(lambda: "chain:1" in bench.engine.parts.world.alerts)
    alert = bench.engine.parts.world.alerts["chain:1"]
    assert alert.severity == "warn"
    assert "resume #1" in alert.line
    assert "it is so already" in alert.line


async def test_an_idle_thread_takes_it_at_once(bench: Bench) -> None:
    await bench.spawn()
    await bench.ended()
    await bench.order('steer #1 "now then" --queued')
    assert await bench.prompted(2) == "now then"


async def test_a_chain_waits_while_paused_or_failed(bench: Bench) -> None:
    await bench.spawn()
    await bench.order('steer #1 "later" --queued')
    await bench.order("pause #1")
    await bench.ended()
    await bench.reaches(1, "paused")
    assert len(bench.session(1).prompts) == 1
    await bench.order("resume #1")
    assert await bench.prompted(2) == "later"
    await bench.order('steer #1 "last" --queued')
    bench.session(1).end("error", error="no")
    await bench.until(lambda: bench.head().parked)
    assert len(texts(bench)) == 1
    await bench.order("resume #1")
    await bench.prompted(3)
    await bench.ended()
    assert await bench.prompted(4) == "last"


async def test_a_met_goal_waits_for_the_chain(bench: Bench) -> None:
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued")
    await bench.ended(cause="finish")
    await bench.reaches(1, "ended")
    assert (bench.head().outcome, bench.head().model) == ("done", "sparring-large")


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
    before = bench.head().orders
    await bench.order(text, by="player")
    assert [one.split()[-1] for one in texts(bench)] == found
    await bench.order("undo", by="player")
    assert bench.head().orders == before
    await bench.order("undo", by="player")
    assert bench.head().orders == before[:2]


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
    await bench.ended()
    assert await bench.prompted(2) == "a"
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
        before = bench.head().orders
        ack = await bench.order(text, by="player")
        assert len(bench.head().orders) <= 16
        if not ack.refused and rng.random() < 0.3:
            await bench.order("undo", by="player")
            assert bench.head().orders == before
        elif ack.refused:
            assert bench.head().orders == before


async def test_a_chain_survives_the_engine(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    for text in ("one", "two"):
        await bench.order(f'steer #1 "{text}" --queued')
    again = await bench.again()
    assert [one.split()[-1] for one in texts(again)] == ["one", "two"]
    await again.ended()
    assert await again.prompted(2) == "one"
    third = await again.again()
    await third.ended()
    assert await third.prompted(2) == "two"
    await third.until(lambda: not texts(third))
    told = [e.prompt for e in await third.events(1) if isinstance(e, TurnStarted)]
    assert (told.count("one"), told.count("two")) == (1, 1)
    await third.close()


async def test_one_that_was_given_when_the_engine_was_lost_is_given_once(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    await bench.order("model #1 --to sparring-large --queued")
    await bench.order('steer #1 "after" --queued')
    orders = bench.head().orders
    await bench.ended()
    assert await bench.prompted(2) == "after"
    stamp = Stamp(1, bench.engine.runner(1).epoch)
    await bench.engine.parts.ledger.commit([Fact(OrdersQueued(orders), stamp)])
    again = await bench.again()  # as if it had been lost before the queue was written down
    await again.ended()
    await again.until(lambda: not texts(again))
    await again.reaches(1, "idle")
    given = [e.id for e in await again.events() if isinstance(e, OrderGiven)]
    assert [given.count(queued.id) for queued in orders] == [1, 1]
    await again.close()


async def test_a_text_that_is_no_order_any_more_is_told(bench: Bench) -> None:
    await bench.spawn()
    orders = (QueuedOrder("a" * 32, "dance @self"), QueuedOrder("b" * 32, "steer @self on"))
    bench.engine.runner(1).ahead.orders = list(orders)
    await bench.ended()
    assert await bench.prompted(2) == "on"
    await bench.until(lambda: "chain:1" in bench.engine.parts.world.alerts)
    assert "dance #1" in bench.engine.parts.world.alerts["chain:1"].line


@pytest.mark.parametrize("text", ["spawn x", "steer #1 x", "approve 1", "dance @self"])
async def test_only_what_may_wait_is_queued(bench: Bench, text: str) -> None:
    await bench.spawn()
    for order in (Enqueue("#1", text), Requeue("#1", (text,))):
        given = Given(OrderId(bench.engine.parts.ids.fresh()), order, "player")
        assert refusal(await bench.engine.submit(given)) == "TargetInvalid"


async def test_a_thread_that_was_put_away_takes_its_next_order(bench: Bench) -> None:
    await bench.spawn(1, "--agent puppet")
    await bench.order("hibernate #1 --queued")
    await bench.order('steer #1 "awake" --queued')
    await bench.ended()
    await bench.until(lambda: "awake" in bench.session(1).prompts)
    states = [e.new for e in await bench.events(1) if isinstance(e, StateChanged)]
    assert "hibernated" in states
