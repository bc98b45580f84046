from typing import Any

import pytest

from commandcenter.core.notation import parse
from commandcenter.core.orders import Group
from commandcenter.core.world import Head, World
from commandcenter.hud.layout import Box
from commandcenter.hud.selection import (
    Direction,
    Selection,
    alike,
    army,
    boxed,
    following,
    group_order,
    idle,
    named,
    neighbour,
    subgroups,
    unseen,
)

GRID = {n: Box(8 + (n - 1) % 4 * 100, 8 + (n - 1) // 4 * 60, 90, 50) for n in range(1, 13)}


def head(thread: int, **fields: Any) -> Head:
    return Head(thread, f"t{thread}", "", "native", "native", "a", "m", "b", **fields)


def world(*heads: Head, groups: dict[int, tuple[int, ...]] | None = None) -> World:
    return World(threads={h.id: h for h in heads}, groups=groups or {})


def test_replace_toggle_add_clear_and_back() -> None:
    chosen = Selection()
    chosen.replace((3, 1, 3))
    assert (chosen.ids, chosen.active) == ((3, 1), 3)
    chosen.toggle(5)
    assert (chosen.ids, chosen.active) == ((3, 1, 5), 5)
    chosen.toggle(1)
    chosen.add((3, 8))
    assert chosen.ids == (3, 5, 8)
    chosen.clear()
    assert chosen.ids == ()
    assert chosen.previous()
    assert chosen.ids == (3, 5, 8)


def test_only_a_change_counts_as_one() -> None:
    chosen = Selection()
    chosen.replace((1,))
    before = chosen.version
    chosen.replace((1,))
    assert chosen.version == before
    chosen.replace((2,))
    assert chosen.version == before + 1


def test_a_group_is_recalled_and_a_double_tap_fits_it() -> None:
    held = world(head(1), head(2), head(3), groups={1: (1, 2)})
    chosen = Selection()
    assert not chosen.recall(held, 1, 10.0).fit
    assert chosen.ids == (1, 2)
    assert chosen.recall(held, 1, 10.3).fit
    assert not chosen.recall(held, 1, 10.7).fit
    empty = chosen.recall(held, 5, 11.0)
    assert empty.empty
    assert chosen.ids == (1, 2)


def test_setting_a_group_is_an_order() -> None:
    text = group_order((3, 5), 4)
    assert parse(text) == Group("#3,#5", 4)


def test_purged_threads_leave_the_selection() -> None:
    chosen = Selection()
    chosen.replace((1, 2), 2)
    assert chosen.prune(world(head(1)))
    assert (chosen.ids, chosen.active) == ((1,), 0)
    assert not chosen.prune(world(head(1)))


@pytest.mark.parametrize(
    ("start", "way", "end"),
    [
        (1, "right", 2),
        (4, "right", 4),
        (6, "up", 2),
        (6, "down", 10),
        (5, "left", 5),
        (12, "down", 12),
    ],
)
def test_the_cursor_goes_to_the_nearest_and_never_wraps(
    start: int, way: Direction, end: int
) -> None:
    assert neighbour(GRID, start, way) == end


def test_the_cursor_skips_holes_and_starts_at_the_first() -> None:
    places = {n: box for n, box in GRID.items() if n != 2}
    assert neighbour(places, 1, "right") == 3
    assert neighbour(places, 99, "right") == 1
    assert neighbour({}, 1, "up") == 1 or neighbour({}, 1, "up") == 0


def test_a_box_takes_what_it_meets_from_top_left() -> None:
    assert boxed(GRID, Box(50, 30, 120, 60)) == (1, 2, 5, 6)


def test_army_and_idle() -> None:
    held = world(
        head(1, state="idle", moved=50),
        head(2, state="idle", moved=10),
        head(3, state="ended"),
        head(4, state="running"),
    )
    assert army(held) == (1, 2, 4)
    assert idle(held) == (2, 1)
    assert [following((2, 1), n) for n in (0, 2, 1)] == [2, 1, 2]
    assert following((), 3) == 0


def test_subgroups_worst_first() -> None:
    held = world(head(1, state="running"), head(2, state="waiting"), head(3, state="running"))
    assert subgroups(held, (1, 2, 3)) == [(2,), (1, 3)]


def test_receivers_are_named() -> None:
    held = world(*(head(n) for n in range(1, 6)), groups={2: (1, 2, 3), 4: (1, 2, 3, 4)})
    assert named(held, (1, 2)) == "group 2: 2 of 3"
    assert named(held, (5,)) == "t5"
    assert named(held, (4, 5)) == "2 threads"
    assert named(held, ()) == ""


def test_tab_chooses_who_receives_until_the_next_selecting() -> None:
    here = world(head(1, state="running"), head(2, state="paused"), head(3, state="running"))
    chosen = Selection()
    assert chosen.cycle(here, 1) == ()
    chosen.replace((1, 2, 3))
    assert chosen.receivers(here) == (1, 2, 3)
    before = chosen.version
    assert chosen.cycle(here, 1) == (1, 3)
    assert chosen.version > before
    assert chosen.ids == (1, 2, 3)
    assert chosen.cycle(here, 1) == (2,)
    assert (chosen.receivers(here), chosen.active) == ((2,), 2)
    assert chosen.cycle(here, 1) == (1, 3)
    assert chosen.cycle(here, -1) == (2,)
    chosen.replace((1, 2, 3))
    assert chosen.receivers(here) == (1, 2, 3)
    assert chosen.cycle(here, -1) == (2,)


def test_no_event_changes_who_receives() -> None:
    here = world(head(1, state="running"), head(2, state="paused"), head(3, state="running"))
    chosen = Selection()
    chosen.replace((1, 2, 3))
    chosen.cycle(here, 1)
    here.threads[3] = head(3, state="paused")
    assert chosen.receivers(here) == (1, 3)
    assert chosen.cycle(here, 1) == (2, 3)
    del here.threads[3]
    chosen.prune(here)
    assert chosen.receivers(here) == (2,)


def test_alike_and_unseen() -> None:
    here = world(
        head(1, state="running", results=2, moved=9),
        head(2, state="paused", results=3, results_seen=3),
        head(3, state="running", results=1, moved=4),
    )
    assert alike(here, 1, (1, 2, 3, 4)) == (1, 3)
    assert alike(here, 7, (1, 2)) == ()
    assert unseen(here) == (3, 1)


def test_adding_and_stealing_are_orders() -> None:
    assert parse(group_order((3, 5), 2, "add")) == Group("#3,#5", add=2)
    assert parse(group_order((3,), 0, "steal")) == Group("#3", steal=0)
