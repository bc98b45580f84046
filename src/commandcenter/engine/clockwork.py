"""What the engine does by the clock: memory of threads, the day, sleep, silence, a full disk."""

import contextlib
import datetime
import logging
import shutil
from typing import TYPE_CHECKING

from commandcenter.core.base import NS
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AlertCleared,
    AlertRaised,
    ClockJumped,
    DayBegan,
    HostSlept,
    ProcsSeen,
    RecordingStopped,
)
from commandcenter.engine.chains import follow, waiting
from commandcenter.engine.control import resume
from commandcenter.engine.granting import over_grants
from commandcenter.engine.notifying import Notices
from commandcenter.engine.resting import hibernate, hold_limit, past_limit, room_came, sleepers
from commandcenter.engine.review import silent_alerts, waiting_alerts
from commandcenter.hosts.base import Proc

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

TICK_S = 1.0
PROCS_TICKS = 5
SLEEP_TICKS = 10
DISK_TICKS = 10
JUMP_S = 2.0
GAP_S = 3.0
LOW_BYTES = 2 << 30
FULL_BYTES = 64 << 20
PROBE_S = 2.0
PROBES = 3
log = logging.getLogger("cc.clock")


class Clockwork:
    """Ticks once a second for as long as the engine lives."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        clock = engine.parts.clock
        self._wall, self._mono = clock.wall(), clock.monotonic()
        self._ticks = 0
        self._full = False
        self._notices = Notices(engine)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._engine.parts.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """One second's work."""
        parts = self._engine.parts
        self._ticks += 1
        parts.host.reap()
        facts = self._time_facts()
        facts += waiting_alerts(parts.world, parts.clock.wall())
        facts += silent_alerts(parts.world, parts.clock.wall())
        self._notices.tick()
        for runner in waiting(self._engine):
            follow(self._engine, runner)
        self._engine.handovers.tick(parts.clock.wall())
        for runner in past_limit(self._engine, parts.clock.wall()):
            runner.spawn(hold_limit(runner), "ask limit")
        for runner in room_came(self._engine):
            runner.spawn(resume(runner, "room came"), "room")
        if self._ticks % PROCS_TICKS == 0:
            facts += self._procs()
            self._engine.purses.give_back()
        if self._ticks % SLEEP_TICKS == 0:
            for runner in sleepers(self._engine, parts.clock.wall()):
                runner.spawn(hibernate(runner, "put away while idle"), "hibernate")
        if self._ticks % DISK_TICKS == 0:
            facts += self._disk()
            facts += over_grants(parts.world, parts.clock.wall())
        if facts and not parts.ledger.broken:
            parts.ledger.post(facts)

    def _time_facts(self) -> list[Fact]:
        """Jumps of the clock, sleep of the machine, a new day."""
        clock = self._engine.parts.clock
        wall, mono = clock.wall(), clock.monotonic()
        gone, slept = (wall - self._wall) / NS, mono - self._mono
        self._wall, self._mono = wall, mono
        facts: list[Fact] = []
        if gone - slept > JUMP_S:
            facts.append(Fact(HostSlept(round(gone - slept, 1))))
        elif slept - gone > JUMP_S:
            facts.append(Fact(ClockJumped(round(gone - slept, 1))))
        day = local_day(wall)
        if day != self._engine.parts.world.day:
            facts.append(Fact(DayBegan(day)))
        return facts

    def _procs(self) -> list[Fact]:
        parts = self._engine.parts
        facts: list[Fact] = []
        for runner in self._engine.runners.values():
            if runner.session is None:
                continue
            procs = runner.session.pids()
            if procs != runner.head.pids:
                with contextlib.suppress(OSError):  # a full disk: said by its own alert
                    runner.lease.note(procs)
                rss = rss_of(self._engine, procs)
                facts.append(Fact(ProcsSeen(procs, rss), Stamp(runner.thread, runner.epoch)))
        return facts if parts.world.threads else []

    def _disk(self) -> list[Fact]:
        parts = self._engine.parts
        try:
            free = shutil.disk_usage(parts.folders.data).free
        except OSError as error:
            log.warning("free space is not known: %s", error)
            return []
        raised = "disk" in parts.world.alerts and not parts.world.alerts["disk"].cleared
        if free < LOW_BYTES and not raised:
            line = f"{free >> 20} MiB are free on the journal's disk; below 64 all threads are held"
            return [Fact(AlertRaised("disk", "warn", "disk", line, "free some space"))]
        if free >= LOW_BYTES and raised:
            return [Fact(AlertCleared("disk"))]
        return []


def rss_of(engine: "Engine", procs: tuple[tuple[int, int], ...]) -> int:
    """Resident bytes of processes given as (pid, start)."""
    return engine.parts.host.rss(tuple(Proc(pid, start) for pid, start in procs))


def local_day(wall: int) -> str:
    """The person's day at wall ns, as YYYY-MM-DD."""
    return datetime.datetime.fromtimestamp(wall / NS).astimezone().date().isoformat()


def recording_broke(engine: "Engine", why: str) -> None:
    """Nothing can be recorded, so the gate holds every call; here we probe until it can.

    The alert itself goes onto the room that the reserve file left.
    """
    engine.parts.tasks.spawn(_mend(engine, why), "mend journal")


async def _mend(engine: "Engine", why: str) -> None:
    parts = engine.parts
    since = parts.clock.monotonic()
    line = f"nothing can be recorded, so all threads are held: {why}"
    mend = "free 200 MiB on the journal's disk; it goes on by itself"
    await parts.ledger.insist([Fact(AlertRaised("journal", "danger", "journal", line, mend))])
    good = 0
    while good < PROBES:
        await parts.sleep(PROBE_S)
        good = good + 1 if await parts.probe() else 0
    if not await parts.ledger.mended():
        engine.parts.tasks.spawn(_mend(engine, why), "mend journal")
        return
    lost, parts.ledger.lost = parts.ledger.lost, 0
    stopped = RecordingStopped(why, round(parts.clock.monotonic() - since, 1), lost)
    line = f"nothing could be recorded for {stopped.seconds:.0f} s ({why}); all goes on"
    line += f", {lost} entries are lost" if lost else ""
    alert = AlertRaised("journal", "danger", "journal", line)
    await parts.ledger.commit([Fact(stopped), Fact(alert), Fact(AlertCleared("journal"))])
