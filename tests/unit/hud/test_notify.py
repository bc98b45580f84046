"""Notices: what is told, how often, and with which answers."""

from typing import Any

import pytest
from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.world import AccountHead, Alert, Ask, Head, Window, World
from commandcenter.hud.notify import Notifier, answers

NOW = 1_000_000 * NS


def head(thread: int, state: str = "running", **fields: Any) -> Head:
    values = {"state": state, "moved": NOW, **fields}
    return Head(thread, f"t{thread}", "api", "claude", "claude", "plan", "m", "b", **values)


def ask(number: int, thread: int, level: str = "R2", **fields: Any) -> Ask:
    values = {"kind": "tool", "line": "push to main?", "since": NOW, **fields}
    return Ask(
        id=number, thread=thread, level=level, request={}, digest=f"{number}", rule="ask",
        call="", options=(), seq=0, **values,
    )  # fmt: skip


def world(*heads: Head, asks: tuple[Ask, ...] = ()) -> World:
    return World(threads={one.id: one for one in heads}, asks={one.id: one for one in asks})


def test_a_question_is_told_after_a_while_once_with_its_answers() -> None:
    held = world(head(1, "waiting", asks=(41,)), asks=(ask(41, 1),))
    notifier = Notifier()
    assert notifier.due(held, NOW + 29 * NS, 30) == ()
    (told,) = notifier.due(held, NOW + 31 * NS, 30)
    assert (told.kind, told.title, told.level, told.waited_s) == ("needs", "t1 needs you", "R2", 31)
    assert told.text == "asks \u201cpush to main?\u201d \u00b7 waited 31 s \u00b7 R2"
    assert told.body().endswith(
        "in api\ncommandcenter order 'approve 41'\ncommandcenter order 'deny 41'"
    )
    assert notifier.due(held, NOW + 200 * NS, 30) == ()


@pytest.mark.parametrize("level", ["R3", "R4"])
def test_danger_is_denied_from_a_shell_and_never_allowed(level: str) -> None:
    assert answers(ask(7, 1, level)) == ("commandcenter order 'deny 7'",)


def test_a_question_wants_an_answer() -> None:
    (line,) = answers(ask(7, 1, kind="question"))
    assert line == "commandcenter order 'approve 7 \"your answer\"'"


def test_one_a_thread_and_minute_and_the_rest_later() -> None:
    held = world(head(1, "waiting", asks=(1, 2)), asks=(ask(1, 1), ask(2, 1)))
    notifier = Notifier()
    assert len(notifier.due(held, NOW + 31 * NS, 30)) == 1
    assert notifier.due(held, NOW + 60 * NS, 30) == ()
    assert len(notifier.due(held, NOW + 92 * NS, 30)) == 1
    assert notifier.due(held, NOW + 200 * NS, 30) == ()


def test_over_five_are_folded() -> None:
    heads = [head(n, "waiting", asks=(n,)) for n in range(1, 8)]
    held = world(*heads, asks=tuple(ask(n, n) for n in range(1, 8)))
    (told,) = Notifier().due(held, NOW + 40 * NS, 30)
    assert (told.kind, told.count, told.title) == ("many", 7, "7 need you")
    assert told.text == "t1, t2, t3, t4, t5, t6, t7"


def test_ends_are_told_but_not_those_of_before_nor_the_players_own() -> None:
    old = head(1, "ended", outcome="done")
    held, notifier = world(old, head(2), head(3), head(4)), Notifier()
    assert notifier.due(held, NOW, 30) == ()
    held.threads[2] = head(2, "ended", outcome="failed", why="tests red")
    held.threads[3] = head(3, "ended", outcome="done", line="finish report ready")
    held.threads[4] = head(4, "ended", outcome="killed")
    told = notifier.due(held, NOW + NS, 30)
    assert [(one.kind, one.title, one.text) for one in told] == [
        ("failed", "t2 failed", "\u201ctests red\u201d"),
        ("done", "t3 is done", "\u201creport ready\u201d"),
    ]
    assert notifier.due(held, NOW + 100 * NS, 30) == ()


def test_a_budget_that_only_the_player_raises_is_a_need() -> None:
    held = world(head(1, hold=("budget",)))
    (told,) = Notifier().due(held, NOW + 31 * NS, 30)
    assert told.text.startswith("\u201cbudget reached\u201d")
    assert told.answers == ()


def test_windows_are_told_when_empty_and_when_open_again() -> None:
    shut = AccountHead("claude-plan", windows=(Window(300, 1.0, NOW + 3_600 * NS),))
    held, notifier = world(head(1)), Notifier()
    held.accounts["claude-plan"] = replace(shut, windows=(Window(300, 0.9, NOW + 3_600 * NS),))
    assert notifier.due(held, NOW, 30) == ()
    held.accounts["claude-plan"] = shut
    assert [one.title for one in notifier.due(held, NOW + NS, 30)] == ["CLAUDE 5 h is empty"]
    assert notifier.due(held, NOW + 2 * NS, 30) == ()
    held.accounts["claude-plan"] = AccountHead("claude-plan", windows=(Window(300, 0.0, 0),))
    assert [one.title for one in notifier.due(held, NOW + 3 * NS, 30)] == [
        "CLAUDE 5 h is open again"
    ]


def test_agent_text_is_redacted_cut_and_made_safe() -> None:
    long = "token=SECRET \x1b[31m" + "x" * 400
    held = world(head(1, "waiting", asks=(1,)), asks=(ask(1, 1, line=long),))
    notifier = Notifier(lambda text: text.replace("SECRET", "[redacted]"))
    (told,) = notifier.due(held, NOW + 31 * NS, 30)
    assert "SECRET" not in told.body()
    assert "\x1b" not in told.body()
    assert len(told.text) < 260


def test_what_was_snoozed_or_deferred_is_silent_until_its_time() -> None:
    quiet = NOW + 300 * NS
    held = world(head(1, "waiting", asks=(41,)), asks=(replace(ask(41, 1), deferred=quiet),))
    notifier = Notifier()
    assert notifier.due(held, NOW + 31 * NS, 30) == ()
    assert len(notifier.due(held, NOW + 301 * NS, 30)) == 1
    held = world(head(1, "waiting", asks=(41,)), asks=(ask(41, 1),))
    for category, told in (("silent", 1), ("approval", 0)):
        one = Alert("x", "warn", category, "x", "", "", 1, NOW, NOW, snoozed=quiet)
        held.alerts = {"x": one}
        assert len(Notifier().due(held, NOW + 31 * NS, 30)) == told
