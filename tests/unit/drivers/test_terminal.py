"""Programs in a terminal, real ones: typed to, guessed at, asked, stopped, ended."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote, TextAdded
from commandcenter.core.redact import Redactor
from commandcenter.drivers.base import (
    RESUME_PROMPT,
    AgentSpec,
    Answer,
    Found,
    Launch,
    Missing,
    SessionStart,
)
from commandcenter.drivers.foreign import ForeignPorts
from commandcenter.drivers.terminal import TerminalDriver, command_line
from commandcenter.drivers.terminal_session import TerminalSession
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import MARK, Heard

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PS1": "$ ", "LC_ALL": "C.UTF-8"}
QUICK = {"quiet_s": "0.3", "submit_s": "0.01", "start_s": "5"}
CHAT = r"""
import os, sys, time, tty
old = tty.setraw(0)
def say(text): os.write(1, text.replace("\n", "\r\n").encode())
say("\x1b[?2004h\x1b[1mchat\x1b[0m 1.0\n\x1b]0;title\x07> ")
kept = b""
while True:
    kept += os.read(0, 4096)
    if kept.endswith(b"\x03"):
        say("^C stopped\n> "); kept = b""
    elif kept.endswith(b"\r"):
        text = kept[:-1].replace(b"\x1b[200~", b"[").replace(b"\x1b[201~", b"]").decode()
        kept = b""
        if text == "[bye]": say("bye\n"); break
        if text == "[ask]":
            say("Run rm? (y/n) ")
            say("\ngot %r\n> " % os.read(0, 99))
        elif text == "[slow]": say("working")
        else:
            for _ in range(3): say("\rthinking"); time.sleep(0.05)
            say("\r\x1b[Ksaid %r\n> " % text)
