"""What the card says before a press: after 250 ms, at once beside the help, above the card."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from stage import Stage, played

from commandcenter.config.resources import resource
from commandcenter.core.refusals import NoSuccessCommand
from commandcenter.hud.keymap import parse
from commandcenter.ui.card import TIP_MS, CardPanel
from commandcenter.ui.hints import hint

pytestmark = pytest.mark.qt


def over(card: CardPanel, point: QPoint) -> None:
    """The pointer moves there."""
    none = Qt.MouseButton.NoButton
    at = QPointF(point)
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        at,
        card.mapToGlobal(at),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    card.mouseMoveEvent(event)


@played
async def test_a_tooltip_waits_and_stands_above_the_card(stage: Stage) -> None:
    stage.screen.world.operations.clear()
    stage.screen.select((1,))
    await stage.settle()
    card = stage.window.card
    over(card, card.places()[13].center())
    assert card.tip.shown is None
    assert card._waits.interval() == TIP_MS
    card._waits.timeout.emit()
    shown = card.tip.shown
    assert shown is not None
    assert (shown.name, shown.key, shown.why) == (
        "Verify",
        "V",
        NoSuccessCommand().text(),
    )
    assert card.tip.geometry().bottom() < card.geometry().top()
    over(card, card.places()[0].center())
    assert card.tip.shown is not None
    assert card.tip.shown.name == "Steer"
    over(card, QPoint(2, 2))
    assert card.tip.shown is None


@played
async def test_beside_the_help_it_comes_at_once(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Shift+/")
    card = stage.window.card
    over(card, card.places()[2].center())
    assert card.tip.shown is not None
    over(card, QPoint(2, 2))


@played
async def test_the_region_cursor_shows_it_without_a_mouse(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("Mod+[")
    assert stage.screen.region == "card"
    tip = stage.window.card.tip
    assert tip.shown is not None
    assert tip.shown.name == "Steer"
    await stage.keys("Right")
    assert tip.shown is not None
    assert tip.shown.name == "Interrupt"
    await stage.keys("Esc")
    assert tip.shown is None


@played
async def test_costs_and_answers_in_flight_are_said(stage: Stage) -> None:
    priced = {"thread": 1, "input": 9_000, "output": 500, "usd": "0.50", "list": None}
    stage.link.queries["estimates"] = {"threads": [priced]}
    stage.link.queries["estimate"] = {"tokens": 300, "usd": "1.40", "basis": "list"}
    world = stage.link.world
    world.threads[1] = msgspec.structs.replace(world.threads[1], call_since=5)
    stage.link.start()
    stage.screen.select((1,))
    pricing, page = stage.window.actions_table.pricing, stage.screen.card_page
    for slot in (0, 11):
        place = page().at(slot)
        assert place is not None
        hint(stage.screen, place, pricing)
        await stage.settle()
        said = hint(stage.screen, place, pricing).cost
        wanted = (
            "about 9.0 k tokens, about $0.50" if slot == 0 else "cut at the kill: about $1.40 left"
        )
        assert said.startswith(wanted)


@played
async def test_the_mirrored_profile_turns_the_rows_round(stage: Stage) -> None:
    shipped = stage.screen.keymap
    text = resource("keymaps/grid.toml").read_text(encoding="utf-8")
    stage.screen.keymap = parse(text, 'name = "mine"\nbase = "grid_left"\nversion = 1\n')
    stage.screen.select((1,))
    await stage.settle()
    card = stage.window.card
    assert card.shown.mirrored
    assert card.shown.keys[0] == "P"
    assert card.places()[0].x() > card.places()[4].x()
    await stage.keys("B", "O")  # where grid has N and W
    assert stage.orders == ["rally #1 --to @group:2"]
    await stage.keys("U", "P")  # where grid has R and Q
    assert stage.orders[-1] == "loop #1 --until 5"
    stage.screen.keymap = shipped
