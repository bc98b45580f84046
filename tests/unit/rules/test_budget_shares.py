"""Shares of a plan's window: weighed by tokens as the window moved."""

from decimal import Decimal

import pytest

from commandcenter.core.world import Limit
from commandcenter.rules.budget import Short, window_name
from commandcenter.rules.shares import Shares


def test_a_move_is_shared_out_by_the_tokens_since_the_last_one() -> None:
    shares = Shares()
    shares.spent("a", ["#1"], 500)
    shares.begin("a", 300)
    shares.spent("a", ["@op:x", "#1"], 300)
    shares.spent("a", ["@op:x", "#2"], 100)
    shares.moved("a", 300, 0.04)
    assert shares.parts("a")[300] == pytest.approx({"#1": 0.03, "#2": 0.01, "@op:x": 0.04})
    shares.spent("a", ["#2"], 50)
    shares.moved("a", 300, 0.01)
    assert shares.parts("a")[300]["#2"] == pytest.approx(0.02)
    shares.moved("a", 300, 0.5)
    assert shares.parts("a")[300]["#2"] == pytest.approx(0.02), "nobody of ours moved it"


def test_windows_and_accounts_are_kept_apart_and_begin_anew() -> None:
    shares = Shares()
    for account, minutes in (("a", 300), ("a", 10_080), ("b", 300)):
        shares.begin(account, minutes)
    shares.spent("a", ["#1"], 10)
    shares.moved("a", 300, 0.2)
    shares.moved("a", 10_080, 0.02)
    assert shares.parts("a") == {300: {"#1": 0.2}, 10_080: {"#1": 0.02}}
    assert shares.parts("b") == {300: {}}
    shares.begin("a", 300)
    assert shares.parts("a")[300] == {}


def test_who_used_its_share_is_short() -> None:
    shares = Shares()
    shares.begin("a", 300)
    shares.spent("a", ["#1"], 10)
    shares.moved("a", 300, 0.3)
    limits = {"#1": Limit(share=30)}
    short = shares.short("a", ["@op:x", "#1"], lambda scope: limits.get(scope, Limit()))
    assert short == Short("#1", "share", Decimal(30), Decimal(0), Decimal(0), True, 300)
    assert short.text() == "share reached: 30 % of the 5 h window"
    assert shares.short("a", ["#1"], lambda scope: Limit(share=31)) is None
    assert shares.short("b", ["#1"], lambda scope: Limit(share=1)) is None


def test_windows_are_named_by_their_minutes() -> None:
    assert [window_name(n) for n in (300, 10_080, 90, 60)] == ["5 h", "7 d", "90 min", "1 h"]
