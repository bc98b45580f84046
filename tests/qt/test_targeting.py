"""Target mode: letters, digits, the cursor, clicks and names pick; the selection stays."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from stage import Stage, played

from commandcenter.config.resources import resource
from commandcenter.hud.card_pages import DIGITS
from commandcenter.hud.keymap import parse

pytestmark = pytest.mark.qt


def members(stage: Stage, digit: int) -> tuple[int, ...]:
    return stage.link.world.groups.get(digit, ())


def outsider(stage: Stage) -> int:
    grouped = {one for ids in stage.link.world.groups.values() for one in ids}
    return next(one for one in stage.link.world.threads if one not in grouped)


@played
async def test_n_asks_where_results_go_and_a_letter_answers(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("N")
    assert stage.screen.mode == "target"
    page = stage.screen.card_page()
    assert page.title == "TARGET"
    assert "results go to" in page.head
    await stage.keys("W")
    assert stage.orders == ["rally #1,#2 --to @group:2"]
    assert stage.screen.mode == "map"
    assert stage.screen.selection.ids == (1, 2)


@played
async def test_the_letters_stand_on_the_members(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("N")
    targets = stage.screen.targets
    assert targets is not None
    letters = targets.letters(stage.screen.world, stage.screen.keymap.grid)
    grid = stage.screen.keymap.grid
    first = {one: digit for digit in reversed(DIGITS) for one in members(stage, digit)}
    assert letters == {one: grid[DIGITS.index(digit)] for one, digit in first.items()}
    assert stage.window.map.scene.letters == letters
    texts = [one.text for one in stage.texts()]
    assert texts.count("W") > 1
    await stage.keys("Esc")
    assert (stage.window.map.scene.letters, stage.window.map.scene.aimed) == ({}, -1)


@played
async def test_a_digit_an_empty_group_and_the_same_again(stage: Stage) -> None:
    stage.screen.select((1,))
    empty = next(digit for digit in DIGITS if not members(stage, digit))
    await stage.keys("N", str(empty))
    assert stage.orders == []
    assert stage.screen.mode == "target"
    assert stage.screen.notice is not None
    assert "no members" in stage.screen.notice.text
    await stage.keys("2")
    assert stage.orders == ["rally #1 --to @group:2"]
    assert stage.screen.selection.ids == (1,)


@played
async def test_review_nowhere_and_esc(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("N", "Esc")
    assert (stage.screen.mode, stage.screen.targets) == ("map", None)
    await stage.keys("N", "X", "C")
    assert stage.orders == []
    await stage.keys("Z")
    assert stage.orders == ["rally #1 --to review"]
    assert stage.screen.selection.ids == (1,)


@played
async def test_the_cursor_moves_without_selecting_and_return_picks(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.keys("N", "Right", "Down")
    targets = stage.screen.targets
    assert targets is not None
    assert targets.cursor != 1
    assert (stage.screen.selection.ids, stage.screen.selection.active) == ((1,), 1)
    targets.cursor = members(stage, 2)[0]
    slot = targets.slots(stage.screen.world)[targets.cursor]
    await stage.keys("Shift+Return")
    assert stage.orders == [f"rally #1 --to @group:{DIGITS[slot]} --queued"]
    assert stage.screen.mode == "target"
    await stage.keys("Return")
    assert stage.orders[-1] == f"rally #1 --to @group:{DIGITS[slot]}"
    assert stage.screen.mode == "map"


@played
async def test_a_click_picks_and_what_is_no_target_says_why(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.keys("N")
    await stage.click(outsider(stage))
    assert stage.orders == []
    assert stage.screen.notice is not None
    assert "is in no group" in stage.screen.notice.text
    target = members(stage, 2)[0]
    await stage.click(target, Qt.KeyboardModifier.ShiftModifier)
    await stage.click(target)
    assert [order.partition("--to")[0] for order in stage.orders] == ["rally #1 "] * 2
    assert stage.orders[0].endswith("--queued")
    assert (stage.screen.selection.ids, stage.screen.mode) == ((1,), "map")


@played
async def test_the_mouse_alone_rallies_by_the_card(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("N")
    card, left = stage.window.card, Qt.MouseButton.LeftButton
    place = card.places()[1].center()
    none = Qt.KeyboardModifier.NoModifier
    await stage.outside(lambda: QTest.mouseClick(card, left, none, place))
    await stage.settle()
    assert stage.orders == ["rally #1 --to @group:2"]


@played
async def test_a_typed_name_picks(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("N", "/")
    assert stage.screen.mode == "composer"
    await stage.type("nobody")
    await stage.keys("Return")
    assert stage.orders == []
    stage.window.selection.composer.field.selectAll()
    await stage.type("review")
    await stage.keys("Return")
    assert stage.orders == ["rally #1 --to review"]
    assert stage.screen.mode == "map"


@played
async def test_receivers_are_fixed_when_the_mode_is_entered(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("N", ".")
    await stage.keys("W")
    assert stage.orders == ["rally #1,#2 --to @group:2"]


@played
async def test_no_letter_repeats_and_none_decides(stage: Stage) -> None:
    stage.screen.select((1,))
    await stage.keys("N")
    for key in stage.screen.keymap.grid:
        for _ in range(20):
            stage.hold(key)
    await stage.settle()
    assert stage.orders == []


@played
async def test_card_and_map_print_the_keys_that_pick(stage: Stage) -> None:
    text = resource("keymaps/grid.toml").read_text(encoding="utf-8")
    own = 'name = "mine"\nbase = "grid"\nversion = 1\n[bind]\n"target.slot01" = ["Alt+W"]\n'
    stage.screen.keymap = parse(text, own)
    stage.screen.select((1,))
    await stage.keys("N")
    assert stage.window.card.shown.keys[1] == "Alt+W"
    assert "Alt+W" in stage.window.map.scene.letters.values()
    await stage.keys("W")
    assert stage.orders == []
    await stage.keys("Alt+W")
    assert stage.orders == ["rally #1 --to @group:2"]
