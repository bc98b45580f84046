"""How fast the player acts and decides: APM and EPM as folds over entries (screen.md 13).

An action counts when it was meant (APM) and when it had an effect (EPM). It is judged 1.1 s
late, so that a figure that was shown never changes. Times are wall ns, rates per minute.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from commandcenter.core.base import NS, Record
from commandcenter.core.codec import Entry
from commandcenter.core.events import Asked, OrderGiven, OrderRefused, OrderUndone, PlayerActed
from commandcenter.core.notation import text as notation_of
from commandcenter.core.orders import AnyOrder, Approve, Deny, Group, verb

KINDS = ("PlayerActed", "OrderGiven", "OrderRefused", "OrderUndone", "Asked")
"""Kinds of entries that the fold reads."""
SELECT, RECALL = "select", "recall"
SELECTS = frozenset({SELECT, RECALL})
"""Acts that count and are no orders; every other counted action is an order in the journal."""
JUDGED_NS = int(1.1 * NS)
UNDONE_NS = int(0.85 * NS)
SAME_NS = int(0.42 * NS)
RESELECT_NS = int(0.34 * NS)
RAPID_NS = int(1.05 * NS)
RAPID = 5
"""So many identical actions within that time count, a further one does not."""
LIVE_NS, LEAST_NS, GAP_NS = 60 * NS, 10 * NS, 60 * NS
HOUR_NS, LEAST_HOUR_NS = 3_600 * NS, 600 * NS
MOST = 20_000
"""Judged actions and decisions kept."""
PLAYER = frozenset({"player", "cli"})
AUTO = frozenset({"rule", "workflow"})
_STEPS = frozenset({"undo", "redo", "priority", "requeue"})
"""Orders of which each press goes a step further: the same again is no repeat."""
_COUNTERS = (
    ("pause", "resume"),
    ("freeze", "resume"),
    ("pause-all", "resume-all"),
    ("freeze-spending", "resume-spending"),
    ("hibernate", "wake"),
    ("take", "give-back"),
)
COUNTERS = frozenset({*_COUNTERS, *((b, a) for a, b in _COUNTERS)})
"""(order, the order that takes its effect away from the same receivers)."""


class Action(Record, frozen=True, order=True):
    """Something the player, a rule or a workflow did."""

    wall: int
    kind: str
    """`select`, `recall`, or the order's verb."""
    target: str = ""
    """Hash or group of an act; the receivers of an order."""
    said: str = ""
    """The order's whole text."""
    order: str = ""
    group: int = -1
    """The control group that it sets."""
    auto: bool = False


class Judged(Record, frozen=True):
    """An action that is final: did it have an effect?"""

    wall: int
    effective: bool
    auto: bool = False


class Figures(Record, frozen=True):
    """The player's figures; rates are per minute, live ones of the last 60 s."""

    apm: float = 0.0
    epm: float = 0.0
    apm_session: float = 0.0
    """Per active minute: gaps over 60 s are left out."""
    epm_session: float = 0.0
    actions: int = 0
    effective: int = 0
    auto: int = 0
    """What rules and workflows did meanwhile; in no rate."""
    active_s: float = 0.0
    decisions: int = 0
    decisions_per_hour: float = 0.0
    decision_median_s: float | None = None
    """From the question to the answer; None = nothing was decided."""


class Tally:
    """The fold: takes entries in order of seq, gives the figures of any moment."""

    def __init__(self) -> None:
        self._pending: list[Action] = []
        """Not judged yet, by time."""
        self._judged: deque[Judged] = deque(maxlen=MOST)
        self._judge = _Judge()
        self._open: set[str] = set()
        """Orders that are not judged yet."""
        self._refused: set[str] = set()
        self._undone: dict[str, int] = {}
        self._asked: dict[int, int] = {}
        self._deciding: dict[str, float] = {}
        """order -> seconds that the question had waited."""
        self._decided: deque[tuple[int, float]] = deque(maxlen=MOST)

    def take(self, entry: Entry) -> None:
        """Fold one entry; kinds other than `KINDS` change nothing."""
        event = entry.event
        if isinstance(event, OrderGiven):
            self._given(entry, event)
        elif isinstance(event, PlayerActed):
            for act in event.acts:
                if act.kind in SELECTS:
                    self._add(Action(act.wall, act.kind, act.target))
        elif isinstance(event, OrderRefused | OrderUndone):
            self._ended(entry, event)
        elif isinstance(event, Asked):
            self._asked[event.ask] = entry.wall
            if len(self._asked) > MOST:
                del self._asked[next(iter(self._asked))]

    def figures(self, now: int, since: int = 0) -> Figures:
        """At wall `now`, of what happened from wall `since` on."""
        self._settle(now - JUDGED_NS)
        judged = [one for one in self._judged if one.wall >= since]
        mine = [one for one in judged if not one.auto]
        decided = [one for one in self._decided if one[0] >= since]
        apm, epm = _live(mine, now - JUDGED_NS, since)
        active = max(_active(mine), LEAST_NS)
        effective = sum(one.effective for one in mine)
        return Figures(
            apm,
            epm,
            _per_minute(len(mine), active),
            _per_minute(effective, active),
            len(mine),
            effective,
            len(judged) - len(mine),
            round(_active(mine) / NS, 1),
            len(decided),
            _per_hour(decided, now, since),
            round(median(seconds for _, seconds in decided), 1) if decided else None,
        )

    def _ended(self, entry: Entry, event: OrderRefused | OrderUndone) -> None:
        """What is judged already stays so."""
        if event.id not in self._open:
            return
        if isinstance(event, OrderUndone):
            if event.taken_back:
                self._undone[event.id] = entry.wall
        elif not entry.thread:
            self._refused.add(event.id)
            self._deciding.pop(event.id, None)

    def _given(self, entry: Entry, event: OrderGiven) -> None:
        by, order = entry.stamp.by, event.order
        if by not in PLAYER | AUTO:
            return
        receivers = ",".join(map(str, event.threads))
        group = max(order.set, order.steal) if isinstance(order, Group) else -1
        auto = by in AUTO
        said = "" if auto else notation_of(order)
        self._add(Action(entry.wall, verb(order), receivers, said, event.id, group, auto))
        self._open.add(event.id)
        if not auto:
            self._decides(entry, event.id, order)

    def _decides(self, entry: Entry, id: str, order: AnyOrder) -> None:
        if isinstance(order, Approve | Deny) and order.ask in self._asked:
            self._deciding[id] = (entry.wall - self._asked[order.ask]) / NS

    def _add(self, action: Action) -> None:
        insort(self._pending, action)
        if len(self._pending) > MOST:  # nobody has asked for figures in a long while
            self._settle(self._pending[0].wall)

    def _settle(self, until: int) -> None:
        """Judge all that happened up to then."""
        while self._pending and self._pending[0].wall <= until:
            action = self._pending.pop(0)
            vain = action.order in self._refused or self._taken_back(action)
            effective = action.auto or self._judge.effective(action, vain)
            self._judged.append(Judged(action.wall, effective, action.auto))
            waited = self._deciding.pop(action.order, None)
            if waited is not None:
                self._decided.append((action.wall, max(waited, 0.0)))
            self._open.discard(action.order)
            self._refused.discard(action.order)
            self._undone.pop(action.order, None)

    def _taken_back(self, action: Action) -> bool:
        """Undone or countered within 0.85 s."""
        undone = self._undone.get(action.order)
        if undone is not None and undone - action.wall <= UNDONE_NS:
            return True
        soon = (one for one in self._pending if one.wall - action.wall <= UNDONE_NS)
        return any(_counters(action, one) for one in soon)


