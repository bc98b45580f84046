"""Facts into the journal, and after COMMIT into World and to whoever listens, in order of seq."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from commandcenter.core.base import Clock
from commandcenter.core.codec import BULK, Draft, Fact, Row, draft, load_entry
from commandcenter.core.reduce import apply, fold
from commandcenter.core.refusals import CannotRecord, Refused
from commandcenter.core.world import World, load
from commandcenter.engine.tasks import RECORDS, Tasks

FLOW_S = 0.05
BACKLOG_BYTES = 64 << 20
ENDED = "the engine has ended"
log = logging.getLogger("cc.journal")
__all__ = ["Ledger", "World", "fold", "load"]


class Appends(Protocol):
    """The journal's writer as the ledger needs it."""

    async def append(self, drafts: Sequence[Draft], flush: bool) -> int:
        """First seq, after COMMIT; raises OSError when nothing can be recorded."""
        ...


class Ledger:
    """One order for everything that happens: `commit` waits for the disk, `post` does not."""

    def __init__(self, journal: Appends, world: World, clock: Clock, tasks: Tasks) -> None:
        self.world = world
        self.broken = ""
        """Why nothing can be recorded; empty = it can."""
        self.redact: Callable[[bytes], bytes] = lambda payload: payload
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._listeners: list[Callable[[list[Row]], None]] = []
        self._flow: list[Draft] = []
        self._timer: asyncio.TimerHandle | None = None
        self._early: dict[int, list[Row]] = {}
        self._next = world.seq + 1
        self._backlog: list[Draft] = []
        self._backlog_bytes = 0
        self.lost = 0
        """Entries for which there was no room while nothing could be recorded."""
        self.on_broken: Callable[[str], None] = lambda why: None

    def begin_at(self, seq: int) -> None:
        """The next entry's seq, known once the journal is open."""
        self._next = seq

    def listen(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        """Call `listener` with committed rows, in order; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def commit(self, facts: Sequence[Fact], key: str = "") -> int:
        """Record now and return the last seq.

        Raises Refused(CannotRecord), or Repeated for a `key` that is known; then nothing of it
        has happened.
        """
        if self.broken:
            raise Refused(CannotRecord(self.broken))
        self._flush_flow(at_once=True)
        drafts = self._drafts(facts, key)
        return await asyncio.shield(self._tasks.spawn(self._append(drafts, keep=False), "commit"))

    async def insist(self, facts: Sequence[Fact]) -> bool:
        """Record although recording broke, on the room that the journal's reserve left; False =
        in vain."""
        try:
            await self._append(self._drafts(facts), keep=False, insist=True)
        except Refused:
            return False
        return True

    def post(self, facts: Sequence[Fact]) -> None:
        """Record soon; nobody waits. While nothing can be recorded, kept in memory (64 MiB)."""
        self._flow += self._drafts(facts)
        if any(fact.event.control for fact in facts):
            self._flush_flow(at_once=True)
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(FLOW_S, self._flush_flow)

    def opened(self, row: Row) -> None:
        """A new segment began with this entry."""
        self._early[row.seq] = [row]
        self._publish()

    async def settle(self) -> None:
        """Wait until everything said so far is recorded, or is in the backlog."""
        self._flush_flow(at_once=True)
        await self._tasks.settled(RECORDS)

    def end(self) -> None:
        """What is said from now on is of no engine: a timer may still fire. Nobody is told."""
        self.broken = ENDED

    async def mended(self) -> bool:
        """The journal takes entries again: record what waited. False when it does not after all."""
        self.broken = ""
        drafts, self._backlog, self._backlog_bytes = self._backlog, [], 0
        if drafts:
            await self._append(drafts, keep=True)
        await self.settle()
        return not self.broken

    def _drafts(self, facts: Sequence[Fact], key: str = "") -> list[Draft]:
        at, wall = self._clock.monotonic(), self._clock.wall()
        made = [draft(fact.event, fact.stamp, at, wall) for fact in facts]
        if key:
            first = made[0]
            made[0] = Draft(first.wall, first.thread, first.epoch, first.kind, first.payload, key)
        return [self._clean(one) for one in made]

    def _clean(self, one: Draft) -> Draft:
        payload = self.redact(one.payload)
        if payload is one.payload or payload == one.payload:
            return one
        return Draft(one.wall, one.thread, one.epoch, one.kind, payload, one.key)

    def _flush_flow(self, at_once: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        flow, self._flow = self._flow, []
        if flow:
            self._tasks.spawn(self._append(flow, keep=True, flush=at_once), "post")

    async def _append(
        self, drafts: list[Draft], *, keep: bool, flush: bool = True, insist: bool = False
    ) -> int:
        """The last seq. What cannot be recorded goes to the backlog when `keep`, else raises."""
        try:
            if self.broken and not insist:
                raise OSError(self.broken)
            first = await self._journal.append(drafts, flush)
        except OSError as error:
            self._fail(str(error))
            if not keep:
                raise Refused(CannotRecord(str(error))) from error
            self._keep(drafts)
            return 0
        self._early[first] = [
            Row(first + i, d.wall, d.thread, d.epoch, d.kind, d.payload)
            for i, d in enumerate(drafts)
        ]
        self._publish()
        return first + len(drafts) - 1

    def _fail(self, why: str) -> None:
        if not self.broken:
            self.broken = why
            log.error("cannot record: %s", why)
            self.on_broken(why)

    def _keep(self, drafts: list[Draft]) -> None:
        size = sum(len(one.payload) for one in drafts)
        if self._backlog_bytes + size <= BACKLOG_BYTES:
            self._backlog += drafts
            self._backlog_bytes += size
        else:
            self.lost += len(drafts)

    def _publish(self) -> None:
        """Rows in order of seq, whichever append came back first."""
        while rows := self._early.pop(self._next, None):
            self._next += len(rows)
            for row in rows:
                if row.kind not in BULK:
                    apply(self.world, load_entry(row))
            for listener in tuple(self._listeners):
                listener(rows)
