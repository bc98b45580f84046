"""A client's end of the link, over the engine's Unix socket."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from commandcenter.core.codec import PROTOCOL, Row
from commandcenter.core.orders import Given
from commandcenter.link.base import Ack, Hello, LinkLost, LinkRefused
from commandcenter.link.frames import frame, read_frame

WAITS_S = (0.1, 0.2, 0.5, 1.0, 2.0)


class SocketLink:
    """See `link.base.Link`. `once`: a shell command that wants no entries."""

    def __init__(self, path: Path, version: str, *, once: bool = False) -> None:
        self.on_snapshot: Callable[[bytes], None] = lambda data: None
        self.on_rows: Callable[[list[Row]], None] = lambda rows: None
        self.on_state: Callable[[bool], None] = lambda up: None
        self.engine: Hello | None = None
        self._path = path
        self._mine = Hello(PROTOCOL, version, 0, client="once" if once else "screen")
        self._writer: asyncio.StreamWriter | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._watched: frozenset[int] = frozenset()
        self._pump: asyncio.Task[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        """Connect once. Raises OSError (no engine), LinkRefused (another version, not ours)."""
        reader, writer = await asyncio.open_unix_connection(str(self._path))
        try:
            await self._greet(reader, writer)
        except (LinkRefused, EOFError):
            writer.close()
            raise
        self._writer = writer
        self._pump = asyncio.create_task(self._read(reader), name="link read")

    async def keep(self) -> None:
        """Connect, and again whenever the engine was lost, until closed. Raises LinkRefused."""
        while not self._closed:
            await self._connected()
            self.on_state(True)
            if self._watched:
                self.watch(self._watched)
            await self.gone()
            self.on_state(False)
            await asyncio.sleep(WAITS_S[0])  # an engine that hangs up at once is not stormed

    async def _connected(self) -> None:
        for wait in itertools.chain(WAITS_S, itertools.repeat(WAITS_S[-1])):
            try:
                await self.connect()
            except (OSError, EOFError):
                await asyncio.sleep(wait)
            else:
                return

    async def send(self, given: Given) -> Ack:
        """Give an order; returns once it is durable. Raises LinkLost."""
        return msgspec.convert(await self._call("send", given), Ack)

    async def read(self, thread: int, since: int = 0, limit: int = 500) -> list[Row]:
        """The thread's entries with seq > since; -1: the last `limit`, -N: the last before N."""
        return msgspec.convert(await self._call("read", thread, since, limit), list[Row])

    async def query(self, name: str, **args: Any) -> Any:
        """A question that changes nothing. Raises LinkLost, ValueError."""
        return await self._call("query", name, args)

    def watch(self, threads: frozenset[int]) -> None:
        """Send text entries of exactly these threads from now on."""
        self._watched = threads
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame("watch", list(threads)))

    def resync(self, seq: int) -> None:
        """The mirror differs from the engine's World at `seq`: ask for a snapshot."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame("resync", seq))

    async def gone(self) -> None:
        """Wait until the engine hangs up."""
        if self._pump is not None:
            await asyncio.wait([self._pump])

    async def close(self) -> None:
        """Hang up."""
        self._closed = True
        if self._writer is not None:
            self._writer.close()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = await asyncio.wait_for(read_frame(reader), 5)
        if parts[0] == "refused":
            raise LinkRefused(parts[2])
        self.engine = msgspec.convert(parts[1], Hello)
        if self.engine.protocol != PROTOCOL:
            theirs = self.engine
            raise LinkRefused(
                f"the engine (pid {theirs.pid}, {theirs.version}) speaks protocol "
                f"{theirs.protocol}, this is {PROTOCOL}; restart the engine: commandcenter stop"
            )
        writer.write(frame("hello", self._mine))

    async def _call(self, *parts: Any) -> Any:
        writer = self._writer
        if writer is None or writer.is_closing():
            raise LinkLost("the engine is away")
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        writer.write(frame(parts[0], number, *parts[1:]))
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self._take(await read_frame(reader))
        except (EOFError, LinkRefused):
            pass
        finally:
            if self._writer is not None:
                self._writer.close()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(LinkLost("the engine went away"))

    def _take(self, parts: list[Any]) -> None:
        kind, *args = parts
        if kind == "rows":
            self.on_rows(msgspec.convert(args[0], list[Row]))
        elif kind == "snapshot":
            self.on_snapshot(args[0])
        elif kind in ("answer", "error"):
            future = self._waiting.get(args[0])
            if future is not None and not future.done():
                if kind == "answer":
                    future.set_result(args[1])
                else:
                    future.set_exception(ValueError(args[1]))
