"""An edit, a deletion, a swap and a cut inside are found, with the first seq that is wrong."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from commandcenter.core.codec import Draft
from commandcenter.journal.live import JournalSettings, Opening
from commandcenter.journal.segments import segments
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import Writer

Make = Callable[..., Draft]


@pytest.fixture
async def folder(settings: JournalSettings, opening: Opening, make: Make) -> Path:
    """Four segments: 1-20, 21-40, 41-60, 61-72."""
    small = JournalSettings(settings.folder, segment_bytes=1, reserve_bytes=0, room_bytes=0)
    writer = await Writer.open(small, opening)
    for n in range(4):
        await writer.append(
            [make(f"{n} {k}" + "x" * 900, thread=k % 3) for k in range(19 if n < 3 else 11)],
            flush=True,
        )
    await writer.snapshot(70, b"world")
    await writer.close(None)
    assert len(segments(settings.folder)) == 4
    return settings.folder


def change(folder: Path, number: int, *statements: str) -> None:
    with closing(sqlite3.connect(folder / f"{number:04d}.db")) as conn:
        for statement in statements:
            conn.execute(statement)
        conn.commit()


def test_sound(folder: Path) -> None:
    report = verify(folder)
    assert (report.status, report.entries, report.bad, report.why) == ("sound", 72, 0, "")
    part = verify(folder, since=45)
    assert (part.status, part.entries, part.head) == ("sound", 28, report.head)
    assert verify(folder, since=41).entries == 32
    assert verify(folder, since=72).entries == 1
    assert verify(folder, since=99).entries == 0


@pytest.mark.parametrize(
    "edit",
    [
        "payload = CAST(replace(CAST(payload AS TEXT), 'x', 'y') AS BLOB)",
        "payload = CAST(CAST(payload AS TEXT) || ' ' AS BLOB)",
        "wall = wall + 1",
        "thread = thread + 1",
        "epoch = epoch + 1",
        "kind = 'Other'",
        "hash = zeroblob(32)",
    ],
)
def test_an_edit_of_any_column(folder: Path, edit: str) -> None:
    change(folder, 2, f"UPDATE entries SET {edit} WHERE seq = 30")
    report = verify(folder)
    assert (report.status, report.bad, report.entries) == ("altered", 30, 29)
    assert "hash" in report.why
    assert verify(folder, since=31).status == ("altered" if "hash =" in edit else "sound")


@pytest.mark.parametrize("seq", [1, 2, 20, 21, 40, 41, 55])
def test_a_deletion(folder: Path, seq: int) -> None:
    change(folder, (seq + 19) // 20, f"DELETE FROM entries WHERE seq = {seq}")
    report = verify(folder)
    assert (report.status, report.bad) == ("altered", seq)
    assert report.why == "1 entries are missing"


def test_a_swap(folder: Path) -> None:
    change(
        folder,
        3,
        "UPDATE entries SET seq = 999 WHERE seq = 50",
        "UPDATE entries SET seq = 50 WHERE seq = 51",
        "UPDATE entries SET seq = 51 WHERE seq = 999",
    )
    assert (verify(folder).status, verify(folder).bad) == ("altered", 50)


def test_a_cut_in_a_middle_segment(folder: Path) -> None:
    change(folder, 2, "DELETE FROM entries WHERE seq > 33")
    report = verify(folder)
    assert (report.bad, report.why) == (34, "7 entries are missing")


def test_a_middle_segment_emptied_or_gone(folder: Path) -> None:
    change(folder, 2, "DELETE FROM entries")
    assert (verify(folder).bad, verify(folder).why) == (21, "segment 2 holds no entry")
    (folder / "0002.db").unlink()
    assert (verify(folder).bad, verify(folder).why) == (21, "segment 2 is missing")
    (folder / "0001.db").unlink()
    assert (verify(folder).bad, verify(folder).why) == (1, "segment 1 is missing")


def test_a_cut_end_that_a_snapshot_knows_of(folder: Path) -> None:
    change(folder, 4, "DELETE FROM entries WHERE seq > 68")
    report = verify(folder)
    assert (report.bad, report.why) == (69, "entries up to 72 were cut off")


def test_one_byte_anywhere_in_the_text(folder: Path) -> None:
    path = folder / "0003.db"
    data = bytearray(path.read_bytes())
    at = data.index(b"2 7xxxx") + 400
    data[at] ^= 1
    path.write_bytes(data)
    report = verify(folder)
    assert (report.status, report.bad) == ("altered", 49)


def test_a_file_cut_short(folder: Path) -> None:
    path = folder / "0002.db"
    path.write_bytes(path.read_bytes()[:-8_192])
    report = verify(folder)
    assert report.status != "sound"
    assert 21 <= report.bad <= 40


def test_a_page_of_zeros(folder: Path) -> None:
    path = folder / "0002.db"
    data = path.read_bytes()
    page = data.index(b"1 7xxxx") // 4096
    path.write_bytes(data[: page * 4096] + bytes(4096) + data[(page + 1) * 4096 :])
    report = verify(folder)
    assert report.status != "sound"
    assert 21 <= report.bad <= 40


def test_a_segment_in_the_place_of_another(folder: Path) -> None:
    (folder / "0002.db").write_bytes((folder / "0003.db").read_bytes())
    assert verify(folder).bad == 21


def test_no_journal(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no journal"):
        verify(tmp_path)
