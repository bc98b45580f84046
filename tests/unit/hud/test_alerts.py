from typing import Any

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.events import Level, Severity
from commandcenter.core.world import Alert, Ask, Head, World
from commandcenter.hud import attention
from commandcenter.hud.alert_log import log
from commandcenter.hud.alerts import Recall, rows, runs

NOW = 10_000 * NS


def head(thread: int, **fields: Any) -> Head:
    return Head(thread, f"t{thread}", "api", "native", "native", "a", "m", "b", **fields)


def ask(number: int, level: Level, ago: int, thread: int = 1) -> Ask:
    since = NOW - ago * NS
    return Ask(number, thread, "tool", level, f"case {number}?", {}, "d", "rule", "", (), since, 1)


def alert(key: str, severity: Severity, ago: int, cleared: int = 0) -> Alert:
    then = NOW - ago * NS
    return Alert(key, severity, key, f"{key} happened", "Z", "api", 0, then, then, cleared=cleared)


def world(state: str = "running", **parts: Any) -> World:
    heads = [head(n, state=state) for n in (1, 2, 3)]
    return World(threads={h.id: h for h in heads}, **parts)


def test_questions_danger_first_then_oldest() -> None:
    asks = {n: ask(n, level, ago) for n, level, ago in ((1, "R2", 5), (2, "R3", 90), (3, "R4", 1))}
    held = world(asks=asks)
    assert [case.ask.id for case in attention.queue(held)] == [3, 2, 1]
    following = [attention.following(held, n) for n in (0, 3, 1)]
    assert [case.ask.id for case in following if case] == [3, 2, 3]
    assert attention.following(world(), 1) is None


def test_blocked_threads_in_that_order() -> None:
    held = world("waiting", asks={1: ask(1, "R2", 5, 2)})
    held.threads[4] = head(4, state="ended", outcome="failed")
    assert attention.blocked(held) == (2, 1, 3, 4)
    assert attention.needs_me(held) == 3


def test_who_was_paused_with_an_open_case_still_asks() -> None:
    held = world("paused", asks={1: ask(1, "R2", 5, 2)})
    held.threads[2] = head(2, state="paused", asks=(1,))
    assert attention.blocked(held) == (2,)


def test_rows_say_what_stands_in_the_panel() -> None:
    held = world(
        asks={1: ask(1, "R2", 42), 2: ask(2, "R4", 130)},
        alerts={a.id: a for a in (alert("info", "info", 50), alert("limit", "danger", 5))},
    )
    held.threads[3] = head(3, state="dying", fuse_ends=NOW + 7 * NS)
    found = rows(held, NOW)
    assert [row.key for row in found] == ["case:2", "limit", "case:1", "fuse:3", "info"]
    assert (found[0].title, found[0].time, found[0].severity) == (
        "t1 asks: case 2?",
        "2:10",
        "danger",
    )
    assert found[2].severity == "warn"
    assert found[3].title == "t3 is killed in 7 s"
    assert [runs(row) for row in found] == [True, False, True, True, False]


def test_a_cleared_alert_lingers_for_a_minute() -> None:
    held = world(alerts={"x": alert("x", "warn", 300, cleared=NOW - 59 * NS)})
    assert len(rows(held, NOW)) == 1
    assert rows(held, NOW + 2 * NS) == []


def test_repeats_are_counted() -> None:
    held = world(alerts={"x": Alert("x", "warn", "c", "rate limit", "", "", 0, NOW, NOW, times=7)})
    assert rows(held, NOW)[0].detail == "x7"


def test_space_goes_by_severity_then_newest_and_stands_still_for_3_s() -> None:
    held = world(alerts={a.id: a for a in (alert("old", "warn", 90), alert("new", "warn", 10))})
    recall, shown = Recall(), rows(held, NOW)
    first = recall.press(shown, 0.0)
    assert first is not None
    assert first.key == "new"
    danger = world(alerts={"d": alert("d", "danger", 1)})
    second = recall.press(rows(danger, NOW), 1.0)
    assert second is not None
    assert second.key == "old"
    assert recall.press(shown, 2.0) is None
    third = recall.press(rows(danger, NOW), 6.0)
    assert third is not None
    assert third.key == "d"
    assert recall.visited("new")


