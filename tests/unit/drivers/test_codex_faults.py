"""The codex driver against a stand-in that misbehaves."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote, WireError
from commandcenter.testing.codex_kit import Desk


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.driver.close()
    assert await desk.host.survivors() == ()
    await desk.host.close()


async def test_garbage_costs_one_error_each(desk: Desk) -> None:
    await desk.turn("say still here", how="garbage")
    assert desk.heard.text == "still here "
    assert len(desk.heard.of(WireError)) % 5 == 0
    assert desk.heard.ends[0][1].stop == "end"


async def test_a_long_line_is_one_error(desk: Desk) -> None:
    await desk.turn("say still here", how="long-line")
    assert [one.reason for one in desk.heard.of(WireError)] == ["a line of over 16 MiB was skipped"]
    assert desk.heard.text == "still here "


async def test_stderr_flood(desk: Desk) -> None:
    await desk.turn("say still here", how="stderr")
    assert desk.heard.text == "still here "


async def test_strange_messages_are_noted_once(desk: Desk) -> None:
    await desk.turn("say still here", how="strange")
    notes = [one.note for one in desk.heard.of(AgentNote) if one.kind == "unknown"]
    assert notes == ["codex: thread/never/heard", "codex: item/tool/call"]
    errors = [one["error"]["code"] for one in desk.told() if "error" in one]
    assert errors == [-32601]


async def test_a_turn_of_its_own_is_ended(desk: Desk) -> None:
    await desk.turn("say mine", how="eager")
    await desk.heard.until(lambda: len(desk.heard.of(AgentNote)) == 2)
    notes = [one.note for one in desk.heard.of(AgentNote)]
    assert "by itself" in notes[0]
    assert "no active turn" in notes[1]
    interrupts = [one["params"] for one in desk.told() if one.get("method") == "turn/interrupt"]
    assert interrupts[0]["turnId"] == "own-will"


async def test_the_process_dies_mid_turn(desk: Desk) -> None:
    session = await desk.open("die")
    await session.prompt(1, "say never")
    ended = await desk.heard.end()
    assert (ended.stop, ended.partial) == ("crashed", "I am ")
    assert "(7)" in ended.error
    with pytest.raises(AgentFailed, match="codex has ended"):
        await session.prompt(2, "again")


async def test_a_turn_that_fails(desk: Desk) -> None:
    body = json.dumps({"error": {"message": "budget reached", "code": "cc_budget"}})
    await desk.turn("say some", f"fail {body}")
    ended = desk.heard.ends[0][1]
    assert (ended.stop, ended.error) == ("error", "budget reached")
    assert ended.partial == "some "


async def test_deaf_to_an_interrupt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commandcenter.drivers.codex_session.INTERRUPT_S", 0.2)
    session = await desk.open("deaf")
    await session.prompt(1, "slow " + "word " * 500)
    with pytest.raises(AgentFailed, match="does not end its turn"):
        await session.interrupt("player")
    await session.kill()
    assert len(desk.heard.ends) == 1


async def test_no_exit_at_the_end_of_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commandcenter.drivers.lines.EOF_S", 0.2)
    session = await desk.turn("say one", how="no-exit")
    await session.hibernate()
    assert await desk.host.survivors() == ()


async def test_no_answer_to_a_prompt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commandcenter.drivers.codex_session.PROMPT_S", 0.2)
    session = await desk.open("mute")
    with pytest.raises(AgentFailed, match="turn/start"):
        await session.prompt(1, "say one")
