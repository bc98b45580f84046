from decimal import Decimal

import msgspec

from commandcenter.core.base import NS
from commandcenter.core.standing import QueuedOrder
from commandcenter.core.world import Head, OpenCall, Queued, Spent, World
from commandcenter.hud.queueing import lines

NOW = 1_000 * NS


def head(thread: int, **more: object) -> Head:
    made = Head(thread, f"t{thread}", "op", "native", "native", "a", "m", "b", state="running")
    return msgspec.structs.replace(made, **more)


def test_each_section_with_its_words() -> None:
    call = OpenCall("c1", 1, "a", "m-large", 12_000, Decimal("0.30"), 900, NOW - 3 * NS)
    world = World(
        threads={
            1: head(1, calls_open=("c1",), spent=Spent(usd=Decimal("0.10"))),
            2: head(2, waits_for="supply 8 of 8"),
            3: head(3, tool="git push", tool_since=NOW - 60 * NS),
            4: head(4, state="pausing", queue=(Queued("i1", "use the API"),)),
            5: head(5, orders=(QueuedOrder("o1", "pause @self"),)),
            6: head(6, state="waiting"),
            7: head(7, state="ended"),
        },
        calls={"c1": call},
    )
    found = [(line.section, line.thread, line.text) for line in lines(world, NOW)]
    assert ("Running", 1, "m-large · 3 s · at most 12 k tok, $0.30 held") in found
    assert ("Running", 3, "git push · 1 m") in found
    assert ("Waiting", 2, "supply 8 of 8") in found
    assert ("Waiting", 4, "stops at its next safe point") in found
    assert ("Queued", 4, "1. your words: use the API") in found
    assert ("Queued", 5, "1. pause") in found
    assert [section for section, thread, _ in found if thread == 6] == ["Blocked"]
    assert not [thread for _, thread, _ in found if thread == 7]
    assert [one[0] for one in found] == sorted(
        (one[0] for one in found), key=["Running", "Waiting", "Queued", "Blocked"].index
    )
