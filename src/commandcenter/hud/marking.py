"""What a tile and the panels say of verdicts, hand-overs, births and children (M4)."""

from collections.abc import Iterable

from commandcenter.core.base import Record
from commandcenter.core.shaping import BirthKind, Critique, Verdict
from commandcenter.core.world import Head, World
from commandcenter.hud.words import age, plain, since

SPLITS = frozenset({"divide", "branch", "scout"})
"""Births whose parent waits for the result."""
BIRTHS: dict[BirthKind, str] = {
    "divide": "split",
    "branch": "fork",
    "scout": "critic",
    "fork": "revive",
    "conflict": "merge",
}
"""How a child was born -> the icon in the corner of its tile."""
_WAIT = frozenset({"paused", "pausing", "frozen"})
_FOR_CHILDREN = "waits for its children"
"""How the engine says why such a parent rests."""
STEPS = {
    "packet": "the text is written",
    "edit": "its text waits",
    "open": "the other begins",
    "settle": "the other shows itself",
}
_RESULTS = {
    "pass": ("done", "run"),
    "fail": ("failed", "err"),
    "error": ("failed", "tool"),
    "stopped": ("killed", "mid"),
}
_SAID = {"pass": "green", "fail": "red", "error": "could not run", "stopped": "stopped"}
_OPINIONS = {
    "accept": ("run", "accepts it"),
    "doubt": ("tool", "doubts it"),
    "reject": ("err", "rejects it"),
    "none": ("mid", "gave no verdict"),
}


class Mark(Record, frozen=True):
    """A verdict on a tile: glyph id, colour tokens, the count beside it."""

    glyph: str
    color: str
    text: str = ""
    stale: bool = False
    """Its files may be others by now."""
    runs: bool = False


def verdict(head: Head, now: int) -> Mark | None:
    """The mark of the success command: what runs, else what was said last."""
    if head.verifying:
        ago = age(since(head.verifying_at, now)) if head.verifying_at else ""
        return Mark("think", "run", ago, runs=True)
    found = head.verified
    if found is None:
        return None
    glyph, color = _RESULTS[found.result]
    old = stale(head, found.commit, found.at)
    return Mark(glyph, "dim" if old else color, count(found), old)


def count(found: Verdict) -> str:
    """`12/14` where the output said so."""
    return f"{found.passed}/{found.total}" if found.total else ""


def stale(head: Head, commit: str, at: int) -> bool:
    """Has the thread begun another turn since the checkpoint that was looked at?"""
    mark = next((one for one in head.checkpoints if one.commit == commit), None)
    if mark is not None:
        return head.turn > mark.turn
    return bool(commit) and any(one.at > at for one in head.checkpoints)


def sentence(head: Head, now: int) -> tuple[str, str]:
    """The panel's line of the verdict and its colour; empty = there is none."""
    mark, found = verdict(head, now), head.verified
    if mark is not None and mark.runs:
        return f"runs {mark.text}".strip(), "run"
    if mark is None or found is None:
        return "", ""
    parts = [_SAID[found.result], mark.text, plain(found.line)]
    parts.append("files changed since" * mark.stale)
    return " \u00b7 ".join(part for part in parts if part), mark.color


def tampered(found: Verdict | None) -> str:
    """The protected files that the thread had changed; empty = none."""
    return ", ".join(map(plain, found.tampered)) if found is not None else ""


def opinion(found: Critique | None) -> tuple[str, str]:
    """The critic's line and its colour."""
    if found is None:
        return "", ""
    color, said = _OPINIONS[found.verdict]
    return f"{plain(found.model)} {said}: {plain(found.line)}", color


def awaited(head: Head, world: World) -> str:
    """`waits for 3 (1 done)`: a parent whose split is not over; empty = it waits for nobody.

    One that rests though all have ended says that too: nobody paused it.
    """
    if not head.children or head.state not in _WAIT or _stopped_by_hand(head):
        return ""
    found = [one for one in _born(head.children, world) if one.kind in SPLITS]
    done = sum(one.state == "ended" for one in found)
    if done == len(found):
        waits = bool(found) and head.why.startswith(_FOR_CHILDREN)
        return f"{'all ' * (done > 1)}{done} done, it goes on with E" * waits
    return f"waits for {len(found)}" + f" ({done} done)" * bool(done)


def _stopped_by_hand(head: Head) -> bool:
    """Somebody stopped it, and not for its children."""
    stopped = head.state == "frozen" or "player" in head.hold
    return stopped and not head.why.startswith(_FOR_CHILDREN)


def _born(children: Iterable[int], world: World) -> Iterable[Head]:
    return (world.threads[one] for one in children if one in world.threads)


def handing(head: Head) -> str:
    """`handing over: its text waits`; empty = nobody takes it over."""
    return f"handing over: {STEPS[head.handing.step]}" if head.handing is not None else ""


def progress(found: Verdict | None) -> tuple[str, str, str]:
    """Of an operation's last verdict: glyph, colour, count; empty glyph = none was said."""
    if found is None:
        return "", "", ""
    glyph, color = _RESULTS[found.result]
    return glyph, color, count(found)


def voice(head: Head, now: int) -> str:
    """What a screen reader says of the verdict: `118/118 green`; empty = nothing was run."""
    mark = verdict(head, now)
    if mark is None or mark.runs or head.verified is None:
        return "success command runs" if mark is not None else ""
    said = _SAID[head.verified.result]
    found = " ".join(part for part in (mark.text, said) if part)
    return f"{found}, files changed since" if mark.stale else found
