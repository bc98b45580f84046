"""The made crowd folds as entries do, and the painter's own process counts frames and tiles."""

from collections import Counter

from commandcenter.bench.crowd import crowd, moved
from commandcenter.bench.measure import specs
from commandcenter.bench.talk import Child
from commandcenter.core.base import NS
from commandcenter.core.world import dump
from commandcenter.hud.mirror import Mirror

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
WALL = 1_764_937_867 * NS


def test_a_crowd_is_dealt_out_and_in_every_state() -> None:
    world = crowd(200, 8, WALL)
    assert len(world.threads) == 200
    assert [len(one.threads) for one in world.operations.values()] == [25] * 8
    states = Counter(head.state for head in world.threads.values())
    assert states == {"running": 120, "idle": 20, "paused": 20, "frozen": 20, "ended": 20}
    assert all(world.operations[head.operation] for head in world.threads.values())


def test_what_moves_in_it_reaches_exactly_those_heads() -> None:
    mirror = Mirror()
    mirror.snapshot(dump(crowd(20, 2, WALL)))
    mirror.drain()
    mirror.rows(moved([3, 4], 7, 2, WALL))
    assert mirror.drain().threads == {3, 4}
    assert mirror.world.threads[3].line == "reads part 7 of 3"
    assert mirror.seq == 3


async def test_each_frame_and_each_tile_is_counted() -> None:
    child = await Child.start("commandcenter.bench.painter", {"threads": 40}, OFFSCREEN)
    try:
        assert await child.ask("step", width=96) == 40
        frames = await child.ask("frames", share=0.1, count=3)
        tiles = await child.ask("tiles", count=5)
        floor = await child.ask("floor", count=2)
    finally:
        await child.end()
    assert [count for _, _, count in frames] == [4, 4, 4]
    assert all(shown > 0 and painted > 0 for shown, painted, _ in frames)
    assert len(tiles) == 5
    assert min(tiles) > 0
    assert all(used > 0 for used in floor)


def test_the_floors_of_the_screens_benches_are_those_of_the_design() -> None:
    paint, idle, start = specs("paint"), specs("idle"), specs("start")
    assert (paint["all_p99"].must, paint["all_p99"].goals) == (16.0, (8.0,))
    assert (paint["tenth_p99"].must, paint["tenth_p99"].goals) == (4.0, (2.0,))
    assert (paint["tile_p99"].must, paint["tile_p99"].goals) == (30.0, (15.0,))
    assert (idle["paints"].must, idle["timers"].must, idle["cpu"].must) == (0.0, 0.0, 3.0)
    assert (start["worst"].must, start["worst"].goals) == (1500.0, (600.0,))
    assert all(
        specs("crowded")[f"{one}_p99"].must == 100.0 for one in ("key", "zoom", "pan", "all")
    )
    assert specs("probe")["apart_p99"].must == 16.7


async def test_a_transcript_is_opened_and_grown() -> None:
    child = await Child.start("commandcenter.bench.painter", {"threads": 4}, OFFSCREEN)
    try:
        found = await child.ask("transcript", size=20_000)
    finally:
        await child.end()
    assert len(found["opened"]) == 5
    assert len(found["appended"]) > 100
    assert min(found["opened"]) > 0
    assert {"open_worst", "append_p99", "view_mb"} <= specs("paint").keys()
