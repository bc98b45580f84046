"""Completion of commands and files in the composer."""

from typing import Any

import pytest

from commandcenter.core.world import Head
from commandcenter.hud.completing import Begun, begun, choices, commands, completed, outgoing


def head(**fields: Any) -> Head:
    return Head(1, "t", "", "claude", "claude", "a", "m", "b", **fields)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/co", Begun("/", "co", 0)),
        ("/", Begun("/", "", 0)),
        ("//co", None),
        ("/compact now", None),
        ("see /co", None),
        ("look at @src/b", Begun("@", "src/b", 8)),
        ("a@b.c", None),
        ("", None),
    ],
)
def test_what_can_be_completed(text: str, found: Begun | None) -> None:
    assert begun(text, len(text)) == found


def test_names_that_begin_so_come_first() -> None:
    names = ("memory", "compact", "model", "home")
    assert choices("m", names) == ("memory", "model", "compact", "home")
    assert choices("compact", names) == ()
    assert choices("zzz", names) == ()
    assert len(choices("", [f"n{n}" for n in range(20)])) == 6


def test_a_choice_replaces_the_word_and_keeps_the_rest() -> None:
    at = begun("look at @bu please", 11)
    assert at is not None
    assert completed("look at @bu please", 11, at, "src/budget.py") == (
        "look at @src/budget.py please",
        23,
    )


def test_commands_are_those_of_all_receivers() -> None:
    both = [head(commands=("compact", "/review")), head(commands=("review",))]
    assert commands(both) == ("review",)
    assert commands([]) == ()


def test_a_double_slash_is_literal_only_where_there_are_no_commands() -> None:
    assert outgoing("//etc is full", [head()]) == "/etc is full"
    assert outgoing("//etc is full", [head(commands=("x",))]) == "//etc is full"
    assert outgoing("/compact", [head(commands=("compact",))]) == "/compact"
