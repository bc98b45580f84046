"""The overlay: keys go to it alone, nothing else moves, the same key closes it."""

from collections.abc import Sequence

from stage import Stage, played

from commandcenter.hud.keymap import Chord
from commandcenter.ui.sheet import Choice, Sheet


class Fruits(Sheet):
    opener = "alert.log"
    title = "Fruits"
    foot = "Return eats"
    tall = 200

    def __init__(self, names: Sequence[str], hint: str = "") -> None:
        self.names = list(names)
        self.hint = hint
        self.text = ""
        self.eaten: list[str] = []
        self.seen: list[str] = []

    def choices(self) -> Sequence[Choice]:
        found = [name for name in self.names if self.text in name]
        return (Choice("Fruits", heading=True), *(Choice(name, id=name) for name in found))

    def typed(self, text: str) -> None:
        self.text = text

    def chosen(self, index: int) -> None:
        self.eaten.append(self.choices()[index].name)

    def other(self, index: int) -> None:
        self.eaten.append("peeled " + self.choices()[index].name)

    def pressed(self, chord: Chord) -> bool:
        self.seen.append(chord.text())
        return chord.text() == "W"


@played
async def test_arrows_return_and_escape(stage: Stage) -> None:
    before = stage.view()
    sheet = Fruits(["apple", "pear", "plum"])
    stage.screen.open_sheet(sheet)
    assert stage.screen.mode == "overlay"
    assert not stage.window.overlay.isHidden()
    await stage.keys("Down", "Return", "Shift+Return", "E", "X")
    assert sheet.eaten == ["pear", "peeled pear"]
    assert stage.orders == []
    await stage.keys("Esc")
    assert stage.window.overlay.isHidden()
    assert stage.view() == before


@played
async def test_typed_text_goes_to_the_field_and_undo_with_it(stage: Stage) -> None:
    sheet = Fruits(["apple", "pear", "plum"], "a fruit")
    stage.screen.open_sheet(sheet)
    await stage.settle()
    field = stage.window.overlay.field
    for letter in "PL":
        await stage.keys(letter)
    assert field.text() == "pl"
    assert [one.name for one in stage.window.overlay.choices] == ["Fruits", "apple", "plum"]
    await stage.keys("Down", "Return")
    assert sheet.eaten == ["plum"]
    await stage.keys("Mod+Z")
    assert field.text() == ""
    assert stage.orders == []
    assert [text.text for text in stage.texts() if text.text == "FRUITS"]


@played
async def test_the_mark_stays_on_its_line(stage: Stage) -> None:
    sheet = Fruits(["apple", "pear", "plum"])
    stage.screen.open_sheet(sheet)
    await stage.keys("Down")
    sheet.names.insert(0, "fig")
    stage.screen.changed()
    await stage.settle()
    await stage.keys("Return")
    sheet.names.remove("pear")
    stage.screen.changed()
    await stage.settle()
    await stage.keys("Return")
    assert sheet.eaten == ["pear"]


@played
async def test_a_long_list_scrolls_under_the_mark(stage: Stage) -> None:
    sheet = Fruits([f"fruit {n}" for n in range(60)])
    stage.screen.open_sheet(sheet)
    await stage.keys(*["PgDown"] * 30, "Return")
    assert sheet.eaten == ["fruit 59"]
    await stage.keys(*["PgUp"] * 30, "Return")
    assert sheet.eaten[-1] == "fruit 0"


@played
async def test_what_else_takes_the_keys_closes_it(stage: Stage) -> None:
    stage.screen.open_sheet(Fruits(["apple"]))
    stage.screen.enter("approval")
    assert stage.screen.sheet is None
    assert stage.screen.modes == ["map", "approval"]
    stage.screen.open_sheet(Fruits(["apple"]))
    assert stage.screen.card_page().title == "OVERLAY"
    stage.screen.leave("approval")  # an event ended what lay below
    assert stage.screen.modes == ["map", "overlay"]
    stage.screen.open_sheet(Fruits(["apple"]))
    assert stage.screen.modes == ["map"]
