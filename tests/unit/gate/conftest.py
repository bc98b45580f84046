"""A gate with real upstreams; what it records is a list."""

from collections.abc import AsyncIterator

import pytest_asyncio

from commandcenter.gate.base import GateSettings
from commandcenter.gate.server import GateServer
from commandcenter.testing.gate import GateKit
from commandcenter.testing.plans import Person


@pytest_asyncio.fixture
async def kit() -> AsyncIterator[GateKit]:
    kit = GateKit()
    yield kit
    await kit.stop()


@pytest_asyncio.fixture
async def person(kit: GateKit) -> AsyncIterator[Person]:
    """A person's own client beside a gate that listens."""
    kit.settings = GateSettings(backoff_s=0.01, spread_s=0.4, hold_grace_s=0.06)
    server = GateServer(kit.gate)
    await server.start()
    person = Person(kit, server)
    yield person
    await person.close()
    await server.stop()
