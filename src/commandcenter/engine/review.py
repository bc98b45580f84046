"""What is worth a glance: alerts raised from entries."""

from collections.abc import Callable
from typing import Any

import msgspec

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Entry, Fact, Row, Stamp, load_entry
from commandcenter.core.text import one_line
from commandcenter.core.world import Head, World
from commandcenter.engine.granting import over_grants

_ENDS = frozenset({"TurnEnded", "StateChanged", "OperationDisbanded", "EngineStarted"})
"""What a grant may end with."""


class Review:
    """Reads committed rows and gives back the alerts they call for."""

    def __init__(self, world: World, post: Callable[[list[Fact]], None]) -> None:
        self._world = world
        self._post = post
        self._ending: set[str] = set()
        """Grants whose end is on its way into the journal."""

    def rows(self, rows: list[Row]) -> None:
        """Raise and clear what these entries call for."""
        facts: list[Fact] = []
        for row in rows:
            if row.kind in CASES:
                entry = load_entry(row)
                facts += CASES[row.kind](self._world, entry, entry.event)
        if self._world.grants and any(row.kind in _ENDS for row in rows):
            facts += self._ended(rows[-1].wall)
        if facts:
            self._post(facts)

    def _ended(self, wall: int) -> list[Fact]:
        """Grants that are over, each once."""
        ends = over_grants(self._world, wall)
        new = [end for end in ends if end.event.grant not in self._ending]  # type: ignore[attr-defined]  # all are GrantEnded
        self._ending = {end.event.grant for end in ends}  # type: ignore[attr-defined]  # see above
        return new


def _raise(head: Head, alert: ev.AlertRaised) -> list[Fact]:
    whole = msgspec.structs.replace(alert, operation=head.operation)
    return [Fact(whole, Stamp(head.id))]


def _clear(world: World, thread: int, *alerts: str) -> list[Fact]:
    open_ones = [a for a in alerts if a in world.alerts and not world.alerts[a].cleared]
    return [Fact(ev.AlertCleared(alert), Stamp(thread)) for alert in open_ones]


def _turn_ended(world: World, entry: Entry, event: ev.TurnEnded) -> list[Fact]:
    head = world.threads.get(entry.thread)
    silent = event.cause == "finish" and head is not None and head.rally != "review"
    if head is None or event.stop == "cancelled" or event.cause == "engine" or silent:
        return []
    key = f"turn:{head.id}"
    if event.stop == "end" and head.rally == "review":
        line = one_line(f"{head.name} is ready to look at: {head.line}", 160)
        return _raise(head, ev.AlertRaised(f"rally:{head.id}", "info", "review", line, "' looks"))
    if event.stop == "end" and (head.queue or head.orders or head.loop):
        return []
    if event.stop == "end":
        line = one_line(f"{head.name} is idle: {head.line}", 160)
        return _raise(head, ev.AlertRaised(key, "info", "idle", line, "Q goes on"))
    line = one_line(f"{head.name}: {event.error or event.stop}", 160)
    mend = "E tries again, Q steers"
    return _raise(head, ev.AlertRaised(key, "warn", "failed", line, mend))


def _loop(world: World, entry: Entry, event: ev.LoopSet) -> list[Fact]:
    """A loop that ended by itself is worth a glance, one that the player ended is not."""
    head = world.threads.get(entry.thread)
    if head is None or event.loop is not None or entry.stamp.by != "engine":
        return []
    line = one_line(f"the loop of {head.name} ended: {event.why}", 160)
    alert = ev.AlertRaised(f"loop:{head.id}", "info", "loop", line, "R begins another")
    return _raise(head, alert)


def _seen(world: World, entry: Entry, event: ev.SeenMarked) -> list[Fact]:
    return _clear(world, entry.thread, f"rally:{entry.thread}")


def _proposed(world: World, entry: Entry, event: ev.SplitProposed) -> list[Fact]:
    """A plan is ready to be looked at, or there is none and why."""
    head = world.threads.get(entry.thread)
    if head is None:
        return []
    key = f"proposal:{head.id}"
    if event.plan is None:
        line = one_line(f"no plan for {head.name}: {event.error}", 200)
        alert = ev.AlertRaised(key, "info", "split", line, "S asks again, or takes a plan of yours")
    else:
        line = f"a plan for {head.name}: {len(event.plan.tasks)} sub-tasks"
        alert = ev.AlertRaised(key, "info", "split", line, "S opens it")
    return _raise(head, alert)


def _planned(world: World, entry: Entry, event: ev.SplitDropped | ev.SplitMade) -> list[Fact]:
    return _clear(world, entry.thread, f"proposal:{entry.thread}", f"children:{entry.thread}")


