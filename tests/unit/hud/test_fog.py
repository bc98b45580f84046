from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.world import Head
from commandcenter.hud.fog import CLEAR, Fog, after, due, fog

NOW = 1_000 * NS


def head(driver: str = "native", **fields: Any) -> Head:
    known = {"state": "running", "seen_at": NOW - 40 * NS} | fields
    return Head(1, "t1", "", "agent", driver, "a", "m", "b", **known)


def test_three_periods_of_silence_are_fog() -> None:
    assert fog(head(), NOW) == Fog(silent=40.0)
    assert fog(head(seen_at=NOW - 29 * NS), NOW) == CLEAR
    assert fog(head(), NOW, "stale") == Fog(silent=40.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "paused"},
        {"state": "idle"},
        {"state": "ended"},
        {"activity": "tool"},
        {"waits_for": "supply 4 of 4"},
        {"asks": (3,)},
        {"by_hand": "claude --resume"},
        {"seen_at": 0},
        {"driver": "terminal"},
    ],
)
def test_who_may_be_silent_is_not_stale(fields: dict[str, Any]) -> None:
    one = head(**fields)
    assert fog(one, NOW) == CLEAR
    assert due(one, NOW) == 0


def test_results_nobody_looked_at() -> None:
    one = head(state="idle", results=5, results_seen=2)
    assert fog(one, NOW) == Fog(unseen=3)
    assert fog(one, NOW, "stale") == CLEAR
    assert fog(head(results=1), NOW, "none") == CLEAR


def test_when_it_changes() -> None:
    assert due(head(seen_at=NOW - 25 * NS), NOW) == 5.0
    assert due(head(), NOW) == 1.0
    assert due(head(seen_at=NOW - 90 * NS), NOW) == 60.0
    assert due(head(), NOW, "none") == 0


def test_the_key_goes_round() -> None:
    assert [after("both"), after("stale"), after("none")] == ["stale", "none", "both"]
