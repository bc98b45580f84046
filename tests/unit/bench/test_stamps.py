"""Stamps on entries as a client sees them."""

from commandcenter.bench.stamps import Stamps
from commandcenter.core.base import OrderId
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.core.events import Event, HeadMoved, Held, OrderGiven, StateChanged
from commandcenter.core.orders import Pause


def row(seq: int, thread: int, event: Event) -> Row:
    body = payload(event, Stamp(thread), 0.0)
    return Row(seq, 1_000 + seq, thread, 1, type(event).__name__, body)


def test_each_fact_is_stamped_once_per_thread() -> None:
    stamps = Stamps()
    stamps.rows(
        [
            row(1, 0, OrderGiven(OrderId("a" * 32), Pause("#1"), (1,))),
            row(2, 1, Held("player")),
            row(3, 1, HeadMoved("line")),
            row(4, 1, StateChanged("running", "paused", "paused by you")),
            row(5, 2, StateChanged("running", "dying", "fuse burns", fuse_ends=99)),
        ]
    )
    assert stamps.given == {"a" * 32: 1_001}
    assert set(stamps.held) == {1}
    assert set(stamps.moved) == {(1, "paused"), (2, "dying")}
    assert stamps.fuse == {2: 99}
    stamps.clear()
    assert (stamps.given, stamps.held, stamps.moved, stamps.fuse) == ({}, {}, {}, {})
