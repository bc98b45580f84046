"""Contract of every driver (agents.md 12): pause, freeze, interrupt, kill. 11, 13 to 20, 38, 44."""

import asyncio

import psutil
import pytest

from commandcenter.core.events import AgentNote, ToolEnded, ToolStarted
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Asking, Session
from commandcenter.testing.sessions import MARK, DriverKit, Heard
from commandcenter.testing.upstream import ScriptedUpstream

SPIN = "sh -c 'i=0; while :; do i=$((i+1)); done'"
ESCAPE = (
    "bash -c 'setsid sleep 61 & (setsid nohup sleep 62 >/dev/null 2>&1 &) ; "
    "nohup sleep 63 >/dev/null 2>&1 & echo ready; sleep 64'"
)
MANY = " ".join(f"word{n}" for n in range(60))


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


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


async def running(kit: DriverKit, heard: Heard, command: str) -> Session:
    """A session whose tool `run` runs this command."""
    await kit.spar(SHELL % command)
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    return session


SHELL = """
name = "one command"
knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }
[[script]]
id = "shell"
step = [{ say = "Now.", tool = "shell", args = { command = "%s" } }]
"""


async def unpaused(kit: DriverKit, script: str) -> int:
    """How many requests the script takes without a pause."""
    heard = Heard()
    session = await kit.open(heard, thread=9)
    await session.prompt(1, brief(script))
    await heard.end()
    return len(kit.requests())


async def test_11_pause_between_steps(kit: DriverKit) -> None:
    wanted = await unpaused(kit, "work")
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("work", rate=100))
    await heard.until(lambda: "I write" in heard.text)
    kit.hold()
    assert (await session.stop("step")).rung == 0
    assert await asyncio.wait_for(session.at_rest(), 2) == 1
    began, said = len(kit.requests()), len(heard.events)
    await asyncio.sleep(0.09)
    assert (len(kit.requests()), len(heard.events)) == (began, said)
    assert heard.history[-1].tool_calls, "the answer in flight was heard to its end"
    await session.go()
    kit.release()
    await heard.end()
    assert len(kit.requests()) == 2 * wanted
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


async def test_11_pause_rests_at_an_open_question(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked))
    assert (await session.stop("step")).rung == 1
    assert await session.at_rest() == 1
    await session.answer(heard.asked[0].key, Answer("allow"))
    await asyncio.sleep(0.03)
    assert not heard.of(ToolStarted), "an answer does not start a tool while paused"
    await session.go()
    await heard.end()


