"""What an agent changed from which the work is taken again: kept aside, then undone."""

from typing import TYPE_CHECKING

from commandcenter.core.refusals import Refused
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.hosts.hidden import SPACE
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.handing import Handover


async def files_back(handover: "Handover") -> str:
    """The files are those of the checkpoint before; one sentence for the player, empty = nothing
    had changed. What stood there is a checkpoint of its own."""
    runner = handover.runner
    head = runner.head
    mark = next((m for m in head.checkpoints if m.number == handover.handing.checkpoint), None)
    if mark is None:
        return "its files stay as they are: the checkpoint is not known"
    try:
        kept = await checkpoint(handover.engine, runner.thread, "rollback", handover.cause)
        if kept.commit == mark.commit:
            return ""
        ref = f"{SPACE}/rollbacks/{runner.thread}/{kept.number}"
        async with handover.engine.results.writing(runner.thread):
            restore = runner.parts.checkpoints.restore
            await restore(head.workspace, mark.commit, ref, head.branch, head.id)
    except (Refused, WorkspaceError) as error:
        return f"its files could not be put back: {error}"
    return f"what it changed is kept as checkpoint {kept.number}"
