"""The Audit tab: orders, decisions, refusals, grants; by whom, how it went, how long it took."""

from typing import Any

from commandcenter.core.text import line as one_line
from commandcenter.ui.moments import in_table
from commandcenter.ui.page import Cell, Page, Row, said, title

_WHO = {"player": "you", "cli": "shell"}
_KINDS = {"order": "order", "refusal": "refused", "decision": "decided", "grant": "grant"}
_TONES = {"refused": "err", "deny": "tool", "denied": "tool", "done": "mid", "allow": "mid"}


def audit_page(answer: dict[str, Any], narrow: bool) -> Page:
    """The page of what the engine answered, newest first."""
    found = answer.get("rows")
    entries = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if not entries:
        return Page(empty="no order, decision or refusal yet")
    rows = [title("Audit", f"{len(entries)} entries, newest first")]
    for entry in reversed(entries):
        rows += _entry(entry, narrow)
    if answer.get("more"):
        rows.append(said("older ones are in the journal: commandcenter journal show"))
    return Page(tuple(rows))


def _entry(entry: dict[str, Any], narrow: bool) -> list[Row]:
    outcome = one_line(str(entry.get("outcome") or "under way"), 12)
    by = str(entry.get("by", ""))
    level = one_line(str(entry.get("level", "")), 3)
    line = one_line(str(entry.get("line", "")), 200)
    top = [
        Cell(in_table(entry.get("wall")), 56, "dim", size=11),
        Cell(f"{level} {line}".strip(), 0, "accent" if by == "player" else "fg"),
        Cell(outcome, 60, _TONES.get(outcome, "mid"), "right", 11),
    ]
    if not narrow:
        top.append(Cell(_took(entry.get("latency_ms")), 52, "dim", "right", 11))
    kind = _KINDS.get(str(entry.get("kind", "")), "")
    parts = [kind, f"by {_WHO.get(by, by)}" if by else "", "fast" if entry.get("fast") else ""]
    parts.append(one_line(str(entry.get("why", "")), 200))
    about = " · ".join(part for part in parts if part)
    return [Row(tuple(top)), Row((Cell("", 56), Cell(about, 0, "dim", size=11)))]


def _took(ms: object) -> str:
    if not isinstance(ms, int | float):
        return ""
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1_000:.1f} s"
