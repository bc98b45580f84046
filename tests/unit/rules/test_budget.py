"""Budgets: estimates, all-or-none reservation, warnings, finish_turn, ledgers kept apart."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.conversation import Usage
from commandcenter.core.events import Cost
from commandcenter.core.world import Limit, Spent, Tokens
from commandcenter.rules.budget import (
    Amount,
    Ledger,
    amount,
    estimate_in,
    estimate_out,
    free,
    left_out,
    likely_in,
    p90,
    spent,
    tokens_of,
    used,
)

SCOPES = ("day", "@op:demo", "#3")


def test_an_estimate_builds_on_what_the_wire_counted() -> None:
    assert estimate_in(275) == 275
    assert estimate_in(1100, last_est=275, last_input=300) == 300 + 825
    assert estimate_in(250, last_est=275, last_input=900) == 875
    assert estimate_in(250, last_est=275, last_input=20) == 250
    assert estimate_in(100, last_est=275, last_input=300) == 100
    assert estimate_in(0) == 1
    assert likely_in(1_100) == 1_000
    assert likely_in(1_200, last_est=1_100, last_input=800) == 900, "no margin once it is known"
    assert likely_in(275, last_est=0, last_input=3_000) == 3_000
    assert estimate_in(275, last_est=0, last_input=3_000) == 3_000, "after a restart"


def test_output_is_expected_by_the_last_twenty() -> None:
    assert estimate_out(0, []) == 2048
    assert estimate_out(1000, []) == 1000
    assert estimate_out(0, [10] * 20) == 512
    assert estimate_out(0, [100] * 18 + [900, 4000]) == 512
    assert estimate_out(0, [100] * 17 + [900, 900, 4000]) == 900
    assert estimate_out(600, [5000] * 20) == 600
    assert p90([]) == 0
    assert p90([1]) == 1
    assert p90(list(range(1, 11))) == 9
    assert left_out(4000, [3000], 1000) == 2000
    assert left_out(4000, [3000], 5000) == 0


def test_all_scopes_or_none() -> None:
    ledger = Ledger()
    ledger.limit("#3", Limit(tokens=100))
    short = ledger.reserve(SCOPES, Amount(101), turn_runs=False)
    assert short is not None
    assert (short.scope, short.hard) == ("#3", True)
    assert short.text() == "budget 100 tokens reached"
    assert ledger.purse("day").reserved == Amount()
    assert ledger.reserve(SCOPES, Amount(100), turn_runs=False) is None
    assert all(ledger.purse(scope).reserved == Amount(100) for scope in SCOPES)


def test_room_that_only_waits_for_running_calls_is_not_a_reached_limit() -> None:
    ledger = Ledger()
    ledger.limit("@op:demo", Limit(usd=Decimal(2)))
    need = Amount(10, Decimal("1.50"))
    assert ledger.reserve(SCOPES, need, turn_runs=False) is None
    short = ledger.reserve(SCOPES, need, turn_runs=False)
    assert short is not None
    assert not short.hard
    assert short.text() == "budget $2.00 is set aside for running calls"
    ledger.release(SCOPES, need)
    ledger.settle(SCOPES, need)
    short = ledger.reserve(SCOPES, need, turn_runs=False)
    assert short is not None
    assert short.hard
    assert short.text() == "budget $2.00 reached"


def test_ledgers_are_never_summed() -> None:
    ledger = Ledger()
    ledger.limit("#3", Limit(usd=Decimal(1)))
    ledger.settle(["#3"], Amount(5, usd=Decimal("0.90")))
    practice = Amount(5, practice=Decimal("0.90"))
    assert ledger.reserve(["#3"], practice, turn_runs=False) is None
    assert ledger.reserve(["#3"], Amount(5, usd=Decimal("0.20")), turn_runs=False) is not None
    assert ledger.reserve(["#3"], Amount(5), turn_runs=False) is None, "local calls cost nothing"


def test_finish_turn_grants_ten_percent_to_the_running_turn_only() -> None:
    ledger = Ledger()
    ledger.limit("#3", Limit(tokens=100, at_limit="finish_turn"))
    ledger.settle(["#3"], Amount(100))
    assert ledger.reserve(["#3"], Amount(5), turn_runs=False) is not None
    assert ledger.reserve(["#3"], Amount(10), turn_runs=True) is None
    assert ledger.reserve(["#3"], Amount(1), turn_runs=True) is not None


def test_the_warning_comes_once_per_crossing() -> None:
    ledger = Ledger()
    ledger.limit("#3", Limit(tokens=100))
    assert not ledger.settle(["#3"], Amount(79))
    assert [c.scope for c in ledger.settle(["#3"], Amount(1))] == ["#3"]
    assert not ledger.settle(["#3"], Amount(15))
    ledger.limit("#3", Limit(tokens=200))
    assert not ledger.settle(["#3"], Amount(10))
    assert [c.scope for c in ledger.settle(["#3"], Amount(60))] == ["#3"]


def test_free_is_limit_less_spent_less_reserved() -> None:
    ledger = Ledger()
    ledger.limit("#3", Limit(usd=Decimal(2), tokens=100))
    ledger.settle(["#3"], Amount(30, Decimal("0.5")))
    ledger.reserve(["#3"], Amount(20, Decimal("0.25")), turn_runs=False)
    assert free(ledger.purse("#3")) == (50, Decimal("1.25"))
    assert free(ledger.purse("day")) == (None, None)
    assert used(ledger.purse("#3")) == pytest.approx(0.3)


def test_the_day_begins_with_nothing_spent_and_its_limit_kept() -> None:
    ledger = Ledger()
    ledger.limit("day", Limit(usd=Decimal(20)))
    ledger.settle(["day"], Amount(1, Decimal(19)))
    ledger.begin_day()
    assert free(ledger.purse("day")) == (None, Decimal(20))


def test_amounts_by_basis() -> None:
    one = Decimal(1)
    assert amount(7, Cost(one, "list")) == Amount(7, usd=one)
    assert amount(7, Cost(one, "practice")) == Amount(7, practice=one)
    assert amount(7, Cost(one, "local")) == Amount(7)
    assert amount(7, Cost(None, "unknown")) == Amount(7)
    usage = Usage(input=100, cached_read=80, output=20)
    assert tokens_of(usage) == 120
    assert tokens_of(usage, cached_weight=0.25) == 60
    sums = Tokens(input=100, cached_read=80, output=20)
    assert spent(sums, Spent(usd=one), 0.25) == Amount(60, usd=one)


def test_more_cannot_be_released_than_was_reserved() -> None:
    ledger = Ledger()
    ledger.reserve(["#3"], Amount(5), turn_runs=False)
    with pytest.raises(ValueError, match="#3"):
        ledger.release(["#3"], Amount(6))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60), st.booleans()), max_size=60),
    st.integers(1, 500),
)
def test_spent_and_reserved_never_exceed_the_limit(
    steps: list[tuple[int, int, bool]], limit: int
) -> None:
    ledger, flying = Ledger(), []
    ledger.limit("@op:demo", Limit(tokens=limit))
    for pick, need, ends in steps:
        if ends and flying:
            reserved = flying.pop(pick % len(flying))
            ledger.release(SCOPES, reserved)
            ledger.settle(SCOPES, Amount(min(reserved.tokens, pick)))
        elif ledger.reserve(SCOPES, Amount(need), turn_runs=False) is None:
            flying.append(Amount(need))
        purse = ledger.purse("@op:demo")
        assert purse.reserved.tokens == sum(one.tokens for one in flying)
        assert purse.spent.tokens + purse.reserved.tokens <= limit
