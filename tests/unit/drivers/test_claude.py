"""The claude driver against a stand-in that speaks the same stream-json; no gate, no model."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import (
    AgentNote,
    CommandsChanged,
    ContextMeasured,
    PlanChanged,
    SubagentSeen,
    TextAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    UsageReported,
    WireError,
)
from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import (
    AgentSpec,
    Answer,
    Asking,
    Found,
    Image,
    Launch,
    Missing,
    SessionRef,
    SessionStart,
)
from commandcenter.drivers.claude import ClaudeDriver
from commandcenter.drivers.claude_session import CAPS, ClaudeSession, ClaudeSettings
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import MARK, Heard

PUPPET = (sys.executable, "-m", "commandcenter.testing.puppet_claude")
SPEC = AgentSpec("claude", "Claude Code", "claude", command=("claude",))


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


@dataclass
class Desk:
    """One driver, its folder, what its session says."""

    folder: Path
    heard: Heard = field(default_factory=lambda: Heard(stance=allow))
    host: LocalHost = field(default_factory=lambda: LocalHost(MARK))
    asks: str = "agent"

    def __post_init__(self) -> None:
        redactor = Redactor({}, b"key")
        ports = ForeignPorts(
            self.host, FakeIds(), Ticking(), lambda thread: False, lambda: redactor
        )
        path = {"PATH": str(self.folder / "bin")}
        self.driver = ClaudeDriver(ports, path, ClaudeSettings(interrupt_s=0.3, left_s=0.2))

    def start(self, how: str = "", **more: Any) -> SessionStart:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home")}
        launch = Launch(
            SPEC,
            (*PUPPET, *(("--misbehave", how) if how else ())),
            env,
            str(self.folder / "run"),
            str(self.folder / "run/wire-1.jsonl"),
            profile="clean",
            asks=self.asks,  # type: ignore[arg-type]  # one of the two
        )
        epoch = more.pop("epoch", 1)
        return SessionStart(1, epoch, str(self.folder), "m", "anthropic", launch=launch, **more)

    async def open(self, how: str = "", **more: Any) -> ClaudeSession:
        session = await self.driver.open(self.start(how, **more), self.heard)
        self.heard.session = session
        return session

    async def turn(self, *lines: str, how: str = "") -> ClaudeSession:
        """A session after one whole turn."""
        session = await self.open(how)
        await session.prompt(1, "\n".join(lines))
        await self.heard.end()
        return session


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
    program = desk.folder / "bin/claude"
    program.write_text("#!/bin/sh\necho '2.1.332 (Claude Code)'\n")
    program.chmod(0o755)
    assert await desk.driver.probe(SPEC) == Found("2.1.332", str(program))


async def test_a_turn_of_text(desk: Desk) -> None:
    session = await desk.turn("say Grüße an alle")
    heard = desk.heard
    assert (heard.text, heard.ends[0][1].stop) == ("Grüße an alle ", "end")
    assert heard.of(UsageReported) == [UsageReported("turn", 10, 5)]
    assert heard.of(ContextMeasured) == [ContextMeasured(10, 200_000)]
    assert heard.of(CommandsChanged) == [CommandsChanged(("compact", "cost"))]
    assert session.caps == CAPS
    assert session.ref.session == "00000000-0000-4000-8000-000000000001"


async def test_tools_really_act_and_are_told_in_our_words(desk: Desk) -> None:
    where = desk.folder / "n/a.txt"
    await desk.turn(f"write {where} alpha", f"read {where}", "run echo out; exit 3", "say end")
    heard = desk.heard
    assert heard.tools == [("write", "ok"), ("read", "ok"), ("run", "failed")]
    assert where.read_text() == "alpha"
    assert [(one.name, one.args.get("path")) for one in heard.asked] == [
        ("write", "n/a.txt"),
        ("run", None),
    ]
    assert heard.of(ToolEnded)[-1].exit == 3
    assert [one.delta for one in heard.of(ToolOutputAdded)] == ["out"]
    assert heard.of(ToolStarted)[0].paths == ("n/a.txt",)


async def test_everything_is_asked_where_the_launch_says_so(desk: Desk) -> None:
    desk.asks = "all"
    await desk.turn("read /etc/hostname")
    assert [one.name for one in desk.heard.asked] == ["read"]


async def test_a_denied_call_does_not_run(desk: Desk) -> None:
    desk.heard.stance = lambda asking: Answer("deny", "not here")
    await desk.turn("run touch made", "say end")
    assert desk.heard.tools == [("run", "denied")]
    assert desk.heard.of(ToolEnded)[0].result == "not here"
    assert not (desk.folder / "made").exists()


async def test_an_edited_command_runs_in_place_of_the_asked_one(desk: Desk) -> None:
    desk.heard.stance = lambda asking: Answer("allow", edit="touch other")
    await desk.turn("run touch made", "say end")
    assert desk.heard.tools == [("run", "ok")]
    assert not (desk.folder / "made").exists()
    assert (desk.folder / "other").exists()


async def test_a_question_is_answered(desk: Desk) -> None:
    desk.heard.stance = lambda asking: Answer("answer", "left")
    await desk.turn("question Which way?|left|right")
    asked = desk.heard.asked[0]
    assert (asked.kind, asked.text, asked.options) == ("question", "Which way?", ("left", "right"))
    assert "'left'" in desk.heard.of(ToolEnded)[0].result


async def test_plans_and_subagents(desk: Desk) -> None:
    await desk.turn("todo look", "task explore", "say end")
    assert desk.heard.of(PlanChanged) == [PlanChanged((("look", "pending"),))]
    assert [one.state for one in desk.heard.of(SubagentSeen)] == ["started", "ended"]


async def test_a_pause_holds_the_tool_and_a_resume_runs_it(desk: Desk) -> None:
    session = await desk.open()
    await session.stop("step")
    assert await session.at_rest() == 1
    await session.prompt(1, "run touch made\nsay end")
    assert await asyncio.wait_for(session.at_rest(), 3) == 1
    assert not desk.heard.of(ToolStarted)
    await session.go()
    await desk.heard.end()
    assert (desk.folder / "made").exists()


async def test_a_freeze_stops_every_process(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 40)
    await desk.heard.until(lambda: "word" in desk.heard.text)
    stopped = await session.stop("freeze")
    assert stopped.rung == 3
    assert session.talk.process.proc.pid in stopped.pids
    await asyncio.sleep(0.05)
    said = len(desk.heard.text)
    await asyncio.sleep(0.09)
    assert len(desk.heard.text) == said
    await session.go()
    await desk.heard.end()
    assert desk.heard.text.count("word") == 40


async def test_an_interrupt_keeps_what_was_heard(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 200)
    await desk.heard.until(lambda: "word" in desk.heard.text)
    await session.interrupt("player")
    end = await desk.heard.end()
    assert (end.stop, end.cause) == ("cancelled", "player")
    assert end.partial == desk.heard.text
    await session.prompt(2, "say again")
    assert (await desk.heard.end(2)).stop == "end"


async def test_after_an_interrupt_no_tool_lives(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "run setsid sleep 61 & touch here; sleep 62")
    async with asyncio.timeout(3):
        while not (desk.folder / "here").exists():
            await asyncio.sleep(0.02)
    await session.interrupt("player")
    assert (await desk.heard.end()).stop == "cancelled"
    assert len(await session.tree.pids()) == 1


async def test_an_agent_that_does_not_stop_is_told_of(desk: Desk) -> None:
    session = await desk.open("deaf")
    await session.prompt(1, "slow " + "word " * 400)
    await desk.heard.until(lambda: "word" in desk.heard.text)
    with pytest.raises(AgentFailed, match="timeout"):
        await session.interrupt("player")
    assert not desk.heard.ends


async def test_an_interrupt_closes_what_is_open(desk: Desk) -> None:
    desk.heard.stance = lambda asking: None
    session = await desk.open()
    await session.prompt(1, "run touch made")
    await desk.heard.until(lambda: bool(desk.heard.asked))
    await session.interrupt("player")
    await desk.heard.end()
    await session.answer(desk.heard.asked[0].key, Answer("allow"))
    assert desk.heard.tools == [("run", "cancelled")]
    assert not (desk.folder / "made").exists()


async def test_a_frozen_turn_can_be_interrupted(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "slow " + "word " * 200)
    await desk.heard.until(lambda: "word" in desk.heard.text)
    await session.stop("freeze")
    await session.interrupt("player")
    assert (await desk.heard.end()).stop == "cancelled"
    await session.go()
    await session.prompt(2, "say again")
    assert (await desk.heard.end(2)).stop == "end"


async def test_a_crash_ends_the_turn_once(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "say half\ndie")
    end = await desk.heard.end()
    assert (end.stop, end.partial) == ("crashed", "half ")
    with pytest.raises(AgentFailed, match="crashed"):
        await session.prompt(2, "say more")
    assert session.pids() == ()


async def test_an_error_of_the_model_ends_the_turn(desk: Desk) -> None:
    await desk.turn("fail 400 commandcenter: budget reached")
    end = desk.heard.ends[0][1]
    assert (end.stop, end.error) == ("error", "API Error: 400 commandcenter: budget reached")


async def test_kill_leaves_nothing(desk: Desk) -> None:
    session = await desk.open()
    await session.prompt(1, "run touch here; setsid sleep 61 & sleep 62")
    async with asyncio.timeout(3):
        while not (desk.folder / "here").exists():
            await asyncio.sleep(0.02)
    report = await session.kill()
    assert (report.survivors, await desk.host.survivors()) == ((), ())
    assert (await desk.heard.end()).cause == "kill"
    assert not (desk.folder / "run/claude-1.json").exists()
    assert (await session.kill()).survivors == ()


async def test_hibernate_and_wake(desk: Desk) -> None:
    session = await desk.turn("say one")
    ref = await session.hibernate()
    assert await desk.host.survivors() == ()
    told = len(desk.heard.events)
    woken = await desk.open(epoch=2, resume=ref)
    assert len(desk.heard.events) == told
    await woken.prompt(2, "say two")
    await desk.heard.end(2)
    assert (desk.heard.text, woken.ref) == ("one two ", ref)


async def test_a_lost_conversation_begins_anew(desk: Desk) -> None:
    id = "00000000-0000-4000-8000-000000000099"
    session = await desk.open(resume=SessionRef("claude", id))
    assert desk.heard.of(AgentNote)[0].kind == "notice"
    assert session.ref.session == id


async def test_what_cannot_be_read_costs_one_line(desk: Desk) -> None:
    await desk.turn("say one two", how="garbage")
    assert desk.heard.text == "one two "
    assert desk.heard.of(WireError)


async def test_a_line_of_32_mib_is_one_error(desk: Desk) -> None:
    await desk.turn("say one", how="long-line")
    assert [one.reason for one in desk.heard.of(WireError)] == ["a line over 16 MiB was skipped"]


async def test_noise_on_standard_error_is_let_through(desk: Desk) -> None:
    await desk.turn("say one", how="stderr")
    assert desk.heard.text == "one "


async def test_an_end_that_nobody_ordered_is_no_second_end(desk: Desk) -> None:
    session = await desk.turn("say one", how="twice")
    await session.prompt(2, "say two")
    await desk.heard.end(2)
    assert [number for number, _ in desk.heard.ends] == [1, 2]


async def test_the_model_changes_while_idle(desk: Desk) -> None:
    session = await desk.turn("say one")
    assert await session.set_model("other") == "now"
    assert await session.steer(1, "text") == "refused"


async def test_pictures_go_along(desk: Desk) -> None:
    path = desk.folder / "p.png"
    path.write_bytes(b"\x89PNG")
    session = await desk.open()
    await session.prompt(1, "say seen", (Image(str(path), "image/png"),))
    await desk.heard.end()
    assert "iVBORw==" in (desk.folder / "run/wire-1.jsonl").read_text()
    assert [one.delta for one in desk.heard.of(TextAdded)] == ["seen "]
    with pytest.raises(AgentFailed, match="refused"):
        await session.prompt(2, "say", (Image("/no/such.png", "image/png"),))


async def test_the_processes_are_known(desk: Desk) -> None:
    session = await desk.turn("say one")
    async with asyncio.timeout(3):
        while not session.pids():
            await asyncio.sleep(0.02)
    assert session.pids()[0][0] == session.talk.process.proc.pid


async def test_a_program_that_is_not_there(desk: Desk) -> None:
    start = desk.start()
    assert start.launch is not None
    launch = msgspec.structs.replace(start.launch, argv=("/no/such/claude",))
    with pytest.raises(AgentFailed, match="missing"):
        await desk.driver.open(msgspec.structs.replace(start, launch=launch), desk.heard)
    assert not (desk.folder / "run/claude-1.json").exists()