class _Judge:
    """What the last moments leave of an action; sees the player's actions in order of time."""

    def __init__(self) -> None:
        self._last: Action | None = None
        self._selected: Action | None = None
        self._taps = 0
        """Recalls of one group in a row, each within 0.34 s of the one before."""
        self._given: dict[tuple[str, str, str], int] = {}
        """When the same order to the same receivers was given last."""
        self._rapid: deque[tuple[int, tuple[str, str, str]]] = deque()

    def effective(self, action: Action, vain: bool) -> bool:
        """Did it have an effect? `vain` = it was refused or taken back."""
        verdicts = (
            not vain,
            self._selects(action) if action.kind in SELECTS else self._orders(action),
            self._seldom(action),
            not self._group_again(action),
        )
        self._last = action
        return all(verdicts)

    def _selects(self, action: Action) -> bool:
        """A change within 0.34 s of another is none, but for the second tap of one group."""
        before, self._selected = self._selected, action
        if before is None or action.wall - before.wall > RESELECT_NS:
            self._taps = 1
            return True
        same = action.kind == RECALL and (before.kind, before.target) == (RECALL, action.target)
        self._taps = self._taps + 1 if same else 1
        return self._taps == 2

    def _orders(self, action: Action) -> bool:
        """The same order to the same receivers within 0.42 s is a repeat."""
        before = self._given.get(_key(action))
        self._given[_key(action)] = action.wall
        if len(self._given) > 1_000:
            self._given = {_key(action): action.wall}
        repeats = before is not None and action.wall - before <= SAME_NS
        return not repeats or action.kind in _STEPS

    def _seldom(self, action: Action) -> bool:
        """At most five identical ones within 1.05 s."""
        self._rapid.append((action.wall, _key(action)))
        while action.wall - self._rapid[0][0] > RAPID_NS:
            self._rapid.popleft()
        return sum(key == _key(action) for _, key in self._rapid) <= RAPID

    def _group_again(self, action: Action) -> bool:
        """The same group set twice running."""
        return action.group >= 0 and self._last is not None and self._last.group == action.group


def _key(action: Action) -> tuple[str, str, str]:
    return action.kind, action.target, action.said


def _counters(action: Action, later: Action) -> bool:
    return (action.kind, later.kind) in COUNTERS and action.target == later.target


def _live(mine: Sequence[Judged], until: int, since: int) -> tuple[float, float]:
    """APM and EPM over the last 60 s before `until`; over less, at least 10 s, at the start."""
    span = min(LIVE_NS, max(LEAST_NS, until - since))
    found = [one for one in mine if until - span < one.wall <= until]
    effective = sum(one.effective for one in found)
    return _per_minute(len(found), span), _per_minute(effective, span)


def _active(mine: Iterable[Judged]) -> int:
    """Nanoseconds between actions, gaps over 60 s left out."""
    return sum(gap for gap in _gaps(mine) if gap <= GAP_NS)


def _gaps(mine: Iterable[Judged]) -> Iterator[int]:
    for one, other in pairwise(sorted(judged.wall for judged in mine)):
        yield other - one


def _per_minute(count: int, span: int) -> float:
    return round(count * LIVE_NS / span, 1)


def _per_hour(decided: Sequence[tuple[int, float]], now: int, since: int) -> float:
    """Those of the last hour; of less, at least ten minutes, at the start."""
    span = min(HOUR_NS, max(LEAST_HOUR_NS, now - since))
    count = sum(wall > now - span for wall, _ in decided)
    return round(count * HOUR_NS / span, 1)
