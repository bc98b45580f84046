"""Tools of an agent in our names, so that the policy can judge what they are asked for. Pure."""

import os
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import field

from commandcenter.core.base import Record
from commandcenter.core.events import ToolKind
from commandcenter.core.text import one_line

KINDS: Final[dict[str, ToolKind]] = {
    "read": "read",
    "edit": "edit",
    "delete": "edit",
    "move": "edit",
    "search": "search",
    "execute": "run",
    "think": "think",
    "fetch": "fetch",
}
"""The protocol's kinds of tools in ours; what is missing is `other`."""
_PATHS: Final = ("filePath", "filepath", "file_path", "path", "abs_path", "file")
_CWDS: Final = ("cwd", "workdir", "working_directory", "workingDirectory")
_TAKEN: Final = frozenset(
    ["read", "list", "search", "write", "edit", "run", "ask", "plan", "finish"]
)
"""Names that rules know: an agent's own tool that happens to be called so is none of them."""
_NEW: Final = ("oldString", "old_string", "old", "old_str", "oldText")


class Tool(Record, frozen=True):
    """What is known of a tool call so far; `paths` are those that it names, each once.

    `name` is its first title: what it is called before it has arguments.
    """

    id: str
    name: str = ""
    kind: str = "other"
    title: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    whole: bool = False
    """An edit that writes the whole file anew."""


def named(tool: Tool, workspace: str) -> tuple[str, dict[str, str]]:
    """Our name for the tool and its arguments.

    Only what is plain gets a name that a rule may allow; everything else keeps a name of its own,
    and no rule knows it.
    """
    match tool.kind:
        case "execute":
            return _run(tool, workspace)
        case "read" | "edit":
            return _file(tool, workspace)
        case "search":
            return _search(tool, workspace)
        case _:
            return _own(tool, tool.kind if tool.kind in ("delete", "move", "fetch") else "")


def _own(tool: Tool, name: str = "") -> tuple[str, dict[str, str]]:
    """Under its own name, with whatever it was given."""
    own = name or one_line(tool.name or tool.title, 60) or "tool"
    own = f"agent's {own}" if own in _TAKEN else own
    args = {key: _text(value) for key, value in tool.raw.items()}
    return own, args or {"title": tool.title, "paths": " ".join(tool.paths)}


def _run(tool: Tool, workspace: str) -> tuple[str, dict[str, str]]:
    command = tool.raw.get("command")
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        command = " ".join(command) if len(command) == 1 else None
    where = _first(tool.raw, _CWDS)
    if not isinstance(command, str) or not command:
        return _own(tool, "execute")
    if where and not same(where, workspace):
        return "execute", {"command": command, "cwd": where}
    return "run", {"command": command}


def _file(tool: Tool, workspace: str) -> tuple[str, dict[str, str]]:
    path = _first(tool.raw, _PATHS)
    known = {true_path(workspace, one) for one in (*tool.paths, *([path] if path else []))}
    if len(known) != 1:
        return _own(tool, "" if tool.kind == "read" else "edit-many")
    args = {"path": known.pop()}
    if tool.kind == "read":
        return "read", args
    more = {k: _text(v) for k, v in tool.raw.items() if k not in _PATHS}
    return ("write" if writes_whole(tool) else "edit"), args | more


def writes_whole(tool: Tool) -> bool:
    """It writes a file anew, as far as its arguments tell."""
    return tool.whole or ("content" in tool.raw and not any(key in tool.raw for key in _NEW))


def _search(tool: Tool, workspace: str) -> tuple[str, dict[str, str]]:
    path = _first(tool.raw, _PATHS) or next(iter(tool.paths), "") or "."
    rest = {k: _text(v) for k, v in tool.raw.items() if k not in _PATHS}
    return "search", {"path": true_path(workspace, path)} | rest


def true_path(workspace: str, path: str) -> str:
    """The path as one would write it; where a link leads out of the workspace, its true end.

    Looks at the disk: no more than a name is read.
    """
    root = os.path.realpath(workspace)
    true = os.path.realpath(os.path.join(workspace, path))
    if true == root or true.startswith(root.rstrip("/") + "/"):
        return os.path.relpath(true, root) if true != root else "."
    return true


def same(one: str, other: str) -> bool:
    """Two names of one folder."""
    return os.path.realpath(os.path.join(other, one)) == os.path.realpath(other)


def _first(raw: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (raw.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
