"""A full disk, an I/O error, a read-only file: nothing acknowledged is lost, and it goes on."""

import asyncio
import random
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from commandcenter.core.codec import Draft
from commandcenter.journal.live import Head, JournalSettings, Opening
from commandcenter.journal.reader import Reader
from commandcenter.journal.recovery import open_live
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import CannotRecord, Writer

Make = Callable[..., Draft]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Every write beyond `size` bytes fails, as a quota does; Python ignores SIGXFSZ."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_failed_commit_is_told_and_writing_resumes(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    reserve = settings.folder / "reserve"
    writer = await Writer.open(settings, opening)
    assert reserve.stat().st_size == settings.reserve_bytes
    acknowledged = [await writer.append([make(str(n))], flush=True) for n in range(3)]
    with no_file_above(100_000):
        with pytest.raises(CannotRecord, match="SQLITE_IOERR_WRITE") as caught:
            await writer.append([make("x" * 200_000)], flush=True)
        assert caught.value.why == writer.why
        assert not reserve.exists(), "spent, so that the stop itself finds room"
        acknowledged.append(await writer.append([make("the stop")], flush=True))
        with pytest.raises(CannotRecord):
            await writer.append([make("flow")], flush=False)
        assert Reader(settings.folder).last_seq() == writer.last_seq == acknowledged[-1]
        big = [writer.append([make("x" * 200_000)], flush=True) for _ in range(3)]
        told = await asyncio.gather(*big, return_exceptions=True)
        assert all(isinstance(each, CannotRecord) for each in told)
        with pytest.raises(CannotRecord):
            await writer.snapshot(2, random.Random(1).randbytes(200_000))
    assert await writer.probe()
    assert (writer.why, reserve.exists()) == ("", True)
    acknowledged.append(await writer.append([make("flow")], flush=False))
    assert acknowledged == [2, 3, 4, 5, 6]
    await writer.close(None)
    assert verify(settings.folder).entries == 6


async def test_a_probe_fails_as_long_as_there_is_no_room(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    await writer.append([make("x" * 60_000)], flush=True)
    with no_file_above(65_000):
        assert not await writer.probe()
    assert await writer.probe()
    await writer.close(None)


async def test_too_little_room_at_the_start_is_said_and_the_reserve_spent(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    greedy = JournalSettings(settings.folder, reserve_bytes=65_536, room_bytes=1 << 60)
    await (await Writer.open(settings, opening)).close(None)
    writer = await Writer.open(greedy, opening)
    assert "MiB are free" in writer.why
    assert writer.found.why == writer.why
    assert not (settings.folder / "reserve").exists()
    assert await writer.append([make("given")], flush=True) == 2
    with pytest.raises(CannotRecord, match="MiB are free"):
        await writer.append([make("flow")], flush=False)
    assert not await writer.probe()
    await writer.close(None)


def test_sqlite_full_takes_the_whole_batch_back(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    live, found = open_live(settings, opening)
    before = live.head
    assert before == Head(1, bytes.fromhex(found.head))
    (pages,) = live.conn.execute("PRAGMA page_count").fetchone()
    live.conn.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    batch = [[make("small", key="ab" * 16)], [make("x" * 90_000)]]
    with pytest.raises(sqlite3.OperationalError) as caught:
        live.write(batch)
    assert caught.value.sqlite_errorname == "SQLITE_FULL"
    assert live.head == before
    live.conn.execute("PRAGMA max_page_count = 100000").fetchall()
    assert live.write(batch) == [2, 3], "the order id of the failed batch is free again"
    live.close(None)
    live.abandon()
    assert verify(settings.folder).entries == 3


def test_a_new_segment_without_room_leaves_the_old_one_in_use(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    small = JournalSettings(settings.folder, segment_bytes=1, reserve_bytes=0, room_bytes=0)
    live, _ = open_live(small, opening)
    live.write([[make("x" * 3_000)]])
    with no_file_above(4_096):
        assert live.rotate_if_due(make().wall) is None
    assert live.place.number == 1
    assert sorted(path.name for path in settings.folder.glob("0002*")) == []
    live.write([[make("x" * 3_000)]])
    assert live.rotate_if_due(make().wall) is not None
    assert live.place.number == 2
    live.close(None)
    live.abandon()
    assert verify(settings.folder).status == "sound"


async def test_a_second_writer_is_seen(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    other, _ = open_live(settings, opening)
    other.conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(CannotRecord, match="SQLITE_BUSY"):
        await writer.append([make()], flush=True)
    other.conn.execute("ROLLBACK")
    assert await writer.append([make()], flush=True) == 2
    other.abandon()
    await writer.close(None)
