"""A person's desk with a repository."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from commandcenter.testing.desks import Desk


@pytest_asyncio.fixture
async def person(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = await Desk.made(tmp_path)
    yield desk
    await desk.close()
