"""Pause, resume, freeze, interrupt, kill, steer and the bell."""

import asyncio
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact
from commandcenter.core.events import AllPaused, AllResumed
from commandcenter.core.orders import Freeze, Kill, Pause, Resume, Steer, Unsteer
from commandcenter.core.refusals import (
    DriverLacks,
    Frozen,
    NotUndoable,
    Refused,
    Taken,
    TargetInvalid,
)
from commandcenter.core.world import Head, Queued
from commandcenter.engine import control
from commandcenter.engine.handlers.base import (
    Carried,
    Handler,
    must_act,
    must_be_awake,
    must_differ,
    must_live,
)
from commandcenter.engine.pictures import keep_picture, picture
from commandcenter.engine.rejoining import told_results
from commandcenter.engine.resting import wake
from commandcenter.engine.runner import Runner

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

RESUMABLE = frozenset({"pausing", "paused", "frozen", "dying", "crashed"})


def _check_pause(engine: "Engine", order: Pause, head: Head) -> None:
    must_act(engine, order, head)
    must_be_awake(head)
    if head.state == "frozen":
        raise Refused(Frozen())
    lost = head.state == "crashed" and head.parked
    must_differ((head.state in ("pausing", "paused") and head.handing is None) or lost)


async def _pause(engine: "Engine", carried: Carried, thread: int) -> None:
    await control.pause(engine.runner(thread))
    carried.inverse.append(Resume(f"#{thread}"))


def _check_resume(engine: "Engine", order: Resume, head: Head) -> None:
    must_live(engine, order, head)
    if head.by_hand:
        raise Refused(Taken())
    must_differ(head.state not in RESUMABLE and not head.parked and "player" not in head.hold)


async def _resume(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    was = runner.state
    if was in ("pausing", "paused", "frozen", "crashed"):
        await told_results(engine, runner)
    await control.resume(runner)
    if was == "dying":
        carried.undoable = False
    else:
        again = Freeze(f"#{thread}") if was == "frozen" else Pause(f"#{thread}")
        carried.inverse.append(again)


def _check_freeze(engine: "Engine", order: Freeze, head: Head) -> None:
    must_act(engine, order, head)
    must_be_awake(head)
    must_differ(head.state == "frozen")


async def _freeze(engine: "Engine", carried: Carried, thread: int) -> None:
    await control.freeze(engine.runner(thread))
    carried.inverse.append(Resume(f"#{thread}"))


def _check_interrupt(engine: "Engine", order: object, head: Head) -> None:
    """A turn may have begun that World does not know yet, such as the next round of a loop."""
    must_act(engine, order, head)
    if not (head.in_turn or engine.runner(head.id).in_turn):
        raise Refused(TargetInvalid("no turn runs that could be interrupted"))


async def _interrupt(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    runner.end_loop("interrupted", carried.by)
    await control.interrupt(runner)


def _check_kill(engine: "Engine", order: Kill, head: Head) -> None:
    must_live(engine, order, head)
    must_differ(head.state == "dying" and not order.now)


async def _kill(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Kill = carried.order
    await control.kill(engine.runner(thread), order.now)
    carried.undoable = not order.now
    carried.inverse.append(Resume(f"#{thread}"))


async def _steer(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Steer = carried.order
    item = f"{carried.id[:12]}-{thread}"
    images = await keep_picture(engine.parts.folders.data, thread, order.image)
    runner = engine.runner(thread)
    await control.steer(runner, Queued(item, order.text, images), order.now)
    wake(engine, runner)
    carried.inverse.append(Unsteer(f"#{thread}", item))


def _check_steer(engine: "Engine", order: Steer, head: Head) -> None:
    must_act(engine, order, head)
    if order.image and head.caps.get("images") != "yes":
        raise Refused(DriverLacks("take pictures"))


def _check_unsteer(engine: "Engine", order: Unsteer, head: Head) -> None:
    if order.item not in {queued.item for queued in head.queue}:
        raise Refused(NotUndoable("a text that was delivered"))


async def _unsteer(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Unsteer = carried.order
    control.unsteer(engine.runner(thread), order.item)


async def _check_picture(engine: "Engine", order: Steer, by: str) -> None:
    if order.image:
        await picture(order.image)


async def _bell_rings(engine: "Engine", order: object, by: str) -> None:
    must_differ(engine.parts.world.bell)


async def _pause_all(engine: "Engine", carried: Carried, thread: int) -> None:
    """Every gate first, then the fact, then each at its next safe point."""
    stops = [runner for runner in engine.runners.values() if _bell_stops(runner)]
    for runner in stops:
        control.hold(runner)
    threads = tuple(runner.thread for runner in stops)
    await engine.parts.ledger.commit([Fact(AllPaused(threads))])
    pauses = (control.pause(runner, "stopped by the bell") for runner in stops)
    await asyncio.gather(*pauses, return_exceptions=True)


def _bell_stops(runner: Runner) -> bool:
    """Nothing else has stopped it yet."""
    lost = runner.state == "crashed" and runner.head.parked
    asleep = runner.state == "hibernated"
    goes = runner.wants == "run" and not runner.over and not runner.want_pause
    return goes and not lost and not asleep


async def _bell_rang(engine: "Engine", order: object, by: str) -> None:
    must_differ(not engine.parts.world.bell)


async def _resume_all(engine: "Engine", carried: Carried, thread: int) -> None:
    """Only what it stopped, and only where nothing has stopped it further since."""
    stopped = engine.parts.world.bell_threads
    await engine.parts.ledger.commit([Fact(AllResumed())])
    runners = [engine.runners[number] for number in stopped if number in engine.runners]
    goes_on = (control.resume(r) for r in runners if r.wants == "pause" or r.want_pause)
    await asyncio.gather(*goes_on, return_exceptions=True)


HANDLERS: dict[str, Handler] = {
    "pause": Handler(_pause, _check_pause),
    "resume": Handler(_resume, _check_resume),
    "freeze": Handler(_freeze, _check_freeze),
    "interrupt": Handler(_interrupt, _check_interrupt),
    "kill": Handler(_kill, _check_kill),
    "steer": Handler(_steer, _check_steer, _check_picture),
    "unsteer": Handler(_unsteer, _check_unsteer),
    "pause-all": Handler(_pause_all, before=_bell_rings),
    "resume-all": Handler(_resume_all, before=_bell_rang),
}
