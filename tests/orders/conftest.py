"""A home per script with a real engine on it; nothing of it outlives the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from commandcenter.testing.playing import Home


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """Not started yet."""
    made = Home(tmp_path / "h")
    yield made
    await made.close()
