"""Ladders: where a model stands, what is one step from it, and what the step changes."""

from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot

from commandcenter.config.ladders import ladder_texts
from commandcenter.rules.ladders import (
    End,
    Ladder,
    Rates,
    Rung,
    by_name,
    ladder_for,
    lost_cache,
    parse,
    price_factor,
    rung_of,
    step,
)
from commandcenter.sparring.protocols.base import MODELS

NOWHERE = Path("/nonexistent")
SHIPPED = by_name(parse(one.text, one.name) for one in ladder_texts(NOWHERE))
HOUSE = Ladder("house", (Rung("a", "m-1"), Rung("b", "m-2", also=("m-2-*", "old"))), ("chat",))
TWO = '[[rung]]\nmodel = "a"\n[[rung]]\nmodel = "b"\n'


def test_the_practice_ladder_holds_the_practice_models() -> None:
    ladder = SHIPPED["sparring"]
    assert tuple(rung.model for rung in ladder.rungs) == MODELS
    assert [rung.tier for rung in ladder.rungs] == ["small", "medium", "large"]


@pytest.mark.parametrize("name", ["anthropic", "openai"])
def test_shipped_models_are_real_ones_cheap_to_dear(name: str) -> None:
    prices = []
    for rung in SHIPPED[name].rungs:
        _, model = get_snapshot().find_provider_model(rung.model, None, name, None)
        assert model.id == rung.model, "as the price list spells it"
        price = model.prices if not isinstance(model.prices, list) else model.prices[-1].prices
        output = price.output_mtok
        prices.append(getattr(output, "base", output))
    assert prices == sorted(set(prices))


@pytest.mark.parametrize("name", ["anthropic", "openai", "ollama", "sparring"])
def test_each_shipped_ladder_can_be_climbed_and_no_rung_hides_another(name: str) -> None:
    ladder = SHIPPED[name]
    for at, rung in enumerate(ladder.rungs):
        assert rung_of(ladder, rung.model) == at
        up = step(ladder, rung.model, "up")
        assert up == (ladder.rungs[at + 1] if at + 1 < len(ladder.rungs) else up)
    assert step(ladder, ladder.rungs[0].model, "down") == End(name, ladder.rungs[0].model, "bottom")
    assert step(ladder, ladder.rungs[-1].model, "up") == End(name, ladder.rungs[-1].model, "top")


def test_other_names_of_a_model_stand_on_its_rung() -> None:
    assert rung_of(HOUSE, "m-2-20260901") == 1
    assert rung_of(HOUSE, "old") == 1
    assert step(HOUSE, "old", "down") == HOUSE.rungs[0]
    assert step(HOUSE, "m-3", "up") == End("house", "m-3", "nowhere")
    for model, rung in (("claude-opus-4-8", "opus"), ("claude-3-5-haiku-latest", "haiku")):
        at = rung_of(SHIPPED["anthropic"], model)
        assert at is not None
        assert SHIPPED["anthropic"].rungs[at].name == rung
    assert rung_of(SHIPPED["openai"], "gpt-5.2-codex") == 2


def test_which_ladder_is_a_threads() -> None:
    ladders = {**SHIPPED, "house": HOUSE}
    found = [
        ladder_for(ladders, *asked)
        for asked in (
            ("house", "anthropic", "claude-opus-5-5"),
            ("", "chat", "sparring-small"),
            ("gone", "chat", "claude-opus-5-5"),
            ("", "chat", "old"),
            ("", "ollama", "mistral:7b"),
            ("", "responses", "my-model"),
        )
    ]
    names = [one.name if one else None for one in found]
    assert names == ["house", "sparring", "anthropic", "house", "ollama", "openai"]
    assert ladder_for({}, "", "chat", "x") is None
    assert ladder_for({"sparring": SHIPPED["sparring"]}, "", "chat", "x") is None


def test_what_a_step_changes() -> None:
    small = Rates(Decimal(1), Decimal("0.1"), Decimal(5))
    large = Rates(Decimal(5), Decimal("0.5"), Decimal(25))
    assert price_factor(small, large) == 5
    assert price_factor(Rates(Decimal(0), Decimal(0), Decimal(0)), large) is None
    assert lost_cache(100_000, large) == Decimal("0.45")
    assert lost_cache(100_000, Rates(Decimal(1), Decimal(2), Decimal(1))) == 0


def test_a_ladder_of_ones_own() -> None:
    ladder = parse('wires = ["chat"]\nnote = 1\n' + TWO + 'class = "large"\nstrip = ["x"]\n', "own")
    assert ladder == Ladder("own", (Rung("a", "a"), Rung("b", "b", tier="large")), ("chat",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "this is no TOML"),
        ("", "2 to 12 rungs, not 0"),
        ("rung = 1", "Expected `array`"),
        ('[[rung]]\nmodel = "a"\n', "not 1"),
        (TWO + '[[rung]]\nmodel = "a"\n', "a stands on two rungs"),
        (TWO + "[[rung]]\n", "rung 3 names no model"),
        (TWO + "[[rung]]\nmodel = 1\n", "rung 3: Expected `str`"),
        ("wires = 1\n" + TWO, "wires"),
        ('name = ""\n' + TWO, "a ladder has a name"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text, "own")
