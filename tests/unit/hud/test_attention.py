"""The attention queue's order and figures (economy.md 9)."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.events import Level, Severity
from commandcenter.core.world import AccountHead, Alert, Ask, Head, Spent, Tokens, World
from commandcenter.hud import attention, weighing
from commandcenter.hud.agenda import Agenda
from commandcenter.hud.attention import entries, likeness, queue
from commandcenter.hud.weighing import Handling

NOW = 10_000 * NS


def head(thread: int, **fields: Any) -> Head:
    known = {"state": "running", "moved": NOW - 1000 * NS} | fields
    return replace(Head(thread, f"t{thread}", "api", "native", "native", "a", "m", "b"), **known)


def priced(thread: int, per_min: str, **fields: Any) -> Head:
    """A thread whose median burn while active is so many dollars a minute."""
    spent = Spent(usd=Decimal(per_min))
    return head(thread, bins=(0, 100, 100, 0), tokens=Tokens(input=12_000), spent=spent, **fields)


def ask(number: int, thread: int, level: Level = "R2", ago: float = 5, **fields: Any) -> Ask:
    since = NOW - round(ago * NS)
    request = {"tool": "run", "cwd": f"/w/{thread}", "command": fields.pop("line", f"do {number}")}
    line = request["command"]
    kind = fields.pop("kind", "tool")
    return Ask(number, thread, kind, level, line, request, "d", "rule", "", (), since, 1, **fields)


def alert(key: str, severity: Severity, category: str, thread: int = 0, ago: int = 5) -> Alert:
    then = NOW - ago * NS
    return Alert(key, severity, category, f"{key} happened", "Z", "api", thread, then, then)


def world(heads: list[Head], asks: list[Ask] | None = None, **parts: Any) -> World:
    found = World(threads={one.id: one for one in heads}, wall=NOW, **parts)
    found.asks = {one.id: one for one in asks or []}
    return found


def order(found: World, **more: Any) -> list[str]:
    return [entry.key for entry in entries(found, NOW, **more)]


# --- figures ------------------------------------------------------------------------------------


def test_the_value_of_a_thread_is_its_median_burn_but_at_least_the_floor() -> None:
    assert weighing.value(priced(1, "0.42")) == pytest.approx(0.42)
    assert weighing.value(priced(1, "0.001")) == weighing.FLOOR
    assert weighing.value(head(1)) == weighing.FLOOR


def test_a_waiting_thread_and_all_that_wait_for_it() -> None:
    heads = [head(1, state="idle"), head(2, state="idle", parent=1), priced(3, "0.14", parent=2)]
    held = world(heads, [ask(9, 3, ago=130)])
    (case,) = queue(held, NOW)
    assert case.entry.cost.blocks == 3
    assert case.entry.why(NOW) == "blocks 3 · $0.42/min · 2:10"
    assert case.entry.rank == pytest.approx(2 * 0.42 * 60 / 8)


def test_priority_weighs_the_rank_and_not_the_dollars() -> None:
    held = world([priced(1, "0.10", weight=4.0)], [ask(9, 1)])
    (case,) = queue(held, NOW)
    assert case.entry.cost.per_min == pytest.approx(0.10)
    assert case.entry.rank == pytest.approx(4 * 0.10 * 60 / 8)


def test_a_cache_about_to_lapse_costs_what_is_sent_again() -> None:
    spent, tokens = Spent(usd=Decimal("1.20")), Tokens(input=12_000)
    late = head(1, spent=spent, tokens=tokens, context_used=10_000, moved=NOW - 270 * NS)
    early = head(1, spent=spent, tokens=tokens, context_used=10_000, moved=NOW - 200 * NS)
    (case,), (soon,) = queue(world([late], [ask(9, 1)]), NOW), queue(world([early], [ask(9, 1)]))
    assert case.entry.cost.per_min == pytest.approx(0.02 + 10_000 * 0.0001 * 0.9)
    assert soon.entry.cost.per_min == pytest.approx(0.02)


def test_practice_dollars_are_said_so() -> None:
    one = head(1, bins=(100,), tokens=Tokens(input=12_000), spent=Spent(practice=Decimal("0.3")))
    (case,) = queue(world([one], [ask(9, 1)]), NOW)
    assert case.entry.cost.words() == "blocks 1 · p$0.30/min"


def test_an_account_of_practice_money_holds_threads_that_paid_nothing_yet() -> None:
    fresh = [head(n, account="a", state="running", waits_for="account closed") for n in (1, 2)]
    heads = [*fresh, priced(3, "0.3", account="a", state="running", waits_for="account closed")]
    heads[2] = replace(heads[2], spent=Spent(practice=heads[2].spent.usd))
    shut = alert("account:a", "warn", "account")
    paid = AccountHead("a", spent=Spent(practice=Decimal(1)))
    for accounts, sign in (({"a": paid}, "p$"), ({}, "$")):
        found = world(heads, alerts={shut.id: shut}, accounts=accounts)
        (entry,) = (one for one in entries(found, NOW) if one.key == "account:a")
        assert f"blocks 3 \u00b7 {sign}" in entry.cost.words()


# --- order --------------------------------------------------------------------------------------


def test_danger_then_cost_over_handling_time() -> None:
    heads = [head(1), priced(2, "0.50"), priced(3, "0.50"), head(4)]
    asks = [ask(1, 1, "R4"), ask(2, 2), ask(3, 3, kind="question"), ask(4, 4)]
    assert order(world(heads, asks)) == ["case:1", "case:2", "case:3", "case:4"]


def test_what_expires_within_30_s_is_first_in_its_class() -> None:
    heads = [head(1, agent="slow"), priced(2, "0.50"), head(3)]
    asks = [ask(1, 1, ago=95), ask(2, 2), ask(3, 3, "R4")]
    assert order(world(heads, asks), limits={"slow": 120.0}) == ["case:3", "case:1", "case:2"]
    assert order(world(heads, asks), limits={"slow": 200.0}) == ["case:3", "case:2", "case:1"]


def test_what_is_older_than_ten_minutes_ranks_at_least_at_the_median() -> None:
    heads = [priced(1, "0.90"), priced(2, "0.10"), head(3)]
    asks = [ask(1, 1, ago=40), ask(2, 2, ago=40), ask(3, 3, ago=601)]
    assert order(world(heads, asks)) == ["case:1", "case:3", "case:2"]
    asks[2] = ask(3, 3, ago=590)
    assert order(world(heads, asks)) == ["case:1", "case:2", "case:3"]


def test_deferred_ones_stand_below_until_their_time() -> None:
    heads = [priced(1, "0.90"), head(2)]
    asks = [ask(1, 1, deferred=NOW + NS), ask(2, 2)]
    assert order(world(heads, asks)) == ["case:2", "case:1"]
    asks = [ask(1, 1, deferred=NOW - NS), ask(2, 2)]
    assert order(world(heads, asks)) == ["case:1", "case:2"]


def test_equal_approvals_fold_and_danger_never_does() -> None:
    heads = [head(n) for n in (1, 2, 3, 4, 5)]
    asks = [ask(n, n, line="make test", ago=n) for n in (1, 2, 3)]
    asks += [ask(n, n, "R4", line="make clean") for n in (4, 5)]
    found = entries(world(heads, asks), NOW)
    assert [entry.same for entry in found] == [(), (), (3, 2, 1)]
    assert found[2].cost.blocks == 3
    assert [case.ask.id for case in queue(world(heads, asks), NOW)] == [4, 5, 3, 2, 1]


def test_what_equal_means() -> None:
    same = ask(1, 1, line="make")
    assert likeness(same) == likeness(ask(2, 2, line="make"))
    for other in (ask(2, 2, line="make -k"), ask(2, 2, "R1", line="make")):
        assert likeness(same) != likeness(other)
    assert likeness(ask(1, 1, "R3")) is None
    assert likeness(ask(1, 1, kind="question")) is None


def test_alerts_limits_and_results_have_their_places() -> None:
    heads = [
        head(1, state="running", hold=("budget",), account="a"),
        head(2, state="ended", outcome="failed"),
        head(3, state="ended", outcome="done", results=2, results_seen=1),
        head(4, state="running"),
        head(5, parked=True, state="idle"),
    ]
    limit = alert("budget:#1", "danger", "budget", 1)
    alerts = {one.id: one for one in (limit, alert("silent:4", "warn", "silent", 4))}
    found = {entry.key: entry for entry in entries(world(heads, alerts=alerts), NOW)}
    assert next(iter(found)) == "budget:#1"
    kinds = {key: entry.kind for key, entry in found.items()}
    assert kinds == {
        "budget:#1": "limit",
        "silent:4": "alert",
        "needs:5": "question",
        "failed:2": "alert",
        "review:3": "review",
    }
    assert found["budget:#1"].cost.blocks == 1
    assert attention.blocked(world(heads, alerts=alerts), NOW) == (1, 5, 2)


# --- the player's own handling times ------------------------------------------------------------


def test_handling_times_are_the_players_own_once_five_were_seen() -> None:
    handling = Handling()
    for seconds in (1.0, 2.0, 3.0, 90.0):
        handling.learn("approval", seconds)
    assert handling.of("approval") == 8.0
    handling.learn("approval", 4.0)
    handling.learn("approval", 4000.0)
    assert handling.of("approval") == 3.0
    again = Handling()
    again.restore(handling.known())
    assert again.of("approval") == 3.0
    assert again.of("review") == 120.0


# --- on the screen ------------------------------------------------------------------------------


def shown(agenda: Agenda) -> list[str]:
    return [entry.key for entry in agenda.entries]


def test_it_is_ranked_at_most_once_a_second() -> None:
    agenda, held = Agenda(), world([head(1), priced(2, "0.9")], [ask(1, 1)])
    agenda.look(held, NOW, 0.0)
    held.asks[2] = ask(2, 2)
    agenda.look(held, NOW, 0.5)
    assert shown(agenda) == ["case:1", "case:2"]
    agenda.look(held, NOW, 1.0)
    assert shown(agenda) == ["case:2", "case:1"]


@pytest.mark.parametrize("how", ["key", "held"])
def test_it_stands_still_under_the_players_hand(how: str) -> None:
    agenda, held = Agenda(), world([head(1), priced(2, "0.9"), head(3)], [ask(1, 1)])
    agenda.look(held, NOW, 0.0)
    if how == "key":
        agenda.used(4.0)
    held.asks |= {2: ask(2, 2), 3: ask(3, 3, "R4")}
    agenda.look(held, NOW, 6.9, how == "held")
    assert shown(agenda)[0] == "case:1"
    assert agenda.cases(held)[0].id == 1
    del held.asks[1]
    agenda.look(held, NOW, 6.95, how == "held")
    assert "case:1" not in shown(agenda)
    agenda.look(held, NOW, 7.0)
    assert shown(agenda) == ["case:3", "case:2"]


def test_what_the_player_defers_goes_down_at_once() -> None:
    agenda, held = Agenda(), world([head(1), head(2)], [ask(1, 1, ago=9), ask(2, 2)])
    agenda.look(held, NOW, 0.0)
    agenda.used(0.1)
    held.asks[1] = replace(held.asks[1], deferred=NOW + NS)
    agenda.look(held, NOW, 0.2, held=True)
    assert shown(agenda) == ["case:2", "case:1"]


def test_a_fold_keeps_its_place_when_its_first_is_decided() -> None:
    heads = [head(n) for n in (1, 2, 3, 4)]
    asks = [ask(1, 1, line="make", ago=9), ask(2, 2, line="make"), ask(3, 3, ago=3)]
    agenda, held = Agenda(), world(heads, asks)
    agenda.look(held, NOW, 0.0)
    assert shown(agenda) == ["case:1", "case:3"]
    agenda.used(0.1)
    del held.asks[1]
    agenda.look(held, NOW, 0.2)
    assert shown(agenda) == ["case:2", "case:3"]


def test_a_case_it_does_not_know_yet_is_shown_last() -> None:
    agenda, held = Agenda(), world([head(1), priced(2, "0.9")], [ask(1, 1)])
    agenda.look(held, NOW, 0.0)
    held.asks[2] = ask(2, 2)
    assert [one.id for one in agenda.cases(held)] == [1, 2]


def test_it_asks_for_a_frame_only_when_something_happened() -> None:
    agenda, held = Agenda(), world([head(1)], [ask(1, 1)])
    agenda.look(held, NOW, 0.0)
    assert agenda.due(held, 5.0) == 0.0
    held.seq += 1
    assert agenda.due(held, 0.4) == pytest.approx(0.6)