"""


@dataclass
class Kit:
    """A driver on a real host."""

    folder: Path
    host: LocalHost = field(default_factory=lambda: LocalHost(MARK))

    def __post_init__(self) -> None:
        clock = Ticking()
        ports = ForeignPorts(
            self.host, FakeIds(), clock, lambda _: False, lambda: Redactor({}, b"s")
        )
        self.driver = TerminalDriver(ports, ENV)

    async def open(self, heard: Heard, argv: tuple[str, ...], **quirks: str) -> TerminalSession:
        agent = AgentSpec("terminal", "terminal", "terminal", quirks={**QUICK, **quirks})
        home = str(self.folder / "home")
        launch = Launch(agent, argv, ENV, home, str(self.folder / "wire"))
        start = SessionStart(1, 1, str(self.folder), "", "chat", launch=launch)
        session = await self.driver.open(start, heard)
        heard.session = session
        return session

    async def chat(self, heard: Heard, **more: str) -> TerminalSession:
        argv = (sys.executable, "-S", "-u", "-c", CHAT)
        return await self.open(heard, argv, idle=r"^> $", asks=r"\(y/n\) $", **more)


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    made = Kit(tmp_path)
    yield made
    await made.driver.close()
    left = await made.host.survivors()
    await made.host.close()
    assert left == ()


def ended(heard: Heard, turn: int = 1) -> tuple[str, str]:
    event = next(event for number, event in heard.ends if number == turn)
    return event.stop, event.cause


async def test_a_command_runs_to_its_end_by_itself(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, command_line("sleep 0.5; echo made; exit 0"))
    await session.prompt(1, "")
    assert (await heard.end()).cause == "finish"
    assert heard.text == "made\n"
    assert session.pids() == ()
    with pytest.raises(AgentFailed, match="crashed: the command ended with 0: made"):
        await session.prompt(2, "more")


async def test_a_failing_command_says_how(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, command_line("printf 'a\\nmake: *** [test] Error 1'; exit 2"))
    await session.prompt(1, "")
    end = await heard.end()
    assert (end.stop, end.error) == (
        "error",
        "the command ended with 2: make: *** [test] Error 1",
    )
    assert heard.text == "a\nmake: *** [test] Error 1"


async def test_one_that_ended_before_its_prompt_tells_its_end_then(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, command_line("echo early"))
    async with asyncio.timeout(5):
        while session.alive:
            await asyncio.sleep(0.01)
    await session.prompt(1, "")
    assert ended(heard) == ("end", "finish")
    assert heard.text == "early\n"


async def test_a_shell_works_while_its_command_runs(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, ("bash", "--norc", "--noprofile", "-i"))
    await session.prompt(1, "sleep 0.9; echo a=$((40+2))")
    await heard.end()
    assert "a=42" in heard.text
    await session.prompt(2, "echo two\nfalse && exit 9")
    await heard.end(2)
    assert [text for text in heard.text.splitlines() if text == "two"] == ["two"]
    await session.prompt(3, "exit 0")
    assert (await heard.end(3)).cause == "finish"


async def test_an_agent_is_typed_to_and_guessed(kit: Kit) -> None:
    heard = Heard()
    session = await kit.chat(heard)
    await session.prompt(1, "two\nlines \x1b[201~\x03")
    await heard.end()
    assert heard.text.startswith("chat 1.0\n")
    assert "said '[two\\nlines [201~]'" in heard.text
    assert "\x1b" not in heard.text
    assert "thinking" not in heard.text
    await session.prompt(2, RESUME_PROMPT + " and so on")
    await heard.end(2)
    assert "and so on]'" in heard.text
    await session.prompt(3, "bye")
    assert (await heard.end(3)).cause == "finish"


async def test_steer_types_at_once_and_interrupt_is_a_key(kit: Kit) -> None:
    heard = Heard()
    session = await kit.chat(heard)
    await session.prompt(1, "slow")
    assert await session.steer(1, "more") == "injected"
    await heard.until(lambda: "more" in heard.text)
    await heard.end()
    await session.prompt(2, "slow")
    await heard.until(lambda: heard.text.endswith("working"))
    await session.interrupt("player")
    assert ended(heard, 2) == ("cancelled", "player")
    assert "^C stopped" in heard.text
    assert await session.steer(2, "late") == "refused"
    await session.interrupt("player")
    await session.prompt(3, "on")
    await heard.end(3)
    assert "said '[on]'" in heard.text


async def test_a_question_is_asked_and_its_answer_typed(kit: Kit) -> None:
    heard = Heard()
    session = await kit.chat(heard)
    await session.prompt(1, "ask")
    await heard.until(lambda: bool(heard.asked))
    (asking,) = heard.asked
    assert (asking.kind, asking.text) == ("question", "> Run rm? (y/n)")
    await asyncio.sleep(0.09)
    assert not heard.ends
    await session.answer("other", Answer("answer", "no"))
    await session.answer(asking.key, Answer("answer", "y"))
    await heard.end()
    assert "got b'y" in heard.text
    assert len(heard.asked) == 1


async def test_interrupt_ends_what_does_not_go_by_the_key(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, command_line("trap '' INT; sleep 60; sleep 60"))
    await session.prompt(1, "")
    await session.interrupt("player")
    assert ended(heard) == ("cancelled", "player")
    assert await kit.host.survivors() == ()


async def test_interrupt_of_a_command_by_its_key(kit: Kit) -> None:
    heard = Heard()
    session = await kit.open(heard, command_line("echo up; sleep 60"))
    await session.prompt(1, "")
    await heard.until(lambda: "up" in heard.text)
    async with asyncio.timeout(1.5):
        await session.interrupt("player")
    assert ended(heard) == ("cancelled", "player")


async def test_a_pause_freezes_and_the_time_does_not_count(kit: Kit) -> None:
    heard = Heard()
    spin = "import itertools\nfor n in itertools.count(): print(n, flush=True)"
    session = await kit.open(heard, (sys.executable, "-c", spin))
    await session.prompt(1, "")
    await heard.until(lambda: len(heard.text) > 100)
    assert (await session.stop("step")).rung == 3
    assert await session.at_rest() == 3
    await asyncio.sleep(0.09)
    stood = session.output(1 << 60, 0).start, len(heard.text)
    await asyncio.sleep(0.09)
    assert (session.output(1 << 60, 0).start, len(heard.text)) == stood
    assert (await session.stop("freeze")).rung == 3
    await session.go()
    await heard.until(lambda: len(heard.text) > stood[1])
    assert not heard.ends
    report = await session.kill()
    assert report.survivors == ()
    assert ended(heard) == ("cancelled", "kill")


async def test_a_flood_is_bounded_and_its_last_words_are_kept(kit: Kit) -> None:
    heard = Heard()
    code = "for n in range(400_000): print('line', n)\nprint('the last')"
    session = await kit.open(heard, (sys.executable, "-c", code))
    await session.prompt(1, "")
    await heard.end(limit_s=30)
    assert len(heard.text) < 300_000
    assert heard.text.endswith("the last\n")
    assert "KiB are only in the terminal" in heard.text
    part = session.output(0, 20)
    assert part.start == 0
    assert part.data == b"line 0\r\nline 1\r\nline"
    assert session.output(part.end, 4).data == b" 2\r\n"


async def test_what_is_between_turns_is_told_with_the_next(kit: Kit) -> None:
    heard = Heard()
    session = await kit.chat(heard)
    await session.prompt(1, "one")
    await heard.end()
    await session.keys(b"by hand\r")
    await session.prompt(2, "two")
    await heard.end(2)
    assert "said 'by hand'" in heard.text
    assert await session.set_model("other") == "refused"
    session.resize(80, 24)
    await session.keys(b"\x1b[200~bye\x1b[201~\r")
    await heard.until(lambda: bool(heard.of(AgentNote)))
    assert heard.of(AgentNote)[0].note == "the command ended with 0: > bye"


async def test_open_says_what_is_missing(kit: Kit) -> None:
    heard = Heard()
    with pytest.raises(AgentFailed, match="unsupported: a terminal thread wants a command line"):
        await kit.open(heard, ())
    with pytest.raises(AgentFailed, match="missing: no-such-program: no program"):
        await kit.open(heard, ("no-such-program",))
    for name, value in (("idle", "("), ("quiet_s", "long"), ("colour", "red")):
        with pytest.raises(AgentFailed, match=f"unsupported: terminal: .*{name}"):
            await kit.open(heard, ("true",), **{name: value})


async def test_probe(kit: Kit) -> None:
    spec: Any = AgentSpec("terminal", "terminal", "terminal")
    assert isinstance(await kit.driver.probe(spec), Found)
    missing = AgentSpec("x", "x", "terminal", command=("no-such-program",), install_hint="get it")
    found = await kit.driver.probe(missing)
    assert isinstance(found, Missing)
    assert found.hint == "get it"


async def test_text_is_shown_safe(kit: Kit) -> None:
    heard = Heard()
    odd = command_line("printf 'a\\033]8;;http://x\\007b\\033[31m c\\342\\200\\256d\\b\\be\\n'")
    session = await kit.open(heard, odd)
    await session.prompt(1, "")
    await heard.end()
    assert heard.text == "ab ce\n"
    assert all(isinstance(event, TextAdded) for event in heard.events[:-1])


async def test_a_program_that_asks_its_terminal_is_answered(kit: Kit) -> None:
    heard = Heard()
    code = "import os, tty; tty.setraw(0); os.write(1, b'\\x1b[6n'); print(os.read(0, 99))"
    session = await kit.open(heard, (sys.executable, "-S", "-c", code))
    await session.prompt(1, "")
    await heard.end()
    assert "b'\\x1b[1;1R'" in heard.text


async def test_kill_leaves_nothing_of_the_tree(kit: Kit) -> None:
    heard = Heard()
    line = "setsid sleep 60 & (nohup sleep 60 >/dev/null 2>&1 &) ; trap '' HUP; echo up; sleep 60"
    session = await kit.open(heard, command_line(line))
    await session.prompt(1, "")
    await heard.until(lambda: "up" in heard.text)
    async with asyncio.timeout(1):
        report = await session.kill()
    assert report.killed >= 3
    assert report.survivors == ()
    assert await kit.host.survivors() == ()
    assert ended(heard) == ("cancelled", "kill")
    assert await session.hibernate() == session.ref
