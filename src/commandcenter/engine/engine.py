"""The one door: orders in, entries out. Everything that acts is behind `submit`."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from functools import partial

from commandcenter.core.base import OrderId
from commandcenter.core.codec import Fact, Row, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import (
    Cost,
    OrderDone,
    OrderGiven,
)
from commandcenter.core.orders import (
    AnyOrder,
    Approve,
    Disband,
    Given,
    Kill,
    Operation,
    Order,
    verb,
)
from commandcenter.core.refusals import Ended, OrderFailed, Reason, Refused, StaleView, TooMany
from commandcenter.core.targets import resolve
from commandcenter.engine.acks import first_answer, refusal, refusals, refused
from commandcenter.engine.carving import Purses
from commandcenter.engine.chains import follow
from commandcenter.engine.control import hold
from commandcenter.engine.handlers import HANDLERS
from commandcenter.engine.handlers.approvals import breadth
from commandcenter.engine.handlers.base import Carried, Handler, born
from commandcenter.engine.limits import limit_as_reported
from commandcenter.engine.measuring import Measures
from commandcenter.engine.panes import Panes
from commandcenter.engine.parts import Parts
from commandcenter.engine.proposing import Proposals
from commandcenter.engine.reassigning import Handovers
from commandcenter.engine.results import Results
from commandcenter.engine.runner import BELL, Runner
from commandcenter.journal.live import Repeated
from commandcenter.link.base import Ack

SECOND_PRESS = 20
ACKS_KEPT = 10_000
UNASKED = frozenset({"resume", "group", "seen", "tag"})
"""Harmless for any number of threads."""
HISTORY = frozenset({"undo", "redo"})
log = logging.getLogger("cc.order")


class Engine:
    """Owns the runners; checks, records and carries out orders."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runners: dict[int, Runner] = {}
        self._acks: OrderedDict[str, Ack] = OrderedDict()
        self._giving: dict[str, asyncio.Task[Ack]] = {}
        self._locks: dict[int, asyncio.Lock] = {}
        self._history = asyncio.Lock()
        self._founding: set[asyncio.Task[None]] = set()
        """Orders under way that make or remove an operation."""
        self.stopping = asyncio.Event()
        self.panes = Panes()
        self.measures = Measures(parts)
        self.purses = Purses(parts)
        self.proposals = Proposals()
        self.results = Results()
        self.handovers = Handovers(self)
        self.pinning: dict[int, asyncio.Lock] = {}
        """Held while a thread's checkpoint is made: each has a number of its own."""
        self.marking = asyncio.Lock()
        """Held while groups or the map's notes change: each order sees what the one before did."""
        self.watched: frozenset[int] = frozenset()
        """Threads whose transcript some client looks at."""
        self._last_thread = parts.world.last_thread
        self._last_ask = parts.world.last_ask

    async def carried_out(self, order: str) -> None:
        """Wait until the order is done or refused."""
        changed = asyncio.Event()
        unlisten = self.parts.ledger.listen(lambda rows: changed.set())
        try:
            while order in self.parts.world.given:
                await changed.wait()
                changed.clear()
        finally:
            unlisten()

    # --- what handlers use ------------------------------------------------------------------

    def runner(self, thread: int) -> Runner:
        """The runner of a thread. Raises Refused(Ended)."""
        runner = self.runners.get(thread)
        if runner is None:
            head = self.parts.world.threads[thread]
            if head.state == "ended":
                raise Refused(Ended())
            runner = self.runners[thread] = Runner(self.parts, head, self.next_ask)
            runner.ahead.go = partial(follow, self, runner)
        return runner

    def next_ask(self) -> int:
        """A fresh number for a question."""
        self._last_ask = max(self._last_ask, self.parts.world.last_ask) + 1
        return self._last_ask

    def seen(self, rows: list[Row]) -> None:
        """Forget the runners of threads that ended."""
        for row in rows:
            ended = row.kind == "StateChanged" and row.thread in self.runners
            if ended and self.parts.world.threads[row.thread].state == "ended":
                del self.runners[row.thread]
                self._locks.pop(row.thread, None)
            elif row.kind == "DayBegan":
                self.parts.gate.begin_day()
            elif row.kind == "RouteSeen":
                limit_as_reported(self.parts, row.thread)

    def next_thread(self) -> int:
        """A fresh thread id; ids are never used twice."""
        self._last_thread = max(self._last_thread, self.parts.world.last_thread) + 1
        return self._last_thread

    def launch(self, thread: int, prompt: str | None = None) -> None:
        """Start a thread's session in the background; one born under the bell will stand."""
        runner = self.runner(thread)
        if self.parts.world.bell and not runner.epoch:
            hold(runner)
            runner.want_pause = BELL
        runner.spawn(runner.start(prompt), "start")

    def price(self, account: str, model: str, usage: Usage) -> Cost:
        """What a call costs, as the gate will settle it."""
        return self.parts.price(account, model, usage)

    # --- the door ---------------------------------------------------------------------------

    async def submit(self, given: Given) -> Ack:
        """Take an order: acknowledged after COMMIT, carried out by tasks.

        A repeat is answered with the first answer. It goes on when the sender goes away.
        """
        known = self._acks.get(given.id)
        if known is not None:
            return known
        giving = self._giving.get(given.id)
        if giving is None:
            giving = self.parts.tasks.spawn(self._give(given), f"submit {verb(given.order)}")
            self._giving[given.id] = giving
            giving.add_done_callback(lambda _: self._giving.pop(given.id, None))
        return await asyncio.shield(giving)

    async def _give(self, given: Given) -> Ack:
        """Check, then take or refuse; a fault of ours is a refusal too, and loud."""
        [ack] = await asyncio.gather(self._judge(given), return_exceptions=True)
        if isinstance(ack, Repeated):
            return self._remember(await first_answer(self.parts.reader, ack))
        if isinstance(ack, BaseException):
            log.error("order %s: %r", verb(given.order), ack, exc_info=ack)
            return await self._refuse(given, OrderFailed(repr(ack)))
        return ack

    async def _judge(self, given: Given) -> Ack:
        order = given.order
        handler = HANDLERS[verb(order)]
        try:
            threads = self._receivers(order)
            await self._check_whole(given, handler, threads)
        except Refused as no:
            return await self._refuse(given, no.reason)
        able, refused_by = self._able(handler, given, threads)
        if threads and not able:
            return await self._refuse(given, next(iter(refused_by.values())), refused_by)
        return await self._take(given, able, refused_by)

    def _receivers(self, order: Order) -> tuple[int, ...]:
        if "target" not in order.__struct_fields__ or verb(order) == "budget":
            return ()
        return resolve(self.parts.world, order.target)  # type: ignore[attr-defined]  # has the field, see above

    async def _check_whole(self, given: Given, handler: Handler, threads: tuple[int, ...]) -> None:
        order = given.order
        if not order.urgent and self._founding:
            await asyncio.wait(set(self._founding))
        await handler.before(self, order, given.by)
        asked = not given.yes and not order.urgent and verb(order) not in UNASKED
        many = born(order) or len(threads)
        if asked and many > SECOND_PRESS:
            raise Refused(TooMany(many))
        doubt = None if given.yes else handler.doubt(self, order, threads)
        if doubt is not None:
            raise Refused(doubt)
        if isinstance(order, Approve):
            if not given.yes and (count := breadth(self, order)):
                raise Refused(TooMany(count))
            self._check_view(given, self.parts.world.asks[order.ask].thread)

    def _able(
        self, handler: Handler, given: Given, threads: tuple[int, ...]
    ) -> tuple[tuple[int, ...], dict[int, Reason]]:
        able: list[int] = []
        refused_by: dict[int, Reason] = {}
        for thread in threads:
            try:
                handler.check(self, given.order, self.parts.world.threads[thread])
                if isinstance(given.order, Kill) and not self._rests(thread):
                    self._check_view(given, thread)
                able.append(thread)
            except Refused as no:
                refused_by[thread] = no.reason
        return tuple(able), refused_by

    def _rests(self, thread: int) -> bool:
        """The first X has frozen it; the screen need not have heard of that at the second."""
        return self.parts.world.threads[thread].state == "frozen"

    def _check_view(self, given: Given, thread: int) -> None:
        """What cannot be taken back is decided on what is so now (reliability.md 6)."""
        moved = self.parts.world.threads[thread].moved_seq
        if given.seen_seq and moved > given.seen_seq:
            raise Refused(StaleView())

    async def _refuse(
        self, given: Given, reason: Reason, by_thread: dict[int, Reason] | None = None
    ) -> Ack:
        """Recorded like everything else; while nothing can be recorded, only said."""
        said = (refusal(0, reason), *refusals(by_thread or {}))
        stamp = Stamp(by=given.by, cause=given.id)
        facts = [Fact(OrderGiven(given.id, given.order), stamp), refused(given, 0, reason)]
        try:
            seq = await self.parts.ledger.commit(facts, key=given.id)
        except Refused:
            return Ack(given.id, 0, (), said)
        return self._remember(Ack(given.id, seq, (), said))

    async def _take(
        self, given: Given, threads: tuple[int, ...], refused_by: dict[int, Reason]
    ) -> Ack:
        stamp = Stamp(by=given.by, cause=given.id)
        facts = [Fact(OrderGiven(given.id, given.order, threads), stamp)]
        facts += [refused(given, thread, reason) for thread, reason in refused_by.items()]
        try:
            seq = await self.parts.ledger.commit(facts, key=given.id)
        except Refused as no:
            return Ack(given.id, 0, (), (refusal(0, no.reason),))
        carried = Carried(given.id, given.order, given.by, threads)
        task = self.parts.tasks.spawn(self._carry(carried), f"order {verb(given.order)}")
        if isinstance(given.order, Operation | Disband):
            self._founding.add(task)
            task.add_done_callback(self._founding.discard)
        return self._remember(Ack(given.id, seq, threads, tuple(refusals(refused_by))))

    def _remember(self, ack: Ack) -> Ack:
        self._acks[ack.id] = ack
        if len(self._acks) > ACKS_KEPT:
            self._acks.popitem(last=False)
        return ack

    # --- carrying out -----------------------------------------------------------------------

    async def _carry(self, carried: Carried) -> None:
        """Act, then record that it is done; undo and redo one at a time, each takes the newest."""
        alone = self._history if verb(carried.order) in HISTORY else contextlib.nullcontext()
        async with alone:
            await self._carried(carried)

    async def _carried(self, carried: Carried) -> None:
        [outcome] = await asyncio.gather(self._act(carried), return_exceptions=True)
        if isinstance(outcome, BaseException):
            self._failed(carried, 0, outcome)
            return
        done = OrderDone(
            carried.id,
            verb(carried.order),
            tuple(_merged(carried.inverse)),
            carried.undoable and bool(carried.inverse) and carried.by in ("player", "cli", "test"),
            carried.redone,
        )
        fact = Fact(done, Stamp(cause=carried.id))
        try:
            await self.parts.ledger.commit([fact])
        except Refused:
            self.parts.ledger.post([fact])

    async def _act(self, carried: Carried) -> None:
        """Raises what it was refused for when no receiver has taken it after all."""
        handler = HANDLERS[verb(carried.order)]
        if not carried.threads:
            await handler.act(self, carried, 0)
            return
        results = await asyncio.gather(
            *(self._act_one(handler, carried, thread) for thread in carried.threads),
            return_exceptions=True,
        )
        errors = [result for result in results if isinstance(result, BaseException)]
        if len(errors) == len(results):
            raise errors[0]
        for thread, result in zip(carried.threads, results, strict=True):
            if isinstance(result, BaseException):
                self._failed(carried, thread, result)

    def _failed(self, carried: Carried, thread: int, error: BaseException) -> None:
        """A late refusal, or a fault of ours: both are said, and the order is over."""
        if not isinstance(error, Refused):
            log.error("order %s failed for #%d", carried.id, thread, exc_info=error)
        reason = error.reason if isinstance(error, Refused) else OrderFailed(repr(error))
        given = Given(OrderId(carried.id), carried.order)
        self.parts.ledger.post([refused(given, thread, reason)])

    async def _act_one(self, handler: Handler, carried: Carried, thread: int) -> None:
        """Urgent orders skip the thread's lock; what waited for it may have become impossible."""
        if carried.order.urgent:
            await handler.act(self, carried, thread)
            return
        async with self._locks.setdefault(thread, asyncio.Lock()):
            handler.check(self, carried.order, self.parts.world.threads[thread])
            await handler.act(self, carried, thread)

    async def carry_inner(self, order: AnyOrder, outer: Carried) -> Carried:
        """Carry an order out as part of another (undo, redo). Raises Refused when none can."""
        handler = HANDLERS[verb(order)]
        threads = self._receivers(order)
        await handler.before(self, order, outer.by)
        able, refused_by = self._able(handler, Given(OrderId(outer.id), order), threads)
        if threads and not able:
            raise Refused(next(iter(refused_by.values())))
        inner = Carried(outer.id, order, outer.by, able)
        await self._act(inner)
        return inner


def _merged(orders: list[AnyOrder]) -> list[AnyOrder]:
    """Inverse orders that differ in their thread only become one with all of them."""
    merged: dict[AnyOrder, list[str]] = {}
    rest: list[AnyOrder] = []
    for order in orders:
        target = getattr(order, "target", "")
        if target.startswith("#"):
            bare = _with_target(order, "")
            merged.setdefault(bare, []).append(target)
        else:
            rest.append(order)
    return rest + [_with_target(bare, ",".join(targets)) for bare, targets in merged.items()]


def _with_target(order: AnyOrder, target: str) -> AnyOrder:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return type(order)(**{**fields, "target": target})
