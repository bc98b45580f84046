"""How a thread gets its workspace and its session."""

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from commandcenter.config.accounts import Account
from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message
from commandcenter.core.events import (
    Event,
    HistoryAdded,
    RouteSeen,
    SessionOpened,
    SessionStarting,
    ToolStarted,
    WorkspaceMade,
)
from commandcenter.core.refusals import (
    AccountMissing,
    AccountUnreachable,
    AgentMissing,
    Refused,
    RepositoryUnusable,
    WorkspaceFailed,
)
from commandcenter.core.states import State
from commandcenter.core.world import Head, OperationHead
from commandcenter.drivers.base import Capabilities, Driver, Session, SessionStart
from commandcenter.engine.bounded import BoundedSession
from commandcenter.engine.forking import entries_of, in_words, inherit, resting
from commandcenter.engine.launching import Opens, foreign_start, is_foreign, route_of, with_env
from commandcenter.engine.setting_up import set_up
from commandcenter.engine.speaker import SessionSink
from commandcenter.hosts.lease import LeaseTaken
from commandcenter.hosts.ports import NoPorts
from commandcenter.hosts.workspace import WorkspaceError, WorkspaceSpec
from commandcenter.rules.sittings import KINDS as SITTINGS
from commandcenter.rules.sittings import own

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.runner import Runner

OPEN_LIMIT_S = 60.0
UNMENDED = frozenset({"missing", "auth", "unsupported", "refused"})
"""Kinds of AgentFailed that another try does not mend."""
UNKNOWN = "a tool call was running when the engine was lost; it may have happened"
"""Why a thread that only the person can judge stands (reliability.md 4)."""

SYSTEM = (
    "You are {name}, one of several coding agents that one person directs at the same time. "
    "You work alone in your own git worktree; use paths relative to it. Take small steps with the "
    "tools, run the tests, and call finish with a short summary when the goal is met. "
    "Ask with the ask tool only when you cannot go on without the person."
)


async def begin_session(runner: "Runner") -> None:
    """Workspace and session; then it begins, or stands as was ordered meanwhile."""
    closed = runner.closed
    try:
        made = await _announced(runner)
    except (AgentFailed, Refused, OSError) as error:
        await _not_opened(runner, error)
    else:
        await _goes(runner, made, closed)


async def _announced(runner: "Runner") -> "Made":
    runner.opening = True
    try:
        async with runner.closing:
            runner.epoch = max(runner.epoch, runner.head.epoch) + 1
            _leased(runner)
        head = runner.head
        effect = runner.parts.ids.fresh()
        await runner.record(SessionStarting(effect, head.driver, head.agent))
        runner.announced = True
        return await open_session(runner)
    finally:
        runner.opening = False


def _leased(runner: "Runner") -> None:
    """The session that begins is the only one that acts. Raises AgentFailed."""
    try:
        runner.lease.take(runner.epoch)
    except LeaseTaken as error:
        raise AgentFailed("refused", str(error)) from error


async def _goes(runner: "Runner", made: "Made", closed: int) -> None:
    session, facts = made
    if runner.over or runner.stopping or runner.closed != closed:
        with contextlib.suppress(AgentFailed):
            await session.kill()
        await runner.parts.host.kill_tree(runner.thread, session.epoch)
        exchanged = runner.handover is not None and runner.handover.busy
        if runner.state == "starting" and not exchanged:
            await runner.start()  # closed while it opened: whoever is to go on begins now
        return
    head = runner.head
    runner.session = session
    for fact in facts:
        runner.post(fact)
    runner.measure(head.model)
    why, runner.want_pause = runner.want_pause, ""
    if why and runner.wants == "run":
        runner.wants = "pause"
    if runner.wants != "run":
        await _stand(runner, why)
        return
    runner.move("idle", head.why if runner.failed else "ready", parked=runner.failed)
    if not runner.failed:
        await runner.begin()


