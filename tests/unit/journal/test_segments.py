"""Files, versions, and what must not be touched."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from commandcenter.core.codec import Draft
from commandcenter.journal import disk
from commandcenter.journal.live import JournalSettings, Opening
from commandcenter.journal.reader import Reader
from commandcenter.journal.segments import (
    VERSION,
    JournalDamaged,
    NewerJournal,
    check_sqlite,
    connect_to_read,
    segments,
    version_of,
)
from commandcenter.journal.verify import verify
from commandcenter.journal.writer import Writer

Make = Callable[..., Draft]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def filled(settings: JournalSettings, opening: Opening, make: Make) -> Path:
    writer = await Writer.open(settings, opening)
    await writer.append([make("a"), make("b")], flush=True)
    await writer.close(b"world")
    return settings.folder / "0001.db"


async def test_a_newer_journal_is_refused_and_left_as_it_is(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    path = await filled(settings, opening, make)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"PRAGMA user_version = {VERSION + 1}")
    (settings.folder / "0002.db.new").write_bytes(b"half a segment")
    before = contents(settings.folder)
    with pytest.raises(NewerJournal, match=r"0001\.db is a journal of version 2") as caught:
        await Writer.open(settings, opening)
    assert (caught.value.found, caught.value.ours, caught.value.path) == (2, VERSION, path)
    with pytest.raises(NewerJournal):
        Reader(settings.folder).rows(0, 10)
    with pytest.raises(NewerJournal):
        verify(settings.folder)
    assert contents(settings.folder) == before


async def test_a_newer_version_is_seen_while_it_still_waits_in_the_wal(
    settings: JournalSettings, opening: Opening, make: Make, tmp_path: Path
) -> None:
    path = await filled(settings, opening, make)
    copy = tmp_path / "copy.db"
    write_later_version(path, copy)
    assert version_of(copy) == 9
    wal_of(copy).unlink()
    assert version_of(copy) == VERSION


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def write_later_version(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("INSERT INTO meta VALUES('later', 1)")
        conn.execute("PRAGMA user_version = 9")
        conn.execute("INSERT INTO meta VALUES('still later', 1)")
        copy.write_bytes(path.read_bytes())
        wal_of(copy).write_bytes(wal_of(path).read_bytes())


async def test_nothing_but_segments_and_reserve_is_left_and_only_we_may_read_them(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    path = await filled(settings, opening, make)
    assert list(contents(settings.folder)) == ["0001.db", "reserve"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.folder.stat().st_mode & 0o777 == 0o700
    assert verify(settings.folder).status == "sound"
    assert Reader(settings.folder).last_seq() == 3
    assert list(contents(settings.folder)) == ["0001.db", "reserve"]


async def test_half_a_segment_of_a_crash_is_dropped(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    await filled(settings, opening, make)
    for name in ("0002.db.new", "0002.db.new-journal"):
        (settings.folder / name).write_bytes(b"half a segment")
    writer = await Writer.open(settings, opening)
    assert writer.found.clean
    assert writer.found.segment == 1
    await writer.close(None)
    assert [place.number for place in segments(settings.folder)] == [1]


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough" * 9])
async def test_a_foreign_file_is_named_not_written(
    settings: JournalSettings, opening: Opening, content: bytes
) -> None:
    settings.folder.mkdir()
    path = settings.folder / "0001.db"
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match="no journal segment"):
        await Writer.open(settings, opening)
    assert path.read_bytes() == content


async def test_a_reader_cannot_write(
    settings: JournalSettings, opening: Opening, make: Make
) -> None:
    path = await filled(settings, opening, make)
    with closing(connect_to_read(path)) as conn:
        for statement in ("DELETE FROM entries", "PRAGMA journal_mode = WAL", "CREATE TABLE t(a)"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                conn.execute(statement).fetchall()


def test_a_second_sqlite_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_sqlite()
    package = tmp_path / "pysqlite3"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "dbapi2.py").write_text('sqlite_version = "3.1.4"')
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        with pytest.raises(RuntimeError, match=r"pysqlite3 brings SQLite 3\.1\.4"):
            check_sqlite()
    finally:
        for name in ("pysqlite3", "pysqlite3.dbapi2"):
            sys.modules.pop(name)


def test_network_file_systems_are_refused_by_name(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    line = "36 35 98:0 / {} rw,noatime master:1 - {} server:/x rw\n"
    mounts.write_text(line.format("/", "ext4") + line.format(str(tmp_path), "nfs4"))
    with pytest.raises(OSError, match=f"nfs4: {tmp_path}"):
        disk.refuse_remote(tmp_path / "journal", mounts)
    assert disk.file_system(tmp_path.parent, mounts) == "ext4"
    disk.refuse_remote(tmp_path, tmp_path / "no such file")
    disk.refuse_remote(tmp_path)
