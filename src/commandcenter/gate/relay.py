"""Relay: a call's whole way: admission, tries, delivery, settlement. The one owner of retries."""

import asyncio
from functools import partial

from commandcenter.config.accounts import Account
from commandcenter.core.base import NS
from commandcenter.core.events import (
    AccountClosed,
    AccountOpened,
    AlertCleared,
    AlertRaised,
    CallAdmitted,
    CallEnd,
    CallFailed,
    CallRefused,
    CallRetried,
    RouteSeen,
)
from commandcenter.gate.admission import Admission
from commandcenter.gate.base import (
    CallCut,
    GatePorts,
    GateRefused,
    GateSettings,
    Headers,
    Outlet,
)
from commandcenter.gate.book import Book
from commandcenter.gate.call import Call, Routed, Wait
from commandcenter.gate.flight import End, Flight
from commandcenter.gate.headers import header, headers_down, headers_up, target
from commandcenter.gate.login import worn_out
from commandcenter.gate.quota import told_reset
from commandcenter.gate.retry import Setback, backoff, judge
from commandcenter.gate.settlement import Settlement
from commandcenter.gate.supply import BY_PLAYER
from commandcenter.gate.upstream import Outbound, Upstream
from commandcenter.wires.base import NO_LIMIT, error_text


class Relay:
    """Carries calls; each ends in exactly one of settled, failed, or nothing ever recorded."""

    def __init__(
        self, ports: GatePorts, settings: GateSettings, admission: Admission, book: Book
    ) -> None:
        self.admitted = 0
        self.refused = 0
        self.idle = asyncio.Event()
        """No call is between its arrival and its end."""
        self.idle.set()
        self._open = 0
        self._ports = ports
        self._settings = settings
        self._admission = admission
        self._book = book
        self._settlement = Settlement(ports, settings, admission, book)
        self._upstreams: dict[str, Upstream] = {}
        self._no_usage_option: set[str] = set()
        """Accounts whose server refuses `stream_options`."""

    async def carry(self, call: Call, outlet: Outlet) -> None:
        """Returns once the answer flows to the outlet or was given whole.

        Raises GateRefused (nothing was given), CallCut (the outlet was aborted). Cancelled: the
        call is withdrawn, or cut when it was already sent.
        """
        call.arrived = self._ports.clock.monotonic()
        call.thread.calls[call.id] = call
        self._open += 1
        self.idle.clear()
        delivered = False
        try:
            await self._through(call, outlet)
            delivered = True
        except GateRefused as refused:
            self._refuse(call, refused)
            raise
        finally:
            if not delivered:
                self._abandon(call)

    def upstream(self, account_id: str) -> Upstream:
        """The account's connections. Raises GateRefused when there is no such account."""
        account = self._admission.account(account_id)
        found = self._upstreams.get(account_id)
        if found is None or found.account != account:
            settings = self._settings
            found = Upstream(account, settings.connect_s, settings.idle_s)
            self._upstreams[account_id] = found
        return found

    def key(self, account: Account) -> str | None:
        """The account's provider key. Raises GateRefused when it cannot be read."""
        if not account.key_ref:
            return None
        try:
            return self._admission.accounts.key(account.key_ref)
        except (OSError, ValueError) as error:
            what = f"the key of account {account.id} cannot be read"
            raise GateRefused("cc_key", f"{what}; commandcenter doctor says why") from error

    def close(self) -> None:
        """Abort every upstream connection."""
        for upstream in self._upstreams.values():
            upstream.close()

    async def _through(self, call: Call, outlet: Outlet) -> None:
        while True:
            await self._admission.admit(call)
            self._same_call(call)
            setback = await self._try(call, outlet)
            if setback is None:
                return
            if setback.action == "unsent":
                call.tries -= 1
                self._admission.give_back(call)
                continue
            if self._passes(call, setback):
                self._pass(call, setback, outlet)
                return
            await self._again(call, setback)

    def _passes(self, call: Call, setback: Setback) -> bool:
        """Is it for the agent to read? A refused login too: its own client renews it."""
        if setback.action == "auth" and _routed(call).account.login:
            return not worn_out(call.thread.auth_failures, self._ports.clock.monotonic())
        return setback.action == "deliver" and not self._option_refused(call, setback)

    async def _try(self, call: Call, outlet: Outlet) -> Setback | None:
        """One send. None = content came, its intent is recorded, and it flows."""
        routed = _routed(call)
        call.tries += 1
        flight = self._flight(call, routed, outlet)
        outbound = self._outbound(call, routed)
        recorded = self._record(call, routed)
        call.flight = flight
        upstream = self.upstream(routed.account.id)
        await flight.send(upstream, outbound, lambda: self._admission.may_send(call))
        setback = await flight.ready
        if recorded is not None and not await asyncio.shield(recorded):
            flight.cut("journal")
            raise GateRefused("cc_journal", "the call could not be recorded; it goes on by itself")
        if flight.cut_why:
            raise CallCut(flight.cut_why)
        if setback is None:
            flight.deliver(call.thread.draining and call.aside is None)
            if flight.drained:
                call.thread.keep(flight)
        return setback

    def _flight(self, call: Call, routed: Routed, outlet: Outlet) -> Flight:
        ask_usage = routed.account.id not in self._no_usage_option
        try:
            call.sending = call.outbound(routed.model, ask_usage)
        except ValueError as error:
            raise GateRefused("cc_body", str(error)) from error
        flight = Flight(call.sending.tap, outlet, self._ports.clock, self._settings)
        flight.on_head = partial(self._answered, call)
        flight.on_end = partial(self._settle, call, flight)
        return flight

    def _outbound(self, call: Call, routed: Routed) -> Outbound:
        account, asked = routed.account, call.asked
        headers = headers_up(asked.headers, account, self.key(account))
        assert call.sending is not None
        if call.sending.packed:
            coding = header(asked.headers, b"content-encoding")
            headers = (*headers, (b"content-encoding", coding))
        where = target(account, asked.path, asked.query)
        return Outbound("POST", where, headers, call.sending.data)

    def _record(self, call: Call, routed: Routed) -> "asyncio.Task[bool] | None":
        """Begin the commit of the intent; a further try of the same call has its intent."""
        call.admitted = self._ports.clock.monotonic()
        self._remember(call, routed)
        if call.aside is None:
            self._ports.on_call(call.thread.id, "admitted")
        if call.recorded is not None:
            return None
        self.admitted += 1
        call.recorded = routed
        spec = call.asked.spec
        event = CallAdmitted(
            call=call.id,
            turn=call.turn,
            account=routed.account.id,
            protocol=spec.kind,
            asked=spec.model,
            sent=routed.model,
            est_in=routed.est_in,
            max_out=spec.max_out if spec.max_out < NO_LIMIT else 0,
            reserved=routed.need.tokens,
            reserved_usd=(routed.need.usd + routed.need.practice) if routed.priced else None,
            side=call.side,
            sub=call.asked.sub,
            attempt=call.attempt,
            fingerprint=call.asked.fingerprint,
        )
        return self._book.start([call.fact(event)])

    def _remember(self, call: Call, routed: Routed) -> None:
        """What the thread's next call is judged by; a session is routed once it is seen here."""
        thread = call.thread
        if call.aside is not None:
            return
        thread.turn_called = call.turn
        if call.main:
            thread.last_sent, thread.main_tools = routed.same, call.asked.spec.tools
        if call.asked.foreign and thread.routed != "yes":
            thread.routed = "yes"
            self._book.post(call.fact(RouteSeen(True)))

    def _same_call(self, call: Call) -> None:
        """A call that was recorded and now goes elsewhere is another call."""
        if call.recorded is None or call.recorded.same == _routed(call).same:
            return
        self._book.post(call.fact(CallFailed(call.id, "failed", 0, "sent to another model")))
        del call.thread.calls[call.id]
        call.id, call.recorded = self._ports.ids.fresh(), None
        call.thread.calls[call.id] = call

    # --- setbacks ---------------------------------------------------------------------------

    async def _again(self, call: Call, setback: Setback) -> None:
        """Wait and return for another try. Raises GateRefused when there is none."""
        routed = _routed(call)
        what = f"account {routed.account.id}: {setback.why}"
        told = error_text(setback.body) if setback.body else ""
        if setback.action == "auth":
            self._close(call, setback, BY_PLAYER)
            mend = _auth_mend(routed.account)
            raise GateRefused("cc_upstream_auth", f"{what} {told}; {mend}")
        if setback.action in ("missing", "refused"):
            raise GateRefused(f"cc_upstream_{setback.action}", f"{what} {told}; another model may")
        if call.tries >= self._settings.tries:
            self._close_for(call, setback)
            raise GateRefused("cc_upstream_spent", f"{what} {told}; {call.tries} tries were made")
        wait = self._close_for(call, setback) if setback.action == "close" else self._wait_s(call)
        if setback.action == "again":
            wait = max(wait, min(setback.retry_after_s or 0.0, self._settings.backoff_max_s))
        retried = CallRetried(call.id, call.tries, setback.status, round(wait, 3))
        self._book.post(call.fact(retried))
        self._admission.give_back(call)
        if setback.action == "again":
            detail = f"try {call.tries + 1} of {self._settings.tries} after {setback.why}"
            await self._admission.wait(call, Wait("retry", detail, seconds=wait))

    def _wait_s(self, call: Call) -> float:
        settings, chance = self._settings, self._ports.rng.random()
        return backoff(chance, call.tries, settings.backoff_s, settings.backoff_max_s)

    def _close_for(self, call: Call, setback: Setback) -> float:
        """A rate limit closes the account for what the provider asks, else for a drawn wait."""
        if setback.action != "close":
            return 0.0
        account, wall = _routed(call).account, self._ports.clock.wall()
        if account.login and (until := told_reset(setback.body, wall)) > wall:
            self._admission.plans.close(call, account, until, "its plan is used up")
        if self._admission.plans.blocked(account):
            return max(0.0, (self._admission.supply(account).closed_until - wall) / NS)
        asked = setback.retry_after_s
        wait = self._wait_s(call) if asked is None else asked
        self._close(call, setback, wall + max(1, int(wait * NS)))
        return wait

    def _close(self, call: Call, setback: Setback, until: int) -> None:
        account = _routed(call).account
        if not self._admission.supply(account).close(until, setback.why):
            return
        closed = call.fact(AccountClosed(account.id, until, setback.why))
        by_player = until == BY_PLAYER
        alert = AlertRaised(
            alert=f"account:{account.id}",
            severity="danger" if by_player else "warn",
            category="account",
            line=f"account {account.id} is closed: the provider answered {setback.why}",
            mend=_auth_mend(account) if by_player else "it opens by itself",
        )
        self._book.post(closed, call.fact(alert))

    def _answered(self, call: Call, status: int, headers: Headers) -> None:
        """The provider works again: what waits behind the first call after a closing goes on."""
        if _routed(call).account.login:
            self._admission.plans.seen(call, _routed(call).account, headers)
        if judge(status) == "deliver" and call.permit is not None and call.permit.answered():
            account = _routed(call).account.id
            cleared = call.fact(AlertCleared(f"account:{account}"))
            self._book.post(call.fact(AccountOpened(account)), cleared)

    def _option_refused(self, call: Call, setback: Setback) -> bool:
        """A server that does not know `stream_options` is asked without it from now on."""
        added = call.sending is not None and call.sending.usage_added
        if added and b"stream_options" in setback.body:
            self._no_usage_option.add(_routed(call).account.id)
            return True
        return False

    def _pass(self, call: Call, setback: Setback, outlet: Outlet) -> None:
        """The provider's own refusal, unchanged: agents read "prompt too long" in it."""
        assert call.flight is not None
        outlet.begin(setback.status, headers_down(setback.headers), call.flight)
        outlet.write(setback.body)
        outlet.end()
        self._close_call(call, "failed", setback.status, setback.why)

    # --- ends -------------------------------------------------------------------------------

    def _settle(self, call: Call, flight: Flight, end: End) -> None:
        """The meter's word, once per call: ledger, permit and journal."""
        if call.over:
            return
        self._settlement.settle(call, flight, end)
        repeats, told = call.thread.repeats, call.asked.fingerprint
        if end == "complete":
            repeats.whole(told)
        elif not flight.ours:
            repeats.broke(told, call.attempt)
        self._leave(call)

    def _refuse(self, call: Call, refused: GateRefused) -> None:
        self.refused += 1
        status = call.flight.status if call.flight is not None else 0
        end: CallEnd = "withdrawn" if refused.code == "cc_hold_limit" else "failed"
        self._close_call(call, end, status, refused.code)
        self._book.post(call.fact(CallRefused(refused.code, str(refused))))

    def _abandon(self, call: Call) -> None:
        """Cancelled, cut or refused before anything was given."""
        flight = call.flight
        if flight is not None and flight.alive:
            flight.gone()
        if flight is None or not flight.alive:
            self._close_call(call, "withdrawn", 0, "the agent left")

    def _close_call(self, call: Call, end: CallEnd, status: int, why: str) -> None:
        """Nothing is owed."""
        if call.over:
            return
        if call.recorded is not None or call.noted:
            self._book.post(call.fact(CallFailed(call.id, end, status, why)))
        if end == "failed" and call.recorded is not None and judge(status) != "auth":
            call.thread.repeats.broke(call.asked.fingerprint, max(1, call.attempt))
        self._leave(call)

    def _leave(self, call: Call) -> None:
        call.over = True
        if call.grace is not None:
            call.grace.cancel()
        self._open -= 1
        if not self._open:
            self.idle.set()
        call.thread.calls.pop(call.id, None)
        self._admission.give_back(call)
        if call.aside is None:
            self._ports.on_call(call.thread.id, "ended")


def _routed(call: Call) -> Routed:
    assert call.routed is not None
    return call.routed


def _auth_mend(account: Account) -> str:
    if account.login:
        return f"log in again with {account.agent}, then open-account {account.id}"
    return f"open-account {account.id} once its key is right"