def test_visited_ones_come_last_and_older_goes_back() -> None:
    held = world(alerts={a.id: a for a in (alert("old", "warn", 90), alert("new", "warn", 10))})
    recall, shown = Recall(), rows(held, NOW)
    recall.press(shown, 0.0)
    later = recall.press(shown, 10.0)
    assert later is not None
    assert later.key == "old"
    recall.press(shown, 10.5)
    back = recall.press(shown, 11.0, back=True)
    assert back is not None
    assert back.key == "old"


def test_alerts_of_one_category_and_operation_are_one_row_within_their_window() -> None:
    many = [replace(alert(f"turn:{n}", "warn", 40 - n), category="failed") for n in range(5)]
    late = replace(alert("turn:9", "warn", 300), category="failed")
    other = replace(alert("turn:8", "warn", 20), category="failed", operation="docs")
    held = world(alerts={a.id: a for a in (*many, late, other)})
    found = {row.key: row for row in rows(held, NOW)}
    assert set(found) == {"turn:9", "turn:0", "turn:8"}
    assert found["turn:0"].times == 5
    assert found["turn:0"].title == "turn:4 happened"
    assert found["turn:0"].detail.startswith("x5 · ")
    assert len(found["turn:0"].alerts) == 5


def test_a_graver_one_has_its_own_row() -> None:
    a = replace(alert("a", "warn", 5), category="budget")
    b = replace(alert("b", "danger", 4), category="budget")
    found = rows(world(alerts={"a": a, "b": b}), NOW)
    assert [row.key for row in found] == ["b", "a"]


def test_equal_approvals_are_one_row_with_a_count() -> None:
    same = {n: replace(ask(n, "R2", 40, n), line="make test") for n in (1, 2, 3)}
    (row,) = rows(world(asks=same), NOW)
    assert row.detail == "blocks 3 · $0.06/min · R2 · same ask from 2 others"
    assert row.threads == (1, 2, 3)


def test_snoozed_is_out_of_sight_and_deferred_at_the_end() -> None:
    one = replace(alert("one", "danger", 5), snoozed=NOW + NS)
    two = replace(alert("two", "danger", 5), deferred=NOW + 90 * NS)
    held = world(asks={1: ask(1, "R2", 5)}, alerts={"one": one, "two": two})
    found = rows(held, NOW)
    assert [row.key for row in found] == ["case:1", "two"]
    assert found[1].detail.startswith("deferred 1:30")


def test_results_to_look_at_are_one_row() -> None:
    held = world()
    held.threads |= {n: head(n, state="ended", results=n, moved=NOW - n * NS) for n in (4, 5)}
    (row,) = rows(held, NOW)
    assert (row.title, row.thread, row.threads) == ("9 results not yet looked at", 5, (5, 4))


def test_going_to_a_row_visits_all_alerts_in_it() -> None:
    many = [replace(alert(f"turn:{n}", "warn", 40 - n), category="failed") for n in range(3)]
    recall = Recall()
    recall.press(rows(world(alerts={a.id: a for a in many}), NOW), 0.0)
    assert all(recall.visited(a.id) for a in many)


def test_the_log_keeps_all_and_is_searched_by_words() -> None:
    over = alert("disk", "info", 900, cleared=NOW - 800 * NS)
    quiet = replace(alert("silent", "warn", 40), snoozed=NOW + 120 * NS)
    held = world(alerts={"disk": over, "silent": quiet})
    lines = log(held, NOW, lambda key: key == "disk")
    assert [line.row.key for line in lines] == ["silent", "disk"]
    assert lines[0].note(NOW) == "silent · api · quiet for 2 m · not visited · 40 s ago"
    assert lines[1].note(NOW) == "disk · api · over · 15 m ago"
    for words, keys in (("is:unseen", ["silent"]), ("is:open", ["silent"]), ("DISK api", ["disk"])):
        assert [line.row.key for line in log(held, NOW, lambda key: key == "disk", words)] == keys
