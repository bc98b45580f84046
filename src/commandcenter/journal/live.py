"""The segment being written: one connection, one OS thread, whole batches or nothing."""

import contextlib
import sqlite3
import struct
import threading
import zlib
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from commandcenter.core.base import NS
from commandcenter.core.codec import Draft, Row
from commandcenter.journal import chain, disk
from commandcenter.journal.segments import (
    ENTRY,
    Segment,
    Stored,
    connect_to_write,
    create,
    remove,
    segment,
)

Opening = Callable[[int, str], Draft]
"""(previous segment, its head in hex) -> `SegmentOpened`; called in the writer's OS thread."""

REMEMBER_NS = 30 * 86_400 * NS
"""How long an order's id is carried into new segments."""
_PER_COMMIT, _PER_ENTRY, _PAGE = 12_288, 100, 4_096
_TIDY_BYTES = 4_096_000
_TRIES, _TRY_S = 40, 0.005


class JournalSettings(msgspec.Struct, frozen=True):
    """Sizes in bytes, times in seconds; `folder` is <data>/journal."""

    folder: Path
    segment_bytes: int = 1_000_000_000
    segment_age_s: int = 7 * 86_400
    window_s: float = 0.05
    idle_s: float = 2.0
    queue_bytes: int = 8 * 1_048_576
    reserve_bytes: int = 32 * 1_048_576
    room_bytes: int = 128 * 1_048_576


class Head(msgspec.Struct, frozen=True):
    """The newest entry: its seq (0 = none yet) and hash."""

    seq: int = 0
    hash: bytes = chain.GENESIS


class Repeated(ValueError):
    """An order id that is already in the journal; `seq` is the entry it came with first."""

    def __init__(self, key: str, seq: int) -> None:
        super().__init__(f"the order {key} is already recorded as entry {seq}")
        self.key, self.seq = key, seq


def chained(drafts: Sequence[Draft], head: Head) -> tuple[list[Stored], Head]:
    """The rows of these drafts behind `head`. Raises ValueError for what no row can hold."""
    rows: list[Stored] = []
    seq, hash_ = head.seq, head.hash
    for draft in drafts:
        seq += 1
        if not 0 <= draft.thread < 1 << 63:
            raise ValueError(f"no thread has the number {draft.thread}")
        fields = (seq, draft.wall, draft.thread, draft.epoch)
        try:
            hash_ = chain.digest(hash_, (*fields, draft.kind.encode(), draft.payload))
        except (struct.error, TypeError) as exc:
            raise ValueError(f"entry {draft.kind} cannot be stored: {exc}") from exc
        rows.append((*fields, draft.kind, draft.payload, hash_))
    return rows, Head(seq, hash_)


def newest(conn: sqlite3.Connection) -> Head:
    """The last entry a segment holds. Raises sqlite3.Error, TypeError when it holds none."""
    row = conn.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")
    return Head(*row.fetchone())


