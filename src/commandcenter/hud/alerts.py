"""Rows of the alerts panel, and the order in which Space visits them (screen.md 10)."""

from collections.abc import Sequence

from commandcenter.core.base import NS, Record
from commandcenter.core.events import Severity
from commandcenter.core.world import Alert, Head, World
from commandcenter.hud.attention import WARN_AFTER_S, queue
from commandcenter.hud.seen import Face, face
from commandcenter.hud.words import age, countdown, plain, since

LINGER_S = 60
FROZEN_S = 3.0
_RANK: dict[Severity, int] = {"danger": 0, "warn": 1, "info": 2}
_SIGNS: dict[Severity, tuple[str, str]] = {
    "danger": ("failed", "err"),
    "warn": ("tool", "tool"),
    "info": ("done", "dim"),
}


class AlertRow(Record, frozen=True):
    """One row: glyph and colour token, two lines, the time it states, and what it leads to."""

    key: str
    severity: Severity
    glyph: str
    color: str
    title: str
    detail: str
    time: str
    thread: int = 0
    operation: str = ""
    ask: int = 0
    since: int = 0
    """Wall ns."""
    times: int = 1


def rows(world: World, now: int) -> list[AlertRow]:
    """What the panel shows at wall `now` (ns): open questions, fuses, failures, then the rest."""
    asks = [_ask_row(world, case.ask.id, case.danger, now) for case in queue(world)]
    alerts = [
        _alert_row(world, alert, now) for alert in world.alerts.values() if _stays(alert, now)
    ]
    alerts = [row for row in alerts if not _doubles(row, asks)]
    fuses = [
        _fuse_row(head, world, now) for head in world.threads.values() if head.state == "dying"
    ]
    rest = sorted([*alerts, *fuses], key=lambda row: (_RANK[row.severity], -row.since))
    danger = [row for row in [*asks, *rest] if row.severity == "danger"]
    others = [row for row in [*asks, *rest] if row.severity != "danger"]
    return danger + others


def runs(row: AlertRow) -> bool:
    """Does the row state a time that changes each second?"""
    return bool(row.ask) or row.key.startswith("fuse:")


def _stays(alert: Alert, now: int) -> bool:
    """A moment lingers 60 s; a condition as long as it lasts and 60 s more, a question not."""
    if alert.severity == "info":
        return since(alert.last, now) < LINGER_S
    if alert.cleared and alert.category == "approval":
        return False
    return not alert.cleared or since(alert.cleared, now) < LINGER_S


def _doubles(row: AlertRow, asks: Sequence[AlertRow]) -> bool:
    """The engine's own alert about a question that already has its row."""
    waits = row.key.startswith(("approval", "ask"))
    return waits and any(ask.thread == row.thread for ask in asks)


def _ask_row(world: World, ask_id: int, danger: bool, now: int) -> AlertRow:
    ask = world.asks[ask_id]
    waited = since(ask.since, now)
    severity: Severity = "danger" if danger else "warn" if waited > WARN_AFTER_S else "info"
    head = world.threads.get(ask.thread)
    name = head.name if head else f"#{ask.thread}"
    same = sum(other.line == ask.line for other in world.asks.values()) - 1
    what = ask.level if ask.kind == "tool" else "question"
    parts = [what, f"same ask from {same} others" if same > 1 else "", ask.rule]
    if same == 1:
        parts[1] = "same ask from 1 other"
    return AlertRow(
        f"ask:{ask.id}",
        severity,
        "needs",
        "wait",
        plain(f"{name} asks: {ask.line}"),
        plain(" · ".join(part for part in parts if part)),
        countdown(waited),
        ask.thread,
        head.operation if head else "",
        ask.id,
        ask.since,
    )


def _alert_row(world: World, alert: Alert, now: int) -> AlertRow:
    glyph, color = _SIGNS[alert.severity]
    head = world.threads.get(alert.thread)
    if alert.cleared:
        glyph, color = _SIGNS["info"]
    elif head is not None:
        glyph, color = _sign(face(head, world, now), glyph, color)
    title = alert.line if alert.times < 2 else f"{alert.line}  x{alert.times}"
    return AlertRow(
        alert.id,
        alert.severity,
        glyph,
        color,
        plain(title),
        plain(alert.mend or alert.operation) if not alert.cleared else "over",
        age(since(alert.last, now)),
        alert.thread,
        alert.operation,
        0,
        alert.since,
        alert.times,
    )


def _sign(shown: Face, glyph: str, color: str) -> tuple[str, str]:
    return (shown.glyph, shown.color) if shown.seen in ("failed", "done") else (glyph, color)


def _fuse_row(head: Head, world: World, now: int) -> AlertRow:
    shown = face(head, world, now)
    return AlertRow(
        f"fuse:{head.id}",
        "warn",
        "frozen",
        "pause",
        plain(f"{head.name} is {shown.line}"),
        "E or Mod+Z keeps it",
        "now",
        head.id,
        head.operation,
        0,
        head.fuse_ends - 10 * NS,
    )


class Recall:
    """Space: severity, then newest, visited last; the order stands still for 3 s after a press."""

    def __init__(self) -> None:
        self._order: list[AlertRow] = []
        self._at = -1
        self._last = -1e9
        self._visited: dict[str, float] = {}

    def press(self, shown: Sequence[AlertRow], now: float, back: bool = False) -> AlertRow | None:
        """The next row to go to (`back`: the one before); None = return to where the view began.

        `now` in monotonic s.
        """
        if now - self._last > FROZEN_S or not self._order:
            self._order = sorted(shown, key=self._rank)
            self._at = -1
        self._last = now
        self._at += -1 if back else 1
        if not 0 <= self._at < len(self._order):
            self._at, self._order = -1, []
            return None
        row = self._order[self._at]
        self._visited[row.key] = now
        return row

    def visited(self, key: str) -> bool:
        """Was this row gone to before?"""
        return key in self._visited

    def _rank(self, row: AlertRow) -> tuple[int, bool, int]:
        return _RANK[row.severity], row.key in self._visited, -row.since
