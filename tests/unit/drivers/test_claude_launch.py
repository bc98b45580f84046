"""How Claude Code is started: the table of agents.md 7, and no secret on a command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from commandcenter.drivers.base import AgentSpec, Launch, Origin, SessionRef, SessionStart
from commandcenter.drivers.claude_launch import (
    added_env,
    argv,
    fork,
    session_file,
    session_id,
    settings_path,
    which,
    write_settings,
)

SPEC = AgentSpec("claude", "Claude Code", "claude", command=("claude",))
U, S = "http://127.0.0.1:9/t/1", "cct_secret"


def launch(folder: Path, **more: Any) -> Launch:
    given = {"env": {"HOME": "/h"}, "gate_url": U, "gate_secret": S, **more}
    return Launch(SPEC, ("/bin/claude",), home=str(folder), wire_log="", **given)


def start(launch: Launch, model: str = "opus") -> SessionStart:
    return SessionStart(1, 2, "/w", model, "anthropic", launch=launch)


def test_key_accounts_have_the_gates_token(tmp_path: Path) -> None:
    env = added_env(launch(tmp_path))
    assert (env["ANTHROPIC_BASE_URL"], env["ANTHROPIC_AUTH_TOKEN"]) == (U, S)
    assert env["CLAUDE_CODE_MAX_RETRIES"] == "0"
    assert "ANTHROPIC_API_KEY" not in env
    assert "CLAUDE_CONFIG_DIR" not in env


def test_a_login_keeps_its_bearer_and_its_own_headers(tmp_path: Path) -> None:
    own = {"ANTHROPIC_CUSTOM_HEADERS": "x-mine: yes"}
    env = added_env(launch(tmp_path, auth="login", env=own))
    assert "ANTHROPIC_AUTH_TOKEN" not in env
    assert env["ANTHROPIC_CUSTOM_HEADERS"] == f"x-cc-secret: {S}\nx-mine: yes"


def test_an_unrouted_session_is_left_as_it_is(tmp_path: Path) -> None:
    bare = launch(tmp_path, gate_url="", gate_secret="")
    assert not any(name.startswith("ANTHROPIC") for name in added_env(bare))
    write_settings(settings_path(start(bare), bare), bare)
    assert "env" not in json.loads((tmp_path / "claude-2.json").read_text())


def test_a_clean_profile_has_its_own_folder(tmp_path: Path) -> None:
    env = added_env(launch(tmp_path, profile="clean"))
    assert env["CLAUDE_CONFIG_DIR"] == "/h/.claude"
    assert env["DISABLE_TELEMETRY"] == "1"


def test_the_settings_file_is_ours_alone(tmp_path: Path) -> None:
    given = launch(tmp_path)
    path = settings_path(start(given), given)
    path.write_text("old")
    write_settings(path, given)
    assert path.stat().st_mode & 0o777 == 0o600
    settings = json.loads(path.read_text())
    assert settings["env"]["ANTHROPIC_BASE_URL"] == U
    assert "ScheduleWakeup" in settings["permissions"]["deny"]


@pytest.mark.parametrize("resume", [True, False])
def test_the_command_line(tmp_path: Path, resume: bool) -> None:
    given = launch(tmp_path)
    told = which("id", resume=resume)
    line = argv(start(given), given, told)
    assert line[0] == "/bin/claude"
    assert line[line.index("--resume" if resume else "--session-id") + 1] == "id"
    assert line[line.index("--model") + 1] == "opus"
    assert S not in " ".join(line)
    assert "--model" not in argv(start(given, ""), given, told)


def test_a_copy_comes_from_the_others_file(tmp_path: Path) -> None:
    given = launch(tmp_path)
    origin = Origin(SessionRef("claude", "abc"), env={"HOME": str(tmp_path / "other")})
    assert session_file(origin, given) is None
    kept = tmp_path / "other/.claude/projects/-work-1"
    kept.mkdir(parents=True)
    (kept / "abc.jsonl").touch()
    assert session_file(origin, given) == kept / "abc.jsonl"
    assert session_file(replace(origin, ref=SessionRef("claude", "*")), given) is None
    line = fork("new", origin, kept / "abc.jsonl")
    assert line[:2] == ("--resume", str(kept / "abc.jsonl"))
    assert line[2:5] == ("--fork-session", "--session-id", "new")
    assert "--resume-session-at" not in line
    assert fork("new", replace(origin, at=2, mark="m"), kept)[-2:] == ("--resume-session-at", "m")


def test_the_agents_id_is_a_uuid() -> None:
    assert session_id("0" * 31 + "a") == "00000000-0000-4000-8000-00000000000a"
