"""Agents that are not ours: seen or not, side calls, repeats, storms, and how long a call waits."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from commandcenter.core.events import (
    AccountClosed,
    AccountOpened,
    AlertCleared,
    AlertRaised,
    CallAdmitted,
    CallFailed,
    CallRefused,
    CallSettled,
    Held,
    Released,
    RouteSeen,
)
from commandcenter.core.world import Limit
from commandcenter.gate.base import Route, Scope
from commandcenter.gate.call import Asked
from commandcenter.testing.gate import GateKit
from commandcenter.testing.plans import Person, PlanAnswer, add_plan, asked, said
from commandcenter.testing.upstream import ScriptedUpstream, Served
from commandcenter.wires import anthropic


@pytest_asyncio.fixture
async def upstream(person: Person) -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.open(hold_limit_s=None)
        yield upstream


def seen(kit: GateKit) -> list[bool]:
    return [event.routed for event in kit.events(RouteSeen)]


# --- routed or not ------------------------------------------------------------------------------


async def test_a_session_is_routed_once_its_first_call_is_admitted(
    person: Person, upstream: ScriptedUpstream
) -> None:
    gate, kit = person.kit.gate, person.kit
    gate.turn_over(1, False)
    for n in range(2):
        await person.ask(said(f"hi {n}"))
    gate.turn_over(1, True)
    await kit.settled()
    assert seen(kit) == [True]
    person.open(epoch=2)
    await person.ask(said("again"))
    await kit.settled()
    assert seen(kit) == [True, True]


async def test_a_turn_that_spoke_without_a_call_is_unrouted_until_one_comes(
    person: Person, upstream: ScriptedUpstream
) -> None:
    gate, kit = person.kit.gate, person.kit
    for spoke in (False, True, True):
        gate.turn_over(1, spoke)
    await kit.settled()
    assert seen(kit) == [False]
    await person.ask(said("hi"))
    gate.turn_over(1, True)
    await kit.settled()
    assert seen(kit) == [False, True]


async def test_our_own_loop_is_routed_by_nature(kit: GateKit) -> None:
    async with ScriptedUpstream(PlanAnswer()):
        kit.add("a", "http://127.0.0.1:9")
        kit.open(1)
        kit.gate.turn_over(1, True)
        await kit.settled()
    assert seen(kit) == []


async def test_a_limit_may_count_what_an_unseen_agent_reports(
    person: Person, upstream: ScriptedUpstream
) -> None:
    gate, kit = person.kit.gate, person.kit
    gate.limit(Scope("thread", "1"), Limit(tokens=1_000))
    assert not gate.reported(1, 5_000), "a limit that does not count it"
    gate.limit(Scope("thread", "1"), Limit(tokens=1_000, reported=True))
    assert [gate.reported(1, n) for n in (600, 399, 1, 5)] == [False, False, True, True]
    await kit.settled()
    assert [event.reason for event in kit.events(Held)] == ["budget"]
    assert gate.view().held == {"budget": 1}
    gate.limit(Scope("thread", "1"), Limit(tokens=2_000, reported=True))
    await kit.settled()
    assert [event.reason for event in kit.events(Released)] == ["budget"]
    await person.ask(said("hi"))
    assert not gate.reported(1, 9_000), "it is seen, so the wire counts"


# --- side calls and subagents -------------------------------------------------------------------


async def test_side_calls_and_subagents_are_told_apart_and_teach_nothing(
    person: Person, upstream: ScriptedUpstream
) -> None:
    gate, kit = person.kit.gate, person.kit
    gate.turn(1, 1)
    upstream.script = PlanAnswer(input=5_000, words=9)
    await person.ask(said("main"))
    upstream.script = PlanAnswer(input=7, words=400)
    await person.ask(said("a title", tools=False))
    await person.ask(said("a class"), x_claude_code_request_class="auxiliary")
    await person.ask(said("a form", tools=False, output_config={"format": {"type": "x"}}))
    await person.ask(said("a helper"), x_claude_code_agent_id="agent-7")
    await person.ask(said("main again"))
    await kit.settled()
    admitted = kit.events(CallAdmitted)
    assert [event.side for event in admitted] == [False, True, True, True, False, False]
    assert [event.sub for event in admitted] == ["", "", "", "", "agent-7", ""]
    assert [event.side for event in kit.events(CallSettled)] == [e.side for e in admitted]
    assert admitted[5].est_in >= 5_000, "it builds on the main loop's last count"
    assert max(event.est_in for event in admitted[1:5]) < 200
    assert gate.left(1) is None
    assert list(gate._threads.of(1).outputs) == [9, 400]


async def test_codex_names_its_side_calls_and_helpers(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url, "codex")
        person.open("codex")
        tool = [{"type": "function", "name": "shell"}]
        for kind in ("", "review", "compact"):
            body = asked(f"hi {kind}", tools=tool)
            await person.ask(body, "/responses", x_openai_subagent=kind, thread_id="t9")
        await person.ask(asked("hi", tools=tool), "/responses/compact")
        await person.kit.settled()
    admitted = person.kit.events(CallAdmitted)
    assert [event.sub for event in admitted] == ["", "t9", "", ""]
    assert [event.side for event in admitted] == [False, False, True, True]


async def test_on_a_real_plan_side_calls_keep_the_model_they_ask_for(kit: GateKit) -> None:
    kit.add("p", "", kind="anthropic", auth="login", agent="claude", practice=False)
    assert kit.accounts["p"].url == "https://api.anthropic.com"
    kit.gate.open(1, 1, Route("p", "claude-opus-4-8", agent="claude"))
    where = kit.gate._admission._where
    kit.gate.logins(frozenset({"claude"}))
    spec = anthropic.parse(said("x"), "/v1/messages")
    headers = ((b"authorization", b"Bearer sk-ant-oat"),)
    thread = kit.gate._threads.of(1)
    for side, sub, sent in (
        (False, "", "claude-opus-4-8"),
        (True, "", "sparring-small"),
        (False, "agent-1", "sparring-small"),
    ):
        call = Asked("/v1/messages", "", headers, b"", spec, side=side, sub=sub, foreign=True)
        assert where(kit.gate.new_call(thread, 1, call))[1] == sent


# --- repeats ------------------------------------------------------------------------------------


async def test_one_repeat_of_a_cut_answer_passes_then_none(
    person: Person, upstream: ScriptedUpstream
) -> None:
    async def cut(served: Served) -> None:
        served.head()
        served.send(b'data: {"type":"message_start","message":{"usage":{"input_tokens":5}}}\n\n')
        await served.writer.drain()
        served.cut()

    upstream.script = cut
    gate, kit = person.kit.gate, person.kit
    gate.turn(1, 1)
    codes = []
    for stream in (True, False, True, True, True):
        try:
            answer = await person.ask(said("hi", stream=stream, metadata={"n": str(stream)}))
            codes.append(answer.json()["error"]["code"])
        except (ConnectionError, OSError, person.broken):
            codes.append("cut")
    assert codes == ["cut", "cut", *["cc_repeats_spent"] * 3]
    assert len(upstream.served) == 2
    await kit.settled()
    assert [event.attempt for event in kit.events(CallAdmitted)] == [1, 2]
    assert len({event.fingerprint for event in kit.events(CallAdmitted)}) == 1
    assert [event.alert for event in kit.events(AlertRaised)] == ["retry_storm:#1"]
    upstream.script = PlanAnswer()
    assert (await person.ask(said("something else"))).status_code == 200
    gate.turn(1, 2)
    assert (await person.ask(said("hi"))).status_code == 200
    await kit.settled()
    assert [event.alert for event in kit.events(AlertCleared)] == ["retry_storm:#1"]


async def test_who_leaves_and_asks_again_is_a_repeat_and_a_whole_answer_ends_it(
    person: Person, upstream: ScriptedUpstream
) -> None:
    upstream.script = PlanAnswer(gap_s=0.05, words=20)
    asking = asyncio.create_task(person.ask(said("hi", stream=True)), name="leaves")
    await person.kit.until(lambda: upstream.served)
    await asyncio.sleep(0.08)
    asking.cancel()
    await person.kit.until(lambda: person.kit.gate.view().in_flight == 0)
    upstream.script = PlanAnswer()
    for _ in range(2):
        assert (await person.ask(said("hi"))).status_code == 200
    await person.kit.settled()
    assert [event.attempt for event in person.kit.events(CallAdmitted)] == [1, 2, 1]


async def test_what_we_cut_is_no_repeat(person: Person, upstream: ScriptedUpstream) -> None:
    upstream.script = PlanAnswer(gap_s=0.05, words=20)
    asking = asyncio.create_task(person.ask(said("hi", stream=True)), name="cut")
    await person.kit.until(lambda: person.kit.gate.view().in_flight)
    await asyncio.sleep(0.08)
    person.kit.gate.cut(Scope("thread", "1"), "interrupt")
    with pytest.raises(person.broken):
        await asking
    upstream.script = PlanAnswer()
    await person.ask(said("hi"))
    await person.kit.settled()
    assert [event.attempt for event in person.kit.events(CallAdmitted)] == [1, 1]


async def test_refusals_that_were_never_sent_are_no_repeats(
    person: Person, upstream: ScriptedUpstream
) -> None:
    person.kit.gate.logins(frozenset())
    for _ in range(4):
        answer = await person.ask(said("hi"))
        assert answer.json()["error"]["code"] == "cc_login_missing"
    person.kit.gate.logins(frozenset({"claude"}))
    assert (await person.ask(said("hi"))).status_code == 200


async def test_an_agent_that_does_not_stop_asking_is_cancelled(
    person: Person, upstream: ScriptedUpstream
) -> None:
    for n in range(21):
        assert person.kit.storms == []
        await person.ask(said("hi"), f"/v1/none{n}")
    assert person.kit.storms == [1]


# --- how long a call waits ----------------------------------------------------------------------


async def limited(person: Person, limit_s: float = 0.1) -> "asyncio.Task[httpx.Response]":
    person.open(hold_limit_s=limit_s)
    person.kit.gate.hold(1, "player")
    return asyncio.create_task(person.ask(said("hi")), name="waits")


async def test_a_wait_just_below_its_limit_is_answered(
    person: Person, upstream: ScriptedUpstream
) -> None:
    asking = await limited(person, 0.2)
    await asyncio.sleep(0.09)
    person.kit.gate.release(1, "player")
    assert (await asking).status_code == 200
    assert person.kit.limited == []


async def test_at_its_limit_the_engine_is_told_and_then_the_agent_is_refused(
    person: Person, upstream: ScriptedUpstream
) -> None:
    kit = person.kit
    loop = asyncio.get_running_loop()
    began = loop.time()
    asking = await limited(person)
    await kit.until(lambda: kit.limited)
    assert 0.09 < loop.time() - began < 0.2
    kit.gate.release(1, "player")
    answer = await asking
    assert loop.time() - began > 0.15, "what was told to let go is not sent any more"
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "cc_hold_limit"
    await kit.settled()
    assert len(kit.limited) == 1
    assert not upstream.served
    (failed,) = kit.events(CallFailed)
    assert (failed.end, failed.call) == ("withdrawn", kit.limited[0][1])
    assert kit.events(CallRefused)[0].code == "cc_hold_limit"
    assert (await person.ask(said("hi"))).status_code == 200


async def test_a_cancelled_agent_that_leaves_is_withdrawn(
    person: Person, upstream: ScriptedUpstream
) -> None:
    kit = person.kit
    asking = await limited(person)
    await kit.until(lambda: kit.limited)
    asking.cancel()
    await kit.until(lambda: not kit.gate.view().waiting)
    await kit.settled()
    assert [event.end for event in kit.events(CallFailed)] == ["withdrawn"]
    assert not kit.events(CallRefused)
    await asyncio.sleep(0.09)
    assert not upstream.served


async def test_a_frozen_agent_is_not_refused_and_goes_on_when_it_thaws(
    person: Person, upstream: ScriptedUpstream
) -> None:
    kit = person.kit
    asking = await limited(person)
    await kit.until(lambda: kit.limited)
    kit.gate.drain(1, True)
    await asyncio.sleep(0.09)
    assert not asking.done()
    kit.gate.drain(1, False)
    kit.gate.release(1, "player")
    assert (await asking).status_code == 200


async def test_retries_do_not_pass_the_limit(person: Person, upstream: ScriptedUpstream) -> None:
    kit = person.kit
    upstream.script = PlanAnswer(status=429, headers={"retry-after": "30"})
    person.open(hold_limit_s=0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await person.ask(said("hi"))
    assert 0.15 < loop.time() - began < 0.5
    assert answer.json()["error"]["code"] == "cc_hold_limit"
    await kit.settled()
    assert [event.end for event in kit.events(CallFailed)] == ["withdrawn"]
    assert len(upstream.served) == 1


async def test_who_left_a_closed_account_is_told_when_it_opens(
    person: Person, upstream: ScriptedUpstream
) -> None:
    kit = person.kit
    upstream.script = PlanAnswer(status=429, headers={"retry-after": "0.4"})
    person.open(hold_limit_s=0.1)
    answer = await person.ask(said("hi"))
    assert answer.json()["error"]["code"] == "cc_hold_limit"
    await kit.settled()
    assert len(kit.events(AccountClosed)) == 1
    assert not kit.events(AccountOpened)
    await kit.until(lambda: kit.events(AccountOpened))
    assert [event.alert for event in kit.events(AlertCleared)] == ["account:plan-claude"]


async def test_our_own_loop_waits_as_long_as_it_takes(kit: GateKit) -> None:
    async with ScriptedUpstream(PlanAnswer()):
        kit.add("a", "http://127.0.0.1:9")
        kit.gate.open(1, 1, Route("a", "m", hold_limit_s=0.03))
        kit.gate.hold(1, "player")
        asking = asyncio.create_task(kit.ask(1), name="native")
        await asyncio.sleep(0.09)
        assert kit.limited == []
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


# --- compressed bodies --------------------------------------------------------------------------


async def test_a_packed_body_is_read_and_goes_out_as_it_came(
    person: Person, upstream: ScriptedUpstream
) -> None:
    body = said("hi", stream=True)
    packed = gzip.compress(body)
    await person.ask(packed, content_encoding="gzip")
    assert upstream.served[0].body == packed
    assert upstream.served[0].headers["content-encoding"] == "gzip"
    person.open(epoch=2, model="sparring-large")
    await person.ask(packed, content_encoding="gzip")
    assert upstream.served[1].body == body.replace(b"sparring-small", b"sparring-large")
    assert "content-encoding" not in upstream.served[1].headers


BAD = {
    "a bomb": (gzip.compress(b" " * 5_000_000), "gzip"),
    "zstd": (b"(\xb5/\xfd", "zstd"),
    "cut": (gzip.compress(said("hi"))[:-9], "gzip"),
    "not gzip": (said("hi"), "gzip"),
    "two": (gzip.compress(said("hi")) * 2, "gzip"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_unpacked_is_refused(
    person: Person, upstream: ScriptedUpstream, name: str
) -> None:
    body, coding = BAD[name]
    answer = await person.ask(body, content_encoding=coding)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "cc_body")
    assert not upstream.served
