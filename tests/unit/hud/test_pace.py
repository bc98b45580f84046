"""Five minutes of burn per thread: what is known of it, and what is not claimed."""

from commandcenter.core.base import NS
from commandcenter.core.world import Head, World
from commandcenter.hud.pace import Pace

NOW = 1_000_000 * NS


def world(**more: object) -> World:
    head = Head(1, "one", "op", "native", "native", "acc", "model", "brief", **more)  # type: ignore[arg-type]  # fields by name
    return World(wall=NOW, threads={1: head})


def test_a_thread_seen_from_birth_is_known_whole() -> None:
    pace = Pace()
    pace.seed(world(created=NOW - 20 * NS))
    pace.add(1, NOW, 50)
    assert pace.known(1, NOW) == 20
    assert pace.known(1, NOW + 500 * NS) == 300
    assert sum(pace.line(1, NOW)) * 3 == 50
    assert sum(pace.line(1, NOW + 301 * NS)) == 0


def test_of_an_older_one_only_its_bins_are_known_until_the_store_is_read() -> None:
    pace = Pace()
    pace.seed(world(created=1, bins=(5,) * 64, bin_at=NOW // (NS // 2)))
    assert pace.known(1, NOW) in (31, 32)
    assert sum(pace.line(1, NOW)) * 3 == 320
    pace.older(1, [(NOW - 100 * NS, 30), (NOW - 10 * NS, 999)])
    assert pace.known(1, NOW) == 100
    assert sum(pace.line(1, NOW)) * 3 == 350
    pace.older(1, [], born=1)
    assert pace.known(1, NOW) == 300
