"""Stop conditions of loops: how they are read, when they end one, what is left of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.standing import Looping
from commandcenter.rules.loops import begun, ends, left, opening, round_begun, round_ended

NOW = 1_700_000_000 * NS


def loop(text: str, spent: str = "0") -> Looping:
    """One that goes."""
    made = begun(text, Decimal(spent), NOW)
    assert made is not None
    return made


def test_conditions_are_read() -> None:
    made = loop("5, $1.50,30m,stale:3", "2")
    assert (made.count, made.usd, made.stale) == (5, Decimal("1.50"), 3)
    assert made.until == NOW + 1_800 * NS
    assert (made.text, made.spent) == ("5,$1.50,30m,stale:3", Decimal(2))
    assert begun("off", Decimal(0), NOW) is None
    assert loop("90s").until == NOW + 90 * NS
    assert loop("2h").until == NOW + 7_200 * NS


@pytest.mark.parametrize(
    "text",
    ["", " , ", "0", "$0", "0m", "stale:0", "5,6", "off,5", "5d", "x", "-1", "1.5", "$", "5,"],
)
def test_what_is_no_condition_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        begun(text, Decimal(0), NOW)


def test_each_condition_ends_it() -> None:
    two = round_begun(round_begun(loop("2"), ""), "")
    assert ends(round_begun(loop("2"), ""), Decimal(0), NOW) == ""
    assert ends(two, Decimal(0), NOW) == "2 rounds done"
    money = loop("$1", "5")
    assert ends(money, Decimal("5.99"), NOW) == ""
    assert ends(money, Decimal(6), NOW) == "it has spent $1.00 of $1"
    assert ends(loop("1m"), Decimal(0), NOW + 59 * NS) == ""
    assert ends(loop("1m"), Decimal(0), NOW + 60 * NS) == "its time is over"


def test_a_round_that_changes_a_file_begins_the_count_anew() -> None:
    stale = round_begun(loop("stale:2"), "a")
    for found, same in (("a", 1), ("b", 0), ("b", 1), ("b", 2)):
        stale = round_ended(stale, found)
        assert stale.same == same
        ended = ends(stale, Decimal(0), NOW)
        assert bool(ended) == (same == 2)
        stale = round_begun(stale, found)


def test_a_round_says_which_one_it_is() -> None:
    assert opening(round_begun(loop("3"), ""), "fix it").startswith("Round 1 of 3: ")
    assert opening(round_begun(loop("1m"), ""), "fix it").endswith("\n\nfix it")


def test_what_is_left_goes_on_as_far() -> None:
    begun_twice = round_begun(round_begun(loop("5,$2,1m"), ""), "")
    assert left(begun_twice, Decimal("0.5"), NOW + 20 * NS) == "3,$1.5000,40s"
    assert left(begun_twice, Decimal(2), NOW) == "off"


@given(st.integers(1, 50), st.integers(0, 60), st.integers(1, 9), st.integers(0, 9))
def test_what_is_left_of_a_loop_is_read_again(
    count: int, rounds: int, stale: int, same: int
) -> None:
    one = replace(loop(f"{count},stale:{stale}"), rounds=rounds, same=same)
    text = left(one, Decimal(0), NOW)
    again = begun(text, Decimal(0), NOW)
    assert (again is None) == bool(ends(one, Decimal(0), NOW))
    if again is not None:
        assert (again.count, again.stale) == (count - rounds, stale - same)
