"""The engine's end of the link: a Unix socket only the same user's own programs may use."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import msgspec

from commandcenter.core.codec import BULK, PROTOCOL, Row
from commandcenter.core.orders import Given
from commandcenter.link.base import Ack, Hello, LinkRefused
from commandcenter.link.frames import frame, read_frame

CLIENTS = 8
HELLO_S = 5.0
UNSENT_BYTES = 4 << 20
KEPT_BYTES = 1 << 20
log = logging.getLogger("cc.link")


class Doors(Protocol):
    """What the engine opens to its clients."""

    hello: Hello
    watched: frozenset[int]

    async def submit(self, given: Given) -> Ack:
        """The one door."""
        ...

    def snapshot(self) -> bytes:
        """`core.world.dump` of now."""
        ...

    def listen(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        """Committed rows from now on; the returned function ends that."""
        ...

    async def read(self, thread: int, since: int, limit: int) -> list[Row]:
        """Entries of a thread."""
        ...

    async def query(self, name: str, args: dict[str, Any]) -> Any:
        """A question that changes nothing. Raises ValueError on an unknown one."""
        ...

    def diverged(self, seq: int) -> None:
        """A client's mirror differed from World at `seq`."""
        ...

    def watch(self, threads: frozenset[int]) -> None:
        """Some client looks at exactly these transcripts now."""
        ...

    def peer_is_agent(self, pid: int) -> bool:
        """Does the process descend from an agent of ours?"""
        ...


class Server:
    """Accepts clients and keeps each one's view whole without ever waiting for it."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._clients: set[_Client] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, path: Path) -> None:
        """Listen on `path`, 0600; a stale socket is replaced. Raises OSError."""
        _clear(path)
        old = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, path=str(path))
        finally:
            os.umask(old)

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.hang_up()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=2)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        client = _Client(self._doors, reader, writer, self._watch)
        try:
            await self._serve(client, writer)
        except (EOFError, LinkRefused, TimeoutError, ConnectionError) as error:
            log.info("client left: %r", error)
        finally:
            self._clients.discard(client)
            client.hang_up()
            self._watch()

    async def _serve(self, client: "_Client", writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal(writer)
        if refusal:
            writer.write(frame("refused", refusal[0], refusal[1]))
            await writer.drain()
            return
        await asyncio.wait_for(client.greet(), HELLO_S)
        self._clients.add(client)
        await client.run()

    def _refusal(self, writer: asyncio.StreamWriter) -> tuple[str, str] | None:
        sock = writer.get_extra_info("socket")
        pid, uid = peer(sock)
        if uid != os.geteuid():
            return "NotAuthorised", "this socket belongs to another user"
        if pid and self._doors.peer_is_agent(pid):
            return "PeerIsAgent", "the order comes from below an agent"
        if len(self._clients) >= CLIENTS:
            return "TooManyClients", f"{CLIENTS} clients are connected already"
        return None

    def _watch(self) -> None:
        every = frozenset[int]().union(*(client.watched for client in self._clients))
        self._doors.watch(every)


def _clear(path: Path) -> None:
    """Take a socket away that an earlier engine left; nothing else."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(f"{path} is not a socket; remove it")
        path.unlink()


def peer(sock: socket.socket) -> tuple[int, int]:
    """(pid, uid) of the other end; pid 0 where the system does not say."""
    if sys.platform == "linux":
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, uid, _ = struct.unpack("3i", raw)
        return pid, uid
    raw = sock.getsockopt(0, 1, 76)
    return 0, struct.unpack_from("=II", raw)[1]


class _Client:
    """One connection: what it watches, and whether it must get a fresh snapshot."""

    def __init__(
        self,
        doors: Doors,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_watch: Callable[[], None],
    ) -> None:
        self.watched: frozenset[int] = frozenset()
        self._doors = doors
        self._reader = reader
        self._writer = writer
        self._on_watch = on_watch
        self._behind = False
        self._kept: list[Row] = []
        self._kept_bytes = 0
        self._unlisten: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()

    async def greet(self) -> None:
        """Hello both ways, then the snapshot. Raises LinkRefused for another version."""
        self._writer.write(frame("hello", self._doors.hello))
        parts = await read_frame(self._reader)
        if parts[0] != "hello" or parts[1][0] != PROTOCOL:
            said = f"the engine speaks protocol {PROTOCOL}; restart the engine: commandcenter stop"
            self._writer.write(frame("refused", "OtherVersion", said))
            raise LinkRefused(said)
        if parts[1][5] != "once":
            self._unlisten = self._doors.listen(self._rows)
            self._writer.write(frame("snapshot", self._doors.snapshot()))
        else:
            self._unlisten = self._doors.listen(lambda rows: None)

    async def run(self) -> None:
        """Read and answer until the client leaves."""
        while True:
            parts = await read_frame(self._reader)
            kind, *args = parts
            if kind == "watch":
                self.watched = frozenset(args[0])
                self._on_watch()
            elif kind == "resync":
                self._doors.diverged(int(args[0]))
                self._behind = True
                self._spawn(self._catch_up(), "link resync")
            elif kind in ("send", "read", "query"):
                self._spawn(self._answer(kind, args), f"link {kind}")
            else:
                raise LinkRefused(f"unknown frame {kind!r}")

    def hang_up(self) -> None:
        """Forget the client."""
        self._unlisten()
        self._unlisten = lambda: None
        self.watched = frozenset()
        for task in self._tasks:
            task.cancel()
        self._writer.close()

    def _spawn(self, coro: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, kind: str, args: list[Any]) -> None:
        number = args[0]
        try:
            if kind == "send":
                given = msgspec.convert(args[1], Given, strict=False)
                answer: Any = await self._doors.submit(given)
            elif kind == "read":
                answer = await self._doors.read(args[1], args[2], args[3])
            else:
                answer = await self._doors.query(args[1], args[2])
            self._flush()
            self._write(frame("answer", number, answer))
        except (ValueError, IndexError, TypeError, OSError) as error:
            self._write(frame("error", number, str(error)))

    def _rows(self, rows: list[Row]) -> None:
        """Text only of watched threads. What one commit brings goes out in one frame: 200 threads
        that are paused are 400 appends, and a frame each costs the screen more than its frame."""
        mine = [row for row in rows if row.kind not in BULK or row.thread in self.watched]
        if self._behind or not mine:
            return
        if not self._kept:
            asyncio.get_running_loop().call_soon(self._flush)
        self._kept += mine
        self._kept_bytes += sum(len(row.payload) for row in mine)
        if self._kept_bytes > KEPT_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Send what was kept; a slow client gets a snapshot later, not a backlog."""
        kept, self._kept, self._kept_bytes = self._kept, [], 0
        if not kept or self._behind:
            return
        if self._unsent() > UNSENT_BYTES:
            self._behind = True
            self._spawn(self._catch_up(), "link catch up")
            return
        self._write(frame("rows", kept))

    def _unsent(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    async def _catch_up(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()
            self._behind = False
            self._write(frame("snapshot", self._doors.snapshot()))

    def _write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)