def _child_stopped(world: World, head: Head, why: str) -> list[Fact]:
    """A child died; its parent, which waits, is told of."""
    parent = world.threads.get(head.parent)
    if parent is None or head.kind not in _SPLIT or parent.state == "ended":
        return []
    line = one_line(f"{head.name}, a child of {parent.name}, stopped: {why}", 200)
    alert = ev.AlertRaised(
        f"child:{head.id}", "warn", "failed", line, f"E on {parent.name} goes on"
    )
    return _raise(parent, alert)


def _children_done(world: World, head: Head) -> list[Fact]:
    """All children of a parent that waits have ended: the last one says so."""
    parent = world.threads.get(head.parent)
    if parent is None or head.kind not in _SPLIT or parent.state not in _WAITING:
        return []
    born = [world.threads[child] for child in parent.children if child in world.threads]
    born = [one for one in born if one.kind in _SPLIT]
    if any(one.state != "ended" for one in born) or all(o.outcome == "killed" for o in born):
        return []
    count = sum(one.outcome in ("done", "merged") for one in born)
    rest = f", {len(born) - count} ended otherwise" if count < len(born) else ""
    done = f"{count} {'child is' if count == 1 else 'children are'} done{rest}"
    line = one_line(f"{parent.name}: {done}", 200)
    mend = "D compares them, E goes on"
    return _raise(parent, ev.AlertRaised(f"children:{parent.id}", "info", "split", line, mend))


def _turn_started(world: World, entry: Entry, event: ev.TurnStarted) -> list[Fact]:
    return _clear(world, entry.thread, f"turn:{entry.thread}", f"silent:{entry.thread}")


def _state(world: World, entry: Entry, event: ev.StateChanged) -> list[Fact]:
    head = world.threads.get(entry.thread)
    if head is None:
        return []
    key = f"state:{head.id}"
    if event.new == "crashed" and event.parked:
        line = one_line(f"{head.name} stopped: {event.why}", 200)
        alert = ev.AlertRaised(key, "warn", "failed", line, "E opens it again, X X ends it")
        return _raise(head, alert) + _child_stopped(world, head, event.why)
    if event.new == "ended":
        over = (f"turn:{head.id}", f"ask:{head.id}", f"proposal:{head.id}")
        ended = _clear(world, head.id, *over)
        word = {"done": "is done", "killed": "was killed", "failed": "failed"}
        word["merged"] = "was merged"
        line = f"{head.name} {word.get(event.outcome, event.outcome)}"
        alert = ev.AlertRaised(key, "info", "ended", line, "Shift+\\ shows its diff")
        failed = _child_stopped(world, head, event.why) if event.outcome == "failed" else []
        return ended + _raise(head, alert) + failed + _children_done(world, head)
    gone_on = (f"children:{head.id}",) if event.new not in _WAITING else ()
    return _clear(world, head.id, key, f"child:{head.id}", *gone_on)


def _verified(world: World, entry: Entry, event: ev.Verified) -> list[Fact]:
    """A verdict; one that the player stopped says nothing new."""
    head, verdict = world.threads.get(entry.thread), event.verdict
    if head is None or verdict.result == "stopped":
        return []
    key = f"verify:{head.id}"
    if verdict.green:
        line = one_line(f"{head.name} is green: {verdict.line}", 200)
        green = ev.AlertRaised(f"green:{head.id}", "info", "verified", line, "Mod+L lands it")
        return _clear(world, head.id, key) + _raise(head, green)
    word = "is not green" if verdict.result == "fail" else "could not be verified"
    line = one_line(f"{head.name} {word}: {verdict.line}", 200)
    alert = ev.AlertRaised(key, "warn", "failed", line, "V runs it again; Q steers the thread")
    return _clear(world, head.id, f"green:{head.id}") + _raise(head, alert)


def _verifying(world: World, entry: Entry, event: ev.VerifyStarted) -> list[Fact]:
    return _clear(world, entry.thread, f"verify:{entry.thread}", f"green:{entry.thread}")


def _critiqued(world: World, entry: Entry, event: ev.Critiqued) -> list[Fact]:
    head, critique = world.threads.get(entry.thread), event.critique
    if head is None or critique.verdict == "accept":
        return _clear(world, entry.thread, f"critic:{entry.thread}")
    severity: ev.Severity = "warn" if critique.verdict == "reject" else "info"
    said = {"reject": "rejects", "doubt": "doubts", "none": "could not judge"}[critique.verdict]
    line = one_line(f"{critique.model or 'the critic'} {said} {head.name}: {critique.line}", 200)
    alert = ev.AlertRaised(f"critic:{head.id}", severity, "critic", line, "D shows why")
    return _raise(head, alert)


