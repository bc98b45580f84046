"""Random walks over admission, and what each obstacle says and does."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core.base import CommandCenterError
from commandcenter.core.events import CallAdmitted, CallHeld, CallSettled, Held, Released
from commandcenter.core.world import Limit
from commandcenter.gate.base import GateRefused, GateSettings, Route, Scope
from commandcenter.gate.call import Call
from commandcenter.rules.budget import Amount
from commandcenter.testing.gate import GateKit
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

QUICK = GateSettings(backoff_s=0.001, note_s=0.01)
OP = Scope("operation", "op")


async def test_supply_queues_by_priority_and_says_so(kit: GateKit) -> None:
    kit.settings = QUICK
    async with ScriptedUpstream(ChatAnswer(words=10, gap_s=0.004)) as upstream:
        kit.add("a", upstream.url, cap=1)
        for thread in (1, 2, 3):
            kit.open(thread)
        kit.gate.route(3, Route("a", "sparring-small", priority=0))
        running = asyncio.create_task(kit.ask(1, "first"), name="1")
        await kit.until(lambda: upstream.served)
        waiting = [asyncio.create_task(kit.ask(n, f"thread {n}"), name=str(n)) for n in (2, 3)]
        await kit.until(lambda: kit.events(CallHeld))
        await asyncio.gather(running, *waiting)
        assert upstream.most_running == 1
        asked = [served.json["messages"][-1]["content"] for served in upstream.served]
        assert asked == ["first", "thread 3", "thread 2"]
    assert {event.detail for event in kit.events(CallHeld)} == {"supply 1 of 1"}


async def test_a_threads_weight_acts_on_its_waiting_call(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=10, gap_s=0.004)) as upstream:
        kit.add("a", upstream.url, cap=1)
        for thread in (1, 2, 3):
            kit.open(thread)
        running = asyncio.create_task(kit.ask(1, "first"), name="1")
        await kit.until(lambda: upstream.served)
        waiting = []
        for thread in (2, 3):
            waiting.append(asyncio.create_task(kit.ask(thread, f"{thread}"), name="ask"))
            await kit.until(lambda n=thread: kit.gate.view().waiting == n - 1)
        kit.gate.weigh(3, 4.0)
        await asyncio.gather(running, *waiting)
        asked = [served.json["messages"][-1]["content"] for served in upstream.served]
        assert asked == ["first", "3", "2"]


async def test_a_cap_can_be_raised_while_calls_wait(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        account = kit.add("a", upstream.url, cap=1)
        tasks = []
        for thread in (1, 2):
            kit.open(thread)
            tasks.append(asyncio.create_task(kit.ask(thread), name="ask"))
        await kit.until(lambda: upstream.served)
        kit.gate.caps("a", type(account.caps)(2))
        await kit.until(lambda: len(upstream.served) == 2, 0.1)
        kit.gate.cut(Scope("account", "a"), "spend_freeze")
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_reached_budget_holds_until_it_is_raised_and_the_same_call_goes_on(
    kit: GateKit,
) -> None:
    kit.settings = QUICK
    async with ScriptedUpstream(ChatAnswer(input=900)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.limit(Scope("thread", "1"), Limit(tokens=1_000))
        await kit.ask(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.events(CallHeld))
        assert len(upstream.served) == 1
        assert kit.gate.view().held == {"budget": 1}
        kit.gate.limit(Scope("thread", "1"), Limit(tokens=5_000))
        await asyncio.wait_for(asking, 0.5)
        await kit.settled()
    assert [event.reason for event in kit.events(Held)] == ["budget"]
    assert [event.reason for event in kit.events(Released)] == ["budget"]
    assert kit.events(CallHeld)[0].detail == "budget 1,000 tokens reached"
    assert "AlertCleared" in kit.kinds()


async def test_raising_wakes_within_100_ms(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.limit(OP, Limit(tokens=1))
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().waiting)
        began = asyncio.get_running_loop().time()
        kit.gate.limit(OP, None)
        await kit.until(lambda: upstream.served)
        assert asyncio.get_running_loop().time() - began < 0.1
        await asking


async def test_the_same_limit_given_again_lifts_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(input=900)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.limit(Scope("thread", "1"), Limit(tokens=10))
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().waiting)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        kit.gate.limit(Scope("thread", "1"), Limit(tokens=10))
        assert kit.gate.view().held == {"budget": 1}
        kit.gate.limit(Scope("thread", "1"), None)
        assert kit.gate.view().held == {}


async def test_80_percent_is_told_once(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(input=400)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.limit(OP, Limit(tokens=5_000))
        for _ in range(11):
            await kit.ask(1)
        await kit.settled()
    told = [fact.event for fact in kit.facts if type(fact.event).__name__ == "AlertRaised"]
    assert [event.alert for event in told] == ["budget:warn:@op:op"]


async def test_finish_turn_lets_the_running_turn_end(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(input=995)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        limit = Limit(tokens=10_000, at_limit="finish_turn")
        kit.gate.limit(Scope("thread", "1"), limit)
        kit.gate.turn(1, 1)
        for _ in range(10):
            await kit.ask(1)
        kit.gate.turn(1, 2)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().waiting)
        assert len(upstream.served) == 10
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def test_money_limits_and_unknown_prices(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1, model="sparring-huge")
        kit.gate.limit(Scope("day"), Limit(usd=Decimal(20)))
        await kit.ask(1)
        await kit.settled()
        cost = kit.events(CallSettled)[0].cost
        assert (cost.usd, cost.basis) == (None, "unknown")
        kit.gate.limit(Scope("thread", "1"), Limit(usd=Decimal(2)))
        with pytest.raises(GateRefused) as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_price_unknown"


async def test_freeze_spending_cuts_and_holds_new_threads_too(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        kit.add("a", upstream.url)
        kit.add("b", upstream.url)
        kit.open(1)
        kit.open(2, account="b")
        tasks = [asyncio.create_task(kit.ask(thread), name="ask") for thread in (1, 2)]
        await kit.until(lambda: len(upstream.served) == 2)
        scope = Scope("account", "a")
        kit.gate.freeze_spending(scope, True)
        assert len(kit.gate.cut(scope, "spend_freeze")) == 1
        kit.open(3)
        held = asyncio.create_task(kit.ask(3), name="held")
        await kit.until(lambda: kit.gate.view().held == {"spend_freeze": 2})
        assert kit.gate.view().in_flight == 1
        kit.gate.freeze_spending(scope, False)
        await kit.until(lambda: len(upstream.served) == 3)
        kit.gate.cut(Scope("all"), "stop")
        await asyncio.gather(*tasks, held, return_exceptions=True)


async def test_left_estimates_what_an_answer_still_costs(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=900, gap_s=0.01)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1, model="sparring-large")
        assert kit.gate.left(1) is None
        asking = asyncio.create_task(kit.ask(1, max_tokens=4_000), name="ask")
        await kit.until(lambda: upstream.served and upstream.served[0].output > 3)
        left = kit.gate.left(1)
        assert left is not None
        assert 2_000 < left.tokens < 2_048
        assert left.usd == left.tokens * Decimal(25) / 1_000_000
        kit.gate.cut(Scope("thread", "1"), "kill")
        await asyncio.gather(asking, return_exceptions=True)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask", "ask", "hold", "release", "limit", "cut", "leave", "slow", "quick", "pause"]
        ),
        st.integers(0, 7),
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_random_walks_lose_nothing(steps: list[tuple[str, int]]) -> None:
    asyncio.run(_walk(steps))


async def _walk(steps: list[tuple[str, int]]) -> None:
    async with ScriptedUpstream(ChatAnswer(words=3, gap_s=0.001, input=200)) as upstream:
        kit = GateKit(settings=QUICK)
        kit.add("a", upstream.url, cap=2)
        for thread in range(4):
            kit.open(thread + 1)
        walk = Walk(kit)
        for name, n in steps:
            getattr(walk, name)(n)
            await asyncio.sleep(0.0005 if name == "pause" else 0)
            walk.check()
        await walk.finish()
        if not {"cut", "leave"} & {name for name, _ in steps}:
            assert upstream.most_running <= 2  # an aborted call may still be seen for a moment
        await kit.stop()


class Walk:
    """Everything that may happen at once to four threads on one account and one limit."""

    def __init__(self, kit: GateKit) -> None:
        self.kit = kit
        self.tasks: list[asyncio.Task[bytes]] = []
        self.kit.states = Watching(kit)

    def ask(self, n: int) -> None:
        asking = self.kit.ask(1 + n % 4, "x" * n * 100)
        self.tasks.append(asyncio.create_task(asking, name="ask"))

    def hold(self, n: int) -> None:
        self.kit.gate.hold(1 + n % 4, "player")

    def release(self, n: int) -> None:
        self.kit.gate.release(1 + n % 4, "player")

    def limit(self, n: int) -> None:
        self.kit.gate.limit(OP, Limit(tokens=n * 400) if n else None)

    def cut(self, n: int) -> None:
        self.kit.gate.cut(Scope("thread", str(1 + n % 4)), "interrupt")

    def leave(self, n: int) -> None:
        if self.tasks:
            self.tasks[n % len(self.tasks)].cancel()

    def slow(self, n: int) -> None:
        self.kit.commit_s = 0.002

    def quick(self, n: int) -> None:
        self.kit.commit_s = 0.0

    def pause(self, n: int) -> None:
        pass

    def check(self) -> None:
        admission = self.kit.gate._admission
        calls = [call for thread in admission.threads.all() for call in thread.calls.values()]
        reserved = [call.reserved.need for call in calls if call.reserved is not None]
        purse = admission.limits.ledger.purse("@op:op")
        assert purse.reserved.tokens == sum(need.tokens for need in reserved)
        slots = sum(call.permit is not None or _granted(call) for call in calls)
        assert admission.supply(self.kit.accounts["a"]).running == slots

    async def finish(self) -> None:
        self.kit.gate.limit(OP, None)
        for thread in range(4):
            self.kit.gate.release(thread + 1, "player")
        async with asyncio.timeout(5):
            ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        expected = (bytes, asyncio.CancelledError, CommandCenterError)
        assert all(isinstance(end, expected) for end in ends), ends
        await self.kit.settled()
        self.check()
        assert self.kit.gate._admission.limits.ledger.purse("@op:op").reserved == Amount()
        admitted = {event.call for event in self.kit.events(CallAdmitted)}
        settled = [event.call for event in self.kit.events(CallSettled)]
        failed = [fact for fact in self.kit.kinds() if fact == "CallFailed"]
        assert len(settled) == len(set(settled))
        assert set(settled) <= admitted
        assert len(settled) + len(failed) >= len(admitted)


def _granted(call: Call) -> bool:
    """Its permit lies ready and is taken in the next tick."""
    waiter = call.waiter
    return bool(waiter and waiter.done() and not waiter.cancelled() and waiter.result())


class Watching(list[tuple[int, str]]):
    """Looks at each admission as it happens: no held thread may have one."""

    def __init__(self, kit: GateKit) -> None:
        super().__init__()
        self.kit = kit

    def append(self, told: tuple[int, str]) -> None:
        thread, state = told
        if state == "admitted":
            assert not self.kit.gate._threads.of(thread).holds
        super().append(told)
