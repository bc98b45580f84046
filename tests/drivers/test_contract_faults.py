"""Contract of every driver (agents.md 12): loss, faults, floods, secrets. 26, 27, 32 to 37, 39,
42, 43."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from commandcenter.core.conversation import Message, ToolCall
from commandcenter.core.events import (
    AgentNote,
    CallRetried,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    WireError,
)
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Asking
from commandcenter.testing.sessions import KEY, DriverKit, Heard
from commandcenter.testing.upstream import ScriptedUpstream, Served

MANY = " ".join(f"word{n}" for n in range(60))
WIRES = ("chat", "anthropic", "ollama")
SHELL = """
name = "one command"
knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }
[[script]]
id = "shell"
step = [{ say = "Now.", tool = "shell", args = { command = "%s" } }]
"""


def allow(asking: Asking) -> Answer | None:
    return Answer("allow")


def brief(script: str, **knobs: object) -> str:
    more = " ".join(f"{name}={value}" for name, value in knobs.items())
    return f"Do it. [[sparring script={script} seed=3 {more}]]"


def chunk(**delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


async def one_turn(kit: DriverKit, pieces: Callable[[], list[bytes]]) -> Heard:
    """A turn whose one answer is these pieces."""

    async def script(served: Served) -> None:
        served.head()
        for piece in pieces():
            served.send(piece)
            await served.writer.drain()
        served.end()

    async with ScriptedUpstream(script) as upstream:
        kit.gate.add("chat", upstream.url)
        heard = Heard()
        session = await kit.open(heard)
        await session.prompt(1, "hello")
        await heard.end(limit_s=10)
        return heard


async def test_26_engine_lost_mid_stream(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("work", rate=100))
    await heard.until(lambda: "I correct" in heard.text)
    kept = heard.history
    await session.kill()
    again = Heard()
    session = await kit.open(again, epoch=2, history=kept, started=frozenset())
    await session.prompt(2, "")
    await again.end(2)
    assert again.tools == [("edit", "ok"), ("run", "ok"), ("finish", "ok")]
    assert (kit.workspace() / "n" / "a.txt").read_text() == "alpha\ngamma\n"


def left_open(name: str, args: dict[str, str]) -> tuple[Message, ...]:
    """A conversation whose last answer asks for one tool that has no result."""
    call = ToolCall("call_1", name, msgspec.json.encode(args).decode())
    return (Message("user", brief("words")), Message("assistant", "Now.", (call,)))


async def test_27_a_command_that_had_begun_is_not_repeated(kit: DriverKit) -> None:
    heard = Heard(stance=allow)
    history = left_open("run", {"command": "touch ran"})
    session = await kit.open(heard, history=history, started=frozenset({"call_1"}))
    await session.prompt(2, "")
    await heard.end(2)
    assert not (kit.workspace() / "ran").exists()
    assert heard.asked == []
    assert heard.history[0].results[0].text.startswith("unknown: the engine was lost")


async def test_27_nothing_known_counts_as_begun(kit: DriverKit) -> None:
    heard = Heard(stance=allow)
    session = await kit.open(heard, history=left_open("run", {"command": "touch ran"}))
    await session.prompt(2, RESUME_PROMPT)
    await heard.end(2)
    assert not (kit.workspace() / "ran").exists()


async def test_27_a_command_that_waited_for_its_answer_asks_again(kit: DriverKit) -> None:
    heard = Heard(stance=allow)
    history = left_open("run", {"command": "touch ran"})
    session = await kit.open(heard, history=history, started=frozenset())
    await session.prompt(2, "")
    await heard.end(2)
    assert [asking.name for asking in heard.asked] == ["run"]
    assert (kit.workspace() / "ran").exists()


@pytest.mark.parametrize(("stands", "told"), [("new\n", "done: "), ("old\n", "not done, ")])
async def test_27_a_write_is_judged_by_its_file(kit: DriverKit, stands: str, told: str) -> None:
    (kit.workspace() / "a.txt").write_text(stands)
    heard = Heard(stance=allow)
    history = left_open("write", {"path": "a.txt", "content": "new\n"})
    session = await kit.open(heard, history=history, started=frozenset({"call_1"}))
    await session.prompt(2, "")
    await heard.end(2)
    assert heard.history[0].results[0].text.startswith(told)
    assert (kit.workspace() / "a.txt").read_text() == stands
    assert not [event for event in heard.of(ToolStarted) if event.name == "write"]


async def test_27_words_of_the_player_come_before_what_was_left(kit: DriverKit) -> None:
    heard = Heard(stance=allow)
    history = left_open("run", {"command": "touch ran"})
    session = await kit.open(heard, history=history, started=frozenset())
    await session.prompt(2, brief("words"))
    await heard.end(2)
    assert not (kit.workspace() / "ran").exists()
    assert heard.history[0].results[0].text.startswith("cancelled: ")


async def test_an_empty_conversation_cannot_be_gone_on_with(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, "")
    ended = await heard.end()
    assert ended.stop == "error"
    assert "brief" in ended.error


async def test_32_refused_400_ends_turn(bare: DriverKit) -> None:
    async def refuse(served: Served) -> None:
        served.whole(400, {"error": {"message": "prompt is too long", "type": "invalid"}})

    async with ScriptedUpstream(refuse) as upstream:
        bare.gate.add("chat", upstream.url)
        heard = Heard()
        session = await bare.open(heard)
        await session.prompt(1, "hello")
        ended = await heard.end(limit_s=2)
        assert ended.stop == "error"
        assert "prompt is too long" in ended.error
        assert len(upstream.served) == 1


@pytest.mark.parametrize("wire", WIRES)
async def test_33_cut_stream_is_repeated_once_and_shown_once(kit: DriverKit, wire: str) -> None:
    heard = Heard()
    session = await kit.open(heard, account=wire)
    await session.prompt(1, brief("cut"))
    assert (await heard.end()).cause == "finish"
    assert heard.text == MANY
    assert len(kit.requests()) == 2
    assert [note.kind for note in heard.of(AgentNote)] == ["retry"]


async def test_33_a_second_cut_ends_the_turn(kit: DriverKit) -> None:
    heard = Heard()
    session = await kit.open(heard)
    await session.prompt(1, brief("cut-for-ever"))
    ended = await heard.end()
    assert ended.stop == "error"
    assert ended.partial == heard.text
    assert MANY.startswith(heard.text)
    assert len(kit.requests()) == 2
    assert not heard.of(ToolStarted), "half an answer runs no tool"


async def test_33_another_text_after_the_cut_is_another_message(bare: DriverKit) -> None:
    async def script(served: Served) -> None:
        served.head()
        if served.number:
            served.send(chunk(content="Other words.") + END)
            served.end()
        else:
            served.send(chunk(content="First words"))
            await served.writer.drain()
            await asyncio.sleep(0.02)
            served.cut()

    async with ScriptedUpstream(script) as upstream:
        bare.gate.add("chat", upstream.url)
        heard = Heard()
        session = await bare.open(heard)
        await session.prompt(1, "hello")
        await heard.end()
        assert heard.text == "First wordsOther words."
        assert heard.history[-1].text == "Other words."


async def test_34_storm_529_is_not_seen(bare: DriverKit) -> None:
    async def storm(served: Served) -> None:
        if served.number < 3:
            served.whole(529, {"error": "overloaded"}, {"retry-after": "0"})
            return
        served.head()
        served.send(chunk(content="Through.") + END)
        served.end()

    async with ScriptedUpstream(storm) as upstream:
        bare.gate.add("chat", upstream.url)
        heard = Heard()
        session = await bare.open(heard)
        await session.prompt(1, "hello")
        assert (await heard.end()).stop == "end"
        assert len(bare.gate.events(CallRetried)) == 3
        assert heard.of(AgentNote) == []
        assert heard.text == "Through."


async def test_35_garbage_between_good_lines(bare: DriverKit) -> None:
    bad = [b"data: {not json\n\n", b"\xff\xfe\x00garbage\n\n", b": comment\n\n", b"data: []\n\n"]
    parts = [chunk(content="one "), *bad, chunk(content="two"), END]
    heard = await one_turn(bare, lambda: parts)
    assert heard.text == "one two"
    assert heard.ends[0][1].stop == "end"
    errors = heard.of(WireError)
    assert len(errors) >= 2
    assert "{not json" in errors[0].sample


async def test_36_a_line_of_32_mib_is_skipped(bare: DriverKit) -> None:
    def pieces() -> list[bytes]:
        long = [b"data: ", *[b"x" * (1 << 20)] * 32, b"\n\n"]
        return [chunk(content="before "), *long, chunk(content="after"), END]

    heard = await one_turn(bare, pieces)
    assert heard.text == "before after"
    assert len(heard.of(WireError)) == 1


async def test_37_a_flood_on_stderr_is_ended(bare: DriverKit) -> None:
    await bare.spar(SHELL % "sh -c 'yes flood >&2'")
    heard = Heard(stance=allow)
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.until(lambda: bool(heard.of(ToolEnded)))
    ended = heard.of(ToolEnded)[0]
    assert ended.status == "failed"
    assert ended.result.startswith("stopped: over 256 KiB of output")
    assert len(ended.result) < 3_000
    assert sum(len(event.delta) for event in heard.of(ToolOutputAdded)) < 5_000
    await heard.end()


async def test_39_back_pressure_while_frozen(bare: DriverKit) -> None:
    sent: list[int] = []
    text = "x" * (64 << 10)

    async def script(served: Served) -> None:
        served.head()
        for _ in range(320):
            served.send(chunk(content=text))
            await served.writer.drain()
            sent.append(len(text))
        served.send(END)
        served.end()

    async with ScriptedUpstream(script) as upstream:
        bare.gate.add("chat", upstream.url)
        heard = Heard()
        session = await bare.open(heard)
        await session.stop("freeze")
        await session.prompt(1, "hello")
        await session.go()
        await heard.until(lambda: len(heard.text) > 0)
        await session.stop("freeze")
        seen = -1
        while seen != len(sent):
            seen = len(sent)
            await asyncio.sleep(0.05)
        assert sum(sent) < 16 << 20
        await session.go()
        await heard.end(limit_s=10)
        assert len(heard.text) == 320 * len(text)


async def test_42_an_old_epoch_cannot_act(kit: DriverKit) -> None:
    heard = Heard()
    old = await kit.open(heard)
    new = Heard()
    session = await kit.open(new, epoch=2)
    await old.prompt(1, brief("words"))
    ended = await heard.end()
    assert ended.stop == "error"
    assert kit.requests() == []
    await session.prompt(1, brief("words"))
    assert (await new.end()).cause == "finish"


async def test_43_no_secret_leaks(bare: DriverKit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMANDCENTER_KEY_SPARRING", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    await bare.spar(
        SHELL % "sh -c 'env; cat /proc/self/environ; tr \\\\0 \\\\n </proc/self/cmdline'"
    )
    heard = Heard(stance=allow)
    session = await bare.open(heard)
    await session.prompt(1, brief("shell"))
    await heard.end()
    shown = heard.of(ToolEnded)[0].result
    assert "CC_THREAD=1:1" in shown
    assert f"HOME={os.environ['HOME']}" in shown
    told = b"".join(msgspec.json.encode(event) for event in heard.events)
    assert KEY.encode() not in told
    assert KEY.encode() not in msgspec.json.encode(bare.gate.facts)
    assert b"Bearer" not in told
