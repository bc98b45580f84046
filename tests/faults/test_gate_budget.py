"""Budgets, holds and storms judged by the provider's own count, never by the gate's."""

import asyncio
import random

import pytest

from commandcenter.core.events import CallSettled
from commandcenter.core.world import Limit
from commandcenter.gate.base import CallCut, GateRefused, GateSettings, Route, Scope
from commandcenter.testing.gate import GateKit
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream, Served

THREADS = 40
OP = Scope("operation", "op")
IN_FLIGHT = 8 * 600
"""Eight calls in flight, each estimated short by what this provider's count grew unannounced."""


class Growing:
    """A provider whose calls read 3 000 to 6 000 tokens, more with each turn, by its own count."""

    def __init__(self) -> None:
        self.turns: dict[str, int] = {}
        self.chance = random.Random(5)

    async def __call__(self, served: Served) -> None:
        text = served.json["messages"][-1]["content"]
        turn = self.turns[text] = self.turns.get(text, 0) + 1
        size = min(6_000, 3_000 + 400 * turn) + self.chance.randrange(200)
        await ChatAnswer(words=20, input=size)(served)


async def _loop(kit: GateKit, thread: int) -> None:
    """A loop that never ends by itself; its text fixes what the provider counts it as."""
    while True:
        await kit.ask(thread, f"thread {thread} " + "x" * 12_000)


async def _run_dry(kit: GateKit, threads: int) -> list["asyncio.Task[None]"]:
    """Loops of all threads, run until none of them gets further."""
    loops = [asyncio.create_task(_loop(kit, n), name=f"loop {n}") for n in range(1, threads + 1)]
    await kit.until(lambda: kit.gate.view().waiting == threads, 10)
    await asyncio.sleep(0.02)
    assert kit.gate.view().waiting == threads
    assert kit.gate.view().in_flight == 0
    return loops


