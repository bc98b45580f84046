"""HTTP/1.1 on a loopback port or a Unix socket, small enough to drop a connection on purpose."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

import h11

from commandcenter.core.base import Record

BODY_LIMIT = 64 * 2**20
HEAD_LIMIT = 32 * 2**10
READ_SIZE = 65_536

Headers = tuple[tuple[str, str], ...]


class Incoming(Record, frozen=True):
    """A whole request; the path is without its query, header names are in lower case."""

    method: str
    path: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, "" without one."""
        return next((value for key, value in self.headers if key == name), "")


class Outgoing:
    """The answer to one request; `sent` counts its body's bytes, `standing` adds to its head."""

    def __init__(self, connection: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._writer = writer
        self.sent = 0
        self.why_ended = ""
        self.standing: Callable[[], Headers] = tuple

    async def start(self, status: int, headers: Headers = ()) -> None:
        """The head of an answer whose length is not known."""
        await self._write(h11.Response(status_code=status, headers=[*headers, *self.standing()]))

    async def send(self, data: bytes) -> None:
        """A part of the body; nothing for no bytes."""
        if data:
            await self._write(h11.Data(data=data))
            self.sent += len(data)

    async def end(self) -> None:
        """The end of a whole answer."""
        await self._write(h11.EndOfMessage())

    async def whole(self, status: int, body: bytes, headers: Headers = ()) -> None:
        """A complete answer."""
        length = ("content-length", str(len(body)))
        await self.start(status, (*headers, length))
        await self.send(body)
        await self.end()

    def drop(self) -> None:
        """Abort the TCP connection in the middle of the answer."""
        self._writer.transport.abort()

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._connection.send(event) or b"")
        await self._writer.drain()


Handler = Callable[[Incoming, Outgoing], Awaitable[None]]


class Listener:
    """Accepts connections until it is closed; a client that leaves cancels its handler."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._socket = ""

    async def open_port(self, port: int) -> int:
        """Listen on 127.0.0.1; 0 takes a free port. Returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def open_socket(self, path: str) -> None:
        """Listen on a Unix socket with mode 0600; a stale one is replaced."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, path)
        finally:
            os.umask(mask)
        self._socket = path

    async def close(self) -> None:
        """End every connection and remove the socket; idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._socket)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = _Connection(self._handler, reader, writer).serve()
        task = asyncio.create_task(serving, name="sparring connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Connection:
    """One connection: requests one after another."""

    def __init__(
        self, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._handler = handler
        self._reader = reader
        self._writer = writer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)

    async def serve(self) -> None:
        """Until either side has had enough; a broken request ends the connection."""
        try:
            while (incoming := await self._receive()) is not None:
                if not await self._handle(incoming):
                    break
                self._h11.start_next_cycle()
        except (h11.ProtocolError, ConnectionError):
            self._writer.transport.abort()
        finally:
            self._writer.close()

    async def _receive(self) -> Incoming | None:
        """The next request with its body; None when the client is done."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA:
                if self._h11.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    self._writer.write(self._h11.send(go_on) or b"")
                self._h11.receive_data(await self._reader.read(READ_SIZE))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > BODY_LIMIT:
                    raise h11.RemoteProtocolError("body too large", 413)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _incoming(head, bytes(body))
            else:
                return None

    async def _handle(self, incoming: Incoming) -> bool:
        """Answer one request while watching for the client; may the connection be used again?"""
        outgoing = Outgoing(self._h11, self._writer)
        work = asyncio.create_task(self._answer(incoming, outgoing), name="sparring answer")
        watch = asyncio.create_task(self._reader.read(READ_SIZE), name="sparring watch")
        try:
            await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
            if watch.done() and not work.done() and not watch.cancelled() and _gone(watch):
                outgoing.why_ended = "client"
                work.cancel()
            await asyncio.wait((work,))
        finally:
            await _over(work, watch)
        if watch.done() and not watch.cancelled() and not _gone(watch):
            self._h11.receive_data(watch.result())
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    async def _answer(self, incoming: Incoming, outgoing: Outgoing) -> None:
        with contextlib.suppress(ConnectionError):
            await self._handler(incoming, outgoing)


async def _over(work: asyncio.Task[None], watch: asyncio.Task[bytes]) -> None:
    """Both tasks ended; what the answer raised is raised here, a cancellation is not."""
    for task in (work, watch):
        task.cancel()
    done = await asyncio.gather(work, watch, return_exceptions=True)
    if isinstance(done[0], Exception):
        raise done[0]


def _gone(watch: asyncio.Task[bytes]) -> bool:
    return watch.exception() is not None or not watch.result()


def _incoming(head: h11.Request, body: bytes) -> Incoming:
    headers = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
    path = head.target.decode("latin-1").partition("?")[0]
    return Incoming(head.method.decode(), path, headers, body)
