"""The journal's files: one a week or 1 GB, versions, schema, and the only two ways to connect."""

import importlib
import importlib.util
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from commandcenter.journal.disk import sync_folder

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = 1
"""`PRAGMA user_version` of the segments this program writes."""
ENTRY = "INSERT INTO entries(seq, wall, thread, epoch, kind, payload, hash) VALUES(?,?,?,?,?,?,?)"
COLUMNS = "seq, wall, thread, epoch, kind, payload"

Stored = tuple[int, int, int, int, str, bytes, bytes]
"""One row of `entries`: seq, wall (ns), thread, epoch, kind, payload, hash."""
Known = tuple[str, int, int]
"""One row of `orders`: key, seq, wall (ns)."""

_MAGIC = b"SQLite format 3\x00"
_OLDEST = (3, 38)
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = 1",
    "wal_autocheckpoint = 0",
    "journal_size_limit = 67108864",
    "busy_timeout = 0",
)
_SCHEMA = """
CREATE TABLE entries(
  seq INTEGER PRIMARY KEY, wall INTEGER NOT NULL, thread INTEGER NOT NULL,
  epoch INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX entries_thread ON entries(thread);
CREATE TABLE orders(
  key TEXT PRIMARY KEY, seq INTEGER NOT NULL, wall INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, state BLOB NOT NULL) STRICT;
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


class NewerJournal(RuntimeError):
    """A newer program wrote this segment; it is left untouched."""

    def __init__(self, found: int, ours: int, path: Path) -> None:
        super().__init__(
            f"{path} is a journal of version {found}, this program knows up to {ours}: "
            "update commandcenter, or start it with another --home"
        )
        self.found, self.ours, self.path = found, ours, path


class JournalDamaged(RuntimeError):
    """A segment is not what was written; never started on silently."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class Segment(msgspec.Struct, frozen=True, order=True):
    """One file of the journal; numbers begin at 1."""

    number: int
    path: Path


def segment(folder: Path, number: int) -> Segment:
    """The segment of that number, whether or not it exists."""
    return Segment(number, folder / f"{number:04d}.db")


def segments(folder: Path) -> list[Segment]:
    """All segments of the folder, oldest first; none when it does not exist."""
    if not folder.is_dir():
        return []
    return sorted(Segment(int(p.stem), p) for p in folder.glob("*.db") if p.stem.isdecimal())


def version_of(path: Path) -> int:
    """`user_version` read from the bytes: no lock, no -wal or -shm left behind; 0 = not SQLite."""
    with path.open("rb") as file:
        page = file.read(100)
    if len(page) < 100 or not page.startswith(_MAGIC):
        return 0
    wal = path.with_name(path.name + "-wal")
    waiting = _version_in_wal(wal) if wal.exists() else None
    return int.from_bytes(page[60:64], "big") if waiting is None else waiting


def _version_in_wal(wal: Path) -> int | None:
    """The version in the last committed copy of page 1 that waits in a -wal file."""
    found, seen = None, None
    with wal.open("rb") as file:
        header = file.read(32)
        size = int.from_bytes(header[8:12], "big")
        while len(frame := file.read(24)) == 24 and frame[8:16] == header[16:24]:
            if int.from_bytes(frame[:4], "big") == 1:
                seen = int.from_bytes(file.read(64)[60:64], "big")
                file.seek(-64, os.SEEK_CUR)
            if frame[4:8] != b"\0\0\0\0":
                found = seen
            file.seek(size, os.SEEK_CUR)
    return found


def refuse_newer(path: Path) -> None:
    """Raises NewerJournal; the file is only read."""
    found = version_of(path)
    if found > VERSION:
        raise NewerJournal(found, VERSION, path)


def check_sqlite() -> None:
    """Raises RuntimeError when SQLite is too old, or sqlite-utils would bring a second one."""
    if sqlite3.sqlite_version_info[:2] < _OLDEST:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old, 3.38 is needed")
    if importlib.util.find_spec("pysqlite3") is None:
        return
    other = importlib.import_module("pysqlite3.dbapi2").sqlite_version
    if other != sqlite3.sqlite_version:
        raise RuntimeError(
            f"pysqlite3 brings SQLite {other} beside {sqlite3.sqlite_version}: "
            "pip uninstall pysqlite3 pysqlite3-binary"
        )


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; end each read within 200 ms. Raises NewerJournal."""
    refuse_newer(path)
    uri = f"{path.resolve().as_uri()}?mode=ro"
    conn = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=1.0)
    try:
        conn.execute("PRAGMA query_only = 1")
        conn.execute("PRAGMA mmap_size = 0").fetchall()
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def connect_to_write(path: Path) -> sqlite3.Connection:
    """The one writing connection. Raises sqlite3.Error; a second writer is a bug to be seen."""
    conn = sqlite3.connect(path, isolation_level=None, timeout=2.0)
    try:
        for pragma in _PRAGMAS:
            conn.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        conn.close()
        raise
    return conn


def create(made: Segment, first: Stored, known: Iterable[Known]) -> None:
    """A whole segment or none: built beside, then renamed. Raises sqlite3.Error, OSError."""
    new = made.path.with_name(made.path.name + ".new")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        conn = sqlite3.connect(new, isolation_level=None)
        try:
            _fill(conn, first, known)
        finally:
            conn.close()
        new.rename(made.path)
    except (sqlite3.Error, OSError):
        drop_unfinished(made.path.parent)
        raise
    sync_folder(made.path.parent)


def _fill(conn: sqlite3.Connection, first: Stored, known: Iterable[Known]) -> None:
    conn.execute("PRAGMA synchronous = FULL")
    _migrate(conn)
    conn.execute("BEGIN IMMEDIATE")
    conn.executemany("INSERT INTO orders VALUES(?,?,?)", known)
    conn.execute(ENTRY, first)
    conn.execute("COMMIT")


def _migrate(conn: sqlite3.Connection) -> None:
    """Bring a fresh segment to VERSION."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("journal")

    @steps()
    def entries_orders_snapshots(db: "Database") -> None:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")

    steps.apply(Database(conn))


def remove(made: Segment) -> None:
    """Take back a segment that holds nothing acknowledged yet."""
    for end in ("", "-wal", "-shm"):
        made.path.with_name(made.path.name + end).unlink(missing_ok=True)


def drop_unfinished(folder: Path) -> None:
    """Remove what a crash or a full disk left of a segment being made."""
    for path in folder.glob("*.db.new*"):
        path.unlink(missing_ok=True)
