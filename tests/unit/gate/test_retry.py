"""The one retry table: what is tried again, what closes the account, what the agent is told."""

import asyncio
from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.events import (
    AccountClosed,
    AccountOpened,
    CallFailed,
    CallRefused,
    CallRetried,
    CallSettled,
)
from commandcenter.gate.base import GateRefused, GateSettings, Route
from commandcenter.gate.retry import backoff, judge, retry_after
from commandcenter.testing.gate import GateKit
from commandcenter.testing.upstream import ChatAnswer, ScriptedUpstream, Served


class Faulty:
    """Answers with these statuses one after the other, then well."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.headers = headers or {}

    async def __call__(self, served: Served) -> None:
        if not self.statuses:
            await ChatAnswer()(served)
            return
        status = self.statuses.pop(0)
        if status == 0:
            served.cut()
        else:
            served.whole(status, {"error": {"message": "no"}}, self.headers)


def test_the_table() -> None:
    assert {judge(status) for status in (200, 201, 400, 413, 422)} == {"deliver"}
    assert {judge(status) for status in (429, 529)} == {"close"}
    assert {judge(status) for status in (408, 409, 425, 500, 502, 503, 504)} == {"again"}
    assert {judge(status) for status in (401, 402, 403)} == {"auth"}
    assert judge(404) == "missing"
    assert {judge(status) for status in (301, 302, 405, 410, 418)} == {"refused"}


def test_retry_after_by_number_and_date() -> None:
    wall = 1_700_000_000 * NS
    assert retry_after(((b"retry-after", b"42"),), wall) == 42
    assert retry_after(((b"retry-after-ms", b"1500"),), wall) == 1.5
    date = b"Tue, 14 Nov 2023 22:14:20 GMT"
    assert retry_after(((b"retry-after", date),), wall) == 60
    for text in (b"", b"soon", b"-3", b"nan"):
        assert retry_after(((b"retry-after", text),), wall) is None
    assert retry_after(((b"retry-after", b"1e99"),), wall) is not None


def test_full_jitter() -> None:
    assert backoff(0.5, 3, 1.0, 60.0) == 4.0
    assert backoff(0.5, 30, 1.0, 60.0) == 30.0
    assert backoff(0.0, 3, 1.0, 60.0) == 0.0


@pytest.mark.parametrize("fault", [408, 409, 425, 500, 503, 0])
async def test_transient_faults_are_tried_again(kit: GateKit, fault: int) -> None:
    async with ScriptedUpstream(Faulty(fault, fault)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        assert (await kit.ask(1)).count(b"word") == 5
        await kit.settled()
        assert len(upstream.served) == 3
    assert [event.n for event in kit.events(CallRetried)] == [1, 2]
    assert len(kit.events(CallSettled)) == 1
    assert kit.kinds().count("CallAdmitted") == 1


async def test_at_most_five_tries(kit: GateKit) -> None:
    async with ScriptedUpstream(Faulty(*[500] * 9)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused) as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_upstream_spent"
        await kit.settled()
        assert len(upstream.served) == 5
    assert [event.end for event in kit.events(CallFailed)] == ["failed"]
    assert [event.code for event in kit.events(CallRefused)] == ["cc_upstream_spent"]


async def test_no_connection_is_tried_again_then_refused(kit: GateKit) -> None:
    kit.add("a", "http://127.0.0.1:9")
    kit.open(1)
    with pytest.raises(GateRefused, match="cannot connect"):
        await kit.ask(1)
    await kit.settled()
    assert len(kit.events(CallRetried)) == 4


@pytest.mark.parametrize("status", [429, 529])
async def test_a_rate_limit_closes_the_account_for_all(kit: GateKit, status: int) -> None:
    async with ScriptedUpstream(Faulty(status, headers={"retry-after-ms": "80"})) as upstream:
        kit.add("a", upstream.url)
        for thread in (1, 2, 3):
            kit.open(thread)
        first = asyncio.create_task(kit.ask(1), name="first")
        await kit.until(lambda: kit.events(AccountClosed))
        view = kit.gate.view().accounts[0]
        assert view.closed_until > 0
        others = [asyncio.create_task(kit.ask(thread), name="other") for thread in (2, 3)]
        await asyncio.sleep(0.02)
        assert len(upstream.served) == 1
        assert {call for _, call in kit.states if call.startswith("held")} == {"held:window"}
        await asyncio.gather(first, *others)
        await kit.settled()
        assert len(upstream.served) == 4
    assert len(kit.events(AccountOpened)) == 1
    assert kit.gate.view().accounts[0].closed_until == -1


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_bad_key_closes_the_account_until_the_player_opens_it(
    kit: GateKit, status: int
) -> None:
    async with ScriptedUpstream(Faulty(status)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused) as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_upstream_auth"
        again = asyncio.create_task(kit.ask(1), name="again")
        await kit.until(lambda: kit.gate.view().waiting == 1)
        assert len(upstream.served) == 1
        kit.gate.open_account("a")
        await asyncio.wait_for(again, 1)
    closed = kit.events(AccountClosed)
    assert [event.until for event in closed] == [0]
    assert "AlertRaised" in kit.kinds()


async def test_a_missing_model_keeps_the_providers_words(kit: GateKit) -> None:
    async def missing(served: Served) -> None:
        served.whole(404, {"error": {"message": "model foo does not exist"}})

    async with ScriptedUpstream(missing) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused, match="model foo does not exist") as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_upstream_missing"
        assert len(upstream.served) == 1


async def test_redirects_are_not_followed(kit: GateKit) -> None:
    async def moved(served: Served) -> None:
        served.whole(302, {}, {"location": "http://127.0.0.1:1/"})

    async with ScriptedUpstream(moved) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(GateRefused) as refused:
            await kit.ask(1)
        assert refused.value.code == "cc_upstream_refused"


async def test_silence_before_the_head_and_before_content_is_tried_again(kit: GateKit) -> None:
    quiet = [True, True]

    async def silent(served: Served) -> None:
        if not quiet:
            await ChatAnswer()(served)
            return
        quiet.pop()
        if quiet:
            await served.closed.wait()
            return
        served.head()
        for _ in range(200):  # comments are no content and do not count as bytes
            served.send(b": keep waiting\n\n")
            await asyncio.sleep(0.005)
            if served.closed.is_set():
                return

    kit.settings = GateSettings(backoff_s=0.01, head_s=0.08, byte_s=0.08)
    async with ScriptedUpstream(silent) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        assert (await kit.ask(1)).count(b"word") == 5
        await kit.settled()
        assert len(upstream.served) == 3
    assert [event.n for event in kit.events(CallRetried)] == [1, 2]


async def test_after_content_nothing_is_tried_again(kit: GateKit) -> None:
    async with ScriptedUpstream(ChatAnswer(words=9, cut_after=3)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        with pytest.raises(Exception, match="cut"):
            await kit.ask(1)
        await kit.settled()
        assert len(upstream.served) == 1
    settled = kit.events(CallSettled)[0]
    assert (settled.end, settled.usage.counts) == ("cut", "estimated")


async def test_an_error_in_place_of_content_is_tried_again(kit: GateKit) -> None:
    broken = [b'data: {"error":{"message":"overloaded"}}\n\n']

    async def failing(served: Served) -> None:
        if not broken:
            await ChatAnswer()(served)
            return
        served.head()
        served.send(broken.pop())
        served.end()

    async with ScriptedUpstream(failing) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        assert (await kit.ask(1)).count(b"word") == 5
        assert len(upstream.served) == 2


async def test_a_held_thread_is_not_tried_again(kit: GateKit) -> None:
    async with ScriptedUpstream(Faulty(500)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        kit.settings = GateSettings(backoff_s=0.05)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: kit.events(CallRetried))
        kit.gate.hold(1, "player")
        await asyncio.sleep(0.09)
        assert len(upstream.served) == 1
        kit.gate.release(1, "player")
        await asyncio.wait_for(asking, 1)


async def test_a_changed_model_makes_a_retried_call_another_call(kit: GateKit) -> None:
    async with ScriptedUpstream(Faulty(500)) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        asking = asyncio.create_task(kit.ask(1), name="ask")
        await kit.until(lambda: upstream.served)
        kit.gate.route(1, Route("a", "sparring-large", operation="op"))
        await asking
        await kit.settled()
        assert [served.json["model"] for served in upstream.served] == [
            "sparring-small",
            "sparring-large",
        ]
    open_calls = {event.call for event in _of(kit, "CallAdmitted")}
    ended = {event.call for event in _of(kit, "CallSettled") + _of(kit, "CallFailed")}
    assert open_calls == ended
    assert len(open_calls) == 2


async def test_a_server_that_does_not_know_the_usage_option_is_asked_without(
    kit: GateKit,
) -> None:
    async def old(served: Served) -> None:
        if "stream_options" in served.json:
            served.whole(400, {"error": {"message": "unknown field stream_options"}})
        else:
            await ChatAnswer(words=8)(served)

    async with ScriptedUpstream(old) as upstream:
        kit.add("a", upstream.url)
        kit.open(1)
        for _ in range(2):
            call = kit.gate.new_call(kit.gate._threads.of(1), 1, _asked())
            from commandcenter.gate.outlet import QueueOutlet

            outlet = QueueOutlet(1 << 20)
            await kit.gate.carry(call, outlet)
            answer = b"".join([data async for data in outlet])
            assert answer.count(b"word") == 8
        await kit.settled()
        assert len(upstream.served) == 3
    assert {event.usage.counts for event in kit.events(CallSettled)} == {"estimated"}


def _asked() -> Any:
    from commandcenter.gate.call import Asked
    from commandcenter.testing.gate import raw
    from commandcenter.wires import chat

    body = raw("hi", stream=True)
    path = "/v1/chat/completions"
    return Asked(path, "", (), body, chat.parse(body, path))


def _of(kit: GateKit, name: str) -> list[Any]:
    return [fact.event for fact in kit.facts if type(fact.event).__name__ == name]
