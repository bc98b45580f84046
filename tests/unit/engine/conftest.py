"""A whole engine per test, on a home of its own, with puppets for agents."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.engine import bounded, control, runner
from commandcenter.testing.engines import Bench


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Without git."""
    bench = await Bench.open(tmp_path / "home", flat=True)
    yield bench
    await bench.close()


@pytest_asyncio.fixture
async def in_git(tmp_path: Path) -> AsyncIterator[Bench]:
    """With worktrees of a real repository."""
    bench = await Bench.open(tmp_path / "home")
    yield bench
    await bench.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of session methods and waits between tries, short enough for a test."""
    monkeypatch.setattr(runner, "RETRY_S", (0.01, 0.02, 0.03))
    monkeypatch.setattr(control, "TURN_OVER_S", 0.05)
    for name in ("PROMPT_S", "STOP_S", "INTERRUPT_S", "MODEL_S", "ANSWER_S", "KILL_S"):
        monkeypatch.setattr(bounded, name, 0.05)
