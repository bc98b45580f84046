"""A session that is to follow another: prepared beside it, then in its place."""

import contextlib

import pytest

from commandcenter.gate.base import GateRefused, Route
from commandcenter.testing.gate import GateKit, request
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream

NEXT = Route("a", "sparring-large", agent="claude")


async def called(kit: GateKit, epoch: int) -> bytes:
    """The answer to a call of a session of thread 1."""
    answer = kit.gate.call(1, epoch, request("how?", 100))
    async with contextlib.aclosing(answer) as pieces:  # type: ignore[type-var]  # an async generator
        return b"".join([data async for data in pieces])


async def test_the_open_session_loses_nothing_until_the_next_is_promoted(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5)) as upstream:
        kit.add("a", upstream.url)
        first = kit.gate.open(1, 1, Route("a", "sparring-small")).secret
        second = kit.gate.next.prepare(1, 2, NEXT).secret
        coming = kit.gate.by_secret(second)
        assert coming is not None
        assert coming.hold() == "epoch", "what it asks waits"
        assert (await called(kit, 1)).count(b"word") == 5
        kit.gate.next.promote(1)
        assert kit.gate.by_secret(first) is None
        found = kit.gate.by_secret(second)
        assert found is not None
        assert (found.epoch, found.route, found.agent) == (2, NEXT, "claude")
        with pytest.raises(GateRefused):
            await called(kit, 1)
        assert (await called(kit, 2)).count(b"word") == 5
        await kit.settled()


async def test_one_that_will_not_come_is_worth_nothing(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=5)) as upstream:
        kit.add("a", upstream.url)
        first = kit.gate.open(1, 1, Route("a", "sparring-small")).secret
        second = kit.gate.next.prepare(1, 2, NEXT).secret
        kit.gate.next.withdraw(1)
        kit.gate.next.promote(1)
        assert kit.gate.by_secret(second) is None
        assert kit.gate.by_secret(first) is not None
        assert (await called(kit, 1)).count(b"word") == 5
        await kit.settled()
