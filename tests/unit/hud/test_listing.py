"""A list of new threads becomes rows."""

import pytest

from commandcenter.hud import listing
from commandcenter.hud.card import Template
from commandcenter.hud.listing import Row

HERE = ("", "/repo", "repo")
GH = "12\tOPEN\tThe parser eats commas\tbug\t2026-11-01\n13\tOPEN\tNo colour\t\t2026-11-02\n"


def test_lines_are_briefs_and_empty_ones_are_none() -> None:
    assert listing.briefs(" one \n\n\ttwo\n") == ("one", "two")
    assert len(listing.briefs("x\n" * 900)) == listing.MOST


def test_lines_of_gh_are_number_and_title() -> None:
    assert listing.briefs(GH) == ("#12 The parser eats commas", "#13 No colour")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("gh issue list", True),
        ("gh issue list --label bug", True),
        ("gh issue close 3", False),
        ("gh issue list\nmore", False),
        ("fix gh issue list", False),
    ],
)
def test_only_one_command_may_be_named(text: str, asks: bool) -> None:
    assert listing.asks_gh(text) is asks


def test_a_quote_left_open_is_an_error() -> None:
    assert listing.words_of('gh issue list --label "a b"') == (
        "gh",
        "issue",
        "list",
        "--label",
        "a b",
    )
    with pytest.raises(ValueError, match="quotation"):
        listing.words_of('gh issue list "')


def test_rows_made_alike_are_one_order() -> None:
    one, two = Template("one"), Template("two")
    rows = (Row("a", one, HERE), Row("b", two, HERE), Row("c", one, HERE))
    assert listing.grouped(rows) == [((one, HERE), ("a", "c")), ((two, HERE), ("b",))]
