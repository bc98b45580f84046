"""A real endpoint on a Unix socket, and a client that has its key."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from commandcenter.sparring.record import Logged, merged
from commandcenter.sparring.scenario import Scenario, load_scenario
from commandcenter.sparring.server import Endpoint, Options, Ports

KEY = "sparring-test-key"


class RealClock:
    """The machine's time."""

    def monotonic(self) -> float:
        return time.perf_counter()

    def wall(self) -> int:
        return time.time_ns()


class Bench:
    """One open endpoint with its client and its log file."""

    def __init__(self, client: httpx.AsyncClient, log: Path, socket: Path) -> None:
        self.client = client
        self.log = log
        self.socket = socket

    def requests(self) -> list[Logged]:
        """What the log file says now."""
        return merged(self.log.read_bytes().splitlines(keepends=True))

    async def chat(self, text: str, **more: Any) -> httpx.Response:
        """One chat call of one user message with a tool that shells out."""
        return await self.client.post("/v1/chat/completions", json=chat_body(text, **more))


def chat_body(text: str, **more: Any) -> dict[str, Any]:
    function = {
        "name": "run",
        "description": "run a command",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    }
    return {
        "model": "sparring-small",
        "messages": [{"role": "user", "content": text}],
        "tools": [{"type": "function", "function": function}],
    } | more


FAST: dict[str, Any] = {
    "name": "test",
    "seed": 3,
    "knobs": {"rate": 0, "ttft_ms": [0, 0], "think_words": 4},
    "script": [
        {
            "id": "plain",
            "step": [
                {"say": "one two three", "tool": "shell", "args": {"command": "true"}},
                {"say": "four", "tool": "shell", "args": {"command": "true"}},
            ],
            "finish": {"say": "five six"},
        },
    ],
}


@pytest.fixture
def fast() -> dict[str, Any]:
    """A scenario tree that answers at once; tests change it and build a Scenario of it."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(FAST))
    return copied


Opener = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def opened(tmp_path: Path) -> Opener:
    """Opens an endpoint for a scenario tree (FAST by default) with further options."""

    @asynccontextmanager
    async def opener(tree: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[Bench]:
        scenario: Scenario = load_scenario(msgspec.json.encode(tree or FAST))
        socket, log = tmp_path / "s", tmp_path / "log.jsonl"
        options = Options(socket=str(socket), log=str(log), **more)
        endpoint = Endpoint(options, scenario, Ports(RealClock(), KEY))
        await endpoint.open()
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        headers = {"authorization": f"Bearer {KEY}"}
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sparring", headers=headers, timeout=10
            ) as client:
                yield Bench(client, log, socket)
        finally:
            await endpoint.close()

    return opener


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """`chat_body` for tests that change it."""
    return chat_body
