"""Plan windows: read on every answer, closed when used up, let go spread at the reset."""

import asyncio
from collections.abc import Callable
from itertools import count

from commandcenter.config.accounts import Account
from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AccountClosed,
    AccountOpened,
    AlertCleared,
    AlertRaised,
    Held,
    Released,
    WindowSeen,
)
from commandcenter.core.world import AccountHead, Window
from commandcenter.gate.base import GatePorts, GateSettings, Headers
from commandcenter.gate.book import Book
from commandcenter.gate.call import Call
from commandcenter.gate.quota import closed_until, used_up, windows
from commandcenter.gate.supply import BY_PLAYER, Supply
from commandcenter.gate.threads import GateThread
from commandcenter.rules.budget import window_name
from commandcenter.rules.shares import Shares

MOVED = 0.005
"""A window that is used by so much more is recorded."""
_ROUNDING = 1e-9
_SAME_NS = 2 * NS
_LOOK_S = 60.0
"""Wall time may jump, so a reset hours ahead is looked at each minute."""


class Plan:
    """One account's windows by minutes, and the threads that its reset lets go."""

    def __init__(self) -> None:
        self.windows: dict[int, Window] = {}
        self.until = 0
        """Wall ns of the reset that it waits for; 0 = for none."""
        self.held: dict[int, tuple[int, GateThread]] = {}
        """thread -> its place in the queue."""
        self.timers: list[asyncio.TimerHandle] = []

    def quiet(self) -> None:
        """No timer stays behind."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Plans:
    """All plans. The hold reason `window` is set and lifted here alone."""

    def __init__(
        self,
        ports: GatePorts,
        settings: GateSettings,
        book: Book,
        supply: Callable[[Account], Supply],
    ) -> None:
        self.shares = Shares()
        self.on_new_window: Callable[[], None] = lambda: None
        """A window counts from nothing again: limits by share may have room."""
        self._clock = ports.clock
        self._spread_s = settings.spread_s
        self._book = book
        self._supply = supply
        self._plans: dict[str, Plan] = {}
        self._places = count()

    def windows(self, account: str) -> tuple[Window, ...]:
        """The account's windows, shortest first; empty = none was told yet."""
        plan = self._plans.get(account)
        return tuple(sorted(plan.windows.values(), key=_minutes)) if plan is not None else ()

    def blocked(self, account: Account) -> bool:
        """Is a window of the account used up, so that calls wait for its reset?"""
        plan = self._plans.get(account.id)
        return plan is not None and plan.until > self._clock.wall()

    def closes(self, account: Account) -> bool:
        """Is it this plan that closed the account, and will open it?"""
        plan = self._plans.get(account.id)
        return plan is not None and plan.until > 0

    def seen(self, call: Call, account: Account, headers: Headers) -> None:
        """An answer's head: its windows are recorded; a used-up one closes the account."""
        wall = self._clock.wall()
        found = windows(headers, wall)
        self.told(account.id, found, call.stamp)
        until = closed_until(found, headers, wall)
        if until:
            spent = next(window for window in found if used_up(window))
            self.close(call, account, until, f"its {window_name(spent.minutes)} window is used up")

    def told(self, account: str, found: tuple[Window, ...], stamp: Stamp) -> None:
        """Windows as somebody told them: an answer, or the vendor's own client."""
        plan = self._plan(account)
        for window in found:
            self._look(account, plan, window, stamp)

    def close(self, call: Call, account: Account, until: int, why: str) -> None:
        """No call passes before wall ns `until`; a longer closing stays."""
        if not self._supply(account).close(until, why):
            return
        plan = self._plan(account.id)
        plan.until = until
        alert = AlertRaised(
            alert=f"account:{account.id}",
            severity="warn",
            category="account",
            line=f"account {account.id} is closed: {why}",
            mend=f"its threads go on by themselves at the reset; open-account {account.id}",
        )
        self._book.post(call.fact(AccountClosed(account.id, until, why)), call.fact(alert))
        self._arm(plan, account)

    def hold(self, call: Call, account: Account) -> None:
        """The call's thread waits for the reset."""
        thread, plan = call.thread, self._plan(account.id)
        if thread.id not in plan.held:
            plan.held[thread.id] = (next(self._places), thread)
        if "window" not in thread.holds:
            thread.holds.add("window")
            self._book.post(call.fact(Held("window")))

    def opened(self, account: Account) -> None:
        """The player opened it: everything goes on at once."""
        plan = self._plan(account.id)
        plan.quiet()
        plan.until = 0
        for _, thread in sorted(plan.held.values(), key=_place):
            self._let_go(plan, thread)

    def moved(self, thread: GateThread) -> None:
        """The thread has another route: what another account's window held is free."""
        account = thread.route.account if thread.route is not None else ""
        for name, plan in self._plans.items():
            if name != account and thread.id in plan.held:
                self._let_go(plan, thread)

    def restore(self, account: Account, head: AccountHead, held: list[GateThread]) -> None:
        """The plan as the journal knows it; `held` = its threads that wait for a window."""
        plan = self._plan(account.id)
        for window in head.windows:
            plan.windows[window.minutes] = window
            self.shares.begin(account.id, window.minutes)
        plan.held = {thread.id: (next(self._places), thread) for thread in held}
        plan.until = max(0, head.closed_until)
        if plan.until:
            self._arm(plan, account)
        elif head.closed_until != BY_PLAYER:
            self._go_on(plan)

    def stop(self) -> None:
        """No timer stays behind."""
        for plan in self._plans.values():
            plan.quiet()

    def _plan(self, account: str) -> Plan:
        found = self._plans.get(account)
        if found is None:
            found = self._plans[account] = Plan()
        return found

    def _look(self, account: str, plan: Plan, window: Window, stamp: Stamp) -> None:
        """Record what changed, and weigh who used it."""
        before = plan.windows.get(window.minutes)
        again = before is not None and _began_again(before, window)
        if before is None or again:
            self.shares.begin(account, window.minutes)
        elif not _changed(before, window):
            return
        elif window.used > before.used:
            self.shares.moved(account, window.minutes, window.used - before.used)
        plan.windows[window.minutes] = window
        event = WindowSeen(account, window.minutes, window.used, window.resets_at, window.status)
        self._book.post(Fact(event, stamp))
        if again:
            self.on_new_window()

    def _arm(self, plan: Plan, account: Account) -> None:
        plan.quiet()
        left = (plan.until - self._clock.wall()) / NS
        wait = min(_LOOK_S, max(0.0, left))
        loop = asyncio.get_running_loop()
        plan.timers.append(loop.call_later(wait, self._due, plan, account))

    def _due(self, plan: Plan, account: Account) -> None:
        if plan.until > self._clock.wall():
            self._arm(plan, account)
            return
        supply = self._supply(account)
        plan.until = max(0, supply.closed_until) if supply.closed else 0
        if supply.closed_until == BY_PLAYER:
            return
        if plan.until:
            self._arm(plan, account)  # another answer closed it for longer
            return
        supply.open()
        line = f"account {account.id} is open again; what waited goes on: {len(plan.held)}"
        self._book.post(
            *(
                Fact(event, Stamp(source="gate"))
                for event in (
                    AccountOpened(account.id),
                    AlertCleared(f"account:{account.id}"),
                    AlertRaised(f"account-open:{account.id}", "info", "account", line),
                    AlertCleared(f"account-open:{account.id}"),
                )
            )
        )
        self._go_on(plan)

    def _go_on(self, plan: Plan) -> None:
        """By priority and place, evenly over the spread, so that the reset is no stampede."""
        waiting = sorted(plan.held.values(), key=lambda entry: (_priority(entry[1]), entry[0]))
        loop = asyncio.get_running_loop()
        for n, (_, thread) in enumerate(waiting):
            wait = self._spread_s * n / len(waiting)
            plan.timers.append(loop.call_later(wait, self._let_go, plan, thread))

    def _let_go(self, plan: Plan, thread: GateThread) -> None:
        if plan.held.pop(thread.id, None) is None:
            return
        thread.holds.discard("window")
        stamp = Stamp(thread.id, max(0, thread.epoch), thread.turn, source="gate")
        self._book.post(Fact(Released("window"), stamp))
        thread.kick()


def _changed(before: Window, now: Window) -> bool:
    if before.status != now.status or abs(before.resets_at - now.resets_at) > _SAME_NS:
        return True
    return abs(now.used - before.used) >= MOVED - _ROUNDING


def _began_again(before: Window, now: Window) -> bool:
    """Was it reset between two looks?"""
    over = 0 < before.resets_at <= now.seen_at
    return now.resets_at - before.resets_at > _SAME_NS and (over or now.used < before.used)


def _minutes(window: Window) -> int:
    return window.minutes


def _place(entry: tuple[int, GateThread]) -> int:
    return entry[0]


def _priority(thread: GateThread) -> int:
    return thread.route.priority if thread.route is not None else 2