async def test_11_pause_while_the_call_waits_at_the_gate(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    kit.hold()
    await session.prompt(1, brief("words"))
    await kit.gate.until(lambda: kit.waits(1))
    assert (await session.stop("step")).rung == 2
    assert await session.at_rest() == 2
    assert kit.requests() == []
    await session.go()
    kit.release()
    assert (await heard.end()).cause == "finish"


async def test_11_an_idle_session_rests_and_stays(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    assert (await session.stop("step")).rung == 1
    await session.prompt(1, brief("words"))
    assert await session.at_rest() == 1
    assert kit.requests() == []
    await session.go()
    await heard.end()


async def test_13_cancelled_at_a_limit_and_resumed(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("work", rate=100))
    await heard.until(lambda: "I correct" in heard.text)
    await session.interrupt("hold_limit")
    assert (await heard.end()).cause == "hold_limit"
    await session.prompt(2, RESUME_PROMPT)
    assert (await heard.end(2)).cause == "finish"
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


async def test_14_freeze_mid_stream(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=300))
    await heard.until(lambda: "word9" in heard.text)
    kit.gate.gate.drain(1, True)
    kit.hold()
    assert (await session.stop("freeze")).rung == 3
    assert await session.at_rest() == 3
    await asyncio.sleep(0.02)
    frozen_at = heard.text
    await kit.gate.until(lambda: kit.requests()[0].end is not None)
    assert heard.text == frozen_at
    await session.go()
    kit.gate.gate.drain(1, False)
    kit.release()
    await heard.end()
    assert heard.text == MANY
    assert len(kit.requests()) == 1


async def test_15_freeze_tool(bare: DriverKit) -> None:
    heard = Heard(stance=allow)
    session = await running(bare, heard, SPIN)
    await heard.until(lambda: bool(heard.of(ToolStarted)))
    await bare.gate.until(lambda: bool(session.pids()))
    stopped = await session.stop("freeze")
    assert stopped.pids
    spinning = [psutil.Process(pid) for pid in stopped.pids]
    used = sum(process.cpu_times().user for process in spinning)
    for _ in range(24):  # longer than the tool's time limit: frozen time is not its own
        await asyncio.sleep(0.05)
    assert sum(process.cpu_times().user for process in spinning) == used
    assert not heard.of(ToolEnded)
    await session.go()
    await heard.until(lambda: bool(heard.of(ToolEnded)))
    assert heard.of(ToolEnded)[0].result.startswith("stopped: it ran for 1 s")
    await heard.end()


async def test_16_interrupt_mid_text(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word1" in heard.text)
    began = asyncio.get_running_loop().time()
    await session.interrupt("player")
    ended = await heard.end()
    assert asyncio.get_running_loop().time() - began < 1
    assert (ended.stop, ended.cause, ended.partial) == ("cancelled", "player", heard.text)
    await kit.gate.until(lambda: kit.requests()[0].end is not None, 0.1)
    end = kit.requests()[0].end
    assert end is not None
    assert end.cut == "client"
    await session.interrupt("player")
    assert len(heard.ends) == 1


async def test_17_interrupt_mid_tool(bare: DriverKit) -> None:
    heard = Heard(stance=allow)
    session = await running(bare, heard, ESCAPE)
    await bare.gate.until(lambda: len(marked()) >= 4)
    await session.interrupt("player")
    assert marked() == []
    assert (await heard.end()).stop == "cancelled"
    assert heard.tools == [("run", "cancelled")]
    assert session.pids() == ()


async def test_18_prompt_after_interrupt(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard, account="anthropic")
    await session.prompt(1, brief("say", rate=100))
    await heard.until(lambda: "word5" in heard.text)
    await session.interrupt("player")
    await session.prompt(2, brief("words"))
    assert (await heard.end(2)).cause == "finish"
    kept = heard.history[1]
    assert kept.role == "assistant"
    assert kept.text.startswith("word0 word1")
    assert kept.text.endswith("[my answer was broken off here]")


async def test_18_every_call_has_a_result_after_interrupt(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.asked))
    await session.interrupt("player")
    asked = {call.id for message in heard.history for call in message.tool_calls}
    answered = {result.call for message in heard.history for result in message.results}
    assert asked == answered
    await session.prompt(2, brief("words"))
    assert (await heard.end(2)).cause == "finish"


async def test_19_kill_tree_with_escapers(bare: DriverKit) -> None:
    heard = Heard(stance=allow)
    session = await running(bare, heard, ESCAPE)
    await bare.gate.until(lambda: len(marked()) >= 4)
    report = await session.kill()
    assert report.survivors == ()
    assert report.killed >= 4
    assert marked() == []
    assert (await heard.end()).cause == "kill"
    assert (await session.kill()).survivors == ()
    with pytest.raises(Exception, match="the session has ended"):
        await session.prompt(2, "again")


async def test_20_kill_undone_in_the_fuse_loses_nothing(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=400))
    await heard.until(lambda: "word4" in heard.text)
    kit.hold()
    kit.gate.gate.drain(1, True)
    await session.stop("freeze")
    await kit.gate.until(lambda: kit.requests()[0].end is not None)
    await session.go()
    kit.gate.gate.drain(1, False)
    kit.release()
    await heard.end()
    assert heard.text == MANY


async def test_20_a_dear_answer_is_cut_and_gone_on_with(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=300))
    await heard.until(lambda: "word4" in heard.text)
    assert kit.cut()
    ended = await heard.end()
    assert (ended.stop, ended.cause) == ("cancelled", "spend_freeze")
    assert ended.partial == heard.text
    await session.prompt(2, RESUME_PROMPT)
    await heard.end(2)
    assert not heard.of(AgentNote)


async def test_38_a_provider_that_never_answers(bare: DriverKit) -> None:
    async def silent(served: object) -> None:
        await asyncio.Event().wait()

    async with ScriptedUpstream(silent) as upstream:
        bare.gate.add("chat", upstream.url)
        heard = Heard()
        session = await bare.open(heard)
        await session.prompt(1, "hello")
        await bare.gate.until(lambda: bool(upstream.served))
        assert (await session.stop("step")).rung == 0
        await session.interrupt("player")
        assert (await heard.end()).stop == "cancelled"
        await asyncio.wait_for(upstream.served[0].closed.wait(), 0.1)


async def test_44_close_leaves_nothing(bare: DriverKit) -> None:
    heard = Heard(stance=allow)
    await running(bare, heard, ESCAPE)
    await bare.gate.until(lambda: len(marked()) >= 4)
    await bare.driver.close()
    assert marked() == []
    assert (await heard.end()).stop == "cancelled"
