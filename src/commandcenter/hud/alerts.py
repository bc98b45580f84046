"""Rows of the alerts panel, and the order in which Space visits them (screen.md 10)."""

from collections.abc import Iterator, Sequence

from commandcenter.core.base import NS, Record
from commandcenter.core.events import Severity
from commandcenter.core.world import Alert, Head, World
from commandcenter.hud.attention import Entry, entries
from commandcenter.hud.census import Census
from commandcenter.hud.seen import Face, face
from commandcenter.hud.words import age, countdown, plain, since

LINGER_S = 60
FROZEN_S = 3.0
WINDOW_S: dict[Severity, int] = {"danger": 10, "warn": 30, "info": 60}
"""Inside it a repeat counts up."""
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
    threads: tuple[int, ...] = ()
    """All that it is about."""
    alerts: tuple[str, ...] = ()
    """The ids of the alerts in it."""
    deferred: bool = False
    asks: tuple[int, ...] = ()
    """The open questions in it."""
    over: bool = False
    """Its condition is no more; it lingers."""


def rows(
    world: World, now: int, found: Sequence[Entry] | None = None, census: Census | None = None
) -> list[AlertRow]:
    """What the panel shows at wall `now` (ns): the attention queue (`found`, if it stands
    already), burning fuses, then what only happened; danger before all of it."""
    queue = entries(world, now) if found is None else found
    folds = folded(world, now)
    shown = _queued(world, now, queue, folds)
    told = {alert for row in shown for alert in row.alerts}
    rest = [row_of(world, fold, now) for fold in folds if not told & {a.id for a in fold}]
    rest.sort(key=lambda row: (_RANK[row.severity], -row.since))
    dying = (census or Census.of(world)).dying
    fuses = [_fuse_row(world.threads[thread], world, now) for thread in sorted(dying)]
    everything = [*shown, *fuses, *rest]
    danger = [row for row in everything if row.severity == "danger" and _presses(row)]
    return danger + [row for row in everything if row.severity != "danger" or not _presses(row)]


def _presses(row: AlertRow) -> bool:
    return not row.deferred and not row.over


def folded(world: World, now: int, everything: bool = False) -> list[tuple[Alert, ...]]:
    """Alerts of one category, operation and severity, each within the window of the one before.

    Oldest first inside a fold. Snoozed ones, and what is over, are left out unless `everything`.
    """
    alike: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in world.alerts.values():
        if everything or _stays(alert, now):
            key = (alert.category, alert.operation, alert.severity)
            alike.setdefault(key, []).append(alert)
    return [fold for same in alike.values() for fold in _chained(same)]


def _chained(same: list[Alert]) -> Iterator[tuple[Alert, ...]]:
    window = WINDOW_S[same[0].severity] * NS
    fold: list[Alert] = []
    for alert in sorted(same, key=lambda one: (one.since, one.id)):
        if fold and alert.since - max(one.last for one in fold) > window:
            yield tuple(fold)
            fold = []
        fold.append(alert)
    yield tuple(fold)


def runs(row: AlertRow) -> bool:
    """Does the row state a time that changes each second?"""
    return bool(row.ask) or row.key.startswith("fuse:")


def _queued(
    world: World, now: int, queue: Sequence[Entry], folds: Sequence[tuple[Alert, ...]]
) -> list[AlertRow]:
    """A row for each entry; results to look at are one, alerts stand with their equals."""
    place = {alert.id: fold for fold in folds for alert in fold}
    done: set[str] = set()
    shown: list[AlertRow] = []
    for entry in queue:
        row = None
        if entry.ask:
            row = _ask_row(world, entry, now)
        elif entry.key in place and entry.key not in done:
            fold = place[entry.key]
            done |= {alert.id for alert in fold}
            row = row_of(world, fold, now, entry)
        elif entry.key.startswith("needs:"):
            row = _needs_row(world, entry, now)
        if row is not None:
            shown.append(row)
    reviews = [entry for entry in queue if entry.kind == "review" and not entry.deferred]
    return [*shown, *([_review_row(world, reviews, now)] if reviews else [])]


def _stays(alert: Alert, now: int) -> bool:
    """A moment lingers 60 s; a condition as long as it lasts and 60 s more, a question not.

    A question has its own row; what is snoozed is out of sight.
    """
    if alert.snoozed > now or alert.category == "approval":
        return False
    if alert.severity == "info":
        return since(alert.last, now) < LINGER_S
    return not alert.cleared or since(alert.cleared, now) < LINGER_S


