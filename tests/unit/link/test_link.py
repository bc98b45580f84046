"""The link over a real Unix socket: snapshot then entries, orders, bad frames, slow clients."""

import asyncio
import os
import stat
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from commandcenter.core.base import OrderId
from commandcenter.core.codec import PROTOCOL, Row, Stamp, draft
from commandcenter.core.events import HeadMoved, TextAdded, ThreadCreated
from commandcenter.core.orders import Given, Pause
from commandcenter.core.world import World, dump, load
from commandcenter.link import server as server_module
from commandcenter.link.base import Ack, Hello, LinkLost, LinkRefused
from commandcenter.link.client import SocketLink
from commandcenter.link.frames import frame, read_frame
from commandcenter.link.server import Server


class Doors:
    """An engine of three lines."""

    def __init__(self) -> None:
        self.hello = Hello(PROTOCOL, "1", os.getpid(), 1, "/data")
        self.watched: frozenset[int] = frozenset()
        self.world = World(seq=7)
        self.given: list[Given] = []
        self.agent = False
        self.divergences: list[int] = []
        self._listeners: list[Callable[[list[Row]], None]] = []

    async def submit(self, given: Given) -> Ack:
        self.given.append(given)
        return Ack(given.id, 8, (1, 2))

    def snapshot(self) -> bytes:
        return dump(self.world)

    def listen(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def read(self, thread: int, since: int, limit: int) -> list[Row]:
        return [text_row(since + 1, thread)]

    async def query(self, name: str, args: dict[str, Any]) -> Any:
        if name != "echo":
            raise ValueError(f"unknown question {name!r}")
        return args

    def watch(self, threads: frozenset[int]) -> None:
        self.watched = threads

    def diverged(self, seq: int) -> None:
        self.divergences.append(seq)

    def peer_is_agent(self, pid: int) -> bool:
        return self.agent

    def tell(self, rows: list[Row]) -> None:
        for listener in list(self._listeners):
            listener(rows)


def text_row(seq: int, thread: int, text: str = "hello") -> Row:
    made = draft(TextAdded(1, text), Stamp(thread), 0.0, seq)
    return Row(seq, made.wall, thread, 0, made.kind, made.payload)


def head_row(seq: int, thread: int) -> Row:
    made = draft(HeadMoved("line", 3), Stamp(thread), 0.0, seq)
    return Row(seq, made.wall, thread, 0, made.kind, made.payload)


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    doors = Doors()
    server = Server(doors)
    await server.open(tmp_path / "s")
    yield doors
    await server.close()


async def connected(tmp_path: Path, rows: list[Row], snapshots: list[bytes]) -> SocketLink:
    link = SocketLink(tmp_path / "s", "1")
    link.on_rows = rows.extend
    link.on_snapshot = snapshots.append
    await link.connect()
    await until(lambda: bool(snapshots))
    return link


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.002)


async def read_to_end(reader: asyncio.StreamReader) -> None:
    while True:
        await read_frame(reader)


async def test_snapshot_then_heads_for_all_and_text_for_watchers(
    doors: Doors, tmp_path: Path
) -> None:
    rows: list[Row] = []
    snapshots: list[bytes] = []
    link = await connected(tmp_path, rows, snapshots)
    assert load(snapshots[0]).seq == 7
    link.watch(frozenset({2}))
    await until(lambda: doors.watched == {2})
    doors.tell([head_row(8, 1), text_row(9, 1), text_row(10, 2)])
    await until(lambda: len(rows) == 2)
    assert [row.seq for row in rows] == [8, 10]
    await link.close()
    await until(lambda: doors.watched == frozenset())


async def test_orders_reads_and_questions(doors: Doors, tmp_path: Path) -> None:
    link = await connected(tmp_path, [], [])
    ack = await link.send(Given(OrderId("a" * 32), Pause("@all"), "cli"))
    assert ack == Ack("a" * 32, 8, (1, 2))
    assert doors.given[0].order == Pause("@all")
    assert (await link.read(3, 4))[0] == text_row(5, 3)
    assert await link.query("echo", a=1) == {"a": 1}
    with pytest.raises(ValueError, match="unknown question"):
        await link.query("nonsense")
    await link.close()


