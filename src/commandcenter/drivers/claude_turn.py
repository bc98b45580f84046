"""One turn of Claude Code: what its lines mean as events, each told once."""

import hashlib
import re
from typing import Final

from commandcenter.core.base import Clock, Ids, Record
from commandcenter.core.events import (
    AgentNote,
    ContextMeasured,
    Event,
    PlanChanged,
    SubagentSeen,
    TextAdded,
    ThoughtAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    ToolStatus,
    TurnEnded,
    TurnMarked,
    UsageReported,
)
from commandcenter.core.text import line
from commandcenter.drivers.base import Sink
from commandcenter.drivers.claude_tools import kind_of, ours, plan_of, shown, title_of
from commandcenter.drivers.shown import Shown, message_numbers
from commandcenter.wires import claude as wire

RESULT_CHARS: Final = 8_000
OUTPUT_CHARS: Final = 30_000
SUMMARY_CHARS: Final = 160
ERROR_CHARS: Final = 1_000
_EXIT: Final = re.compile(r"Exit code (\d{1,3})(?:\n|\Z)")


class Running(Record, frozen=True):
    """A tool call under way; `at` in monotonic seconds."""

    event: ToolStarted
    at: float


class TurnParts(Record, frozen=True):
    """What the turns of a session share; `folders` = the workspace as it may be written."""

    sink: Sink
    ids: Ids
    clock: Clock
    folders: tuple[str, ...]


