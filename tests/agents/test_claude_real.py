"""The real Claude Code on a real gate and sparring: `pytest -m agents tests/agents`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core.events import (
    AgentNote,
    CommandsChanged,
    ContextMeasured,
    ModelChanged,
    TextAdded,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    UsageReported,
    WindowSeen,
    WireError,
)
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Found
from commandcenter.gate.base import Route
from commandcenter.testing.real_claude import MANY, SPEC, Kit, allow, brief, claude, make, marked
from commandcenter.testing.sessions import Heard

pytestmark = pytest.mark.agents
LONG_S = 20
SHORT_S = 1


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    assert claude(), "no claude: set AGENT_CLAUDE or put it on the PATH"
    kit = Kit(tmp_path, make)
    yield kit
    await kit.close()


async def test_probe(kit: Kit) -> None:
    found = await kit.driver.probe(SPEC)
    assert isinstance(found, Found)
    assert found.version[0].isdigit()


async def test_text_turn(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    assert session.version
    assert "compact" in session.commands or session.commands
    await session.prompt(1, brief("words"))
    assert (await heard.end(limit_s=30)).stop == "end"
    assert heard.text.endswith("Grüße: a tab\tend. Δ😀")
    assert heard.text.count("Grüße") == 1
    assert len(heard.of(UsageReported)) == len(heard.of(ContextMeasured)) == 1
    assert "compact" in session.commands
    assert not heard.of(WireError)


async def test_tool_turn(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    assert heard.tools == [("read", "ok"), ("write", "ok"), ("edit", "ok"), ("run", "ok")]
    assert (kit.workspace() / "n/a.txt").read_text() == "alpha\ngamma\n"
    assert [asking.name for asking in heard.asked] == ["read", "write", "edit", "run"]
    assert heard.of(ToolEnded)[-1].exit == 0
    assert len(kit.requests()) == 5


async def test_ask_allow_and_deny(kit: Kit) -> None:
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("touch"))
    await heard.end(limit_s=30)
    assert (kit.workspace() / "made").exists()
    assert (heard.tools, heard.of(ToolEnded)[0].exit) == ([("run", "failed")], 3)
    (kit.workspace() / "made").unlink()
    heard.stance = lambda asking: Answer("deny", "not now")
    await session.prompt(2, brief("touch", seed=4))
    assert (await heard.end(2, limit_s=30)).stop == "end"
    assert not (kit.workspace() / "made").exists()
    assert heard.tools[-1] == ("run", "denied")


async def test_pause_between_steps(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text, 30)
    kit.hold()
    await session.stop("step")
    assert await asyncio.wait_for(session.at_rest(), 5) in (1, 2)
    began = len(kit.requests())
    await asyncio.sleep(SHORT_S)
    assert len(kit.requests()) == began
    kit.release()
    await session.go()
    assert (await heard.end(limit_s=30)).stop == "end"
    assert len(kit.requests()) == 5
    assert (kit.workspace() / "n/a.txt").read_text() == "alpha\ngamma\n"


async def test_freeze_20_s_mid_stream(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word9" in heard.text, 30)
    stopped = await session.stop("freeze")
    assert stopped.rung == 3
    assert stopped.pids
    said = heard.text
    await asyncio.sleep(LONG_S)
    assert len(heard.text) <= len(said) + 200
    await session.go()
    assert (await heard.end(limit_s=30)).stop == "end"
    assert heard.text.endswith(MANY)
    assert len(kit.requests()) == 1


async def test_interrupt_mid_text_then_prompt(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("say", rate=10))
    await heard.until(lambda: "word9" in heard.text, 30)
    await asyncio.wait_for(session.interrupt("player"), 1)
    end = await heard.end()
    assert (end.stop, end.cause) == ("cancelled", "player")
    assert "word9" in end.partial
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, limit_s=30)).stop == "end"


async def test_interrupt_mid_tool(kit: Kit) -> None:
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("escape"))
    here = kit.workspace() / "here"
    async with asyncio.timeout(30):
        while not here.exists():
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.09)
    assert len(marked()) >= 4
    await asyncio.wait_for(session.interrupt("player"), 2)
    assert (await heard.end()).stop == "cancelled"
    assert heard.tools == [("run", "cancelled")]
    assert [one.name() for one in marked()] == ["claude"]


async def test_interrupt_at_an_open_ask_and_while_paused(kit: Kit) -> None:
    heard = Heard(stance=lambda asking: None)
    session = await kit.start(heard)
    await session.prompt(1, brief("touch"))
    await heard.until(lambda: bool(heard.asked), 30)
    await asyncio.wait_for(session.interrupt("player"), 1)
    assert (await heard.end()).stop == "cancelled"
    await session.answer(heard.asked[0].key, Answer("allow"))
    await session.stop("step")
    await session.prompt(2, brief("touch"))
    assert await asyncio.wait_for(session.at_rest(), 20) == 1
    await asyncio.wait_for(session.interrupt("player"), 1)
    assert (await heard.end(2)).stop == "cancelled"
    await session.go()
    assert not (kit.workspace() / "made").exists()


async def test_kill_tree(kit: Kit) -> None:
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("escape"))
    here = kit.workspace() / "here"
    async with asyncio.timeout(30):
        while not here.exists():
            await asyncio.sleep(0.05)
    report = await session.kill()
    assert report.survivors == ()
    assert marked() == []
    assert (await heard.end()).stop == "cancelled"


async def test_crash_and_resume(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("words"))
    await heard.end(limit_s=30)
    await session.prompt(2, brief("say", rate=10))
    await heard.until(lambda: "word9" in heard.text, 30)
    os.kill(session.talk.process.proc.pid, 9)
    end = await heard.end(2)
    assert end.stop == "crashed"
    assert "word9" in end.partial
    again = Heard()
    resumed = await kit.start(again, epoch=2, resume=session.ref)
    assert not again.of(TextAdded)
    assert resumed.ref == session.ref
    await resumed.prompt(3, RESUME_PROMPT)
    assert (await again.end(3, limit_s=30)).stop == "end"
    assert MANY in again.text


async def test_model_change_by_gate_and_by_agent(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text, 30)
    kit.gate.gate.route(1, Route("anthropic", "sparring-large"))
    await heard.end(limit_s=30)
    models = [one.begin.model for one in kit.requests()]
    assert (models[0], models[-1]) == ("sparring-small", "sparring-large")
    assert await session.set_model("sparring-medium") == "now"
    assert not heard.of(ModelChanged)


async def test_hibernate_and_wake(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("words"))
    await heard.end(limit_s=30)
    ref = await session.hibernate()
    assert marked() == []
    again = Heard()
    woken = await kit.start(again, epoch=2, resume=ref)
    await woken.prompt(2, "go on")
    assert (await again.end(2, limit_s=30)).stop == "end"
    assert len([one for one in heard.events if isinstance(one, TurnEnded)]) == 1
    assert not again.of(CommandsChanged) or woken.commands


async def test_two_sessions_two_addresses(kit: Kit) -> None:
    one, two = Heard(), Heard()
    first, second = await asyncio.gather(kit.start(one), kit.start(two, thread=2))
    await asyncio.gather(first.prompt(1, brief("work")), second.prompt(1, brief("words")))
    await asyncio.gather(one.end(limit_s=40), two.end(limit_s=40))
    assert len(one.of(ToolStarted)) == 4
    assert not two.of(ToolStarted)


async def test_cut_stream(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("cut"))
    await heard.end(limit_s=60)
    assert heard.text.count("word0 ") == 1
    assert heard.text.endswith(MANY)
    assert len(kit.requests()) <= 2


async def test_no_secret_leaks(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    for process in marked():
        assert "cct_" not in " ".join(process.cmdline())
    home = kit.folder / "thread-1"
    assert (home / "claude-1.json").stat().st_mode & 0o777 == 0o600
    assert "cct_" not in (home / "wire-1.jsonl").read_text()
    assert not any("cct_" in repr(event) for event in heard.events)
    for path in (home / "home").rglob("*"):
        if path.is_file():
            assert b"cct_" not in path.read_bytes(), path


async def test_mine_outranks_the_persons_address(kit: Kit) -> None:
    home = kit.folder / "thread-1/home/.claude"
    home.mkdir(parents=True)
    address = json.dumps(
        {
            "env": {
                "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
                "ANTHROPIC_API_KEY": "sk-ant-the-persons-own",
                "CLAUDE_CODE_USE_BEDROCK": "1",
            }
        }
    )
    (home / "settings.json").write_text(address)
    kit.profile, kit.asks = "mine", "agent"
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    assert (await heard.end(limit_s=30)).stop == "end"
    assert [asking.name for asking in heard.asked] == ["write", "edit"]
    assert (home / "settings.json").read_text() == address


async def test_the_persons_rules_and_all_asked(kit: Kit) -> None:
    home = kit.folder / "thread-1/home/.claude"
    home.mkdir(parents=True)
    rules = '{"permissions": {"allow": ["Bash(*)", "Edit", "Write"]}}'
    (home / "settings.json").write_text(rules)
    kit.profile, kit.asks = "mine", "agent"
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    assert not heard.asked
    kit.asks = "all"
    other = Heard(stance=allow)
    session = await kit.start(other, epoch=2)
    await session.prompt(1, brief("work"))
    await other.end(limit_s=30)
    assert [asking.name for asking in other.asked] == ["read", "write", "edit", "run"]


async def test_a_blanket_permission_is_taken_back(kit: Kit) -> None:
    home = kit.folder / "thread-1/home/.claude"
    home.mkdir(parents=True)
    blanket = '{"permissions": {"defaultMode": "bypassPermissions"}}'
    (home / "settings.json").write_text(blanket)
    kit.profile, kit.asks = "mine", "agent"
    kit.person["IS_SANDBOX"] = "1"  # else root may not even start it so
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("touch"))
    await heard.end(limit_s=30)
    assert [asking.name for asking in heard.asked] == ["run"]


async def test_a_login_passes_untouched(kit: Kit) -> None:
    await kit.on_a_plan()
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    assert (await heard.end(limit_s=30)).stop == "end"
    assert kit.plan is not None
    logged = kit.plan.log.all()
    assert len(logged) == 5
    assert all(one.end is not None and one.end.status == 200 for one in logged)
    assert "x-cc-secret" not in logged[0].begin.headers
    assert kit.gate.events(WindowSeen)[0].minutes == 300
    for path in (kit.folder / "thread-1").rglob("*"):
        if path.is_file():
            assert b"sparring-login-claude" not in path.read_bytes(), path


async def test_slash_commands_go_through(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("words"))
    await heard.end(limit_s=30)
    said = len(heard.text)
    await session.prompt(2, "/context")
    assert (await heard.end(2, limit_s=30)).stop == "end"
    assert "Context" in heard.text[said:]
    await session.prompt(3, "/compact")
    assert (await heard.end(3, limit_s=30)).stop == "end"
    assert [note.kind for note in heard.of(AgentNote)].count("compaction") == 1