class Live:
    """The newest segment. Not for two OS threads; `recovery.open_live` makes it."""

    def __init__(self, settings: JournalSettings, opening: Opening, place: Segment) -> None:
        """Raises sqlite3.Error."""
        self.settings, self._opening = settings, opening
        self.reserve = disk.Reserve(settings.folder / "reserve", settings.reserve_bytes)
        self._pause = threading.Event()
        self._take_over(place)

    def _take_over(self, place: Segment) -> None:
        conn = connect_to_write(place.path)
        try:
            head = newest(conn)
            first = conn.execute("SELECT seq, wall FROM entries ORDER BY seq LIMIT 1").fetchone()
        except sqlite3.Error:
            conn.close()
            raise
        self.place, self.conn, self.head = place, conn, head
        self._first_seq, self._born = first
        self._unwritten = self._not_below = 0

    def write(self, batch: Sequence[Sequence[Draft]]) -> list[int | ValueError]:
        """One transaction: per element its first seq, or why it alone was left out.

        Raises sqlite3.Error when nothing of the batch was recorded; no seq is used up then.
        """
        self._begin()
        head, rows, results = self.head, list[Stored](), list[int | ValueError]()
        try:
            for drafts in batch:
                try:
                    fresh, after = chained(drafts, head)
                    self._claim(drafts, head.seq)
                except ValueError as exc:
                    results.append(exc)
                    continue
                results.append(head.seq + 1)
                rows += fresh
                head = after
            self.conn.executemany(ENTRY, rows)
            self.conn.execute("COMMIT")
        except sqlite3.Error as exc:
            self._roll_back(head, exc)
        self.head = head
        index_pages = len({row[2] for row in rows}) * _PAGE
        self._unwritten += _PER_COMMIT + index_pages + sum(len(row[5]) + _PER_ENTRY for row in rows)
        return results

    def _begin(self) -> None:
        """A reader that finds a torn WAL index takes the write lock for a moment: try again."""
        for _ in range(_TRIES):
            try:
                self.conn.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            self._pause.wait(_TRY_S)
        self.conn.execute("BEGIN IMMEDIATE")

    def _roll_back(self, meant: Head, error: sqlite3.Error) -> None:
        """Raises the error, unless COMMIT reported it after all was in place."""
        if self.conn.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.conn.execute("ROLLBACK")
        if meant == self.head or newest(self.conn) != meant:
            raise error

    def _claim(self, drafts: Sequence[Draft], seq: int) -> None:
        """Remember the order ids. Raises Repeated before any of them is remembered."""
        keyed = [(d.key, seq + n, d.wall) for n, d in enumerate(drafts, 1) if d.key]
        seen: dict[str, int] = {}
        for key, at, _ in keyed:
            old = seen.get(key) or self.known(key)
            if old:
                raise Repeated(key, old)
            seen[key] = at
        if keyed:
            self.conn.executemany("INSERT INTO orders VALUES(?,?,?)", keyed)

    def known(self, key: str) -> int:
        """The seq an order id was recorded with, 0 if it is new."""
        found = self.conn.execute("SELECT seq FROM orders WHERE key = ?", (key,)).fetchone()
        return int(found[0]) if found else 0

    def size(self) -> int:
        """Bytes of the segment once its WAL is written back."""
        pages, each = (
            self.conn.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size")
        )
        return int(pages) * int(each)

    def rotate_if_due(self, wall: int) -> Row | None:
        """Go on in a new segment when this one is full or old; `wall` in ns says what time it is.

        Without room for it, or while a reader keeps the WAL, the old one is written on.
        """
        if not self._is_due(wall):
            return None
        try:
            return self._rotate(wall) if self.checkpoint("TRUNCATE") else None
        except (sqlite3.Error, OSError):
            self._not_below = self.size() + self.settings.segment_bytes // 16
            return None

    def _is_due(self, wall: int) -> bool:
        old = wall - self._born >= self.settings.segment_age_s * NS
        size = self.size()
        full = size >= self.settings.segment_bytes
        return (old or full) and self.head.seq > self._first_seq and size >= self._not_below

    def _rotate(self, wall: int) -> Row:
        following = segment(self.settings.folder, self.place.number + 1)
        draft = self._opening(self.place.number, self.head.hash.hex())
        rows, _ = chained([draft], self.head)
        known = self.conn.execute(
            "SELECT key, seq, wall FROM orders WHERE wall >= ?", (wall - REMEMBER_NS,)
        ).fetchall()
        create(following, rows[0], known)
        done = self.conn
        try:
            self._take_over(following)
        except sqlite3.Error:
            remove(following)  # the old one is written on: two heirs would fork the chain
            raise
        self._born = max(self._born, wall)  # else a clock set back would rotate at each batch
        _end(done)
        return Row(*rows[0][:6])

    def snapshot(self, seq: int, state: bytes) -> None:
        """Store World as it was after entry `seq`. Raises ValueError for an entry to come."""
        if not 0 < seq <= self.head.seq:
            raise ValueError(f"there is no entry {seq}, the newest is {self.head.seq}")
        row = (seq, sha256(state).digest(), zlib.compress(state, 1))
        self._durably("INSERT OR REPLACE INTO snapshots VALUES(?,?,?)", row)

    def mark(self, clean: bool) -> None:
        """Leave or remove the sign that the newest entry was written before a clean stop."""
        seq = self.head.seq if clean else 0
        self._durably("INSERT OR REPLACE INTO meta VALUES('clean', ?)", (seq,))

    def _durably(self, statement: str, row: tuple[object, ...]) -> None:
        self._begin()
        try:
            self.conn.execute(statement, row)
            self.conn.execute("COMMIT")
        except sqlite3.Error as exc:
            self._roll_back(self.head, exc)
        self._unwritten += _PER_COMMIT

    def probe(self) -> bool:
        """Whether entries can be recorded again: there is room, and a real write goes through."""
        try:
            if disk.free_bytes(self.settings.folder) < self.settings.room_bytes:
                return False
            self._durably("INSERT OR REPLACE INTO meta VALUES('probe', ?)", (bytes(65_536),))
            self._durably("DELETE FROM meta WHERE key = ?", ("probe",))
            self.checkpoint("PASSIVE")
        except (sqlite3.Error, OSError):
            return False
        self.reserve.make(self.settings.room_bytes)
        return True

    def tidy(self, idle: bool) -> None:
        """Write the WAL back between batches. Raises sqlite3.Error on a full disk."""
        if idle and self._unwritten:
            self.checkpoint("TRUNCATE")
        elif self._unwritten >= _TIDY_BYTES:
            self.checkpoint("PASSIVE")

    def checkpoint(self, mode: str) -> bool:
        """False when a reader was in the way. Raises sqlite3.Error."""
        busy, waiting, written = self.conn.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        complete = not busy and waiting == written
        if complete:
            self._unwritten = 0
        return complete

    @property
    def untidy(self) -> bool:
        """Whether something waits in the WAL."""
        return self._unwritten > 0

    def close(self, state: bytes | None) -> None:
        """End cleanly: snapshot, mark, no -wal left if no reader is there. Raises sqlite3.Error."""
        if state is not None:
            self.snapshot(self.head.seq, state)
        self.mark(clean=True)
        self.checkpoint("TRUNCATE")

    def abandon(self) -> None:
        """Let the connection go, whatever state it is in."""
        _end(self.conn)


def _end(conn: sqlite3.Connection) -> None:
    """Close; back to a file without -wal, unless a reader is there or the disk is full."""
    with contextlib.suppress(sqlite3.Error):
        conn.execute("PRAGMA journal_mode = DELETE")
    with contextlib.suppress(sqlite3.Error):
        conn.close()