async def test_socket_is_ours_alone(doors: Doors, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    doors.agent = True
    with pytest.raises(LinkRefused, match="below an agent"):
        await SocketLink(tmp_path / "s", "1").connect()


async def test_another_version_is_refused_with_the_way_out(doors: Doors, tmp_path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    await read_frame(reader)
    writer.write(frame("hello", Hello(PROTOCOL + 1, "9", 0)))
    kind, name, text = await read_frame(reader)
    assert (kind, name) == ("refused", "OtherVersion")
    assert "commandcenter stop" in text
    writer.close()


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff\xff\xff\xff",
        struct.pack(">I", 4) + b"\xc1\xc1\xc1\xc1",
        frame("nonsense", 1),
        struct.pack(">I", 2) + b"\x91\x01",
    ],
)
async def test_a_bad_frame_costs_only_its_client(doors: Doors, tmp_path: Path, bad: bytes) -> None:
    good = await connected(tmp_path, [], [])
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    await read_frame(reader)
    writer.write(frame("hello", Hello(PROTOCOL, "1", 0)))
    writer.write(bad)
    with pytest.raises(EOFError):
        await read_to_end(reader)
    writer.close()
    assert await good.query("echo") == {}
    await good.close()


async def test_a_malformed_order_is_an_error_for_its_sender(doors: Doors, tmp_path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    await read_frame(reader)
    writer.write(frame("hello", Hello(PROTOCOL, "1", 0)))
    writer.write(frame("send", 5, {"id": "x", "order": {"verb": "dance"}}))
    await read_frame(reader)
    kind, number, text = await read_frame(reader)
    assert (kind, number) == ("error", 5)
    assert "dance" in text
    writer.close()


async def test_a_slow_client_gets_a_snapshot_instead_of_a_backlog(
    doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "UNSENT_BYTES", 1 << 16)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"), limit=1 << 12)
    writer.write(frame("hello", Hello(PROTOCOL, "1", 0)))
    await read_frame(reader)
    await read_frame(reader)
    writer.write(frame("watch", [1]))
    await until(lambda: doors.watched == {1})
    for seq in range(400):
        doors.tell([text_row(seq + 8, 1, "x" * 10_000)])
    doors.world.threads = {}
    doors.world.seq = 999
    kinds = []
    while True:
        kind, *rest = await read_frame(reader)
        kinds.append(kind)
        if kind == "snapshot":
            assert load(rest[0]).seq == 999
            break
    assert 0 < kinds.count("rows") < 400
    writer.close()


async def test_a_mirror_that_diverged_is_recorded_and_loaded_again(
    doors: Doors, tmp_path: Path
) -> None:
    snapshots: list[bytes] = []
    link = await connected(tmp_path, [], snapshots)
    doors.world.seq = 12
    link.resync(7)
    await until(lambda: len(snapshots) == 2)
    assert (doors.divergences, load(snapshots[1]).seq) == ([7], 12)
    await link.close()


async def test_what_waits_fails_when_the_engine_goes(doors: Doors, tmp_path: Path) -> None:
    link = await connected(tmp_path, [], [])

    async def never(name: str, args: dict[str, Any]) -> Any:
        await asyncio.Event().wait()

    doors.query = never  # type: ignore[method-assign]  # an engine that hangs
    asking = asyncio.create_task(link.query("echo"), name="asking")
    await asyncio.sleep(0)
    writer = link._writer
    assert writer is not None
    writer.transport.abort()
    with pytest.raises(LinkLost):
        await asking
    with pytest.raises(LinkLost):
        await link.query("echo")
    await link.close()


async def test_a_screen_finds_the_engine_again_and_watches_what_it_watched(tmp_path: Path) -> None:
    first, second = Doors(), Doors()
    server = Server(first)
    await server.open(tmp_path / "s")
    states: list[bool] = []
    snapshots: list[bytes] = []
    link = SocketLink(tmp_path / "s", "1")
    link.on_state, link.on_snapshot = states.append, snapshots.append
    keeping = asyncio.create_task(link.keep(), name="keeping")
    await until(lambda: bool(snapshots))
    link.watch(frozenset({3}))
    await server.close()
    await until(lambda: states == [True, False])
    again = Server(second)
    await again.open(tmp_path / "s")
    await until(lambda: len(snapshots) == 2 and second.watched == {3})
    assert states == [True, False, True]
    assert await link.query("echo", word="b") == {"word": "b"}
    await link.close()
    await asyncio.wait_for(keeping, 5)
    await again.close()


async def test_ninth_client_is_refused(doors: Doors, tmp_path: Path) -> None:
    links = [await connected(tmp_path, [], []) for _ in range(8)]
    with pytest.raises(LinkRefused, match="connected already"):
        await SocketLink(tmp_path / "s", "1").connect()
    for link in links:
        await link.close()


async def test_created_threads_arrive_in_order(doors: Doors, tmp_path: Path) -> None:
    rows: list[Row] = []
    link = await connected(tmp_path, rows, [])
    for seq in range(50):
        made = draft(
            ThreadCreated(f"t{seq}", "", "native", "native", "a", "m", "b"), Stamp(seq), 0.0, seq
        )
        doors.tell([Row(8 + seq, made.wall, seq, 0, made.kind, made.payload)])
    await until(lambda: len(rows) == 50)
    assert [row.seq for row in rows] == list(range(8, 58))
    await link.close()
