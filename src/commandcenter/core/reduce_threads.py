"""Reducer cases of threads: birth, sessions, turns, steps, tools, questions, states."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry
from commandcenter.core.states import State
from commandcenter.core.text import CUT
from commandcenter.core.world import BIN_NS, BINS, LINE_CHARS, Ask, Head, Queued, World

_STOPPED: frozenset[State] = frozenset({"pausing", "paused", "frozen", "dying", "cancelling"})


def move(world: World, entry: Entry, **changes: Any) -> None:
    """Replace the head of the entry's thread; entries of unknown threads change nothing."""
    head = world.threads.get(entry.thread)
    if head is not None:
        world.threads[head.id] = replace(head, seen_at=entry.wall, **changes)


def _created(world: World, entry: Entry, event: ev.ThreadCreated) -> None:
    thread = entry.thread
    world.last_thread = max(world.last_thread, thread)
    world.threads[thread] = Head(
        thread,
        event.name,
        event.operation,
        event.agent,
        event.driver,
        event.account,
        event.model,
        event.brief,
        repo=event.repo,
        uncommitted=event.uncommitted,
        parent=event.parent,
        profile=event.profile,
        command=event.command,
        kind=event.kind,
        fork_at=event.at,
        start=event.base,
        temperature=event.temperature,
        created=entry.wall,
        moved=entry.wall,
        seen_at=entry.wall,
    )
    if world.bell:
        world.bell_threads = (*world.bell_threads, thread)
    _enlist(world, thread, event)


def _enlist(world: World, thread: int, event: ev.ThreadCreated) -> None:
    operation = world.operations.get(event.operation)
    if operation is not None:
        threads = (*operation.threads, thread)
        world.operations[operation.name] = replace(operation, threads=threads)
    parent = world.threads.get(event.parent)
    if parent is not None:
        world.threads[parent.id] = replace(parent, children=(*parent.children, thread))


def _renamed(world: World, entry: Entry, event: ev.ThreadRenamed) -> None:
    move(world, entry, name=event.new)


def _workspace(world: World, entry: Entry, event: ev.WorkspaceMade) -> None:
    move(
        world,
        entry,
        workspace=event.path,
        branch=event.branch,
        base=event.base,
        repo=event.repo,
        port=event.port,
    )


