"""What an order costs before it is given: by the engine's word, by what was paid, or unknown."""

from decimal import Decimal
from typing import Any

import pytest

from commandcenter.core.standing import Looping
from commandcenter.core.world import AccountHead, Head, Limit, Spent, Tokens, Window, World
from commandcenter.hud import costs
from commandcenter.hud.costs import Estimate, Left, Priced
from commandcenter.hud.windows import Moves

USD = Decimal


def head(thread: int, **fields: Any) -> Head:
    values: dict[str, Any] = {"state": "idle", "context_used": 10_000, **fields}
    account = values.pop("account", "a")
    return Head(thread, f"t{thread}", "", "native", "native", account, "m", "b", **values)


def world(*heads: Head, **fields: Any) -> World:
    return World(threads={h.id: h for h in heads}, **fields)


def test_nobody_costs_nothing() -> None:
    assert costs.estimate(world(), Moves(), (1,), {}) is None


def test_an_unknown_price_is_said_and_never_invented() -> None:
    found = costs.estimate(world(head(1), head(2)), Moves(), (1, 2), {}, 400)
    assert found is not None
    assert (found.tokens, found.usd, found.unknown) == (20_200, None, 2)
    assert costs.sentence(found) == "about 20 k tokens, price unknown"
    assert costs.dear(world(), found) == ""


def test_the_engines_word_comes_before_what_was_paid() -> None:
    paid = head(1, tokens=Tokens(1000, output=0, calls=1), spent=Spent(usd=USD("0.01")))
    by_itself = costs.estimate(world(paid), Moves(), (1,), {})
    assert by_itself is not None
    assert by_itself.usd == USD("0.1000")  # ten times the tokens at the price paid
    known = costs.priced(
        {"threads": [{"thread": 1, "input": 9, "output": 1, "usd": "2", "list": None}]}
    )
    said = costs.estimate(world(paid), Moves(), (1,), known)
    assert said is not None
    assert (said.tokens, said.usd) == (9, USD("2.0000"))
    assert costs.dear(world(), said) == "about $2.00"


def test_a_text_is_paid_at_the_price_of_the_rest() -> None:
    known = {1: Priced(500, 100, usd=USD("0.10"))}
    found = costs.estimate(world(head(1)), Moves(), (1,), known, 4_000)
    assert found is not None
    assert found.tokens == 1_500
    assert found.usd == USD("0.2000")  # 1000 tokens onto 500 + 5 x 100


def test_practice_and_plans_are_no_money() -> None:
    practice = head(1, tokens=Tokens(1000, calls=1), spent=Spent(practice=USD("0.01")))
    found = costs.estimate(world(practice), Moves(), (1,), {})
    assert found is not None
    assert (found.usd, found.practice, found.unknown) == (None, True, 0)
    assert costs.price(found) == "practice p$0.10"
    plan = head(2, auth="login", account="claude-login")
    account = AccountHead("claude-login", windows=(Window(300, 0.4, seen_at=1),))
    held = world(plan, accounts={"claude-login": account})
    found = costs.estimate(held, Moves(), (2,), {})
    assert found is not None
    assert found.unknown == 0
    assert costs.price(found).startswith("a part of ")


def test_dear_orders_by_dollars_share_and_day() -> None:
    assert costs.dear(world(), Estimate(1, 1, usd=USD("1.00"))) == ""
    assert costs.dear(world(), Estimate(1, 1, usd=USD("1.01"))) == "about $1.01"
    assert (
        costs.dear(world(), Estimate(1, 1, plan="CLAUDE 5 h", share=0.06))
        == "about 6 % of CLAUDE 5 h"
    )
    day = world(day_limit=Limit(usd=USD("2")))
    assert "25 % of today's budget" in costs.dear(day, Estimate(1, 1, usd=USD("0.50")))
    rounds = costs.times(Estimate(1, 10, usd=USD("0.30")), 5)
    assert (rounds.tokens, rounds.usd) == (50, USD("1.50"))


def test_answers_in_flight_are_kept_or_cut() -> None:
    assert costs.left({}) is None
    kept = costs.left({"tokens": 300, "usd": "0.03", "basis": "list"})
    assert kept == Left(300, USD("0.03"))
    assert kept is not None
    assert costs.stopping([kept]) == "kept: about $0.03 to its end"
    assert costs.stopping([Left(9_000, USD("1.40"))]) == "cut at the kill: about $1.40 left"
    unknown = costs.stopping([Left(1_900), Left(2_001)])
    assert unknown == (
        "kept: about 1.9 k tokens, price unknown, to its end; "
        "cut at the kill: about 2.0 k tokens, price unknown, left"
    )


def test_seconds_come_from_answers_seen() -> None:
    assert costs.seconds(head(1)) == 0
    lively = head(1, bins=(0, 50, 50), tokens=Tokens(output=2_000, calls=2))
    assert costs.seconds(lively) == pytest.approx(10.0)
    found = costs.estimate(world(lively), Moves(), (1,), {})
    assert found is not None
    assert costs.sentence(found).endswith("first answer in 10 s")


def test_new_threads_cost_what_like_ones_did() -> None:
    assert costs.like_ones(costs.alike(world(), "native", "a", "m")) == "price unknown"
    done = head(1, results=2, tokens=Tokens(4_000, output=1_000), spent=Spent(usd=USD("0.20")))
    other = head(2, results=0, spent=Spent(usd=USD("9")))
    found = costs.alike(world(done, other), "native", "a", "m")
    assert found == (5_000, USD("0.20"), False)
    assert costs.like_ones(found, found, found) == "like ones took $0.60"
    blind = head(3, results=1, tokens=Tokens(4_000), spent=Spent(unknown=3))
    none = costs.alike(world(blind), "native", "a", "")
    assert costs.like_ones(none) == "price unknown"
    assert costs.like_ones(found, none) == "like ones took $0.20, 1 unpriced"


def test_a_running_loop_is_no_part_of_an_estimate() -> None:
    looping = head(1, loop=Looping("5", 5, rounds=2))
    assert costs.estimate(world(looping), Moves(), (1,), {}) is not None
