"""Settings by keys and by mouse: they act at once, are kept, and keys change under the check."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import Scene, Stage, played
from test_overlays import texts, typed

from commandcenter.config.comfort import Comfort, load_comfort
from commandcenter.hud import profiles
from commandcenter.hud.profiles import Profile
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.comfort import Settings


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(demo_world(5, 24), NOW, config=tmp_path / "config")


async def to(stage: Stage, name: str) -> None:
    names = [one.name for one in stage.window.overlay.choices]
    await stage.keys(*["Down"] * (names.index(name) - 1 - _headings(stage, name)))


def _headings(stage: Stage, name: str) -> int:
    found = stage.window.overlay.choices
    end = [one.name for one in found].index(name)
    return sum(one.heading for one in found[1:end])


@played
async def test_settings_take_effect_and_are_kept(stage: Stage) -> None:
    folder = stage.screen.settings.folder
    assert folder is not None
    await stage.keys("Mod+,")
    await to(stage, "Palette")
    await stage.keys("Right")
    assert stage.window.ink.theme.palette == "okabe-ito"
    await stage.keys("Down", "Left")
    assert stage.window.ink.theme.contrast == "high"
    assert stage.window.ink.theme.hex("edge") == stage.window.ink.theme.hex("edgeHi")
    await stage.keys("Down", "Right")
    assert stage.window.card.zoom == 1.1
    await stage.keys("Down", "Return", "Down", "Right", "Right")
    kept = load_comfort(folder)
    assert kept == Comfort("okabe-ito", "high", 110, True, 3)
    assert stage.window.ink.steady
    assert stage.screen.kill.timing == 3.0


@played
async def test_a_profile_is_chosen_and_a_key_rebound_under_the_check(stage: Stage) -> None:
    screen, folder = stage.screen, stage.screen.settings.folder
    assert folder is not None
    await stage.keys("Mod+,", "Right", "Right")
    assert screen.keymap.base == "letters"
    await stage.keys("Down", "Return")
    await typed(stage, "goal")
    await stage.keys("Return", "P")
    assert any("not taken" in text and "pause_resume" in text for text in texts(stage))
    await stage.keys("Return", "Mod+Shift+G")
    assert screen.keymap.key("order.goal") == "Mod+Shift+G"
    kept = profiles.read((folder / profiles.FILE).read_text())
    assert kept.bind == {"order.goal": ("Mod+Shift+G",)}
    await stage.keys("Shift+Return")
    assert screen.keymap.key("order.goal") == "G"
    await stage.keys("Esc", "Esc")
    assert screen.mode == "map"
    await stage.click(1)
    await stage.keys("I")
    assert stage.orders == ["interrupt #1"]
    assert "I" in texts(stage)


@played
async def test_import_shows_a_diff_before_it_writes(stage: Stage) -> None:
    folder = stage.screen.settings.folder
    assert folder is not None
    folder.mkdir(exist_ok=True)
    path = folder / "other.toml"
    path.write_text(profiles.write(Profile("hers", bind={"zoom.in": ("F9", "Mod+Shift+I")})))
    await stage.keys("Mod+,", "Down", "Down", "Return")
    await typed(stage, str(path))
    assert "zoom.in: = becomes F9 Mod+Shift+I" in texts(stage)
    assert not (folder / profiles.FILE).exists()
    await stage.keys("Return")
    assert stage.screen.keymap.key("zoom.in") == "F9"
    assert (folder / profiles.FILE).exists()


@played
async def test_export_and_cheat_sheet_are_written(stage: Stage) -> None:
    folder = stage.screen.settings.folder
    assert folder is not None
    await stage.keys("Mod+,")
    await to(stage, "Export this profile")
    await stage.keys("Return", "Down", "Return")
    assert profiles.read((folder / "keys-export.toml").read_text()) == Profile()
    assert "<kbd>" in (folder / "keys.html").read_text()
    assert any(str(folder) in text for text in texts(stage))


@played
async def test_the_mouse_alone_changes_settings(stage: Stage) -> None:
    await stage.keys("Mod+,")
    overlay = stage.window.overlay
    line = next(item for item in overlay.items() if item.name == "Palette")
    point = overlay.real(line.rect).center()
    click = Qt.MouseButton.LeftButton
    await stage.outside(
        lambda: QTest.mouseClick(overlay, click, Qt.KeyboardModifier.NoModifier, point)
    )
    assert stage.window.ink.theme.palette == "okabe-ito"
    corner = QPoint(overlay.geometry().width() - 30, 20)
    await stage.outside(
        lambda: QTest.mouseClick(overlay, click, Qt.KeyboardModifier.NoModifier, corner)
    )
    assert stage.screen.mode == "map"


@played
async def test_a_key_of_the_platform_is_taken_with_a_warning(stage: Stage) -> None:
    await stage.keys("Mod+,", "Down", "Return")
    await typed(stage, "rally")
    await stage.keys("Return", "Home")
    assert stage.screen.keymap.key("order.rally") == "Home"
    assert any("is not on a laptop" in text for text in texts(stage))


def test_files_that_cannot_be_read_leave_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_text("text = 9000\n")
    (tmp_path / "keys.toml").write_text('base = "vim"\n')
    found = Settings(tmp_path)
    assert (found.comfort, found.profile) == (Comfort(), Profile())
    assert "vim" in found.trouble
    (tmp_path / "keys.toml").write_text('[bind]\n"zoom.up" = ["F9"]\n')
    assert "zoom.up" in Settings(tmp_path).trouble


def test_a_folder_that_takes_no_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = Settings(tmp_path / "file")
    found.keep(Comfort(text=125))
    assert found.comfort.text == 125
    assert found.trouble.startswith("not written: ")
