"""A home per test with a real engine on it; nothing of it outlives the test."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parents[1]))  # `playing` lies beside the tiers

from commandcenter.testing.playing import Home


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """Not started yet; its options are the test's to set."""
    made = Home(tmp_path / "h")
    yield made
    await made.close()


@pytest_asyncio.fixture
async def second(tmp_path: Path) -> AsyncIterator[Home]:
    """Another home, for a run to compare with."""
    made = Home(tmp_path / "h2")
    yield made
    await made.close()


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what was measured; it stands at the end of the run."""
    return lambda text: record_property("figure", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of all tests that ran, passed or not."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(f"{report.nodeid}: {text}")
