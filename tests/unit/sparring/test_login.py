"""The practice login: the files clients need, private, and good for nothing but practice."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from commandcenter.cli.parser import parser
from commandcenter.sparring.login import ACCOUNT, MARK, make_login

WALL = 1_795_878_000 * 1_000_000_000


def payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_codex_finds_what_it_reads_in_its_file(tmp_path: Path) -> None:
    codex, _ = make_login(tmp_path / "new", WALL)
    auth = json.loads(codex.read_bytes())
    assert codex == tmp_path / "new" / "codex" / "auth.json"
    assert (auth["auth_mode"], auth["OPENAI_API_KEY"]) == ("chatgpt", None)
    assert auth["last_refresh"] == "2026-11-28T15:00:00Z"
    tokens = auth["tokens"]
    assert tokens["account_id"] == ACCOUNT
    claims = payload(tokens["id_token"])
    assert claims["https://api.openai.com/auth"]["chatgpt_account_id"] == ACCOUNT
    assert claims["exp"] > WALL / 1e9
    assert tokens["access_token"].startswith(MARK)
    assert payload(tokens["access_token"])["exp"] == claims["exp"]


def test_claude_gets_its_token_by_the_environment(tmp_path: Path) -> None:
    _, claude = make_login(tmp_path, WALL)
    name, _, token = claude.read_text().strip().partition("=")
    assert name == "CLAUDE_CODE_OAUTH_TOKEN"
    assert token.startswith(MARK)


def test_only_the_person_may_read_them_and_they_can_be_made_again(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in make_login(tmp_path, WALL)]
    paths = make_login(tmp_path, WALL)
    assert [path.read_bytes() for path in paths] == first
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_the_command_line_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = parser().parse_args(["sparring", "--make-login", str(tmp_path / "x")])
    assert args.run(args) == 0
    assert "auth.json" in capsys.readouterr().out
    assert (tmp_path / "x" / "claude.env").exists()
