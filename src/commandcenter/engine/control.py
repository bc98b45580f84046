"""Pause, resume, freeze, interrupt, kill, steer: what orders do to a runner (agents.md 4).

Each closes the gate and tells its wish first, without an await between; what it does then may
take time, and a newer order may overtake it.
"""

import asyncio
import contextlib

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.events import Held, Released, SteerQueued, SteerWithdrawn, TurnEnded
from commandcenter.core.refusals import Ended, Ending, Frozen, NotUndoable, Refused, TargetInvalid
from commandcenter.core.states import State
from commandcenter.core.world import Queued
from commandcenter.engine.bounded import BoundedSession
from commandcenter.engine.runner import Runner
from commandcenter.gate.base import Scope

REST: frozenset[State] = frozenset({"paused", "frozen"})
LEAVES: frozenset[State] = frozenset({"frozen", "dying"})
PAUSED: frozenset[State] = frozenset({"pausing", "paused"})
TURN_OVER_S = 10.0
STOOD_S, WAKES_S, LOOKS_S = 60, 2.0, 0.05
DEAR_TOKENS = 2_000
"""What is left of an answer without a known price is dear above this (gate.md 3)."""


def hold(runner: Runner) -> None:
    """The gate admits no further call of the thread."""
    runner.parts.gate.hold(runner.thread, "player")
    runner.post(Held("player"))


def release(runner: Runner) -> None:
    """The player's hold is lifted."""
    runner.parts.gate.drain(runner.thread, False)
    runner.parts.gate.release(runner.thread, "player")
    runner.post(Released("player"))


def _must_go_on(runner: Runner) -> None:
    """World may not know yet what has begun."""
    if runner.over:
        raise Refused(Ended())
    if runner.state == "dying":
        raise Refused(Ending())


async def pause(runner: Runner, why: str = "paused by you") -> None:
    """No further step; the running one may end."""
    _must_go_on(runner)
    if runner.state == "frozen":
        raise Refused(Frozen())
    if runner.handover is not None and runner.handover.rests:
        runner.handover.wish(False)
        return
    await rest(runner, why)


async def rest(runner: Runner, why: str) -> None:
    """The same, whoever wants it."""
    hold(runner)
    await _pause(runner, runner.wish("pause"), why)


async def _pause(runner: Runner, wish: int, why: str) -> None:
    rung = await runner.stop("step")
    if not _decides(runner, wish) or runner.state == "paused":
        return
    if rung or not runner.in_turn or runner.state in ("waiting", "cancelling"):
        runner.move("paused", why, rung=rung or 1)
        return
    runner.move("pausing", "ends its step")
    if runner.resting is not None:
        runner.resting.cancel()
    runner.resting = runner.spawn(_rest(runner, wish, why), "rest")


async def _rest(runner: Runner, wish: int, why: str) -> None:
    """From pausing to paused, once the step is over; what does not say so is held by the gate."""
    session = runner.session
    rung = 2
    with contextlib.suppress(AgentFailed):
        rung = await session.at_rest() if session is not None else 1
    if runner.decides(wish) and runner.state == "pausing":
        runner.move("paused", why, rung=rung)


async def freeze(runner: Runner, why: str = "frozen by you") -> None:
    """Processes stop at once; the answer in flight is drained and kept."""
    _must_go_on(runner)
    if runner.state == "crashed":
        await pause(runner, why)
        return
    runner.parts.gate.drain(runner.thread, True)
    hold(runner)
    wish = runner.wish("freeze")
    rung = await runner.stop("freeze")
    if _decides(runner, wish) and runner.state != "frozen":
        runner.before.append(runner.state)
        runner.move("frozen", why, rung=max(rung, 3))


async def resume(runner: Runner, why: str = "resumed") -> None:
    """Back to where a pause, a freeze or a burning fuse found it; tools, agent, drain off."""
    if runner.over:
        raise Refused(Ended())
    if runner.handover is not None and runner.handover.rests and runner.state not in LEAVES:
        runner.handover.wish(True)
        return
    put_out(runner)
    back = runner.before[-1] if runner.state in LEAVES and runner.before else "idle"
    if back == "frozen":
        runner.wish("freeze")
        _leave(runner)
        runner.move("frozen", why, rung=3)
    elif back == "crashed":
        runner.wish("run")
        _leave(runner)
        release(runner)
        runner.move("crashed", "spared; its session is lost", parked=True)
    elif back in PAUSED:
        wish = runner.wish("pause")
        if await _go(runner, wish):
            _leave(runner)
            runner.parts.gate.drain(runner.thread, False)
            await _pause(runner, wish, "paused by you")
    else:
        await _run(runner, why)


def _leave(runner: Runner) -> None:
    """It goes back to where it came from."""
    if runner.state in LEAVES and runner.before:
        runner.before.pop()


async def _run(runner: Runner, why: str) -> None:
    wish = runner.wish("run")
    waited = _stood_long(runner)
    if not await _go(runner, wish):
        return
    if waited:
        await _wakes(runner, waited)
        if not _decides(runner, wish):
            return
    _leave(runner)
    release(runner)
    if runner.session is None:
        _reopen(runner)
        return
    _settle_state(runner, why)
    runner.asks.again()
    if runner.failed:
        runner.again = runner.go_on
    await runner.begin()