async def _end(loops: list["asyncio.Task[None]"]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def _kit(upstream: ScriptedUpstream, threads: int = THREADS) -> GateKit:
    kit = GateKit(settings=GateSettings(note_s=0.05, backoff_s=0.01))
    kit.add("a", upstream.url, cap=8)
    for thread in range(1, threads + 1):
        kit.open(thread)
    return kit


async def test_40_threads_with_20_k_each_never_spend_more() -> None:
    async with ScriptedUpstream(Growing()) as upstream:
        kit = await _kit(upstream)
        for thread in range(1, THREADS + 1):
            kit.gate.limit(Scope("thread", str(thread)), Limit(tokens=20_000))
        loops = await _run_dry(kit, THREADS)
        spent: dict[str, int] = {}
        for served in upstream.served:
            text = served.json["messages"][-1]["content"]
            spent[text] = spent.get(text, 0) + served.input + served.output
        assert len(spent) == THREADS
        assert max(spent.values()) <= 20_000
        assert min(spent.values()) > 10_000, "and the limit is used"
        before = len(upstream.served)
        await asyncio.sleep(0.05)
        assert len(upstream.served) == before, "never one further call"
        await _end(loops)
        await kit.stop()


@pytest.mark.parametrize("seed", range(3))
async def test_40_threads_on_one_limit_share_it_without_a_race(seed: int) -> None:
    chance = random.Random(seed)
    async with ScriptedUpstream(Growing()) as upstream:
        kit = await _kit(upstream)
        kit.commit_s = 0.003 * chance.random()
        limit = 200_000 + chance.randrange(50_000)
        kit.gate.limit(OP, Limit(tokens=limit))
        loops = await _run_dry(kit, THREADS)
        assert upstream.tokens <= limit + IN_FLIGHT
        assert upstream.tokens > limit - 8_000
        assert upstream.most_running <= 8
        assert kit.gate.view().held == {"budget": THREADS}
        kit.gate.limit(OP, Limit(tokens=limit + 30_000))
        await kit.until(lambda: kit.gate.view().waiting == THREADS and upstream.tokens > limit, 5)
        await _end(loops)
        assert upstream.tokens <= limit + 30_000 + IN_FLIGHT
        await kit.stop()


async def test_a_restarted_gate_goes_on_from_what_was_spent() -> None:
    from commandcenter.core.codec import Entry, Stamp
    from commandcenter.core.events import LimitSet, OperationMade, ThreadCreated
    from commandcenter.core.reduce import apply
    from commandcenter.core.world import World

    world = World()
    made = ThreadCreated("t", "op", "native", "native", "a", "sparring-small", "")
    events = [OperationMade("op", "/r"), made, LimitSet("@op:op", tokens=20_000)]
    for seq, event in enumerate(events, 1):
        apply(world, Entry(seq, 0, 0.0, Stamp(thread=1), event))
    async with ScriptedUpstream(ChatAnswer(input=4_000, words=20)) as upstream:
        kit = await _kit(upstream, 1)
        kit.gate.restore(world)
        for _ in range(3):
            await kit.ask(1)
        await kit.settled()
        for seq, fact in enumerate(kit.facts, 10):
            apply(world, Entry(seq, 0, 0.0, fact.stamp, fact.event))
        await kit.stop()
        assert world.operations["op"].tokens.total == upstream.tokens

        again = await _kit(upstream, 1)
        again.gate.restore(world)
        loops = await _run_dry(again, 1)
        assert upstream.tokens <= 20_000
        assert again.gate.view().held == {"budget": 1}
        await _end(loops)
        await again.stop()


async def test_a_lost_call_is_charged_at_its_reservation() -> None:
    from commandcenter.core.codec import Entry
    from commandcenter.core.reduce import apply
    from commandcenter.core.world import World

    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        kit = await _kit(upstream, 1)
        asking = asyncio.create_task(kit.ask(1, "x" * 400, max_tokens=700), name="ask")
        await kit.until(lambda: upstream.served)
        world = World()
        for seq, fact in enumerate(kit.facts, 1):
            apply(world, Entry(seq, 0, 0.0, fact.stamp, fact.event))
        (call,) = world.calls.values()
        settled = kit.gate.lost(call)
        assert settled.end == "engine_lost"
        assert settled.usage.input + settled.usage.output == call.reserved
        assert settled.usage.output == 700
        assert settled.usage.counts == "estimated"
        assert (settled.cost.usd, settled.cost.basis) == (call.reserved_usd, "practice")
        await _end([asking])  # type: ignore[list-item]  # its bytes do not matter here
        await kit.stop()


async def test_200_held_threads_begin_no_call_100_ms_later_and_all_end_the_same() -> None:
    async with ScriptedUpstream(ChatAnswer(words=4, gap_s=0.005)) as upstream:
        kit = await _kit(upstream, 200)
        kit.gate.caps("a", type(kit.accounts["a"].caps)(64))

        async def turns(thread: int) -> None:
            for _ in range(3):
                await kit.ask(thread, f"thread {thread}")

        loops = [asyncio.create_task(turns(n), name=f"turns {n}") for n in range(1, 201)]
        await kit.until(lambda: len(upstream.served) > 150, 30.0)  # 200 threads on a busy machine
        for thread in range(1, 201):
            kit.gate.hold(thread, "player")
        held_at = asyncio.get_running_loop().time()
        await kit.until(lambda: not kit.gate.view().in_flight)
        await asyncio.sleep(0.09)
        late = [served for served in upstream.served if served.arrived > held_at + 0.1]
        assert not late
        assert len(upstream.served) < 600
        for thread in range(1, 201):
            kit.gate.release(thread, "player")
        await asyncio.gather(*loops)
        assert len(upstream.served) == 600
        counts: dict[str, int] = {}
        for served in upstream.served:
            text = served.json["messages"][-1]["content"]
            counts[text] = counts.get(text, 0) + 1
        assert set(counts.values()) == {3}
        await kit.stop()


class Storm:
    """Bursts of 429 and 529 with and without Retry-After, 500s and dropped connections."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tries: dict[bytes, int] = {}

    async def __call__(self, served: Served) -> None:
        self.tries[served.body] = self.tries.get(served.body, 0) + 1
        drawn = self.chance.random()
        if drawn < 0.15:
            more = {"retry-after-ms": "20"} if drawn < 0.1 else {}
            served.whole(429 if drawn < 0.07 else 529, {"error": "later"}, more)
        elif drawn < 0.25:
            served.whole(500, {"error": "broken"})
        elif drawn < 0.3:
            served.cut()
        else:
            await ChatAnswer(words=3, gap_s=0.002)(served)


@pytest.mark.parametrize("seed", range(3))
async def test_in_a_storm_no_call_is_tried_more_than_five_times_nor_a_cap_passed(seed: int) -> None:
    storm = Storm(seed)
    async with ScriptedUpstream(storm) as upstream:
        kit = await _kit(upstream)
        asking = [kit.ask(n, f"thread {n} turn {m}") for n in range(1, 41) for m in range(3)]
        ends = await asyncio.gather(*asking, return_exceptions=True)
        await kit.settled()
        assert max(storm.tries.values()) <= 5
        assert upstream.most_running <= 8
        spent = [end for end in ends if not isinstance(end, bytes)]
        assert all(isinstance(end, GateRefused | CallCut) for end in spent), spent
        assert len(spent) <= 6, "agents see no storm"
        good = [settled for settled in kit.events(CallSettled) if settled.end == "complete"]
        assert len(good) == len(asking) - len(spent)
        await kit.stop()


async def test_a_held_thread_stays_held_through_storm_and_reroute() -> None:
    storm = Storm(9)
    async with ScriptedUpstream(storm) as upstream:
        kit = await _kit(upstream, 4)
        kit.gate.hold(1, "player")
        asking = [asyncio.create_task(kit.ask(n, f"thread {n}"), name="ask") for n in range(1, 5)]
        kit.gate.route(1, Route("a", "sparring-large", operation="op"))
        await asyncio.wait(asking[1:])
        kit.gate.open_account("a")
        await asyncio.sleep(0.03)
        assert not any(b"thread 1" in served.body for served in upstream.served)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await kit.stop()
