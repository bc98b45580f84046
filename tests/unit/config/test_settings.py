"""Folders and settings: defaults, file, overrides, and one clear sentence for each mistake."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from commandcenter.config.folders import SOCKET_PATH_MAX, folders, home_mark
from commandcenter.config.settings import Price, Settings, known_settings, load_settings


def test_home_wins_over_the_environment() -> None:
    environ = {"COMMANDCENTER_HOME": "/srv/b"}
    assert folders(Path("/srv/a"), environ).config == Path("/srv/a/config")
    found = folders(None, environ)
    assert (found.data, found.state) == (Path("/srv/b"), Path("/srv/b/state"))
    assert found.run == Path("/srv/b/run")


def test_platform_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        found = folders(None, {"XDG_RUNTIME_DIR": short})
        assert found.run == Path(short) / "commandcenter"
    assert found.data.name == found.config.name == found.state.name == "commandcenter"


def test_a_long_home_gets_a_short_run_folder(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 90)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        moved = folders(home, {"XDG_RUNTIME_DIR": short}).run
        assert moved == Path(short) / f"cc-{home_mark(home)}"
    fallback = folders(home, {}).run
    assert len(os.fsencode(fallback / "sparring-anthropic.sock")) <= SOCKET_PATH_MAX


def test_made_folders_are_private(tmp_path: Path) -> None:
    made = folders(tmp_path / "new" / "home", {})
    made.make()
    made.make()
    for path in (made.data, made.config, made.state, made.run):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    made.run.chmod(0o777)
    with pytest.raises(PermissionError, match="chmod 700"):
        made.make()


def test_mark_is_that_of_the_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert home_mark(tmp_path / "link") == home_mark(tmp_path / "real")
    assert len(home_mark(tmp_path)) == 16


def test_defaults_without_a_file(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings == Settings()
    assert (settings.hold_limit_s, settings.kill_fuse_s) == (120.0, 10.0)
    assert settings.budget.day_usd == 20.0


def test_file_then_overrides(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'hold_limit_s = 2\n[budget]\nday_usd = 5\nwarn = 0.5\n[prices."my-model"]\n'
        "input = 1\noutput = 4.5\n"
    )
    overrides = ("budget.day_usd=7.5", "after_crash=hold", "kill_fuse_s = 1")
    settings = load_settings(tmp_path, overrides)
    assert (settings.hold_limit_s, settings.kill_fuse_s) == (2.0, 1.0)
    assert (settings.budget.day_usd, settings.budget.warn) == (7.5, 0.5)
    assert settings.after_crash == "hold"
    assert settings.prices == {"my-model": Price(1.0, 4.5)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hold_limit = 3", "unknown field `hold_limit`.*known settings: hold_limit_s"),
        ("[budget]\nday_eur = 3", r"unknown field `day_eur` - at `\$.budget`"),
        ('hold_limit_s = "soon"', "Expected `float`"),
        ("hold_limit_s = -1", ">= 0"),
        ('after_crash = "pray"', "Invalid enum value 'pray'"),
        ("hold_limit_s = ", "not valid TOML.*Invalid value"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(ValueError, match=f"settings.toml.*{says}"):
        load_settings(tmp_path)


@pytest.mark.parametrize("text", ["live_max", "=3", "live_max=3\nx=1", "no such=1"])
def test_mistakes_on_the_command_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="KEY=VALUE"):
        load_settings(tmp_path, (text,))


def test_known_settings_are_dotted() -> None:
    assert {"live_max", "budget.day_usd", "supply.concurrent"} <= set(known_settings())


def test_without_a_runtime_folder_run_lies_directly_in_the_temp_folder() -> None:
    run = folders(None, {}).run
    assert run.parent == Path(tempfile.gettempdir())
    assert run.name == f"commandcenter-{os.geteuid()}"
