"""The gate: the one place every model call passes; holds, budgets, routes, cuts, and the view."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from msgspec.structs import replace

from commandcenter.config.accounts import Account, Caps
from commandcenter.core.base import ThreadId
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import AlertCleared, CallSettled, Cost, RouteSeen
from commandcenter.core.shaping import Carved
from commandcenter.core.states import HoldReason
from commandcenter.core.world import Limit, OpenCall, Window, World
from commandcenter.gate.admission import ALL, Admission
from commandcenter.gate.base import (
    Accounts,
    CallLeft,
    CutReason,
    GateAddress,
    GatePorts,
    GateRefused,
    GateSettings,
    GateView,
    Headers,
    Outlet,
    Route,
    Scope,
)
from commandcenter.gate.book import Book
from commandcenter.gate.call import Asked, Call, asked_of
from commandcenter.gate.flight import Flight
from commandcenter.gate.limits import ledger_name
from commandcenter.gate.login import check_login
from commandcenter.gate.outlet import QueueOutlet
from commandcenter.gate.relay import Relay
from commandcenter.gate.restoring import lost, restore
from commandcenter.gate.succession import Succession
from commandcenter.gate.threads import CLOSED, GateThread, address, inside
from commandcenter.gate.viewing import view
from commandcenter.rules.budget import free, left_out
from commandcenter.wires.base import WireRequest, error_text, estimate


class Gate:
    """Everything that may be done to calls; the HTTP server and the native loop share `carry`."""

    def __init__(
        self, ports: GatePorts, accounts: Accounts, settings: GateSettings | None = None
    ) -> None:
        self.settings = settings or GateSettings()
        self.ports = ports
        self.where = ""
        """host:port of the HTTP server, set by it; empty = in process only."""
        self._book = Book(ports.commit)
        self._admission = Admission(ports, accounts, self.settings, self._book)
        self._relay = Relay(ports, self.settings, self._admission, self._book)
        self._threads = self._admission.threads
        self.next = Succession(self, self._admission)
        self._admission.plans.on_new_window = self._room_came

    # --- sessions ---------------------------------------------------------------------------

    def open(self, thread: ThreadId | int, epoch: int, route: Route) -> GateAddress:
        """A session's address and fresh secret; older epochs are refused from now on.

        Raises ValueError for an epoch older than the open one.
        """
        secret = self._threads.open(thread, epoch, route)
        found = self._threads.of(thread)
        self._admission.plans.moved(found)
        found.kick()
        return address(self.where, thread, secret)

    def close(self, thread: ThreadId | int, epoch: int) -> None:
        """Revoke the session: waiting calls are refused, the one in flight is cut.

        An epoch that is not the open one does nothing.
        """
        found = self._threads.of(thread)
        if found.epoch == epoch:
            self._threads.close(thread)
            self._cut([found], "closed")
            found.kick()

    def turn(self, thread: ThreadId | int, turn: int) -> None:
        """The turn of the thread's next calls; what the player asks anew is no repeat."""
        found = self._threads.of(thread)
        if turn != found.turn:
            found.turn = turn
            if found.repeats.begin_turn():
                cleared = AlertCleared(f"retry_storm:#{found.id}")
                self._book.post(Fact(cleared, Stamp(found.id, turn=turn, source="gate")))

    def turn_over(self, thread: ThreadId | int, spoke: bool) -> None:
        """A turn ended; `spoke` = with text, a tool or reported tokens.

        Without a call here in the session of a foreign agent: its calls pass elsewhere.
        """
        found = self._threads.of(thread)
        if spoke and found.agent and found.routed == "unknown" and found.epoch != CLOSED:
            found.routed = "no"
            stamp = Stamp(found.id, found.epoch, found.turn, source="gate")
            self._book.post(Fact(RouteSeen(False), stamp))

    def reported(self, thread: ThreadId | int, tokens: int) -> bool:
        """So many more tokens an agent says it spent past the gate; limits may count them.

        True = a limit holds the thread now: stop it, no call will.
        """
        found = self._threads.of(thread)
        if found.routed == "yes":
            return False
        operation = found.route.operation if found.route is not None else ""
        scopes = (f"@op:{operation}",) if operation else ()
        return self._admission.limits.reported(found, (*scopes, f"#{found.id}"), tokens)

    def route(self, thread: ThreadId | int, route: Route) -> None:
        """Account and models of the next call; a waiting one looks again, none in flight moves."""
        found = self._threads.of(thread)
        found.route = route
        self._admission.plans.moved(found)
        found.kick()

    def weigh(self, thread: ThreadId | int, weight: float) -> None:
        """How fast the thread's waiting calls gain on others of their priority; 1 = as all do."""
        self._threads.of(thread).weight = weight

    # --- holds ------------------------------------------------------------------------------

    def hold(self, thread: ThreadId | int, why: HoldReason) -> None:
        """Admit no further call of the thread. Idempotent; reasons are a set."""
        self._threads.of(thread).holds.add(why)

    def release(self, thread: ThreadId | int, why: HoldReason) -> None:
        """One reason less; without any the waiting call goes on in this tick."""
        found = self._threads.of(thread)
        found.holds.discard(why)
        if why == "journal":
            self._book.retry()
        if not found.holds:
            found.kick()

    def waiting(self, thread: ThreadId | int) -> frozenset[str]:
        """The thread's calls that wait to be admitted."""
        calls = self._threads.of(thread).calls.values()
        return frozenset(call.id for call in calls if call.wait is not None)

    def freeze_spending(self, scope: Scope, on: bool) -> None:
        """Admit nothing on an account or, for `all`, on any; off lifts exactly that."""
        frozen, name = self._admission.frozen, scope.name or ALL
        if on:
            frozen.add(name)
            return
        if name == ALL:
            frozen.clear()
        frozen.discard(name)
        for thread in self._threads.all():
            thread.kick()

    def cut(self, scope: Scope, why: CutReason) -> list[str]:
        """Abort the calls in flight now, at both ends; returns their ids."""
        return self._cut(self._in(scope), why)

    def drain(self, thread: ThreadId | int, on: bool) -> None:
        """Read answers in flight to their end and keep them, or hand over what was kept."""
        found = self._threads.of(thread)
        found.draining = on
        if on:
            for flight in self._flights(found):
                flight.drain(True)
                found.keep(flight)
        else:
            drained, found.drained = found.drained, []
            for flight in drained:
                flight.drain(False)
            for call in tuple(found.calls.values()):
                call.thaw(self.ports.clock.monotonic())

    def left(self, thread: ThreadId | int) -> CallLeft | None:
        """What the answers in flight still cost by estimate; None = none is in flight."""
        found = self._threads.of(thread)
        calls = [call for call in found.calls.values() if call.flight and call.flight.alive]
        if not calls:
            return None
        tokens, cost = 0, Cost(None, "unknown")
        for call in calls:
            assert call.flight is not None
            assert call.routed is not None
            so_far = estimate(call.flight.tap.chars_out)
            tokens += left_out(call.asked.spec.max_out, found.outputs, so_far)
            account, model = call.routed.account.id, call.routed.model
            cost = self.ports.price(account, model, Usage(output=tokens))
        return CallLeft(tokens, cost.usd, cost.basis)

    # --- limits and accounts ----------------------------------------------------------------

    def limit(self, scope: Scope, limit: Limit | None) -> None:
        """What a thread, an operation or the day may spend; calls that fit now go on."""
        self._admission.limits.limit(ledger_name(scope), limit)
        self._room_came()

    def free(self, thread: ThreadId | int) -> Carved:
        """What the thread's own limit leaves it, reservations taken off; None = no limit."""
        tokens, usd = free(self._admission.limits.ledger.purse(f"#{int(thread)}"))
        return Carved(usd, tokens)

    def busy(self, thread: ThreadId | int) -> bool:
        """Has it calls that are not over?"""
        return bool(self._threads.of(thread).calls)

    def begin_day(self) -> None:
        """The player's midnight: the day's spending counts from nothing."""
        self._admission.limits.ledger.begin_day()
        self._room_came()

    def caps(self, account: str, caps: Caps) -> None:
        """Another cap on concurrent calls; 0 = as configured."""
        found = self._admission.account(account)
        supply = self._admission.supply(found)
        supply.resize(caps.concurrent or found.concurrent(self._admission.accounts.concurrent))

    def accounts(self, accounts: Accounts) -> None:
        """The accounts as they are configured now."""
        self._admission.accounts = accounts

    def account(self, id: str) -> Account:
        """A configured account. Raises GateRefused."""
        return self._admission.account(id)

    def configured(self, id: str) -> Account | None:
        """A configured account, None when there is none of that id."""
        return self._admission.accounts.table.get(id)

    def key(self, account: Account) -> str | None:
        """The account's provider key. Raises GateRefused when it cannot be read."""
        return self._relay.key(account)

    def open_account(self, account: str) -> None:
        """Open an account that the provider closed; its calls go on at once."""
        found = self._admission.account(account)
        self._admission.supply(found).open()
        self._admission.plans.opened(found)

    def logins(self, agents: frozenset[str]) -> None:
        """The agents (`claude`, `codex`) whose own login may pass: the player said so."""
        self._admission.logins = agents

    def windows(self, account: str, windows: tuple[Window, ...]) -> None:
        """A plan's windows as the vendor's own client told them (`used` 0..1)."""
        self._admission.plans.told(account, windows, Stamp(source="agent"))

    def parts(self, account: str) -> dict[int, dict[str, float]]:
        """A plan's windows by minutes -> scope (`#3`, `@op:NAME`) -> its part, 0..1 (estimate)."""
        return self._admission.plans.shares.parts(account)

    def restore(self, world: World) -> None:
        """Spending, limits, holds, closed and frozen accounts as the journal knows them.

        To be called before the first session opens, once calls left open were settled (`lost`).
        """
        restore(self._admission, world, self.settings.cached_weight)

    def lost(self, call: OpenCall) -> CallSettled:
        """How an admitted call that an engine's death left open is settled: at its reservation."""
        return lost(call, self.ports.price)

    # --- calls ------------------------------------------------------------------------------

    async def call(
        self, thread: ThreadId | int, epoch: int, request: WireRequest
    ) -> AsyncIterator[bytes]:
        """The answer's bytes for the native loop; to be closed (`contextlib.aclosing`) early only.

        Raises GateRefused where the gate or the provider refuses, CallCut where it broke off.
        """
        outlet = QueueOutlet(self.settings.buffer_bytes)
        call = self.new_call(self._threads.of(thread), epoch, asked_of(request))
        async with aclosing(self._answer(call, outlet)) as answer:
            async for data in answer:
                yield data

    async def aside(
        self, thread: ThreadId | int, route: Route, request: WireRequest
    ) -> AsyncGenerator[bytes, None]:
        """As `call` for a question of the player's beside the thread's work, a side call of it.

        It goes by `route`, whether the thread is paused or has a session or not; what does not fit
        the limits is refused at once. A plan's login is the agent's alone. Raises as `call`.
        """
        if self._admission.account(route.account).login:
            raise GateRefused("cc_login", "its plan is for its own agent alone")
        found = self._threads.of(thread)
        call = self.new_call(found, found.epoch, replace(asked_of(request), side=True))
        call.aside = route
        async with aclosing(self._answer(call, QueueOutlet(self.settings.buffer_bytes))) as answer:
            async for data in answer:
                yield data

    async def _answer(self, call: Call, outlet: QueueOutlet) -> AsyncGenerator[bytes, None]:
        try:
            await self._relay.carry(call, outlet)
            if outlet.status >= 300:
                told = error_text(outlet.body)
                raise GateRefused("cc_upstream_request", f"HTTP {outlet.status}: {told}")
            async for data in outlet:
                yield data
        finally:
            self.gone(call)

    def new_call(self, thread: GateThread, epoch: int, asked: Asked) -> Call:
        """A call of the thread, ready to be carried."""
        return Call(self.ports.ids.fresh(), thread, epoch, asked)

    async def carry(self, call: Call, outlet: Outlet) -> None:
        """Admit, send, and let the answer flow to `outlet`; see `Relay.carry`."""
        await self._relay.carry(call, outlet)

    def gone(self, call: Call) -> None:
        """The agent left: its call ends at the provider too, unless it is drained."""
        if call.flight is not None and call.flight.alive:
            call.flight.gone()

    def by_secret(self, secret: str) -> GateThread | None:
        """Whose session has this secret."""
        return self._threads.by_secret(secret)

    def by_key(self, thread: GateThread) -> bool:
        """Does the thread's account have a key, so that `Authorization` may hold our secret?"""
        account = self.configured(thread.route.account) if thread.route is not None else None
        return account is None or not account.login

    def check_login(self, account: Account, thread: GateThread, headers: Headers) -> None:
        """May a free call pass on this account? Raises GateRefused."""
        if account.login:
            check_login(account, thread.agent, headers, self._admission.logins)

    def refused(self, thread: GateThread) -> None:
        """An agent was refused; one that does not stop asking has its turn cancelled."""
        if thread.repeats.refused(self.ports.clock.monotonic()):
            self.ports.on_storm(thread.id)

    @property
    def relay(self) -> Relay:
        """For free calls, which need the account's upstream and no admission."""
        return self._relay

    @property
    def book(self) -> Book:
        """For what the server records."""
        return self._book

    # --- view and end -----------------------------------------------------------------------

    def view(self) -> GateView:
        """Everything the player sees of the gate, at this moment."""
        return view(self._admission, self._relay, self.where)

    async def stop(self, grace_s: float = 10.0) -> None:
        """Admit nothing more, give answers in flight `grace_s` seconds, then cut; settle all."""
        threads = self._threads.all()
        for thread in threads:
            waiting = [call for call in thread.calls.values() if call.wait is not None]
            self._threads.close(thread.id)
            for call in waiting:
                call.kick()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._relay.idle.wait(), grace_s)
        self._cut(threads, "stop")
        for supply in self._admission.supplies.values():
            supply.stop()
        self._admission.plans.stop()
        await self._book.settled()
        self._relay.close()

    def _room_came(self) -> None:
        """Threads held by a limit that is there no more are let go, waiting calls look again."""
        for thread in self._threads.all():
            self._admission.limits.lift_if_room(thread)
        self._admission.recheck_budgets()

    def _in(self, scope: Scope) -> list[GateThread]:
        return [thread for thread in self._threads.all() if inside(thread, scope)]

    def _flights(self, thread: GateThread) -> list[Flight]:
        flights = [call.flight for call in thread.calls.values() if call.aside is None]
        return [flight for flight in flights if flight is not None and flight.alive]

    def _cut(self, threads: list[GateThread], why: CutReason) -> list[str]:
        cut = []
        for thread in threads:
            for call in list(thread.calls.values()):
                if call.flight is not None and call.flight.cut(why):
                    cut.append(call.id)
            for flight in thread.drained:
                flight.cut(why)
            thread.drained = []
        return cut
