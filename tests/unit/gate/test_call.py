"""One call of the native loop through a real upstream: the way, the record, the ends."""

import asyncio
import contextlib

import pytest

from commandcenter.core.events import CallAdmitted, CallFailed, CallHeld, CallSettled
from commandcenter.gate.base import CallCut, GateRefused, Scope
from commandcenter.testing.gate import GateKit, request
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream, Served


async def test_a_whole_answer_is_forwarded_metered_and_recorded_once(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5, input=321)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        answer = await kit.ask(1)
        await kit.settled()
    assert answer.count(b"word") == 5
    assert answer.endswith(b"data: [DONE]\n\n")
    assert kit.kinds() == ["CallAdmitted", "CallSettled"]
    settled = kit.events(CallSettled)[0]
    assert (settled.usage.input, settled.usage.output) == (321, 5)
    assert settled.usage.counts == "exact"
    assert settled.end == "complete"
    assert settled.cost.basis == "practice"
    assert kit.states == [(1, "admitted"), (1, "ended")]


async def test_no_byte_comes_before_the_commit(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=3)) as upstream:
        kit.add("a", upstream.url)
        kit.commit_s = 0.05
        kit.open(1)
        async with contextlib.aclosing(kit.gate.call(1, 1, request("x"))) as answer:
            async for _ in answer:
                assert kit.events(CallAdmitted)
                break
        assert len(upstream.served) == 1


async def test_a_failed_commit_cuts_and_refuses(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=50, gap_s=0.02)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.broken = True
        with pytest.raises(GateRefused) as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_journal"
        await kit.until(lambda: upstream.served[0].closed.is_set())
    kit.broken = False
    kit.gate.release(1, "journal")
    await kit.settled()
    assert "CallSettled" in kit.kinds()


async def test_without_a_journal_calls_wait(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.ok = False
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await asyncio.sleep(0.03)
        assert not upstream.served
        kit.ok = True
        await asyncio.wait_for(asking, 2)


async def test_cut_ends_both_sides(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=500, gap_s=0.01)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().in_flight and upstream.served)
        await asyncio.sleep(0.05)
        assert len(kit.gate.cut(Scope("thread", "1"), "kill")) == 1
        with pytest.raises(CallCut):
            await asking
        await asyncio.wait_for(upstream.served[0].closed.wait(), 0.1)
        await kit.settled()
    settled = kit.events(CallSettled)[0]
    assert settled.end == "cut"
    assert settled.usage.counts == "estimated"
    assert settled.usage.output > 0


async def test_who_leaves_ends_the_call_at_the_provider(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=500, gap_s=0.01)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().in_flight and upstream.served)
        asking.cancel()
        await asyncio.wait_for(upstream.served[0].closed.wait(), 0.1)
        await asyncio.gather(asking, return_exceptions=True)
        await kit.settled()
    assert [event.end for event in kit.events(CallSettled)] == ["client_gone"]


async def test_freeze_mid_answer_then_thaw_loses_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=40, gap_s=0.005)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: upstream.served and upstream.served[0].output > 5)
        kit.gate.drain(1, True)
        kit.gate.hold(1, "player")
        await kit.until(lambda: kit.events(CallSettled))
        assert not asking.done()
        kit.gate.drain(1, False)
        kit.gate.release(1, "player")
        answer = await asyncio.wait_for(asking, 1)
    assert answer.count(b"word") == 40
    assert len(upstream.served) == 1
    assert kit.events(CallSettled)[0].usage.output == 40


async def test_a_held_call_waits_is_noted_once_and_goes_on_at_once(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.settings = type(kit.settings)(note_s=0.03)
        kit.open(1)
        kit.gate.hold(1, "player")
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.events(CallHeld))
        assert not upstream.served
        assert kit.gate.view().held == {"player": 1}
        kit.gate.release(1, "player")
        await asyncio.wait_for(asking, 0.5)
        await kit.settled()
    assert [(e.reason, e.detail) for e in kit.events(CallHeld)] == [("player", "paused")]
    assert kit.states[0] == (1, "held:player")


async def test_an_old_epoch_is_refused_also_while_it_waits(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.hold(1, "player")
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().waiting == 1)
        kit.gate.close(1, 1)
        with pytest.raises(GateRefused) as refused:
            await asking
        assert refused.value.code == "cc_ended"
        assert not upstream.served


async def test_the_providers_own_refusal_reaches_the_native_loop(kit: GateKit) -> None:
    async def too_long(served: Served) -> None:
        served.whole(400, {"error": {"message": "prompt too long", "type": "invalid"}})

    async with ScriptedUpstream(too_long) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused, match="prompt too long"):
            await kit.ask(1)
        await kit.settled()
    assert kit.events(CallFailed)[0].status == 400


async def test_connections_are_kept_and_reused(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        for _ in range(3):
            await kit.ask(1)
        assert len({id(served.writer) for served in upstream.served}) == 1


async def test_stop_cuts_what_flies_and_settles_it(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=500, gap_s=0.01)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.gate.view().in_flight and upstream.served)
        await kit.gate.stop(0.0)
        with pytest.raises(CallCut):
            await asking
    assert [event.end for event in kit.events(CallSettled)] == ["cut"]


async def test_a_hold_while_the_connection_is_made_sends_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await asyncio.sleep(0)  # one tick: admitted, not yet connected
        assert kit.states == [(1, "admitted")]
        assert not upstream.served
        kit.gate.hold(1, "player")
        await kit.until(lambda: kit.gate.view().waiting == 1)
        await asyncio.sleep(0.02)
        assert not upstream.served
        kit.gate.release(1, "player")
        await asyncio.wait_for(asking, 1)
        await kit.settled()
    assert kit.kinds() == ["CallAdmitted", "CallSettled"]


async def test_a_cut_while_the_connection_is_made_owes_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await asyncio.sleep(0)  # one tick: admitted, not yet connected
        assert kit.states == [(1, "admitted")]
        assert kit.gate.cut(Scope("thread", "1"), "kill")
        with pytest.raises(CallCut):
            await asking
        await kit.settled()
        assert not upstream.served
    assert kit.kinds() == ["CallAdmitted", "CallFailed"]


async def test_who_leaves_while_the_connection_is_made_owes_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer()) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await asyncio.sleep(0)  # one tick: admitted, not yet connected
        assert kit.states == [(1, "admitted")]
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await kit.settled()
        assert not upstream.served
    assert kit.events(CallFailed)[0].end == "withdrawn"
