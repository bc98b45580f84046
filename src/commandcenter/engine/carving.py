"""What children did not spend goes back to their parent, once each; none is made or lost."""

import contextlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commandcenter.core.codec import Fact, Row, Stamp, load_entry
from commandcenter.core.events import CallSettled, LimitCarved, LimitReturned
from commandcenter.core.reduce_shaping import less
from commandcenter.core.refusals import BudgetTooSmallToSplit, Refused
from commandcenter.core.shaping import Carved
from commandcenter.core.world import Head, World
from commandcenter.engine.limits import push_limits
from commandcenter.gate.base import Scope
from commandcenter.gate.restoring import spent_by
from commandcenter.rules.splitting import median_step, unspent

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts

STEPS: Final = 20
"""So many of a thread's last calls say what a step of it takes."""
WAITS: Final = "waits for its children"
"""Why a thread that was split is paused."""
CARVED: Final = frozenset({"divide", "branch", "scout", "fork"})
"""Kinds of birth by which a parent gives of its limit."""
_ENDS: Final = frozenset({"StateChanged", "CallSettled", "CallFailed", "CallRefused", "Merged"})


class Purses:
    """Listens to what is recorded: tells the gate of carved limits, gives back what is left."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._owed: set[int] = set()
        """Children whose return is said and not recorded yet."""
        self._giving: set[int] = set()
        """Threads whose children are about to get their shares."""

    @contextlib.contextmanager
    def giving(self, thread: int, given: Carved) -> Iterator[None]:
        """Within it the thread's calls have no claim on what is given, and nothing of its purse
        goes back. Raises Refused when what was drawn up is not there any more."""
        parts = self._parts
        if given != Carved() and (
            thread in self._owed or not _fits(given, parts.gate.free(thread))
        ):
            raise Refused(BudgetTooSmallToSplit(0))
        self._giving.add(thread)
        set_aside(parts, thread, given)
        try:
            yield
        finally:
            self._giving.discard(thread)
            push_limits(parts.gate, parts.world, (f"#{thread}",))
            self.give_back()

    def rows(self, rows: list[Row]) -> None:
        """After each commit."""
        for row in rows:
            if row.kind in ("LimitCarved", "LimitReturned"):
                event = load_entry(row).event
                assert isinstance(event, LimitCarved | LimitReturned)
                scopes = (f"#{row.thread}", f"#{event.child}")
                push_limits(self._parts.gate, self._parts.world, scopes)
        if any(row.kind in _ENDS for row in rows):
            self.give_back()

    def give_back(self) -> None:
        """Every child that is over and owes nothing; also what a crash left undone."""
        world = self._parts.world
        carved = [head for head in world.threads.values() if head.carved is not None]
        self._owed &= {head.id for head in carved}
        facts = list(self._returns(carved))
        if facts:
            self._parts.ledger.post(facts)

    def _returns(self, carved: list[Head]) -> Iterable[Fact]:
        weight = self._parts.settings.budget.cached_weight
        for head in carved:
            heir = heir_of(self._parts.world, head)
            over = is_over(head) and not self._parts.gate.busy(head.id)
            if over and heir and head.id not in self._owed | self._giving:
                self._owed.add(head.id)
                left = left_of(head, weight)
                yield Fact(LimitReturned(head.id, left.usd, left.tokens), Stamp(heir))


def _fits(given: Carved, free: Carved) -> bool:
    """Is so much free still?"""
    tokens = given.tokens is None or free.tokens is None or given.tokens <= free.tokens
    return tokens and (given.usd is None or free.usd is None or given.usd <= free.usd)


def is_over(head: Head) -> bool:
    """Ended, or merged and at rest; and every call of it is settled."""
    merged = head.merging is not None and bool(head.merging.commit) and not head.in_turn
    return (head.state == "ended" or merged) and not head.calls_open


def heir_of(world: World, head: Head) -> int:
    """Who gets it: the parent; of one that ended its own parent, where that had carved it.

    0 = nobody lives who gave it: it stays where it is, with a thread that spends no more.
    """
    parent = world.threads.get(head.parent)
    while parent is not None and parent.state == "ended":
        parent = world.threads.get(parent.parent) if parent.kind in CARVED else None
    return parent.id if parent is not None else 0


def left_of(head: Head, weight: float) -> Carved:
    """Of what was carved for it, what it neither spent nor gave on to children of its own.

    What the player added to its limit meanwhile was for it alone.
    """
    assert head.carved is not None
    spent = spent_by(head, weight)
    used = Carved(max(spent.usd, spent.practice), spent.tokens)
    left, limit = unspent(head.carved, used), head.limit
    usd, tokens = left.usd, left.tokens
    if usd is not None and limit.usd is not None:
        usd = min(usd, max(Decimal(0), limit.usd - (used.usd or 0)))
    if tokens is not None and limit.tokens is not None:
        tokens = min(tokens, max(0, limit.tokens - (used.tokens or 0)))
    return Carved(usd, tokens)


async def step_of(parts: "Parts", thread: int) -> Carved:
    """What the middle one of the thread's last steps took; None = it has made none."""
    rows = await parts.reader.tail(thread, 1 << 62, STEPS, ("CallSettled",))
    calls = [load_entry(row).event for row in rows]
    main = [call for call in calls if isinstance(call, CallSettled) and not call.side]
    usd = [call.cost.usd for call in main if call.cost.usd is not None]
    return median_step(usd, [call.usage.input + call.usage.output for call in main])


def set_aside(parts: "Parts", thread: int, given: Carved) -> None:
    """From now on, before anything is recorded, the thread's calls do not fit in what is given.

    `push_limits` tells the gate what World knows, which undoes it.
    """
    limit = parts.world.threads[thread].limit
    parts.gate.limit(Scope("thread", str(thread)), less(limit, given))
