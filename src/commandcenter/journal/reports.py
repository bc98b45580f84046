"""`journal export` and `journal stats`."""

import base64
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from commandcenter.core.codec import Row
from commandcenter.journal.reader import WINDOW, Reader, Span, last_seq
from commandcenter.journal.segments import Segment, connect_to_read, segments

_syntax = msgspec.json.Decoder()


class SegmentStats(msgspec.Struct, frozen=True):
    """One file; `size` in bytes without its WAL, walls in ns since the Unix epoch."""

    number: int
    path: str
    size: int
    first_seq: int
    last_seq: int
    first_wall: int
    last_wall: int
    snapshots: int


class Stats(msgspec.Struct, frozen=True):
    """The whole journal; `kinds` the entries of each kind, most frequent first."""

    entries: int
    size: int
    first_wall: int
    last_wall: int
    kinds: dict[str, int]
    segments: tuple[SegmentStats, ...]


def export(folder: Path, since: int = 0, thread: int | None = None) -> Iterator[bytes]:
    """Entries with seq > `since` as JSON lines, each with its newline; oldest first.

    Raises NewerJournal, sqlite3.Error.
    """
    for row in Reader(folder).walk(Span(since, thread=thread)):
        yield line(row)


def line(row: Row) -> bytes:
    """One entry: seq, wall, thread, epoch, kind, payload; base64 of a payload that is no JSON."""
    record: dict[str, object] = {
        "seq": row.seq,
        "wall": row.wall,
        "thread": row.thread,
        "epoch": row.epoch,
        "kind": row.kind,
    }
    try:
        _syntax.decode(row.payload)
        record["payload"] = msgspec.Raw(row.payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        record["base64"] = base64.b64encode(row.payload).decode()
    encoded = msgspec.json.encode(record)
    return (encoded if b"\n" not in encoded else msgspec.json.format(encoded, indent=-1)) + b"\n"


def stats(folder: Path) -> Stats:
    """Count all there is; empty for no journal. Raises NewerJournal, sqlite3.Error."""
    kinds: Counter[str] = Counter()
    files = tuple(_count(place, kinds) for place in segments(folder))
    return Stats(
        entries=kinds.total(),
        size=sum(file.size for file in files),
        first_wall=files[0].first_wall if files else 0,
        last_wall=files[-1].last_wall if files else 0,
        kinds=dict(kinds.most_common()),
        segments=files,
    )


def _count(place: Segment, kinds: Counter[str]) -> SegmentStats:
    with closing(connect_to_read(place.path)) as conn:
        (first,) = conn.execute("SELECT ifnull(min(seq), 1) FROM entries").fetchone()
        last = last_seq(conn)
        for low in range(first - 1, last, WINDOW):
            kinds.update(_kinds(conn, low, min(low + WINDOW, last)))
        walls = [
            conn.execute(f"SELECT wall FROM entries ORDER BY seq {order} LIMIT 1").fetchone()
            for order in ("ASC", "DESC")
        ]
        (snapshots,) = conn.execute("SELECT count(*) FROM snapshots").fetchone()
    first_wall, last_wall = (row[0] if row else 0 for row in walls)
    size = place.path.stat().st_size
    return SegmentStats(
        place.number, str(place.path), size, first, last, first_wall, last_wall, snapshots
    )


def _kinds(conn: sqlite3.Connection, low: int, high: int) -> dict[str, int]:
    query = "SELECT kind, count(*) FROM entries WHERE seq > ? AND seq <= ? GROUP BY kind"
    return dict(conn.execute(query, (low, high)).fetchall())
