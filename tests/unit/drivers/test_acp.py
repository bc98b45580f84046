"""The acp driver with a puppet agent: turns, tools, questions, stops, ends."""

import asyncio
import base64
import hashlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import (
    CommandsChanged,
    PlanChanged,
    ThoughtAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.base import AgentSpec, Answer, Asking, Found, Image, Missing
from commandcenter.drivers.catalog import load_agents
from commandcenter.testing.acp_kit import AcpKit, acp_driver, puppet_spec
from commandcenter.testing.sessions import Heard

ESCAPE = "setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; echo ready; sleep 64"


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[AcpKit]:
    kit = AcpKit(tmp_path, acp_driver)
    yield kit
    await kit.close()


def names(heard: Heard) -> list[str]:
    return [type(event).__name__ for event in heard.events]


async def test_probe(kit: AcpKit) -> None:
    assert isinstance(await kit.driver.probe(kit.spec), Found)
    missing = await kit.driver.probe(AgentSpec("no", "no", "acp", command=("no-such-agent",)))
    assert isinstance(missing, Missing)


async def test_open_says_what_it_can(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert session.version == "1.2.3"
    assert session.ref.session
    caps = session.caps
    assert (caps.step, caps.freeze, caps.steer, caps.resume) == ("ask", "tree", "queue", "resume")
    assert (caps.asks, caps.usage, caps.images, caps.by_hand) == ("all", "turn", "yes", "yes")
    assert (caps.routed, caps.set_model) == ("no", "now")
    await heard.until(lambda: bool(heard.of(CommandsChanged)))
    assert session.commands == ("tidy",)
    assert len(session.pids()) == 1


async def test_a_turn_is_told_in_order(kit: AcpKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await heard.until(lambda: bool(heard.of(CommandsChanged)))
    heard.events.clear()
    await session.prompt(
        1,
        "think hm\nsay Hello Δ😀 \\u202e\nread README.md\nwrite n/a.txt alpha\n"
        "run echo out; exit 3\nplan one|two\nsay Done.",
    )
    ended = await heard.end()
    assert (ended.stop, ended.cause, ended.error, ended.partial) == ("end", "", "", "")
    assert heard.text == "Hello Δ😀 \\u202eDone."
    assert names(heard) == [
        "ThoughtAdded", "TextAdded",
        "ToolStarted", "ToolEnded",
        "ToolStarted", "ToolEnded",
        "ToolStarted", "ToolOutputAdded", "ToolEnded",
        "PlanChanged", "TextAdded", "UsageReported", "TurnEnded",
    ]  # fmt: skip
    assert heard.tools == [("read", "ok"), ("write", "ok"), ("run", "failed")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha"
    assert heard.of(PlanChanged)[0].items == (("one", "pending"), ("two", "pending"))
    assert heard.of(UsageReported)[0] == UsageReported("turn", 7, 5)
    assert heard.of(ThoughtAdded)[0].message == 1
    assert heard.of(ToolOutputAdded)[0].delta == "out\n"
    started, over = heard.of(ToolStarted), heard.of(ToolEnded)
    assert [one.kind for one in started] == ["read", "edit", "run"]
    assert [one.effect for one in started] == [one.effect for one in over]
    assert over[2].exit == 3
    assert over[0].result_hash == hashlib.sha256(over[0].result.encode()).hexdigest()


async def test_questions_are_canonical(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "write n/a.txt alpha\nrun git push --force")
    assert (await heard.end()).stop == "end"
    one, two = heard.asked
    assert (one.kind, one.name, one.args["path"]) == ("tool", "write", "n/a.txt")
    assert (two.name, two.args) == ("run", {"command": "git push --force"})
    assert heard.tools == [("write", "ok"), ("run", "denied")]


async def test_a_lie_is_no_command_that_a_rule_allows(kit: AcpKit) -> None:
    kit.spec = puppet_spec("--misbehave", "lies")
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "run ls")
    await heard.until(lambda: bool(heard.asked))
    assert heard.asked[0].name == "bash"
    assert heard.asked[0].args["command"] == "git push --force"
    await session.interrupt("player")


async def test_a_link_out_of_the_workspace_is_judged_by_its_end(kit: AcpKit) -> None:
    outside = kit.folder / "outside"
    outside.mkdir()
    (kit.workspace() / "door").symlink_to(outside)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "write door/a.txt alpha\nread door/a.txt\nread ../outside/b")
    await heard.end()
    assert heard.asked[0].args["path"] == str(outside / "a.txt")
    assert heard.tools == [("write", "denied"), ("read", "failed"), ("read", "failed")]
    assert "leads over a link" in heard.of(ToolEnded)[1].result
    assert "outside the workspace" in heard.of(ToolEnded)[2].result
    assert not (outside / "a.txt").exists()


async def test_a_missing_file_is_not_found(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "read nothing.txt")
    await heard.end()
    assert heard.of(ToolEnded)[0].result == "error: Resource not found"


async def test_late_and_repeated_answers_are_ignored(kit: AcpKit) -> None:
    heard = Heard(stance=lambda asking: None)
    session = await kit.open(heard)
    await session.prompt(1, "run touch made")
    await heard.until(lambda: bool(heard.asked))
    assert not heard.of(ToolStarted)
    key = heard.asked[0].key
    await session.answer("no such key", Answer("allow"))
    await session.answer(key, Answer("deny"))
    await session.answer(key, Answer("allow"))
    await heard.end()
    assert heard.tools == [("run", "denied")]
    assert not (kit.workspace() / "made").exists()


async def test_images_and_slashes_go_as_they_are(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    picture = kit.folder / "p.png"
    picture.write_bytes(b"\x89PNG")
    await session.prompt(1, "say seen ", (Image(str(picture), "image/png"),))
    await heard.end()
    assert heard.text == "seen [image]"
    log = (kit.home() / "wire-1.jsonl").read_text()
    assert base64.b64encode(b"\x89PNG").decode() in log


async def test_stop_reasons(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    stops = {"max_tokens": "max_tokens", "max_turn_requests": "max_requests", "refusal": "refusal"}
    for turn, (told, stop) in enumerate(stops.items(), 1):
        await session.prompt(turn, f"say part\nstop {told}")
        ended = await heard.end(turn)
        assert (ended.stop, ended.partial) == (stop, "part")


async def test_steer_is_queued_and_a_second_prompt_refused(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert await session.steer(1, "too early") == "refused"
    await session.prompt(1, "sleep 30")
    assert await session.steer(1, "mind the tests") == "queued"
    with pytest.raises(AgentFailed, match="a turn runs already"):
        await session.prompt(2, "again")
    with pytest.raises(AgentFailed, match="a turn runs"):
        await session.hibernate()
    await session.interrupt("player")
    assert (await heard.end()).stop == "cancelled"


async def test_paused_at_a_question(kit: AcpKit) -> None:
    heard = Heard(stance=lambda asking: None)
    session = await kit.open(heard)
    await session.prompt(1, "say One.\nrun echo hi\nsay Two.")
    await heard.until(lambda: "One." in heard.text)
    assert (await session.stop("step")).rung in (0, 1)
    assert await asyncio.wait_for(session.at_rest(), 2) == 1
    await session.answer(heard.asked[0].key, Answer("allow"))
    await asyncio.sleep(0.05)
    assert not heard.of(ToolStarted), "an answer does not start a tool while paused"
    await session.go()
    await heard.end()
    assert heard.text == "One.Two."


async def test_a_prompt_while_paused_waits(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert (await session.stop("step")).rung == 1
    await session.prompt(1, "say Hello")
    assert await session.at_rest() == 1
    assert "say Hello" not in (kit.home() / "wire-1.jsonl").read_text()
    await session.go()
    await heard.end()
    await session.stop("step")
    await session.prompt(2, "say Never")
    await session.interrupt("player")
    assert (await heard.end(2)).stop == "cancelled"


async def test_frozen(kit: AcpKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, "run i=0; while :; do i=$((i+1)); done")
    await kit.gate.until(lambda: len(session.pids()) > 1)
    stopped = await session.stop("freeze")
    assert stopped.rung == 3
    spinning = [psutil.Process(pid) for pid in stopped.pids]
    assert len(spinning) == 2
    used = sum(process.cpu_times().user for process in spinning)
    for _ in range(3):
        await asyncio.sleep(0.05)
    assert sum(process.cpu_times().user for process in spinning) == used
    assert (await session.stop("step")).rung == 3
    await session.interrupt("player")
    assert (await heard.end()).stop == "cancelled"
    assert heard.tools == [("run", "cancelled")]
    await session.go()
    await session.prompt(2, "say Awake.")
    await heard.end(2)


@pytest.mark.parametrize("bad", ["", "leaves"])
async def test_an_interrupt_leaves_no_tool(kit: AcpKit, bad: str) -> None:
    kit.spec = puppet_spec("--misbehave", bad)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    agent = session.pids()
    await session.prompt(1, f"say Hm.\nrun {ESCAPE}")
    await kit.gate.until(lambda: len(session.pids()) >= 4)
    await session.interrupt("player")
    ended = await heard.end()
    assert (ended.stop, ended.cause, ended.partial) == ("cancelled", "player", "Hm.")
    assert heard.tools == [("run", "cancelled")]
    left = await kit.host.tree(1, 1)
    assert tuple((proc.pid, proc.started) for proc in left) == agent
    await session.interrupt("player")
    await session.prompt(2, "say Again.")
    assert (await heard.end(2)).stop == "end"


async def test_kill_with_escapers(kit: AcpKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, f"run {ESCAPE}")
    await kit.gate.until(lambda: len(session.pids()) >= 4)
    report = await session.kill()
    assert report.survivors == ()
    assert report.killed >= 4
    assert ((await heard.end()).cause, session.pids()) == ("kill", ())
    assert (await session.kill()).survivors == ()
    with pytest.raises(AgentFailed, match="crashed"):
        await session.prompt(2, "again")


async def test_hibernate_and_wake(kit: AcpKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "say First.")
    await heard.end()
    ref = await session.hibernate()
    assert await kit.host.survivors() == ()
    again = Heard()
    session = await kit.open(again, epoch=2, resume=ref)
    assert session.ref == ref
    await session.prompt(2, "say Second.")
    await again.end(2)
    assert again.text == "Second."


async def test_a_replay_is_swallowed(kit: AcpKit) -> None:
    kit.spec = puppet_spec("--misbehave", "load_only")
    heard = Heard()
    session = await kit.open(heard)
    assert session.caps.resume == "load"
    await session.prompt(1, "say First.")
    await heard.end()
    again = Heard()
    session = await kit.open(again, epoch=2, resume=await session.hibernate())
    assert again.events == []
    assert "old: First." in (kit.home() / "wire-2.jsonl").read_text()
    await session.prompt(2, "say Second.")
    await again.end(2)
    assert again.text == "Second."


async def test_models(kit: AcpKit) -> None:
    session = await kit.open(Heard())
    assert await session.set_model("other-model") == "now"
    assert await session.set_model("nobody-has-it") == "refused"
    assert '"value":"other-model"' in (kit.home() / "wire-1.jsonl").read_text()


async def test_an_unknown_agent_is_one_file(kit: AcpKit) -> None:
    agents = kit.folder / "config" / "agents"
    agents.mkdir(parents=True)
    command = str(list(kit.spec.command))
    (agents / "mimic.toml").write_text(
        f'name = "Mimic"\ndriver = "acp"\ncommand = {command}\n'
        '[env]\nMIMIC_SETTINGS = "{HOME}/mimic.json"\n'
        '[files]\n"mimic.json" = \'{"url": "{U}/v1", "key": "{S}", "model": "{MODEL}"}\'\n'
    )
    kit.spec = load_agents(kit.folder / "config")["mimic"]
    heard = Heard()
    session = await kit.open(heard)
    assert session.caps.asks == "some"
    await session.prompt(1, "say I am new here.")
    await heard.end()
    written = kit.home() / "mimic.json"
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.read_text() == '{"url": "/v1", "key": "", "model": "sparring-small"}'
    proc = psutil.Process(session.pids()[0][0])
    assert proc.environ()["MIMIC_SETTINGS"] == str(written)


async def test_the_sdk_is_not_read_before_a_session_opens() -> None:
    told = "import commandcenter.drivers.acp, sys; sys.exit('acp' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", told)
    assert await process.wait() == 0
