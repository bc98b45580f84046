"""The real Codex through a real gate, answered by sparring (agents.md 12); `make agents`."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.events import (
    CallSettled,
    ContextMeasured,
    ToolEnded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.base import RESUME_PROMPT, AgentSpec, Answer, Found, Session
from commandcenter.drivers.codex_session import CAPS
from commandcenter.gate.base import Route
from commandcenter.hosts.base import Spawn
from commandcenter.testing.codex_kit import CodexKit, allow, binary, codex_driver, wait
from commandcenter.testing.scenarios import (
    COMMAND,
    LONG,
    cut,
    say,
    scenario,
    shell,
    storm,
    use,
    words,
    work,
)
from commandcenter.testing.sessions import MARK, Heard
from commandcenter.wires.codex import ASKS, HEARD, REQUESTS, SILENT

pytestmark = [pytest.mark.agents]
SHORT_S = 1.0
FREEZE_S = 20.0
ROOT = Path(__file__).parents[2]
WORDS = " ".join(f"word{n}" for n in range(60))
SCENARIO = scenario(
    "codex",
    words(),
    say(),
    work(use("I look.", "shell", command="ls -la")),
    shell(),
    storm(0.9, 1.0, use("Now.", "shell", command="sleep 1.1"), "Through."),
    cut(),
).replace(LONG, WORDS)
ESCAPE = "setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; echo ready; sleep 64"


BINARY = binary(ROOT)
BY_PATH = AgentSpec("codex", "Codex", "codex", command=(BINARY,))


def running(command: str) -> str:
    """The scenario with this command."""
    return SCENARIO.replace(COMMAND, command)


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in knobs.items())
    return f"Do it. [[sparring script={script} seed=3 {more}]]"


def marked() -> list[psutil.Process]:
    """Living processes with our mark, found by looking, not by our own list."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CC_HOME") == MARK and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest_asyncio.fixture
async def bare(tmp_path: Path) -> AsyncIterator[CodexKit]:
    """Without sparring."""
    if not BINARY:
        pytest.fail("no codex: AGENT_CODEX, .agents/bin/codex or PATH")
    kit = CodexKit(tmp_path, codex_driver, command=(BINARY,))
    kit.home = Path.home() / ".cache" / f"commandcenter-test-codex-{os.getpid()}"
    kit.home.mkdir(parents=True, exist_ok=True)
    yield kit
    await kit.close()
    shutil.rmtree(kit.home, ignore_errors=True)


@pytest_asyncio.fixture
async def kit(bare: CodexKit) -> CodexKit:
    await bare.ready(SCENARIO)
    return bare


async def test_probe_and_capabilities(kit: CodexKit) -> None:
    assert isinstance(await kit.driver.probe(BY_PATH), Found)
    heard = Heard()
    session = await kit.open(heard)
    assert session.caps == CAPS
    assert session.version.startswith("0.")
    assert session.ref.session


async def test_text_turn_equals_the_wire(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("words"))
    ended = await heard.end(limit_s=20)
    assert (ended.stop, ended.error) == ("end", "")
    assert heard.text == "Grüße: \x1b[31mred\x1b[0m \u202e and a tab\tend. Δ😀"
    assert len(kit.requests()) == 1
    assert heard.of(ContextMeasured)[-1].used > 0
    assert heard.of(UsageReported)[-1].output > 0
    await kit.gate.settled()
    assert len(kit.gate.events(CallSettled)) == 1


