"""Entries to bytes and back, once, at the edge: the link sends the journal's JSON as it stands."""

from typing import Generic, TypeVar

import msgspec

from commandcenter.core.base import By, Record, Source
from commandcenter.core.events import EVENTS, Event

E = TypeVar("E", bound=Event)
PROTOCOL = 1
"""Version of what engine and screen say to each other."""
BULK = frozenset(kind for kind, cls in EVENTS.items() if cls.bulk)
"""Kinds of entries that carry text: World never changes by them, links send them to watchers."""


class Draft(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What goes into the journal: wall in ns, payload as JSON, `key` = an order id or empty."""

    wall: int
    thread: int
    epoch: int
    kind: str
    payload: bytes
    key: str = ""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the journal holds and the link sends."""

    seq: int
    wall: int
    thread: int
    epoch: int
    kind: str
    payload: bytes


class Stamp(Record, frozen=True):
    """The envelope of a fact before it has a seq (agents.md 3); `at` monotonic seconds."""

    thread: int = 0
    epoch: int = 0
    turn: int = 0
    by: By = "engine"
    cause: str = ""
    source: Source = "engine"


class Fact(Record, frozen=True):
    """An event with its envelope, on its way to `engine.commit`."""

    event: Event
    stamp: Stamp = Stamp()


class Entry(Record, frozen=True):
    """An event with its place in the one global order; `wall` in ns, `at` in monotonic seconds."""

    seq: int
    wall: int
    at: float
    stamp: Stamp
    event: Event

    @property
    def thread(self) -> int:
        """The thread it belongs to, 0 = none."""
        return self.stamp.thread

    @property
    def kind(self) -> str:
        """The event's class name."""
        return type(self.event).__name__


class Body(msgspec.Struct, Generic[E], frozen=True, omit_defaults=True, gc=False):
    """The payload: all of the entry that the row's columns do not hold."""

    data: E
    at: float = 0.0
    turn: int = 0
    by: By = "engine"
    cause: str = ""
    source: Source = "engine"


_encoder = msgspec.json.Encoder()
_decoders = {kind: msgspec.json.Decoder(Body[cls]) for kind, cls in EVENTS.items()}  # type: ignore[valid-type]  # one decoder per kind, built from the closed list


def payload(event: Event, stamp: Stamp, at: float) -> bytes:
    """The JSON that journal and link carry."""
    body = Body(event, at, stamp.turn, stamp.by, stamp.cause, stamp.source)
    return _encoder.encode(body)


def draft(event: Event, stamp: Stamp, at: float, wall: int, key: str = "") -> Draft:
    """An event ready for the journal."""
    kind = type(event).__name__
    return Draft(wall, stamp.thread, stamp.epoch, kind, payload(event, stamp, at), key)


def load_entry(row: Row) -> Entry:
    """A row back into an entry. Raises ValueError on an unknown kind or a malformed payload."""
    decoder = _decoders.get(row.kind)
    if decoder is None:
        raise ValueError(f"entry {row.seq} is of the unknown kind {row.kind}")
    body = decoder.decode(row.payload)
    stamp = Stamp(row.thread, row.epoch, body.turn, body.by, body.cause, body.source)
    return Entry(row.seq, row.wall, body.at, stamp, body.data)
