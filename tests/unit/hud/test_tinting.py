from decimal import Decimal
from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.events import Level
from commandcenter.core.world import Ask, Head, Limit, Spent, World
from commandcenter.hud.tinting import NONE, TINTS, Tint, tone

NOW = 100_000 * NS


def head(**fields: Any) -> Head:
    return Head(1, "t1", "", "agent", "native", "a", "sparring-large", "b", **fields)


def world(level: Level = "R3") -> World:
    return World(asks={4: Ask(4, 1, "tool", level, "push?", {}, "d", "r", "c", (), 0, 0)})


def test_spend_is_the_share_of_the_limit_and_red_only_over_it() -> None:
    limit = Limit(usd=Decimal(2))
    shades = [
        tone(head(limit=limit, spent=Spent(usd=Decimal(spent))), "spend", World(), NOW)[0]
        for spent in ("0.1", "1.7", "1.95")
    ]
    assert shades == ["run", "tool", "err"]
    assert tone(head(), "spend", World(), NOW) == NONE
    assert tone(head(spent=Spent(practice=Decimal(1))), "spend", World(), NOW)[0] == "run"


def test_risk_is_the_worst_that_is_asked() -> None:
    asking = head(asks=(4,))
    assert tone(head(), "risk", world(), NOW) == NONE
    assert tone(asking, "risk", world("R1"), NOW)[1] < tone(asking, "risk", world("R4"), NOW)[1]


def test_model_age_and_unseen() -> None:
    assert tone(head(), "model", World(), NOW)[0] == "large"
    young, old = head(moved=NOW - 5 * NS), head(moved=NOW - 90_000 * NS)
    assert tone(young, "age", World(), NOW)[1] > tone(old, "age", World(), NOW)[1]
    assert tone(head(results=2, results_seen=2), "unseen", World(), NOW) == NONE
    assert tone(head(results=2), "unseen", World(), NOW)[0] == "fg"


@pytest.mark.parametrize("tint", TINTS)
def test_orange_marks_nothing_but_who_needs_you(tint: Tint) -> None:
    spent = Spent(usd=Decimal(9))
    one = head(asks=(4,), results=3, limit=Limit(usd=Decimal(1)), spent=spent)
    assert tone(one, tint, world(), NOW)[0] != "wait"
