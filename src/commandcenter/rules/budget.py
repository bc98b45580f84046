"""Budgets: what a call may cost, what is left of each limit, reservations taken all or none."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.conversation import Usage
from commandcenter.core.events import Cost
from commandcenter.core.world import Limit, Spent, Tokens

ZERO = Decimal(0)
DAY = "day"
GRANT = Decimal("0.10")
"""Share of a limit that `finish_turn` grants so that the running turn may end."""
WARN = 0.80
MARGIN = 1.10
"""What the estimate of a request's tokens has on top (`wires.body`)."""
FIRST_OUT = 2_048
LEAST_OUT = 512


Unit = Literal["tokens", "usd", "practice", "share"]
_UNITS: tuple[Literal["tokens", "usd", "practice"], ...] = ("tokens", "usd", "practice")


class Amount(Record, frozen=True):
    """Tokens (input + output) and money, real and practice dollars apart; never summed."""

    tokens: int = 0
    usd: Decimal = ZERO
    practice: Decimal = ZERO

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(
            self.tokens + other.tokens, self.usd + other.usd, self.practice + other.practice
        )

    def minus(self, other: "Amount") -> "Amount":
        """What is left without `other`."""
        return Amount(
            self.tokens - other.tokens, self.usd - other.usd, self.practice - other.practice
        )


class Purse(Record, frozen=True):
    """One scope: its limit, what is spent, what is set aside for calls in flight."""

    limit: Limit = Limit()
    spent: Amount = Amount()
    reserved: Amount = Amount()


class Short(Record, frozen=True):
    """A call does not fit. `hard` = not even once every call in flight has ended."""

    scope: str
    unit: Unit
    limit: Decimal
    left: Decimal
    need: Decimal
    hard: bool
    minutes: int = 0
    """Unit `share`: which of the plan's windows."""

    def text(self) -> str:
        """For the tile: `budget $2.00 reached`, `budget $2.00 is set aside for running calls`."""
        if self.unit == "share":
            return f"share reached: {self.amount(self.limit)}"
        ends = "reached" if self.hard else "is set aside for running calls"
        return f"budget {self.amount(self.limit)} {ends}"

    def amount(self, value: Decimal) -> str:
        """`$2.00`, `p$0.10`, `30,000 tokens` or `30 % of the 5 h window`."""
        if self.unit == "share":
            return f"{int(value)} % of the {window_name(self.minutes)} window"
        if self.unit == "tokens":
            return f"{int(value):,} tokens"
        return f"{'p' if self.unit == 'practice' else ''}${value:.2f}"


class Crossing(Record, frozen=True):
    """A settlement took the scope over the warning share of its limit; `used` is 0..1 and more."""

    scope: str
    used: float


class Ledger:
    """The purses of all scopes by their name (`#3`, `@op:NAME`, `day`); pure memory."""

    def __init__(self, warn: float = WARN) -> None:
        self._warn = warn
        self._purses: dict[str, Purse] = {}

    def purse(self, scope: str) -> Purse:
        """The scope's purse, an empty one without limit when it was never named."""
        return self._purses.get(scope) or Purse()

    def scopes(self) -> dict[str, Purse]:
        """Every purse by scope."""
        return dict(self._purses)

    def limit(self, scope: str, limit: Limit | None) -> None:
        """Set or lift what the scope may spend."""
        self._purses[scope] = replace(self.purse(scope), limit=limit or Limit())

    def restore(self, scope: str, limit: Limit, spent: Amount) -> None:
        """The scope as the journal knows it; nothing is reserved."""
        self._purses[scope] = Purse(limit, spent)

    def short(self, scopes: Iterable[str], need: Amount, turn_runs: bool) -> Short | None:
        """Why the call does not fit, in the order of `scopes`; None = it fits all of them.

        `turn_runs`: a call of the same turn was admitted before, so `finish_turn` grants 10 %.
        """
        for scope in scopes:
            purse = self._purses.get(scope)
            found = purse and _short(scope, purse, need, turn_runs)
            if found:
                return found
        return None

    def reserve(self, scopes: Sequence[str], need: Amount, turn_runs: bool) -> Short | None:
        """Set `need` aside in all scopes or in none; returns what was in the way."""
        found = self.short(scopes, need, turn_runs)
        if found is None:
            for scope in scopes:
                purse = self.purse(scope)
                self._purses[scope] = replace(purse, reserved=purse.reserved.plus(need))
        return found

    def release(self, scopes: Iterable[str], need: Amount) -> None:
        """Give a reservation back: nothing is owed. Raises ValueError when it was never taken."""
        for scope in scopes:
            purse = self.purse(scope)
            left = purse.reserved.minus(need)
            if left.tokens < 0 or left.usd < 0 or left.practice < 0:
                raise ValueError(f"more released than reserved in {scope}")
            self._purses[scope] = replace(purse, reserved=left)

    def settle(self, scopes: Iterable[str], spent: Amount) -> tuple[Crossing, ...]:
        """Book what a call cost; returns the scopes that crossed their warning share by it."""
        crossed = []
        for scope in scopes:
            purse = self.purse(scope)
            before = used(purse)
            purse = replace(purse, spent=purse.spent.plus(spent))
            self._purses[scope] = purse
            if before < self._warn <= used(purse):
                crossed.append(Crossing(scope, used(purse)))
        return tuple(crossed)

    def begin_day(self) -> None:
        """The player's midnight: the day's spending starts at nothing, its limit stays."""
        self._purses[DAY] = replace(self.purse(DAY), spent=Amount())


