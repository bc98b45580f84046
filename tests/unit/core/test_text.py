"""Hostile text becomes visible, friendly text stays as it is."""

import pytest

from commandcenter.core.text import MARKS, RUN, line, safe


@pytest.mark.parametrize(
    "text", ["", "plain", "two\nlines\tand a tab", "naïve „Größe“ 漢字 🙂 עברית"]
)
def test_friendly_text_is_unchanged(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"),
        ("a\x00b", "a␀b"),
        ("a\x7fb\x9b", "a␡b⟦009B⟧"),
        ("abc\u202egnp.exe", "abc⟦202E⟧gnp.exe"),
        ("a\u200bb\ufeff", "a⟦200B⟧b⟦FEFF⟧"),
        ("\U000e0041", "⟦E0041⟧"),
        ("\ufffe\U0010ffff", "⟦FFFE⟧⟦10FFFF⟧"),
        ("x\ud800", "x⟦D800⟧"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("\u2028", "⟦2028⟧"),
    ],
)
def test_invisible_characters_get_a_visible_mark(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_variation_runs_and_stacked_marks_are_cut_with_a_mark() -> None:
    assert safe("a\ufe0f\ufe0e\ufe0f") == "a\ufe0f⟦vs⟧"
    assert safe("e" + "\u0301" * 300) == "e" + "\u0301" * MARKS + "⟦marks⟧"


def test_a_long_run_is_broken() -> None:
    assert max(map(len, safe("x" * (5 * RUN)).split("\n"))) == RUN


def test_a_limit_leaves_an_ellipsis_and_a_title_is_one_line() -> None:
    assert safe("abcdef", 4) == "abc…"
    assert line(" a\n\n b\tc ") == "a b c"
    assert len(line("word " * 100)) == 120
