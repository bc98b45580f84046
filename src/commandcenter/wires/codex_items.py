"""Codex' tool calls as the transcript and the rules see them (pure)."""

import shlex
from typing import Any, Final

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.events import ToolKind, ToolStatus
from commandcenter.core.text import line
from commandcenter.wires.codex import (
    CHANGE,
    COMMAND,
    ELICITATION,
    PERMISSION,
    QUESTION,
    Change,
    Item,
    Question,
    Wanted,
)

TITLE_CHARS: Final = 100
ARG_CHARS: Final = 8_000
SUMMARY_CHARS: Final = 160
_SHELLS: Final = frozenset({"bash", "sh", "zsh", "dash"})
_STATUS: Final[dict[str, ToolStatus]] = {
    "completed": "ok",
    "failed": "failed",
    "declined": "denied",
    "interrupted": "cancelled",
    "errored": "failed",
}
_PATCH: Final = {"add": "write", "update": "edit"}
"""Names that the rules know; a deletion is none of them, so it is asked."""


class Use(Record, frozen=True):
    """A tool call that begins; `args` is JSON, at most 8,000 characters."""

    name: str
    kind: ToolKind
    title: str
    args: str
    paths: tuple[str, ...] = ()


class Outcome(Record, frozen=True):
    """How it ended; `ms` None = it does not say."""

    status: ToolStatus
    text: str
    summary: str
    exit: int | None = None
    ms: int | None = None


class Part(Record, frozen=True):
    """One thing that a request asks for: a tool with arguments, or a question with options."""

    name: str
    args: dict[str, str] = msgspec.field(default_factory=dict)
    question: Question | None = None


def script(command: str) -> str:
    """The command without the shell that Codex wraps around it: `/bin/bash -lc 'ls'` is `ls`."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    if len(words) == 3 and words[1] in ("-c", "-lc") and words[0].rsplit("/", 1)[-1] in _SHELLS:
        return words[2]
    return command


def use_of(item: Item) -> Use | None:
    """The tool call that an item is; None for text, thinking and the like."""
    match item.type:
        case "commandExecution":
            command = script(item.command or "")
            return _use("run", "run", command, {"command": command})
        case "fileChange":
            changes = item.changes or []
            paths = tuple(path for change in changes for path in touched(change))
            name = "write" if all(kind(c) == "add" for c in changes) and changes else "edit"
            told = [[kind(c), c.path, c.diff] for c in changes]
            return _use(name, "edit", " ".join(paths), {"changes": told}, paths)
        case "mcpToolCall" | "dynamicToolCall":
            name = ".".join(part for part in (item.server, item.tool) if part)
            return _use(name, "other", "", {"arguments": item.arguments})
        case "webSearch":
            return _use("web search", "search", item.query or "", {"query": item.query})
        case "imageView":
            return _use("view image", "read", item.path or "", {"path": item.path})
        case "collabAgentToolCall":
            args = {"tool": item.tool, "prompt": item.prompt}
            return _use(f"agent {item.tool}", "other", item.prompt or "", args)
        case "imageGeneration" | "sleep":
            return _use(item.type, "other", "", {})
        case _:
            return None


def _use(
    name: str, kind: ToolKind, said: str, args: dict[str, Any], paths: tuple[str, ...] = ()
) -> Use:
    title = f"{name} {line(said, TITLE_CHARS)}".strip()
    told = msgspec.json.encode(args).decode("utf-8", "replace")[:ARG_CHARS]
    return Use(name, kind, title, told, paths)


def outcome_of(item: Item) -> Outcome:
    """How the tool call that an item is has ended."""
    status = _STATUS.get(item.status or "completed", "unknown")
    text = _output(item)
    first = next((one for one in text.splitlines() if one.strip()), "")
    said = first or str(status)
    if item.exit_code:
        said = f"exit {item.exit_code}: {first}" if first else f"exit {item.exit_code}"
    return Outcome(status, text, line(said, SUMMARY_CHARS), item.exit_code, item.duration_ms)


def _output(item: Item) -> str:
    if item.type == "commandExecution":
        return item.aggregated_output or ""
    if item.type == "fileChange":
        return "\n".join(f"{kind(c)} {c.path}" for c in item.changes or [])
    if isinstance(item.error, dict):
        return str(item.error.get("message", ""))
    contents = item.content_items
    if isinstance(item.result, dict):
        contents = item.result.get("content")
    return "\n".join(_text(one) for one in contents or [])


def _text(content: Any) -> str:
    """A content block of a tool's result."""
    if isinstance(content, dict) and isinstance(content.get("text"), str):
        return str(content["text"])
    return "[not text]"


def kind(change: Change) -> str:
    """add, delete, update."""
    return str(change.kind.get("type", "update"))


def touched(change: Change) -> tuple[str, ...]:
    """The files of a change: where it is, and where it is moved to."""
    moved = change.kind.get("move_path")
    return (change.path, str(moved)) if moved else (change.path,)


def parts(method: str, wanted: Wanted, item: Item | None, workspace: str) -> tuple[Part, ...]:
    """What a request of the agent asks for, each part to be judged; all must be allowed."""
    if method == COMMAND:
        return _command(wanted, workspace)
    if method == CHANGE:
        changes = (item.changes if item is not None else None) or []
        found = [_file(change, path) for change in changes for path in touched(change)]
        if wanted.grant_root:
            found.append(Part("grant write access", {"root": wanted.grant_root}))
        return tuple(found) or (Part("unseen patch"),)
    if method == PERMISSION:
        return (Part("grant permissions", _given(wanted.reason, wanted.permissions)),)
    if method == ELICITATION:
        return (Part(f"mcp {wanted.server_name}", {"message": wanted.message or ""}),)
    return tuple(Part("ask", {}, question) for question in wanted.questions or [])


def _command(wanted: Wanted, workspace: str) -> tuple[Part, ...]:
    if wanted.network_approval_context is not None:
        seen = {"command": script(wanted.command or "")}
        return (Part("network", {**seen, **_given("", wanted.network_approval_context)}),)
    command = script(wanted.command or "")
    if wanted.cwd and wanted.cwd.rstrip("/") != workspace.rstrip("/"):
        command = f"cd {shlex.quote(wanted.cwd)} && {command}"
    if wanted.additional_permissions is not None:
        more = _given(wanted.reason, wanted.additional_permissions)
        return (Part("run with permissions", {"command": command, **more}),)
    return (Part("run", {"command": command}),)


def _file(change: Change, path: str) -> Part:
    return Part(_PATCH.get(kind(change), "delete"), {"path": path, "diff": change.diff})


def _given(reason: str | None, asked: Any) -> dict[str, str]:
    told = {"asked": msgspec.json.encode(asked).decode("utf-8", "replace")}
    return {**told, "reason": reason} if reason else told


def decided(
    method: str, verdict: str, wanted: Wanted, answers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Our answer to a request; `verdict` is allow, deny, cancelled. Nothing is granted for
    longer than this once."""
    if method == QUESTION:
        given = answers or {}
        return {"answers": {key: {"answers": [text]} for key, text in given.items()}}
    if method == PERMISSION:
        return {"permissions": wanted.permissions if verdict == "allow" else {}, "scope": "turn"}
    if method == ELICITATION:
        action = {"allow": "accept", "deny": "decline"}.get(verdict, "cancel")
        return {"action": action, "content": {} if action == "accept" else None}
    return {"decision": {"allow": "accept", "deny": "decline"}.get(verdict, "cancel")}
