"""Contract of every driver (agents.md 12): turns, tools, questions. 1 to 10, 21 to 23, 45."""

import asyncio
import hashlib
from typing import get_args

import msgspec
import pytest

from commandcenter.core.events import (
    CallAdmitted,
    CallSettled,
    ContextMeasured,
    StepMoved,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
)
from commandcenter.drivers.base import Answer, Asking, Capabilities, Found
from commandcenter.drivers.catalog import NATIVE
from commandcenter.gate.base import Route
from commandcenter.testing.sessions import DriverKit, Heard

EXPECTED = {
    "native": {
        "step": "own", "freeze": "tools", "interrupt": "yes", "interrupt_kills_tools": "yes",
        "steer": "inject", "fork": "any", "resume": "resume", "set_model": "now", "asks": "all",
        "usage": "wire", "routed": "yes", "turns": "exact", "images": "no", "commands": "no",
        "subagents": "no", "by_hand": "no", "compact": "no",
    }
}  # fmt: skip
"""The table of agents.md 2; a session that declares less fails."""
WIRES = ("chat", "anthropic", "ollama")


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in knobs.items())
    return f"Do it. [[sparring script={script} seed=3 {more}]]"


async def test_1_probe(kit: DriverKit) -> None:
    found = await kit.driver.probe(NATIVE)
    assert isinstance(found, Found)
    assert found.version


async def test_2_open_reports_caps_and_ref(kit: DriverKit) -> None:
    session = await kit.open(Heard())
    assert msgspec.structs.asdict(session.caps) == EXPECTED[kit.driver.kind]
    assert session.ref.driver == kit.driver.kind
    assert session.epoch == 1
    assert all(get_args(hint) for hint in Capabilities.__annotations__.values())


@pytest.mark.parametrize("wire", WIRES)
async def test_3_and_45_text_turn_equals_the_wire(kit: DriverKit, wire: str) -> None:
    heard = Heard()
    session = await kit.open(heard, account=wire)
    await session.prompt(1, brief("words"))
    ended = await heard.end()
    assert (ended.stop, ended.cause, ended.error) == ("end", "finish", "")
    assert heard.text == "Grüße: \x1b[31mred\x1b[0m \u202e and a tab\tend. Δ😀"
    assert [message.role for message in heard.history] == ["user", "assistant", "tool"]
    assert heard.history[1].text == heard.text
    measured = heard.of(ContextMeasured)[-1]
    settled = kit.gate.events(CallSettled)[-1]
    assert measured.used == settled.usage.input + settled.usage.output


@pytest.mark.parametrize("wire", WIRES)
async def test_4_and_5_tool_turn(kit: DriverKit, wire: str) -> None:
    heard = Heard()
    session = await kit.open(heard, account=wire)
    await session.prompt(1, brief("work"))
    await heard.end()
    assert heard.tools == [(n, "ok") for n in ("read", "write", "edit", "run", "finish")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"
    assert [asking.name for asking in heard.asked] == ["write", "edit", "run"]
    read = heard.of(ToolEnded)[0]
    assert read.result_hash == hashlib.sha256(read.result.encode()).hexdigest()
    effects = [event.effect for event in heard.of(ToolStarted)]
    assert effects == [event.effect for event in heard.of(ToolEnded)]
    assert len(set(effects)) == 5
    await kit.gate.settled()
    logged = [logged.end.usage for logged in kit.requests() if logged.end]
    assert [event.usage for event in kit.gate.events(CallSettled)] == logged
    assert len(logged) == 5


async def test_4_steps_are_told(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end()
    first = [(e.state, e.activity) for e in heard.of(StepMoved) if e.step == 1]
    assert first == [
        ("ready", "thinking"),
        ("asking", "thinking"),
        ("streaming", "generating"),
        ("tools", "tool"),
        ("done", ""),
    ]
    assert max(event.step for event in heard.of(StepMoved)) == 5


async def test_4_output_exit_and_start_before_effect(kit: DriverKit) -> None:
    heard = Heard(stance=allow, record_s=0.01)
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.end()
    ended = heard.of(ToolEnded)[0]
    assert (ended.status, ended.exit) == ("failed", 3)
    assert ended.summary.startswith("exit 3")
    said = {event.stream: event.delta for event in heard.of(ToolOutputAdded)}
    assert said == {"out": "to-out\n", "err": "to-err\n"}
    kinds = [type(event) for event in heard.events]
    assert kinds.index(ToolStarted) < kinds.index(ToolOutputAdded) < kinds.index(ToolEnded)


async def test_6_cancelled_turn_is_metered(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=40))
    await heard.until(lambda: len(heard.text) > 20)
    await session.interrupt("player")
    assert (await heard.end()).partial == heard.text
    await kit.gate.until(lambda: bool(kit.gate.events(CallSettled)))
    settled = kit.gate.events(CallSettled)[0]
    assert (settled.end, settled.usage.counts) == ("client_gone", "estimated")
    assert settled.usage.output > 0


async def test_7_ask_allow(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked))
    asking = heard.asked[0]
    assert (asking.kind, asking.name, asking.call) == (
        "tool",
        "run",
        heard.history[-1].tool_calls[0].id,
    )
    assert asking.args["command"].startswith("sh -c")
    assert not heard.of(ToolStarted)
    await session.answer(asking.key, Answer("allow"))
    await heard.end()
    assert heard.tools[0] == ("run", "failed")


