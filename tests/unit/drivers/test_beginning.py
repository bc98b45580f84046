"""What a session begins with: files of another one, never written to; a text, once."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.drivers.acp_begin import beginning, bring
from commandcenter.drivers.acp_launch import Entry
from commandcenter.drivers.base import (
    AgentSpec,
    Capabilities,
    Launch,
    Origin,
    SessionRef,
    SessionStart,
)
from commandcenter.drivers.beginning import Handoff, check, copied, newest
from commandcenter.drivers.codex_begin import items

STORE = Entry(store="agent/kept.db")
REF = SessionRef("acp", "s1")


def start(home: Path, **more: Any) -> SessionStart:
    launch = Launch(AgentSpec("a", "Agent", "acp"), ("/a",), {"HOME": str(home)}, "", "")
    return SessionStart(2, 1, "/w", "m", "chat", launch=launch, **more)


def store(home: Path) -> Path:
    """An agent's sessions, one of them not yet in the file itself."""
    path = home / ".local/share/agent/kept.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as kept:
        kept.execute("pragma journal_mode=wal")
        kept.execute("create table session (id text)")
        kept.execute("insert into session values ('s1')")
        kept.commit()
    return path


def test_a_text_comes_before_one_prompt() -> None:
    handoff = Handoff("quoted")
    assert handoff.before("go") == handoff.before("go") == "quoted\n\ngo"
    handoff.given()
    assert handoff.before("go") == "go"
    assert Handoff("").before("") == ""


async def test_the_store_comes_along(tmp_path: Path) -> None:
    theirs = store(tmp_path / "one")
    before = theirs.read_bytes()
    origin = Origin(REF, env={"HOME": str(tmp_path / "one")})
    await bring(start(tmp_path / "two", fork=origin), STORE)
    ours = tmp_path / "two/.local/share/agent/kept.db"
    with closing(sqlite3.connect(ours)) as kept:
        assert kept.execute("select id from session").fetchall() == [("s1",)]
    assert ours.stat().st_mode & 0o777 == 0o600
    assert theirs.read_bytes() == before
    await bring(start(tmp_path / "two", fork=origin), STORE)
    with pytest.raises(AgentFailed, match="sessions of its own"):
        await bring(start(tmp_path / "two", fork=origin, first_turn=1), STORE)


async def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    origin = Origin(REF, env={"HOME": str(tmp_path / "one")})
    for entry in (STORE, Entry()):
        with pytest.raises(AgentFailed, match="not on this disk"):
            await bring(start(tmp_path / "two", fork=origin), entry)
    broken = tmp_path / "one/.local/share/agent/kept.db"
    broken.parent.mkdir(parents=True)
    broken.write_text("no database at all, but long enough to be looked at" * 100)
    with pytest.raises(AgentFailed, match="unsupported"):
        await bring(start(tmp_path / "two", fork=origin), STORE)
    assert not (tmp_path / "two/.local/share/agent/kept.db").exists()


async def test_one_home_needs_no_copy(tmp_path: Path) -> None:
    await bring(start(tmp_path, fork=Origin(REF)), Entry())
    await bring(start(tmp_path), Entry())
    assert not list(tmp_path.iterdir())


def test_how_an_acp_session_begins(tmp_path: Path) -> None:
    end = Capabilities(fork="end")
    assert beginning(start(tmp_path), end) == ("new", "")
    assert beginning(start(tmp_path, resume=REF), end) == ("resume", "s1")
    assert beginning(start(tmp_path, fork=Origin(REF)), end) == ("fork", "s1")
    with pytest.raises(AgentFailed, match="at that point"):
        beginning(start(tmp_path, fork=Origin(REF, 1, "m")), end)
    with pytest.raises(AgentFailed, match="unsupported"):
        beginning(start(tmp_path, fork=Origin(REF)), Capabilities())
    with pytest.raises(AgentFailed, match="refused"):
        beginning(start(tmp_path, resume=REF), Capabilities(resume="none"))


def test_a_shell_is_told_nothing(tmp_path: Path) -> None:
    with pytest.raises(AgentFailed, match="a shell would run"):
        check("terminal", start(tmp_path, handoff="rm -rf ."), forks=False)
    with pytest.raises(AgentFailed, match="its own past"):
        check("claude", start(tmp_path, seed=(Message("user", "x"),)), forks=True)
    check("codex", start(tmp_path, seed=(Message("user", "x"),), handoff="y"), forks=True)


def test_a_copy_is_private_and_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    copied(tmp_path / "a", tmp_path / "new/b")
    copied(tmp_path / "a", tmp_path / "new/b")
    assert (tmp_path / "new/b").read_text() == "one"
    assert (tmp_path / "new/b").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["b"]
    assert newest(tmp_path, "new/*") == tmp_path / "new/b"
    assert newest(tmp_path / "none", "*") is None


def test_items_of_a_conversation() -> None:
    call = ToolCall("c1", "read", "")
    told = items(
        (
            Message("user", "go"),
            Message("assistant", "", (call,)),
            Message("tool", results=(ToolResult("c1", "read", "alpha"),)),
            Message("assistant", "done"),
        )
    )
    assert [(one["type"], one.get("role") or one.get("call_id")) for one in told] == [
        ("message", "user"),
        ("function_call", "c1"),
        ("function_call_output", "c1"),
        ("message", "assistant"),
    ]
