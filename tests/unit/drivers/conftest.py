"""A native session whose model is a list of answers; host and files are real."""

import json
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from commandcenter.drivers.base import Answer, SessionStart
from commandcenter.drivers.native import NativeDriver, NativePorts, NativeSession, NativeSettings
from commandcenter.drivers.native_shell import ShellLimits
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import MARK, Heard
from commandcenter.wires.base import WireRequest

Reply = Sequence[bytes | Exception]


def reply(text: str = "", *calls: tuple[str, dict[str, Any]], reason: str = "") -> Reply:
    """A chat answer: its text, its tool calls, why it ended."""
    delta: dict[str, Any] = {"content": text} if text else {}
    if calls:
        delta["tool_calls"] = [
            {
                "index": n,
                "id": f"{name}-{n}-{zlib.crc32(json.dumps(args).encode())}",
                "function": {"name": name, "arguments": json.dumps(args)},
            }
            for n, (name, args) in enumerate(calls)
        ]
    reason = reason or ("tool_calls" if calls else "stop")
    chunks = [{"choices": [{"index": 0, "delta": delta}]}]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    frames = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
    return [*frames, b"data: [DONE]\n\n"]


class Table:
    """The session, what it asked the model for, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.heard = Heard(stance=lambda asking: Answer("allow"))
        self.host = LocalHost(MARK)
        self.session: NativeSession | None = None
        self.reply: Callable[..., Reply] = reply

    async def call(self, thread: int, epoch: int, request: WireRequest) -> AsyncIterator[bytes]:
        """As the gate's."""
        self.requests.append(json.loads(request.body))
        for piece in self.replies.pop(0):
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def open(self, **more: Any) -> NativeSession:
        """The session; `steps` and shell limits are small."""
        shell = ShellLimits(run_s=0.3, output_bytes=64 << 10, shown_chars=100, kept_chars=200)
        ports = NativePorts(self.call, self.host, FakeIds(), Ticking())
        driver = NativeDriver(ports, NativeSettings(steps=4, shell=shell))
        start = SessionStart(1, 1, str(self.folder), "m", "chat", "You are one.", **more)
        self.session = await driver.open(start, self.heard)
        self.heard.session = self.session
        return self.session

    async def turn(self, *replies: Reply, text: str = "go", number: int = 1) -> Any:
        """One whole turn with these answers."""
        self.replies = list(replies)
        session = self.session or await self.open()
        await session.prompt(number, text)
        return await self.heard.end(number)

    def results(self) -> list[str]:
        """What the model was told of its tool calls."""
        return [r.text for message in self.heard.history for r in message.results]


@pytest_asyncio.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    table = Table(tmp_path)
    yield table
    if table.session is not None:
        await table.session.kill()
    await table.host.close()


@pytest.fixture
def say() -> Callable[..., Reply]:
    return reply
