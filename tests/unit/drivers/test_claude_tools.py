"""Claude Code's tools under our names: what the policy is given to judge."""

from typing import Any

import pytest

from commandcenter.drivers.claude_tools import kind_of, ours, plan_of, title_of
from commandcenter.rules.policy import decide, request_for

FOLDERS = ("/w", "/real/w")


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("Bash", {"command": "ls", "description": "x"}, ("run", {"command": "ls"})),
        ("Read", {"file_path": "/w/a/b.txt"}, ("read", {"path": "a/b.txt"})),
        ("Read", {"file_path": "/real/w"}, ("read", {"path": "."})),
        ("Read", {"file_path": "/wide/a"}, ("read", {"path": "/wide/a"})),
        ("Write", {"file_path": "/w/a", "content": "c"}, ("write", {"path": "a", "content": "c"})),
        (
            "Edit",
            {"file_path": "/w/a", "old_string": "b", "new_string": "c", "replace_all": False},
            ("edit", {"path": "a", "old": "b", "new": "c", "replace_all": "false"}),
        ),
        ("Grep", {"pattern": "x"}, ("search", {"pattern": "x", "path": "."})),
        (
            "Glob",
            {"pattern": "/etc/*.conf"},
            ("search", {"pattern": "/etc/*.conf", "path": "/etc"}),
        ),
        ("Glob", {"pattern": "../*"}, ("search", {"pattern": "../*", "path": "./.."})),
        ("mcp__x__y", {"a": 1, "b": "c"}, ("mcp__x__y", {"a": "1", "b": "c"})),
    ],
)
def test_ours(name: str, args: dict[str, Any], expected: tuple[str, dict[str, str]]) -> None:
    assert ours(name, args, FOLDERS) == expected


@pytest.mark.parametrize(
    ("name", "args", "verdict"),
    [
        ("Read", {"file_path": "/w/a"}, "allow"),
        ("Read", {"file_path": "/etc/passwd"}, "deny"),
        ("Glob", {"pattern": "../../*"}, "deny"),
        ("Bash", {"command": "git push origin main"}, "ask"),
        ("Bash", {"command": "ls", "dangerouslyDisableSandbox": True}, "ask"),
        ("mcp__x__y", {}, "ask"),
    ],
)
def test_the_policy_judges_them(name: str, args: dict[str, Any], verdict: str) -> None:
    assert decide(request_for(1, *ours(name, args, FOLDERS), "/w")).verdict == verdict


def test_kinds_and_titles() -> None:
    assert [kind_of(name) for name in ("run", "edit", "WebFetch", "mcp")] == [
        "run",
        "edit",
        "fetch",
        "other",
    ]
    assert title_of("run", {"command": "ls\n-la"}) == "run ls -la"


def test_plans() -> None:
    assert plan_of({"todos": [{"content": "a", "status": "completed"}]}) == (("a", "completed"),)
    assert plan_of({}) is None
