"""`journal verify`: the hash chain over all segments, read only, also beside a running engine."""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from commandcenter.journal import chain
from commandcenter.journal.reader import last_seq
from commandcenter.journal.segments import COLUMNS, Segment, connect_to_read, segments

PAGE = 2_000
_Raw = tuple[int, int, int, int, bytes, bytes, bytes]
_QUERY = f"SELECT {COLUMNS}, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT {PAGE}"
_CLAIMED = (
    "SELECT max(ifnull((SELECT max(seq) FROM snapshots), 0),"
    " ifnull((SELECT max(seq) FROM orders), 0),"
    " ifnull((SELECT value FROM meta WHERE key = 'clean'), 0))"
)


class Report(msgspec.Struct, frozen=True):
    """What was found; `bad` is the first seq that is not as written, 0 = none, and `why`.

    `head` is the hash of the last good entry, in hex. A cut of the newest entries shows only if
    a snapshot or an order names one of them: a seal outside the journal would show it (later).
    """

    entries: int
    head: str
    status: Literal["sound", "altered", "unreadable"] = "sound"
    bad: int = 0
    why: str = ""
    sealed: bool = False


class _Walk:
    """The chain as far as it is good."""

    def __init__(self) -> None:
        self.entries, self.seq, self.head = 0, 0, chain.GENESIS

    def step(self, raw: _Raw) -> str:
        """Go on to this entry; says what is wrong with it, "" = nothing."""
        seq, wall, thread, epoch, kind, payload, stored = raw
        if seq != self.seq + 1:
            gone = seq - self.seq - 1
            return f"{gone} entries are missing" if gone > 0 else "this seq is not in its place"
        try:
            hash_ = chain.digest(self.head, (seq, wall, thread, epoch, kind, payload))
        except (struct.error, TypeError, ValueError) as exc:
            return f"a column was altered: {exc}"
        if hash_ != stored:
            return "its hash is another one: the entry was altered or moved"
        self.entries, self.seq, self.head = self.entries + 1, seq, hash_
        return ""

    def report(self, why: str = "", readable: bool = True) -> Report:
        """How far the chain is good, and what is wrong with the entry after that."""
        if not why:
            return Report(self.entries, self.head.hex())
        status: Literal["altered", "unreadable"] = "altered" if readable else "unreadable"
        return Report(self.entries, self.head.hex(), status, self.seq + 1, why)


def verify(folder: Path, since: int = 1) -> Report:
    """Check every entry from seq `since` on; the ones before are taken as they stand.

    `folder` is <data>/journal. Raises NewerJournal; FileNotFoundError when there is no journal.
    """
    places = segments(folder)
    if not places:
        raise FileNotFoundError(f"there is no journal in {folder}")
    walk, why = _Walk(), ""
    try:
        for place, number in zip(places, range(1, len(places) + 1), strict=True):
            why = f"segment {number} is missing" if place.number != number else ""
            why = why or _check(walk, place, since)
            if why:
                return walk.report(why)
        why = _check_claims(walk, places[-1])
    except (sqlite3.Error, OSError) as exc:
        return walk.report(f"it cannot be read: {exc}", readable=False)
    return walk.report(why)


def _check(walk: _Walk, place: Segment, since: int) -> str:
    with closing(connect_to_read(place.path)) as conn:
        conn.text_factory = bytes
        if walk.seq < since - 1:
            _skip(walk, conn, since - 1)
        if walk.seq < since - 1:
            return ""
        opened = False
        for raw in _raw(conn, walk.seq):
            head = walk.head
            why = walk.step(raw)
            if not opened and not why and _is_first(conn, raw[0]):
                why = "" if chain.names(raw[5], head) else "it does not name the head before it"
            if why:
                return why
            opened = True
        return "" if opened or last_seq(conn) else f"segment {place.number} holds no entry"


def _is_first(conn: sqlite3.Connection, seq: int) -> bool:
    return bool(conn.execute("SELECT min(seq) FROM entries").fetchone()[0] == seq)


def _skip(walk: _Walk, conn: sqlite3.Connection, to: int) -> None:
    """Take the last entry up to `to` as good, without looking at what is before it."""
    query = "SELECT seq, hash FROM entries WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
    found = conn.execute(query, (to,)).fetchone()
    if found is not None:
        walk.seq, walk.head = found


def _raw(conn: sqlite3.Connection, since: int) -> Iterator[_Raw]:
    while page := conn.execute(_QUERY, (since,)).fetchall():
        yield from page
        since = page[-1][0]


def _check_claims(walk: _Walk, place: Segment) -> str:
    """Snapshots, orders and the clean mark name entries; those must be there."""
    with closing(connect_to_read(place.path)) as conn:
        (claimed,) = conn.execute(_CLAIMED).fetchone()
        last = max(walk.seq, last_seq(conn))
    return f"entries up to {claimed} were cut off" if claimed > last else ""
