"""Packaging passes its validators, installs where desktops look, and names what we ship."""

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import commandcenter

ROOT = Path(__file__).parents[2]
ID = "io.github.commandcenter.CommandCenter"


def run(*argv: str | Path) -> str:
    done = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_desktop_file() -> None:
    assert run("desktop-file-validate", ROOT / f"packaging/{ID}.desktop") == ""


def test_appstream_metadata() -> None:
    path = ROOT / f"packaging/{ID}.metainfo.xml"
    run("appstreamcli", "validate", "--no-net", path)
    newest = ElementTree.parse(path).find("releases/release")
    assert newest is not None
    assert newest.get("version") == commandcenter.__version__


def test_install_and_remove(tmp_path: Path) -> None:
    run(ROOT / "packaging/install-desktop", tmp_path)
    share = tmp_path / "share"
    assert (share / f"applications/{ID}.desktop").is_file()
    assert (share / f"icons/hicolor/128x128/apps/{ID}.png").read_bytes()[1:4] == b"PNG"
    assert (share / f"icons/hicolor/scalable/apps/{ID}.svg").is_file()
    run(ROOT / "packaging/install-desktop", tmp_path, "--remove")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_changelog_names_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## (Unreleased|{re.escape(commandcenter.__version__)})", text, re.M)


def test_the_lock_is_whole_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "index" not in re.sub(r"#.*", "", lock)
    for package in re.split(r"\n(?=\S)", lock.strip()):
        if not package.startswith("#"):
            assert "--hash=sha256:" in package, package.splitlines()[0]
    assert "pyside6-essentials==6.11.3" in lock
    assert not re.search(r"^pyside6(-addons)?==", lock, re.M)
