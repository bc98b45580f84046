"""How one session of a thread follows another: beside it, then in its place (agents.md 5)."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    Event,
    GrantEnded,
    HandoffDrafted,
    Reassigned,
    RouteSeen,
    SessionClosed,
    SessionStarting,
    ToolEnded,
    TurnEnded,
)
from commandcenter.core.refusals import AccountMissing, AgentMissing, Refused
from commandcenter.core.states import MOVES
from commandcenter.core.world import Head
from commandcenter.drivers.base import Asking, Session, SessionStart
from commandcenter.engine import control
from commandcenter.engine.bounded import BoundedSession
from commandcenter.engine.launching import (
    NOWHERE,
    Opens,
    foreign_begin,
    is_foreign,
    must_be_let_through,
    route_for,
    with_env,
)
from commandcenter.engine.opening import (
    OPEN_LIMIT_S,
    History,
    native_begin,
    opened,
    served,
)
from commandcenter.engine.packet import by_rules, given, seated, words
from commandcenter.engine.setting_up import set_up
from commandcenter.engine.speaker import SessionSink

if TYPE_CHECKING:
    from commandcenter.engine.handing import Handover
    from commandcenter.engine.runner import Runner

STANDS_BY: Final = "stands by you; who goes on with it is ready"
BACK: Final = "goes back to who did it before"
CUT: Final = "handover"
"""Cause of the end of a turn that another agent goes on with."""


class Kept:
    """A sink whose session is not heard before it has the thread."""

    def __init__(self, runner: "Runner", epoch: int) -> None:
        self._runner = runner
        self._sink = SessionSink(runner, epoch)
        self._said: list[Callable[[], None]] = []
        self._heard = False

    def emit(self, event: Event, turn: int) -> None:
        """A fact; deltas are joined."""
        self._hear(lambda: self._sink.emit(event, turn))

    async def record(self, event: Event, turn: int) -> None:
        """A fact that must be durable before its effect: before it is heard it has none."""
        if self._heard:
            await self._sink.record(event, turn)
        else:
            self._said.append(lambda: self._runner.post(event, turn))

    def ask(self, asking: Asking, turn: int) -> None:
        """A question, to rules or player."""
        self._hear(lambda: self._sink.ask(asking, turn))

    def _hear(self, said: Callable[[], None]) -> None:
        if self._heard:
            said()
        else:
            self._said.append(said)

    def hear(self) -> None:
        """It has the thread."""
        self._heard = True
        said, self._said = self._said, []
        for one in said:
            one()


class Target:
    """The session that is to follow, without a prompt; its calls wait at the gate."""

    def __init__(self, handover: "Handover") -> None:
        self._handover = handover
        runner = self._runner = handover.runner
        self.epoch = max(runner.epoch, runner.head.epoch) + 1
        self.head: Head = seated(runner.head, replace(handover.handing.new, session=""))
        self.sink = Kept(runner, self.epoch)
        self.session: BoundedSession | None = None
        self.facts: list[Event] = []
        self.announced = False

    async def open(self) -> None:
        """Raises Refused or AgentFailed: then nothing of it may live, see `gone`."""
        parts, head = self._runner.parts, self.head
        driver, spec = parts.drivers.get(head.driver), parts.agents.get(head.agent)
        if driver is None or spec is None:
            raise Refused(AgentMissing(head.agent))
        start = await self._start()
        starting = SessionStarting(parts.ids.fresh(), head.driver, head.agent)
        stamp = Stamp(head.id, self.epoch, self._runner.turn)
        await parts.ledger.commit([Fact(starting, stamp)])
        self.announced = True
        try:
            await self._opened(start)
        except AgentFailed:
            if start.fork is None:
                raise
            await self._in_words(start)

    async def _in_words(self, start: SessionStart) -> None:
        """A session that could not be copied after all is told by a digest."""
        handover = self._handover
        handover.handing = replace(handover.handing, form="digest")
        handover.text = await by_rules(self._runner.parts, self._runner.head)
        handover.edited = True  # so that the journal has what was sent
        await self._opened(replace(start, fork=None))

    async def _start(self) -> SessionStart:
        runner, parts, head = self._runner, self._runner.parts, self.head
        spec = parts.agents[head.agent]
        account = await served(parts, head)
        if account is None and not is_foreign(spec):
            raise Refused(AccountMissing(head.account))
        must_be_let_through(parts, head, account)
        address = NOWHERE
        if account is not None:
            if is_foreign(spec):
                await parts.gate_open.wait()
            address = parts.gate.next.prepare(head.id, self.epoch, route_for(parts, head))
        ports = await set_up(runner, head.workspace)
        opens = Opens(head, self.epoch, head.workspace, account)
        if is_foreign(spec):
            start = await foreign_begin(parts, opens, address)
        else:
            start = native_begin(parts, opens, History((), frozenset()))
        handing = replace(self._handover.handing, epoch=runner.epoch)
        return await given(parts, runner.head, handing, with_env(start, ports))

    async def _opened(self, start: SessionStart) -> None:
        parts, head = self._runner.parts, self.head

        async def work() -> Session:
            session = await parts.drivers[head.driver].open(start, self.sink)
            self.session = BoundedSession(session, parts.tasks, head.id)  # even if nobody waits
            return session

        session = await parts.tasks.within(OPEN_LIMIT_S, work(), f"open {head.id}")
        self.facts = [opened(head, start, session)]
        if not head.account:
            self.facts.append(RouteSeen(False))
        self.head = replace(head, agent_session=session.ref.session)

    async def gone(self) -> None:
        """Nothing of it lives; the source's own is not touched."""
        parts, thread = self._runner.parts, self._runner.thread
        parts.gate.next.withdraw(thread)
        session, self.session = self.session, None
        if session is not None:
            with contextlib.suppress(AgentFailed):
                await session.kill()
        report = await parts.host.kill_tree(thread, self.epoch)
        if self.announced:
            self.announced = False
            survivors = tuple(proc.pid for proc in report.survivors)
            closed = SessionClosed("replaced", survivors=survivors)
            parts.ledger.post([Fact(closed, Stamp(thread, self.epoch, self._runner.turn))])


