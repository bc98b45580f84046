"""What to do next: one order of all that needs the player (economy.md 9). Pure; times in wall ns.

Danger first, then by cost of delay over expected handling time, highest first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from statistics import median

import msgspec
from msgspec.structs import replace

from commandcenter.core.base import NS, Record
from commandcenter.core.events import Severity
from commandcenter.core.world import Alert, Ask, Head, World
from commandcenter.hud import weighing
from commandcenter.hud.seen import seen
from commandcenter.hud.weighing import Cost, Handling, Kind
from commandcenter.hud.words import countdown, since
from commandcenter.rules.grants import GRANTABLE, key_of
from commandcenter.rules.policy import decide, request_for

DANGER = frozenset({"R4"})
WARN_AFTER_S = 30.0
EXPIRES_S = 30.0
_LIMITS = frozenset({"budget"})
_OF_THREADS = ("needs:", "failed:", "review:")


class Entry(Record, frozen=True):
    """One thing that needs the player, with its place's reasons."""

    key: str
    """`case:5`, an alert's id, `needs:7`, `failed:7`, `review:7`."""
    kind: Kind
    severity: Severity
    since: int
    cost: Cost
    thread: int = 0
    ask: int = 0
    same: tuple[int, ...] = ()
    """The open approvals that are equal to this one, itself first; empty = it folds with none."""
    deferred: bool = False
    expires: int = 0
    """Wall ns; 0 = it does not."""
    rank: float = 0.0

    @property
    def danger(self) -> bool:
        """Does it stand before all that is not?"""
        return self.severity == "danger"

    def why(self, now: int) -> str:
        """`blocks 3 · $0.42/min · 2:10`."""
        parts = (self.cost.words(), countdown(since(self.since, now)))
        return " · ".join(part for part in parts if part)


class Case(Record, frozen=True):
    """An open question with its place in the queue."""

    ask: Ask
    entry: Entry

    @property
    def danger(self) -> bool:
        """May it do damage that nobody takes back?"""
        return self.entry.danger


def entries(
    world: World,
    now: int,
    handling: Handling | None = None,
    limits: Mapping[str, float] | None = None,
) -> list[Entry]:
    """All that needs the player, what comes first first; equal approvals are one entry.

    `limits`: agent -> seconds after which it takes an unanswered question back.
    """
    found = list(_all(world, now, limits or {}))
    return ordered(found, now, handling or Handling())


def sooner(
    world: World, now: int, kept: Sequence[Entry], handling: Handling, limits: Mapping[str, float]
) -> list[Entry]:
    """As `entries`, with what `kept` says of threads that neither ask nor have an alert."""
    told = [*_asks(world, now, limits), *_alerts(world, now)]
    busy = {entry.thread for entry in told} | {ask.thread for ask in world.asks.values()}
    still = [one for one in kept if one.key.startswith(_OF_THREADS) and one.thread not in busy]
    return ordered([*told, *still], now, handling)


def queue(
    world: World,
    now: int = 0,
    handling: Handling | None = None,
    limits: Mapping[str, float] | None = None,
) -> list[Case]:
    """Open questions in that order; equal ones stand together. `now` 0 = the last entry's time."""
    now = now or world.wall
    found = ordered(list(_asks(world, now, limits or {})), now, handling or Handling())
    return [Case(world.asks[ask], entry) for entry in found for ask in (entry.same or (entry.ask,))]


def following(world: World, current: int, now: int = 0) -> Case | None:
    """The case after ask `current` in the queue, wrapping; the first when it is gone."""
    cases = queue(world, now)
    if not cases:
        return None
    at = next((n for n, case in enumerate(cases) if case.ask.id == current), -1)
    return cases[(at + 1) % len(cases)]


def blocked(world: World, now: int = 0, found: Sequence[Entry] | None = None) -> tuple[int, ...]:
    """Threads that need the player or failed, in the order of the queue (`found`, if known)."""
    shown = entries(world, now or world.wall) if found is None else found
    threads: list[int] = []
    for entry in shown:
        asks = [world.asks[ask].thread for ask in entry.same if ask in world.asks]
        threads += asks or [entry.thread]
    return tuple(dict.fromkeys(one for one in threads if _blocked(world, one)))


def needs_me(world: World) -> int:
    """How many threads wait for the player."""
    heads = world.threads.values()
    return sum(seen(head, world.accounts.get(head.account)) == "needs you" for head in heads)


def likeness(ask: Ask) -> tuple[str, str] | None:
    """What equal approvals have in common: level, and tool, command and rule in their canonical
    form, as the engine compares them; None = folds with none."""
    if ask.kind != "tool" or ask.level not in GRANTABLE:
        return None
    return ask.level, _canonical(ask.thread, msgspec.json.encode(ask.request))


@lru_cache(maxsize=512)  # a request may hold a whole file
def _canonical(thread: int, request: bytes) -> str:
    args = msgspec.json.decode(request)
    tool, cwd = str(args.pop("tool", "")), str(args.pop("cwd", ""))
    asked = request_for(thread, tool, args, cwd)
    return key_of(asked, decide(asked))


def ordered(found: list[Entry], now: int, handling: Handling) -> list[Entry]:
    """Ranked; one that is older than ten minutes ranks at least at the median."""
    ranked = [replace(one, rank=one.cost.worth * 60 / handling.of(one.kind)) for one in found]
    middle = median(one.rank for one in ranked) if ranked else 0.0
    lifted = [
        replace(one, rank=max(one.rank, middle)) if weighing.old(one.since, now) else one
        for one in ranked
    ]
    return sorted(lifted, key=lambda one: _place(one, now))


