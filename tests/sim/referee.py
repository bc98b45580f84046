"""What must hold at every moment of a game (agents.md 13.3), by the journal and the parts."""

from collections.abc import Iterator

from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import (
    EngineStarted,
    SessionClosed,
    SessionOpened,
    StateChanged,
    TurnEnded,
    TurnStarted,
)
from commandcenter.core.reduce import fold
from commandcenter.core.states import MOVES
from commandcenter.core.world import World, dump
from commandcenter.engine.engine import Engine
from commandcenter.engine.runner import Runner
from commandcenter.engine.tasks import RECORDS
from commandcenter.testing.engines import Bench
from commandcenter.testing.puppets import PuppetSession

RUNS = frozenset({"running", "waiting", "idle"})


class Referee:
    """Reads every row once, in order."""

    def __init__(self) -> None:
        self.seq = 0
        self.world = World()
        self.states: dict[int, str] = {}
        self.turns: dict[int, int] = {}
        """thread -> the turn that runs."""
        self.last: dict[int, int] = {}
        self.open: set[int] = set()
        """Threads with an open session."""

    async def read(self, bench: Bench) -> None:
        """Judge what was recorded since; on return nothing is on its way to the journal."""
        parts = bench.engine.parts
        while True:
            await parts.ledger.settle()
            seq = parts.world.seq
            while rows := await parts.reader.rows(self.seq, 10_000):
                for row in rows:
                    self.row(row)
                fold(self.world, rows)
                self.seq = rows[-1].seq
            if seq == parts.world.seq and not recording(bench):
                return

    def row(self, row: Row) -> None:
        """One entry."""
        event = load_entry(row).event
        where = f"entry {row.seq} of #{row.thread}: {event}"
        match event:
            case StateChanged(old, new):
                assert self.states.get(row.thread, "starting") == old, where
                assert new == old or new in MOVES[old], where
                self.states[row.thread] = new
            case TurnStarted():
                turn = load_entry(row).stamp.turn
                assert row.thread not in self.turns, where
                assert turn > self.last.get(row.thread, 0), where
                self.turns[row.thread] = self.last[row.thread] = turn
            case TurnEnded():
                assert self.turns.pop(row.thread, None) is not None, where
            case SessionOpened():
                assert row.thread not in self.open, where
                self.open.add(row.thread)
            case SessionClosed():
                self.open.discard(row.thread)
            case EngineStarted():
                self.open.clear()
            case _:
                pass

    def judge(self, bench: Bench, *, quiet: bool) -> None:
        """World, gate, runners and sessions agree; `quiet` = nothing is under way."""
        engine = bench.engine
        if quiet:
            assert dump(self.world) == dump(engine.parts.world)
            assert not engine.parts.world.calls
        problems = [one for runner in engine.runners.values() for one in odd(engine, runner, quiet)]
        for runner in engine.runners.values():
            living = [s for s in bench.driver.made if s.start.thread == runner.thread and s.alive]
            problems += waiting(runner, living)
            problems += crowd(runner, [s for s in living if acts(runner, s)], quiet)
        assert not problems, problems


def recording(bench: Bench) -> bool:
    """Somebody whose wait was over has said something meanwhile."""
    parts = bench.engine.parts
    names = {task.get_name() for task in parts.tasks.running()}
    return bool(parts.ledger._flow) or not names.isdisjoint(RECORDS)


def odd(engine: Engine, runner: Runner, quiet: bool) -> Iterator[str]:
    """What does not fit, of one runner."""
    who = f"#{runner.thread} {runner.state}"
    if quiet:
        yield from (f"{who}: {one}" for one in at_rest(engine, runner))
        yield from (f"{who}: {one}" for one in unlike_world(engine, runner))


def at_rest(engine: Engine, runner: Runner) -> Iterator[str]:
    """With nothing under way a thread stands or goes, whole."""
    gate = engine.parts.gate._threads.of(runner.thread)
    if runner.state in RUNS and gate.holds:
        yield f"held by {gate.holds}"
    if runner.state in RUNS and (gate.draining or runner.session is None):
        yield "drained, or without a session"
    if (runner.state == "waiting") != (runner.state in RUNS and bool(runner.asks.open)):
        yield f"asks {[*runner.asks.open]}"
    if runner.state in RUNS and runner.in_turn != (runner.state != "idle"):
        yield "a turn too many, or none"
    if runner.state == "idle" and not runner.failed and (runner.queue or runner.finished):
        yield f"has {runner.queue} to do, or nothing more"
    if runner.state == "cancelling":
        yield "for ever"


def unlike_world(engine: Engine, runner: Runner) -> Iterator[str]:
    """What World and gate hold of it."""
    head, holds = runner.head, engine.parts.gate._threads.of(runner.thread).holds
    if {*head.hold} - {"budget"} != holds:
        yield f"World holds {head.hold}, the gate {holds}"
    if head.state != runner.state:
        yield f"World says {head.state}"
    if (head.in_turn, head.turn) != (runner.in_turn, runner.turn):
        yield f"World's turn is {head.turn} {head.in_turn}, ours {runner.turn} {runner.in_turn}"
    if tuple(runner.queue) != head.queue:
        yield f"queue {runner.queue} is not World's {head.queue}"
    if {*runner.asks.open, *runner.asks.left} != {*head.asks}:
        yield f"open asks {[*runner.asks.open]} are not World's {head.asks}"


def waiting(runner: Runner, living: list[PuppetSession]) -> Iterator[str]:
    """Who is to take the work over has not begun, and the workspace is another's."""
    for session in living:
        if session.epoch > runner.epoch and (session.prompts or runner.handover is None):
            yield f"#{runner.thread}: session {session.epoch} acts beside {runner.epoch}"
        if session.turn and runner.lease.epoch not in (0, session.epoch):
            yield f"#{runner.thread}: {session.epoch} works, {runner.lease.epoch} has the lease"


def acts(runner: Runner, session: PuppetSession) -> bool:
    """Is it the thread's? One that is to come is not yet, one that is frozen for good no more."""
    changes = runner.handover is not None and runner.handover.rests
    gone = changes and session.epoch < runner.epoch and session.level == "freeze"
    return session.epoch <= runner.epoch and not gone


def crowd(runner: Runner, living: list[PuppetSession], quiet: bool) -> Iterator[str]:
    """At most one session lives, and it stands when its thread does."""
    who = f"#{runner.thread} {runner.state}"
    if len(living) > 1:
        yield f"{who}: {len(living)} sessions"
    if not quiet or not living or runner.session is None:
        return
    level = living[0].level
    if runner.state in RUNS and level is not None:
        yield f"{who}: its session is stopped: {level}"
    deaf = "stop" in living[0].hangs  # the gate holds it all the same
    if runner.state in ("paused", "pausing") and level is None and runner.in_turn and not deaf:
        yield f"{who}: its session goes"
    if runner.state in ("frozen", "dying") and level != "freeze":
        yield f"{who}: its session is at {level}"
    if bool(living[0].turn) != runner.in_turn:
        yield f"{who}: turn {living[0].turn} of the session, {runner.turn} {runner.in_turn} of ours"
