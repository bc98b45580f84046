"""Real agents on a real engine, sparring on a port, and the matrix of what held."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from field import AGENTS, BIN, Field
from matrix import Matrix

MATRIX = Matrix(Path(__file__).parents[2] / "docs" / "agents.md")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """`make agents` has installed them."""
    missing = [name for name in AGENTS if not (BIN / name).exists()]
    assert not missing, f"bash tools/agents installs {', '.join(missing)}"


@pytest_asyncio.fixture
async def field(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Field]:
    """Not below the temp folder: the sandbox of Codex fails there."""
    made = Field.below(Path.home() / ".cache" / "commandcenter-agents")
    async with made:
        yield made


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what was measured; it stands at the end of the run."""
    return lambda text: record_property("figure", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of all tests that ran."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(f"{report.nodeid}: {text}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test with the properties `row` and `agent` is a cell of the matrix."""
    said = dict(report.user_properties)
    if report.when == "call" and "row" in said:
        MATRIX.put(str(said["row"]), str(said["agent"]), report.outcome, str(said.get("cell", "")))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Written only by a run that filled every cell."""
    MATRIX.write()
