"""A thread's entries as items, for `commandcenter transcript`."""

from collections.abc import Iterable
from typing import Any

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry, Row, load_entry

KINDS = frozenset(
    {
        "TurnStarted",
        "TextAdded",
        "ThoughtAdded",
        "ToolStarted",
        "ToolEnded",
        "Asked",
        "Answered",
        "PlanChanged",
        "AgentNote",
        "TurnEnded",
        "ModelChanged",
    }
)


def lines(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Items in order; deltas of one message are one item."""
    items: list[dict[str, Any]] = []
    for row in rows:
        if row.kind in KINDS:
            item = _item(load_entry(row))
            last = items[-1] if items else {}
            if item.get("message") is not None and _continues(last, item):
                last["text"] += item["text"]
            else:
                items.append(item)
    return items


def _continues(last: dict[str, Any], item: dict[str, Any]) -> bool:
    return all(last.get(key) == item[key] for key in ("kind", "turn", "message"))


def _item(entry: Entry) -> dict[str, Any]:
    kind, text, more = _said(entry.event)
    where = {"seq": entry.seq, "wall": entry.wall, "turn": entry.stamp.turn}
    return {"kind": kind, "text": text, **where, **more}


def _said(event: ev.Event) -> tuple[str, str, dict[str, Any]]:
    match event:
        case ev.TurnStarted():
            return "you", event.prompt, {"trigger": event.trigger}
        case ev.TextAdded():
            return "agent", event.delta, {"message": event.message}
        case ev.ThoughtAdded():
            return "thought", event.delta, {"message": event.message}
        case ev.ToolStarted():
            return "tool call", event.title, {"name": event.name, "args": event.args}
        case ev.ToolEnded():
            return "tool result", event.result or event.summary, {"status": event.status}
        case ev.Asked():
            return "approval", event.line, {"ask": event.ask, "level": event.level}
        case _:
            return _said_else(event)


def _said_else(event: ev.Event) -> tuple[str, str, dict[str, Any]]:
    match event:
        case ev.Answered():
            return "decision", f"{event.option} {event.text}".strip(), {"ask": event.ask}
        case ev.PlanChanged():
            return "plan", "; ".join(f"{text} ({state})" for text, state in event.items), {}
        case ev.AgentNote():
            return "notice", event.note, {}
        case ev.ModelChanged():
            return "model", f"{event.old} -> {event.new}", {}
        case ev.TurnEnded():
            return "turn ended", event.error or event.stop, {"stop": event.stop}
        case _:
            return "other", type(event).__name__, {}
