"""`journal export` and `journal stats` over several segments."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from commandcenter.core.codec import Draft, Row
from commandcenter.journal.live import JournalSettings, Opening
from commandcenter.journal.reader import Reader
from commandcenter.journal.reports import export, line, stats
from commandcenter.journal.writer import Writer

Make = Callable[..., Draft]


async def three_segments(settings: JournalSettings, opening: Opening, make: Make) -> Path:
    small = JournalSettings(settings.folder, segment_bytes=1, reserve_bytes=0, room_bytes=0)
    writer = await Writer.open(small, opening)
    for n in range(3):
        kind = "Ended" if n else "Given"
        await writer.append([make(f"{n}", n, kind), make("ä\\n", n, "Delta")], flush=True)
    await writer.close(b"world")
    return settings.folder


async def test_export_is_one_json_object_a_line(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    folder = await three_segments(settings, opening, make)
    lines = list(export(folder))
    rows = Reader(folder).rows(0, 100)
    assert len(lines) == len(rows) == 9
    for text, row in zip(lines, rows, strict=True):
        assert text.endswith(b"}\n")
        assert text.count(b"\n") == 1
        record = msgspec.json.decode(text)
        assert record.pop("payload") == msgspec.json.decode(row.payload)
        assert record == {
            "seq": row.seq,
            "wall": row.wall,
            "thread": row.thread,
            "epoch": row.epoch,
            "kind": row.kind,
        }
    assert len(list(export(folder, since=4))) == 5
    assert [msgspec.json.decode(text)["kind"] for text in export(folder, thread=2)] == [
        "Ended",
        "Delta",
    ]


def test_a_payload_that_is_no_json_is_kept_as_base64() -> None:
    assert b'"base64":"/w=="' in line(Row(1, 0, 0, 0, "Noted", b"\xff"))
    assert b'"base64":"eyI="' in line(Row(1, 0, 0, 0, "Noted", b'{"'))
    spaced = line(Row(1, 0, 0, 0, "Noted", b'{\n "a": 1}'))
    assert spaced == b'{"seq":1,"wall":0,"thread":0,"epoch":0,"kind":"Noted","payload":{"a":1}}\n'


async def test_stats_count_kinds_segments_and_time(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    folder = await three_segments(settings, opening, make)
    found = stats(folder)
    assert found.entries == 9
    assert found.kinds == {"SegmentOpened": 3, "Delta": 3, "Ended": 2, "Given": 1}
    assert [(each.number, each.first_seq, each.last_seq) for each in found.segments] == [
        (1, 1, 3),
        (2, 4, 6),
        (3, 7, 9),
    ]
    assert found.size == sum(path.stat().st_size for path in folder.glob("*.db"))
    assert [each.snapshots for each in found.segments] == [0, 0, 1]
    assert found.first_wall == found.last_wall == make().wall
    assert stats(folder / "none").entries == 0
