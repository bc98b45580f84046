"""What an agent's updates mean: messages and tool calls of one turn become our events."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from commandcenter.core.base import Clock, Ids
from commandcenter.core.events import (
    Event,
    TextAdded,
    ThoughtAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    ToolStatus,
)
from commandcenter.core.text import one_line
from commandcenter.drivers.acp_names import KINDS, Tool, named, true_path
from commandcenter.drivers.base import Sink
from commandcenter.drivers.shown import Shown

RESULT_CHARS: Final = 4_000
ARGS_CHARS: Final = 20_000
SUMMARY_CHARS: Final = 160
PARTIAL_CHARS: Final = 4_000
AGAIN_CHARS: Final = 32
"""A piece so long that is the message's own beginning: the agent asked for the answer twice."""
_EXITS: Final = ("exit", "exit_code", "exitCode")


@dataclass
class Call:
    """A tool call; `effect` is set once its start is told."""

    tool: Tool
    effect: str = ""
    began: float = 0.0
    shown: str = ""
    denied: bool = False
    over: bool = False


@dataclass(frozen=True)
class Scribe:
    """What a turn needs to tell its events. `asks_first`: kinds of tools that ask before they
    run."""

    sink: Sink
    ids: Ids
    clock: Clock
    workspace: str
    asks_first: tuple[str, ...] = ()


@dataclass
class Turn:
    """One turn: its messages counted, its tool calls kept until they have ended.

    `cause` is set once it was broken off by us.
    """

    scribe: Scribe
    number: int
    cause: str = ""
    message: int = 0
    partial: str = ""
    calls: dict[str, Call] = field(default_factory=dict)
    _said: str | None = None
    _answer: Shown | None = None

    def emit(self, event: Event) -> None:
        """A fact of this turn."""
        self.scribe.sink.emit(event, self.number)

    # --- messages ---------------------------------------------------------------------------

    def text(self, chunk: Any) -> None:
        """A piece of the answer."""
        delta = text_of(chunk.content)
        self._message(chunk.message_id or "")
        answer = self._answer
        if answer is None:
            answer = self._answer = Shown(self._add, self._numbers())
        if len(delta) >= AGAIN_CHARS and answer.text.startswith(delta):
            answer.begin()
        answer.add(delta)

    def _add(self, message: int, delta: str) -> None:
        self.partial = (self.partial + delta)[-PARTIAL_CHARS:]
        self.emit(TextAdded(message, delta))

    def _numbers(self) -> Iterator[int]:
        """The message's own, and a further one where its repeat differs."""
        yield self.message
        while True:
            self.message += 1
            self.partial = ""
            yield self.message

    def thought(self, chunk: Any) -> None:
        """A piece of thinking."""
        self._message(chunk.message_id or "")
        self.emit(ThoughtAdded(self.message, text_of(chunk.content)))

    def _message(self, id: str) -> None:
        """The next message begins with another id, or behind a tool call."""
        if self._said != id:
            self._said = id
            self.message += 1
            self.partial = ""
            self._settle()
            self._answer = None

    def _settle(self) -> None:
        if self._answer is not None:
            self._answer.settle()

    # --- tools ------------------------------------------------------------------------------

    def tool(self, update: Any) -> None:
        """A tool call, or more about one."""
        call = self.known(update)
        if call.over:
            return
        self._settle()
        if self._said == "":
            self._said = None
        text, done = result_of(update), update.status in ("completed", "failed")
        if done and self.cause and not call.effect:
            call.over = True  # it was still waiting for leave
            return
        first = call.tool.kind in self.scribe.asks_first
        if done or (update.status == "in_progress" and (not first or text)):
            self._begin(call)
        if call.tool.kind == "execute" and text and call.effect:
            self._show(call, text)
        if done:
            self._end(call, update, text)

    def known(self, update: Any) -> Call:
        """The call with what an update or a permission request tells of it."""
        call = self.calls.get(update.tool_call_id)
        if call is None:
            call = self.calls[update.tool_call_id] = Call(Tool(update.tool_call_id))
        call.tool = told(call.tool, update, self.scribe.workspace)
        return call

    def _begin(self, call: Call) -> None:
        if not call.effect:
            self.emit(self.started(call))

    async def allowed(self, call: Call) -> None:
        """It may run: its start is on record before it does."""
        if not call.effect:
            await self.scribe.sink.record(self.started(call), self.number)

    def refused(self, call: Call) -> None:
        """It may not run; its end comes from the agent."""
        call.denied = True
        self._begin(call)

    def started(self, call: Call) -> ToolStarted:
        """Its start, told once."""
        tool, scribe = call.tool, self.scribe
        call.effect, call.began = scribe.ids.fresh(), scribe.clock.monotonic()
        name, args = named(tool, scribe.workspace)
        kind = KINDS.get(tool.kind, "other")
        shown = msgspec.json.encode(args).decode()[:ARGS_CHARS]
        paths = tool.paths if kind in ("read", "edit") else ()
        title = one_line(tool.title, SUMMARY_CHARS)
        return ToolStarted(tool.id, name, kind, title, shown, call.effect, paths)

    def _show(self, call: Call, text: str) -> None:
        """Agents repeat all of the output; only what is new is shown."""
        delta = text.removeprefix(call.shown) if text.startswith(call.shown) else text
        call.shown = text
        if delta:
            self.emit(ToolOutputAdded(call.tool.id, "out", delta))

    def _end(self, call: Call, update: Any, text: str) -> None:
        exit = exit_of(update.raw_output)
        status: ToolStatus = "ok"
        if call.denied:
            status = "denied"
        elif update.status == "failed":
            status = "cancelled" if self.cause else "failed"
        elif exit:
            status = "failed"
        self._ended(call, status, text or call.shown, exit)

    def _ended(self, call: Call, status: ToolStatus, text: str, exit: int | None = None) -> None:
        call.over = True
        ms = round((self.scribe.clock.monotonic() - call.began) * 1000)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        head = f"exit {exit}: " if exit else ""
        summary = head + one_line(text, SUMMARY_CHARS)
        self.emit(
            ToolEnded(
                call.tool.id, call.effect, status, ms, digest, exit, summary, text[:RESULT_CHARS]
            )
        )

    def close(self, status: ToolStatus) -> None:
        """The turn is over: what had begun and did not end has come to `status`."""
        self._settle()
        for call in self.calls.values():
            if call.effect and not call.over:
                self._ended(call, "denied" if call.denied else status, call.shown)
            call.over = True