async def _stand(runner: "Runner", why: str) -> None:
    frozen = runner.wants != "pause"
    if runner.state == "starting":
        state: State = "frozen" if runner.wants == "freeze" else "paused"
        said = why or "stopped by you"
        runner.move(state, said, rung=3 if frozen else 1, parked=why == UNKNOWN)
    await runner.stop("freeze" if frozen else "step")


async def _not_opened(runner: "Runner", error: Exception) -> None:
    """No workspace or no session: tried again where that can help, else the player decides."""
    mendable = isinstance(error, AgentFailed) and error.kind not in UNMENDED
    if isinstance(error, OSError) or mendable:
        await runner.crashed(str(error))
        return
    mend = error.reason.mend() if isinstance(error, Refused) else ""
    await runner.park(f"{error}; {mend}" if mend else str(error))


async def open_session(runner: "Runner") -> "Made":
    """A session ready for its first prompt. Raises Refused or AgentFailed."""
    parts, head = runner.parts, runner.head
    driver, spec = parts.drivers.get(head.driver), parts.agents.get(head.agent)
    if driver is None or spec is None:
        raise Refused(AgentMissing(head.agent))
    account = await served(parts, head)
    workspace = head.workspace or await make_workspace(runner)
    ports = await set_up(runner, workspace)
    if is_foreign(spec):
        start = await foreign_start(runner, workspace, account)
    else:
        start = await _native_start(runner, workspace, account)
    start, inherited = await inherit(parts, head, with_env(start, ports))
    if runner.handover is not None:
        start = await runner.handover.begun_again(start)
    try:
        session = await _opened(runner, driver, start)
    except AgentFailed as error:
        if start.fork is None:
            raise
        runner.line.note(f"\nits parent's session was not copied: {error}\n")
        start, inherited = await in_words(parts, head, start)
        session = await _opened(runner, driver, start)
    facts: list[Event] = [opened(head, start, session), *inherited]
    if account is None:
        facts.append(RouteSeen(False))
    return Made(BoundedSession(session, parts.tasks, head.id), tuple(facts))


async def _opened(runner: "Runner", driver: Driver, start: SessionStart) -> Session:
    parts = runner.parts
    async with resting(parts, runner.head, start):
        work = driver.open(start, SessionSink(runner, runner.epoch))
        return await parts.tasks.within(OPEN_LIMIT_S, work, f"open {runner.thread}")


class Made(NamedTuple):
    """A session, and the facts that it is open and whether its calls pass the gate."""

    session: BoundedSession
    facts: tuple[Event, ...]


def opened(head: Head, start: SessionStart, session: Session) -> SessionOpened:
    """The fact that a session is ready, with all it said of itself."""
    launch = start.launch
    return SessionOpened(
        head.driver,
        head.agent,
        head.model,
        start.workspace,
        agent_version=session.version,
        profile=launch.profile if launch is not None else "",
        auth=launch.auth if launch is not None else "key",
        agent_session=session.ref.session,
        caps=_said(session.caps),
        resumed=start.resume is not None,
        commands=session.commands,
    )


def _said(caps: Capabilities) -> dict[str, str]:
    """Every capability, those at their default too."""
    return {name: getattr(caps, name) for name in caps.__struct_fields__}


async def served(parts: "Parts", head: Head) -> Account | None:
    """The account, its own server running; None = the agent is not routed. Raises Refused."""
    if not head.account:
        return None
    account = parts.accounts.get(head.account)
    if account is None:
        raise Refused(AccountMissing(head.account))
    try:
        await parts.serve(account)
    except (OSError, TimeoutError) as error:
        raise Refused(AccountUnreachable(account.id, str(error))) from error
    return account


async def _native_start(runner: "Runner", workspace: str, account: Account | None) -> SessionStart:
    parts, head = runner.parts, runner.head
    if account is None:
        raise Refused(AccountMissing(head.account))
    parts.gate.open(head.id, runner.epoch, route_of(parts, head.id))
    past = await history(parts, head.id)
    if head.turn and runner.packet is None:
        runner.fresh = not past.messages
    return native_begin(parts, Opens(head, runner.epoch, workspace, account), past)