class Turn:
    """From a prompt to its one end. `ended` is set when `TurnEnded` was told."""

    def __init__(self, number: int, parts: TurnParts) -> None:
        self.number = number
        self.cause = ""
        """Why it was broken off; empty = it was not."""
        self.ended = False
        self.denied: set[str] = set()
        """Calls that rules or the person did not allow."""
        self.folders = parts.folders
        self._sink = parts.sink
        self._ids = parts.ids
        self._clock = parts.clock
        self._numbers = message_numbers()
        self._said = self._new_text()
        self._thought = self._new_thought()
        self._whole = True
        self._streamed = ""
        self._blocks = ""
        """The message that comes as whole blocks, without a stream."""
        self._spoke = False
        self._used = 0
        self._mark = ""
        """The newest line of the agent's own record of the session."""
        self._calls: dict[str, wire.Call] = {}
        self._open: dict[str, Running] = {}
        self._agents: dict[str, str] = {}

    def _emit(self, event: Event) -> None:
        self._sink.emit(event, self.number)

    # --- text ----------------------------------------------------------------------------------

    def _new_text(self) -> Shown:
        return Shown(lambda number, text: self._emit(TextAdded(number, text)), self._numbers)

    def _new_thought(self) -> Shown:
        return Shown(lambda number, text: self._emit(ThoughtAdded(number, text)), self._numbers)

    def _begin(self) -> None:
        """An answer begins: a new one, or the one that broke off once more."""
        self._close_blocks()
        if self._whole:
            self._said, self._thought = self._new_text(), self._new_thought()
        else:
            self._said.begin()
            self._thought.begin()
        self._whole = False

    def _finish(self) -> None:
        self._said.whole()
        self._thought.whole()
        self._whole = True

    def _close_blocks(self) -> None:
        if self._blocks:
            self._blocks = ""
            self._finish()

    def began(self, item: wire.Began) -> None:
        """An answer begins to arrive."""
        self._begin()
        self._streamed = item.message
        self._used = item.used

    def delta(self, item: wire.Delta) -> None:
        """A piece of it."""
        self._spoke = self._spoke or item.kind == "text"
        (self._said if item.kind == "text" else self._thought).add(item.text)

    def finished(self) -> None:
        """It arrived whole."""
        self._finish()

    def said(self, item: wire.Said) -> None:
        """A whole block: told already unless it did not come as a stream."""
        for call in item.calls:
            self._calls[call.id] = call
        self._marked(item)
        if item.parent or item.message == self._streamed or not (item.text or item.thought):
            return
        if item.message != self._blocks:
            self._begin()
            self._streamed, self._blocks = "", item.message
        if item.thought:
            self.delta(wire.Delta("thought", item.thought))
        if item.text:
            self.delta(wire.Delta("text", item.text))

    def _marked(self, item: wire.Said | wire.Results) -> None:
        if item.uuid and not item.parent:
            self._mark = item.uuid

    def printed(self, text: str) -> None:
        """The output of a slash command."""
        self._begin()
        self.delta(wire.Delta("text", text))
        self._finish()

    # --- tools ---------------------------------------------------------------------------------

    def starts(self, call: wire.Call) -> ToolStarted | None:
        """The intent of a call, to be recorded before it runs; None = it has begun already."""
        if call.id in self._open:
            return None
        name, args = ours(call.name, call.args, self.folders)
        paths = (args["path"],) if args.get("path") else ()
        title, told = title_of(name, args), shown(args)
        event = ToolStarted(call.id, name, kind_of(name), title, told, self._ids.fresh(), paths)
        self._open[call.id] = Running(event, self._clock.monotonic())
        if (items := plan_of(call.args)) is not None:
            self._emit(PlanChanged(items))
        return event

    def allowed(self, call: str) -> None:
        """It runs from now on: the wait for the answer was not its time."""
        if (running := self._open.get(call)) is not None:
            self._open[call] = Running(running.event, self._clock.monotonic())

    def results(self, item: wire.Results) -> None:
        """Calls have ended."""
        self._marked(item)
        for result in item.results:
            if result.call not in self._open:
                known = self._calls.get(result.call)
                event = self.starts(known or wire.Call(result.call, "unknown", {}))
                if event is not None:
                    self._emit(event)
            self._end(result.call, self._status(result), result.text)

    def _status(self, result: wire.Result) -> ToolStatus:
        if result.ok:
            return "ok"
        if result.call in self.denied:
            return "denied"
        if not result.rejected:
            return "failed"
        return "cancelled" if self.cause else "denied"

    def _end(self, call: str, status: ToolStatus, text: str) -> None:
        running = self._open.pop(call)
        event, code = running.event, None
        ran = event.name == "run" and status in ("ok", "failed")
        if ran:
            found = _EXIT.match(text)
            code = int(found[1]) if found is not None else 0 if status == "ok" else None
            said = text[found.end() :] if found is not None else text
            if said:
                self._emit(ToolOutputAdded(call, "out", said[:OUTPUT_CHARS]))
        self._emit(
            ToolEnded(
                call=call,
                effect=event.effect,
                status=status,
                ms=round((self._clock.monotonic() - running.at) * 1000),
                result_hash=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
                exit=code,
                summary=line(text, SUMMARY_CHARS),
                result=text[:RESULT_CHARS],
            )
        )

    def task(self, item: wire.Task) -> None:
        """A subagent."""
        if item.state == "started" and item.id not in self._agents:
            self._agents[item.id] = item.call
            self._emit(SubagentSeen(item.id, item.call, "started", line(item.title, 120)))
        elif item.state == "ended" and item.id in self._agents:
            self._emit(SubagentSeen(item.id, self._agents.pop(item.id), "ended"))

    def note(self, item: wire.Note) -> None:
        """A remark."""
        self._emit(AgentNote(item.kind, item.text))

    # --- the end -------------------------------------------------------------------------------

    def end(self, item: wire.Ended) -> None:
        """As the agent tells it."""
        if self.ended:
            return
        self._close_blocks()
        if item.stop == "end" and item.text and not self._spoke:
            self.printed(item.text)
        if item.input or item.output:
            self._emit(UsageReported("turn", item.input, item.output))
        if self._used:
            self._emit(ContextMeasured(self._used, item.window))
        broken = item.aborted or (bool(self.cause) and item.stop == "error")
        if broken:
            self.over(TurnEnded("cancelled", self.cause or "stop", partial=self._partial()))
        else:
            error = item.error[:ERROR_CHARS]
            self.over(TurnEnded(item.stop, error=error, partial=self._partial()))

    def lost(self, error: str) -> None:
        """The process is gone; after a kill of ours that is no crash."""
        stop = TurnEnded("cancelled", self.cause, partial=self._partial())
        crash = TurnEnded("crashed", error=error[-ERROR_CHARS:], partial=self._partial())
        self.over(stop if self.cause else crash)

    def over(self, event: TurnEnded) -> None:
        """Everything of it ends, then the turn; only once."""
        if self.ended:
            return
        self.ended = True
        for agent, call in self._agents.items():
            self._emit(SubagentSeen(agent, call, "ended"))
        status: ToolStatus = "cancelled" if event.stop == "cancelled" else "unknown"
        for call in tuple(self._open):
            self._end(call, status, "")
        if self._mark:
            self._emit(TurnMarked(self._mark))
        self._emit(event)

    def _partial(self) -> str:
        """What was heard of an answer that never came whole."""
        return "" if self._whole else self._said.text
