"""kill -9 loses nothing acknowledged; damage is found at the start, and never started on."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from commandcenter.core.codec import Draft
from commandcenter.journal.live import JournalSettings, Opening
from commandcenter.journal.reader import Reader
from commandcenter.journal.segments import JournalDamaged, segments
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import Writer

Make = Callable[..., Draft]

CHILD = """
import asyncio, sys
from pathlib import Path
from commandcenter.core.codec import Draft, Stamp, draft
from commandcenter.core.events import SegmentOpened
from commandcenter.journal.writer import JournalSettings, Writer

async def caller(writer, name):
    for n in range(1_000_000):
        text = b'"%d %d %s"' % (name, n, b"x" * (37 * n % 900))
        seq = await writer.append([Draft(n, name, 1, "Noted", text)], flush=n % 3 == 0)
        sys.stdout.write(f"{seq} {name} {n}\\n")
        sys.stdout.flush()

async def main():
    settings = JournalSettings(
        Path(sys.argv[1]), segment_bytes=300_000, window_s=0.005, reserve_bytes=0, room_bytes=0
    )
    opening = lambda previous, head: draft(SegmentOpened(previous, head), Stamp(), 0.0, 0)
    writer = await Writer.open(settings, opening)
    await asyncio.gather(*(caller(writer, name) for name in range(8)))

asyncio.run(main())
"""


def run_and_kill(folder: Path, acknowledged: Path, lines: int) -> None:
    """A writer in its own process; each acknowledgement is synced here before the next is read."""
    command = [sys.executable, "-c", CHILD, str(folder)]
    with (
        acknowledged.open("ab", buffering=0) as file,
        subprocess.Popen(command, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout is not None
        for _ in range(lines):
            file.write(child.stdout.readline())
            os.fsync(file.fileno())
        child.kill()
        whole, _, _ = child.stdout.read().rpartition(b"\n")
        file.write(whole + b"\n" if whole else b"")


@pytest.mark.slow
def test_five_kills_lose_nothing_acknowledged(
    settings: JournalSettings, opening: Opening, tmp_path: Path
) -> None:
    acknowledged, rng = tmp_path / "acknowledged", random.Random(7)
    for _ in range(5):
        run_and_kill(settings.folder, acknowledged, rng.randrange(50, 500))
    promised = [line.split() for line in acknowledged.read_bytes().splitlines()]
    assert len(promised) > 250
    assert len(segments(settings.folder)) > 1
    rows = {row.seq: row for row in Reader(settings.folder).rows(0, 1_000_000)}
    for seq, name, n in promised:
        row = rows[int(seq)]
        assert row.thread == int(name)
        assert row.payload.startswith(b'"%s %s ' % (name, n))
    assert list(rows) == list(range(1, len(rows) + 1))
    assert verify(settings.folder).entries == len(rows)
    asyncio.run(reopened(settings, opening, len(rows)))


async def reopened(settings: JournalSettings, opening: Opening, last: int) -> None:
    writer = await Writer.open(settings, opening)
    assert (writer.found.clean, writer.found.last_seq) == (False, last)
    await writer.close(None)
    writer = await Writer.open(settings, opening)
    assert writer.found.clean
    await writer.close(None)


async def two_segments(settings: JournalSettings, opening: Opening, make: Make) -> Path:
    small = JournalSettings(settings.folder, segment_bytes=1, reserve_bytes=0, room_bytes=0)
    writer = await Writer.open(small, opening)
    for _ in range(2):
        await writer.append([make("x" * 300) for _ in range(20)], flush=True)
    await writer.close(None)
    return settings.folder / "0002.db"


@pytest.mark.parametrize(
    "case",
    [
        ("UPDATE entries SET wall = 1 WHERE seq = 30", "the chain breaks at entry 30"),
        ("DELETE FROM entries WHERE seq = 31", "the chain breaks at entry 32"),
        ("DELETE FROM entries WHERE seq = 22", "does not follow entry 21"),
        ("UPDATE entries SET epoch = 1 WHERE seq = 22", "entry 22 was altered"),
        ("UPDATE entries SET payload = x'7b7d' WHERE seq = 22", "does not follow entry 21"),
        ("DELETE FROM entries", "holds no entry"),
    ],
)
async def test_damage_is_found_at_the_start(
    settings: JournalSettings, opening: Opening, make: Make, case: tuple[str, str]
) -> None:
    statement, why = case
    path = await two_segments(settings, opening, make)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(statement)
    with pytest.raises(JournalDamaged, match=why) as caught:
        await Writer.open(settings, opening)
    assert caught.value.path == path


async def test_a_broken_page_after_a_kill_is_found(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    path = await two_segments(settings, opening, make)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("DELETE FROM meta")
        (root,) = conn.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'entries_thread'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : (root - 1) * 4096 + 200] = bytes(200)
    path.write_bytes(data)
    with pytest.raises(JournalDamaged):
        await Writer.open(settings, opening)


async def test_a_missing_or_older_segment_before_is_found(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    await two_segments(settings, opening, make)
    first = settings.folder / "0001.db"
    with closing(sqlite3.connect(first, isolation_level=None)) as conn:
        conn.execute("DELETE FROM entries WHERE seq > 15")
    with pytest.raises(JournalDamaged, match="does not follow entry 15"):
        await Writer.open(settings, opening)
    first.unlink()
    with pytest.raises(JournalDamaged, match=r"0001\.db: this segment is missing"):
        await Writer.open(settings, opening)