def _head_moved(world: World, entry: Entry, event: ev.HeadMoved) -> None:
    head = world.threads.get(entry.thread)
    if head is None:
        return
    bins, at = _bins(head, entry.wall // BIN_NS, event.tokens)
    context = {"context_used": event.context} if event.context else {}
    line = event.line
    if len(line) > LINE_CHARS:
        line = line[: LINE_CHARS - 1] + CUT
    move(world, entry, line=line, bins=bins, bin_at=at, **context)


def _bins(head: Head, now: int, tokens: int) -> tuple[tuple[int, ...], int]:
    """The sparkline's samples after `tokens` more; a bin is half a second of wall time."""
    if not tokens:
        return head.bins, head.bin_at
    gap = now - head.bin_at
    if not head.bins or gap >= BINS:
        return (tokens,), now
    if gap <= 0:
        return (*head.bins[:-1], head.bins[-1] + tokens), head.bin_at
    return (*head.bins, *([0] * (gap - 1)), tokens)[-BINS:], now


def _held(world: World, entry: Entry, event: ev.Held) -> None:
    head = world.threads.get(entry.thread)
    if head is not None and event.reason not in head.hold:
        move(world, entry, hold=tuple(sorted({*head.hold, event.reason})))


def _released(world: World, entry: Entry, event: ev.Released) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        move(world, entry, hold=tuple(r for r in head.hold if r != event.reason))
    if event.reason == "player":
        world.bell_threads = tuple(t for t in world.bell_threads if t != entry.thread)


def _session_starting(world: World, entry: Entry, event: ev.SessionStarting) -> None:
    move(world, entry, epoch=entry.stamp.epoch)


def _session_opened(world: World, entry: Entry, event: ev.SessionOpened) -> None:
    move(
        world,
        entry,
        model=event.model,
        agent_version=event.agent_version,
        agent_session=event.agent_session,
        profile=event.profile,
        auth=event.auth,
        caps=event.caps,
        commands=event.commands,
        subagents=(),
    )


def _session_closed(world: World, entry: Entry, event: ev.SessionClosed) -> None:
    move(world, entry, pids=(), rss=0, subagents=())


def _commands(world: World, entry: Entry, event: ev.CommandsChanged) -> None:
    move(world, entry, commands=event.names)


def _subagent(world: World, entry: Entry, event: ev.SubagentSeen) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        others = tuple(one for one in head.subagents if one != event.agent)
        more = (event.agent,) if event.state == "started" else ()
        move(world, entry, subagents=others + more)


def _taken_over(world: World, entry: Entry, event: ev.TakenOver) -> None:
    move(world, entry, by_hand=event.line)


def _given_back(world: World, entry: Entry, event: ev.GivenBack) -> None:
    move(world, entry, by_hand="")


def _usage_reported(world: World, entry: Entry, event: ev.UsageReported) -> None:
    """A session's report is its whole sum, a turn's is added."""
    head = world.threads.get(entry.thread)
    if head is None:
        return
    old = head.reported if event.scope == "turn" else (0, 0)
    move(world, entry, reported=(old[0] + event.input, old[1] + event.output))


def _setup_agreed(world: World, entry: Entry, event: ev.SetupAgreed) -> None:
    world.setups[event.repo] = event.digest


_OUTSIDE = frozenset(
    {"engine", "closed", "stop", "kill", "spend_freeze", "hold_limit", "journal", "handover"}
)
"""Causes of a turn's end that were not the agent's and not an interrupt of the player."""


def _turn_started(world: World, entry: Entry, event: ev.TurnStarted) -> None:
    told = {"put_back": (0, 0), "brought": ()}
    turn = entry.stamp.turn
    move(world, entry, turn=turn, in_turn=True, broken=False, finished=False, **told)


def _turn_ended(world: World, entry: Entry, event: ev.TurnEnded) -> None:
    broken = event.stop == "crashed" or event.cause in _OUTSIDE
    rests = {"activity": "", "tool": "", "tool_since": 0, "waits_for": ""}
    finished = event.cause == "finish"
    move(world, entry, in_turn=False, broken=broken, finished=finished, **rests)
    head = world.threads.get(entry.thread)
    if head is not None and event.stop == "end":
        world.threads[head.id] = replace(head, results=head.results + 1)


def _step_moved(world: World, entry: Entry, event: ev.StepMoved) -> None:
    move(world, entry, step=event.step, activity=event.activity)


def _tool_started(world: World, entry: Entry, event: ev.ToolStarted) -> None:
    world.tools[event.effect] = entry.thread
    move(world, entry, tool=event.title, tool_since=entry.wall, activity="tool")


def _tool_ended(world: World, entry: Entry, event: ev.ToolEnded) -> None:
    world.tools.pop(event.effect, None)
    move(world, entry, tool="", tool_since=0)


def _asked(world: World, entry: Entry, event: ev.Asked) -> None:
    world.last_ask = max(world.last_ask, event.ask)
    world.asks[event.ask] = Ask(
        event.ask,
        entry.thread,
        event.kind,
        event.level,
        event.line,
        event.request,
        event.digest,
        event.rule,
        event.call,
        event.options,
        entry.wall,
        entry.seq,
    )
    head = world.threads.get(entry.thread)
    if head is not None:
        move(world, entry, asks=(*head.asks, event.ask))


def _answered(world: World, entry: Entry, event: ev.Answered) -> None:
    world.asks.pop(event.ask, None)
    head = world.threads.get(entry.thread)
    if head is not None:
        move(world, entry, asks=tuple(ask for ask in head.asks if ask != event.ask))


def _plan_changed(world: World, entry: Entry, event: ev.PlanChanged) -> None:
    move(world, entry, plan=event.items)


def _model_changed(world: World, entry: Entry, event: ev.ModelChanged) -> None:
    move(world, entry, model=event.new)


def _context(world: World, entry: Entry, event: ev.ContextMeasured) -> None:
    """A size of 0 says nothing: what was known before stays."""
    size = {"context_size": event.size} if event.size else {}
    move(world, entry, context_used=event.used, **size)


def _steer_queued(world: World, entry: Entry, event: ev.SteerQueued) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        queued = (Queued(event.item, event.note, event.images),)
        queue = queued + head.queue if event.now else head.queue + queued
        move(world, entry, queue=queue)


def _steer_gone(world: World, entry: Entry, event: ev.SteerDelivered | ev.SteerWithdrawn) -> None:
    head = world.threads.get(entry.thread)
    if head is not None:
        move(world, entry, queue=tuple(q for q in head.queue if q.item != event.item))


def _procs(world: World, entry: Entry, event: ev.ProcsSeen) -> None:
    move(world, entry, pids=event.procs, rss=event.rss)


def _state(world: World, entry: Entry, event: ev.StateChanged) -> None:
    head = world.threads.get(entry.thread)
    if head is None:
        return
    stops = event.new in _STOPPED and event.old not in _STOPPED
    move(
        world,
        entry,
        state=event.new,
        before=event.old if stops else head.before,
        why=event.why,
        moved=entry.wall,
        moved_seq=head.moved_seq if event.new == event.old else entry.seq,
        outcome=event.outcome or head.outcome,
        parked=event.parked,
        rung=event.rung,
        fuse_ends=event.fuse_ends,
    )
    if event.new == "ended":
        rests = {"activity": "", "queue": (), "waits_for": "", "pids": (), "rss": 0}
        gone = {"by_hand": "", "subagents": (), "orders": (), "loop": None}
        move(world, entry, ended=entry.wall, **gone, **rests)


THREAD_CASES: dict[str, Callable[[World, Entry, Any], None]] = {
    "ThreadCreated": _created,
    "ThreadRenamed": _renamed,
    "WorkspaceMade": _workspace,
    "HeadMoved": _head_moved,
    "Held": _held,
    "Released": _released,
    "SessionStarting": _session_starting,
    "SessionOpened": _session_opened,
    "SessionClosed": _session_closed,
    "TurnStarted": _turn_started,
    "TurnEnded": _turn_ended,
    "StepMoved": _step_moved,
    "ToolStarted": _tool_started,
    "ToolEnded": _tool_ended,
    "Asked": _asked,
    "Answered": _answered,
    "PlanChanged": _plan_changed,
    "ModelChanged": _model_changed,
    "ContextMeasured": _context,
    "SteerQueued": _steer_queued,
    "SteerDelivered": _steer_gone,
    "SteerWithdrawn": _steer_gone,
    "CommandsChanged": _commands,
    "SubagentSeen": _subagent,
    "TakenOver": _taken_over,
    "GivenBack": _given_back,
    "UsageReported": _usage_reported,
    "SetupAgreed": _setup_agreed,
    "ProcsSeen": _procs,
    "StateChanged": _state,
}
