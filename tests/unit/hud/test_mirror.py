from decimal import Decimal

import pytest

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.core.conversation import Usage
from commandcenter.core.world import World, dump
from commandcenter.hud.mirror import Mirror

WALL = 1_000 * NS


def row(seq: int, event: ev.Event, thread: int = 0, wall: int = WALL) -> Row:
    stamp = Stamp(thread=thread)
    return Row(seq, wall, thread, 0, type(event).__name__, payload(event, stamp, 0.0))


def born(seq: int, thread: int, parent: int = 0) -> Row:
    event = ev.ThreadCreated(f"t{thread}", "", "native", "native", "acc", "m", "b", parent=parent)
    return row(seq, event, thread)


def test_a_snapshot_makes_everything_dirty_once() -> None:
    mirror = Mirror()
    mirror.snapshot(dump(World(seq=5)))
    dirty = mirror.drain()
    assert dirty.whole
    assert mirror.seq == 5
    assert not mirror.drain()


def test_a_bad_snapshot_is_told() -> None:
    with pytest.raises(ValueError, match="snapshot"):
        Mirror().snapshot(b"\x00\x01")


def test_rows_mark_their_threads_and_parts() -> None:
    mirror = Mirror()
    mirror.drain()
    mirror.rows([born(1, 1), born(2, 2)])
    dirty = mirror.drain()
    assert dirty.threads == {1, 2}
    assert dirty.parts == {"operations"}
    ask = ev.Asked(1, "tool", "R2", "push?", {}, "d")
    mirror.rows([row(3, ask, 2)])
    dirty = mirror.drain()
    assert (dirty.threads, dirty.parts) == ({2}, {"asks"})
    assert not mirror.dirty


def test_known_rows_are_skipped() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), born(2, 2)])
    mirror.drain()
    mirror.rows([born(2, 2)])
    assert not mirror.dirty
    assert len(mirror.world.threads) == 2


def test_text_goes_to_the_sink_and_changes_no_head() -> None:
    heard: list[Row] = []
    mirror = Mirror(heard.extend)
    mirror.rows([born(1, 1)])
    mirror.drain()
    mirror.rows([row(2, ev.TextAdded(1, "hello"), 1)])
    assert [r.kind for r in heard] == ["ThreadCreated", "TextAdded"]
    assert mirror.seq == 2
    assert mirror.world.seq == 1
    assert not mirror.dirty


def test_wide_kinds_mark_every_head_they_change() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), born(2, 2), born(3, 3)])
    mirror.drain()
    mirror.rows([row(4, ev.GroupChanged(2, (1, 3)))])
    assert mirror.drain().threads == {1, 3}
    mirror.rows([row(5, ev.LimitSet("#2", Decimal(1)))])
    assert mirror.drain().threads == {2}
    mirror.rows([row(6, ev.AccountClosed("acc", 0, "401"))])
    assert mirror.drain().threads == {1, 2, 3}
    mirror.rows([born(7, 4, parent=1)])
    assert mirror.drain().threads == {1, 4}


def test_an_order_is_pending_until_its_acknowledgement_is_folded() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), born(2, 2)])
    mirror.drain()
    mirror.gave("o1", (1, 2))
    assert mirror.waiting_threads() == {1, 2}
    assert mirror.drain().threads == {1, 2}
    mirror.acknowledged("o1", 4)
    assert mirror.waiting_threads() == {1, 2}
    mirror.rows([row(4, ev.AllResumed())])
    assert mirror.waiting_threads() == frozenset()
    assert mirror.drain().threads == {1, 2}


def test_an_acknowledgement_that_was_already_folded_ends_it_at_once() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), born(2, 2)])
    mirror.gave("o1", (1,))
    mirror.acknowledged("o1", 2)
    assert not mirror.pending
    mirror.gave("o2", (2,))
    mirror.withdrawn("o2")
    assert not mirror.waiting_threads()