async def test_tool_turn_writes_a_file(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    assert heard.tools == [("run", "ok"), ("write", "ok"), ("edit", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"
    assert [asking.name for asking in heard.asked] == ["run", "write", "edit"]
    assert heard.asked[0].args == {"command": "ls -la"}
    assert len(kit.requests()) == 4


async def test_by_the_persons_own_settings_it_writes_in_its_worktree_unasked(kit: CodexKit) -> None:
    kit.asks = "agent"
    heard = Heard(stance=wait)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    assert (await heard.end(limit_s=30)).stop == "end"
    assert heard.asked == []
    assert heard.tools == [("run", "ok"), ("write", "ok"), ("edit", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


async def test_deny_does_not_run(bare: CodexKit) -> None:
    await bare.ready(running("touch denied.txt"))
    heard = Heard(stance=lambda asking: Answer("deny"))
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    assert (await heard.end(limit_s=20)).stop == "end"
    assert heard.tools == [("run", "denied")]
    assert not (bare.workspace() / "denied.txt").exists()


async def test_ask_is_cancelled_by_interrupt_and_late_answer_ignored(bare: CodexKit) -> None:
    await bare.ready(running("touch late.txt"))
    heard = Heard(stance=wait)
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked), 20)
    await session.interrupt("player")
    assert (await heard.end()).stop == "cancelled"
    assert heard.tools == [("run", "cancelled")]
    await session.answer(heard.asked[0].key, Answer("allow"))
    await asyncio.sleep(SHORT_S)
    assert not (bare.workspace() / "late.txt").exists()
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, 20)).stop == "end"


async def test_pause_between_steps(kit: CodexKit) -> None:
    heard = Heard(stance=wait)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: len(heard.asked) == 1, 20)
    kit.hold()
    assert (await session.stop("step")).rung == 1
    assert await session.at_rest() == 1
    await session.answer(heard.asked[0].key, Answer("allow"))
    before = len(kit.requests())
    await asyncio.sleep(SHORT_S)
    assert not heard.of(ToolEnded)
    assert len(kit.requests()) == before
    heard.stance = allow
    kit.release()
    await session.go()
    await heard.end(limit_s=20)
    assert len(kit.requests()) == 4
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


async def test_pause_at_the_gate(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    kit.hold()
    await session.prompt(1, brief("work"))
    await kit.gate.until(lambda: kit.waits(1), 10)
    await session.stop("step")
    assert await asyncio.wait_for(session.at_rest(), 2) == 2
    await asyncio.sleep(SHORT_S)
    assert kit.requests() == []
    kit.release()
    await session.go()
    await heard.end(limit_s=20)
    assert len(kit.requests()) == 4


async def test_freeze_20_s_mid_stream(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word5" in heard.text, 20)
    stopped = await session.stop("freeze")
    assert stopped.rung == 3
    assert stopped.pids
    await asyncio.sleep(FREEZE_S)
    await session.go()
    assert (await heard.end(limit_s=30)).stop == "end"
    assert heard.text == WORDS
    assert len(kit.requests()) == 1


async def test_interrupt_mid_text(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word1" in heard.text, 20)
    began = asyncio.get_running_loop().time()
    await session.interrupt("player")
    ended = await heard.end()
    assert asyncio.get_running_loop().time() - began < 1
    assert (ended.stop, ended.cause, ended.partial) == ("cancelled", "player", heard.text)
    await kit.gate.until(lambda: kit.requests()[0].end is not None, 1)
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, 20)).stop == "end"


async def test_interrupt_mid_tool(bare: CodexKit) -> None:
    await bare.ready(running(ESCAPE))
    heard = Heard(stance=allow)
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.of(ToolStarted)), 20)
    await bare.gate.until(lambda: len(marked()) >= 5, 20)
    began = asyncio.get_running_loop().time()
    await session.interrupt("player")
    assert asyncio.get_running_loop().time() - began < 2
    assert [process.name() for process in marked()] == ["codex"]
    assert heard.tools == [("run", "cancelled")]
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, 20)).stop == "end"


async def test_kill_tree(bare: CodexKit) -> None:
    await bare.ready(running(ESCAPE))
    heard = Heard(stance=allow)
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.of(ToolStarted)), 20)
    await bare.gate.until(lambda: len(marked()) >= 5, 20)
    assert (await session.kill()).survivors == ()
    assert marked() == []
    assert (await heard.end()).cause == "kill"


