"""What every test stands on: an empty home, no display, no git configuration of the person."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""The data and design beside the checkout; never part of it."""
NEED_SHARED = 13
"""Tests that are skipped without it."""

for _name in [n for n in os.environ if n.startswith(("COMMANDCENTER_", "CC_", "GIT_"))]:
    del os.environ[_name]
os.environ.pop("WAYLAND_DISPLAY", None)
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


@pytest.fixture(scope="session", autouse=True)
def empty_home() -> Iterator[Path]:
    """No test reads or writes the person's folders, nor leaves sockets' folders behind."""
    home = Path(tempfile.mkdtemp(prefix="cc-test-"))
    os.environ["COMMANDCENTER_HOME"] = str(home)
    run = home / "r"
    run.mkdir(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(run)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All below tests/qt paint."""
    for item in items:
        if "qt" in item.path.parts:
            item.add_marker(pytest.mark.qt)


def pytest_collection_finish() -> None:
    """Thousands of collected tests are never looked through again for garbage."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """More skips than allowed fail the run: a test that never runs tells nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = len(reporter.stats.get("skipped", []))
    allowed = 0 if SHARED.is_dir() else NEED_SHARED
    if skipped > allowed:
        reporter.write_line(f"{skipped} tests skipped, {allowed} allowed", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test recorded under `says`: figures that a person wants to read after each run."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "says":
                terminalreporter.write_line(str(value))
