"""The stand-in for Codex through a real gate, answered by sparring."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest_asyncio

from commandcenter.core.events import CallSettled, ToolEnded, ToolStarted
from commandcenter.gate.base import Route
from commandcenter.testing.codex_kit import CodexKit, allow, codex_driver, wait
from commandcenter.testing.scenarios import LONG, cut, one, say, scenario, script, use, work
from commandcenter.testing.sessions import Heard

WORDS = " ".join(f"word{n}" for n in range(40))
SCENARIO = scenario(
    "codex",
    say(),
    work(use("I look.", "shell", command="ls")),
    script("spin", one(use("I spin.", "shell", command="while :; do :; done")), said="Never."),
    cut(),
).replace(LONG, WORDS)


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in knobs.items())
    return f"Do it. [[sparring script={script} seed=3 {more}]]"


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[CodexKit]:
    kit = CodexKit(tmp_path, codex_driver)
    kit.home = tmp_path / "home"
    kit.home.mkdir()
    await kit.ready(SCENARIO)
    yield kit
    await kit.close()


async def test_a_turn_of_tools_equals_the_wire(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    assert (await heard.end(limit_s=10)).stop == "end"
    assert heard.text == "I look.I write.I correct.All done."
    assert heard.tools == [("run", "ok"), ("write", "ok"), ("edit", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"
    await kit.gate.settled()
    logged = [logged.end.usage for logged in kit.requests() if logged.end]
    assert [event.usage for event in kit.gate.events(CallSettled)] == logged
    assert len(logged) == 4
    assert kit.address.secret not in (kit.folder / "wire-1-1.jsonl").read_text()


async def test_pause_at_an_ask_then_at_the_gate(kit: CodexKit) -> None:
    heard = Heard(stance=wait)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: bool(heard.asked))
    kit.hold()
    assert (await session.stop("step")).rung == 1
    await session.answer(heard.asked[0].key, allow(heard.asked[0]))  # type: ignore[arg-type]  # it always answers
    await asyncio.sleep(0.05)
    assert not heard.of(ToolEnded)
    await session.go()
    await session.stop("step")
    assert await asyncio.wait_for(session.at_rest(), 3) == 2
    assert len(kit.requests()) == 1
    heard.stance = allow
    kit.release()
    await session.go()
    await heard.end(limit_s=10)
    assert len(kit.requests()) == 4


async def test_interrupt_closes_the_call(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word2" in heard.text)
    await session.interrupt("player")
    assert (await heard.end()).partial == heard.text
    await kit.gate.until(lambda: kit.requests()[0].end is not None, 1)
    end = kit.requests()[0].end
    assert end is not None
    assert end.cut == "client"


async def test_steer_asks_anew(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word2" in heard.text)
    assert await session.steer(1, brief("work")) == "injected"
    assert (await heard.end(limit_s=10)).stop == "end"
    assert heard.text.endswith("All done.")


async def test_model_change_by_the_gate_mid_turn(kit: CodexKit) -> None:
    heard = Heard(stance=wait)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: bool(heard.asked))
    kit.gate.gate.route(1, Route("responses", "sparring-large"))
    heard.stance = allow
    await session.answer(heard.asked[0].key, allow(heard.asked[0]))  # type: ignore[arg-type]  # it always answers
    await heard.end(limit_s=10)
    models = [logged.begin.model for logged in kit.requests()]
    assert models == ["sparring-small", *["sparring-large"] * 3]


async def test_a_cut_stream_ends_the_turn(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("cut"))
    ended = await heard.end(limit_s=10)
    assert (ended.stop, ended.partial) == ("error", heard.text)
    assert len(kit.requests()) == 1


async def test_crash_and_resume_under_another_secret(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard)
    await session.prompt(1, brief("work"))
    await heard.end(limit_s=10)
    await session.prompt(2, brief("say", rate=20))
    await heard.until(lambda: "word2" in heard.text)
    old = kit.address
    await kit.host.kill_tree(1, 1)
    assert (await heard.end(2)).stop == "crashed"
    again = Heard(stance=allow)
    other = await kit.open(again, epoch=2, resume=session.ref)
    assert kit.address.secret != old.secret
    await other.prompt(3, brief("work"))
    assert (await again.end(3, 10)).stop == "end"
    assert len(again.tools) == 3


async def spinning(kit: CodexKit, heard: Heard) -> psutil.Process:
    """The process of the script `spin`, once it has burnt some time."""
    session = await kit.open(heard)
    await session.prompt(1, brief("spin"))
    await heard.until(lambda: bool(heard.of(ToolStarted)), 10)
    async with asyncio.timeout(10):
        while True:
            for proc in await kit.host.tree(1, 1):
                process = psutil.Process(proc.pid)
                if process.name() == "bash" and process.cpu_times().user > 0.02:
                    return process
            await asyncio.sleep(0.01)


async def test_freeze_stops_a_spinning_tool(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    process = await spinning(kit, heard)
    assert heard.session is not None
    assert process.pid in (await heard.session.stop("freeze")).pids
    used = process.cpu_times().user
    for _ in range(5):
        await asyncio.sleep(0.05)
    assert process.cpu_times().user == used
    await heard.session.go()
    await heard.session.interrupt("player")
    assert not process.is_running() or process.status() == "zombie"
    assert heard.tools == [("run", "cancelled")]


async def test_a_crash_mid_tool_leaves_it_unknown(kit: CodexKit) -> None:
    heard = Heard(stance=allow)
    await spinning(kit, heard)
    await kit.host.kill_tree(1, 1)
    assert (await heard.end()).stop == "crashed"
    assert heard.tools == [("run", "unknown")]


async def test_a_refusal_of_the_gate_ends_the_turn(kit: CodexKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    kit.gate.gate.close(1, 1)
    await session.prompt(1, brief("say"))
    ended = await heard.end(limit_s=2)
    assert ended.stop == "error"
    assert "commandcenter" in ended.error
    assert kit.requests() == []


async def test_two_sessions_have_two_addresses(kit: CodexKit) -> None:
    one, two = Heard(stance=allow), Heard(stance=allow)
    first, second = await kit.open(one, thread=1), await kit.open(two, thread=2)
    assert first.ref != second.ref
    kit.hold(1)
    await first.prompt(1, brief("work"))
    await second.prompt(1, brief("work"))
    await two.end(limit_s=10)
    assert not one.text
    kit.release(1)
    await one.end(limit_s=10)
    await kit.gate.settled()
    threads = [fact.stamp.thread for fact in kit.gate.facts if isinstance(fact.event, CallSettled)]
    assert sorted(threads) == [1] * 4 + [2] * 4