async def take_over(handover: "Handover") -> None:
    """Steps 4 and 5: the source is stopped for good, the target has lease, gate and thread."""
    runner, target = handover.runner, handover.target
    assert target is not None
    source = runner.session
    frozen = await _frozen(source)
    handover.must_go_on()
    handover.stage = "settle"
    old = runner.epoch
    _source_ends(handover)
    if not frozen:
        await _source_gone(runner, source, old)
    runner.parts.gate.next.promote(runner.thread)
    runner.epoch = target.epoch
    runner.announced, target.announced = target.announced, False
    await handover.insist(_facts(handover, old))
    await _source_gone(runner, source, old)
    if runner.over or runner.stopping:
        await target.gone()
        runner.lease.give(old)
        return
    runner.lease.move(old, target.epoch)
    runner.session, target.session = target.session, None
    target.sink.hear()
    await _goes_on(handover)


async def _frozen(source: BoundedSession | None) -> bool:
    """Nothing of the source moves any more; False = it does not do what it is told."""
    try:
        if source is not None:
            await source.stop("freeze")
    except AgentFailed:
        return False
    return True


def _source_ends(handover: "Handover") -> None:
    """Its turn and its tool calls are over, once each; its questions are asked no more."""
    runner = handover.runner
    handover.in_turn = runner.in_turn or runner.again is not None
    runner.session = None
    if runner.resting is not None:
        runner.resting.cancel()
    for effect in tuple(runner.tools):
        runner.post(ToolEnded("", effect, "cancelled", 0, "", summary="the work was handed over"))
    runner.turn_ended(TurnEnded("cancelled", CUT, "the work was handed over"), runner.turn)
    runner.again, runner.again_images, runner.fresh = None, (), False
    runner.failed = runner.finished = runner.waits_for_room = False
    if runner.announced:
        runner.post(SessionClosed("replaced"))


