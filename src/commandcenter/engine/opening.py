"""How a thread gets its workspace and its session."""

from typing import TYPE_CHECKING, NamedTuple

from commandcenter.core.codec import load_entry
from commandcenter.core.conversation import Message
from commandcenter.core.events import HistoryAdded, ToolStarted, WorkspaceMade
from commandcenter.core.refusals import (
    AccountMissing,
    AccountUnreachable,
    AgentMissing,
    Refused,
    RepositoryUnusable,
    WorkspaceFailed,
)
from commandcenter.core.world import Head
from commandcenter.drivers.base import SessionStart
from commandcenter.engine.bounded import BoundedSession
from commandcenter.engine.speaker import SessionSink
from commandcenter.gate.base import Route
from commandcenter.hosts.workspace import WorkspaceError, WorkspaceSpec

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.runner import Runner

OPEN_LIMIT_S = 60.0
PAGE = 2_000

SYSTEM = (
    "You are {name}, one of several coding agents that one person directs at the same time. "
    "You work alone in your own git worktree; use paths relative to it. Take small steps with the "
    "tools, run the tests, and call finish with a short summary when the goal is met. "
    "Ask with the ask tool only when you cannot go on without the person."
)


async def open_session(runner: "Runner") -> BoundedSession:
    """A session ready for its first prompt. Raises Refused or AgentFailed."""
    parts, head = runner.parts, runner.head
    driver = parts.drivers.get(head.driver)
    if driver is None:
        raise Refused(AgentMissing(head.agent))
    account = parts.accounts.get(head.account)
    if account is None:
        raise Refused(AccountMissing(head.account))
    workspace = head.workspace or await make_workspace(runner)
    try:
        await parts.serve(account)
    except (OSError, TimeoutError) as error:
        raise Refused(AccountUnreachable(account.id, str(error))) from error
    route = Route(account.id, head.model, operation=head.operation)
    parts.gate.open(head.id, runner.epoch, route)
    past = await history(parts, head.id)
    runner.fresh = not past.messages
    start = SessionStart(
        head.id,
        runner.epoch,
        workspace,
        head.model,
        account.kind,
        system=system_text(parts, head),
        history=past.messages,
        started=past.started,
        home_mark=parts.home_mark,
        first_turn=head.turn,
    )
    work = driver.open(start, SessionSink(runner, runner.epoch))
    session = await parts.tasks.within(OPEN_LIMIT_S, work, f"open {head.id}")
    return BoundedSession(session, parts.tasks, head.id)


def system_text(parts: "Parts", head: Head) -> str:
    """What every session is told first: who it is, the goal, how success is measured."""
    text = SYSTEM.format(name=head.name)
    operation = parts.world.operations.get(head.operation)
    if operation is not None and operation.goal:
        text += f"\nThe goal of the whole operation: {operation.goal}"
    if operation is not None and operation.success:
        text += f"\nIt succeeds when this command does: {operation.success}"
    return text


async def make_workspace(runner: "Runner") -> str:
    """The thread's own worktree, with progress on its tile. Raises Refused."""
    parts, head = runner.parts, runner.head

    def progress(stage: str) -> None:
        runner.line.note(f"\n{stage}\n")

    spec = WorkspaceSpec(
        repository=head.repo, thread=head.id, slug=head.name, uncommitted=head.uncommitted
    )
    try:
        made = await parts.workspaces.ensure(spec, progress)
    except WorkspaceError as error:
        if error.kind == "repository":
            raise Refused(RepositoryUnusable(error.why, error.remedy)) from error
        raise Refused(WorkspaceFailed(error.why)) from error
    runner.post(WorkspaceMade(made.path, made.branch, made.base, head.repo))
    return made.path


async def history(parts: "Parts", thread: int) -> "History":
    """The native conversation so far, from the journal, and which of its open tool calls began."""
    messages: list[Message] = []
    started: set[str] = set()
    since = 0
    while rows := await parts.reader.rows(since, PAGE, thread, ("HistoryAdded", "ToolStarted")):
        for row in rows:
            event = load_entry(row).event
            if isinstance(event, HistoryAdded):
                messages.extend(event.messages)
                if any(message.tool_calls for message in event.messages):
                    started.clear()
            elif isinstance(event, ToolStarted):
                started.add(event.call)
        since = rows[-1].seq
    return History(tuple(messages), frozenset(started))


class History(NamedTuple):
    """What a session is opened with again."""

    messages: tuple[Message, ...]
    started: frozenset[str]
