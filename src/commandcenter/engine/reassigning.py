"""What the journal and the clock say of handovers, and what an engine's death left of them."""

from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Row, Stamp, load_entry
from commandcenter.core.events import ReassignFailed, ReassignSettled, ToolEnded, TurnEnded
from commandcenter.core.world import Head
from commandcenter.engine import control
from commandcenter.engine.handing import HANDING, LOST, SHOWS, restored
from commandcenter.engine.packet import words

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts


class Handovers:
    """Looks after those that have to be settled."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def rows(self, rows: list[Row]) -> None:
        """The first tool call of the new agent that ended shows it at work."""
        for row in rows:
            if row.kind != "ToolEnded":
                continue
            runner = self._engine.runners.get(row.thread)
            handover = runner.handover if runner is not None else None
            if handover is None or runner is None or row.epoch != runner.epoch:
                continue
            event = load_entry(row).event
            if isinstance(event, ToolEnded) and event.status in SHOWS:
                handover.showed()

    def tick(self, wall: int) -> None:
        """One that works and shows nothing for too long is taken back."""
        for runner in list(self._engine.runners.values()):
            handover = runner.handover
            if handover is None or handover.stage != "settle" or not handover.going:
                continue
            if runner.state != "running" or runner.head.hold or runner.head.waits_for:
                handover.deadline = 0
            elif not handover.deadline:
                seconds = runner.parts.settings.handoff_settle_s
                handover.deadline = wall + int(seconds * 1_000_000_000)
            elif wall > handover.deadline:
                handover.lost("it has not shown itself in time")


# --- after the engine was lost ------------------------------------------------------------------


async def bring_to_an_end(engine: "Engine", head: Head) -> None:
    """A reassign that the engine's death broke off: the source has it, or the target.

    Before `Reassigned` the source goes on; after it the target does, told once more.
    """
    if head.handing is None:
        return
    runner = engine.runner(head.id)
    if head.handing.step != "settle":
        failed = ReassignFailed(head.handing.step, LOST)
        await engine.parts.ledger.commit([Fact(failed, Stamp(head.id, head.epoch, head.turn))])
        if head.why == HANDING:
            control.release(runner)
        return
    if await _showed(engine.parts, head):
        settled = Fact(ReassignSettled(), Stamp(head.id, head.epoch, head.turn))
        await engine.parts.ledger.commit([settled])
        return
    handover = await restored(engine, runner)
    if handover is None:
        return
    handover.in_turn = await _was_in_turn(engine.parts, head)
    runner.handover = handover
    runner.packet = words(engine.parts, head, head.handing.form, handover.text)
    runner.fresh = False
    if head.why == HANDING:
        control.release(runner)


async def _showed(parts: "Parts", head: Head) -> bool:
    """Was the target at work before the engine was lost?"""
    last = await parts.reader.tail(head.id, 1 << 62, 1, ("Reassigned",))
    since = last[0].seq if last else 0
    for row in await parts.reader.rows(since, 10_000, head.id, ("ToolEnded", "TurnEnded")):
        event = load_entry(row).event
        if isinstance(event, ToolEnded) and event.status in SHOWS:
            return True
        if isinstance(event, TurnEnded) and event.stop == "end":
            return True
    return False


async def _was_in_turn(parts: "Parts", head: Head) -> bool:
    """Was the source in a turn when it was stopped for good?"""
    last = await parts.reader.tail(head.id, 1 << 62, 1, ("Reassigned",))
    before = await parts.reader.tail(head.id, last[0].seq if last else 0, 1, ("TurnEnded",))
    event = load_entry(before[0]).event if before else None
    return isinstance(event, TurnEnded) and event.cause == "handover"