def told(tool: Tool, update: Any, workspace: str) -> Tool:
    """The tool with what an update adds; contradictions make it a tool that no rule knows."""
    new = update.raw_input if isinstance(update.raw_input, dict) else {}
    raw = {**tool.raw, **new}
    kind = update.kind or tool.kind
    diffs = [part for part in update.content or () if part.type == "diff"]
    paths = [place.path for place in update.locations or ()] + [part.path for part in diffs]
    if kind == "execute":
        paths = []
    if not _goes_on(tool.raw.get("command"), raw.get("command")):
        kind = "other"
    known = dict.fromkeys((*tool.paths, *(true_path(workspace, path) for path in paths)))
    title = update.title or tool.title
    whole = tool.whole or any(not part.old_text for part in diffs)
    return Tool(tool.id, tool.name or title, kind, title, raw, tuple(known), whole)


def _goes_on(old: Any, new: Any) -> bool:
    """The command as it was, or more of it: arguments may come piece by piece."""
    if isinstance(old, str) and isinstance(new, str):
        return new.startswith(old)
    return old is None or old == new


def text_of(content: Any) -> str:
    """A content block as text."""
    if content.type == "text":
        return str(content.text)
    if content.type == "resource_link":
        return f"[{content.uri}]"
    return f"[{content.type}]"


def result_of(update: Any) -> str:
    """What a tool has said so far."""
    parts = []
    for part in update.content or ():
        if part.type == "content":
            parts.append(text_of(part.content))
        elif part.type == "diff":
            parts.append(f"{part.path}: {len(part.new_text or '')} characters")
    return "\n".join(parts)


def exit_of(raw: Any) -> int | None:
    """The exit code, where an agent tells one."""
    if not isinstance(raw, dict):
        return None
    more = raw.get("metadata")
    for told in (raw, more if isinstance(more, dict) else {}):
        for name in _EXITS:
            if isinstance(told.get(name), int) and not isinstance(told.get(name), bool):
                return int(told[name])
    return None
