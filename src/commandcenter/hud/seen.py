"""The seven states the person sees, and the line a tile says (architecture.md, two processes)."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from commandcenter.core.base import NS, Record
from commandcenter.core.world import AccountHead, Head, World
from commandcenter.hud import marking
from commandcenter.hud.windows import until
from commandcenter.hud.words import age, countdown, plain, since

Seen = Literal["failed", "done", "needs you", "frozen", "paused", "waiting", "working"]
SEEN: tuple[Seen, ...] = (
    "needs you",
    "failed",
    "working",
    "waiting",
    "paused",
    "frozen",
    "done",
)
"""In the order of subgroups (screen.md 7): worst first."""
_FIXED: dict[str, Seen] = {
    "frozen": "frozen",
    "dying": "frozen",
    "pausing": "paused",
    "paused": "paused",
    "idle": "waiting",
    "hibernated": "waiting",
    "starting": "waiting",
    "cancelling": "waiting",
    "crashed": "waiting",
}
_ACTIVITY = {"thinking": "think", "tool": "tool", "generating": "run", "": "run"}
_WAITS = {"hibernated": "put away", "starting": "starting", "cancelling": "stopping"}
FUSE_S = 10.0
SOON_S = 600
CUT = "cut: "
"""How the reason begins of a pause that cut an answer; such a thread stays so until resumed."""
_MAKING = "workspace: "
"""How the line begins until the thread says something itself."""


class Face(Record, frozen=True):
    """How a thread looks on a tile: glyph id, colour tokens, and the line it says."""

    seen: Seen
    glyph: str
    color: str
    stripe: str
    line: str
    line_color: str
    fuse: float = 0.0
    """Share of the kill fuse that is left, 0 = none burns."""
    ages: bool = False
    """The line holds a time that runs."""


def seen(head: Head, account: AccountHead | None = None) -> Seen:
    """What the person sees of a thread; the first match of the table wins."""
    if head.state == "ended":
        return "failed" if head.outcome == "failed" else "done"
    if head.state == "crashed" and head.parked:
        return "failed"
    if _needs_you(head, account):
        return "needs you"
    if head.state == "running":
        return "waiting" if head.waits_for or _at_window(head) else "working"
    return _FIXED[head.state]


def _at_window(head: Head) -> bool:
    """Is it held until its plan's window opens, with no call in flight?"""
    return "window" in head.hold and not head.calls_open


def _needs_you(head: Head, account: AccountHead | None) -> bool:
    if head.state == "waiting" or head.parked:
        return True
    if head.state == "dying":
        return False
    closed = account is not None and account.closed_until == 0 and bool(head.waits_for)
    return "budget" in head.hold or closed


def face(head: Head, world: World, now: int) -> Face:
    """The tile's glyph, colours and line at wall `now` (ns)."""
    account = world.accounts.get(head.account)
    state = seen(head, account)
    line, ages = _line(head, world, state, now)
    ages = ages or bool(head.verifying)
    glyph, color = _glyph(head, state)
    stripe = {"done": "done"}.get(state, color)
    fuse = 0.0
    if head.state == "dying" and head.fuse_ends:
        fuse = min(since(now, head.fuse_ends) / FUSE_S, 1.0)
    return Face(state, glyph, color, stripe, plain(line), _line_color(head, state), fuse, ages)


def _glyph(head: Head, state: Seen) -> tuple[str, str]:
    if state == "working":
        glyph = _ACTIVITY[head.activity]
        return glyph, glyph
    if state == "waiting":
        return {"idle": "idle", "hibernated": "away"}.get(head.state, "waiting"), "mid"
    if state == "paused":
        return ("pausing" if head.state == "pausing" else "paused"), "pause"
    if state == "frozen":
        return ("fuse" if head.state == "dying" else "frozen"), "pause"
    if state == "done":
        return ("killed" if head.outcome == "killed" else "done"), "dim"
    return ("needs", "wait") if state == "needs you" else ("failed", "err")


def _line_color(head: Head, state: Seen) -> str:
    if head.state == "dying":
        return "pause"
    return {"needs you": "wait", "failed": "err", "working": "mid"}.get(state, "dim")


def _line(head: Head, world: World, state: Seen, now: int) -> tuple[str, bool]:
    if state == "needs you":
        return _need(head, world), False
    if head.handing is not None and head.state != "ended":
        return marking.handing(head), False
    if state == "working":
        own = head.tool if head.activity == "tool" and head.tool else head.line
        if own.startswith(_MAKING):
            own = ""
        return own or head.activity or "running", False
    if state == "waiting":
        waits = marking.awaited(head, world)
        return (waits, False) if waits else _wait(head, world.accounts.get(head.account), now)
    if state == "failed":
        return head.why or head.line or "failed", False
    if state == "done":
        return _ended(head), False
    waits = marking.awaited(head, world)
    if waits:
        return waits, False
    return _stopped(head, spending_frozen(world, head), now)


