"""Sessions put away and opened again: hibernation, by hand, the limit of a wait, room that came."""

import asyncio
import contextlib
import shlex
from typing import TYPE_CHECKING

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.events import AgentNote, GivenBack, SessionClosed, TakenOver, TurnEnded
from commandcenter.core.refusals import DriverLacks, Refused, StillHeld, TargetInvalid
from commandcenter.core.world import Head
from commandcenter.engine import control
from commandcenter.engine.launching import is_foreign, profile_of
from commandcenter.engine.runner import BELL, Runner
from commandcenter.hosts.sessions import holding
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

RESTS = frozenset({"idle", "paused"})
STOP_S = 10.0
"""How long the end of the engine waits for a step to end."""
TAKE_S = 120.0
"""How long `take` waits for the running step to end."""
CLAUDE_SHARE = 0.3
"""Claude Code weighs most: its sessions are put away after this share of the time."""
HOMES = ("HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


# --- hibernation ------------------------------------------------------------------------------


def check_hibernate(head: Head) -> None:
    """Raises Refused unless the session can be put away and opened again."""
    if head.caps.get("resume", "none") == "none":
        raise Refused(DriverLacks("be put away and resumed"))
    if head.state not in RESTS or head.in_turn or head.asks:
        raise Refused(TargetInvalid("only an idle or paused session can be put away"))


async def hibernate(runner: Runner, why: str, word: str = "hibernated") -> None:
    """No process is left; `wake` opens the session again where it stood."""
    session, runner.session = runner.session, None
    runner.parts.gate.close(runner.thread, runner.epoch)
    if session is not None:
        with contextlib.suppress(AgentFailed):
            await session.hibernate()
    report = await runner.parts.host.kill_tree(runner.thread, 0)
    runner.lease.give(runner.epoch)
    if runner.announced:
        runner.announced = False
        survivors = tuple(proc.pid for proc in report.survivors)
        runner.post(SessionClosed(word, survivors=survivors))  # type: ignore[arg-type]  # one of the closed words
    runner.move("hibernated", why)


def wake(engine: "Engine", runner: Runner) -> None:
    """Open it again in the background; under the bell it will stand."""
    if runner.state != "hibernated":
        return
    if engine.parts.world.bell and runner.wants == "run":
        control.hold(runner)
        runner.want_pause = BELL
    runner.move("starting", "woken")
    runner.spawn(runner.start(), "wake")


def sleepers(engine: "Engine", now: int) -> list[Runner]:
    """Idle sessions of foreign agents that have rested long enough, or are too many, oldest first.

    Never one that somebody looks at, that asks, or that has something to do.
    """
    idle = [runner for runner in engine.runners.values() if _may_sleep(engine, runner)]
    idle.sort(key=lambda runner: runner.head.seen_at)
    settings = engine.parts.settings
    live = sum(_live(engine, runner) for runner in engine.runners.values())
    over = max(0, live - settings.live_foreign)
    return [
        runner
        for number, runner in enumerate(idle)
        if number < over or now - runner.head.seen_at > _sleep_s(engine, runner) * NS
    ]


def _sleep_s(engine: "Engine", runner: Runner) -> float:
    share = CLAUDE_SHARE if runner.head.driver == "claude" else 1.0
    return engine.parts.settings.hibernate_s * share


def _live(engine: "Engine", runner: Runner) -> bool:
    spec = engine.parts.agents.get(runner.head.agent)
    return runner.session is not None and spec is not None and is_foreign(spec)


def _may_sleep(engine: "Engine", runner: Runner) -> bool:
    head = runner.head
    resumes = head.caps.get("resume", "none") != "none"
    busy = runner.in_turn or runner.queue or runner.more or head.asks or head.parked
    busy = busy or runner.handover is not None
    watched = runner.thread in engine.watched
    return _live(engine, runner) and runner.state == "idle" and resumes and not (busy or watched)


async def put_away(runner: Runner) -> None:
    """The engine stops: the turn ends now, the thread goes on with the next engine."""
    runner.stopping = True
    session = runner.session
    if session is not None:
        with contextlib.suppress(AgentFailed, TimeoutError):
            await session.stop("step")
            await asyncio.wait_for(session.at_rest(), STOP_S)
            await session.interrupt("stop")
    await runner.close_session("hibernated", TurnEnded("cancelled", "stop"))
    runner.line.flush()


# --- by hand ----------------------------------------------------------------------------------


async def take(runner: Runner) -> None:
    """Put the session away for the person's own terminal; says how it is opened there."""
    if runner.in_turn:
        await control.pause(runner, "taken by you")
        await _until_rest(runner)
    if runner.in_turn:
        await control.interrupt(runner)
    if runner.state not in RESTS:
        raise Refused(TargetInvalid(f"it is {runner.state} and cannot be taken now"))
    line = by_hand_line(runner)
    await hibernate(runner, "in your hands", "by_hand")
    runner.wish("run")
    runner.again = None
    runner.post(TakenOver(line))


async def _until_rest(runner: Runner) -> None:
    session = runner.session
    if session is not None:
        with contextlib.suppress(AgentFailed, TimeoutError):
            await asyncio.wait_for(session.at_rest(), TAKE_S)


def check_take(runner: Runner, head: Head) -> None:
    """Raises Refused when nobody could open the session by hand."""
    spec = runner.parts.agents.get(head.agent)
    if spec is None or not spec.by_hand or not head.agent_session:
        raise Refused(DriverLacks("be taken into your own hands"))


def by_hand_line(runner: Runner) -> str:
    """The command that opens the session in a terminal, outside the gate and so unmetered."""
    head, spec = runner.head, runner.parts.agents[runner.head.agent]
    words = [word.replace("{SESSION}", head.agent_session) for word in spec.by_hand]
    homes: list[str] = []
    if profile_of(head) == "clean":
        home = runner.parts.folders.data / "threads" / str(head.id) / "home"
        homes = [f"HOME={shlex.quote(str(home))}"]
    line = " ".join([*homes, *(shlex.quote(word) for word in words)])
    return f"cd {shlex.quote(head.workspace)} && {line}"


async def give_back(engine: "Engine", runner: Runner) -> None:
    """The session is ours again. Raises Refused(StillHeld) while a process has it."""
    pid = await asyncio.to_thread(holding, runner.head.agent_session)
    if pid:
        raise Refused(StillHeld(pid))
    control.release(runner)
    runner.post(GivenBack())
    runner.post(AgentNote("notice", await _by_hand_digest(runner)))
    wake(engine, runner)


async def _by_hand_digest(runner: Runner) -> str:
    """What the worktree looks like after it was in the person's hands."""
    head = runner.head
    try:
        seen = await runner.parts.workspaces.changed(head.workspace, head.base)
    except WorkspaceError as error:
        return f"given back; the worktree cannot be read: {error.why}"
    differs = f"{seen.files} files differ from its base, +{seen.added} -{seen.removed}"
    return f"given back: {differs}; what was spent by hand is not metered"


# --- the limit of a wait ----------------------------------------------------------------------


async def hold_limit(runner: Runner) -> None:
    """A call or a question waits as long as the agent bears.

    A paused thread is frozen where its agent stands that (rung 3), and loses nothing. Else the turn
    is broken off, without a loss too, since the call was never sent, and goes on by a prompt later
    (rung 4).
    """
    session = runner.session
    if session is None or not runner.in_turn or runner.over or runner.stopping:
        return
    spec = runner.parts.agents.get(runner.head.agent)
    if spec is not None and spec.freeze_at_limit and runner.state == "paused":
        await _freeze_on(runner)
        return
    try:
        await session.interrupt("hold_limit")
    except AgentFailed as error:
        await runner.lose(session, TurnEnded("cancelled", "hold_limit", str(error)))


async def _freeze_on(runner: Runner) -> None:
    runner.parts.gate.drain(runner.thread, True)
    rung = await runner.stop("freeze")
    if runner.state == "paused" and rung != 4:
        runner.move("paused", "paused by you; frozen, since its agent waits no longer", rung=3)


def past_limit(engine: "Engine", now: int) -> list[Runner]:
    """Paused threads whose agent has waited for an answer as long as it bears (rung 1)."""
    return [runner for runner in engine.runners.values() if _waited(engine, runner, now)]


def _waited(engine: "Engine", runner: Runner, now: int) -> bool:
    head, spec = runner.head, engine.parts.agents.get(runner.head.agent)
    if spec is None or spec.ask_limit_s is None or not is_foreign(spec):
        return False
    rests = runner.state == "paused" and head.rung == 1 and runner.in_turn
    return rests and now - head.moved > spec.ask_limit_s * NS


async def storm(runner: Runner) -> None:
    """The agent asks again and again what is refused: its turn ends, and no round follows."""
    runner.end_loop("its agent asked again and again what was refused")
    with contextlib.suppress(Refused):
        await control.interrupt(runner)


def room_came(engine: "Engine") -> list[Runner]:
    """Threads whose wait was broken off and that the gate would admit now: one per account."""
    found: dict[str, Runner] = {}
    waiting = [runner for runner in engine.runners.values() if runner.waits_for_room]
    for runner in sorted(waiting, key=lambda runner: runner.thread):
        if runner.head.account not in found and _room(engine, runner.head):
            found[runner.head.account] = runner
    return list(found.values())


def _room(engine: "Engine", head: Head) -> bool:
    world = engine.parts.world
    account = world.accounts.get(head.account)
    closed = account is not None and account.closed_until != -1
    frozen = "*" in world.frozen_accounts or head.account in world.frozen_accounts
    return not (closed or frozen or head.hold or engine.parts.ledger.broken)