def test_the_burn_of_a_snapshot_comes_from_the_heads() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), row(2, ev.HeadMoved("line", 300), 1)])
    mirror.rows([row(3, ev.HeadMoved("line", 300), 1, WALL + NS)])
    other = Mirror()
    other.snapshot(dump(mirror.world))
    assert other.burn.tokens_per_s(WALL + 59 * NS) == pytest.approx(600 / 59)
    assert other.burn.tokens_per_s(WALL + 90 * NS) == 0
    other.adopt(mirror.world)
    assert other.burn.tokens_per_s(WALL + 59 * NS) == pytest.approx(600 / 59)


def test_tally_and_burn_follow() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1), row(2, ev.StateChanged("starting", "running", "go"), 1)])
    assert mirror.tally.total["working"] == 1
    mirror.rows([row(3, ev.HeadMoved("line", 600), 1)])
    cost = ev.Cost(Decimal("0.30"), "practice")
    settled = ev.CallSettled("c", "complete", 200, Usage(10, 0, 0, 5), cost, "acc", "m")
    mirror.rows([row(4, settled, 1)])
    assert mirror.burn.tokens_per_s(WALL + 59 * NS) == pytest.approx(600 / 59)
    assert mirror.burn.usd_per_min(WALL + 59 * NS, practice=True) == pytest.approx(0.3 * 60 / 59)
    assert mirror.burn.usd_per_min(WALL) == 0
    assert mirror.burn.line(WALL)[-1] == 600
    assert mirror.burn.tokens_per_s(WALL + 61 * NS) == 0


def test_tokens_burn_by_the_time_that_was_seen() -> None:
    """At first ten seconds at least, then the real ones, then the last minute."""
    mirror = Mirror()
    for seconds in range(120):
        mirror.burn.add(WALL + seconds * NS, 50)
        per_s = mirror.burn.tokens_per_s(WALL + seconds * NS)
        assert per_s == pytest.approx(50, rel=0.11) or seconds < 9
    mirror.rows([born(1, 1), *(row(2 + n, moved(50), 1, WALL + n * NS) for n in range(120))])
    other = Mirror()  # a screen that opens later knows what the bins say: 32 s
    other.adopt(mirror.world)
    assert other.burn.tokens_per_s(WALL + 119 * NS) == pytest.approx(50, rel=0.05)
    young = Mirror()
    young.rows([born(1, 1), *(row(2 + n, moved(50), 1, WALL + n * NS) for n in range(20))])
    other.adopt(young.world)
    assert other.burn.tokens_per_s(WALL + 19 * NS) == pytest.approx(50, rel=0.06)


def moved(tokens: int) -> ev.Event:
    return ev.HeadMoved("line", tokens)


def test_money_burns_by_the_time_that_was_seen() -> None:
    mirror = Mirror()
    mirror.rows([born(1, 1)])
    mirror.adopt(mirror.world)
    burn = mirror.burn
    burn.add(WALL + 5 * NS, usd=Decimal("0.10"))
    assert burn.usd_per_min(WALL + 5 * NS) == pytest.approx(0.6)
    assert burn.usd_per_min(WALL + 20 * NS) == pytest.approx(0.3)
    assert burn.usd_per_min(WALL + 64 * NS) == pytest.approx(0.1)


def test_windows_move_and_plan_calls_burn_no_money() -> None:
    mirror = Mirror()
    for seq, (used, late) in enumerate(((0.10, 0), (0.20, 300), (0.30, 600)), 1):
        seen = ev.WindowSeen("plan", 300, used, WALL + 9_000 * NS, "allowed")
        mirror.rows([row(seq, seen, wall=WALL + late * NS)])
    assert mirror.drain().parts == {"accounts"}
    now = WALL + 600 * NS
    window = mirror.world.accounts["plan"].windows[0]
    assert mirror.moves.rate("plan", window, now) == pytest.approx(0.2 / 600)
    cost = ev.Cost(Decimal("0.30"), "plan")
    settled = ev.CallSettled("c", "complete", 200, Usage(10, 0, 0, 5), cost, "plan", "m")
    mirror.rows([row(4, settled, 1, now)])
    assert mirror.burn.usd_per_min(now) == 0
    assert mirror.world.accounts["plan"].spent.plan == Decimal("0.30")