async def test_crash_and_resume(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    await session.prompt(2, brief("say", rate=20))
    await heard.until(lambda: "word5" in heard.text, 20)
    psutil.Process(await first(session)).kill()
    ended = await heard.end(2, 10)
    assert (ended.stop, ended.partial) == ("crashed", heard.text.partition("All done.")[2])
    again = Heard(stance=allow)
    other = await kit.open(again, epoch=2, resume=session.ref)
    assert other.ref == session.ref
    assert not again.of(ToolStarted), "what it replays is not told again"
    await other.prompt(3, RESUME_PROMPT + brief("words"))
    assert (await again.end(3, 20)).stop == "end"
    assert again.tools == []
    assert "Grüße" in again.text


async def first(session: Session) -> int:
    """The app-server's pid, once the session has looked."""
    async with asyncio.timeout(5):
        while not session.pids():
            await asyncio.sleep(0.05)
    return session.pids()[0][0]


async def test_hibernate_and_wake(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("words"))
    await heard.end(limit_s=20)
    ref = await session.hibernate()
    assert marked() == []
    woken = Heard(stance=allow)
    other = await kit.open(woken, epoch=2, resume=ref)
    await other.prompt(2, brief("work"))
    assert (await woken.end(2, 30)).stop == "end"
    assert [name for name, _ in woken.tools] == ["run", "write", "edit"]


async def test_model_change_by_the_gate_mid_turn(kit: CodexKit) -> None:
    heard = Heard(stance=wait)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: bool(heard.asked), 20)
    kit.gate.gate.route(1, Route("responses", "sparring-large"))
    assert await session.set_model("sparring-large") == "next_turn"
    heard.stance = allow
    await session.answer(heard.asked[0].key, Answer("allow"))
    await heard.end(limit_s=30)
    models = [logged.begin.model for logged in kit.requests()]
    assert models == ["sparring-small", *["sparring-large"] * 3]


async def test_cut_stream(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("cut"))
    ended = await heard.end(limit_s=30)
    assert ended.stop == "error"
    assert ended.partial == heard.text
    assert len(kit.requests()) <= 2


async def test_storm_529(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("storm"))
    ended = await heard.end(limit_s=30)
    assert (ended.stop, heard.text) == ("end", "Now.Through.")
    assert len(kit.requests()) > 2, "the storm was met, by the gate alone"


async def test_steer_running(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word3" in heard.text, 20)
    assert await session.steer(1, brief("words")) == "injected"
    await heard.end(limit_s=30)
    assert "Grüße" in heard.text
    assert await session.steer(1, "late") == "refused"


async def test_no_secret_leaks(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=30)
    secret = kit.address.secret
    for process in marked():
        assert secret not in " ".join(process.cmdline())
        assert secret not in str(process.environ())
    assert secret not in (kit.folder / "wire-1-1.jsonl").read_text()


async def test_the_schema_of_the_binary_knows_what_we_use(kit: CodexKit, tmp_path: Path) -> None:
    out = tmp_path / "schema"
    argv = (BINARY, "app-server", "generate-json-schema", "--experimental", "--out", str(out))
    env = {"PATH": os.environ["PATH"], "CODEX_HOME": str(kit.home), "HOME": str(kit.home)}
    ran = await kit.host.run(Spawn(argv, str(tmp_path), env), 30)
    assert ran.code == 0, ran.err
    assert set(REQUESTS) <= methods(out / "ClientRequest.json")
    assert set(ASKS) <= methods(out / "ServerRequest.json")
    assert {*HEARD, *SILENT} <= methods(out / "ServerNotification.json")


def methods(path: Path) -> set[str]:
    """Every method of one direction."""
    schema = json.loads(path.read_text())
    return {one["properties"]["method"]["enum"][0] for one in schema["oneOf"]}
