import json
from pathlib import Path

import pytest

from commandcenter.config.resources import resource
from commandcenter.core.notation import parse as parse_order
from commandcenter.core.orders import ORDERS
from commandcenter.hud.keymap import GRID, Chord, Keymap, Platform, check, chord, parse, repeats

PLATFORMS: tuple[Platform, ...] = ("lin", "win", "mac")


@pytest.fixture(scope="module")
def shipped() -> str:
    return resource("keymaps/grid.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def keymap(shipped: str) -> Keymap:
    return parse(shipped)


def test_the_table_is_the_designs(keymap: Keymap, shared: Path) -> None:
    assert len(keymap.actions) == 237
    design = {
        row["id"]: (tuple(row["keys"]), tuple(row["modes"]), row["from"])
        for row in json.loads((shared / "design/keymap.json").read_text())
    }
    ours = {
        a.id: (tuple(key.text() for key in a.keys), a.modes, a.since)
        for a in keymap.actions.values()
    }
    assert ours == design


@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_collides(keymap: Keymap, platform: Platform) -> None:
    assert check(keymap, platform) == []


def test_every_action_has_a_sentence(keymap: Keymap) -> None:
    for action in keymap.actions.values():
        assert action.help.endswith(".")
        assert action.help[0].isupper()


def test_orders_of_this_milestone_can_be_read(keymap: Keymap) -> None:
    words = {"@sel": "#1", "TEXT": "hello", "X": "1", "ID": "4", "BRIEF": "do", "FILE": "-"}
    words |= {"--into N": "--into 3", "HOW": "merge"}
    for action in keymap.actions.values():
        if action.id.startswith("order."):
            assert action.order
        if not action.order or not keymap.built(action.id):
            continue
        text = action.order
        for word, value in words.items():
            text = text.replace(word, value)
        if text.split()[0] in ORDERS and "--from" not in text:
            parse_order(text)


def test_what_is_not_built_yet(keymap: Keymap) -> None:
    committed = resource("keymaps/not_yet_M4.txt").read_text(encoding="utf-8").split()
    assert sorted(keymap.not_yet()) == committed
    assert len(committed) == 20
    assert len(keymap.not_yet("M1")) == 133
    assert "palette.terminal" not in committed
    assert "terminal.enter" not in committed
    assert not {"order.take", "order.loop", "palette"} & set(committed)
    assert keymap.not_yet("later") == ()
    assert "order.split" in keymap.not_yet("M1")
    assert "order.pause_resume" not in keymap.not_yet("M1")


def test_chords_both_ways() -> None:
    assert chord("Mod+Shift+X") == Chord("X", frozenset({"Mod", "Shift"}))
    assert chord("Shift+Mod+x").text() == "Mod+Shift+X"
    assert chord("Return").text() == "Return"
    for wrong in ("Foo+X", "Mod+", "", "Mod+Mod+X", "Retrun"):
        with pytest.raises(ValueError, match="key"):
            chord(wrong)


def test_lookup_by_mode(keymap: Keymap) -> None:
    assert keymap.lookup("map", chord("E")) == "order.pause_resume"
    assert keymap.lookup("approval", chord("Y")) == "approval.allow_once"
    assert keymap.lookup("map", chord("Y")) == "view.jump.1"
    assert keymap.lookup("composer", chord("E")) is None
    assert keymap.key("order.kill") == "X"


def test_no_grid_key_decides_in_approve(keymap: Keymap) -> None:
    for key in GRID:
        for text in (key, f"Shift+{key}"):
            found = keymap.lookup("approval", chord(text))
            assert found is None or not found.startswith(("approval.allow", "approval.deny"))


def test_a_profile_changes_only_what_it_names(shipped: str) -> None:
    own = parse(shipped, '[bind]\n"order.goal" = []\n"zoom.in" = ["F9"]\n"nobody.knows" = ["K"]')
    assert own.actions["order.goal"].keys == ()
    assert own.lookup("map", chord("F9")) == "zoom.in"
    assert own.lookup("map", chord("=")) is None
    lines = [problem.line for problem in check(own, "lin")]
    assert lines == ["nobody knows nobody.knows", "zoom.in has F-keys only"]


@pytest.mark.parametrize(
    ("bind", "severity", "says"),
    [
        ('"zoom.in" = ["E"]', "error", "E in map"),
        ('"approval.allow_once" = ["Q"]', "error", "lies on the card's key"),
        ('"composer.send" = ["S"]', "error", "would be text"),
        ('"zoom.in" = ["Alt+Tab"]', "warning", "belongs to the platform"),
        ('"zoom.in" = ["Home"]', "warning", "not on a laptop"),
    ],
)
def test_the_checker_finds(shipped: str, bind: str, severity: str, says: str) -> None:
    found = check(parse(shipped, f"[bind]\n{bind}"), "lin")
    assert any(p.severity == severity and says in p.line for p in found)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_mirrored_base_collides_nowhere(shipped: str, platform: Platform) -> None:
    left = parse(shipped, 'base = "grid_left"\nname = "mine"')
    assert check(left, platform) == []
    assert left.lookup("map", chord("P")) == "order.steer"
    assert left.lookup("approval", chord("T")) == "approval.allow_once"
    assert left.lookup("map", chord("Mod+E")) == "select.same_type"
    assert left.grid[:5] == ("P", "O", "I", "U", "Y")
    with pytest.raises(ValueError, match="grid_left"):
        parse(shipped, 'base = "dvorak"')


def test_altgr_on_windows(shipped: str) -> None:
    own = parse(shipped, '[bind]\n"zoom.in" = ["Mod+Alt+5"]')
    assert [p.line for p in check(own, "win")] == ["Mod+Alt+5 (zoom.in) is AltGr on Windows"]
    assert check(own, "lin") == []


def test_bad_files_are_told(shipped: str) -> None:
    with pytest.raises(ValueError, match="TOML"):
        parse(shipped, "[bind")
    with pytest.raises(ValueError, match="key"):
        parse(shipped, '[bind]\n"zoom.in" = ["Hyper+X"]')


def test_a_held_key_repeats_no_order(keymap: Keymap) -> None:
    repeating = {action for action in keymap.actions if repeats(action)}
    assert {"cursor.left", "zoom.in", "alert.recall", "select.next_idle"} <= repeating
    assert not any(a.startswith(("order.", "approval.", "group.", "bell.")) for a in repeating)
