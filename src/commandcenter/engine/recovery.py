"""What an engine does before its gate opens: end what was left, restore what was held, go on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AgentNote,
    CallSettled,
    Event,
    OrderRefused,
    StateChanged,
    ToolEnded,
    TurnEnded,
    reason_data,
)
from commandcenter.core.refusals import EngineLost
from commandcenter.core.states import State
from commandcenter.core.world import Head, OpenCall, World

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


async def end_survivors(engine: "Engine") -> int:
    """Kill every process of ours that an earlier engine left; how many there were."""
    host = engine.parts.host
    left = await host.survivors()
    for thread, epoch in {(one.thread, one.epoch) for one in left}:
        await host.kill_tree(thread, epoch)
    return len(left)


async def recover(engine: "Engine") -> None:
    """World as it was, with nothing half done; then threads go on or wait (`after_crash`)."""
    parts = engine.parts
    facts = lost_facts(parts.world, parts.gate.lost)
    unknown = {fact.stamp.thread for fact in facts if isinstance(fact.event, ToolEnded)}
    if facts:
        await parts.ledger.commit(facts)
    parts.gate.restore(parts.world)
    for head in list(parts.world.threads.values()):
        if head.state != "ended":
            await bring_back(engine, head, unknown=head.id in unknown)


def lost_facts(world: World, price: Callable[[OpenCall], CallSettled]) -> list[Fact]:
    """Ends for everything that began and has none (reliability.md 4)."""
    facts = [_fact(call.thread, world, price(call)) for call in world.calls.values()]
    for effect, thread in world.tools.items():
        ended = ToolEnded("", effect, "unknown", 0, "", summary="the engine was lost meanwhile")
        facts.append(_fact(thread, world, ended))
    for order in world.given:
        reason = EngineLost()
        lost = OrderRefused(order, reason_data(reason), reason.text(), reason.mend())
        facts.append(Fact(lost, Stamp(cause=order)))
    for head in world.threads.values():
        if head.in_turn and head.state != "ended":
            ended_turn = TurnEnded("crashed", cause="engine", error="the engine was lost")
            facts.append(_fact(head.id, world, ended_turn))
    return facts


def _fact(thread: int, world: World, event: Event) -> Fact:
    head = world.threads.get(thread)
    epoch, turn = (head.epoch, head.turn) if head is not None else (0, 0)
    return Fact(event, Stamp(thread, epoch, turn))


async def bring_back(engine: "Engine", head: Head, *, unknown: bool) -> None:
    """One live thread after a restart: its state first, then its session."""
    runner = engine.runner(head.id)
    if head.state == "dying":
        await runner.end("killed", "killed by you; its fuse ended with the engine")
        return
    stopped = head.state in ("paused", "pausing", "frozen") or "player" in head.hold
    wait = unknown or engine.parts.settings.after_crash == "hold"
    if head.state == "crashed" and head.parked:
        return
    if unknown:
        note = "a tool call was running when the engine was lost; it may have happened"
        runner.post(AgentNote("notice", note))
    state: State = "starting" if head.state != "starting" else head.state
    runner.state = state
    changed = StateChanged(head.state, state, "opened again after the engine was lost")
    runner.post(changed)
    runner.want_pause = stopped or wait
    going = head.in_turn or head.state in ("running", "waiting", "pausing", "cancelling")
    was_turn = going or (stopped and head.before in ("running", "waiting"))
    runner.cut = bool(was_turn)
    prompt = "" if was_turn and head.turn else None
    engine.launch(head.id, prompt)
