"""World as plain records: what stands at a thread, and what needs the player in its order."""

from decimal import Decimal
from typing import Any

from commandcenter.cli import records
from commandcenter.core.base import NS
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Alert, Ask, Head, Tokens, World

NOW = 1_000_000 * NS


def head(thread: int, state: str = "running", **fields: Any) -> Head:
    values = {"state": state, "moved": NOW - 60 * NS, **fields}
    return Head(thread, f"t{thread}", "api", "native", "native", "a", "m", "b", **values)


def test_a_thread_with_all_that_stands() -> None:
    told = records.thread(
        head(
            1,
            goal="be quick",
            rally="review",
            loop=Looping("5,$1.50", count=5, usd=Decimal("1.50"), rounds=2, same=1),
            orders=(QueuedOrder("a", "pause @self"),),
            weight=2.0,
            tags=("api", "web"),
            results=3,
            results_seen=1,
            diff_seen=0,
            tokens=Tokens(),
        ),
        World(),
        0,
    )
    wanted = {
        "goal": "be quick",
        "rally": "review",
        "loop": {"until": "5,$1.50", "rounds": 2, "unchanged": 1},
        "orders": ["pause @self"],
        "weight": 2.0,
        "tags": ["api", "web"],
        "results": 3,
        "unseen": 2,
        "unseen_diff": 3,
    }
    assert {name: told[name] for name in wanted} == wanted


def test_a_thread_with_nothing() -> None:
    told = records.thread(head(1), World(), 0)
    assert (told["goal"], told["loop"], told["orders"], told["tags"]) == ("", None, [], [])


def alert(id: str, severity: Any = "info", **fields: Any) -> Alert:
    return Alert(id, severity, "test", id, "do", "api", 2, NOW - 90 * NS, NOW - 30 * NS, **fields)


def ask(number: int, level: Any) -> Ask:
    return Ask(number, 1, "tool", level, "rm", {}, "", "r", "", (), NOW - number * NS, 1)


def test_what_needs_the_player_comes_first_and_in_order() -> None:
    world = World(
        threads={1: head(1, "waiting", asks=(5, 6)), 2: head(2), 3: head(3, "idle", results=2)},
        asks={5: ask(5, "R2"), 6: ask(6, "R4")},
        alerts={
            "old": alert("old"),
            "stuck": alert("stuck", "warn", times=3),
            "quiet": alert("quiet", "warn", snoozed=NOW + NS),
        },
    )
    found = records.attention(world, NOW)
    assert found[0]["id"] == "case:6", "danger first"
    assert {one["id"] for one in found[:4]} == {"case:6", "case:5", "stuck", "review:3"}
    assert [one["id"] for one in found[4:]] == ["old", "quiet"]
    by_id = {one["id"]: one for one in found}
    assert by_id["case:5"]["mend"].startswith("commandcenter order 'approve 5'")
    assert by_id["case:6"]["mend"] == "commandcenter order 'deny 6'"
    assert (by_id["stuck"]["times"], by_id["stuck"]["age_s"]) == (3, 30.0)
    assert by_id["review:3"]["line"] == "t3: 2 to look at"
    assert by_id["quiet"]["snoozed"]
    assert all(one["why"] for one in found[:4])
    assert not any(one["why"] for one in found[4:])
    assert len({frozenset(one) for one in found}) == 1, "all have the same names"


def test_what_is_deferred_stands_last_of_what_needs_the_player() -> None:
    world = World(
        threads={1: head(1, "waiting", asks=(5,)), 2: head(2)},
        asks={5: ask(5, "R2")},
        alerts={"stuck": alert("stuck", "danger", deferred=NOW + NS)},
    )
    found = records.attention(world, NOW)
    assert [(one["id"], one["deferred"]) for one in found] == [("case:5", False), ("stuck", True)]
