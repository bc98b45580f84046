"""Commands: environment, output, limits."""

import os
from typing import Any

import pytest

from commandcenter.core.events import ToolEnded, ToolOutputAdded
from commandcenter.drivers.native_shell import Said, ShellLimits, clean_env


def test_the_environment_is_small_and_holds_no_key() -> None:
    person = {
        "PATH": "/bin",
        "HOME": "/h",
        "OPENAI_API_KEY": "sk",
        "LD_PRELOAD": "x",
        "CC_HOME": "y",
    }
    env = clean_env(person)
    assert env["HOME"] == "/h"
    assert env["PATH"].startswith("/bin" + os.pathsep)
    assert set(env) == {"PATH", "HOME", "LANG", "TERM", "PAGER", "GIT_PAGER", "GIT_TERMINAL_PROMPT"}
    assert clean_env({})["PATH"].startswith(os.defpath)


def said(limits: ShellLimits) -> tuple[Said, list[tuple[str, str]]]:
    shown: list[tuple[str, str]] = []
    return Said(lambda stream, text: shown.append((stream, text)), limits), shown


def test_a_character_cut_in_two_is_one() -> None:
    out, shown = said(ShellLimits())
    data = "Δ".encode()
    out.take("out", data[:1])
    out.take("err", b"x")
    out.take("out", data[1:])
    assert shown == [("err", "x"), ("out", "Δ")]
    assert out.outcome(0).text == "exit 0\nxΔ"


def test_long_output_keeps_its_head_and_its_end() -> None:
    out, shown = said(ShellLimits(shown_chars=10, kept_chars=20))
    for n in range(10):
        out.take("out", f"line {n}\n".encode())
    assert [text for _, text in shown] == ["line 0\n", "lin\n[the rest is not shown]\n"]
    outcome = out.outcome(1)
    assert outcome.text == "exit 1\nline 0\nlin\n[... 50 characters left out ...]\n 8\nline 9"
    assert outcome.summary == "exit 1 · line 9"
    assert outcome.status == "failed"


def test_bytes_that_are_no_text() -> None:
    out, _ = said(ShellLimits())
    out.take("out", b"\xff\x00\x1b[31m\xe2\x82")
    assert out.outcome(0).text == "exit 0\n\ufffd\x00\x1b[31m\ufffd"


async def test_time_limit_ends_all_that_came_of_it(table: Any, say: Any) -> None:
    command = "setsid sleep 77 & sleep 78"
    await table.turn(say("", ("run", {"command": command})), say("ok"))
    ended = table.heard.of(ToolEnded)[0]
    assert ended.status == "failed"
    assert ended.result.startswith("stopped: it ran for 0.3 s")
    assert await table.host.survivors() == ()


async def test_a_child_left_in_the_background_holds_nothing_up(table: Any, say: Any) -> None:
    command = "sleep 79 >/dev/null 2>&1 & echo started"
    await table.turn(say("", ("run", {"command": command})), say("ok"))
    assert table.results() == ["exit 0\nstarted"]
    assert table.session.pids() == ()
    report = await table.session.kill()
    assert (report.killed, report.survivors) == (1, ())


async def test_input_is_empty_and_the_folder_is_the_workspace(table: Any, say: Any) -> None:
    await table.turn(say("", ("run", {"command": "cat; pwd"})), say("ok"))
    assert table.results() == [f"exit 0\n{table.folder}"]
    assert "".join(e.delta for e in table.heard.of(ToolOutputAdded)) == f"{table.folder}\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [("kill -9 $$", -9), ("exit 7", 7), ("true", 0), ("false", 1), ("no-such-program", 127)],
)
async def test_exit_codes(table: Any, say: Any, command: str, code: int) -> None:
    await table.turn(say("", ("run", {"command": command})), say("ok"))
    assert table.heard.of(ToolEnded)[0].exit == code
