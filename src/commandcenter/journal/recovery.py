"""Taking the journal up again after a clean stop, a kill or a crash (reliability.md 5)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from commandcenter.journal import chain, disk
from commandcenter.journal.live import Head, JournalSettings, Live, Opening, chained, newest
from commandcenter.journal.segments import (
    COLUMNS,
    JournalDamaged,
    Segment,
    check_sqlite,
    connect_to_read,
    create,
    drop_unfinished,
    refuse_newer,
    segment,
    segments,
    version_of,
)

TAIL = 5_000
"""Entries whose chain is checked at each start; `journal verify` checks them all."""
QUICK_CHECK_BYTES = 256 * 1_048_576


class Found(msgspec.Struct, frozen=True):
    """What the journal was like at the start; `why` it can hardly be written, "" = it can."""

    segment: int
    last_seq: int
    head: str
    clean: bool
    created: bool
    why: str = ""


def open_live(settings: JournalSettings, opening: Opening) -> tuple[Live, Found]:
    """Check the newest segment, or make the first, and begin to write.

    Raises NewerJournal with every file untouched, JournalDamaged, OSError (no room, a network
    file system), RuntimeError (SQLite) or sqlite3.Error (locked by a second writer).
    """
    check_sqlite()
    existing = segments(settings.folder)
    for each in existing:
        refuse_newer(each.path)
    disk.refuse_remote(settings.folder)
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    drop_unfinished(settings.folder)
    why = _make_room(settings)
    if not existing:
        _create_first(settings, opening)
    place = segments(settings.folder)[-1]
    with _damage(place):
        live = Live(settings, opening, place)
    try:
        clean = not existing or _check(live)
        live.mark(clean=False)
    except (sqlite3.Error, JournalDamaged):
        live.abandon()
        raise
    live.reserve.make(settings.room_bytes)
    found = Found(place.number, live.head.seq, live.head.hash.hex(), clean, not existing, why)
    return live, found


def _make_room(settings: JournalSettings) -> str:
    """On a disk all but full the reserve goes first: even to open takes some room."""
    free = disk.free_bytes(settings.folder)
    if free >= settings.room_bytes // 2:
        return ""
    disk.Reserve(settings.folder / "reserve", settings.reserve_bytes).spend()
    return f"only {free // 1_048_576} MiB are free"


def _create_first(settings: JournalSettings, opening: Opening) -> None:
    draft = opening(0, chain.GENESIS.hex())
    rows, _ = chained([draft], Head())
    create(segment(settings.folder, 1), rows[0], [])


@contextmanager
def _damage(place: Segment) -> Iterator[None]:
    """What SQLite says about a broken file becomes JournalDamaged; the rest stays."""
    if version_of(place.path) == 0:
        raise JournalDamaged(place.path, "this is no journal segment")
    try:
        yield
    except sqlite3.DatabaseError as exc:
        if exc.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise JournalDamaged(place.path, str(exc)) from exc
    except TypeError as exc:
        raise JournalDamaged(place.path, "the segment holds no entry") from exc


def _check(live: Live) -> bool:
    """Whether the last stop was clean. Raises JournalDamaged, sqlite3.Error."""
    with _damage(live.place):
        row = live.conn.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone()
        clean = row is not None and row[0] == live.head.seq
        if not clean and live.size() <= QUICK_CHECK_BYTES:
            said = live.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise JournalDamaged(live.place.path, said)
        _check_first(live)
        _check_tail(live)
    return clean


def _check_first(live: Live) -> None:
    """The first entry must name and follow the head of the segment before."""
    before = _head_before(live)
    query = f"SELECT {COLUMNS}, hash FROM entries ORDER BY seq LIMIT 1"
    seq, wall, thread, epoch, kind, payload, hash_ = live.conn.execute(query).fetchone()
    fields = (seq, wall, thread, epoch, kind.encode(), payload)
    if seq != before.seq + 1 or not chain.names(payload, before.hash):
        raise JournalDamaged(live.place.path, f"it does not follow entry {before.seq}")
    if chain.digest(before.hash, fields) != hash_:
        raise JournalDamaged(live.place.path, f"entry {seq} was altered")


def _head_before(live: Live) -> Head:
    if live.place.number == 1:
        return Head()
    before = segment(live.settings.folder, live.place.number - 1)
    if not before.path.exists():
        raise JournalDamaged(before.path, "this segment is missing")
    with _damage(before), closing(connect_to_read(before.path)) as conn:
        return newest(conn)


def _check_tail(live: Live) -> None:
    """The chain of the newest entries."""
    query = f"SELECT {COLUMNS}, hash FROM entries WHERE seq >= ? ORDER BY seq"
    rows = live.conn.execute(query, (live.head.seq - TAIL,))
    previous = rows.fetchone()
    for row in rows:
        fields = (row[0], row[1], row[2], row[3], row[4].encode(), row[5])
        if row[0] != previous[0] + 1 or chain.digest(previous[6], fields) != row[6]:
            raise JournalDamaged(live.place.path, f"the chain breaks at entry {row[0]}")
        previous = row