async def test_8_ask_deny_does_not_run(kit: DriverKit) -> None:
    heard = Heard(stance=lambda asking: Answer("deny", "not on my machine"))
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.end()
    assert heard.tools[0] == ("run", "denied")
    assert not heard.of(ToolOutputAdded)
    assert heard.history[2].results[0].text == "denied by the player: not on my machine"
    assert "That was not allowed" in heard.text


async def test_8_rules_deny_by_name(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("risky"))
    await heard.until(lambda: len(heard.asked) == 4)
    assert [status for _, status in heard.tools] == ["denied"] * 3
    results = [m.results[0].text for m in heard.history if m.results]
    assert all(text.startswith("denied by rule floor: ") for text in results)
    await session.answer(heard.asked[3].key, Answer("deny"))
    await heard.end()
    assert heard.tools[3:] == [("run", "denied"), ("finish", "ok")]


async def test_9_ask_cancelled_on_interrupt(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked))
    await session.interrupt("player")
    assert (await heard.end()).stop == "cancelled"
    assert not heard.of(ToolStarted)
    await session.answer(heard.asked[0].key, Answer("allow"))
    await asyncio.sleep(0.02)
    assert not heard.of(ToolStarted)


async def test_10_late_or_repeated_answer_is_ignored(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked))
    key = heard.asked[0].key
    await session.answer("no such key", Answer("allow"))
    await session.answer(key, Answer("deny"))
    await session.answer(key, Answer("allow"))
    await heard.end()
    await session.answer(key, Answer("allow"))
    assert heard.tools[0] == ("run", "denied")


async def test_question_is_answered(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("question"))
    await heard.until(lambda: bool(heard.asked))
    asking = heard.asked[0]
    assert (asking.kind, asking.text, asking.options) == (
        "question",
        "Which way?",
        ("left", "right"),
    )
    await session.answer(asking.key, Answer("answer", "left"))
    await heard.end()
    assert heard.tools == [("ask", "ok"), ("finish", "ok")]
    assert "Thanks, that settles it." in heard.text


async def test_21_steer_running(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert await session.steer(1, "too early") == "refused"
    await session.prompt(1, brief("work", rate=200))
    await heard.until(lambda: "I look" in heard.text)
    assert await session.steer(1, "mind the tests") == "injected"
    await heard.end()
    assert [m.text for m in heard.history if m.role == "user"][1] == "mind the tests"
    assert heard.history[3].text == "mind the tests"
    assert "mind the tests" in heard.text


async def test_21_steer_in_the_last_step_keeps_the_turn_open(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=400))
    await heard.until(lambda: "word3" in heard.text)
    assert await session.steer(1, "one thing more") == "injected"
    assert (await heard.end()).cause == ""
    assert len(kit.requests()) == 2
    assert "one thing more" in [m.text for m in heard.history if m.role == "user"]


async def test_22_model_change_by_gate_mid_turn(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("work", rate=200))
    await heard.until(lambda: "I look" in heard.text)
    kit.gate.gate.route(1, Route("chat", "sparring-large"))
    await heard.end()
    sent = [event.sent for event in kit.gate.events(CallAdmitted)]
    assert sent == ["sparring-small", *["sparring-large"] * 4]
    assert [logged.begin.model for logged in kit.requests()] == sent


async def test_23_set_model_idle(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert await session.set_model("sparring-medium") == "now"
    await session.prompt(1, brief("words"))
    await heard.end()
    assert kit.gate.events(CallAdmitted)[0].asked == "sparring-medium"


async def test_a_second_prompt_is_refused(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=100))
    with pytest.raises(Exception, match="a turn runs already"):
        await session.prompt(2, "again")
    await session.interrupt("player")
