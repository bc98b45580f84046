"""An agent's tools in names that rules know; what a rule may not judge keeps its own."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commandcenter.drivers.acp_names import Tool, named
from commandcenter.drivers.acp_turn import exit_of, told
from commandcenter.rules.policy import decide, request_for


def tool(kind: str, name: str = "it", **raw: Any) -> Tool:
    return Tool("c1", name, kind, name, raw)


@pytest.mark.parametrize(
    ("given", "name", "args"),
    [
        (tool("execute", command="ls -la"), "run", {"command": "ls -la"}),
        (tool("execute", command="ls", cwd="."), "run", {"command": "ls"}),
        (tool("execute", command="ls", cwd=".."), "execute", {"command": "ls", "cwd": ".."}),
        (tool("execute", command=["git", "push"]), "execute", {"command": '["git","push"]'}),
        (tool("execute", name="run"), "execute", {"title": "run", "paths": ""}),
        (tool("read", filePath="a/b.txt"), "read", {"path": "a/b.txt"}),
        (tool("read", name="read"), "agent's read", {"title": "read", "paths": ""}),
        (tool("edit", path="a", content="x"), "write", {"path": "a", "content": "x"}),
        (
            tool("edit", file_path="a", old_string="x", new_string="y"),
            "edit",
            {"path": "a", "old_string": "x", "new_string": "y"},
        ),
        (tool("search", pattern="x"), "search", {"path": ".", "pattern": "x"}),
        (tool("delete", path="a"), "delete", {"path": "a"}),
        (tool("fetch", url="http://x"), "fetch", {"url": "http://x"}),
        (tool("other", name="finish"), "agent's finish", {"title": "finish", "paths": ""}),
        (tool("other", name="task", prompt="go"), "task", {"prompt": "go"}),
    ],
)
def test_named(tmp_path: Path, given: Tool, name: str, args: dict[str, str]) -> None:
    assert named(given, str(tmp_path)) == (name, args)


def test_several_files_are_judged_by_no_path(tmp_path: Path) -> None:
    several = Tool("c1", "patch", "edit", "patch", {}, ("a", "../b"))
    assert named(several, str(tmp_path))[0] == "edit-many"
    twice = Tool("c1", "patch", "edit", "patch", {"path": str(tmp_path / "a")}, ("a",))
    assert named(twice, str(tmp_path)) == ("edit", {"path": "a"})


@pytest.mark.parametrize("kind", ["execute", "read", "edit", "search", "other"])
@pytest.mark.parametrize("name", ["run", "read", "ask", "plan", "finish", "write", "list"])
def test_a_tool_without_arguments_is_never_allowed_by_a_rule(
    tmp_path: Path, kind: str, name: str
) -> None:
    ours, args = named(tool(kind, name), str(tmp_path))
    decision = decide(request_for(1, ours, args, str(tmp_path)))
    assert decision.verdict == ("allow" if kind == "search" else "ask")


def update(**fields: Any) -> Any:
    plain = dict.fromkeys(("kind", "status", "title", "content", "locations", "raw_input"))
    return SimpleNamespace(tool_call_id="c1", **{**plain, **fields})


def test_what_updates_add_and_contradict(tmp_path: Path) -> None:
    begun = told(Tool("c1"), update(title="bash", kind="execute", raw_input={}), str(tmp_path))
    known = told(begun, update(title="ls .", raw_input={"command": "ls ."}), str(tmp_path))
    assert (known.name, known.title, known.kind) == ("bash", "ls .", "execute")
    grown = told(known, update(raw_input={"command": "ls . -a"}), str(tmp_path))
    assert named(grown, str(tmp_path)) == ("run", {"command": "ls . -a"})
    lied = told(known, update(raw_input={"command": "rm -rf ."}), str(tmp_path))
    assert named(lied, str(tmp_path)) == ("bash", {"command": "rm -rf ."})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, None),
        ({"exit_code": 2}, 2),
        ({"metadata": {"exit": 0}}, 0),
        ({"metadata": 1, "exit": True}, None),
    ],
)
def test_exit_codes(raw: Any, code: int | None) -> None:
    assert exit_of(raw) == code
