"""Control groups: set, add, steal, what they do by themselves, and that undo is exact."""

from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.codec import Entry, Stamp
from commandcenter.core.events import GroupChanged, GroupRuled, ThreadCreated
from commandcenter.core.orders import Group
from commandcenter.core.reduce import apply
from commandcenter.core.world import World
from commandcenter.engine.handlers.groups import joins
from commandcenter.rules.grouping import changed
from commandcenter.testing.engines import Bench, refusal


def groups(bench: Bench) -> dict[int, tuple[int, ...]]:
    return dict(bench.engine.parts.world.groups)


async def orders(bench: Bench, *texts: str) -> None:
    for text in texts:
        ack = await bench.order(text, by="player")
        assert not ack.refused, ack.refused


async def test_add_keeps_what_is_in_it_and_adds_no_twin(bench: Bench) -> None:
    await bench.spawn(3)
    await orders(bench, "group #1,#2 --set 3", "group #2,#3 --add 3")
    assert groups(bench) == {3: (1, 2, 3)}
    assert refusal(await bench.order("group #1 --add 3")) == "NoChange"
    await orders(bench, "undo")
    assert groups(bench) == {3: (1, 2)}


async def test_steal_sets_and_takes_from_all_others(bench: Bench) -> None:
    await bench.spawn(3)
    await orders(bench, "group #1,#2 --set 1", "group #2,#3 --set 2", "group #1 --set 4")
    await orders(bench, "group #2,#3 --steal 4")
    assert groups(bench) == {1: (1,), 4: (2, 3)}
    heads = bench.engine.parts.world.threads
    assert [heads[n].groups for n in (1, 2, 3)] == [(1,), (4,), (4,)]
    await orders(bench, "undo")
    assert groups(bench) == {1: (1, 2), 2: (2, 3), 4: (1,)}
    await orders(bench, "redo")
    assert groups(bench) == {1: (1,), 4: (2, 3)}


async def test_exactly_one_of_the_three(bench: Bench) -> None:
    await bench.spawn()
    for options in ("", "--set 1 --add 2", "--set 10", "--steal -2"):
        assert refusal(await bench.order(f"group #1 {options}")) == "TargetInvalid"


async def test_adding_to_an_exclusive_group_steals(bench: Bench) -> None:
    await bench.spawn(2)
    await orders(bench, "group #1,#2 --set 1", "group-rule 2 --exclusive", "group #1 --add 2")
    assert groups(bench) == {1: (2,), 2: (1,)}
    await orders(bench, "undo")
    assert groups(bench) == {1: (1, 2)}


async def test_rules_are_restored_by_undo(bench: Bench) -> None:
    await orders(bench, "group-rule 2 --exclusive --auto api", "group-rule 2 --children")
    rules = bench.engine.parts.world.group_rules
    assert (rules[2].exclusive, rules[2].children, rules[2].auto) == (False, True, "")
    await orders(bench, "undo")
    assert (rules[2].exclusive, rules[2].auto) == (True, "api")
    await orders(bench, "undo")
    assert rules == {}
    assert refusal(await bench.order("group-rule 2")) == "NoChange"
    assert refusal(await bench.order("group-rule 10 --children")) == "TargetInvalid"
    for text in ("x" * 201, "colour:red", " "):
        assert refusal(await bench.order(f'group-rule 1 --auto "{text}"')) == "TargetInvalid"


async def test_new_threads_that_match_join(bench: Bench) -> None:
    await orders(bench, 'group-rule 4 --auto "web agent:native"')
    await bench.spawn(2, "--name web")
    await bench.spawn(1, "--name other")
    assert groups(bench) == {4: (1, 2)}
    [joined] = [e for e in await bench.entries() if isinstance(e.event, GroupChanged)]
    assert joined.stamp.by == "rule"


async def test_children_join_where_the_flag_says_so(bench: Bench) -> None:
    await bench.spawn()
    await orders(bench, "group #1 --set 1", "group #1 --set 2", "group-rule 2 --children")
    await orders(bench, "kill #1 --now", "revive #1")
    assert groups(bench) == {1: (1,), 2: (1, 2)}


# --- without an engine ----------------------------------------------------------------------


def world_of(threads: int, members: dict[int, tuple[int, ...]]) -> World:
    world = World()
    for thread in range(1, threads + 1):
        put(world, ThreadCreated(f"t{thread}", "", "native", "native", "", "", "x"), thread)
    for number, inside in members.items():
        put(world, GroupChanged(number, inside))
    return world


def put(world: World, event: object, thread: int = 0) -> None:
    apply(world, Entry(world.seq + 1, 1, 0.0, Stamp(thread), event))  # type: ignore[arg-type]  # an event of any kind


def test_who_joins_several_stays_in_the_exclusive_one_and_those_after() -> None:
    world = world_of(1, {1: (1,), 2: (1,), 3: (1,)})
    for number, exclusive in ((1, False), (2, True), (3, False)):
        put(world, GroupRuled(number, exclusive, True, ""))
    put(world, ThreadCreated("child", "", "native", "native", "", "", "x", parent=1), 2)
    assert joins(world, world.threads[2]) == (2, 3)


_members = st.lists(st.integers(1, 4), max_size=4, unique=True).map(tuple)


@given(
    st.dictionaries(st.integers(0, 3), _members),
    _members,
    st.sampled_from(("set", "add", "steal")),
    st.integers(0, 3),
    st.booleans(),
)
def test_any_change_is_taken_back_exactly(
    before: dict[int, tuple[int, ...]],
    threads: tuple[int, ...],
    how: str,
    number: int,
    exclusive: bool,
) -> None:
    world = world_of(4, before)
    put(world, GroupRuled(number, exclusive, False, ""))
    old, heads = dict(world.groups), dict(world.threads)
    after = changed(world, Group("", **{how: number}), threads)  # type: ignore[arg-type]  # the three options are integers
    for group, inside in after.items():
        put(world, GroupChanged(group, inside))
    assert all(thread in world.groups.get(number, ()) for thread in threads)
    if how == "steal":
        assert all(world.threads[thread].groups == (number,) for thread in threads)
    for group in after:
        put(world, GroupChanged(group, old.get(group, ())))
    assert world.groups == old
    assert {n: head.groups for n, head in world.threads.items()} == {
        n: head.groups for n, head in heads.items()
    }
