"""The acp driver with agents that misbehave, and routed through a real gate."""

from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote, CallSettled, TextAdded, ToolEnded, WireError
from commandcenter.drivers import acp
from commandcenter.drivers.base import Answer, Asking
from commandcenter.gate.base import Route
from commandcenter.testing.acp_kit import AcpKit, acp_driver, puppet_spec
from commandcenter.testing.sessions import Heard

SCENARIO = """
name = "acp"
seed = 7
knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }
[[script]]
id = "work"
step = [
  { say = "I look.", tool = "read", args = { path = "README.md" } },
  { say = "I write.", tool = "write", args = { path = "n/a.txt", content = "alpha\\nbeta\\n" } },
  { say = "I correct.", tool = "edit", args = { path = "n/a.txt", old = "beta", new = "gamma" } },
  { say = "I check.", tool = "shell", args = { command = "ls -la" } },
]
finish = { say = "All done." }
"""


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[AcpKit]:
    kit = AcpKit(tmp_path, acp_driver)
    yield kit
    await kit.close()


async def said(kit: AcpKit, bad: str, text: str) -> Heard:
    """One turn of a bad agent."""
    kit.spec = puppet_spec("--misbehave", bad)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, text)
    await heard.end()
    return heard


async def test_garbage_costs_errors_and_no_more(kit: AcpKit) -> None:
    heard = await said(kit, "garbage", "say One.\nsay Two.")
    assert heard.text == "One.Two."
    wrong = heard.of(WireError)
    assert len(wrong) % 6 == 0
    assert wrong
    assert any(error.sample.startswith("no json") for error in wrong)


async def test_a_line_too_long_is_one_error(kit: AcpKit) -> None:
    heard = await said(kit, "long_line", "say One.")
    assert heard.text == "One."
    assert [error.reason for error in heard.of(WireError)] == ["the line is longer than 16 MiB"]


async def test_a_flood_on_standard_error_is_read_away(kit: AcpKit) -> None:
    assert (await said(kit, "stderr_flood", "say One.")).text == "One."


async def test_unknown_messages_are_notes(kit: AcpKit) -> None:
    heard = await said(kit, "unknown", "say One.")
    assert heard.text == "refused -32601. One."
    assert [note.note for note in heard.of(AgentNote)] == [
        "update telepathy",
        "session/telepathy",
        "request terminal/create",
    ]


async def test_a_crash_ends_the_turn_once(kit: AcpKit) -> None:
    heard = await said(kit, "dies", "say One.")
    _, ended = heard.ends[0]
    assert (ended.stop, ended.partial) == ("crashed", "One.")
    assert ended.error == "the agent has ended (exit 7): my last words"
    assert heard.session is not None
    with pytest.raises(AgentFailed, match="my last words"):
        await heard.session.prompt(2, "again")


async def test_a_crash_in_a_tool_leaves_it_unknown(kit: AcpKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, "run kill -9 $PPID; sleep 60")
    assert (await heard.end()).stop == "crashed"
    assert heard.tools == [("run", "unknown")]
    assert (await session.kill()).survivors == ()


async def test_a_crash_between_turns_is_told(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    psutil.Process(session.pids()[0][0]).kill()
    await heard.until(lambda: bool(heard.of(AgentNote)))
    assert heard.of(AgentNote)[0].note == "the agent has ended (exit -9)"
    await kit.gate.until(lambda: session.pids() == ())
    with pytest.raises(AgentFailed, match="crashed"):
        await session.prompt(1, "say Hello")


async def test_text_after_the_end_is_kept(kit: AcpKit) -> None:
    heard = await said(kit, "late", "say One.")
    await heard.until(lambda: "too late" in heard.text)
    assert len(heard.ends) == 1
    assert isinstance(heard.events[-1], TextAdded)


async def test_an_agent_that_never_answers(kit: AcpKit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acp, "CANCELS_S", (0.05, 0.05))
    monkeypatch.setattr(acp, "LAST_S", 0.05)
    kit.spec = puppet_spec("--misbehave", "never_answers")
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "say One.")
    assert (await session.stop("step")).rung == 0
    with pytest.raises(AgentFailed, match="timeout"):
        await session.interrupt("player")
    assert (await session.kill()).survivors == ()
    assert (await heard.end()).stop == "cancelled"


@pytest.mark.parametrize(
    ("bad", "kind"), [("future", "protocol"), ("auth", "auth"), ("no_resume", "refused")]
)
async def test_no_session(kit: AcpKit, bad: str, kind: str) -> None:
    resume = acp.SessionRef("acp", "gone") if bad == "no_resume" else None
    kit.spec = puppet_spec("--misbehave", bad)
    with pytest.raises(AgentFailed, match=kind):
        await kit.open(Heard(), resume=resume)
    assert await kit.host.survivors() == ()


async def test_a_session_that_is_gone(kit: AcpKit) -> None:
    with pytest.raises(AgentFailed, match="refused: no session gone"):
        await kit.open(Heard(), resume=acp.SessionRef("acp", "gone"))


async def test_quirks_correct_the_handshake(kit: AcpKit) -> None:
    quirks = {"resume": "none", "asks": "none", "images": "no", "steer": "refuse"}
    kit.spec = puppet_spec(quirks=quirks)
    caps = (await kit.open(Heard())).caps
    assert (caps.resume, caps.asks, caps.images) == ("none", "none", "no")
    assert (caps.step, caps.steer) == ("none", "refuse")
    kit.spec = puppet_spec(quirks={"asks": "perhaps"})
    with pytest.raises(AgentFailed, match="unsupported"):
        await kit.open(Heard(), thread=2)
    kit.spec = puppet_spec(quirks={"speed": "high"})
    with pytest.raises(AgentFailed, match="no such quirk"):
        await kit.open(Heard(), thread=3)


async def test_routed_through_the_gate(kit: AcpKit) -> None:
    await kit.spar(SCENARIO)
    heard = Heard()
    session = await kit.open(heard)
    assert (session.caps.routed, session.caps.set_model) == ("yes", "now")
    await session.prompt(1, "Do it. [[sparring script=work seed=3]]")
    await heard.until(lambda: "I write" in heard.text)
    kit.gate.gate.route(1, Route("chat", "sparring-large"))
    assert await session.set_model("sparring-large") == "now"
    assert (await heard.end()).stop == "end"
    assert heard.text == "I look.I write.I correct.I check.All done."
    assert heard.tools == [("read", "ok"), ("write", "ok"), ("edit", "ok"), ("run", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"
    await kit.gate.settled()
    logged = [one.end.usage for one in kit.requests() if one.end]
    assert [event.usage for event in kit.gate.events(CallSettled)] == logged
    assert len(logged) == 5
    assert {one.begin.model for one in kit.requests()} == {"sparring-small", "sparring-large"}
    assert "cct_" not in (kit.home() / "wire-1.jsonl").read_text()


async def test_held_at_the_gate(kit: AcpKit) -> None:
    await kit.spar(SCENARIO)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    kit.hold()
    await session.prompt(1, "Do it. [[sparring script=work seed=3]]")
    await kit.gate.until(lambda: kit.waits(1))
    assert (await session.stop("step")).rung == 2
    assert await session.at_rest() == 2
    assert kit.requests() == []
    await session.go()
    kit.release()
    assert (await heard.end()).stop == "end"
    assert len(heard.of(ToolEnded)) == 4