def used(purse: Purse) -> float:
    """The larger spent share of the purse's limits, 0 without any."""
    shares = [0.0]
    if purse.limit.tokens is not None:
        shares.append(purse.spent.tokens / max(1, purse.limit.tokens))
    if purse.limit.usd is not None:
        money = max(purse.spent.usd, purse.spent.practice)
        shares.append(float(money / max(purse.limit.usd, Decimal("0.000001"))))
    return max(shares)


def free(purse: Purse) -> tuple[int | None, Decimal | None]:
    """(tokens, US dollars) still free: limit - spent - reserved, at least 0; None = no limit."""
    taken = purse.spent.plus(purse.reserved)
    tokens, usd = purse.limit.tokens, purse.limit.usd
    return (
        None if tokens is None else max(0, tokens - taken.tokens),
        None if usd is None else max(ZERO, usd - max(taken.usd, taken.practice)),
    )


def _short(scope: str, purse: Purse, need: Amount, turn_runs: bool) -> Short | None:
    limit, spent, reserved = purse.limit, purse.spent, purse.reserved
    more = 1 + GRANT if turn_runs and limit.at_limit == "finish_turn" else Decimal(1)
    for unit in _UNITS:
        cap = limit.tokens if unit == "tokens" else limit.usd
        wanted = Decimal(getattr(need, unit))
        if cap is None or wanted <= 0:
            continue
        left = Decimal(cap) * more - getattr(spent, unit)
        room = left - getattr(reserved, unit)
        if room < wanted:
            return Short(scope, unit, Decimal(cap), max(ZERO, room), wanted, left < wanted)
    return None


def window_name(minutes: int) -> str:
    """A plan's window as a person says it: `5 h`, `7 d`, `90 min`."""
    for size, unit in ((1_440, "d"), (60, "h")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def amount(tokens: int, cost: Cost) -> Amount:
    """What a call takes from its limits; an unknown price takes tokens only."""
    money = cost.usd or ZERO
    if cost.basis == "practice":
        return Amount(tokens, ZERO, money)
    return Amount(tokens, ZERO if cost.basis in ("local", "plan") else money)


def spent(tokens: Tokens, money: Spent, cached_weight: float = 1.0) -> Amount:
    """A head's sums as an amount."""
    cached = tokens.cached_read
    return Amount(_weigh(tokens.total, cached, cached_weight), money.usd, money.practice)


def tokens_of(usage: Usage, cached_weight: float = 1.0) -> int:
    """What a call takes from a token limit: input + output, cached reads by their weight."""
    return _weigh(usage.input + usage.output, usage.cached_read, cached_weight)


def _weigh(total: int, cached: int, weight: float) -> int:
    return total - int(cached * (1 - weight))


def p90(values: Sequence[int]) -> int:
    """The value that nine of ten do not exceed; 0 of nothing."""
    return sorted(values)[(len(values) * 9 + 9) // 10 - 1] if values else 0


def estimate_in(est: int, last_est: int = 0, last_input: int = 0) -> int:
    """Tokens a request will be counted as; `est` = its characters / 4 x 1.10, images 1600 each.

    Builds on the thread's last request and what the wire counted for it; one of less than half
    its size is another conversation (a title, a router) and stands for itself. `last_est` 0: after
    a restart only the count is known, and the conversation has not become shorter.
    """
    if last_input and est * 2 >= last_est:
        return max(1, est, last_input + (est - last_est if last_est else 0))
    return max(1, est)


def likely_in(est: int, last_est: int = 0, last_input: int = 0) -> int:
    """Tokens a request was most probably counted as, when its answer broke off before the wire
    said so. `estimate_in` without its margin: a reservation errs upward, a bill must not.
    """
    if last_input and est * 2 >= last_est:
        return max(1, last_input + (est - last_est if last_est else 0))
    return max(1, round(est / MARGIN))


def estimate_out(max_tokens: int, outputs: Sequence[int]) -> int:
    """Tokens an answer will have: p90 of the last outputs, at least 512, at most `max_tokens`.

    `max_tokens` 0 = the request names none.
    """
    expected = max(LEAST_OUT, p90(outputs)) if outputs else FIRST_OUT
    return min(max_tokens, expected) if max_tokens > 0 else expected


def left_out(max_tokens: int, outputs: Sequence[int], so_far: int) -> int:
    """Tokens an answer in flight still has before it, never below 0 (gate.md 3)."""
    return max(0, estimate_out(max_tokens, outputs) - so_far)
