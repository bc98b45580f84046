"""Upstream: one account's connections to its endpoint, over h11, bytes handed on as they are read.

Own code and not httpx: one wake-up per read in place of several, and an abort that is immediate.
"""

import asyncio
import ssl
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import h11

from commandcenter.config.accounts import Account
from commandcenter.core.base import Record
from commandcenter.gate.base import Headers

HEAD_BYTES = 64 << 10
"""Of an answer's head."""


class Outbound(Record, frozen=True):
    """One request as it leaves: path with query, complete headers but host and length."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def __repr__(self) -> str:
        """Without headers and body: a credential is among them."""
        return f"Outbound({self.method} {self.target.partition('?')[0]!r})"


class Answers(Protocol):
    """Who listens to one exchange; `done` comes exactly once and last."""

    def head(self, status: int, headers: Headers) -> None:
        """Status and headers; interim answers are skipped."""
        ...

    def data(self, data: bytes) -> None:
        """Bytes of the body as read."""
        ...

    def done(self, error: str) -> None:
        """The end; `error` is empty when the answer was whole by HTTP."""
        ...


class Line(asyncio.Protocol):
    """One connection; carries one exchange at a time."""

    def __init__(self, upstream: "Upstream") -> None:
        self._upstream = upstream
        self._http = h11.Connection(h11.CLIENT, HEAD_BYTES)
        self._answers: Answers | None = None
        self._transport: asyncio.Transport | None = None
        self.expiry: asyncio.TimerHandle | None = None

    @property
    def usable(self) -> bool:
        """May another exchange begin on it?"""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected, and TLS verified where it is used."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: Outbound, answers: Answers) -> None:
        """Write the whole request; its answer goes to `answers`."""
        assert self._transport is not None
        self._answers = answers
        length = (b"content-length", str(len(request.body)).encode())
        host = (b"host", self._upstream.host.encode())
        head = h11.Request(
            method=request.method,
            target=request.target,
            headers=[host, *request.headers, length],
        )
        begin = self._http.send(head) or b""
        self._http.send(h11.Data(data=request.body))
        self._http.send(h11.EndOfMessage())
        self._transport.write(begin + request.body)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        if self._answers is None:
            self.abort()
            return
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> None:
        """asyncio: the provider sends no more; an answer without a length ends whole by it."""
        if self._answers is not None:
            self._http.receive_data(b"")
            self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: gone."""
        self._upstream.forget(self)
        self._finish(str(exc) if exc else "the connection was closed")

    def pause(self, on: bool) -> None:
        """Stop reading, or go on."""
        if self._transport is not None and not self._transport.is_closing():
            if on:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def abort(self) -> None:
        """Close at once; whoever listens is told nothing more."""
        self._answers = None
        if self._transport is not None:
            self._transport.abort()

    def _read(self) -> None:
        try:
            while self._answers is not None and self._event():
                pass
        except h11.RemoteProtocolError as error:
            self._finish(f"the answer broke off: {error}")
            self.abort()

    def _event(self) -> bool:
        """Hand on the next event; False = more bytes are needed."""
        event = self._http.next_event()
        if type(event) is h11.Data:
            self._answers.data(bytes(event.data))  # type: ignore[union-attr]  # `_read` looked
        elif type(event) is h11.Response:
            headers = tuple((bytes(name), bytes(value)) for name, value in event.headers)
            self._answers.head(event.status_code, headers)  # type: ignore[union-attr]  # `_read` looked
        elif type(event) is h11.EndOfMessage:
            self._ended()
            return False
        elif type(event) is h11.ConnectionClosed:
            self._finish("the connection was closed")
            return False
        return event is not h11.NEED_DATA and event is not h11.PAUSED

    def _ended(self) -> None:
        """The answer is whole; the connection is kept if both sides mean to."""
        both_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if both_done and self.usable:
            self._http.start_next_cycle()
            self._upstream.keep(self)
        elif self._transport is not None:
            self._transport.close()
        self._finish("")

    def _finish(self, error: str) -> None:
        answers, self._answers = self._answers, None
        if answers is not None:
            answers.done(error)


class Upstream:
    """The connections of one account: a Unix socket, or TCP with TLS verified."""

    def __init__(self, account: Account, connect_s: float, idle_s: float) -> None:
        self.account = account
        self._url: SplitResult = urlsplit(account.url)
        self._connect_s = connect_s
        self._idle_s = idle_s
        self._idle: list[Line] = []
        self._lines: set[Line] = set()
        self._tls: ssl.SSLContext | None = None

    @property
    def host(self) -> str:
        """The Host header: name and, unless it is the scheme's own, port."""
        return self._url.netloc

    @property
    def base_path(self) -> str:
        """The path of `base_url` without a trailing slash."""
        return self._url.path.rstrip("/")

    async def line(self) -> Line:
        """A kept or a new connection. Raises OSError when none can be made in time."""
        return self._reuse() or await self._connect()

    def keep(self, line: Line) -> None:
        """A connection whose exchange ended whole; unused ones close after a while."""
        loop = asyncio.get_running_loop()
        self._idle.append(line)
        line.expiry = loop.call_later(self._idle_s, line.abort)

    def forget(self, line: Line) -> None:
        """A connection is gone."""
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)
        self._take(line)

    def close(self) -> None:
        """Abort every connection."""
        for line in tuple(self._lines):
            self._take(line)
            line.abort()
        self._idle.clear()

    def _reuse(self) -> Line | None:
        while self._idle:
            line = self._take(self._idle.pop())
            if line.usable:
                return line
        return None

    def _take(self, line: Line) -> Line:
        if line.expiry is not None:
            line.expiry.cancel()
            line.expiry = None
        return line

    async def _connect(self) -> Line:
        line = Line(self)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_s):
            if self.account.socket:
                await loop.create_unix_connection(lambda: line, self.account.socket)
            else:
                await self._connect_tcp(loop, line)
        self._lines.add(line)
        return line

    async def _connect_tcp(self, loop: asyncio.AbstractEventLoop, line: Line) -> None:
        name = self._url.hostname or ""
        secure = self._url.scheme == "https"
        port = self._url.port or (443 if secure else 80)
        if secure:
            await loop.create_connection(
                lambda: line, name, port, ssl=self._context(), server_hostname=name
            )
        else:
            await loop.create_connection(lambda: line, name, port)

    def _context(self) -> ssl.SSLContext:
        """TLS as verified by the system's authorities and those that come with the program."""
        if self._tls is None:
            import certifi

            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
