"""Hostile text becomes visible, friendly text stays as it is."""

import json
from pathlib import Path

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
    assert safe("\u202e" * 9, 10) == "⟦202E⟧…"
    assert safe("ab", 1) == "…"
    assert line(" a\n\n b\tc ") == "a b c"
    assert len(line("word " * 100)) == 120
    assert line("a" + " " * 600 + "b") == "a…"
    assert line("a" + " " * 600) == "a"


def test_a_host_that_only_looks_known_shows_its_real_name() -> None:
    assert safe("curl https://\u0440ypi.org/x") == "curl https://\u0440ypi.org⟦xn--ypi-zed.org⟧/x"
    assert safe("https://ä..b/ https://pypi.org/ü") == "https://ä..b⟦\\xe4..b⟧/ https://pypi.org/ü"


def test_marks_of_every_script_are_capped() -> None:
    for mark in "\u0301\u0e35\u094d\U0001d167\U0001e944":
        assert safe("x" + mark * 300 + "y").endswith("⟦marks⟧y")


HARMLESS = {"markdown", "richtext", "handoff_injection", "hugeline", "utf8", "frame"}


def test_the_adversarial_corpus_is_shown_whole(shared: Path) -> None:
    for case in json.loads((shared / "data/safety/output.json").read_text()):
        given = case["input"]
        chunks = [[given, 1, "text"]] if isinstance(given, str) else given["chunks"]
        text = "".join(data * min(count, 300_000) for data, count, sort in chunks if sort == "text")
        shown = safe(text, 262_144)
        assert len(shown) <= 262_144
        assert not any(ord(char) < 32 and char not in "\n\t" for char in shown)
        if "visible_marker" in case["expect"] and case["family"] not in HARMLESS:
            assert shown != text, case["id"]
