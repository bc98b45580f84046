"""The screen's World: folds what the link sends and says what changed since the last frame."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from commandcenter.core import events as ev
from commandcenter.core.base import Record
from commandcenter.core.codec import Entry, Row, load_entry
from commandcenter.core.reduce import BULK, apply
from commandcenter.core.world import World, load
from commandcenter.hud.burn import Burn
from commandcenter.hud.census import Census
from commandcenter.hud.pace import Pace
from commandcenter.hud.seen import Tally
from commandcenter.hud.windows import Moves

PARTS = frozenset({"alerts", "asks", "accounts", "operations", "groups", "orders", "day", "bells"})
_PARTS: dict[str, frozenset[str]] = {
    "AlertRaised": frozenset({"alerts"}),
    "AlertCleared": frozenset({"alerts"}),
    "Asked": frozenset({"asks"}),
    "Answered": frozenset({"asks"}),
    "Deferred": frozenset({"asks", "alerts"}),
    "Snoozed": frozenset({"alerts"}),
    "Granted": frozenset({"asks"}),
    "GrantEnded": frozenset({"asks"}),
    "CallSettled": frozenset({"accounts", "operations", "day"}),
    "CallAdmitted": frozenset({"accounts"}),
    "CallHeld": frozenset({"accounts"}),
    "CallFailed": frozenset({"accounts"}),
    "AccountClosed": frozenset({"accounts"}),
    "AccountOpened": frozenset({"accounts"}),
    "WindowSeen": frozenset({"accounts"}),
    "LoginAllowed": frozenset({"accounts"}),
    "LoginForbidden": frozenset({"accounts"}),
    "OperationMade": frozenset({"operations"}),
    "OperationDisbanded": frozenset({"operations"}),
    "ThreadCreated": frozenset({"operations"}),
    "GroupChanged": frozenset({"groups"}),
    "LimitSet": frozenset({"operations", "day"}),
    "DayBegan": frozenset({"day"}),
    "OrderGiven": frozenset({"orders"}),
    "OrderDone": frozenset({"orders"}),
    "OrderRefused": frozenset({"orders"}),
    "OrderUndone": frozenset({"orders"}),
    "AllPaused": frozenset({"bells"}),
    "AllResumed": frozenset({"bells"}),
    "SpendingFrozen": frozenset({"bells"}),
    "SpendingResumed": frozenset({"bells"}),
}
_WIDE = frozenset({"GroupChanged", "LimitSet", "AccountClosed", "AccountOpened"})
_BELLS = frozenset({"SpendingFrozen", "SpendingResumed"})
"""Kinds that change heads of other threads than their own."""


class Dirty(Record, frozen=True):
    """What changed since the last `drain`: threads, and parts of the screen (`PARTS`)."""

    threads: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()
    whole: bool = False
    """A snapshot replaced everything."""

    def __bool__(self) -> bool:
        return bool(self.threads or self.parts or self.whole)


class Pending(Record, frozen=True):
    """An order this screen gave: its threads, and the seq at which it stands in the journal."""

    threads: tuple[int, ...]
    seq: int = 0


class Mirror:
    """A client's World. `sink` gets every row of a watched thread, text included, as it comes."""

    def __init__(self, sink: Callable[[list[Row]], None] | None = None) -> None:
        self.world = World()
        self.seq = 0
        self.tally = Tally()
        self.census = Census()
        self.burn = Burn()
        self.pace = Pace()
        self.moves = Moves()
        self.sink = sink
        self.pending: dict[str, Pending] = {}
        self._threads: set[int] = set()
        self._parts: set[str] = set()
        self._whole = True

    def snapshot(self, data: bytes) -> None:
        """Replace the World. Raises ValueError when the bytes do not fit."""
        self.adopt(load(data))

    def adopt(self, world: World) -> None:
        """Take a World as it stands (tests, and `snapshot`)."""
        self.world = world
        self.seq = world.seq
        self.tally.reset(world)
        self.census = Census.of(world)
        self.burn.seed(world)
        self.pace.seed(world)
        self.moves.reset(world)
        self._whole = True
        self._settle()

    def rows(self, rows: list[Row]) -> None:
        """Fold entries, in order; known ones are skipped. Raises ValueError on a bad one."""
        fresh = [row for row in rows if row.seq > self.seq]
        before, self._threads = self._threads, set()
        for row in fresh:
            if row.kind not in BULK:
                self._apply(load_entry(row))
        if fresh:
            self.seq = fresh[-1].seq
            self.tally.update(self.world, self._threads)
            self.census.update(self.world, self._threads)
        self._threads |= before
        if fresh:
            self._settle()
            if self.sink is not None:
                self.sink(fresh)

    def drain(self) -> Dirty:
        """What changed since the last call, once."""
        dirty = Dirty(frozenset(self._threads), frozenset(self._parts), self._whole)
        self._threads.clear()
        self._parts.clear()
        self._whole = False
        return dirty

    @property
    def dirty(self) -> bool:
        """True when `drain` would say something."""
        return bool(self._threads or self._parts or self._whole)

    # --- orders this screen gave --------------------------------------------------------------

    def gave(self, order: str, threads: Iterable[int]) -> None:
        """An order left for the engine: its threads are pending until it is folded."""
        self.pending[order] = Pending(tuple(threads))
        self._threads.update(self.pending[order].threads)

    def acknowledged(self, order: str, seq: int) -> None:
        """The order stands in the journal at `seq`; pending ends when the mirror reaches it."""
        held = self.pending.get(order)
        if held is not None:
            self.pending[order] = msgspec.structs.replace(held, seq=max(seq, 1))
            self._settle()

    def withdrawn(self, order: str) -> None:
        """The order was refused or lost."""
        held = self.pending.pop(order, None)
        if held is not None:
            self._threads.update(held.threads)

    def waiting_threads(self) -> frozenset[int]:
        """Threads with an order of ours that the mirror has not reached."""
        return frozenset(t for pending in self.pending.values() for t in pending.threads)

    def _settle(self) -> None:
        for order, held in list(self.pending.items()):
            if held.seq and held.seq <= self.seq:
                del self.pending[order]
                self._threads.update(held.threads)

    def _apply(self, entry: Entry) -> None:
        kind = entry.kind
        before = dict(self.world.threads) if kind in _WIDE else {}
        account = getattr(entry.event, "account", "") if kind.startswith("Account") else ""
        apply(self.world, entry)
        self._parts |= _PARTS.get(kind, frozenset())
        if entry.thread:
            self._threads.add(entry.thread)
        if kind in _WIDE:
            self._mark_wide(before, account)
        elif kind in _BELLS:  # what stands says why
            self._threads |= {h.id for h in self.world.threads.values() if h.state == "paused"}
        elif isinstance(entry.event, ev.ThreadCreated) and entry.event.parent:
            self._threads.add(entry.event.parent)
        self._count(entry, entry.event)

    def _mark_wide(self, before: dict[int, Any], account: str) -> None:
        for thread, head in self.world.threads.items():
            if before.get(thread) is not head or (account and head.account == account):
                self._threads.add(thread)

    def _count(self, entry: Entry, event: ev.Event) -> None:
        if isinstance(event, ev.HeadMoved) and event.tokens:
            self.burn.add(entry.wall, event.tokens)
            self.pace.add(entry.thread, entry.wall, event.tokens)
        elif isinstance(event, ev.CallSettled) and event.cost.usd is not None:
            practice = event.cost.basis == "practice"
            if event.cost.basis != "plan":
                self.burn.add(entry.wall, 0, event.cost.usd, practice)
        elif isinstance(event, ev.WindowSeen):
            self._moved(event)

    def _moved(self, event: ev.WindowSeen) -> None:
        account = self.world.accounts[event.account]
        seen = next(one for one in account.windows if one.minutes == event.minutes)
        self.moves.add(account, seen)