def spending_frozen(world: World, head: Head) -> bool:
    """Does the gate admit none of its calls, until `resume-spending`?"""
    return bool({"*", head.account} & set(world.frozen_accounts))


def _need(head: Head, world: World) -> str:
    asks = [world.asks[ask] for ask in head.asks if ask in world.asks]
    if asks:
        return asks[0].line
    if "budget" in head.hold:
        return "budget reached"
    return head.why or head.waits_for or head.line or "needs you"


def _wait(head: Head, account: AccountHead | None, now: int) -> tuple[str, bool]:
    if account is not None and account.closed_until > now and head.state in ("running", "starting"):
        return _opens(head, account, now), True
    if head.state == "running":
        return head.waits_for or "window closed", False
    if head.by_hand:
        return "in your hands", False
    if head.state == "crashed":
        return f"crashed, tries again: {head.why}" if head.why else "crashed, tries again", False
    return _WAITS.get(head.state) or head.line or "idle", False


def _opens(head: Head, account: AccountHead, now: int) -> str:
    """A countdown: by the second in its last ten minutes, else by the minute."""
    what = "window" if "window" in head.hold or account.windows else "account"
    left = since(now, account.closed_until)
    return f"{what} opens {countdown(left)}" if left < SOON_S else f"opens {until(left)}"


def _ended(head: Head) -> str:
    if head.outcome == "killed":
        return "killed"
    if head.outcome == "merged" and "merged" not in head.line:
        return "merged"
    return head.line.removeprefix("finish ") or head.outcome or "done"


def _stopped(head: Head, no_spending: bool, now: int) -> tuple[str, bool]:
    if head.state == "dying":
        left = since(now, head.fuse_ends)
        return (f"killed in {-(-int(left * 10) // 10)} s" if left > 0 else "being killed"), True
    if head.state == "pausing":
        return "pausing, step ends", False
    word = "frozen" if head.state == "frozen" else _by(head, no_spending)
    return f"{word} {age(since(head.moved, now))}", True


def _by(head: Head, no_spending: bool) -> str:
    """What holds it; a freeze of spending first, since no key on the thread mends that."""
    if no_spending:
        return "spending frozen, paused"
    for reason, words in (
        ("player", "paused by you"),
        ("guard", "held by guard"),
        ("policy", "held by policy"),
        ("window", "window closed"),
    ):
        if reason in head.hold:
            return words
    return "cut, paused" if head.why.startswith(CUT) else "paused"


class Tally:
    """Counts of seen states, for all and per operation, kept up by the threads that changed."""

    def __init__(self) -> None:
        self.total: Counter[Seen] = Counter()
        self.operations: dict[str, Counter[Seen]] = {}
        self._held: dict[int, tuple[str, Seen]] = {}

    def update(self, world: World, threads: Iterable[int]) -> None:
        """Count these threads anew."""
        for thread in threads:
            head, old = world.threads.get(thread), self._held.get(thread)
            if head is None:
                self._held.pop(thread, None)
                new = None
            else:
                new = (head.operation, seen(head, world.accounts.get(head.account)))
            if new == old:
                continue
            if old is not None:
                self._count(old, -1)
            if new is not None:
                self._held[thread] = new
                self._count(new, 1)

    def reset(self, world: World) -> None:
        """Forget everything and count the whole World."""
        self.total.clear()
        self.operations.clear()
        self._held.clear()
        self.update(world, list(world.threads))

    def seen(self, thread: int) -> Seen | None:
        """What was last counted for a thread."""
        held = self._held.get(thread)
        return held[1] if held else None

    def of(self, operation: str) -> Counter[Seen]:
        """The counts of one operation (empty name: threads without one)."""
        return self.operations.get(operation, Counter())

    def _count(self, entry: tuple[str, Seen], by: int) -> None:
        operation, state = entry
        self.total[state] += by
        self.operations.setdefault(operation, Counter())[state] += by


def period(face: Face, head: Head, now: int) -> float:
    """Seconds until the running time on this tile changes: 0.1 (fuse), 1 or 60."""
    if face.fuse:
        return 0.1
    if head.verifying:
        return 1.0
    young = now - head.moved < 60 * NS or " opens " in face.line
    young = young and not face.line.startswith("opens in ")
    return 1.0 if young else 60.0
