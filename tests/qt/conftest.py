"""One application, one qasync loop per test, one stage."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import qasync

sys.path.insert(0, str(Path(__file__).parent))  # `stage` lies beside the tests
sys.path.insert(0, str(Path(__file__).parents[1]))  # `playing` one above

from playing.player import Player
from playing.sitting import sitting
from stage import Scene, Stage

from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui import refresh
from commandcenter.ui.app import application
from commandcenter.ui.theme import Theme


@pytest.fixture(scope="session")
def qapp() -> object:
    return application(["test"], Theme())


@pytest.fixture
def loop(qapp: object) -> Iterator[asyncio.AbstractEventLoop]:
    found = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(found)
    yield found
    asyncio.set_event_loop(None)
    found.close()


@pytest.fixture
def scene() -> Scene:
    return Scene(demo_world(5, 24), NOW)


@pytest.fixture
def stage(loop: asyncio.AbstractEventLoop, scene: Scene) -> Stage:
    return Stage(scene, loop)


@pytest.fixture(autouse=True)
def never_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window is shown once a process, and what it made is frozen; here it is shown a thousand
    times, and what it made must go."""
    monkeypatch.setattr(refresh, "FREEZE_MS", 10**8)


@pytest.fixture
async def player(tmp_path: Path) -> AsyncIterator[Player]:
    async with sitting(tmp_path / "home") as one:
        yield one
