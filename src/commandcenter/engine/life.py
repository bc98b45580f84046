"""How an engine begins and ends."""

import asyncio
import gc
import logging
import os
from decimal import Decimal

from commandcenter import __version__
from commandcenter.core.codec import Fact, Row, Stamp
from commandcenter.core.events import DayBegan, EngineStarted, EngineStopped, LimitSet
from commandcenter.core.world import Limit, dump
from commandcenter.engine.chains import rallied
from commandcenter.engine.clockwork import Clockwork, local_day, recording_broke
from commandcenter.engine.engine import Engine
from commandcenter.engine.last_grants import LastGrants
from commandcenter.engine.parts import Parts
from commandcenter.engine.reclaiming import ended
from commandcenter.engine.recovery import end_survivors, recover
from commandcenter.engine.resting import put_away
from commandcenter.engine.review import Review

SNAPSHOT_EVERY = 100_000
log = logging.getLogger("cc.engine")


async def begin(engine: Engine) -> int:
    """From an open journal to a running engine; how many processes an earlier one had left."""
    parts = engine.parts
    world = parts.world
    first = world.start == 0
    parts.start = world.start + 1
    started = EngineStarted(parts.start, world.clean, os.getpid(), __version__)
    facts = [Fact(started)]
    day = local_day(parts.clock.wall())
    if day != world.day:
        facts.append(Fact(DayBegan(day)))
    if first and world.day_limit == Limit():
        facts.append(Fact(LimitSet("day", Decimal(str(parts.settings.budget.day_usd)))))
    await parts.ledger.commit(facts)
    left = await end_survivors(engine)
    parts.ledger.on_broken = lambda why: recording_broke(engine, why)
    parts.ledger.listen(Review(world, parts.ledger.post).rows)
    parts.ledger.listen(lambda rows: _snapshots(engine, rows))
    parts.ledger.listen(lambda rows: rallied(engine, rows))
    parts.ledger.listen(engine.seen)
    parts.ledger.listen(engine.purses.rows)
    parts.ledger.listen(lambda rows: ended(engine, rows))
    parts.ledger.listen(LastGrants(engine).rows)
    parts.ledger.listen(engine.handovers.rows)
    await recover(engine)
    engine.purses.give_back()
    parts.tasks.spawn(Clockwork(engine).run(), "clockwork")
    return left


def keep_what_is_here() -> None:
    """The garbage collector looks no more at what the start has made: once per process."""
    gc.collect()
    gc.freeze()


def _snapshots(engine: Engine, rows: list[Row]) -> None:
    """World is stored at a segment's start and each 100 000 entries, so that a start is quick."""
    parts = engine.parts
    crossed = rows[0].seq // SNAPSHOT_EVERY != (rows[-1].seq + 1) // SNAPSHOT_EVERY
    if crossed or any(row.kind == "SegmentOpened" for row in rows):
        state = dump(parts.world)
        parts.tasks.spawn(_store(parts, parts.world.seq, state), "snapshot")


async def _store(parts: Parts, seq: int, state: bytes) -> None:
    """A snapshot that cannot be stored only makes the next start slower."""
    try:
        await parts.snapshot(seq, state)
    except OSError as error:
        log.warning("no snapshot at %d: %s", seq, error)


async def end(engine: Engine) -> None:
    """Sessions closed, workspaces kept, a clean mark in the journal."""
    parts = engine.parts
    runners = list(engine.runners.values())
    await asyncio.gather(*(put_away(runner) for runner in runners))
    await parts.gate.stop(0.0)
    await parts.serve_end()
    await parts.ledger.settle()
    await parts.tasks.cancel()
    for runner in engine.runners.values():  # one that was still opening has it yet
        runner.lease.give(runner.lease.epoch)
    await parts.ledger.commit([Fact(EngineStopped(), Stamp())])
    parts.ledger.end()
    await parts.journal_close(dump(parts.world))
