"""Reading the journal while the writer writes: short reads, over all segments, never writing."""

import asyncio
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from commandcenter.core.codec import Row
from commandcenter.journal.segments import COLUMNS, Segment, connect_to_read, segments

T = TypeVar("T")
NEWEST = (1 << 63) - 1
"""A seq above all others."""
WINDOW = 50_000
"""Entries looked at in one read transaction: some 50 ms at most."""
PAGE = 2_000
"""Rows taken in one read transaction."""


class Snapshot(msgspec.Struct, frozen=True):
    """World in core's own bytes, as it was after entry `seq`."""

    seq: int
    state: bytes


class Span(msgspec.Struct, frozen=True):
    """Which entries: `since` < seq < `before`, of one thread and some kinds, or of all."""

    since: int = 0
    before: int = NEWEST
    thread: int | None = None
    kinds: tuple[str, ...] | None = None


def chosen(span: Span, columns: str, order: str) -> tuple[str, tuple[object, ...]]:
    """The SELECT for a span and its arguments; a window's bounds and a limit are to follow."""
    where, arguments = ["seq > ?", "seq <= ?"], list[object]()
    table = "entries"
    if span.kinds is not None:
        where.insert(0, f"kind IN ({','.join('?' * len(span.kinds))})")
        arguments = [*span.kinds]
    if span.thread is not None:
        where.insert(0, "thread = ?")
        arguments.insert(0, span.thread)
        table = "entries INDEXED BY entries_thread"
    sql = f"SELECT {columns} FROM {table} WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"
    return sql, tuple(arguments)


class Reader:
    """Blocking; a connection lives for one call, so no segment is kept from being closed.

    Every method raises NewerJournal and sqlite3.Error (a damaged segment).
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is <data>/journal; it may still be empty."""
        self._folder = folder
        self._firsts: dict[int, int] = {}

    def rows(
        self,
        since: int,
        limit: int,
        thread: int | None = None,
        kinds: tuple[str, ...] | None = None,
    ) -> list[Row]:
        """At most `limit` entries with seq > `since`, oldest first."""
        return _first(limit, self.walk(Span(since, NEWEST, thread, kinds), limit))

    def tail(
        self, thread: int | None, before: int, limit: int, kinds: tuple[str, ...] | None = None
    ) -> list[Row]:
        """The last `limit` entries with seq < `before`, oldest first; `thread` None = of all."""
        span = Span(0, before, thread, kinds)
        return _first(limit, self._walk_back(span, limit))[::-1]

    def walk(self, span: Span, limit: int = NEWEST) -> Iterator[Row]:
        """All entries of the span, oldest first, read in pages, each a transaction of its own."""
        for place, first, following in self._places():
            low, high = max(span.since, first - 1), min(span.before, following) - 1
            if low >= high:
                continue
            with closing(connect_to_read(place.path)) as conn:
                yield from _pages(conn, span, (low, min(high, last_seq(conn))), min(limit, PAGE))

    def _walk_back(self, span: Span, limit: int) -> Iterator[Row]:
        sql, arguments = chosen(span, COLUMNS, "DESC")
        for place, first, following in reversed(self._places()):
            if first >= span.before:
                continue
            with closing(connect_to_read(place.path)) as conn:
                high = min(span.before - 1, following - 1, last_seq(conn))
                while high >= first:
                    low = max(first - 1, high - WINDOW)
                    page = conn.execute(sql, (*arguments, low, high, min(limit, PAGE))).fetchall()
                    yield from (Row(*fields) for fields in page)
                    high = page[-1][0] - 1 if len(page) == min(limit, PAGE) else low

    def last_seq(self) -> int:
        """The newest committed entry, 0 when there is none."""
        places = segments(self._folder)
        if not places:
            return 0
        with closing(connect_to_read(places[-1].path)) as conn:
            return last_seq(conn)

    def snapshot(self, before: int = NEWEST) -> Snapshot | None:
        """The newest snapshot with seq < `before` whose state is what was stored, if any."""
        for place in reversed(segments(self._folder)):
            with closing(connect_to_read(place.path)) as conn:
                query = "SELECT seq FROM snapshots WHERE seq < ? ORDER BY seq DESC"
                for (seq,) in conn.execute(query, (before,)).fetchall():
                    found = _load(conn, seq)
                    if found is not None:
                        return found
        return None

    def _places(self) -> list[tuple[Segment, int, int]]:
        """Each segment with its first seq and the first of the one behind it."""
        places = segments(self._folder)
        firsts = [self._first_seq(place) for place in places]
        return list(zip(places, firsts, [*firsts, NEWEST][1:], strict=True))

    def _first_seq(self, place: Segment) -> int:
        if place.number not in self._firsts:
            with closing(connect_to_read(place.path)) as conn:
                (first,) = conn.execute("SELECT min(seq) FROM entries").fetchone()
            if first is None:
                raise sqlite3.DatabaseError(f"{place.path} holds no entry")
            self._firsts[place.number] = first
        return self._firsts[place.number]


def last_seq(conn: sqlite3.Connection) -> int:
    """The last entry of one segment, 0 = none."""
    return int(conn.execute("SELECT ifnull(max(seq), 0) FROM entries").fetchone()[0])


def _first(limit: int, rows: Iterator[Row]) -> list[Row]:
    found: list[Row] = []
    if limit > 0:
        for row in rows:
            found.append(row)
            if len(found) == limit:
                break
    return found


def _pages(
    conn: sqlite3.Connection, span: Span, bounds: tuple[int, int], size: int
) -> Iterator[Row]:
    sql, arguments = chosen(span, COLUMNS, "ASC")
    low, end = bounds
    while low < end:
        high = min(low + WINDOW, end)
        page = conn.execute(sql, (*arguments, low, high, size)).fetchall()
        yield from (Row(*fields) for fields in page)
        low = page[-1][0] if len(page) == size else high


def _load(conn: sqlite3.Connection, seq: int) -> Snapshot | None:
    row = conn.execute("SELECT hash, state FROM snapshots WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        return None
    try:
        state = zlib.decompress(row[1])
    except zlib.error:
        return None
    return Snapshot(seq, state) if sha256(state).digest() == row[0] else None


class AsyncReader:
    """A Reader in one OS thread of its own, so that a long read delays no event loop."""

    def __init__(self, folder: Path) -> None:
        """`folder` is <data>/journal."""
        self._reader = Reader(folder)
        self._pool = ThreadPoolExecutor(1, "cc journal reader")

    async def rows(
        self,
        since: int,
        limit: int,
        thread: int | None = None,
        kinds: tuple[str, ...] | None = None,
    ) -> list[Row]:
        """As `Reader.rows`."""
        return await self._do(partial(self._reader.rows, since, limit, thread, kinds))

    async def tail(
        self, thread: int | None, before: int, limit: int, kinds: tuple[str, ...] | None = None
    ) -> list[Row]:
        """As `Reader.tail`."""
        return await self._do(partial(self._reader.tail, thread, before, limit, kinds))

    async def last_seq(self) -> int:
        """As `Reader.last_seq`."""
        return await self._do(self._reader.last_seq)

    async def snapshot(self, before: int = NEWEST) -> Snapshot | None:
        """As `Reader.snapshot`."""
        return await self._do(partial(self._reader.snapshot, before))

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """End the OS thread; reads that wait are dropped, the running one is short."""
        self._pool.shutdown(wait=True, cancel_futures=True)
