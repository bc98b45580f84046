from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from commandcenter.core.world import Head, OperationHead, World
from commandcenter.hud.layout import LOOSE
from commandcenter.hud.places import Place, Places
from commandcenter.testing.worlds import demo_world


def _head(thread: int, operation: str) -> Head:
    return Head(thread, f"t{thread}", operation, "native", "native", "a", "m", "b")


def _born(world: World, thread: int, operation: str) -> None:
    world.threads[thread] = _head(thread, operation)


def test_slots_are_given_in_order_and_kept() -> None:
    world = World(operations={"api": OperationHead("api", "/r", order=1)})
    places = Places()
    for thread in (1, 2, 3):
        _born(world, thread, "api")
    _born(world, 4, "")
    assert places.update(world)
    assert places.sectors == ("api", LOOSE)
    assert [places.of(t) for t in (1, 2, 3)] == [Place("api", n) for n in range(3)]
    del world.threads[2]
    places.update(world)
    assert places.of(3) == Place("api", 2)
    _born(world, 5, "api")
    places.update(world, [5])
    assert places.of(5) == Place("api", 1)
    assert places.slots() == [6, 6]


def test_sectors_stand_in_order_of_creation() -> None:
    world = World()
    places = Places()
    world.operations["z"] = OperationHead("z", "/r", order=3)
    world.operations["a"] = OperationHead("a", "/r", order=9)
    places.update(world)
    assert places.sectors == ("z", "a")


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["", "x", "y", "z"])), max_size=80))
def test_no_threads_slot_changes_while_others_come(births: list[tuple[int, str]]) -> None:
    names = ("x", "y", "z")
    operations = {name: OperationHead(name, "/r", order=n) for n, name in enumerate(names)}
    world, places = World(operations=operations), Places()
    given: dict[int, Place] = {}
    for thread, operation in births:
        if thread not in world.threads:
            _born(world, thread, operation)
        places.update(world, [thread])
        for known, place in given.items():
            assert places.of(known) == place
        given[thread] = places.of(thread) or Place("", -1)
    assert len({(p.sector, p.slot) for p in given.values()}) == len(given)


def test_only_tidy_moves_and_puts_the_ended_last() -> None:
    world = demo_world(2, 6)
    places = Places()
    places.update(world)
    name = places.sectors[0]
    first = places.threads(name)[0]
    world.threads[first] = replace(world.threads[first], state="ended")
    places.update(world, [first])
    assert places.threads(name)[0] == first
    assert places.tidy(world)
    found = places.threads(name)
    assert sorted(found) == list(range(len(found)))
    ended = [world.threads[found[slot]].state == "ended" for slot in sorted(found)]
    assert ended == sorted(ended)
    assert all(places.of(thread).slot == slot for slot, thread in found.items())
    assert not places.tidy(world)