def _place(entry: Entry, now: int) -> tuple[bool, bool, bool, float, int, str]:
    soon = bool(entry.expires) and entry.expires - now <= EXPIRES_S * NS
    return entry.deferred, not entry.danger, not soon, -entry.rank, entry.since, entry.key


# --- where the entries come from --------------------------------------------------


def _all(world: World, now: int, limits: Mapping[str, float]) -> Iterator[Entry]:
    yield from _asks(world, now, limits)
    alerts = list(_alerts(world, now))
    yield from alerts
    told = {entry.thread for entry in alerts} | {ask.thread for ask in world.asks.values()}
    for head in world.threads.values():
        if head.id in told:
            continue
        entry = _thread(head, world, now)
        if entry is not None:
            yield entry


def _asks(world: World, now: int, limits: Mapping[str, float]) -> Iterator[Entry]:
    alike: dict[tuple[str, str, bool], list[Entry]] = {}
    for ask in world.asks.values():
        entry, key = _ask(ask, world, now, limits), likeness(ask)
        if key is None or entry.danger:
            yield entry
        else:
            alike.setdefault((*key, entry.deferred), []).append(entry)
    for same in alike.values():
        yield _folded(sorted(same, key=lambda one: (one.since, one.ask)))


def _folded(same: Sequence[Entry]) -> Entry:
    """Equal approvals as one: one look decides them all."""
    first = same[0]
    if len(same) == 1:
        return first
    worst = max((one.severity for one in same), key=lambda s: weighing.RISK[s])
    cost = weighing.together([one.cost for one in same])
    expires = min((one.expires for one in same if one.expires), default=0)
    ids = tuple(one.ask for one in same)
    return replace(first, severity=worst, cost=cost, same=ids, expires=expires)


def _ask(ask: Ask, world: World, now: int, limits: Mapping[str, float]) -> Entry:
    waited = since(ask.since, now)
    severity: Severity = "info" if waited <= WARN_AFTER_S else "warn"
    severity = "danger" if ask.level in DANGER else severity
    head = world.threads.get(ask.thread)
    limit = limits.get(head.agent, 0.0) if head is not None else 0.0
    return Entry(
        f"case:{ask.id}",
        "approval" if ask.kind == "tool" else "question",
        severity,
        ask.since,
        weighing.waiting(head, world, severity, now) if head is not None else Cost(),
        ask.thread,
        ask.id,
        deferred=ask.deferred > now,
        expires=ask.since + round(limit * NS) if limit else 0,
    )


def _counts(alert: Alert, world: World, now: int) -> bool:
    """A condition that lasts and is worth an act; a question has its own entry."""
    if alert.cleared or alert.severity == "info" or alert.snoozed > now:
        return False
    head = world.threads.get(alert.thread)
    return alert.category != "approval" and not (head is not None and head.state == "dying")


def _alerts(world: World, now: int) -> Iterator[Entry]:
    for alert in world.alerts.values():
        if _counts(alert, world, now):
            yield _alert(alert, world, now)


def _alert(alert: Alert, world: World, now: int) -> Entry:
    kind: Kind = "limit" if alert.category in _LIMITS else "alert"
    held = _held(alert, world)
    head = world.threads.get(alert.thread)
    if held:
        costs = [weighing.waiting(one, world, alert.severity, now) for one in held]
        cost = weighing.together(costs)
    elif head is not None and head.state == "running":
        cost = weighing.doubted(head, world, alert.severity)
    elif head is not None and head.state != "ended":
        cost = weighing.waiting(head, world, alert.severity, now)
    else:
        cost = Cost(0.0, weighing.RISK[alert.severity] * weighing.FLOOR)
    return Entry(
        alert.id,
        kind,
        alert.severity,
        alert.since,
        cost,
        alert.thread,
        deferred=alert.deferred > now,
    )


def _held(alert: Alert, world: World) -> list[Head]:
    """The threads that stand still because of a limit or an account."""
    name, _, which = alert.id.partition(":")
    live: Iterable[Head] = (h for h in world.threads.values() if h.state != "ended")
    if name == "account":
        return [head for head in live if head.account == which and head.waits_for]
    if alert.category not in _LIMITS:
        return []
    live = (head for head in live if "budget" in head.hold)
    if which.startswith("@op:"):
        return [head for head in live if head.operation == which[4:]]
    return [head for head in live if which == "day" or head.id == alert.thread]


def _thread(head: Head, world: World, now: int) -> Entry | None:
    """A thread that needs the player without having asked, failed, or has results to look at."""
    if head.state == "running" and not head.hold and not head.waits_for and not head.parked:
        return None
    state = seen(head, world.accounts.get(head.account))
    if state == "needs you":
        kind: Kind = "limit" if "budget" in head.hold else "question"
        cost = weighing.waiting(head, world, "warn", now)
        return Entry(f"needs:{head.id}", kind, "warn", head.moved, cost, head.id)
    if state == "failed":
        cost = weighing.doubted(head, world, "warn")
        return Entry(f"failed:{head.id}", "alert", "warn", head.moved, cost, head.id)
    if head.results > head.results_seen:
        cost = weighing.looked_at(head, world)
        return Entry(f"review:{head.id}", "review", "info", head.moved, cost, head.id)
    return None


def _blocked(world: World, thread: int) -> bool:
    head = world.threads.get(thread)
    if head is None:
        return False
    if any(ask in world.asks for ask in head.asks):  # paused or frozen meanwhile, it still asks
        return True
    return seen(head, world.accounts.get(head.account)) in ("needs you", "failed")
