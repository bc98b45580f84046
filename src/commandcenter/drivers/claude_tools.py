"""Claude Code's tools under our names, so that one policy judges every agent."""

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from commandcenter.core.events import ToolKind
from commandcenter.core.text import line

ARGS_CHARS: Final = 8_000
TITLE_CHARS: Final = 100
QUESTION: Final = "AskUserQuestion"
_OURS: Final = {
    "Bash": "run",
    "Read": "read",
    "LS": "read",
    "NotebookRead": "read",
    "Grep": "search",
    "Glob": "search",
    "Write": "write",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
}
_KINDS: Final[dict[str, ToolKind]] = {
    "run": "run",
    "read": "read",
    "search": "search",
    "write": "edit",
    "edit": "edit",
    "WebFetch": "fetch",
    "WebSearch": "fetch",
    "Task": "think",
    "Agent": "think",
    "TodoWrite": "think",
    "EnterPlanMode": "think",
    "ExitPlanMode": "think",
}
_RENAMED: Final = {
    "file_path": "path",
    "notebook_path": "path",
    "old_string": "old",
    "new_string": "new",
    "new_source": "new",
}
_TELLING: Final = ("command", "pattern", "path", "description", "url", "query", "prompt")
_WILD: Final = re.compile(r"[*?\[{]")


def ours(
    name: str, args: Mapping[str, Any], folders: tuple[str, ...] = ()
) -> tuple[str, dict[str, str]]:
    """The tool and its arguments as the policy knows them; an unknown one keeps its own name.

    Paths below `folders`, the workspace as it may be written, become relative. A command that asks
    to run outside the agent's own sandbox stays unknown, so it is asked.
    """
    known = _OURS.get(name)
    if known is None or args.get("dangerouslyDisableSandbox"):
        return name, {key: _string(value) for key, value in args.items()}
    told = {_RENAMED.get(key, key): _string(value) for key, value in args.items()}
    if known == "run":
        told.pop("description", None)
    if known in ("read", "search"):
        told.setdefault("path", ".")
    if name == "Glob":
        told["path"] = _searched(told["path"], told.get("pattern", ""))
    if "path" in told:
        told["path"] = _beneath(told["path"], folders)
    return known, told


def _beneath(path: str, folders: tuple[str, ...]) -> str:
    for folder in folders:
        if path == folder:
            return "."
        if path.startswith(f"{folder}/"):
            return path[len(folder) + 1 :]
    return path


def _searched(path: str, pattern: str) -> str:
    """The folder that a pattern can reach: one may begin outside the folder it is given."""
    fixed = _WILD.split(pattern, maxsplit=1)[0]
    folder = fixed if fixed == pattern else posixpath.dirname(fixed)
    return posixpath.join(path, folder) if folder else path


def kind_of(name: str) -> ToolKind:
    """Of one of our names, or of the agent's own."""
    return _KINDS.get(name, "other")


def title_of(name: str, args: Mapping[str, str]) -> str:
    """One line for transcript and tile."""
    said = next((args[key] for key in _TELLING if args.get(key)), "")
    return f"{line(name, 60)} {line(said, TITLE_CHARS)}".strip()


def shown(args: Mapping[str, Any]) -> str:
    """The arguments as text, cut."""
    return json.dumps(args, ensure_ascii=False)[:ARGS_CHARS]


def plan_of(args: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """The list of a TodoWrite call: (text, state) pairs; None when it is none."""
    todos = args.get("todos")
    if not isinstance(todos, list):
        return None
    return tuple(
        (str(one.get("content", "")), str(one.get("status", "pending")))
        for one in todos
        if isinstance(one, dict)
    )


def _string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
