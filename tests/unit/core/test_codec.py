"""Every order, event and record survives its codec; reduce over any split gives the same World."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core import notation
from commandcenter.core.codec import BULK, Row, Stamp, draft, load_entry, payload
from commandcenter.core.events import EVENTS, Event
from commandcenter.core.orders import ORDERS, AnyOrder, Order
from commandcenter.core.reduce import CASES, fold
from commandcenter.core.refusals import REASONS
from commandcenter.core.world import World, dump, load
from commandcenter.testing.records import build, threads_of

KINDS = sorted(EVENTS)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_every_event_survives_the_journal(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    event = data.draw(build(EVENTS[kind]))
    assert isinstance(event, Event)
    stamp = Stamp(3, 2, 7, "player", "c", "gate")
    row = Row(9, 5, 3, 2, kind, payload(event, stamp, 1.5))
    entry = load_entry(row)
    assert (entry.event, entry.stamp, entry.at) == (event, stamp, 1.5)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_every_order_survives_notation_and_codec(data: st.DataObject) -> None:
    order = data.draw(build(ORDERS[data.draw(st.sampled_from(sorted(ORDERS)))]))
    assert isinstance(order, Order)
    assert notation.parse(notation.text(order)) == order
    for codec in (msgspec.json, msgspec.msgpack):
        assert codec.decode(codec.encode(order), type=AnyOrder) == order


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        load_entry(Row(1, 1, 0, 0, "Nonsense", b"{}"))


@pytest.mark.parametrize(
    "text", ["", "dance @all", "pause", "pause @all #3", 'steer #1 "x" --often']
)
def test_bad_notation_says_what_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        notation.parse(text)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_reduce_over_any_split_gives_the_same_world(data: st.DataObject) -> None:
    events = data.draw(st.lists(st.tuples(st.integers(0, 3), _events()), max_size=40))
    rows = [_row(i, thread, event) for i, (thread, event) in enumerate(threads_of(3) + events, 1)]
    whole = fold(World(), rows)
    cut = data.draw(st.integers(0, len(rows)))
    half = load(dump(fold(World(), rows[:cut])))
    assert dump(fold(half, rows[cut:])) == dump(whole)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_text_changes_no_world(data: st.DataObject) -> None:
    bulk = [EVENTS[kind] for kind in sorted(BULK)]
    events = data.draw(st.lists(st.sampled_from(bulk).flatmap(build), max_size=10))
    world = fold(World(), [_row(i, 1, e) for i, e in enumerate([e for _, e in threads_of(1)], 1)])
    before = dump(world)
    assert dump(fold(world, [_row(50 + i, 1, e) for i, e in enumerate(events)])) == before


def test_every_state_event_has_a_case_or_changes_nothing() -> None:
    silent = {
        "SegmentOpened",
        "WireError",
        "UsageImplausible",
        "ClockJumped",
        "HostSlept",
        "MirrorDiverged",
        "RecordingStopped",
        "PlayerActed",
        "SetupRan",
        "AgentNote",
        "TurnMarked",
        "CallRetried",
        "CallRefused",
        "GateProbe",
    }
    assert set(EVENTS) - BULK - silent == set(CASES)


@pytest.mark.parametrize("reason", REASONS, ids=lambda r: r.__name__)
def test_every_reason_says_what_and_what_mends_it(reason: type) -> None:
    names = reason.__struct_fields__
    made = reason(**{name: f"<{name}>" for name in names})
    assert made.text()
    assert "{" not in made.text() + made.mend()


def _events() -> st.SearchStrategy[Event]:
    return st.sampled_from([EVENTS[k] for k in KINDS if k not in BULK]).flatmap(build)


def _row(seq: int, thread: int, event: Event) -> Row:
    stamp = Stamp(thread, 1, 1)
    made = draft(event, stamp, float(seq), seq * 100_000_000)
    return Row(seq, made.wall, thread, 1, made.kind, made.payload)
