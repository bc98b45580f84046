"""Readers see exactly what was appended, over all segments, while the writer writes."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from commandcenter.core.codec import Draft, Row
from commandcenter.journal import reader as reader_module
from commandcenter.journal.live import JournalSettings, Opening
from commandcenter.journal.reader import NEWEST, AsyncReader, Reader, Span
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import Writer

Make = Callable[..., Draft]
KINDS = ("Delta", "Ended", "Given")
STEP: st.SearchStrategy[tuple[str, list[int], bool]] = st.one_of(
    st.tuples(
        st.just("append"),
        st.lists(st.integers(0, 400), min_size=1, max_size=12),
        st.booleans(),
    ),
    st.tuples(st.just("together"), st.lists(st.booleans(), min_size=2, max_size=6), st.booleans()),
    st.tuples(st.just("reopen"), st.just([]), st.booleans()),
)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "WINDOW", 7)
    monkeypatch.setattr(reader_module, "PAGE", 3)


async def written(settings: JournalSettings, opening: Opening, make: Make) -> list[Row]:
    """200 entries of four threads and three kinds in several segments."""
    small = JournalSettings(settings.folder, segment_bytes=60_000, reserve_bytes=0, room_bytes=0)
    told: list[Row] = []
    writer = await Writer.open(small, opening, told.append)
    rows: list[Row] = []
    for n in range(40):
        drafts = [make("x" * 200, (n + k) % 4, KINDS[k % 3]) for k in range(5)]
        first = await writer.append(drafts, flush=True)
        rows += [
            Row(seq, d.wall, d.thread, d.epoch, d.kind, d.payload)
            for seq, d in enumerate(drafts, first)
        ]
    assert writer.segment > 2
    await writer.close(None)
    begin = Reader(settings.folder).rows(0, 1)
    return sorted([*begin, *told, *rows], key=lambda row: row.seq)


def pick(rows: Sequence[Row], span: Span) -> list[Row]:
    return [
        row
        for row in rows
        if span.since < row.seq < span.before
        and (span.thread is None or row.thread == span.thread)
        and (span.kinds is None or row.kind in span.kinds)
    ]


@pytest.mark.usefixtures("small_pages")
async def test_every_way_to_ask_over_all_segments(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    rows = await written(settings, opening, make)
    reader = Reader(settings.folder)
    assert reader.rows(0, 10_000) == rows
    assert reader.last_seq() == rows[-1].seq
    for since in (0, 1, 57, 150, 1_000):
        for thread in (None, 0, 2, 9):
            for kinds in (None, ("Ended",), ("Given", "SegmentOpened"), ("Never",), ()):
                span = Span(since, NEWEST, thread, kinds)
                assert reader.rows(since, 11, thread, kinds) == pick(rows, span)[:11]
                back = Span(0, since, thread, kinds)
                assert reader.tail(thread, since, 11, kinds) == pick(rows, back)[-11:]
                assert list(reader.walk(Span(3, since, thread, kinds))) == pick(
                    rows, Span(3, since, thread, kinds)
                )
    assert reader.rows(0, 0) == []


def test_no_journal_holds_nothing(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "nothing")
    assert reader.rows(0, 10) == []
    assert reader.tail(None, NEWEST, 10) == []
    assert reader.last_seq() == 0
    assert reader.snapshot() is None


async def test_reading_goes_on_beside_the_writer(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    small = JournalSettings(settings.folder, segment_bytes=90_000, reserve_bytes=0, room_bytes=0)
    writer = await Writer.open(small, opening)
    reader = AsyncReader(settings.folder)
    reads = 0

    async def read() -> None:
        nonlocal reads
        while writer.last_seq < 3_000:
            seen = writer.last_seq
            rows = await reader.rows(max(0, seen - 300), 1_000)
            assert [row.seq for row in rows] == list(range(rows[0].seq, rows[-1].seq + 1))
            assert rows[-1].seq >= seen
            tail = await reader.tail(2, NEWEST, 5)
            assert [row.thread for row in tail] == [2] * len(tail)
            assert (await asyncio.to_thread(verify, settings.folder)).status == "sound"
            reads += 1

    async def write() -> None:
        while writer.last_seq < 3_000:
            await writer.append([make("x" * 100, n % 3) for n in range(25)], flush=True)
            await asyncio.sleep(0.002)

    await asyncio.gather(read(), read(), write())
    assert reads > 3
    assert writer.segment > 2
    assert await reader.last_seq() == writer.last_seq
    await writer.close(b"state")
    snapshot = await reader.snapshot()
    assert snapshot is not None
    assert snapshot.seq == writer.last_seq
    reader.close()


async def play(folder: Path, opening: Opening, steps: list[tuple[str, list[int], bool]]) -> None:
    small = JournalSettings(
        folder, segment_bytes=50_000, window_s=0.001, reserve_bytes=0, room_bytes=0
    )
    model: dict[int, Draft] = {}
    opened: list[Row] = []
    writer = await Writer.open(small, opening, opened.append)
    for number, (what, sizes, flush) in enumerate(steps):
        if what == "reopen":
            await writer.close(b"state" if flush else None)
            writer = await Writer.open(small, opening, opened.append)
        groups = [sizes] if what == "append" else [[size] for size in sizes]
        drafts = [
            [Draft(number, k, 2, KINDS[k % 3], b'"%s"' % (b"x" * int(size))) for k, size in group]
            for group in (list(enumerate(group)) for group in groups)
        ]
        firsts = await asyncio.gather(*(writer.append(group, flush) for group in drafts))
        for first, group in zip(firsts, drafts, strict=True):
            model.update(enumerate(group, first))
    await writer.close(None)
    rows = Reader(folder).rows(0, 1 << 40)
    found = {row.seq: Draft(*row_fields(row)) for row in rows}
    ours = {seq: draft for seq, draft in found.items() if draft.kind != "SegmentOpened"}
    assert ours == model
    assert [row for row in rows if row.kind == "SegmentOpened"][1:] == opened
    assert list(found) == list(range(1, len(found) + 1))
    report = verify(folder)
    assert (report.status, report.entries) == ("sound", len(rows))


def row_fields(row: Row) -> tuple[int, int, int, str, bytes]:
    return row.wall, row.thread, row.epoch, row.kind, row.payload


@profile(max_examples=25, deadline=None)
@given(steps=st.lists(STEP, max_size=8))
def test_what_was_appended_is_what_is_read(
    steps: list[tuple[str, list[int], bool]], opening: Opening
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "journal", opening, steps))