def native_begin(parts: "Parts", opens: Opens, past: "History") -> SessionStart:
    """A session of our own loop, whose account is known, on the conversation so far."""
    head, epoch, workspace, account = opens
    assert account is not None
    return SessionStart(
        head.id,
        epoch,
        workspace,
        head.model,
        account.kind,
        system=system_text(parts, head),
        history=past.messages,
        started=past.started,
        home_mark=parts.home_mark,
        first_turn=head.turn,
        temperature=head.temperature,
    )


def system_text(parts: "Parts", head: Head) -> str:
    """What every session is told first: who it is, the goal, how success is measured."""
    operation = parts.world.operations.get(head.operation)
    told = charter(operation) if operation is not None else ()
    return "\n".join((SYSTEM.format(name=head.name), *told))


def charter(operation: OperationHead) -> tuple[str, ...]:
    """What holds for every thread of an operation, a line each."""
    told = (
        ("The goal of the whole operation", operation.goal),
        ("It succeeds when this command does", operation.success),
        ("Acceptable trade-offs", operation.accept),
        ("Never optimise for", operation.never),
    )
    return tuple(f"{what}: {text}" for what, text in told if text)


def first_words(parts: "Parts", head: Head) -> str:
    """The brief; a foreign agent, which has no system text of ours, hears the operation first.

    The brief of a child has all of it but the trade-offs already.
    """
    operation = parts.world.operations.get(head.operation)
    if operation is None or head.driver in ("native", "terminal"):
        return head.brief
    if head.kind in ("divide", "branch", "scout"):
        accept = f"ACCEPTABLE TRADE-OFFS\n{operation.accept}" if operation.accept else ""
        return "\n\n".join(part for part in (head.brief, accept) if part)
    return "\n\n".join(part for part in ("\n".join(charter(operation)), head.brief) if part)


async def make_workspace(runner: "Runner") -> str:
    """The thread's own worktree, with progress on its tile. Raises Refused."""
    parts, head = runner.parts, runner.head

    def progress(stage: str) -> None:
        runner.line.note(f"\n{stage}\n")

    spec = WorkspaceSpec(
        repository=head.repo,
        thread=head.id,
        slug=head.name,
        uncommitted=head.uncommitted,
        base=head.start or _base(parts, head),
    )
    try:
        made = await parts.workspaces.ensure(spec, progress)
    except WorkspaceError as error:
        if error.kind == "repository":
            raise Refused(RepositoryUnusable(error.why, error.remedy)) from error
        raise Refused(WorkspaceFailed(error.why)) from error
    port = head.port or _port(parts)
    await runner.record(WorkspaceMade(made.path, made.branch, made.base, head.repo, port))
    return made.path


def _base(parts: "Parts", head: Head) -> str:
    """Where its operation begins; empty = the repository's HEAD."""
    operation = parts.world.operations.get(head.operation)
    return operation.base if operation is not None else ""


def _port(parts: "Parts") -> int:
    """The first of a block of ten; 0 when all are taken, which stops no thread."""
    with contextlib.suppress(NoPorts):
        return parts.ports.claim()
    return 0


async def history(parts: "Parts", thread: int) -> "History":
    """The native conversation so far, from the journal, and which of its open tool calls began:
    what the agent that leads it now was given, and its own."""
    messages: list[Message] = []
    started: set[str] = set()
    for entry in own(await entries_of(parts, thread, ("HistoryAdded", "ToolStarted", *SITTINGS))):
        event = entry.event
        if isinstance(event, HistoryAdded):
            if event.anew:
                messages.clear()
            messages.extend(event.messages)
            if any(message.tool_calls for message in event.messages):
                started.clear()
        elif isinstance(event, ToolStarted):
            started.add(event.call)
    return History(tuple(messages), frozenset(started))


class History(NamedTuple):
    """What a session is opened with again."""

    messages: tuple[Message, ...]
    started: frozenset[str]
