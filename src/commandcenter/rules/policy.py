"""Whether a thread's tool may act (safety.md 2): one canonical request, one decision."""

import hashlib
import posixpath
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.events import Level
from commandcenter.rules.commands import Ruling, judge
from commandcenter.rules.floor import refused_name

Kind = Literal["read", "write", "run", "own", "unknown"]
_KINDS: Final[dict[str, Kind]] = {
    "read": "read",
    "list": "read",
    "search": "read",
    "write": "write",
    "edit": "write",
    "run": "run",
    "ask": "own",
    "plan": "own",
    "finish": "own",
}
_STRICTNESS: Final[tuple[Ruling, ...]] = ("allow", "ask", "deny")


class Request(Record, frozen=True):
    """What is judged, shown, recorded and executed, in one form; nobody reads the text again.

    `content` is the SHA-256 of every other argument, so that what was allowed is what is
    written. `digest` covers all that decides the effect, not the success command.
    """

    thread: int
    tool: str
    kind: Kind
    cwd: str
    path: str = ""
    line: str = ""
    content: str = ""
    success: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, 64 hex digits."""
        canonical = (self.thread, self.tool, self.cwd, self.path, self.line, self.content)
        return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()


class Decision(Record, frozen=True):
    """`rule` is named in the journal, `why` is told to the player and, on deny, to the agent.

    `argv` is set when a command needs no shell.
    """

    verdict: Ruling
    level: Level
    rule: str
    why: str = ""
    argv: tuple[str, ...] | None = None


def request_for(
    thread: int, tool: str, args: Mapping[str, str], cwd: str, success: str = ""
) -> Request:
    """The request behind a tool call of the native driver; `cwd` is its workspace."""
    kind = _KINDS.get(tool, "unknown")
    path, line = args.get("path", ""), args.get("command", "")
    rest = {name: text for name, text in args.items() if name not in ("path", "command")}
    content = hashlib.sha256(msgspec.json.encode(rest, order="sorted")).hexdigest() if rest else ""
    return Request(thread, tool, kind, cwd, path, line, content, success)


def decide(request: Request) -> Decision:
    """Allow, ask or deny. Pure; what is not understood is asked."""
    match request.kind:
        case "read":
            return _file(request, "read")
        case "write":
            return _file(request, "write")
        case "run":
            seen = judge(request.line, request.success or None, request.cwd)
            return Decision(seen.verdict, seen.level, seen.rule, seen.why, seen.argv)
        case "own":
            return Decision("allow", "R0", "own-tool", "it changes nothing outside the thread")
        case "unknown":
            return Decision("ask", "R2", "unknown-tool", f"no rule knows the tool {request.tool}")


def strictest(*rulings: Ruling) -> Ruling:
    """allow < ask < deny; with nothing said, allow."""
    return max(rulings, key=_STRICTNESS.index, default="allow")


def _file(request: Request, mode: Literal["read", "write"]) -> Decision:
    parts = _beneath(request.path or ".", request.cwd)
    if parts is None:
        return Decision("deny", "R4", "outside", f"{request.path} is outside the workspace")
    refused = refused_name(parts, mode)
    if refused is not None:
        return Decision("deny", "R4", "floor", refused)
    if mode == "read":
        return Decision("allow", "R0", "read-in-scope", "a read inside the workspace")
    return Decision("allow", "R1", "write-in-scope", "a write inside the workspace")


def _beneath(path: str, cwd: str) -> tuple[str, ...] | None:
    """The components below the workspace by the text alone, None when it leads out; links
    are refused where the file is opened (`hosts.files`)."""
    clean = posixpath.normpath(path)
    if clean.startswith("/"):
        clean, root = f"/{clean.lstrip('/')}", posixpath.normpath(cwd)
        if clean != root and not clean.startswith(f"{root.rstrip('/')}/"):
            return None
        clean = posixpath.relpath(clean, root)
    parts = tuple(part for part in clean.split("/") if part != ".")
    return None if parts[:1] == ("..",) else parts
