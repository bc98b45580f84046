"""What Codex tells of its turns, written as our events."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from commandcenter.core.base import Clock, Ids
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
    UsageReported,
)
from commandcenter.core.text import line
from commandcenter.wires.codex import SILENT, Item, Note, Tokens, TokenUsage, Told
from commandcenter.wires.codex_items import Outcome, outcome_of, use_of

RESULT_CHARS: Final = 8_000
TITLE_CHARS: Final = 100
_STEP: Final = {"inProgress": "active", "completed": "done"}
ASKED_FOR: Final = frozenset({"commandExecution", "fileChange"})
"""Kinds of item that may wait for an answer before they act."""
_SAYS: Final = frozenset({"agentMessage", "plan"})


@dataclass
class OpenTool:
    """A tool call; `at` in monotonic seconds. It has not begun while nobody allowed it."""

    event: ToolStarted
    at: float
    item: Item
    asked: bool = False
    begun: bool = False


@dataclass
class Said:
    """An answer as far as it was heard."""

    number: int
    text: str = ""


@dataclass
class Scribe:
    """One session's pen. `emit` takes a fact of the turn that runs or ran last."""

    clock: Clock
    ids: Ids
    emit: Callable[[Event], None]
    thread: str = ""
    """Codex' own id of our thread; another one's messages are a subagent's."""
    tools: dict[str, OpenTool] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    """Every tool call of this turn."""
    subagents: dict[str, str] = field(default_factory=dict)
    """Their threads that live, and the turn each of them is in."""
    breaking: bool = False
    """The turn is being broken off: what fails now was cancelled."""
    partial: str = ""
    """What this turn has said so far."""
    _said: dict[str, Said] = field(default_factory=dict)
    _total: Tokens | None = None
    _before: Tokens | None = None
    _told: set[str] = field(default_factory=set)
    _over: set[str] = field(default_factory=set)
    """Calls that were ended with their turn; Codex may yet say more of them."""

    def begin(self) -> None:
        """A turn begins."""
        self.breaking = False
        self.partial = ""
        self.items.clear()
        self._said.clear()
        self._before = self._total

    def heard(self, note: Note) -> None:
        """One notification; those about turns are the session's own business."""
        told = note.told
        if told is None:
            self._unknown(note.method)
        elif told.thread_id in (None, "", self.thread):
            self._own(note.method, told)
        else:
            self._subagent(note.method, told, told.thread_id or "")

    def _unknown(self, method: str) -> None:
        if method not in SILENT:
            self._once("unknown", f"codex: {method}")

    def _once(self, kind: str, text: str) -> None:
        """The same remark once a session."""
        if text and text not in self._told:
            self._told.add(text)
            self.emit(AgentNote(kind, line(text, 500)))  # type: ignore[arg-type]  # a closed word

    def _own(self, method: str, told: Told) -> None:
        match method:
            case "item/agentMessage/delta" | "item/plan/delta":
                self._text(told.item_id or "", told.delta or "")
            case "item/reasoning/textDelta" | "item/reasoning/summaryTextDelta":
                self._thought(told.item_id or "", told.delta or "")
            case "item/reasoning/summaryPartAdded":
                self._thought(told.item_id or "", "\n\n" if told.summary_index else "")
            case "turn/plan/updated":
                steps = told.plan or []
                items = tuple((one.step, _STEP.get(one.status, "pending")) for one in steps)
                self.emit(PlanChanged(items))
            case "thread/tokenUsage/updated" if told.token_usage is not None:
                self._tokens(told.token_usage)
            case _:
                self._tool_or_remark(method, told)

    def _tool_or_remark(self, method: str, told: Told) -> None:
        match method:
            case "item/started" if told.item is not None:
                self._started(told.item)
            case "item/completed" if told.item is not None:
                self._completed(told.item)
            case "item/commandExecution/outputDelta":
                self.begun(told.item_id or "")
                self.emit(ToolOutputAdded(told.item_id or "", "out", told.delta or ""))
            case "thread/compacted":
                self.emit(AgentNote("compaction", "codex has shortened the conversation"))
            case "error" if told.error is not None and told.will_retry:
                self.emit(AgentNote("retry", line(told.error.message, 500)))
            case "model/rerouted":
                self._once("notice", f"codex went from {told.from_model} to {told.to_model}")
            case "warning" | "guardianWarning" | "configWarning" | "deprecationNotice":
                self._once("notice", told.message or told.summary or "")
            case _:
                return

    def _text(self, item: str, delta: str) -> None:
        said = self._said.setdefault(item, Said(len(self._said) + 1))
        if delta:
            said.text += delta
            self.partial += delta
            self.emit(TextAdded(said.number, delta))

    def _thought(self, item: str, delta: str) -> None:
        said = self._said.setdefault(item, Said(len(self._said) + 1))
        if delta:
            said.text += delta
            self.emit(ThoughtAdded(said.number, delta))

    def _tokens(self, usage: TokenUsage) -> None:
        if self._before is None:
            total, last = usage.total, usage.last
            self._before = Tokens(
                input_tokens=total.input_tokens - last.input_tokens,
                output_tokens=total.output_tokens - last.output_tokens,
            )
        self._total = usage.total
        window = usage.model_context_window or 0
        self.emit(ContextMeasured(usage.last.total_tokens, window))

    def usage(self) -> None:
        """What the turn that ends says it has used."""
        if self._total is None or self._before is None or self._total == self._before:
            return
        read = self._total.input_tokens - self._before.input_tokens
        written = self._total.output_tokens - self._before.output_tokens
        self.emit(UsageReported("turn", max(0, read), max(0, written)))

    def _started(self, item: Item) -> None:
        use = use_of(item)
        if use is None or item.id in self.tools or item.id in self._over:
            return
        effect = self.ids.fresh()
        event = ToolStarted(item.id, use.name, use.kind, use.title, use.args, effect, use.paths)
        self.tools[item.id] = OpenTool(event, self.clock.monotonic(), item)
        self.items.add(item.id)
        if item.type not in ASKED_FOR:
            self.begun(item.id)

    def begun(self, call: str) -> None:
        """It runs: allowed, or nobody was asked."""
        tool = self.begins(call)
        if tool is not None:
            self.emit(tool.event)

    def begins(self, call: str) -> OpenTool | None:
        """A call that begins now, and whose start is yet to be told."""
        tool = self.tools.get(call)
        if tool is None or tool.begun:
            return None
        tool.begun = True
        tool.at = self.clock.monotonic()
        return tool

    def _completed(self, item: Item) -> None:
        if item.type in _SAYS:
            self._rest_of(item.id, item.text or "", self._text)
        elif item.type == "reasoning":
            self._rest_of(item.id, "\n\n".join(item.summary or []), self._thought)
        elif item.type == "contextCompaction":
            self.emit(AgentNote("compaction", "codex has shortened the conversation"))
        elif item.type == "subAgentActivity":
            self._agent_moved(item)
        elif use_of(item) is not None:
            if item.id not in self.items and item.id not in self.tools:
                self._started(item)
            self._spawned(item)
            self._ended(item.id, outcome_of(item))

    def _rest_of(self, item: str, whole: str, add: Callable[[str, str], None]) -> None:
        """What the deltas have left out; nothing where they differ."""
        said = self._said.get(item)
        heard = said.text if said is not None else ""
        if whole.startswith(heard) if heard else bool(whole):
            add(item, whole[len(heard) :])

    def _ended(self, call: str, outcome: Outcome) -> None:
        self.begun(call)
        tool = self.tools.pop(call, None)
        if tool is None:
            return
        spent = round((self.clock.monotonic() - tool.at) * 1000)
        ended = ToolEnded(
            call=call,
            effect=tool.event.effect,
            status="cancelled" if self.breaking and outcome.status != "ok" else outcome.status,
            ms=outcome.ms if outcome.ms else spent,
            result_hash=hashlib.sha256(outcome.text.encode("utf-8", "replace")).hexdigest(),
            exit=outcome.exit,
            summary=outcome.summary,
            result=outcome.text[:RESULT_CHARS],
        )
        self.emit(ended)

    def close(self, status: ToolStatus, why: str) -> None:
        """The turn is over: what is still open ends so."""
        self._over |= self.tools.keys()
        for call, tool in tuple(self.tools.items()):
            if tool.begun:
                self._ended(call, Outcome(status, "", why))
            else:
                self._ended(call, Outcome("cancelled", "", "nobody allowed it"))

    def _spawned(self, item: Item) -> None:
        if item.type != "collabAgentToolCall" or item.tool != "spawnAgent":
            return
        for agent in item.receiver_thread_ids or []:
            if agent not in self.subagents:
                self.subagents[agent] = ""
                title = line(item.prompt or "", TITLE_CHARS)
                self.emit(SubagentSeen(agent, item.id, "started", title))

    def _agent_moved(self, item: Item) -> None:
        """The newer way in which it tells of its subagents; `path` names one."""
        agent = item.agent_thread_id or ""
        if item.kind == "started" and agent and agent not in self.subagents:
            self.subagents[agent] = ""
            title = line(item.agent_path or "", TITLE_CHARS)
            self.emit(SubagentSeen(agent, item.id, "started", title))
        elif item.kind == "completed":
            self._agent_over(agent)

    def _agent_over(self, agent: str) -> None:
        if self.subagents.pop(agent, None) is not None:
            self.emit(SubagentSeen(agent, "", "ended"))

    def _subagent(self, method: str, told: Told, agent: str) -> None:
        """Its tools are the thread's; what it says is its own business."""
        match method:
            case "turn/started" if told.turn is not None:
                if agent not in self.subagents:
                    self.emit(SubagentSeen(agent, "", "started"))
                self.subagents[agent] = told.turn.id
            case "turn/completed":
                self._agent_over(agent)
            case "item/started" | "item/completed" | "item/commandExecution/outputDelta":
                if told.item is None or use_of(told.item) is not None:
                    self._tool_or_remark(method, told)
            case _:
                return
