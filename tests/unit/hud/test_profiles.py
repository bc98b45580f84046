import pytest

from commandcenter.config.resources import resource
from commandcenter.hud import helping, palette, profiles
from commandcenter.hud.bases import BASES
from commandcenter.hud.keymap import Keymap, Platform, check, chord
from commandcenter.hud.profiles import Profile

PLATFORMS: tuple[Platform, ...] = ("lin", "win", "mac")


@pytest.fixture(scope="module")
def shipped() -> str:
    return resource("keymaps/grid.toml").read_text(encoding="utf-8")


def table(shipped: str, base: str) -> Keymap:
    return profiles.keymap(shipped, Profile(base, base))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("base", BASES)
def test_no_base_collides_anywhere(shipped: str, base: str, platform: Platform) -> None:
    found = check(table(shipped, base), platform)
    assert [problem.line for problem in found if problem.severity == "error"] == []


@pytest.mark.parametrize("base", BASES)
def test_every_action_has_a_key_in_every_base(shipped: str, base: str) -> None:
    found = table(shipped, base)
    assert [action.id for action in found.actions.values() if not action.keys] == []
    assert len(set(found.grid)) == 15
    for slot, key in enumerate(found.grid):
        for prefix, mode in (("subcard", "subcard"), ("target", "target")):
            assert found.lookup(mode, chord(key)) == f"{prefix}.slot{slot:02d}"


@pytest.mark.parametrize("base", BASES)
def test_no_card_key_decides(shipped: str, base: str) -> None:
    found = table(shipped, base)
    for key in found.grid:
        for text in (key, f"Shift+{key}"):
            action = found.lookup("approval", chord(text)) or ""
            assert not action.startswith(("approval.allow", "approval.deny"))


def test_letters_are_first_letters(shipped: str) -> None:
    found = table(shipped, "letters")
    keys = {"steer": "S", "interrupt": "I", "pause_resume": "P", "loop": "L", "goal": "G"}
    assert {name: found.key(f"order.{name}") for name in keys} == keys
    assert found.key("order.merge.queued") == "Shift+M"
    assert found.key("approval.deny") == "N"
    assert found.key("approval.allow_once") == "Y"
    assert found.key("order.rally") == "R"


def test_mirrored_as_the_design_says(shipped: str) -> None:
    found = table(shipped, "grid_left")
    assert found.grid == tuple("POIUY;LKJH/.,MN")
    assert found.key("approval.allow_once") == "T"
    assert found.key("palette") == "Mod+K"


def test_a_profile_is_written_and_read_back() -> None:
    own = profiles.rebound(Profile("mine", "letters"), "order.goal", ("Mod+Shift+G", "F9"))
    assert profiles.read(profiles.write(own)) == own
    assert profiles.as_shipped(own, "order.goal").bind == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("base = 3", "cannot be read"),
        ("base", "no TOML"),
        ('base = "vim"', "no keys are called"),
        ("version = 2", "version 2"),
    ],
)
def test_what_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        profiles.read(text)


def test_diff_and_conflicts(shipped: str) -> None:
    old = table(shipped, "grid")
    new = profiles.keymap(shipped, profiles.rebound(Profile(), "order.goal", ("E",)))
    assert profiles.diff(old, new) == ["order.goal: T becomes E"]
    assert profiles.errors(new) == [
        "E in map: order.pause_resume and order.goal",
        "E in panel: order.pause_resume and order.goal",
    ]
    free = profiles.keymap(shipped, profiles.rebound(Profile(), "order.goal", ()))
    assert profiles.diff(old, free) == ["order.goal: T becomes no key"]


@pytest.mark.parametrize("base", BASES)
def test_the_cheat_sheet_holds_all_keys_and_loads_nothing(shipped: str, base: str) -> None:
    found = table(shipped, base)
    page = profiles.cheat_sheet(found, lambda key: key.replace("Mod", "Ctrl"))
    for word in ("<script", "src=", "href=", "http"):
        assert word not in page
    assert ">Ctrl+Shift+.<" in page
    assert page.count("<kbd>") > 140
    assert "Steer" in page


def test_help_has_every_key_of_a_mode_once(shipped: str) -> None:
    found = table(shipped, "grid")
    for mode in ("map", "approval", "subcard", "target", "composer", "overlay"):
        listed = {key for line in helping.lines(found, mode) for key in line.keys}
        listed |= {key for key, action, _ in helping.grid(found, mode) if action}
        for (where, pressed), action in found.index.items():
            alike = action.rpartition(".")[0] in ("group.recall", "group.set", "group.add")
            alike |= action.startswith(("group.set_steal", "subcard.digit"))
            if where == mode and not alike and not action.endswith(".queued"):
                assert pressed.text() in listed, action


def test_titles_are_words() -> None:
    assert palette.title("group.set.1") == "Group set 1"
    assert palette.title("order.steer.queued") == "Steer, queued"
