"""What a child's first session begins with of its parent's conversation (agents.md 4, 5)."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from commandcenter.core.codec import Entry, load_entry
from commandcenter.core.events import Event, Forked, TurnMarked
from commandcenter.core.shaping import HandoffForm
from commandcenter.core.world import Head
from commandcenter.drivers.base import SEEDED, Origin, SessionRef, SessionStart
from commandcenter.engine.launching import environment
from commandcenter.rules.digest import Told, digest
from commandcenter.rules.handing import block, conversation, history
from commandcenter.rules.retelling import KINDS

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts

PAGE: Final = 5_000
FITS: Final = 0.8
"""Of the child's window its parent's conversation may fill."""
UNKNOWN_WINDOW: Final = 32_000
"""Tokens that are taken along where the child's window is not known."""
DIGESTED: Final = (
    *KINDS, "TurnEnded", "Asked", "Answered", "PlanChanged", "SteerQueued", "SteerDelivered",
    "SteerWithdrawn",
)  # fmt: skip
"""The entries that a digest is made of."""


class Inherited(NamedTuple):
    """The start with what it inherits, and the fact to record once it is open."""

    start: SessionStart
    facts: tuple[Event, ...]


async def inherit(parts: "Parts", head: Head, start: SessionStart) -> Inherited:
    """A child's first session gets its parent's conversation, in the best form it can take."""
    parent = parts.world.threads.get(head.parent)
    begun = head.turn or start.history  # a session lost before its first turn begins anew
    if head.fork_at < 0 or parent is None or begun:
        return Inherited(start, ())
    form = form_of(parts, parent, head)
    if form == "digest":
        return await in_words(parts, head, start)
    facts = (Forked(parent.id, head.fork_at, form),)
    if form == "items" or head.driver == "native":
        entries = await entries_of(parts, parent.id, KINDS)
        same = form == "native"
        told = history(entries, head.fork_at) if same else _cut(parts, entries, head)
        return Inherited(replace(start, seed=told), facts)
    return Inherited(replace(start, fork=await _origin(parts, parent, head)), facts)


async def in_words(parts: "Parts", head: Head, start: SessionStart) -> Inherited:
    """A digest before the first prompt: what every kind of agent can take."""
    parent = parts.world.threads[head.parent]
    facts = (Forked(parent.id, head.fork_at, "digest"),)
    return Inherited(await digested(parts, parent, head, start), facts)


def form_of(parts: "Parts", parent: Head, head: Head) -> HandoffForm:
    """native where the child's agent can copy the session itself, items where it takes a
    conversation of ours as its past, else a digest; scouts are to be cheap."""
    size = parts.window(head.account, head.model)
    if head.kind == "scout" or (size and parent.context_used > FITS * size):
        return "digest"
    if head.agent == parent.agent and _copies(parts, parent, head):
        return "native"
    return "items" if head.driver in SEEDED else "digest"


def _copies(parts: "Parts", parent: Head, head: Head) -> bool:
    if head.driver == "native":
        there, here = parts.accounts.get(parent.account), parts.accounts.get(head.account)
        return there is not None and here is not None and there.kind == here.kind
    can = parent.caps.get("fork", "none")
    at_end = head.fork_at >= parent.turn
    known = bool(parent.agent_session) and parent.profile == head.profile
    return known and (can == "any" or (can == "end" and at_end))


def _cut(parts: "Parts", entries: list[Entry], head: Head) -> tuple[object, ...]:
    size = parts.window(head.account, head.model)
    return conversation(entries, int(size * FITS) or UNKNOWN_WINDOW, head.fork_at)


async def digested(parts: "Parts", parent: Head, head: Head, start: SessionStart) -> SessionStart:
    """The start with a digest of the parent before its first prompt."""
    entries = await entries_of(parts, parent.id, DIGESTED, head.fork_at)
    operation = parts.world.operations.get(parent.operation)
    told = Told(
        parent.goal,
        parent.brief,
        success=operation.success if operation is not None else "",
        never=operation.never if operation is not None else "",
    )
    quoted = block(parent.name, digest(entries, told), parts.ids.fresh())
    return replace(start, fork=None, seed=(), handoff=f"{quoted}\n\n")


async def entries_of(
    parts: "Parts", thread: int, kinds: tuple[str, ...], until: int = 0
) -> list[Entry]:
    """The thread's entries of these kinds, up to the end of turn `until`; 0 = all."""
    found: list[Entry] = []
    since = 0
    while rows := await parts.reader.rows(since, PAGE, thread, kinds):
        found += map(load_entry, rows)
        since = rows[-1].seq
    return [entry for entry in found if not until or entry.stamp.turn <= until]


async def _origin(parts: "Parts", parent: Head, head: Head) -> Origin:
    at = head.fork_at if head.fork_at < parent.turn else 0
    mark = ""
    if at:
        for entry in await entries_of(parts, parent.id, ("TurnMarked",)):
            if entry.stamp.turn == at and isinstance(entry.event, TurnMarked):
                mark = entry.event.mark
    env = await environment(parts, parent)
    ref = SessionRef(parts.agents[parent.agent].driver, parent.agent_session)
    return Origin(ref, at, mark, parent.workspace, env)


@contextlib.asynccontextmanager
async def resting(parts: "Parts", head: Head, start: SessionStart) -> AsyncIterator[None]:
    """While an agent copies its own session, the parent makes no call that would change it."""
    if start.fork is None:
        yield
        return
    parts.copying[head.parent] += 1
    parts.gate.hold(head.parent, "epoch")
    try:
        yield
    finally:
        parts.copying[head.parent] -= 1
        if not parts.copying[head.parent]:
            parts.gate.release(head.parent, "epoch")
