"""The rows of a thread's Audit tab, from entries; pure."""

from typing import Any

from commandcenter.core import notation
from commandcenter.core.codec import Entry
from commandcenter.core.events import (
    Answered,
    Asked,
    Granted,
    GrantEnded,
    GrantUsed,
    OrderDone,
    OrderGiven,
    OrderRefused,
    OrderUndone,
)
from commandcenter.core.text import one_line

Row = dict[str, Any]
LINE_CHARS = 200


def audit_rows(orders: list[Entry], decisions: list[Entry], thread: int) -> list[Row]:
    """Oldest first; `orders` of all threads, `decisions` of this one."""
    asks = {str(one.event.ask) for one in decisions if isinstance(one.event, Asked)}
    rows = _orders(orders, thread, asks) + _decisions(decisions)
    return sorted(rows, key=lambda row: row["seq"])


def _row(entry: Entry, kind: str, line: str, outcome: str, **more: Any) -> Row:
    found = {
        "seq": entry.seq,
        "wall": entry.wall,
        "kind": kind,
        "by": entry.stamp.by,
        "line": one_line(line, LINE_CHARS),
        "outcome": outcome,
        "why": "",
        "level": "",
        "latency_ms": None,
        "fast": False,
    }
    return {**found, **more}


def _ms(since: int, until: int) -> int:
    return (until - since) // 1_000_000


def _orders(entries: list[Entry], thread: int, asks: set[str]) -> list[Row]:
    given: dict[str, Row] = {}
    rows: list[Row] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, OrderGiven):
            if _concerns(event, thread, asks):
                given[event.id] = _row(entry, "order", notation.text(event.order), "")
                rows.append(given[event.id])
            continue
        row = given.get(getattr(event, "id", ""))
        if row is None:
            continue
        if isinstance(event, OrderDone):
            row["outcome"] = row["outcome"] or "done"
            row["latency_ms"] = _ms(row["wall"], entry.wall)
        elif isinstance(event, OrderUndone) and event.taken_back:
            row["outcome"] = "undone"
        elif isinstance(event, OrderRefused) and entry.thread in (0, thread):
            row["outcome"] = "refused"
            took = _ms(row["wall"], entry.wall)
            said = {"why": event.text, "by": row["by"], "latency_ms": took}
            rows.append(_row(entry, "refusal", row["line"], "refused") | said)
    return rows


def _concerns(event: OrderGiven, thread: int, asks: set[str]) -> bool:
    """It named the thread, was resolved to it, or decided one of its questions."""
    order = event.order
    named = str(getattr(order, "target", "")).split(",")
    return (
        thread in event.threads or f"#{thread}" in named or str(getattr(order, "ask", "")) in asks
    )


def _decisions(entries: list[Entry]) -> list[Row]:
    asked: dict[int, Row] = {}
    rows: list[Row] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, Asked):
            more = {"why": event.rule, "level": event.level}
            asked[event.ask] = _row(entry, "decision", event.line, "open", **more)
            rows.append(asked[event.ask])
        elif isinstance(event, Answered) and event.ask in asked:
            _answered(asked[event.ask], entry, event)
        elif isinstance(event, Granted | GrantUsed | GrantEnded):
            rows.append(_grant(entry, event))
    return rows


def _answered(row: Row, entry: Entry, event: Answered) -> None:
    row["latency_ms"] = _ms(row["wall"], entry.wall)
    row["outcome"] = event.option
    row["by"] = entry.stamp.by
    row["fast"] = event.fast
    if event.text:
        row["why"] = one_line(event.text, LINE_CHARS)


def _grant(entry: Entry, event: Granted | GrantUsed | GrantEnded) -> Row:
    if isinstance(event, Granted):
        why = f"{event.grant}: for the {event.scope}"
        return _row(entry, "grant", event.line, "granted", why=why, level=event.level)
    if isinstance(event, GrantUsed):
        return _row(entry, "grant", event.line, "used", why=event.grant)
    return _row(entry, "grant", event.grant, "ended", why=event.why)
