"""Pause, resume, freeze, interrupt, kill, steer: what orders do to a runner (agents.md 4)."""

import asyncio

from commandcenter.core.events import Held, Released, SteerQueued
from commandcenter.core.refusals import Ended, Ending, Refused
from commandcenter.core.states import State
from commandcenter.engine.runner import Runner
from commandcenter.gate.base import Scope

REST: frozenset[State] = frozenset({"paused", "frozen"})


def hold(runner: Runner) -> None:
    """The gate admits no further call of the thread."""
    runner.parts.gate.hold(runner.thread, "player")
    runner.post(Held("player"))


async def pause(runner: Runner, why: str = "paused by you") -> None:
    """No further step; the running one may end."""
    hold(runner)
    session = runner.session
    if session is None:
        runner.want_pause = why
        return
    stopped = await session.stop("step")
    _still(runner)
    if runner.state in ("idle", "waiting") or stopped.rung:
        runner.move("paused", why, rung=stopped.rung or 1)
    elif runner.state == "running":
        runner.move("pausing", "ends its step")
        runner.resting = runner.parts.tasks.spawn(_rest(runner, why), f"rest {runner.thread}")


def _still(runner: Runner) -> None:
    """Raises Refused when the thread ended, or began to, while the order was carried out."""
    if not runner.alive:
        raise Refused(Ended())
    if runner.state == "dying":
        raise Refused(Ending())


async def _rest(runner: Runner, why: str) -> None:
    """From pausing to paused, once the step is over."""
    session = runner.session
    if session is not None:
        rung = await session.at_rest()
        if runner.state == "pausing":
            runner.move("paused", why, rung=rung)


async def freeze(runner: Runner, why: str = "frozen by you") -> None:
    """Processes stop at once; the answer in flight is drained and kept."""
    runner.parts.gate.drain(runner.thread, True)
    hold(runner)
    if runner.session is not None:
        await runner.session.stop("freeze")
    _still(runner)
    runner.move("frozen", why, rung=3)


async def resume(runner: Runner, why: str = "resumed") -> None:
    """Undo pause, freeze or a burning fuse, in the order tools, agent, drain off."""
    if runner.fuse is not None:
        runner.fuse.cancel()
        runner.fuse = None
    runner.want_pause = ""
    session = runner.session
    if session is None:
        await _reopen(runner)
        return
    await session.go()
    if not runner.alive:
        raise Refused(Ended())
    _settle_state(runner, why)
    runner.parts.gate.drain(runner.thread, False)
    runner.parts.gate.release(runner.thread, "player")
    runner.post(Released("player"))
    runner.asks.again()
    if runner.state == "idle":
        await runner.begin("" if runner.head.parked and runner.turn else None)


def _settle_state(runner: Runner, why: str) -> None:
    if not runner.in_turn:
        runner.move("idle", why)
    elif runner.asks.open:
        runner.move("waiting", why)
    else:
        runner.move("running", why)


async def _reopen(runner: Runner) -> None:
    """A crashed or never opened thread begins again."""
    runner.parts.gate.release(runner.thread, "player")
    runner.post(Released("player"))
    if runner.state in ("crashed", "paused", "frozen", "dying"):
        runner.move("starting", "opened again")
        runner.parts.tasks.spawn(
            runner.start("" if runner.turn else None), f"start {runner.thread}"
        )


async def interrupt(runner: Runner) -> None:
    """The turn ends now; the session and its context stay."""
    session = runner.session
    if session is None or not runner.in_turn:
        return
    if runner.state not in REST:
        runner.move("cancelling", "interrupted")
    await session.interrupt("player")
    if runner.state == "cancelling" and not runner.in_turn:
        runner.move("idle", "interrupted")


async def kill(runner: Runner, now: bool) -> None:
    """Stop at once; after the fuse nothing of the thread lives."""
    parts = runner.parts
    fuse_s = 0.0 if now else parts.settings.kill_fuse_s
    hold(runner)
    if now or _dear(runner):
        runner.cut = runner.in_turn
        parts.gate.cut(Scope("thread", str(runner.thread)), "kill")
    else:
        parts.gate.drain(runner.thread, True)
    if runner.session is not None:
        await runner.session.stop("freeze")
    if not runner.alive:
        raise Refused(Ended())
    if now:
        runner.move("dying", "killed now")
        await runner.end("killed", "killed by you")
        return
    ends = parts.clock.wall() + int(fuse_s * 1e9)
    runner.move("dying", "fuse burns", fuse_ends=ends)
    runner.fuse = parts.tasks.spawn(_burn(runner, fuse_s), f"fuse {runner.thread}")


def _dear(runner: Runner) -> bool:
    """Does the answer in flight cost too much to be read to its end (gate.md 3)?"""
    left = runner.parts.gate.left(runner.thread)
    if left is None:
        return False
    if left.usd is None:
        return left.tokens > 2_000
    return left.usd > runner.parts.settings.kill_drain_usd


async def _burn(runner: Runner, fuse_s: float) -> None:
    await runner.parts.sleep(fuse_s)
    runner.fuse = None
    await asyncio.shield(runner.parts.tasks.spawn(_ended(runner), f"kill {runner.thread}"))


async def _ended(runner: Runner) -> None:
    if runner.state == "dying":
        await runner.end("killed", "killed by you")


async def steer(runner: Runner, item: str, text: str, now: bool) -> None:
    """Queue the text; an idle thread takes it at once, `now` makes room for it."""
    runner.post(SteerQueued(item, text, now))
    await runner.parts.ledger.settle()
    if now and runner.in_turn:
        await interrupt(runner)
    if runner.state == "idle":
        await runner.begin()
