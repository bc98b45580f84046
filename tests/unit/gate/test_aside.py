"""A question beside a thread's work: charged to it, held by nothing of it, never waiting."""

import contextlib

import pytest

from commandcenter.core.events import CallAdmitted, CallSettled
from commandcenter.core.world import Limit
from commandcenter.gate.base import GateRefused, Route, Scope
from commandcenter.testing.gate import GateKit, request
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

ROUTE = Route("a", "sparring-large", operation="op")


async def aside(kit: GateKit, route: Route = ROUTE) -> bytes:
    answer = kit.gate.aside(1, route, request("how?", 100))
    async with contextlib.aclosing(answer) as pieces:
        return b"".join([data async for data in pieces])


async def test_it_goes_while_the_thread_is_paused_or_has_no_session(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5, input=321)) as upstream:
        kit.add("a", upstream.url)
        assert (await aside(kit)).count(b"word") == 5
        kit.open(1)
        kit.gate.hold(1, "player")
        assert (await aside(kit)).count(b"word") == 5
        kit.gate.drain(1, True)
        assert (await aside(kit)).count(b"word") == 5, "a frozen thread's answers are kept, not it"
        await kit.settled()
    assert [one.side for one in kit.events(CallAdmitted)] == [True, True, True]
    assert {one.model for one in kit.events(CallSettled)} == {"sparring-large"}
    assert kit.states == [], "the thread's own calls are another matter"
    assert kit.gate.free(1).tokens is None


async def test_what_does_not_fit_is_refused_and_holds_nobody(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.gate.limit(Scope("thread", "1"), Limit(tokens=10))
        with pytest.raises(GateRefused) as refused:
            await aside(kit)
        await kit.settled()
        assert not upstream.served
    assert refused.value.code == "cc_budget"
    assert "CallAdmitted" not in kit.kinds()
    assert "Held" not in kit.kinds()
    assert kit.gate.free(1).tokens == 10


async def test_frozen_spending_and_a_login_refuse_it(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5)) as upstream:
        kit.add("a", upstream.url)
        kit.add("b", upstream.url, auth="login", agent="claude", practice=False)
        kit.gate.freeze_spending(Scope("all"), True)
        for route, code in ((ROUTE, "cc_held"), (Route("b", "x"), "cc_login")):
            with pytest.raises(GateRefused) as refused:
                await aside(kit, route)
            assert refused.value.code == code
        assert not upstream.served
