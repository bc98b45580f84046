"""A scripted provider over raw asyncio, with its own count of what it was asked and said."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Script = Callable[["Served"], Awaitable[None]]
"""Writes one answer, head included."""
PHRASES = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


@dataclass
class Served:
    """One request as the provider saw it, and what it answered."""

    number: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    arrived: float
    writer: asyncio.StreamWriter = field(repr=False)
    input: int = 0
    output: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """The client went away before the answer had ended."""

    @property
    def json(self) -> dict[str, Any]:
        """The request's body."""
        return dict(json.loads(self.body))

    def head(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Begin an answer; chunked unless a length is given."""
        named = dict(headers or {"content-type": "text/event-stream"})
        if "content-length" not in named:
            named["transfer-encoding"] = "chunked"
        lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in named.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """One chunk."""
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        """The last, empty chunk."""
        self.writer.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """Drop the connection in the middle."""
        self.writer.transport.abort()

    def whole(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """A JSON answer with its length."""
        data = json.dumps(body).encode()
        named = {"content-type": "application/json", "content-length": str(len(data))}
        self.head(status, {**named, **(headers or {})})
        self.writer.write(data)


class ScriptedUpstream:
    """Serves on 127.0.0.1 until closed; `script` may be exchanged at any time."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.served: list[Served] = []
        self.running = 0
        self.most_running = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ScriptedUpstream":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """For an account's `base_url`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tokens(self) -> int:
        """Input and output it has charged for."""
        return sum(one.input + one.output for one in self.served)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="scripted upstream")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (served := await self._request(reader, writer)) is not None:
                await self._answer(served, reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, served: Served, reader: asyncio.StreamReader) -> None:
        self.served.append(served)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        watch = asyncio.create_task(self._watch(reader, served), name="scripted watch")
        try:
            await self.script(served)
            await served.writer.drain()
        finally:
            self.running -= 1
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self, reader: asyncio.StreamReader, served: Served) -> None:
        while not reader.at_eof() and reader.exception() is None:  # no event says it
            await asyncio.sleep(0.002)
        served.closed.set()

    async def _request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Served | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        arrived = asyncio.get_running_loop().time()
        return Served(len(self.served), method, target, headers, body, arrived, writer)


@dataclass
class ChatAnswer:
    """A script: a chat stream of `words` chunks, `gap_s` seconds apart, with exact usage."""

    words: int = 5
    gap_s: float = 0.0
    input: int = 100
    cut_after: int = -1
    """Drop the connection after so many chunks; -1 = never."""
    cached: int = 0

    async def __call__(self, served: Served) -> None:
        """Write the answer; counts what was said even if the client leaves."""
        served.input = self.input
        served.head()
        for n in range(self.words):
            if n == self.cut_after:
                served.cut()
                return
            delta = {"content": f"word{n} "}
            served.send(_event({"choices": [{"index": 0, "delta": delta}]}))
            served.output += 1
            await served.writer.drain()
            if self.gap_s:
                await asyncio.sleep(self.gap_s)
        stop = {"index": 0, "delta": {}, "finish_reason": "stop"}
        served.send(_event({"choices": [stop]}))
        if served.json.get("stream_options", {}).get("include_usage"):
            usage = {
                "prompt_tokens": served.input,
                "completion_tokens": served.output,
                "prompt_tokens_details": {"cached_tokens": self.cached},
            }
            served.send(_event({"choices": [], "usage": usage}))
        served.send(b"data: [DONE]\n\n")
        served.end()


def _event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