def _ask_row(world: World, entry: Entry, now: int) -> AlertRow | None:
    ask = world.asks.get(entry.ask)
    if ask is None:
        return None
    head = world.threads.get(ask.thread)
    name = head.name if head else f"#{ask.thread}"
    asks = [world.asks[one] for one in entry.same if one in world.asks]
    others = len(asks) - 1
    same = f"same ask from {others} other{'s' * (others > 1)}" if others > 0 else ""
    what = ask.level if ask.kind == "tool" else "question"
    put_off = f"deferred {countdown(since(now, ask.deferred))}" if entry.deferred else ""
    threads = tuple(dict.fromkeys(one.thread for one in asks or [ask]))
    return AlertRow(
        entry.key,
        entry.severity,
        "needs",
        "wait",
        plain(f"{name} asks: {ask.line}"),
        " · ".join(part for part in (put_off, entry.cost.words(), what, same) if part),
        countdown(since(ask.since, now)),
        ask.thread,
        head.operation if head else "",
        ask.id,
        ask.since,
        threads=threads,
        alerts=tuple(f"ask:{thread}" for thread in threads),
        deferred=entry.deferred,
        asks=tuple(one.id for one in asks or [ask]),
    )


def _needs_row(world: World, entry: Entry, now: int) -> AlertRow | None:
    head = world.threads.get(entry.thread)
    if head is None:
        return None
    return AlertRow(
        entry.key,
        entry.severity,
        "needs",
        "wait",
        plain(f"{head.name}: {face(head, world, now).line}"),
        entry.cost.words(),
        age(since(entry.since, now)),
        head.id,
        head.operation,
        since=entry.since,
        threads=(head.id,),
    )


def _review_row(world: World, found: Sequence[Entry], now: int) -> AlertRow:
    heads = [world.threads[entry.thread] for entry in found if entry.thread in world.threads]
    count = sum(head.results - head.results_seen for head in heads)
    oldest = min(found, key=lambda entry: entry.since)
    return AlertRow(
        "review",
        "info",
        "done",
        "mid",
        f"{count} result{'s' * (count != 1)} not yet looked at",
        "' goes to the oldest",
        age(since(oldest.since, now)),
        oldest.thread,
        since=oldest.since,
        threads=tuple(head.id for head in heads),
    )


def row_of(world: World, fold: Sequence[Alert], now: int, entry: Entry | None = None) -> AlertRow:
    """A fold of alerts: it keeps the place of its oldest and says its newest."""
    oldest, newest = fold[0], max(fold, key=lambda one: (one.last, one.seq))
    times, over = sum(alert.times for alert in fold), all(alert.cleared for alert in fold)
    glyph, color = _SIGNS["info" if over else newest.severity]
    head = world.threads.get(newest.thread)
    if head is not None and not over:
        glyph, color = _sign(face(head, world, now), glyph, color)
    return AlertRow(
        oldest.id,
        newest.severity,
        glyph,
        color,
        plain(newest.line),
        _detail(newest, entry, now, "over" if over else "", times),
        age(since(newest.last, now)),
        newest.thread,
        newest.operation,
        0,
        oldest.since,
        times,
        tuple(dict.fromkeys(alert.thread for alert in fold if alert.thread)),
        tuple(alert.id for alert in fold),
        entry is not None and entry.deferred,
        over=over,
    )


def _detail(alert: Alert, entry: Entry | None, now: int, over: str, times: int) -> str:
    put_off = f"deferred {countdown(since(now, alert.deferred))}" if alert.deferred > now else ""
    blocks = entry.cost.words() if entry is not None and entry.cost.blocks else ""
    count = f"x{times}" if times > 1 else ""
    parts = (count, put_off, blocks, over or plain(alert.mend or alert.operation))
    return " · ".join(part for part in parts if part)


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
        threads=(head.id,),
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
        self.visit(row, now)
        return row

    def visit(self, row: AlertRow, now: float) -> None:
        """The player went there."""
        self._visited |= dict.fromkeys((row.key, *row.alerts), now)

    def visited(self, key: str) -> bool:
        """Was this row gone to before?"""
        return key in self._visited

    def _rank(self, row: AlertRow) -> tuple[int, bool, int]:
        return _RANK[row.severity], row.key in self._visited, -row.since
