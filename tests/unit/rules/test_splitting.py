"""Carving: nothing is created or lost, and nobody starts with less than three steps."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.shaping import Carved
from commandcenter.rules.splitting import (
    LEAST_STEPS,
    MOST,
    Carve,
    TooSmall,
    equal,
    fork_share,
    median_step,
    shares,
    unspent,
)

MONEY = st.decimals(0, 10_000, places=9)
TOKENS = st.integers(0, 10**9)
FREE = st.builds(Carved, st.none() | MONEY, st.none() | TOKENS)
STEP = st.builds(
    Carved, st.none() | st.decimals(0, 3, places=7), st.none() | st.integers(0, 50_000)
)
WEIGHTS = st.lists(st.floats(0.01, 1_000), min_size=1, max_size=MOST)


def test_a_fifth_stays_and_the_rest_is_divided() -> None:
    carve = shares(Carved(Decimal("0.60"), 30_000), Carved(Decimal("0.01"), 500), equal(3))
    assert carve == Carve(Carved(Decimal("0.12"), 6_000), (Carved(Decimal("0.16"), 8_000),) * 3)


def test_two_steps_stay_when_they_are_more_than_a_fifth() -> None:
    carve = shares(Carved(tokens=10_000), Carved(tokens=1_500), equal(1))
    assert isinstance(carve, Carve)
    assert (carve.kept.tokens, carve.given.tokens) == (3_000, 7_000)


def test_shares_follow_the_weights_and_the_rest_of_rounding_stays() -> None:
    carve = shares(Carved(Decimal("1.0000007"), 101), Carved(), (3, 1, 1))
    assert isinstance(carve, Carve)
    assert [one.usd for one in carve.children] == [
        Decimal("0.480000"),
        Decimal("0.160000"),
        Decimal("0.160000"),
    ]
    assert [one.tokens for one in carve.children] == [48, 16, 16]
    assert carve.kept == Carved(Decimal("0.2000007"), 21)


def test_fifty_children_are_refused_with_the_largest_number_that_fits() -> None:
    free, step = Carved(Decimal("0.60")), Carved(Decimal("0.02"))
    assert shares(free, step, equal(50)) == TooSmall(8)
    assert isinstance(shares(free, step, equal(8)), Carve)
    assert shares(free, step, equal(9)) == TooSmall(8)


def test_nothing_left_divides_into_nothing() -> None:
    assert shares(Carved(Decimal(0)), Carved(), equal(2)) == TooSmall(0)
    assert shares(Carved(tokens=-5), Carved(), equal(2)) == TooSmall(0)
    assert fork_share(Carved(tokens=100), Carved(tokens=50)) == TooSmall(0)


def test_without_a_limit_nothing_is_carved_but_sixteen_are_enough() -> None:
    assert shares(Carved(), Carved(), equal(2)) == Carve(Carved(), (Carved(), Carved()))
    assert shares(Carved(), Carved(Decimal(1), 10), equal(MOST + 1)) == TooSmall(MOST)


def test_a_fork_gets_half() -> None:
    carve = fork_share(Carved(Decimal("0.50"), 1_001), Carved(Decimal("0.01"), 10))
    assert carve == Carve(Carved(Decimal("0.25"), 501), (Carved(Decimal("0.25"), 500),))


@pytest.mark.parametrize("weights", [(), (0.0,), (-1.0, 2.0), (float("nan"),), (float("inf"),)])
def test_what_is_no_weight_is_said(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"a share is|at least one"):
        shares(Carved(), Carved(), weights)


def test_unspent_returns_and_an_overrun_takes_nothing() -> None:
    gave = Carved(Decimal("0.16"), 8_000)
    assert unspent(gave, Carved(Decimal("0.10"), 9_000)) == Carved(Decimal("0.06"), 0)
    assert unspent(Carved(), Carved(Decimal(1), 5)) == Carved()
    assert unspent(gave, Carved()) == gave


def test_the_median_step_is_one_that_was() -> None:
    assert median_step([Decimal(3), Decimal(1)], [9, 1, 5]) == Carved(Decimal(1), 5)
    assert median_step([], []) == Carved()


@given(FREE, STEP, WEIGHTS)
def test_nothing_is_created_or_lost(free: Carved, step: Carved, weights: list[float]) -> None:
    carve = shares(free, step, weights)
    if isinstance(carve, TooSmall):
        assert 0 <= carve.largest < len(weights)
        return
    assert len(carve.children) == len(weights)
    for part in ("usd", "tokens"):
        whole, kept = getattr(free, part), getattr(carve.kept, part)
        got = [getattr(one, part) for one in carve.children]
        if whole is None:
            assert kept is None
            assert set(got) == {None}
            continue
        median = getattr(step, part) or 0
        assert sum(got) + kept == whole
        assert kept >= 2 * median
        assert kept * 5 >= whole
        assert min(got) >= LEAST_STEPS * median
        assert min(got) > 0


@given(FREE, STEP, st.integers(1, 40))
def test_the_largest_number_fits_and_no_larger_one(free: Carved, step: Carved, count: int) -> None:
    carve = shares(free, step, equal(count))
    if isinstance(carve, TooSmall):
        assert carve.largest == 0 or isinstance(shares(free, step, equal(carve.largest)), Carve)
        more = shares(free, step, equal(carve.largest + 1))
        assert more == carve


@given(FREE, STEP)
def test_a_fork_takes_no_more_than_half(free: Carved, step: Carved) -> None:
    carve = fork_share(free, step)
    if isinstance(carve, Carve) and free.tokens is not None:
        assert carve.kept.tokens is not None
        assert carve.kept.tokens * 2 >= free.tokens
        assert carve.children[0].tokens == free.tokens - carve.kept.tokens
