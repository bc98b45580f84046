"""A transcript is read from its end, page by page, back to its beginning."""

from commandcenter.engine.doors import EngineDoors
from commandcenter.link.base import Hello
from commandcenter.testing.engines import Bench


async def test_pages_before_a_seq_join_without_gap(bench: Bench) -> None:
    [thread] = await bench.spawn()
    for name in ("b", "c", "d", "e"):
        await bench.order(f'rename #{thread} "{name}"', by="player")
    await bench.engine.parts.ledger.settle()
    doors = EngineDoors(bench.engine, Hello(1, "", 0))
    whole = await doors.read(thread, 0, 500)
    found = await doors.read(thread, -1, 3)
    while older := await doors.read(thread, -found[0].seq, 3):
        found = older + found
    assert found == whole
    assert len(whole) > 6
