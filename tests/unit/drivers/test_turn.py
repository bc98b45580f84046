"""The native loop step by step, on scripted answers."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message, ToolCall
from commandcenter.core.events import (
    AgentNote,
    PlanChanged,
    StepMoved,
    ToolEnded,
    ToolStarted,
    TurnEnded,
)
from commandcenter.drivers.base import Answer
from commandcenter.gate.base import CallCut, GateRefused

Say = Callable[..., Any]


async def test_an_answer_without_tools_ends_the_turn(table: Any, say: Say) -> None:
    assert await table.turn(say("Hello.")) == TurnEnded("end")
    first = table.requests[0]
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names == ["read", "list", "search", "write", "edit", "run", "ask", "plan", "finish"]


async def test_neighbouring_reads_run_at_once_and_answer_in_order(table: Any, say: Say) -> None:
    (table.folder / "a").write_text("A")
    (table.folder / "b").write_text("B")
    calls = [("read", {"path": "a"}), ("read", {"path": "b"}), ("list", {"path": "."})]
    await table.turn(say("", *calls), say("done"))
    kinds = [type(e) for e in table.heard.events if isinstance(e, ToolStarted | ToolEnded)]
    assert kinds[:3] == [ToolStarted] * 3, "all begin before one ends"
    told = table.requests[1]["messages"][-3:]
    assert [message["content"][0] for message in told] == ["A", "B", "a"]
    asked = [call["id"] for call in table.requests[1]["messages"][-4]["tool_calls"]]
    assert [message["tool_call_id"] for message in told] == asked


async def test_writes_and_commands_run_one_after_the_other(table: Any, say: Say) -> None:
    calls = [
        ("write", {"path": "a", "content": "1"}),
        ("run", {"command": "cat a && echo 2 > a"}),
        ("read", {"path": "a"}),
    ]
    await table.turn(say("", *calls), say("done"))
    assert table.results() == ["created a", "exit 0\n1", "2\n"]
    kinds = [type(e) for e in table.heard.events if isinstance(e, ToolStarted | ToolEnded)]
    assert kinds == [ToolStarted, ToolEnded] * 3


async def test_bad_calls_are_told_and_harm_nothing(table: Any, say: Say) -> None:
    calls = [
        ("fly", {}),
        ("read", {"file": "a"}),
        ("write", {"path": "../out", "content": ""}),
        ("read", {"path": "none"}),
        ("run", {"command": "no-such-program-here"}),
    ]
    ended = await table.turn(say("", *calls), say("I see."))
    assert ended == TurnEnded("end")
    told = table.results()
    assert told[0].startswith("error: there is no tool 'fly'; the tools are read, list")
    assert told[1].startswith("error: the arguments do not fit the tool read: Object missing")
    assert "outside the workspace" in told[2]
    assert told[3] == "error: there is no none"
    assert told[4].startswith("exit 127")
    assert {status for _, status in table.heard.tools} == {"failed"}


async def test_plan_and_finish(table: Any, say: Say) -> None:
    items = [{"text": "look", "state": "done"}, {"text": "mend"}, "check"]
    calls = [("plan", {"items": items}), ("finish", {"summary": "ok"}), ("list", {})]
    assert await table.turn(say("", *calls)) == TurnEnded("end", cause="finish")
    plan = table.heard.of(PlanChanged)[0].items
    assert plan == (("look", "done"), ("mend", "pending"), ("check", "pending"))
    assert table.heard.tools == [("plan", "ok"), ("finish", "ok"), ("list", "cancelled")]


async def test_steps_are_limited(table: Any, say: Say) -> None:
    ended = await table.turn(*[say("", ("list", {})) for _ in range(9)])
    assert ended.stop == "max_requests"
    assert len(table.requests) == 4
    assert max(event.step for event in table.heard.of(StepMoved)) == 4


@pytest.mark.parametrize(
    ("reason", "stop"), [("length", "max_tokens"), ("content_filter", "refusal")]
)
async def test_other_ends(table: Any, say: Say, reason: str, stop: str) -> None:
    ended = await table.turn(say("so far", ("list", {}), reason=reason))
    assert ended.stop == stop
    assert not table.heard.of(ToolStarted)
    assert table.heard.history[-1].tool_calls == ()


async def test_a_truncated_tool_call_is_never_run(table: Any, say: Say) -> None:
    whole = say("", ("write", {"path": "a", "content": "text"}))
    half = [whole[0][: len(whole[0]) // 2]]
    ended = await table.turn(half, half)
    assert ended.stop == "error"
    assert len(table.requests) == 2
    assert not (table.folder / "a").exists()
    assert [note.kind for note in table.heard.of(AgentNote)] == ["retry"]


async def test_the_gate_refuses(table: Any) -> None:
    ended = await table.turn([GateRefused("cc_ended", "this session has ended")])
    assert ended == TurnEnded("error", error="commandcenter: this session has ended")


@pytest.mark.parametrize("why", ["spend_freeze", "journal", "kill"])
async def test_cut_by_us_is_not_repeated(table: Any, say: Say, why: str) -> None:
    ended = await table.turn([say("half a sen")[0], CallCut(why)])
    assert ended == TurnEnded("cancelled", cause=why, partial="half a sen")
    assert len(table.requests) == 1
    assert table.heard.history[-1].text.startswith("half a sen\n")
    assert await table.turn(say("whole"), text="", number=2) == TurnEnded("end")
    assert table.requests[1]["messages"][-1]["role"] == "user"


async def test_what_nobody_expected_crashes_the_turn_only(
    table: Any, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, "cc.driver"):
        ended = await table.turn([say("so")[0], RuntimeError("broken")])
    assert ended == TurnEnded("crashed", error="RuntimeError('broken')", partial="so")
    assert await table.turn(say("fine"), number=2) == TurnEnded("end")


async def test_denied_and_cancelled_answers(table: Any, say: Say) -> None:
    answers = iter([Answer("deny"), Answer("deny", "why so", "floor"), Answer("cancelled")])
    table.heard.stance = lambda asking: next(answers)
    calls = [("run", {"command": f"echo {n} > f"}) for n in range(3)]
    await table.turn(say("", *calls), say("I see."))
    assert table.results() == [
        "denied by the player",
        "denied by rule floor: why so",
        "cancelled: nobody answered",
    ]
    assert not (table.folder / "f").exists()


async def test_an_empty_answer_keeps_the_conversation_whole(table: Any, say: Say) -> None:
    assert await table.turn(say("")) == TurnEnded("end")
    assert [message.role for message in table.heard.history] == ["user"]


async def test_no_session_without_a_workspace(table: Any) -> None:
    table.folder = table.folder / "gone"
    with pytest.raises(AgentFailed, match="workspace"):
        await table.open()


async def test_words_of_the_player_are_never_lost(table: Any, say: Say) -> None:
    session = await table.open()
    await session.prompt(1, "the brief")
    assert await session.steer(1, "and this") == "injected"
    await session.interrupt("player")
    assert [message.text for message in table.heard.history] == ["the brief", "and this"]
    assert await session.steer(1, "too late") == "refused"
    await table.turn(say("I see."), number=2, text="go on")
    asked = [message["content"] for message in table.requests[0]["messages"]]
    assert asked == ["You are one.", "the brief", "and this", "go on"]


async def test_words_said_while_it_finishes_keep_it_going(table: Any, say: Say) -> None:
    session = await table.open()

    def too_soon(asking: object) -> Answer:
        session._turn.injected.append("wait")  # type: ignore[union-attr]  # a turn runs: it asks
        return Answer("allow")

    table.heard.stance = too_soon
    calls = [("write", {"path": "a", "content": ""}), ("finish", {})]
    ended = await table.turn(say("", *calls), say("What is it?"))
    assert ended == TurnEnded("end")
    assert table.requests[1]["messages"][-1] == {"role": "user", "content": "wait"}


async def test_finish_in_the_last_step_that_is_allowed(table: Any, say: Say) -> None:
    replies = [say("", ("list", {})) for _ in range(3)]
    ended = await table.turn(*replies, say("", ("finish", {})))
    assert ended == TurnEnded("end", cause="finish")


async def test_finish_left_open_by_a_lost_engine(table: Any, say: Say) -> None:
    call = ToolCall("f", "finish", "{}")
    await table.open(history=(Message("user", "go"), Message("assistant", "", (call,))))
    assert await table.turn(text="") == TurnEnded("end", cause="finish")
    assert table.requests == []


async def test_search_in_one_file(table: Any, say: Say) -> None:
    (table.folder / "a").write_text("one\ntwo\n")
    calls = [("search", {"pattern": "two", "path": "a"}), ("search", {"pattern": "x", "path": "b"})]
    await table.turn(say("", *calls), say("ok"))
    assert sorted(table.results()) == ["a:2: two", "error: there is no b"]


async def test_an_edited_command_runs_and_the_model_is_told(table: Any, say: Say) -> None:
    table.heard.stance = lambda asking: Answer("allow", edit="echo other")
    await table.turn(say("", ("run", {"command": "touch made"})), say("ok"))
    assert not (table.folder / "made").exists()
    [told] = table.results()
    assert told.startswith("the person changed the command; this ran in its place: echo other\n")
    assert "other" in told.partition("\n")[2]
    [started] = [one for one in table.heard.events if isinstance(one, ToolStarted)]
    assert started.args == '{"command":"echo other"}'