def _conflict(world: World, entry: Entry, event: ev.ConflictFound) -> list[Fact]:
    head = world.threads.get(entry.thread)
    if head is None:
        return []
    count = len(event.merging.conflicts)
    files = "1 file" if count == 1 else f"{count} files"
    line = one_line(f"{head.name} and {event.merging.into} both changed {files}", 200)
    mend = "D shows both sides; a thread can mend it"
    return _raise(head, ev.AlertRaised(f"conflict:{head.id}", "warn", "conflict", line, mend))


def _merged(world: World, entry: Entry, event: ev.Merged) -> list[Fact]:
    head = world.threads.get(entry.thread)
    if head is None:
        return []
    line = one_line(f"{head.name} was merged into {event.merging.into}", 200)
    alert = ev.AlertRaised(f"merged:{head.id}", "info", "merged", line, "Mod+Z takes it back")
    return _clear(world, head.id, f"conflict:{head.id}") + _raise(head, alert)


def _landed(world: World, entry: Entry, event: ev.Landed) -> list[Fact]:
    head, landing = world.threads.get(entry.thread), event.landing
    if head is None or landing.how not in ("merge", "pr"):
        return []
    what = "landed on" if landing.how == "merge" else "is asked for:"
    line = one_line(f"{head.name} {what} {landing.where}", 200)
    return _raise(head, ev.AlertRaised(f"landed:{head.id}", "info", "landed", line, ""))


def _not_landed(world: World, entry: Entry, event: ev.LandFailed) -> list[Fact]:
    head = world.threads.get(entry.thread)
    if head is None:
        return []
    line = one_line(f"{head.name} did not land: {event.why}", 200)
    alert = ev.AlertRaised(f"landed:{head.id}", "warn", "failed", line, "Mod+L tries again")
    return _raise(head, alert)


def _admitted(world: World, entry: Entry, event: ev.CallAdmitted) -> list[Fact]:
    return _clear(world, entry.thread, f"silent:{entry.thread}")


def _asked(world: World, entry: Entry, event: ev.Asked) -> list[Fact]:
    """What cannot be taken back is told at once, the rest when it has waited."""
    head = world.threads.get(entry.thread)
    return _approval(head, event.line, "danger") if head and event.level == "R4" else []


def _approval(head: Head, what: str, severity: ev.Severity) -> list[Fact]:
    line = one_line(f"{head.name} asks: {what}", 160)
    alert = ev.AlertRaised(f"ask:{head.id}", severity, "approval", line, "J decides")
    return _raise(head, alert)


def _account_opened(world: World, entry: Entry, event: ev.AccountOpened) -> list[Fact]:
    return _clear(world, 0, f"account:{event.account}")


def _answered(world: World, entry: Entry, event: ev.Answered) -> list[Fact]:
    head = world.threads.get(entry.thread)
    if head is not None and head.asks:
        return []
    return _clear(world, entry.thread, f"ask:{entry.thread}")


def waiting_alerts(world: World, now: int, ask_s: int = 30) -> list[Fact]:
    """Approvals that wait longer than `ask_s` seconds at wall `now` (ns)."""
    facts: list[Fact] = []
    for ask in world.asks.values():
        key = f"ask:{ask.thread}"
        known = key in world.alerts and not world.alerts[key].cleared
        head = world.threads.get(ask.thread)
        if head is not None and not known and now - ask.since > ask_s * NS:
            facts += _approval(head, ask.line, "danger" if ask.level == "R4" else "warn")
    return facts


def silent_alerts(world: World, now: int, silent_s: int = 120) -> list[Fact]:
    """Running threads without any entry for `silent_s` seconds."""
    facts: list[Fact] = []
    for head in world.threads.values():
        quiet = head.state == "running" and now - head.seen_at > silent_s * NS
        key = f"silent:{head.id}"
        known = key in world.alerts and not world.alerts[key].cleared
        if quiet and not known and not head.waits_for:
            line = f"{head.name} has said nothing for {silent_s // 60} min"
            alert = ev.AlertRaised(key, "warn", "silent", line, "W interrupts it")
            facts += _raise(head, alert)
    return facts


_SPLIT = frozenset({"divide", "branch", "scout"})
"""Kinds of children that a parent waits for."""
_WAITING = frozenset({"pausing", "paused", "frozen", "hibernated"})
CASES: dict[str, Callable[[World, Entry, Any], list[Fact]]] = {
    "TurnEnded": _turn_ended,
    "TurnStarted": _turn_started,
    "LoopSet": _loop,
    "SplitProposed": _proposed,
    "SplitDropped": _planned,
    "SplitMade": _planned,
    "SeenMarked": _seen,
    "StateChanged": _state,
    "VerifyStarted": _verifying,
    "Verified": _verified,
    "Critiqued": _critiqued,
    "ConflictFound": _conflict,
    "Merged": _merged,
    "Landed": _landed,
    "LandFailed": _not_landed,
    "CallAdmitted": _admitted,
    "Asked": _asked,
    "AccountOpened": _account_opened,
    "Answered": _answered,
}
