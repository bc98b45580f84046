"""Counts kept up by what changed are those of the whole World."""

import random

import msgspec

from commandcenter.core.world import World
from commandcenter.hud.census import Census
from commandcenter.testing.worlds import plain_world

STATES = ("running", "pausing", "paused", "idle", "ended", "dying")


def changed(world: World, thread: int, chance: random.Random) -> None:
    world.threads[thread] = msgspec.structs.replace(
        world.threads[thread],
        state=chance.choice(STATES),
        waits_for=chance.choice(("", "supply 14 of 14")),
        metered=chance.random() < 0.5,
        account=chance.choice(("one", "two")),
        agent=chance.choice(("claude", "native")),
    )


def test_what_changed_is_counted_anew_and_nothing_else() -> None:
    chance = random.Random(3)
    world = plain_world(60, 4)
    census = Census.of(world)
    for _ in range(40):
        some = chance.sample(sorted(world.threads), 7)
        for thread in some:
            changed(world, thread, chance)
        for gone in chance.sample(sorted(world.threads), 1):
            del world.threads[gone]
            some.append(gone)
        census.update(world, some)
    whole = Census.of(world)
    assert census.dying == whole.dying
    assert (census.waiting, census.unmetered) == (whole.waiting, whole.unmetered)
    assert +census.states == +whole.states
    assert +census.accounts == +whole.accounts
    assert +census.models == +whole.models
    assert {a: +c for a, c in census.agents.items() if +c} == whole.agents


def test_the_whole_is_what_the_heads_say() -> None:
    world = plain_world(200, 5)
    census, heads = Census.of(world), world.threads.values()
    assert sum(census.states.values()) == len(heads)
    assert census.waiting == sum(bool(h.waits_for) for h in heads if h.state == "running")
    assert census.unmetered == sum(not h.metered for h in heads if h.state != "ended")
    assert census.dying == {h.id for h in heads if h.state == "dying"}
