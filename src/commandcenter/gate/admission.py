"""Admission: the steps every model call passes before it leaves, and the waits between them."""

import asyncio
from collections.abc import Iterator
from functools import partial

from commandcenter.config.accounts import Account
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import AccountOpened, AlertCleared, AlertRaised, CallHeld
from commandcenter.core.states import HoldReason
from commandcenter.gate.base import Accounts, GatePorts, GateRefused, GateSettings, Route
from commandcenter.gate.book import Book
from commandcenter.gate.call import Call, Routed, Wait
from commandcenter.gate.limits import Limits
from commandcenter.gate.login import check_login
from commandcenter.gate.plan import Plans
from commandcenter.gate.repeats import ADMITTED
from commandcenter.gate.supply import Supply
from commandcenter.gate.threads import SHOWN, GateThread, Threads
from commandcenter.rules.budget import DAY, amount, estimate_in, estimate_out

ALL = "*"


class Admission:
    """Holds, route, budget, supply, in this order; after any wait the list begins again."""

    def __init__(
        self, ports: GatePorts, accounts: Accounts, settings: GateSettings, book: Book
    ) -> None:
        self.accounts = accounts
        self.threads = Threads()
        self.supplies: dict[str, Supply] = {}
        self.plans = Plans(ports, settings, book, self.supply)
        self.limits = Limits(book, settings, self.plans.shares)
        self.logins: frozenset[str] = frozenset()
        """Agents whose own login may pass."""
        self.frozen: set[str] = set()
        """Accounts whose spending is frozen, `*` = all."""
        self.waiting: dict[str, Call] = {}
        """Calls that wait, oldest first."""
        self._ports = ports
        self._settings = settings
        self._book = book

    async def admit(self, call: Call) -> None:
        """Returns with reservation and permit in hand. Raises GateRefused.

        However it ends otherwise (cancelled included), the call holds nothing afterwards.
        """
        admitted = False
        try:
            while (wait := self._step(call)) is not None:
                await self.wait(call, wait)
            admitted = True
        finally:
            if not admitted:
                self.give_back(call)

    def give_back(self, call: Call) -> None:
        """Release reservation and permit; nothing of the call is set aside any more."""
        reserved, call.reserved = call.reserved, None
        permit, call.permit = call.permit, None
        if reserved is not None:
            self.limits.ledger.release(reserved.scopes, reserved.need)
        if permit is not None:
            permit.settle()
        if reserved is not None:
            self.recheck_budgets()

    async def wait(self, call: Call, wait: Wait) -> None:
        """Hold nothing but a place in a queue until something changed."""
        call.wait = wait
        self.waiting[call.id] = call
        if wait.supply is not None:
            thread = call.thread
            waiter = wait.supply.enter(self._route(call).priority, lambda: thread.weight)
        else:
            waiter = asyncio.get_running_loop().create_future()
        call.waiter = waiter
        self._ports.on_call(call.thread.id, f"held:{wait.reason}")
        timers = list(self._timers(call, wait))
        try:
            call.permit = await waiter
        finally:
            call.waiter = call.wait = None
            del self.waiting[call.id]
            for timer in timers:
                timer.cancel()
            if wait.supply is not None and call.permit is None:
                wait.supply.leave(waiter)

    def held(self, thread: GateThread) -> HoldReason | None:
        """Why the thread is held now; frozen spending counts for whoever uses the account."""
        account = thread.route.account if thread.route is not None else ""
        return "spend_freeze" if self._is_frozen(account) else thread.hold()

    def _is_frozen(self, account: str) -> bool:
        return ALL in self.frozen or account in self.frozen

    def may_send(self, call: Call) -> bool:
        """Is an admitted call still free to leave, now that its connection stands?"""
        if call.aside is not None:
            return not self._is_frozen(call.aside.account)
        return call.epoch == call.thread.epoch and self.held(call.thread) is None

    def recheck_budgets(self) -> None:
        """Room may have come: calls that wait for it look again, oldest first."""
        for call in tuple(self.waiting.values()):
            if call.wait is not None and call.wait.short is not None:
                call.kick()

    def supply(self, account: Account) -> Supply:
        """The account's slots and queue."""
        found = self.supplies.get(account.id)
        if found is None:
            cap = account.concurrent(self.accounts.concurrent)
            told = partial(self._over, account)
            found = self.supplies[account.id] = Supply(cap, self._ports.clock, told)
        return found

    def account(self, id: str) -> Account:
        """The account of a route. Raises GateRefused when it is gone."""
        account: Account | None = self.accounts.table.get(id)
        if account is None:
            raise GateRefused("cc_account", f"there is no account {id}; choose another model")
        return account

    def _over(self, account: Account) -> None:
        """A closing is over; whoever waited for it and left may come back."""
        if not self.plans.closes(account):
            events = (AccountOpened(account.id), AlertCleared(f"account:{account.id}"))
            self._book.post(*(Fact(event, Stamp(source="gate")) for event in events))

    def _step(self, call: Call) -> Wait | None:
        """Steps 3 to 7 of gate.md 3, without an await; None = admitted."""
        thread = call.thread
        if call.aside is not None:
            return self._step_aside(call, call.aside)
        if call.epoch != thread.epoch:
            raise GateRefused("cc_ended", "this session has ended; its thread has another one")
        if call.expired:
            raise GateRefused("cc_hold_limit", "the call waited too long; it goes on by a prompt")
        held = self.held(thread)
        if held is None and not self._ports.journal_ok():
            held = "journal"
        if held is not None:
            self.give_back(call)
            pause = self._settings.journal_s if held == "journal" else None
            return Wait(held, self._shown(held, thread), seconds=pause)
        if call.limited and not thread.draining:
            self.give_back(call)
            return Wait("hold_limit", "it waited too long; its turn is being cancelled")
        self._judge_repeat(call)
        return self._fit(call, self._routed(call))

    def _step_aside(self, call: Call, route: Route) -> Wait | None:
        """The same for a question beside the thread's work: it waits for supply alone."""
        if self._is_frozen(route.account):
            raise GateRefused("cc_held", SHOWN["spend_freeze"])
        if not self._ports.journal_ok():
            raise GateRefused("cc_held", SHOWN["journal"])
        call.attempt = 1
        routed = self._routed(call)
        if self.plans.blocked(routed.account):
            raise GateRefused("cc_held", self.supply(routed.account).detail())
        return self._fit(call, routed)

    def _fit(self, call: Call, routed: Routed) -> Wait | None:
        """Budget, then supply: both or neither."""
        self._book.retry()
        supply = self.supply(routed.account)
        if call.permit is not None and not call.permit.of(supply):
            self.give_back(call)
        call.routed = routed
        if self.plans.blocked(routed.account):
            self.give_back(call)
            self.plans.hold(call, routed.account)
            return Wait("window", supply.detail())
        short = self.limits.reserve(call, routed)
        if short is not None:
            self.give_back(call)
            return Wait("budget", short.text(), short=short)
        call.reserved = routed
        if call.permit is None:
            call.permit = supply.take()
        if call.permit is not None:
            return None
        self.give_back(call)
        reason = "window" if supply.closed else "supply"
        return Wait(reason, supply.detail(), supply)

    def _routed(self, call: Call) -> Routed:
        """Account, model and estimate of the call. Raises GateRefused."""
        thread, spec = call.thread, call.asked.spec
        account, model = self._where(call)
        route = self._route(call)
        if call.main:
            est_in = estimate_in(spec.est_in, thread.last_est, thread.last_input)
            est_out = estimate_out(spec.max_out, thread.outputs)
        else:
            est_in, est_out = estimate_in(spec.est_in), estimate_out(spec.max_out, ())
        cost = self._ports.price(account.id, model, Usage(input=est_in, output=est_out))
        scopes = [] if account.practice or account.login else [DAY]
        if route.operation:
            scopes.append(f"@op:{route.operation}")
        scopes.append(f"#{thread.id}")
        return Routed(
            account=account,
            model=model,
            est_in=est_in,
            est_out=est_out,
            need=amount(est_in + est_out, cost),
            scopes=tuple(scopes),
            priced=cost.usd is not None or account.login,
        )

    def _where(self, call: Call) -> tuple[Account, str]:
        """The account, and the model to be sent. Raises GateRefused.

        On a real plan what is not the main loop's keeps the vendor's model that it asks for.
        """
        thread, spec = call.thread, call.asked.spec
        route = self._route(call)
        account_id = route.account
        model = route.models.get(spec.model, route.model) or spec.model
        bound = spec.bound_thinking and thread.turn_called == call.turn and call.main
        if bound and thread.last_sent[0]:
            account_id, model = thread.last_sent  # its thinking is bound: from the next turn on
        account = self.account(account_id)
        if account.kind != spec.kind:
            why = f"account {account.id} speaks {account.kind}, this call {spec.kind}"
            raise GateRefused("cc_protocol", f"{why}; choose a model of the same wire")
        if account.login:
            agent = thread.agent if call.asked.foreign else ""
            check_login(account, agent, call.asked.headers, self.logins)
            if not call.main and not account.practice:
                model = route.models.get(spec.model, spec.model)
        return account, model

    def _judge_repeat(self, call: Call) -> None:
        """Once per call: is it one too many of the same? Raises GateRefused."""
        if call.attempt:
            return
        repeats = call.thread.repeats
        call.attempt = repeats.attempt(call.asked.fingerprint)
        if call.attempt > 1 and repeats.repeated():
            self._book.post(call.fact(_storm(call.thread)))
        if call.attempt > ADMITTED:
            what = "this request failed and was repeated already"
            raise GateRefused("cc_repeats_spent", f"{what}; it goes on by a prompt")

    def _shown(self, held: HoldReason, thread: GateThread) -> str:
        """Why it waits, for the tile; a used-up window with its countdown."""
        account = self.accounts.table.get(thread.route.account) if thread.route else None
        if held != "window" or account is None:
            return SHOWN[held]
        supply = self.supply(account)
        return supply.detail() if supply.closed else "it goes on in its turn after the reset"

    def _route(self, call: Call) -> Route:
        route = call.aside or call.thread.route
        if route is None:
            raise GateRefused("cc_ended", "this thread has no session")
        return route

    def _timers(self, call: Call, wait: Wait) -> Iterator[asyncio.TimerHandle]:
        loop = asyncio.get_running_loop()
        if not call.noted:
            yield loop.call_later(self._settings.note_s, self._note, call, wait)
        if wait.seconds is not None:
            yield loop.call_later(wait.seconds, call.kick)
        limit = call.thread.hold_limit_s
        if limit is not None and call.asked.foreign and not call.limited:
            waited = self._ports.clock.monotonic() - call.arrived
            yield loop.call_later(max(0.0, limit - waited), self._limit, call)

    def _limit(self, call: Call) -> None:
        """It waited as long as it may: told once; who does not let go is refused after a grace."""
        call.limited = True
        if not call.noted and call.wait is not None:
            self._note(call, call.wait)
        loop = asyncio.get_running_loop()
        call.grace = loop.call_later(self._settings.hold_grace_s, self._expire, call)
        self._ports.on_hold_limit(call.thread.id, call.id)

    def _expire(self, call: Call) -> None:
        """The agent did not let go; one that is frozen cannot, and is not refused."""
        if not call.thread.draining:
            call.expired = True
            call.kick()

    def _note(self, call: Call, wait: Wait) -> None:
        """Once per call: it waits, and for what."""
        call.noted = True
        detail = wait.supply.detail() if wait.supply is not None else wait.detail
        self._book.post(call.fact(CallHeld(wait.reason, detail)))


def _storm(thread: GateThread) -> AlertRaised:
    return AlertRaised(
        alert=f"retry_storm:#{thread.id}",
        severity="warn",
        category="retry",
        line=f"the agent of thread #{thread.id} repeats what failed",
        mend="interrupt it; what it repeats further is refused and costs nothing",
    )
