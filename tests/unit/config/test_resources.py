"""`resource` finds shipped files from the repository and from an installed wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from commandcenter.config import resource

ROOT = Path(__file__).parents[3]


def test_from_the_repository() -> None:
    assert resource("fonts").is_dir()
    assert resource("fonts").parent == ROOT / "resources"


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../LICENSE", "fonts/../../LICENSE"])
def test_names_that_leave_resources_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name below resources"):
        resource(name)


def test_unknown_file() -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        resource("nothing-here.toml")


@pytest.mark.slow
def test_from_a_built_wheel(tmp_path: Path) -> None:
    built = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = "from commandcenter.config import resource; print(resource('fonts'))"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=environ,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert Path(answer.stdout.strip()) == tmp_path / "site/commandcenter/resources/fonts"
