"""HTTP clients of the gate and of the generator itself, in a process of their own:
`python -m commandcenter.bench.clients '{}'`. Raw asyncio, one connection each, kept alive."""

import asyncio
import gc
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec

from commandcenter.bench.endpoint import LAST
from commandcenter.bench.talk import serve

FIRST = b'"content":"'
MESSAGES = [{"role": "user", "content": "go on with the work " * 20}]
PATH = "/v1/chat/completions"
PROBES_EVERY_S = 0.04


def request(url: str, secret: str, model: str) -> bytes:
    """A whole streaming chat request to `url`."""
    parts = urlsplit(url)
    body = msgspec.json.encode({"model": model, "stream": True, "messages": MESSAGES})
    path = parts.path.removesuffix("/v1") + PATH
    head = f"POST {path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
    head += f"authorization: Bearer {secret}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Client(asyncio.Protocol):
    """One connection: sends, waits for the end of the answer, and says so."""

    def __init__(self) -> None:
        self.first = 0.0
        """perf_counter seconds of the first event."""
        self.events = 0
        self.refused = b""
        self._end: asyncio.Future[None] | None = None
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def exchange(self, data: bytes) -> float:
        """One request and all of its answer; seconds to the first event.

        Raises ConnectionError when it breaks off or is refused.
        """
        self._end = asyncio.get_running_loop().create_future()
        self.first, self._tail = 0.0, b""
        begun = time.perf_counter()
        self._transport.write(data)
        await self._end
        return self.first - begun

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes of the answer."""
        self.events += data.count(FIRST)
        if not self.first:
            self._tail += data
            if FIRST in self._tail:
                self.first = time.perf_counter()
            elif b"\r\n\r\n" in self._tail and not self._tail.startswith(b"HTTP/1.1 200"):
                self._fail(ConnectionError(self._tail[:300].decode("latin-1")))
        self._tail = (self._tail + data)[-4096:] if not self.first else data[-5:]
        if data.endswith(LAST) and self._end is not None and not self._end.done():
            self._end.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: gone."""
        self._fail(ConnectionError(f"the connection was closed: {exc}"))

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def _fail(self, error: ConnectionError) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(error)


class Clients:
    """Answers the bench."""

    def __init__(self) -> None:
        self.firsts: dict[str, list[float]] = {"direct": [], "through": []}
        self.events = 0
        self.errors: list[str] = []
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []
        self._clients: list[Client] = []

    async def answer(self, asked: dict[str, Any]) -> Any:
        """direct, through, results, finish. Raises ValueError on anything else."""
        do = asked["do"]
        if do == "direct":
            self._start(asked["url"], "none", "probe", PROBES_EVERY_S)
        elif do == "through":
            for url, secret in asked["addresses"]:
                self._start(url, secret, "bench", 0.0)
        elif do == "results":
            return self._results()
        elif do == "finish":
            await self._finish()
        else:
            raise ValueError(f"unknown request {do!r}")
        return None

    def _start(self, url: str, secret: str, model: str, every_s: float) -> None:
        work = self._repeat(url, request(url, secret, model), every_s)
        self._tasks.append(asyncio.create_task(work, name=f"client {url}"))

    async def _repeat(self, url: str, data: bytes, every_s: float) -> None:
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(Client, parts.hostname or "", parts.port or 80)
        self._clients.append(client)
        kind = "direct" if every_s else "through"
        due = time.perf_counter()
        try:
            while not self._over:
                self.firsts[kind].append(await client.exchange(data))
                due = max(due + every_s, time.perf_counter())
                await asyncio.sleep(due - time.perf_counter() if every_s else 0)
        except ConnectionError as error:
            self.errors.append(str(error))

    def _results(self) -> dict[str, Any]:
        found = {
            **self.firsts,
            "events": sum(client.events for client in self._clients),
            "errors": self.errors,
        }
        self.firsts = {"direct": [], "through": []}
        return found

    async def _finish(self) -> None:
        """Each reads its answer to the end, then hangs up."""
        self._over = True
        if self._tasks:
            await asyncio.wait(self._tasks)
        for client in self._clients:
            client.close()


async def _main() -> None:
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await serve(Clients().answer)


if __name__ == "__main__":
    asyncio.run(_main())
