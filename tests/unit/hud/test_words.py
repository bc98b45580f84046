from decimal import Decimal

import pytest

from commandcenter.core.world import Limit, Spent, Tokens
from commandcenter.hud import words


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (14.9, "14 s"), (250, "4 m"), (7300, "2 h"), (260_000, "3 d")]
)
def test_ages(seconds: float, text: str) -> None:
    assert words.age(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(42, "0:42"), (130, "2:10"), (3900, "1:05:00")])
def test_countdowns(seconds: float, text: str) -> None:
    assert words.countdown(seconds) == text


def test_money_never_mixes_ledgers() -> None:
    assert words.usd(Decimal("0.42")) == "$0.42"
    assert words.usd(Decimal("0.1"), practice=True) == "p$0.10"
    assert words.usd(None) == "$?"
    assert words.spent(Spent(practice=Decimal("0.10"))) == "p$0.10"
    assert words.spent(Spent(usd=Decimal("0.42"), practice=Decimal(7))) == "$0.42"
    assert words.spent(Spent(unknown=2)) == "$?"
    assert words.spent(Spent(usd=Decimal(1), unknown=2)) == "$1.00+?"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (812, "812"),
        (9_800, "9.8 k"),
        (128_000, "128 k"),
        (412_300, "412 k"),
        (1_200_000, "1.2 M"),
        (999_600, "1.0 M"),
    ],
)
def test_tokens(count: int, text: str) -> None:
    assert words.tokens(count) == text


def test_share_and_tone_of_a_limit() -> None:
    spent, tokens = Spent(usd=Decimal("2.43")), Tokens(input=1_000_000, output=200_000)
    assert words.used(Limit(), spent, tokens) is None
    assert words.used(Limit(usd=Decimal(3)), spent, tokens) == pytest.approx(0.81)
    assert words.used(Limit(tokens=3_000_000), spent, tokens) == pytest.approx(0.4)
    assert words.used(Limit(usd=Decimal(0)), spent, tokens) == 1.0
    assert words.of_limit(Limit(usd=Decimal(3)), spent, tokens) == "$2.43 / $3.00"
    assert words.of_limit(Limit(tokens=3_000_000), spent, tokens) == "1.2 M / 3.0 M tok"
    assert words.of_limit(Limit(), Spent(), tokens) == "1.2 M tok"
    practice = Spent(practice=Decimal("0.5"))
    assert words.of_limit(Limit(usd=Decimal(3)), practice, tokens) == "p$0.50 / p$3.00"
    assert [words.tone(s, "run") for s in (None, 0.79, 0.8, 0.95)] == ["run", "run", "tool", "err"]


@pytest.mark.parametrize(
    ("model", "letter", "tier"),
    [
        ("claude-opus-4-1", "O", "large"),
        ("claude-3-5-sonnet-latest", "S", "standard"),
        ("claude-haiku-4", "H", "small"),
        ("gpt-5", "G", "standard"),
        ("sparring-small", "S", "small"),
        ("sparring-large", "L", "large"),
        ("qwen2.5:7b", "Q", "local"),
        ("", "?", "standard"),
    ],
)
def test_letters_and_tiers(model: str, letter: str, tier: str) -> None:
    assert (words.letter(model), words.tier(model)) == (letter, tier)


def test_hidden_characters_become_visible() -> None:
    shown = words.plain("rm \u202egnp.exe\x1b[31m\nnext")
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\n" not in shown
