"""The mirror is compared with the engine: equal is silent, a difference is mended."""

import asyncio
import hashlib

from commandcenter.core.world import World, dump
from commandcenter.hud.mirror import Mirror
from commandcenter.testing.clock import FakeClock
from commandcenter.testing.fakes import FakeLink
from commandcenter.ui.check import Check
from commandcenter.ui.tasks import Tasks


def compared(theirs: World, ours: World) -> list[int]:
    clock = FakeClock()
    link = FakeLink(theirs, clock)
    hashed = hashlib.sha256(dump(theirs)).hexdigest()
    link.queries["hash"] = {"seq": theirs.seq, "hash": hashed}
    mirror = Mirror()
    mirror.adopt(ours)
    check = Check(mirror, link, clock, Tasks())
    asyncio.run(check.compare())
    return link.resynced


def test_equal_worlds_are_silent() -> None:
    assert compared(World(seq=5), World(seq=5)) == []


def test_a_difference_asks_for_a_snapshot() -> None:
    assert compared(World(seq=5, bell=True), World(seq=5)) == [5]


def test_another_seq_says_nothing() -> None:
    assert compared(World(seq=6, bell=True), World(seq=5)) == []
