"""A thread's workspace recorded as a commit on a hidden ref, whoever wants it."""

import asyncio
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import CheckpointMade
from commandcenter.core.refusals import Refused, WorkspaceFailed
from commandcenter.core.shaping import CheckpointMark
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def checkpoint(engine: "Engine", thread: int, why: str, cause: str = "") -> CheckpointMark:
    """The files as they are now, new ones too, and where the conversation stands; recorded.

    Raises Refused.
    """
    async with engine.pinning.setdefault(thread, asyncio.Lock()):
        head = engine.parts.world.threads[thread]
        if not head.workspace:
            raise Refused(WorkspaceFailed("it has no workspace yet"))
        number = head.checkpoints[-1].number + 1 if head.checkpoints else 1
        try:
            made = await engine.parts.checkpoints.checkpoint(head.workspace, thread, number)
        except WorkspaceError as error:
            raise Refused(WorkspaceFailed(error.why)) from error
        mark = CheckpointMark(number, made.commit, why, head.turn)
        stamp = Stamp(thread, head.epoch, head.turn, cause=cause)
        await engine.parts.ledger.commit([Fact(CheckpointMade(mark), stamp)])
        return mark
