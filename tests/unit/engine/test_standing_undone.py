"""Any standing orders in any order: undo goes back through the same Worlds, step by step."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised
from commandcenter.core.world import World
from commandcenter.testing.engines import Bench

STEPS = 18
Chance = random.Random


def some(chance: Chance) -> str:
    threads = sorted(chance.sample((1, 2, 3), chance.choice((1, 2))))
    return ",".join(f"#{thread}" for thread in threads)


def grouped(chance: Chance) -> str:
    how = chance.choice(("set", "add", "steal"))
    return f"group {some(chance)} --{how} {chance.randrange(3)}"


def ruled(chance: Chance) -> str:
    flags = [flag for flag in ("--exclusive", "--children", "--auto api") if chance.random() < 0.5]
    return f"group-rule {chance.randrange(3)} {' '.join(flags)}"


def marked(chance: Chance) -> str:
    to = chance.choice(("", f" --to {chance.randrange(3)}"))
    return f"seen {some(chance)}{to}{chance.choice(('', ' --diff'))}"


ORDERS: tuple[Callable[[Chance], str], ...] = (
    grouped,
    grouped,
    ruled,
    marked,
    lambda chance: f"priority {some(chance)} {chance.choice(('up', 'down'))}",
    lambda chance: f"tag {some(chance)} {chance.choice('abc')}",
    lambda chance: f'goal {some(chance)} "{chance.choice(("", "one", "two"))}"',
    lambda chance: f'flag {chance.randrange(3)},0 "{chance.choice("xy")}"',
    lambda chance: f"unflag {chance.randint(1, 3)}",
    lambda chance: f"defer {chance.choice(('1', 'x'))}",
    lambda chance: f"snooze x --minutes {chance.randint(5, 900)}",
)


def stands(world: World) -> dict[str, Any]:
    """All that these orders change."""
    return {
        "heads": {
            head.id: (head.results_seen, head.diff_seen, head.weight, head.tags, head.groups)
            for head in world.threads.values()
        },
        "goals": {
            head.id: (head.goal, [queued.note for queued in head.queue])
            for head in world.threads.values()
        },
        "groups": dict(world.groups),
        "rules": dict(world.group_rules),
        "flags": {(f.id, f.x, f.y, f.note) for f in world.flags.values()},
        "deferred": (bool(world.asks[1].deferred), bool(world.alerts["x"].deferred)),
    }


def snoozed(world: World) -> int:
    """Seconds; a snooze that is taken back to a shorter one is so to the minute."""
    return world.alerts["x"].snoozed // NS


async def prepared(bench: Bench) -> World:
    for thread in await bench.spawn(3):
        for _ in range(2):
            bench.session(thread).end()
            await bench.reaches(thread, "idle")
            await bench.order(f'steer #{thread} "on"')
            await bench.reaches(thread, "running")
    bench.session(3).run("pip install x")
    await bench.reaches(3, "waiting")
    fact = Fact(AlertRaised("x", "warn", "test", "a test"), Stamp(1))
    await bench.engine.parts.ledger.commit([fact])
    return bench.engine.parts.world


@pytest.mark.parametrize("seed", range(8))
async def test_undo_goes_back_through_the_same_worlds(bench: Bench, seed: int) -> None:
    world, chance = await prepared(bench), random.Random(seed)
    past: list[tuple[str, dict[str, Any], int]] = []
    while len(past) < STEPS:
        text = chance.choice(ORDERS)(chance)
        before = (text, stands(world), snoozed(world))
        ack = await bench.order(text, by="player")
        if ack.threads or not ack.refused:
            past.append(before)
    for text, was, quiet in reversed(past):
        await bench.order("undo", by="player")
        assert stands(world) == was, text
        assert abs(snoozed(world) - quiet) <= 60, text