def _facts(handover: "Handover", old: int) -> list[tuple[Event, int]]:
    runner, target = handover.runner, handover.target
    assert target is not None
    settings, clock = runner.parts.settings, runner.parts.clock
    until = clock.wall() + int(settings.handoff_settle_s * NS)
    new = replace(handover.handing.new, session=target.head.agent_session)
    handing = replace(
        handover.handing,
        step="settle",
        new=new,
        epoch=old,
        until=until if handover.ran else 0,
    )
    handover.handing = handing
    facts: list[Event] = [
        HandoffDrafted(handing, handover.text if handover.edited else ""),
        Reassigned(handing.old, new, handing.form),
        *target.facts,
        *_grants(runner),
    ]
    return [(fact, target.epoch) for fact in facts]


def _grants(runner: "Runner") -> list[Event]:
    """What was allowed to the source is not allowed to the target."""
    same = runner.handover is not None and (
        runner.handover.handing.old.driver == runner.handover.handing.new.driver
    )
    grants = [one for one in runner.parts.world.grants.values() if one.thread == runner.thread]
    return [
        GrantEnded(one.id, "another agent goes on with its work")
        for one in grants
        if not (same and one.scope == "operation")
    ]


async def _source_gone(runner: "Runner", source: BoundedSession | None, epoch: int) -> None:
    """It cannot act any more, and its background processes end with it."""
    if source is not None:
        with contextlib.suppress(AgentFailed):
            await source.kill()
    await runner.parts.host.kill_tree(runner.thread, epoch)


async def _goes_on(handover: "Handover") -> None:
    runner = handover.runner
    runner.packet = words(runner.parts, runner.head, handover.handing.form, handover.text)
    handover.going = True
    if runner.state == "dying":
        return
    runner.measure(handover.handing.new.model)
    if runner.state in ("crashed", "hibernated"):
        runner.move("starting", "another agent goes on")
    if not handover.ran or runner.wants == "freeze":
        await _stand(runner)
        return
    runner.before.clear()
    runner.wish("run")
    control.release(runner)
    runner.move("idle", "handed over")
    await runner.begin()


async def _stand(runner: "Runner") -> None:
    """Paused or frozen before, so it is after; it is told what it takes over once it may go on."""
    frozen = runner.wants == "freeze"
    if runner.state not in ("paused", "frozen"):
        runner.move("frozen" if frozen else "paused", STANDS_BY, rung=3 if frozen else 1)
    await runner.stop("freeze" if frozen else "step")


async def stands_again(handover: "Handover") -> None:
    """The source was never stopped for good: it goes on as it was."""
    runner = handover.runner
    if runner.session is None:
        _opens_again(handover)
    elif handover.ran and runner.state == "frozen" and runner.before:
        runner.before[-1] = "running" if runner.in_turn else "idle"
    elif handover.ran and (runner.wants == "pause" or runner.state in ("paused", "pausing")):
        with contextlib.suppress(Refused):  # it may end meanwhile
            await control.resume(runner, "it was not handed over")


def _opens_again(handover: "Handover") -> None:
    """Its session was lost meanwhile, or it had none."""
    runner = handover.runner
    lost = runner.state == "crashed" and not runner.head.parked
    if handover.ran and lost and not runner.opening:
        runner.wish("run")
        control.release(runner)
        _starts(runner)


def comes_back(handover: "Handover") -> None:
    """The source is opened again where it was stopped, and goes on, or stands as is wished now."""
    runner = handover.runner
    runner.before.clear()
    if handover.in_turn:
        runner.again = runner.go_on
    if runner.wants == "run":
        control.release(runner)
    if "starting" not in MOVES[runner.state]:
        runner.move("idle", BACK)
    _starts(runner)


def _starts(runner: "Runner") -> None:
    runner.move("starting", BACK)
    runner.spawn(runner.start(), "start")
