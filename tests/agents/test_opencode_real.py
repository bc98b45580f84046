"""The acp driver with the real opencode, through a real gate and sparring. `make agents`."""

import asyncio
import base64
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from commandcenter.core.events import (
    CallAdmitted,
    CallSettled,
    ContextMeasured,
    ToolEnded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Asking, Image
from commandcenter.drivers.catalog import load_agents
from commandcenter.gate.base import Route
from commandcenter.testing.acp_kit import AcpKit, acp_driver
from commandcenter.testing.scenarios import (
    CHECK,
    COMMAND,
    LONG,
    LOOK,
    cut,
    say,
    scenario,
    shell,
    storm,
    words,
    work,
)
from commandcenter.testing.sessions import MARK, Heard

pytestmark = pytest.mark.agents
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
PAUSE_S, SETTLED_S, FREEZE_S = 3.0, 0.2, 20.0
WORDS = " ".join(f"word{n}" for n in range(120))
SCENARIO = scenario(
    "opencode",
    words(r"Grüße: \u202e and a tab\tend. Δ😀"),
    say(),
    work(LOOK, CHECK),
    shell(),
    cut(),
    storm(2.0, 60.0, LOOK, "Through the storm."),
)
ESCAPE = (
    "bash -c 'setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; "
    "nohup sleep 63 >/dev/null 2>&1 & echo ready; sleep 64'"
)


def binary() -> str:
    """CC_OPENCODE, .agents/bin, PATH."""
    here = Path(__file__).parents[2] / ".agents" / "bin" / "opencode"
    named = os.environ.get("CC_OPENCODE") or (str(here) if here.exists() else "")
    return named or shutil.which("opencode") or ""


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


def brief(script: str, rate: int = 0) -> str:
    return f"Do it. [[sparring script={script} seed=3 rate={rate}]]"


def calls(kit: AcpKit) -> list[CallSettled]:
    return kit.gate.events(CallSettled)


def marked() -> list[psutil.Process]:
    """Living processes with our mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("CC_HOME") == MARK and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[AcpKit]:
    assert binary(), "no opencode: set CC_OPENCODE"
    kit = AcpKit(tmp_path, acp_driver, spec=load_agents(tmp_path)["opencode"], program=binary())
    yield kit
    await kit.close()


async def spar(kit: AcpKit, command: str = "echo out; exit 3") -> None:
    await kit.spar(SCENARIO.replace(LONG, WORDS).replace(COMMAND, command))


def steps(kit: AcpKit, script: str) -> int:
    """Requests that belong to the script, without titles and the like."""
    asked = [one.begin for one in kit.requests()]
    return len([one for one in asked if one.script == script])


async def test_text_turn_equals_the_wire(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    assert session.caps.images == "yes"
    await session.prompt(1, brief("words"))
    ended = await heard.end(1, 30)
    assert (ended.stop, ended.error) == ("end", "")
    assert heard.text == "Grüße: \u202e and a tab\tend. Δ😀"
    assert heard.of(ContextMeasured)[-1].size == 128_000
    assert heard.of(UsageReported)[-1].output > 0
    assert "init" in session.commands


async def test_tool_turn_writes_a_file(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    assert (await heard.end(1, 60)).stop == "end"
    assert heard.tools == [("read", "ok"), ("write", "ok"), ("edit", "ok"), ("run", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"
    assert [asking.name for asking in heard.asked] == ["write", "edit", "run"]
    assert [one.args.get("path", "") for one in heard.asked[:2]] == ["n/a.txt"] * 2
    assert heard.asked[2].args["command"] == "ls -la"
    effects = [event.effect for event in heard.of(ToolStarted)]
    assert effects == [event.effect for event in heard.of(ToolEnded)]
    assert steps(kit, "work") >= 5
    await kit.gate.settled()
    counted = [one.end.usage for one in kit.requests() if one.end]
    assert sorted(map(str, counted)) == sorted(
        str(event.usage) for event in kit.gate.events(CallSettled)
    ), "titles and the like are metered too"
    assert len(heard.asked) == 3
    assert "cct_" not in (kit.home() / "wire-1.jsonl").read_text()


async def test_ask_allow_and_exit(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked), 30)
    asking = heard.asked[0]
    assert (asking.kind, asking.name, asking.args["command"]) == ("tool", "run", "echo out; exit 3")
    assert not heard.of(ToolStarted)
    await session.answer(asking.key, Answer("allow"))
    await heard.end(1, 30)
    assert heard.tools == [("run", "failed")]
    ended = heard.of(ToolEnded)[0]
    assert (ended.exit, ended.summary.startswith("exit 3")) == (3, True)


async def test_ask_deny_does_not_run_and_the_turn_goes_on(kit: AcpKit) -> None:
    await spar(kit, "touch made")
    heard = Heard(stance=lambda asking: Answer("deny", "no"))
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.end(1, 30)
    assert heard.tools == [("run", "denied")]
    assert not (kit.workspace() / "made").exists()
    assert "That was not allowed" in heard.text


async def test_pause_between_steps(kit: AcpKit) -> None:
    await spar(kit)
    first = Heard(stance=allow)
    session = await kit.open(first, thread=9)
    await session.prompt(1, brief("work"))
    await first.end(1, 60)
    wanted = len(kit.requests())
    await session.kill()
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text, 30)
    kit.hold()
    await session.stop("step")
    assert await asyncio.wait_for(session.at_rest(), 10) in (1, 2)
    began = len(kit.requests())
    await asyncio.sleep(PAUSE_S)
    assert len(kit.requests()) == began
    await session.go()
    kit.release()
    await heard.end(1, 60)
    assert len(kit.requests()) == 2 * wanted
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


async def test_freeze_20_s_mid_stream(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=30))
    await heard.until(lambda: "word20" in heard.text, 30)
    kit.gate.gate.drain(1, True)
    kit.hold()
    assert (await session.stop("freeze")).rung == 3
    await asyncio.sleep(SETTLED_S)
    frozen_at = heard.text
    await asyncio.sleep(FREEZE_S)
    assert heard.text == frozen_at
    await session.go()
    kit.gate.gate.drain(1, False)
    kit.release()
    await heard.end(1, 30)
    assert heard.text == WORDS
    assert steps(kit, "say") <= 2


async def test_interrupt_mid_text_and_prompt_again(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word5" in heard.text, 30)
    began = asyncio.get_running_loop().time()
    await session.interrupt("player")
    took = asyncio.get_running_loop().time() - began
    ended = await heard.end(1, 1)
    assert (ended.stop, ended.cause, ended.partial) == ("cancelled", "player", heard.text)
    assert took < 4
    await kit.gate.until(lambda: any(one.end == "client_gone" for one in calls(kit)), 3)
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, 30)).stop == "end"


async def test_interrupt_mid_tool(kit: AcpKit) -> None:
    await spar(kit, ESCAPE.replace('"', '\\"'))
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await kit.gate.until(lambda: len(marked()) >= 5, 30)
    began = asyncio.get_running_loop().time()
    await session.interrupt("player")
    assert asyncio.get_running_loop().time() - began < 5
    assert [p.pid for p in marked()] == [session.pids()[0][0]]
    assert (await heard.end(1, 1)).stop == "cancelled"
    assert heard.tools == [("run", "cancelled")]
    await session.prompt(2, brief("words"))
    assert (await heard.end(2, 30)).stop == "end"


async def test_interrupt_at_an_open_question(kit: AcpKit) -> None:
    await spar(kit, "touch made")
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked), 30)
    await session.interrupt("player")
    assert (await heard.end(1, 1)).stop == "cancelled"
    assert not heard.of(ToolStarted)
    assert not (kit.workspace() / "made").exists()


async def test_kill_tree(kit: AcpKit) -> None:
    await spar(kit, ESCAPE.replace('"', '\\"'))
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await kit.gate.until(lambda: len(marked()) >= 5, 30)
    report = await session.kill()
    assert report.survivors == ()
    assert report.killed >= 5
    assert marked() == []
    assert (await heard.end(1, 1)).cause == "kill"


async def test_crash_and_resume(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end(1, 60)
    await session.prompt(2, brief("say", rate=20))
    await heard.until(lambda: "word5" in heard.text, 30)
    psutil.Process(session.pids()[0][0]).kill()
    ended = await heard.end(2, 5)
    assert (ended.stop, ended.partial != "") == ("crashed", True)
    await session.kill()
    again = Heard(stance=allow)
    session = await kit.open(again, epoch=2, resume=session.ref)
    assert again.text == ""
    assert session.caps.resume == "resume"
    await session.prompt(3, RESUME_PROMPT)
    assert (await again.end(3, 30)).stop == "end"
    assert again.text.endswith(WORDS)


async def test_model_change_by_the_gate_mid_turn(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text, 30)
    kit.gate.gate.route(1, Route("chat", "sparring-large"))
    assert await session.set_model("sparring-large") == "now"
    await heard.end(1, 60)
    sent = [event.sent for event in kit.gate.events(CallAdmitted)]
    assert sent[0] == "sparring-small"
    assert sent[-1] == "sparring-large"


async def test_hibernate_and_wake(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("words"))
    await heard.end(1, 30)
    ref = await session.hibernate()
    assert marked() == []
    again = Heard()
    session = await kit.open(again, epoch=2, resume=ref)
    assert session.ref == ref
    assert again.text == ""
    await session.prompt(2, "Go on.")
    assert (await again.end(2, 30)).stop == "end"
    assert again.text.endswith("This is finished already. Grüße: \u202e and a tab\tend. Δ😀")


async def test_cut_stream_is_shown_once(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("cut"))
    ended = await heard.end(1, 60)
    assert ended.stop == "end"
    assert heard.text == WORDS
    paid = [one.begin.fingerprint for one in kit.requests() if one.begin.script == "cut"]
    assert max(paid.count(one) for one in paid) <= 2


async def test_storm_is_not_seen(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("storm"))
    assert (await heard.end(1, 60)).stop == "end"
    assert heard.text == "I look.Through the storm."


async def test_a_refused_request_ends_the_turn(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("words"))
    await heard.end(1, 30)
    before = len(kit.requests())
    await session.prompt(2, brief("nobody"))
    ended = await heard.end(2, 10)
    assert ended.stop == "error"
    assert "no script 'nobody'" in ended.error
    assert len(kit.requests()) - before <= 2
    await session.prompt(3, brief("words"))
    await heard.end(3, 30)


async def test_images_slashes_and_compaction(kit: AcpKit) -> None:
    await spar(kit)
    heard = Heard()
    session = await kit.open(heard)
    picture = kit.folder / "p.png"
    picture.write_bytes(base64.b64decode(PIXEL))
    await session.prompt(1, brief("words"), (Image(str(picture), "image/png"),))
    assert (await heard.end(1, 30)).stop == "end"
    full = heard.of(ContextMeasured)[-1].used
    before = len(kit.requests())
    await session.prompt(2, "/compact")
    assert (await heard.end(2, 30)).stop == "end"
    assert len(kit.requests()) == before + 1
    assert heard.of(ContextMeasured)[-1].used < full
    await session.prompt(3, "/review [[sparring script=words seed=3]]")
    assert (await heard.end(3, 30)).stop == "end"
