"""A gate with real upstreams; what it records is a list."""

from collections.abc import AsyncIterator

import pytest_asyncio

from commandcenter.testing.gate import GateKit


@pytest_asyncio.fixture
async def kit() -> AsyncIterator[GateKit]:
    kit = GateKit()
    yield kit
    await kit.stop()
