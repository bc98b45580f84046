"""A link without an engine: it applies orders to a World of its own and reports the entries."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from commandcenter.core import events as ev
from commandcenter.core import orders as od
from commandcenter.core import refusals as no
from commandcenter.core import targets
from commandcenter.core.base import By, Clock
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.core.orders import Given
from commandcenter.core.reduce import BULK, fold
from commandcenter.core.world import World, dump
from commandcenter.link.base import Ack, LinkLost, Refusal
from commandcenter.testing import answers

MANY = 20
_NO_SECOND_PRESS = (od.Resume, od.Undo_, od.Redo, od.ResumeAll, od.Group)


class FakeLink:
    """Passes the Link protocol. `sent` holds every order, `queries` answers `query` by name."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.sent: list[Given] = []
        self.rows: list[Row] = []
        self.queries: dict[str, Any] = {}
        self.watched: frozenset[int] = frozenset()
        self.open_door = asyncio.Event()
        """Cleared: orders wait for their acknowledgement until it is set."""
        self.doubts: dict[str, no.Reason] = {}
        """Verb -> what such an order is refused for; with a second press only where none helps."""
        self.resynced: list[int] = []
        self.up = True
        self.closed = False
        self.on_snapshot: Callable[[bytes], None] = lambda data: None
        self.on_rows: Callable[[list[Row]], None] = lambda rows: None
        self.on_state: Callable[[bool], None] = lambda up: None
        self._clock = clock
        self._seq = world.seq
        self._acks: dict[str, Ack] = {}
        self._hang_up = asyncio.Event()
        self.open_door.set()

    def start(self) -> None:
        """Hand over the snapshot, as a link does once it is connected."""
        self.on_state(True)
        self.on_snapshot(dump(self.world))

    async def keep(self) -> None:
        """Stay connected until closed."""
        self.start()
        await self._hang_up.wait()

    def lose(self) -> None:
        """The engine goes away."""
        self.up = False
        self.on_state(False)

    def regain(self) -> None:
        """The engine is back."""
        self.up = True
        self.start()

    def emit(self, *events: ev.Event, thread: int = 0, by: By = "engine") -> int:
        """Record events as the engine would and report them; the last seq."""
        return self.commit([(thread, event) for event in events], by)

    def commit(self, facts: answers.Facts, by: By = "engine") -> int:
        """Record (thread, event) pairs in one batch; the last seq."""
        rows = [self._row(thread, event, by) for thread, event in facts]
        fold(self.world, rows)
        self.rows.extend(rows)
        self.on_rows([r for r in rows if r.kind not in BULK or r.thread in self.watched])
        return self._seq

    def _row(self, thread: int, event: ev.Event, by: By) -> Row:
        self._seq += 1
        head = self.world.threads.get(thread)
        epoch = head.epoch if head else 0
        turn = head.turn if head else 0
        data = payload(event, Stamp(thread, epoch, turn, by), self._clock.monotonic())
        return Row(self._seq, self._clock.wall(), thread, epoch, type(event).__name__, data)

    async def send(self, given: Given) -> Ack:
        """Give an order; waits while `open_door` is cleared. Raises LinkLost."""
        if not self.up:
            raise LinkLost("the engine is away")
        self.sent.append(given)
        await self.open_door.wait()
        if given.id in self._acks:
            return self._acks[given.id]
        try:
            ack = self._answer(given)
        except no.Refused as error:
            refused = self._refusal(0, error.reason)
            ack = Ack(given.id, self._seq, (), (refused,))
        self._acks[given.id] = ack
        return ack

    def _answer(self, given: Given) -> Ack:
        order = given.order
        doubt = self.doubts.get(od.verb(order))
        if doubt is not None and not (given.yes and doubt.second):
            raise no.Refused(doubt)
        wanted = self._receivers(order)
        reasons = {thread: answers.refusal(self.world, order, thread) for thread in wanted}
        refused = tuple(self._refusal(t, r) for t, r in reasons.items() if r is not None)
        threads = tuple(thread for thread in wanted if reasons[thread] is None)
        urgent = order.urgent or isinstance(order, _NO_SECOND_PRESS)
        if len(threads) > MANY and not given.yes and not urgent:
            raise no.Refused(no.TooMany(len(threads)))
        if wanted and not threads:
            return Ack(given.id, self._seq, (), refused)
        facts = answers.facts(self.world, order, threads)
        back = answers.inverse(order, threads)
        done = ev.OrderDone(given.id, od.verb(order), back, bool(back))
        given_fact = ev.OrderGiven(given.id, order, threads)
        seq = self.commit([(0, given_fact), *facts, (0, done)], given.by)
        return Ack(given.id, seq, threads, refused)

    def _receivers(self, order: od.AnyOrder) -> tuple[int, ...]:
        target = getattr(order, "target", "")
        if not target or target == "day" or target.startswith("@op:"):
            return ()
        return targets.resolve(self.world, target)

    def _refusal(self, thread: int, reason: no.Reason) -> Refusal:
        return Refusal(thread, type(reason).__name__, reason.text(), reason.mend())

    async def read(self, thread: int, since: int = 0, limit: int = 500) -> list[Row]:
        """The thread's rows after `since`; -1: the last `limit`. Raises LinkLost."""
        if not self.up:
            raise LinkLost("the engine is away")
        before = -since if since < -1 else 1 << 62
        own = [row for row in self.rows if row.thread == thread and since < row.seq < before]
        return own[-limit:] if since < 0 else own[:limit]

    async def query(self, name: str, **args: Any) -> Any:
        """What the test put into `queries`; a callable is called with the arguments."""
        if not self.up:
            raise LinkLost("the engine is away")
        answer = self.queries.get(name)
        return answer(**args) if callable(answer) else msgspec.to_builtins(answer)

    def watch(self, threads: frozenset[int]) -> None:
        """Text entries of exactly these threads from now on."""
        self.watched = threads

    def resync(self, seq: int) -> None:
        """The mirror differs: a fresh snapshot."""
        self.resynced.append(seq)

    async def close(self) -> None:
        """Hang up."""
        self.closed = True
        self._hang_up.set()
