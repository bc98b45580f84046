"""What Codex tells, as events: a recorded turn, and what the stand-in does not say."""

import json
from pathlib import Path
from typing import Any

from commandcenter.core.events import (
    AgentNote,
    ContextMeasured,
    Event,
    SubagentSeen,
    TextAdded,
    ThoughtAdded,
    ToolEnded,
    ToolStarted,
    UsageReported,
)
from commandcenter.drivers.codex_scribe import Scribe
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.wires import codex
from commandcenter.wires.codex import Note

TURN = Path(__file__).parents[2] / "wires" / "golden" / "codex_turn.jsonl"


class Told:
    """A scribe and what it wrote."""

    def __init__(self, thread: str = "t") -> None:
        self.events: list[Event] = []
        self.scribe = Scribe(Ticking(), FakeIds(), self.events.append, thread)
        self.scribe.begin()

    def hear(self, method: str, **params: Any) -> None:
        line = json.dumps({"method": method, "params": {"threadId": "t", **params}})
        said = codex.read(line.encode())
        assert isinstance(said, Note)
        self.scribe.heard(said)


def test_a_recorded_turn() -> None:
    told = Told("id-2")
    for line in TURN.read_bytes().splitlines():
        if isinstance(said := codex.read(line), Note):
            told.scribe.heard(said)
    told.scribe.usage()
    text = [(e.message, e.delta) for e in told.events if isinstance(e, TextAdded)]
    assert text == [(1, "I look."), (2, "I write."), (3, "I correct."), (4, "All done.")]
    started = [e for e in told.events if isinstance(e, ToolStarted)]
    ended = [e for e in told.events if isinstance(e, ToolEnded)]
    assert [e.effect for e in started] == [e.effect for e in ended]
    assert [e.status for e in ended] == ["ok"] * 3
    assert isinstance(told.events[-1], UsageReported)
    measured = [e for e in told.events if isinstance(e, ContextMeasured)]
    assert len(measured) == 4
    assert measured[-1].size > 0


def test_what_the_deltas_left_out_is_told_once() -> None:
    told = Told()
    told.hear("item/agentMessage/delta", itemId="a", delta="Hel")
    told.hear("item/completed", item={"type": "agentMessage", "id": "a", "text": "Hello"})
    told.hear("item/completed", item={"type": "agentMessage", "id": "b", "text": "All at once"})
    told.hear("item/agentMessage/delta", itemId="c", delta="one")
    told.hear("item/completed", item={"type": "agentMessage", "id": "c", "text": "another"})
    texts = [e.delta for e in told.events if isinstance(e, TextAdded)]
    assert texts == ["Hel", "lo", "All at once", "one"]
    assert told.scribe.partial == "HelloAll at onceone"


def test_thinking_in_parts() -> None:
    told = Told()
    for part in (0, 1):
        told.hear("item/reasoning/summaryPartAdded", itemId="r", summaryIndex=part)
        told.hear("item/reasoning/summaryTextDelta", itemId="r", summaryIndex=part, delta="so")
    told.hear("item/completed", item={"type": "reasoning", "id": "r", "summary": ["so", "so"]})
    assert "".join(e.delta for e in told.events if isinstance(e, ThoughtAdded)) == "so\n\nso"


def test_a_tool_that_outlives_its_turn_ends_once() -> None:
    told = Told()
    tool = {"type": "commandExecution", "id": "x", "command": "bash -lc 'sleep 9'"}
    told.hear("item/started", item=tool)
    assert not told.events, "it may yet be asked for"
    told.scribe.begun("x")
    told.scribe.close("ok", "it runs on in the background")
    told.scribe.begin()
    told.hear("item/started", item=tool)
    told.hear("item/completed", item={**tool, "status": "completed", "exitCode": 0})
    kinds = [type(event).__name__ for event in told.events]
    assert kinds == ["ToolStarted", "ToolEnded"]


def test_subagents_of_both_kinds() -> None:
    told = Told()
    spawned = {"type": "collabAgentToolCall", "id": "c", "tool": "spawnAgent", "prompt": "count"}
    told.hear("item/completed", item={**spawned, "receiverThreadIds": ["one"]})
    moved = {"type": "subAgentActivity", "agentThreadId": "two", "agentPath": "/root/two"}
    told.hear("item/completed", item={**moved, "id": "s", "kind": "started"})
    for agent in ("one", "two"):
        told.hear("turn/started", threadId=agent, turn={"id": "n"})
    told.hear("item/agentMessage/delta", threadId="one", itemId="m", delta="not ours")
    tool = {"type": "commandExecution", "id": "x", "command": "ls", "status": "completed"}
    told.hear("item/completed", threadId="one", item=tool)
    told.hear("item/completed", item={**moved, "id": "e", "kind": "completed"})
    for agent in ("one", "two"):
        told.hear("turn/completed", threadId=agent, turn={"id": "n"})
    seen = [(e.agent, e.state, e.title) for e in told.events if isinstance(e, SubagentSeen)]
    assert seen == [
        ("one", "started", "count"),
        ("two", "started", "/root/two"),
        ("two", "ended", ""),
        ("one", "ended", ""),
    ]
    assert not [event for event in told.events if isinstance(event, TextAdded)]
    assert len([event for event in told.events if isinstance(event, ToolEnded)]) == 2


def test_remarks() -> None:
    told = Told()
    told.hear("warning", message="old model")
    told.hear("warning", message="old model")
    told.hear("configWarning", summary="no bwrap", threadId=None)
    told.hear("error", error={"message": "again"}, willRetry=True)
    told.hear("error", error={"message": "for good"}, willRetry=False)
    told.hear("model/rerouted", fromModel="a", toModel="b")
    told.hear("item/completed", item={"type": "contextCompaction", "id": "k"})
    told.hear("thread/status/changed", status={"type": "idle"})
    told.hear("thread/brand/new")
    notes = [(e.kind, e.note) for e in told.events if isinstance(e, AgentNote)]
    assert notes == [
        ("notice", "old model"),
        ("notice", "no bwrap"),
        ("retry", "again"),
        ("notice", "codex went from a to b"),
        ("compaction", "codex has shortened the conversation"),
        ("unknown", "codex: thread/brand/new"),
    ]
