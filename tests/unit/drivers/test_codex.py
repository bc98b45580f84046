"""The codex driver against a stand-in that speaks the same JSON-RPC; no gate, no model."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import (
    AgentNote,
    ContextMeasured,
    PlanChanged,
    SubagentSeen,
    TextAdded,
    ThoughtAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.base import Answer, Found, Image, Missing, SessionRef
from commandcenter.drivers.codex_session import CAPS
from commandcenter.testing.codex_kit import SPEC, Desk, wait


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.driver.close()
    assert await desk.host.survivors() == ()
    await desk.host.close()


async def test_probe(desk: Desk) -> None:
    assert isinstance(await desk.driver.probe(SPEC), Missing)
    (desk.folder / "bin").mkdir()
    program = desk.folder / "bin/codex"
    program.write_text("#!/bin/sh\necho 'codex-cli 0.171.0'\n")
    program.chmod(0o755)
    assert await desk.driver.probe(SPEC) == Found("0.171.0", str(program))


async def test_a_turn_of_text(desk: Desk) -> None:
    session = await desk.turn("think It is short.", "say Grüße an alle")
    heard = desk.heard
    assert (session.caps, session.version) == (CAPS, "0.171.0")
    assert heard.text == "Grüße an alle "
    assert "".join(one.delta for one in heard.of(ThoughtAdded)) == "It is short. "
    assert {one.message for one in heard.of(TextAdded)} == {2}
    assert heard.ends[0][1].stop == "end"
    assert heard.of(ContextMeasured) == [ContextMeasured(25, 1_000)]
    assert heard.of(UsageReported) == [UsageReported("turn", 20, 5)]


async def test_usage_is_of_the_turn(desk: Desk) -> None:
    session = await desk.turn("say one")
    await session.prompt(2, "say two")
    await desk.heard.end(2)
    assert [(one.input, one.output) for one in desk.heard.of(UsageReported)] == [(20, 5), (40, 5)]


async def test_tools_are_asked_for_and_act(desk: Desk) -> None:
    await desk.turn("run echo hi; exit 3", "patch n.txt alpha", "say done")
    heard = desk.heard
    assert heard.tools == [("run", "failed"), ("write", "ok")]
    assert (desk.folder / "n.txt").read_text() == "alpha\n"
    assert [(one.name, one.args) for one in heard.asked] == [
        ("run", {"command": "echo hi; exit 3"}),
        ("write", {"path": "n.txt", "diff": "+alpha\n"}),
    ]
    ended = heard.of(ToolEnded)[0]
    assert (ended.exit, ended.summary, ended.result) == (3, "exit 3: hi", "hi\n")
    assert ended.result_hash == hashlib.sha256(b"hi\n").hexdigest()
    started = heard.of(ToolStarted)
    assert [one.effect for one in started] == [one.effect for one in heard.of(ToolEnded)]
    assert (started[0].title, started[0].kind) == ("run echo hi; exit 3", "run")
    assert started[1].paths == ("n.txt",)
    assert [one.delta for one in heard.of(ToolOutputAdded)] == ["hi\n"]


async def test_the_start_is_on_record_before_a_tool_acts(desk: Desk) -> None:
    desk.heard.record_s = 0.09
    session = await desk.open()
    await session.prompt(1, "run touch a.txt")
    await desk.heard.until(lambda: bool(desk.heard.asked))
    await asyncio.sleep(0.05)
    assert not (desk.folder / "a.txt").exists()
    await desk.heard.end()
    assert (desk.folder / "a.txt").exists()


async def test_deny_does_not_run(desk: Desk) -> None:
    desk.heard.stance = lambda asking: Answer("deny")
    await desk.turn("run touch no.txt", "say done")
    assert desk.heard.tools == [("run", "denied")]
    assert desk.heard.ends[0][1].stop == "end"
    assert not (desk.folder / "no.txt").exists()
    decisions = [one["result"]["decision"] for one in desk.told() if "result" in one]
    assert decisions == ["decline"]


async def test_a_question(desk: Desk) -> None:
    desk.heard.stance = lambda asking: Answer("answer", "right")
    await desk.turn("question Which way?|left|right", "say done")
    asked = desk.heard.asked[0]
    assert (asked.kind, asked.text, asked.options) == ("question", "Which way?", ("left", "right"))
    answers = [one["result"] for one in desk.told() if "result" in one]
    assert answers == [{"answers": {"q": {"answers": ["right"]}}}]


async def test_plan_web_and_subagent(desk: Desk) -> None:
    await desk.turn("plan look|write", "web rust traits", "agent count files", "say done")
    heard = desk.heard
    assert heard.of(PlanChanged) == [PlanChanged((("look", "active"), ("write", "active")))]
    assert heard.tools == [("web search", "ok"), ("agent spawnAgent", "ok")]
    seen = [(one.agent, one.state, one.title) for one in heard.of(SubagentSeen)]
    assert seen == [("sub-1", "started", "count files"), ("sub-1", "ended", "")]


async def test_interrupt_mid_text(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 200)
    await desk.heard.until(lambda: len(desk.heard.text) > 10)
    await session.interrupt("player")
    ended = await desk.heard.end()
    assert (ended.stop, ended.cause) == ("cancelled", "player")
    assert ended.partial == desk.heard.text
    await session.interrupt("player")
    await session.prompt(2, "say again")
    assert (await desk.heard.end(2)).stop == "end"


async def test_interrupt_mid_tool_leaves_nothing(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "run setsid sleep 61 & sleep 62")
    await _until_running(desk, "sleep", 2)
    await session.interrupt("hold_limit")
    assert (await desk.heard.end()).cause == "hold_limit"
    assert desk.heard.tools == [("run", "cancelled")]
    assert not _named(await desk.host.tree(1, 1), "sleep")


async def test_interrupt_spares_what_an_earlier_turn_left_running(desk: Desk) -> None:
    session = await desk.turn("run setsid sleep 61 >/dev/null 2>&1 & echo up", "say done")
    await session.prompt(2, "run sleep 62")
    await _until_running(desk, "sleep", 2)
    await session.interrupt("player")
    await desk.heard.end(2)
    assert len(_named(await desk.host.tree(1, 1), "sleep")) == 1


async def test_interrupt_spares_the_agents_own_servers(desk: Desk) -> None:
    session = await desk.open("helper")
    await session.prompt(1, "run setsid sleep 61 & sleep 62")
    await _until_running(desk, "sleep", 2)
    await session.interrupt("player")
    procs = await desk.host.tree(1, 1)
    assert (len(_named(procs, "sleep")), len(_named(procs, "tail"))) == (0, 1)


def _named(procs: Any, name: str) -> list[int]:
    return [proc.pid for proc in procs if _name(proc.pid) == name]


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""


async def _until_running(desk: Desk, name: str, count: int) -> None:
    async with asyncio.timeout(5):
        while len(_named(await desk.host.tree(1, 1), name)) < count:
            await asyncio.sleep(0.01)


async def test_interrupt_closes_an_open_question(desk: Desk) -> None:
    desk.heard.stance = wait
    session = await desk.open()
    await session.prompt(1, "run touch late.txt")
    await desk.heard.until(lambda: bool(desk.heard.asked))
    await session.interrupt("player")
    await desk.heard.end()
    assert desk.heard.tools == [("run", "cancelled")]
    await session.answer(desk.heard.asked[0].key, Answer("allow"))
    await session.prompt(2, "say on")
    await desk.heard.end(2)
    assert not (desk.folder / "late.txt").exists()


async def test_steer(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 200)
    await desk.heard.until(lambda: len(desk.heard.text) > 10)
    assert await session.steer(1, "say steered") == "injected"
    await desk.heard.end()
    assert desk.heard.text.endswith("steered ")
    assert await session.steer(1, "late") == "refused"


async def test_pause_holds_answers_and_prompts(desk: Desk) -> None:
    desk.heard.stance = wait
    session = await desk.open()
    await session.prompt(1, "run touch a.txt")
    await desk.heard.until(lambda: bool(desk.heard.asked))
    assert (await session.stop("step")).rung == 1
    assert await session.at_rest() == 1
    await session.answer(desk.heard.asked[0].key, Answer("allow"))
    await asyncio.sleep(0.05)
    assert not (desk.folder / "a.txt").exists()
    assert not desk.heard.of(ToolStarted), "an answer does not start a tool while paused"
    await session.go()
    await desk.heard.end()
    assert (desk.folder / "a.txt").exists()
    await session.stop("step")
    await session.prompt(2, "say two")
    await asyncio.sleep(0.05)
    assert desk.heard.text == ""
    await session.go()
    await desk.heard.end(2)
    assert desk.heard.text == "two "


async def test_a_prompt_that_waits_can_be_interrupted(desk: Desk) -> None:
    session = await desk.open()
    await session.stop("step")
    await session.prompt(1, "say never")
    await session.interrupt("player")
    assert (await desk.heard.end()).stop == "cancelled"
    await session.go()
    assert desk.heard.text == ""


async def test_freeze_and_thaw(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 20)
    await desk.heard.until(lambda: len(desk.heard.text) > 10)
    stopped = await session.stop("freeze")
    assert (stopped.rung, await session.at_rest()) == (3, 3)
    assert stopped.pids
    await session.go()
    await desk.heard.end()
    assert desk.heard.text == "word " * 20 + " "


async def test_hibernate_and_wake(desk: Desk) -> None:
    session = await desk.turn("say one")
    ref = await session.hibernate()
    assert await desk.host.survivors() == ()
    other = await desk.open(epoch=2, resume=ref)
    assert other.ref == ref
    await other.prompt(2, "say two")
    await desk.heard.end(2)
    assert desk.heard.text == "one two "


async def test_a_lost_conversation_begins_anew(desk: Desk) -> None:
    session = await desk.open(resume=SessionRef("codex", "gone"))
    assert session.ref.session.startswith("puppet-")
    assert desk.heard.of(AgentNote)[0].kind == "notice"


async def test_kill_mid_tool(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "run setsid sleep 61 & sleep 62")
    await _until_running(desk, "sleep", 2)
    assert (await session.kill()).survivors == ()
    assert (await desk.heard.end()).cause == "kill"
    assert await desk.host.survivors() == ()
    with pytest.raises(AgentFailed, match="the session has ended"):
        await session.prompt(2, "again")


async def test_pids_come_after_the_first_look(desk: Desk) -> None:
    session = await desk.open()
    assert len(session.pids()) == 1
    await session.kill()
    assert session.pids() == ()


async def test_model_and_images_go_with_the_next_turn(desk: Desk) -> None:
    session = await desk.open()
    assert await session.set_model("other") == "next_turn"
    await session.prompt(1, "say one", (Image("/tmp/a.png", "image/png"),))
    await desk.heard.end()
    await session.prompt(2, "say two")
    await desk.heard.end(2)
    first, second = [one["params"] for one in desk.told() if one.get("method") == "turn/start"]
    assert first["model"] == "other"
    assert first["input"][1] == {"type": "localImage", "path": "/tmp/a.png"}
    assert "model" not in second


async def test_a_bypass_is_not_taken_over(desk: Desk) -> None:
    desk.asks = "agent"
    session = await desk.open("bypass")
    assert session.caps.asks == "some", "what the person allows it is not asked for"
    await session.prompt(1, "run echo hi")
    await desk.heard.end()
    assert [one.name for one in desk.heard.asked] == ["run"]


@pytest.mark.parametrize(("how", "wanted"), [("", {"type": "workspaceWrite"}), ("reader", None)])
async def test_the_worktree_may_be_written_unless_the_person_says_not(
    desk: Desk, how: str, wanted: Any
) -> None:
    desk.asks = "agent"
    await desk.turn("say one", how=how)
    begun = next(one["params"] for one in desk.told() if one.get("method") == "turn/start")
    assert begun.get("sandboxPolicy") == wanted


@pytest.mark.parametrize("auth", ["key", "login"])
async def test_the_provider_is_the_gate(desk: Desk, auth: str) -> None:
    await desk.open(url="http://127.0.0.1:1/t/1", auth=auth)
    params = next(one["params"] for one in desk.told() if one.get("method") == "thread/start")
    provider = params["config"]["model_providers.cc_1"]
    assert params["modelProvider"] == "cc_1"
    assert (provider["request_max_retries"], provider["stream_max_retries"]) == (0, 0)
    wanted = "http://127.0.0.1:1/t/1" + ("/v1" if auth == "key" else "")
    assert provider["base_url"] == wanted
    assert provider.get("requires_openai_auth", False) == (auth == "login")
    assert "cct_" not in (desk.folder / "run/wire-1.jsonl").read_text()
