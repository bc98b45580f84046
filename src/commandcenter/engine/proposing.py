"""How a thread's work could be divided: from its own plan, from its model, or without one."""

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from commandcenter.core.codec import Fact, Stamp, load_entry
from commandcenter.core.conversation import Message, ModelRequest
from commandcenter.core.events import SplitProposed
from commandcenter.core.orders import Propose
from commandcenter.core.refusals import Ended, Ending, Refused
from commandcenter.core.shaping import SplitKind, SplitPlan
from commandcenter.core.text import one_line
from commandcenter.core.world import Head
from commandcenter.engine.aside import ask_aside
from commandcenter.engine.laddering import cheaper
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.planning import (
    CLOSED,
    NAMES,
    Planning,
    from_items,
    planner_prompt,
    read_planner,
    skeleton,
)
from commandcenter.rules.plans import checked

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

LIMIT_S: Final = 30.0
"""How long a model may take to say how the work could be divided."""
MAX_TOKENS: Final = 4_096
KEPT: Final = 200
"""Proposals that are kept in memory, newest last; the journal has all."""


async def propose(engine: "Engine", thread: int, order: Propose, cause: str) -> None:
    """Draw a plan up and record it, or why there is none; nothing else changes.

    Only the newest wish of a thread is answered. Raises Refused when it has ended meanwhile.
    """
    wish = engine.proposals.wish(thread)
    head = engine.parts.world.threads[thread]
    try:
        event = SplitProposed(await _drawn(engine.parts, head, order))
    except ValueError as error:
        event = SplitProposed(None, one_line(str(error), 300))
    now = engine.parts.world.threads[thread]
    if now.state in ("ended", "dying"):
        raise Refused(Ended() if now.state == "ended" else Ending())
    if engine.proposals.wished(thread) != wish:
        return
    seq = await engine.parts.ledger.commit([Fact(event, Stamp(thread, now.epoch, cause=cause))])
    if event.plan is not None:
        engine.proposals.keep(seq, event.plan)


async def _drawn(parts: "Parts", head: Head, order: Propose) -> SplitPlan:
    """Raises ValueError with the sentence for the player."""
    if order.kind != "divide":
        return without_model(parts, head, order.kind, order.into)
    own = from_items(head.plan, order.into)
    return own if own is not None else await _asked(parts, head, order.into)


def without_model(parts: "Parts", head: Head, kind: SplitKind, into: int) -> SplitPlan:
    """Branches and scouts of the same task; at most half of the branches on the thread's own
    rung, scouts on the cheapest. Raises ValueError."""
    plan = skeleton(kind, into, goal_of(parts, head))
    below, cheapest = cheaper(parts, head)
    tasks = []
    for at, task in enumerate(plan.tasks):
        model = cheapest if kind == "scout" else below if at >= into // 2 else head.model
        brief = "" if kind == "scout" else task.brief  # its goal is told to each anyway
        tasks.append(replace(task, brief=brief, model="" if model == head.model else model))
    return checked(replace(plan, tasks=tuple(tasks)))


def goal_of(parts: "Parts", head: Head) -> str:
    """What the thread is for: the player's goal, its operation's, else its brief."""
    operation = parts.world.operations.get(head.operation)
    return head.goal or (operation.goal if operation is not None else "") or head.brief


async def _asked(parts: "Parts", head: Head, into: int) -> SplitPlan:
    """Its own model says it, in one side call of at most 30 s, within its budget."""
    account = parts.accounts.get(head.account)
    if account is None:
        raise ValueError("its model calls pass elsewhere, so its model cannot be asked")
    prompt = planner_prompt(await _facts(parts, head), into)
    asked = ModelRequest(head.model, (Message("user", prompt),), max_tokens=MAX_TOKENS)
    return read_planner(await ask_aside(parts, head, account, asked, LIMIT_S), into)


async def _facts(parts: "Parts", head: Head) -> Planning:
    operation = parts.world.operations.get(head.operation)
    try:
        files = await parts.workspaces.names(head.workspace, NAMES + 1)
    except WorkspaceError:
        files = ()
    return Planning(
        goal_of(parts, head),
        head.brief,
        tuple(text for text, state in head.plan if state not in CLOSED),
        files,
        operation.success if operation is not None else "",
        operation.never if operation is not None else "",
    )


class Proposals:
    """The newest plans in memory, and which wish of a thread is the newest."""

    def __init__(self) -> None:
        self._plans: dict[int, SplitPlan] = {}
        self._wishes: dict[int, int] = {}

    def wish(self, thread: int) -> int:
        """A plan is wanted, or none any more: what was wanted before is not."""
        self._wishes[thread] = self._wishes.get(thread, 0) + 1
        return self._wishes[thread]

    def wished(self, thread: int) -> int:
        """The newest wish."""
        return self._wishes.get(thread, 0)

    def keep(self, seq: int, plan: SplitPlan) -> None:
        """The plan of an entry."""
        self._plans[seq] = plan
        while len(self._plans) > KEPT:
            del self._plans[next(iter(self._plans))]

    def known(self, seq: int) -> SplitPlan | None:
        """The plan of an entry, where it was read already."""
        return self._plans.get(seq)

    async def of(self, parts: "Parts", head: Head) -> SplitPlan | None:
        """The plan that waits for the player; None = there is none."""
        if not head.proposed:
            return None
        known = self._plans.get(head.proposed)
        if known is None:
            rows = await parts.reader.rows(head.proposed - 1, 1, head.id, ("SplitProposed",))
            event: Any = load_entry(rows[0]).event if rows else None
            known = event.plan if event is not None else None
            if known is not None:
                self.keep(head.proposed, known)
        return known


async def last_error(parts: "Parts", head: Head) -> str:
    """Why the last proposal came to nothing; empty = it did not, or none was asked for."""
    rows = await parts.reader.tail(head.id, 1 << 62, 1, ("SplitProposed",))
    event: Any = load_entry(rows[0]).event if rows else None
    return event.error if event is not None else ""
