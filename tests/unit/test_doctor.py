"""doctor names what is wrong with this machine in one line each, and never falls over."""

import socket
import sys
import time
from pathlib import Path

import msgspec
import pytest

from commandcenter import doctor
from commandcenter.config.folders import folders
from commandcenter.config.qt_pair import qt_refusal
from commandcenter.doctor import Asked, Finding, Report

NAMES = [
    "platform",
    "python",
    "packages",
    "sqlite",
    "git",
    "agent native",
    "agent claude",
    "agent codex",
    "agent opencode",
    "settings",
    "accounts",
    "provider keys",
    "ollama",
    "keyring",
    "sandbox",
    "process control",
    "open files",
    "qt",
    "fonts",
    "display",
    "free space",
    "folders",
]


def examine(home: Path) -> dict[str, Finding]:
    return {found.name: found for found in doctor.examine(folders(home, {})).findings}


def test_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-shown")
    monkeypatch.delenv("DISPLAY", raising=False)
    home = tmp_path / "home"
    start = time.perf_counter()
    code = doctor.run(json=True, home=home)
    assert time.perf_counter() - start < 5.0
    printed = capsys.readouterr().out
    report = msgspec.json.decode(printed, type=Report)
    assert [found.name for found in report.findings] == NAMES
    assert code == report.exit == 1
    assert "OPENAI_API_KEY" in printed
    assert "sk-never-shown" not in printed
    assert not home.exists()


def test_lines_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(json=False, home=tmp_path / "home") in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert any("at risk: no (one writer)" in line for line in lines)
    assert any("none: not sandboxed by us" in line for line in lines)
    assert all(line.startswith(("ok", "degraded", " ")) for line in lines)


def test_a_machine_without_bubblewrap_keyring_and_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\necho git version 2.40\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent))
    monkeypatch.delenv("DISPLAY", raising=False)
    found = examine(tmp_path / "home")
    worse = {name for name, one in found.items() if one.level != "ok"}
    assert worse == {"sandbox", "keyring", "display"}
    assert all(found[name].fix for name in worse)


def test_no_git_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = doctor.examine(folders(tmp_path / "home", {}))
    assert report.exit == 5
    assert "sudo apt-get install git" in {one.fix for one in report.findings}


def test_a_display_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4077")
    found = examine(tmp_path / "home")
    assert found["qt"].level == "ok"
    assert found["display"].level == "degraded"
    assert "could not connect to display :4077" in found["display"].text


def test_an_agent_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = tmp_path / "claude"
    agent.write_text("#!/bin/sh\nexec sleep 60\n")
    agent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(doctor, "LIMIT_S", 1.5)
    found = examine(tmp_path / "home")["agent claude"]
    assert (found.level, found.text.partition(" at ")[0]) == ("degraded", "no answer in time")


def test_broken_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/settings.toml").write_text("hold_limits = 1")
    (tmp_path / "config/accounts.toml").write_text("[accounts.a]\nkind = 'chat'")
    (tmp_path / "config/accounts.toml").chmod(0o600)
    found = examine(tmp_path)
    assert found["settings"].level == found["accounts"].level == "broken"
    assert "settings.toml" in found["settings"].text
    assert "[accounts.a]" in found["accounts"].text


def test_modes_of_folders_keys_and_sockets(tmp_path: Path) -> None:
    place = folders(tmp_path / "home", {})
    place.make()
    assert examine(place.data)["folders"].level == "ok"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place.run / "engine.sock"))
        (place.run / "engine.sock").chmod(0o666)
        found = examine(place.data)["folders"]
    assert (found.level, found.text.split()[-1]) == ("degraded", "666")
    assert found.fix.startswith("chmod 600")
    (place.run / "engine.sock").unlink()
    (place.config / "keys.json").write_text("{}")
    (place.config / "keys.json").chmod(0o644)
    assert "keys.json has mode 644" in examine(place.data)["folders"].text


def test_windows_is_wsl2_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folders(tmp_path, {})
    monkeypatch.setattr(sys, "platform", "win32")
    report = doctor.examine(place)
    assert (report.exit, report.findings[0].text) == (5, "Windows: WSL2 only")


def test_a_missing_library_is_named_by_its_package() -> None:
    text = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    found = doctor._qt_fault("qt", "broken", "6.11.3", Asked(1, text))
    assert found.fix == "sudo apt-get install libegl1"


@pytest.mark.parametrize(
    ("pyside", "python", "refused"),
    [
        ("6.12.0", (3, 11), "PySide6 6.12.0 aborts on Python 3.11"),
        ("6.12.0", (3, 12), ""),
        ("6.11.3", (3, 11), ""),
        ("", (3, 13), "not installed"),
    ],
)
def test_the_pair_of_qt_and_python(pyside: str, python: tuple[int, int], refused: str) -> None:
    assert refused in qt_refusal(pyside, python)
    assert bool(refused) == bool(qt_refusal(pyside, python))