def _stood_long(runner: Runner) -> frozenset[str]:
    """The calls at the gate of an agent that stood frozen long enough to have given them up."""
    stood = runner.parts.clock.wall() - runner.head.moved
    if runner.head.rung < 3 or stood < STOOD_S * NS:
        return frozenset()
    return runner.parts.gate.waiting(runner.thread)


async def _wakes(runner: Runner, waited: frozenset[str]) -> None:
    """A thawed agent whose own time-out has passed hangs up and asks anew.

    What it hangs up must not have been sent, else it is asked twice: its hold is lifted only once
    that was seen, or after WAKES_S.
    """
    for _ in range(round(WAKES_S / LOOKS_S)):
        if waited - runner.parts.gate.waiting(runner.thread):
            return
        await asyncio.sleep(LOOKS_S)


async def _go(runner: Runner, wish: int) -> bool:
    """The session goes on, or is closed since it cannot; False = a newer order has overtaken."""
    session = runner.session
    if session is not None:
        try:
            await session.go()
        except AgentFailed as error:
            await runner.lose(session, TurnEnded("cancelled", "hold_limit", str(error)))
    return _decides(runner, wish)


def _decides(runner: Runner, wish: int) -> bool:
    """No newer order has come meanwhile. Raises Refused when the thread has ended."""
    if runner.over:
        raise Refused(Ended())
    return runner.decides(wish)


def _settle_state(runner: Runner, why: str) -> None:
    if not runner.in_turn:
        runner.move("idle", why)
    elif runner.asks.open:
        runner.move("waiting", why)
    elif runner.state != "cancelling":
        runner.move("running", why)


def _reopen(runner: Runner) -> None:
    """A thread without a session begins again; one that is starting does so already."""
    if runner.handover is not None and runner.handover.busy:
        return
    if runner.state != "starting":
        runner.move("starting", "opened again")
        runner.spawn(runner.start(), "start")


async def interrupt(runner: Runner) -> None:
    """The turn ends now; the session and its context stay, and what was stopped stays so."""
    _must_go_on(runner)
    session = runner.session
    if session is None or not runner.in_turn:
        raise Refused(TargetInvalid("no turn runs that could be interrupted"))
    over = runner.turn_over
    if runner.state not in REST:
        runner.move("cancelling", "interrupted")
    try:
        await session.interrupt("player")
        await asyncio.wait_for(over.wait(), TURN_OVER_S)
    except (AgentFailed, TimeoutError) as error:
        if not over.is_set():
            await _break_off(runner, session, str(error) or "the turn did not end")


async def _break_off(runner: Runner, session: BoundedSession, why: str) -> None:
    """A session that does not take the interrupt is closed and opened again, without its turn."""
    await runner.lose(session, TurnEnded("cancelled", "player", why))
    if runner.state == "cancelling" and not runner.over:
        runner.move("crashed", f"did not take the interrupt: {why}")
        _reopen(runner)


async def kill(runner: Runner, now: bool) -> None:
    """Stop at once; after the fuse nothing of the thread lives."""
    parts = runner.parts
    if runner.over:
        raise Refused(Ended())
    if runner.state == "dying" and not now:
        raise Refused(Ending())
    hold(runner)
    runner.wish("kill")
    put_out(runner)
    if now or _dear(runner):
        parts.gate.cut(Scope("thread", str(runner.thread)), "kill")
    else:
        parts.gate.drain(runner.thread, True)
    if now:
        runner.move("dying", "killed now")
        await runner.end("killed", "killed by you")
        return
    fuse_s = parts.settings.kill_fuse_s
    runner.before.append(runner.state)
    runner.move("dying", "fuse burns", fuse_ends=parts.clock.wall() + int(fuse_s * NS))
    runner.fuse = runner.spawn(_burn(runner, fuse_s), "fuse")
    await runner.stop("freeze")


def put_out(runner: Runner) -> None:
    """The fuse no longer burns."""
    if runner.fuse is not None:
        runner.fuse.cancel()
        runner.fuse = None


def _dear(runner: Runner) -> bool:
    """Does the answer in flight cost too much to be read to its end (gate.md 3)?"""
    left = runner.parts.gate.left(runner.thread)
    if left is None:
        return False
    if left.usd is None:
        return left.tokens > DEAR_TOKENS
    return left.usd > runner.parts.settings.kill_drain_usd


async def _burn(runner: Runner, fuse_s: float) -> None:
    """From here on nothing puts it out."""
    await runner.parts.sleep(fuse_s)
    runner.fuse = None
    await runner.end("killed", "killed by you")


async def steer(runner: Runner, queued: Queued, now: bool) -> None:
    """Queue the text; an idle thread takes it at once, `now` makes room for it."""
    _must_go_on(runner)
    runner.queue.insert(0 if now else len(runner.queue), queued)
    runner.post(SteerQueued(queued.item, queued.note, now, queued.images))
    if now and runner.in_turn and runner.session is not None:
        await interrupt(runner)
    await runner.begin()


def unsteer(runner: Runner, item: str) -> None:
    """Take a queued text back. Raises Refused(NotUndoable) when it was delivered."""
    left = [queued for queued in runner.queue if queued.item != item]
    if len(left) == len(runner.queue):
        raise Refused(NotUndoable("a text that was delivered"))
    runner.queue = left
    runner.post(SteerWithdrawn(item))
