"""Limits at the gate: reservations, who is held by one, and what the player is told of it."""

from commandcenter.config.accounts import Account
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertCleared, AlertRaised, Held, Released
from commandcenter.core.world import Limit
from commandcenter.gate.base import GateRefused, GateSettings, Scope
from commandcenter.gate.book import Book
from commandcenter.gate.call import Call, Routed
from commandcenter.gate.threads import GateThread
from commandcenter.rules.budget import DAY, Amount, Crossing, Ledger, Short
from commandcenter.rules.shares import Shares


class Limits:
    """The ledger, and the hold reason `budget`, which is the gate's own to set and to lift."""

    def __init__(self, book: Book, settings: GateSettings, shares: Shares) -> None:
        self.ledger = Ledger(settings.warn)
        self._book = book
        self._shares = shares

    def reserve(self, call: Call, routed: Routed) -> Short | None:
        """Set the estimate aside in every scope, or say what is in the way.

        A limit that no call in flight can make room for holds the thread. Raises GateRefused
        when a money limit meets an unknown price.
        """
        thread = call.thread
        self._check_price(routed)
        if call.aside is not None:
            self._reserve_aside(routed)
            return None
        turn_runs = call.turn > 0 and thread.turn_called == call.turn
        short = self._share(routed.account, routed.scopes)
        short = short or self.ledger.reserve(routed.scopes, routed.need, turn_runs)
        if short is None:
            self.lift(thread)
        elif short.hard and thread.over is None:
            self._set(thread, short)
        return short

    def _reserve_aside(self, routed: Routed) -> None:
        """What does not fit is refused and holds nobody. Raises GateRefused."""
        short = self._share(routed.account, routed.scopes)
        short = short or self.ledger.reserve(routed.scopes, routed.need, turn_runs=False)
        if short is not None:
            raise GateRefused("cc_budget", f"{short.text()} ({spoken(short.scope)})")

    def reported(self, thread: GateThread, scopes: tuple[str, ...], tokens: int) -> bool:
        """What an agent says it spent past the gate, for the limits that count it.

        True = one of them holds the thread now.
        """
        counting = tuple(s for s in scopes if self.ledger.purse(s).limit.reported)
        self.settle(thread, counting, Amount(tokens))
        short = self.ledger.short(counting, Amount(tokens=1), turn_runs=False)
        if short is not None and thread.over is None:
            self._set(thread, short)
        return short is not None

    def settle(self, thread: GateThread, scopes: tuple[str, ...], spent: Amount) -> None:
        """Book a call's cost; warn of the limits that are nearly reached by it."""
        for crossing in self.ledger.settle(scopes, spent):
            self._book.post(Fact(self._warning(crossing, thread), _stamp(thread)))

    def limit(self, scope: str, limit: Limit | None) -> None:
        """Set or lift what a scope may spend."""
        self.ledger.limit(scope, limit)

    def lift(self, thread: GateThread) -> None:
        """The thread is no longer held by a limit."""
        over, thread.over = thread.over, None
        if over is not None:
            released = Fact(Released("budget"), _stamp(thread))
            self._book.post(released, Fact(AlertCleared(alert_name(over)), _stamp(thread)))

    def lift_if_room(self, thread: GateThread) -> None:
        """Let the thread go if what held it would fit now, whether or not a call waits."""
        over = thread.over
        if over is None:
            return
        if over.unit == "share":
            if not self._share_binds(thread, over):
                self.lift(thread)
            return
        need = Amount(**{over.unit: type(getattr(Amount(), over.unit))(over.need)})
        again = self.ledger.short([over.scope], need, turn_runs=False)
        if again is None or not again.hard:
            self.lift(thread)

    def _share(self, account: Account, scopes: tuple[str, ...]) -> Short | None:
        if not account.login:
            return None
        return self._shares.short(account.id, scopes, lambda scope: self.ledger.purse(scope).limit)

    def _share_binds(self, thread: GateThread, over: Short) -> bool:
        account = thread.route.account if thread.route is not None else ""
        limit = self.ledger.purse(over.scope).limit
        return self._shares.short(account, (over.scope,), lambda scope: limit) is not None

    def _set(self, thread: GateThread, short: Short) -> None:
        thread.over = short
        alert = AlertRaised(
            alert=alert_name(short),
            severity="danger",
            category="budget",
            line=f"budget of {spoken(short.scope)} reached ({short.amount(short.limit)})",
            mend=_mend(short),
            operation=_operation(thread),
        )
        self._book.post(Fact(Held("budget"), _stamp(thread)), Fact(alert, _stamp(thread)))

    def _check_price(self, routed: Routed) -> None:
        if routed.priced:
            return
        for scope in routed.scopes:
            if scope != DAY and self.ledger.purse(scope).limit.usd is not None:
                what = f"no price is known for {routed.model}, so the money limit of "
                what += f"{spoken(scope)} could not be checked"
                raise GateRefused("cc_price_unknown", f"{what}; set a token limit or a price")

    def _warning(self, crossing: Crossing, thread: GateThread) -> AlertRaised:
        return AlertRaised(
            alert=f"budget:warn:{crossing.scope}",
            severity="warn",
            category="budget",
            line=f"{crossing.used:.0%} of the budget of {spoken(crossing.scope)} is spent",
            mend=f"Z raises it (budget {crossing.scope} --usd X or --tokens N)",
            operation=_operation(thread),
        )


def spoken(scope: str) -> str:
    """A scope as a person says it."""
    if scope == DAY:
        return "the day"
    if scope.startswith("@op:"):
        return f"operation {scope[4:]}"
    return f"thread {scope}"


def alert_name(short: Short) -> str:
    """The dedupe key of a reached limit."""
    return f"budget:{short.scope}"


def _mend(short: Short) -> str:
    how = "--share N" if short.unit == "share" else "--usd X or --tokens N"
    return f"Z raises it (budget {short.scope} {how})"


def _operation(thread: GateThread) -> str:
    return thread.route.operation if thread.route is not None else ""


def _stamp(thread: GateThread) -> Stamp:
    return Stamp(thread.id, max(0, thread.epoch), thread.turn, source="gate")


def ledger_name(scope: Scope) -> str:
    """The scope as the ledger names it."""
    if scope.kind == "thread":
        return f"#{scope.name}"
    return f"@op:{scope.name}" if scope.kind == "operation" else DAY
