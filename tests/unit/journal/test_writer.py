"""Group commit: what is acknowledged is durable, in order, and nobody waits for too long."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import Draft, Row, load_entry
from commandcenter.core.events import SegmentOpened
from commandcenter.journal.live import REMEMBER_NS, JournalSettings, Opening
from commandcenter.journal.reader import Reader
from commandcenter.journal.segments import connect_to_read, segments
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import CannotRecord, Repeated, Writer

Make = Callable[..., Draft]
LONG = 30.0


def with_(settings: JournalSettings, **changes: object) -> JournalSettings:
    known = {name: getattr(settings, name) for name in JournalSettings.__struct_fields__}
    return JournalSettings(**{**known, **changes})


async def test_a_new_journal_begins_with_its_first_segment(
    settings: JournalSettings, opening: Opening
) -> None:
    writer = await Writer.open(settings, opening)
    assert (writer.found.created, writer.found.clean, writer.last_seq) == (True, True, 1)
    await writer.close(None)
    (row,) = Reader(settings.folder).rows(0, 10)
    assert load_entry(row).event == SegmentOpened(0, "00" * 32)


async def test_seqs_run_on_over_appends_and_starts(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    assert await writer.append([make("a"), make("b")], flush=True) == 2
    assert await writer.append([make("c")], flush=False) == 4
    await writer.close(None)
    writer = await Writer.open(settings, opening)
    assert (writer.found.last_seq, writer.found.clean, writer.found.created) == (4, True, False)
    assert await writer.append([make("d")], flush=True) == 5
    await writer.close(None)
    texts = [row.payload[17:18] for row in Reader(settings.folder).rows(1, 10)]
    assert texts == [b"a", b"b", b"c", b"d"]


async def test_acknowledged_means_another_connection_sees_it(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    for n in range(20):
        seq = await writer.append([make(str(n))], flush=n % 3 > 0)
        assert Reader(settings.folder).last_seq() == seq == writer.last_seq
    await writer.close(None)


async def test_a_flush_takes_along_what_waits(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(with_(settings, window_s=LONG), opening)
    flow = [asyncio.create_task(writer.append([make(str(n))], False), name="f") for n in range(5)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(writer.append([make("now")], flush=True), LONG / 10) == 7
    assert await asyncio.gather(*flow) == [2, 3, 4, 5, 6]
    await writer.close(None)


async def test_a_thousand_entries_do_not_wait_for_the_window(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(with_(settings, window_s=LONG), opening)
    drafts = [make(str(n)) for n in range(1_000)]
    assert await asyncio.wait_for(writer.append(drafts, flush=False), LONG / 10) == 2
    await writer.close(None)


async def test_a_known_order_is_refused_with_its_first_seq(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    key = "ab" * 16
    writer = await Writer.open(settings, opening)
    assert await writer.append([make("x"), make("given", key=key)], flush=True) == 2
    with pytest.raises(Repeated) as caught:
        await writer.append([make("y", key="cd" * 16), make("again", key=key)], flush=True)
    assert (caught.value.seq, caught.value.key) == (3, key)
    assert await writer.append([make("y", key="cd" * 16)], flush=True) == 4
    with pytest.raises(Repeated):
        await writer.append([make("p", key="ef" * 16), make("q", key="ef" * 16)], flush=True)
    await writer.close(None)
    writer = await Writer.open(settings, opening)
    with pytest.raises(Repeated):
        await writer.append([make("again", key=key)], flush=True)
    assert writer.last_seq == 4
    await writer.close(None)


async def test_two_with_one_key_in_one_commit(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    both = [writer.append([make("given", key="ab" * 16)], flush=True) for _ in range(2)]
    first, second = await asyncio.gather(*both, return_exceptions=True)
    assert first == 2
    assert isinstance(second, Repeated)
    await writer.close(None)


async def test_orders_are_known_in_the_next_segments_for_thirty_days(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    old, young = "0a" * 16, "0b" * 16
    day = 86_400 * NS
    start = make().wall
    writer = await Writer.open(settings, opening)
    await writer.append([make("o", key=old)], flush=True)
    await writer.append([make("n", wall=start + 20 * day)], flush=True)
    await writer.append([make("y", key=young, wall=start + 20 * day)], flush=True)
    await writer.append([make("n", wall=start + 7 * day + REMEMBER_NS)], flush=True)
    assert writer.segment == 3
    with pytest.raises(Repeated):
        await writer.append([make("y", key=young, wall=start + 37 * day)], flush=True)
    await writer.append([make("o", key=old, wall=start + 37 * day)], flush=True)
    await writer.close(None)


async def test_what_cannot_be_stored_fails_alone(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    bad = [
        Draft(1 << 70, 1, 1, "Noted", b"{}"),
        Draft(1, -1, 1, "Noted", b"{}"),
        Draft(1, 1, 1 << 32, "Noted", b"{}"),
        Draft(1, 1, 1, "\ud800", b"{}"),
    ]
    appends = [writer.append([make("before"), each], flush=True) for each in bad]
    *failed, good = await asyncio.gather(
        *appends, writer.append([make("good")], flush=True), return_exceptions=True
    )
    assert all(isinstance(each, ValueError) for each in failed)
    assert good == 2
    with pytest.raises(ValueError, match="nothing"):
        await writer.append([], flush=True)
    await writer.close(None)
    assert verify(settings.folder).entries == 2


async def test_flow_beyond_the_queue_waits_in_order_and_control_does_not(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(with_(settings, window_s=0.2, queue_bytes=2_000), opening)
    flow = [
        asyncio.create_task(writer.append([make("x" * 500)], flush=False), name=f"flow {n}")
        for n in range(9)
    ]
    await asyncio.sleep(0)
    control = await writer.append([make("now")], flush=True)
    assert control < 9, "three fit the queue, the others wait for the next commits"
    seqs = await asyncio.gather(*flow)
    assert seqs == sorted(seqs)
    assert sorted([*seqs, control]) == list(range(2, 12))
    await writer.close(None)


async def test_close_records_what_waits(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(with_(settings, window_s=LONG, queue_bytes=1_000), opening)
    flow = [
        asyncio.create_task(writer.append([make("x" * 500)], flush=False), name=f"flow {n}")
        for n in range(9)
    ]
    await asyncio.sleep(0)
    await writer.close(b"the world")
    assert await asyncio.gather(*flow) == list(range(2, 11))
    snapshot = Reader(settings.folder).snapshot()
    assert snapshot is not None
    assert (snapshot.seq, snapshot.state) == (10, b"the world")
    for late in (writer.append([make()], flush=True), writer.probe(), writer.close(None)):
        with pytest.raises(CannotRecord, match="closed"):
            await late


async def test_a_cancelled_append_stays_recorded(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    task = asyncio.create_task(writer.append([make("kept")], flush=False), name="cancelled")
    await asyncio.sleep(0)
    task.cancel()
    assert await writer.append([make("next")], flush=True) == 3
    await writer.close(None)


async def test_a_full_segment_is_followed_by_one_that_names_its_head(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    told: list[Row] = []
    writer = await Writer.open(with_(settings, segment_bytes=1), opening, told.append)
    seqs = [await writer.append([make(str(n))], flush=True) for n in range(3)]
    assert seqs == [2, 4, 6]
    assert [row.seq for row in told] == [3, 5]
    await writer.close(None)
    assert [place.number for place in segments(settings.folder)] == [1, 2, 3]
    with closing(connect_to_read(settings.folder / "0002.db")) as conn:
        (head,) = conn.execute("SELECT hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert load_entry(told[1]).event == SegmentOpened(2, head.hex())
    assert Reader(settings.folder).rows(0, 9)[4] == told[1]
    assert verify(settings.folder).entries == 6


async def test_a_week_later_a_new_segment_begins(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    await writer.append([make()], flush=True)
    await writer.append([make(wall=make().wall + 7 * 86_400 * NS)], flush=True)
    assert writer.segment == 2
    await writer.close(None)


async def test_a_snapshot_is_found_and_a_damaged_one_passed_over(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(with_(settings, segment_bytes=1), opening)
    for n in range(3):
        await writer.snapshot(await writer.append([make()], flush=True), b"world %d" % n)
    with pytest.raises(ValueError, match="no entry 7"):
        await writer.snapshot(7, b"to come")
    await writer.close(None)
    reader = Reader(settings.folder)
    assert reader.snapshot().state == b"world 2"  # type: ignore[union-attr] # None fails the test
    with closing(sqlite3.connect(settings.folder / "0003.db", isolation_level=None)) as conn:
        conn.execute("UPDATE snapshots SET state = x'00'")
    assert reader.snapshot().state == b"world 1"  # type: ignore[union-attr] # None fails the test
    assert reader.snapshot(before=4).state == b"world 0"  # type: ignore[union-attr] # as above
    assert reader.snapshot(before=2) is None


async def test_the_wal_is_written_back_when_idle(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    await writer.append([make("x" * 9_000)], flush=True)
    wal = settings.folder / "0001.db-wal"
    for _ in range(500):
        if not wal.stat().st_size:
            break
        await asyncio.sleep(0.01)
    assert wal.stat().st_size == 0
    assert Reader(settings.folder).last_seq() == 2
    await writer.close(None)


async def test_the_event_loop_goes_on_while_much_is_written(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    writer = await Writer.open(settings, opening)
    task = asyncio.create_task(writer.append([make("x" * 200)] * 20_000, flush=True), name="much")
    turns = 0
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5
    await writer.close(None)
