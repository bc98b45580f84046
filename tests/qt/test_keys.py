"""Keys by place, on any layout; every id of M1 acts, every later one says when."""

import pytest
from PySide6.QtCore import Qt
from stage import Stage, played

from commandcenter.core.refusals import NotYet
from commandcenter.hud.keymap import GRID, MODES
from commandcenter.ui.keys import SCAN

pytestmark = pytest.mark.qt
BUILT_MODES = {"map", "approval", "subcard", "composer"}
AZERTY = {"Q": "A", "W": "Z", "A": "Q", "Z": "W", ";": "M", "M": ","}
QWERTZ = {"Z": "Y", "Y": "Z"}
DVORAK = dict(zip("QWERTASDFGZXCVB", "',.PYAOEUI;QJKX", strict=True))


def test_the_table_has_47_places() -> None:
    assert len(SCAN) == 47
    assert len(set(SCAN.values())) == 47
    assert set(GRID) <= set(SCAN.values())


@pytest.mark.parametrize("layout", [AZERTY, QWERTZ, DVORAK], ids=["azerty", "qwertz", "dvorak"])
def test_the_same_place_does_the_same_on_every_layout(stage: Stage, layout: dict[str, str]) -> None:
    places = {key: code for code, key in SCAN.items()}

    @played
    async def scenario(stage: Stage) -> None:
        for place in ("W", "E", "X"):
            stage.screen.select((1,))
            printed = layout.get(place, place)
            stage.native(Qt.Key(ord(printed)), places[place], printed.lower())
            await stage.settle()
        assert [order.split()[0] for order in stage.orders] == ["interrupt", "pause", "freeze"]
        learnt = [key for key in ("W", "E", "X") if layout.get(key, key).isalpha()]
        for key in learnt:
            assert stage.screen.labels.of(key) == layout.get(key, key)

    scenario(stage)


@played
async def test_every_id_that_is_built_has_an_effect_and_later_ones_say_when(stage: Stage) -> None:
    keymap, table = stage.screen.keymap, stage.window.actions_table.table
    for action in keymap.actions.values():
        if keymap.built(action.id):
            assert action.id in table, action.id
            continue
        stage.screen.notice = None
        stage.window.actions_table.do(action.id)
        said = stage.screen.notice
        assert said is not None
        assert said.text == NotYet(keymap.comes(action.id)).text()
    assert stage.orders == []
    assert {mode for one in keymap.actions.values() for mode in one.modes} == set(MODES)


@played
async def test_unbound_keys_do_nothing_and_reach_nothing(stage: Stage) -> None:
    stage.screen.select((1,))
    before = stage.view()
    for chord in ("Alt+Q", "F9", "Home", "Mod+J", "Alt+X"):
        await stage.keys(chord)
    assert stage.orders == []
    assert stage.view() == before


@played
async def test_shifted_digits_and_signs_are_read_by_place(stage: Stage) -> None:
    stage.native(Qt.Key.Key_Ampersand, 0x02, "&")  # AZERTY: the key of 1, unshifted
    await stage.settle()
    assert stage.screen.selection.ids == stage.link.world.groups[1]


@played
async def test_only_some_keys_repeat(stage: Stage) -> None:
    stage.screen.select((1,))
    for text in ("E", "Mod+Z", "W", "J"):
        stage.hold(text)
    await stage.settle()
    assert stage.orders == []
    assert stage.screen.mode == "map"
    stage.hold("Right")
    assert stage.screen.selection.ids == (2,)


@played
async def test_text_keeps_its_letters_and_loses_only_commands(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("Q")
    await stage.type("xx jyn")
    await stage.keys("Shift+Return")
    await stage.type("second")
    assert stage.window.selection.composer.text == "xx jyn\nsecond"
    assert stage.orders == []
    await stage.keys("Mod+.")
    assert stage.orders == ["pause-all"]
    await stage.keys("Esc")
    assert stage.screen.mode == "map"
    await stage.keys("Q", "Return")
    assert stage.orders[-1] == 'steer #1,#2 "xx jyn\nsecond"'
