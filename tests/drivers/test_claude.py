"""The claude driver and its stand-in, its model calls through a real gate to real sparring."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from commandcenter.core.events import WireError
from commandcenter.drivers.base import RESUME_PROMPT, Answer
from commandcenter.gate.base import Route
from commandcenter.testing.real_claude import MANY, Kit, allow, brief, make, marked
from commandcenter.testing.sessions import Heard

PUPPET = (sys.executable, "-m", "commandcenter.testing.puppet_claude")


@pytest_asyncio.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    kit = Kit(tmp_path, make, program=PUPPET)
    yield kit
    await kit.close()


async def test_03_text_turn(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("words"))
    assert (await heard.end()).stop == "end"
    assert heard.text == "Grüße: a tab\tend. Δ😀"


async def test_04_tool_turn(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end()
    assert heard.tools == [("read", "ok"), ("write", "ok"), ("edit", "ok"), ("run", "ok")]
    assert (kit.workspace() / "n/a.txt").read_text() == "alpha\ngamma\n"
    assert len(kit.requests()) == 5


async def test_08_ask_deny_does_not_run(kit: Kit) -> None:
    heard = Heard(stance=lambda asking: Answer("deny", "not now"))
    session = await kit.start(heard)
    await session.prompt(1, brief("touch"))
    await heard.end()
    assert not (kit.workspace() / "made").exists()


async def test_11_pause_between_steps(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text)
    kit.hold()
    await session.stop("step")
    assert await asyncio.wait_for(session.at_rest(), 3) in (1, 2)
    began = len(kit.requests())
    await asyncio.sleep(0.09)
    assert len(kit.requests()) == began
    kit.release()
    await session.go()
    assert (await heard.end()).stop == "end"
    assert len(kit.requests()) == 5


async def test_16_interrupt_mid_text(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("say", rate=20))
    await heard.until(lambda: "word3" in heard.text)
    await asyncio.wait_for(session.interrupt("player"), 1)
    assert (await heard.end()).partial.startswith("word0")
    await kit.gate.until(lambda: not kit.gate.gate.view().in_flight)


async def test_17_interrupt_mid_tool(kit: Kit) -> None:
    heard = Heard(stance=allow)
    session = await kit.start(heard)
    await session.prompt(1, brief("escape"))
    await kit.gate.until(lambda: (kit.workspace() / "here").exists())
    await session.interrupt("player")
    await heard.end()
    assert [one.pid for one in marked()] == [session.talk.process.proc.pid]


async def test_22_model_change_by_gate_mid_turn(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.until(lambda: "I write" in heard.text)
    kit.gate.gate.route(1, Route("anthropic", "sparring-large"))
    await heard.end()
    models = [one.begin.model for one in kit.requests()]
    assert (models[0], models[-1]) == ("sparring-small", "sparring-large")


async def test_28_hibernate_and_wake_without_history(kit: Kit) -> None:
    heard, again = Heard(), Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("words"))
    await heard.end()
    ref = await session.hibernate()
    assert marked() == []
    woken = await kit.start(again, epoch=2, resume=ref)
    assert not again.events
    await woken.prompt(2, RESUME_PROMPT)
    assert (await again.end(2)).stop == "end"


async def test_30_two_sessions_two_addresses(kit: Kit) -> None:
    one, two = Heard(), Heard()
    first, second = await kit.start(one), await kit.start(two, thread=2)
    await asyncio.gather(first.prompt(1, brief("work")), second.prompt(1, brief("say")))
    await asyncio.gather(one.end(), two.end())
    assert (len(one.tools), two.text) == (4, MANY)


async def test_43_no_secret_leaks(kit: Kit) -> None:
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end()
    assert not any("cct_" in " ".join(process.cmdline()) for process in marked())
    home = kit.folder / "thread-1"
    assert "cct_" not in (home / "wire-1.jsonl").read_text()
    assert not any("cct_" in repr(event) for event in heard.events)
    assert not heard.of(WireError)


async def test_49_login_passes_untouched(kit: Kit) -> None:
    await kit.on_a_plan()
    heard = Heard()
    session = await kit.start(heard)
    await session.prompt(1, brief("work"))
    await heard.end()
    assert kit.plan is not None
    assert len(kit.plan.log.all()) == 5
