"""The figures of large selections: exact for another selection, four times a second for events."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.world import Spent, World
from commandcenter.testing.worlds import NOW, plain_world
from commandcenter.ui import member
from commandcenter.ui.summing import APART_NS, LARGE, Sums


@pytest.fixture
def world() -> World:
    """More threads than are summed with each frame."""
    return plain_world(LARGE + 100, 4)


def _shown(sums: Sums, world: World, count: int, now: int) -> tuple[member.Fact, ...]:
    ids = tuple(world.threads)[:count]
    heads = [world.threads[thread] for thread in ids]
    return sums.figures(heads, (world, ids, True, now))[0]


def _truth(world: World, count: int, now: int) -> tuple[member.Fact, ...]:
    return member.facts(list(world.threads.values())[:count], world, now)


def _spend(world: World) -> None:
    world.seq += 1
    world.threads[1] = replace(world.threads[1], spent=Spent(usd=Decimal(77_777)))


def test_another_selection_is_summed_at_once(world: World) -> None:
    sums = Sums()
    for count in (LARGE, LARGE + 1, LARGE):
        assert _shown(sums, world, count, NOW) == _truth(world, count, NOW)
    assert sums.due(world, NOW) == 0


def test_an_event_shows_a_quarter_second_later_and_asks_for_that_frame(world: World) -> None:
    sums = Sums()
    before = _shown(sums, world, LARGE, NOW)
    _spend(world)
    assert _shown(sums, world, LARGE, NOW + APART_NS // 2) == before
    assert 0 < sums.due(world, NOW + APART_NS // 2) <= APART_NS / NS
    after = _shown(sums, world, LARGE, NOW + APART_NS)
    assert after == _truth(world, LARGE, NOW + APART_NS) != before
    assert sums.due(world, NOW + APART_NS) == 0


def test_a_small_selection_is_never_late(world: World) -> None:
    sums = Sums()
    before = _shown(sums, world, 20, NOW)
    _spend(world)
    assert _shown(sums, world, 20, NOW) == _truth(world, 20, NOW) != before
    assert sums.due(world, NOW) == 0


def test_a_burn_that_fades_is_summed_without_any_event(world: World) -> None:
    sums, later = Sums(), NOW + 3 * NS
    _shown(sums, world, LARGE, NOW)
    assert _shown(sums, world, LARGE, later) == _truth(world, LARGE, later)
