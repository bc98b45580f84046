"""What an engine does before its gate opens: end what was left, restore what was held, go on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AgentNote,
    AlertRaised,
    CallSettled,
    Event,
    OrderRefused,
    ToolEnded,
    TurnEnded,
    reason_data,
)
from commandcenter.core.refusals import EngineLost
from commandcenter.core.states import MOVES
from commandcenter.core.text import one_line
from commandcenter.core.world import Head, OpenCall, World
from commandcenter.engine.carving import WAITS
from commandcenter.engine.handing import HANDING
from commandcenter.engine.logins import tell_gate
from commandcenter.engine.opening import UNKNOWN
from commandcenter.engine.reassigning import bring_to_an_end
from commandcenter.engine.results_recovery import (
    lost_verdicts,
    settle_results,
    sweep,
    verified_in,
)

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

STOPPED = frozenset({"paused", "pausing", "frozen"})
GOES_ON = "opened again after the engine was lost"
RESTS = "opens again after the engine was lost, and rests: "
"""So that an engine lost meanwhile is followed by one that lets the thread rest all the same."""
BROKEN_OFF = "the engine was lost before its children were born; it goes on as it was"
HELD = "held after the engine was lost"


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
    verified = verified_in(parts.world)
    facts = lost_facts(parts.world, parts.gate.lost) + lost_verdicts(parts.world)
    unknown = {fact.stamp.thread for fact in facts if isinstance(fact.event, ToolEnded)}
    if facts:
        await parts.ledger.commit(facts)
    parts.gate.restore(parts.world)
    tell_gate(parts)
    await settle_results(engine)
    await sweep(engine, verified)
    for head in list(parts.world.threads.values()):
        if head.state != "ended":
            await bring_to_an_end(engine, head)
            await bring_back(engine, head, unknown=head.id in unknown)
    if unknown:
        parts.ledger.post([Fact(_unknown_alert(parts.world, unknown))])


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


def _unknown_alert(world: World, threads: set[int]) -> AlertRaised:
    """The one alert after a crash that names what nobody can know (reliability.md 4)."""
    names = ", ".join(world.threads[thread].name for thread in sorted(threads))
    line = one_line(f"the engine was lost; a tool call may have happened in: {names}", 200)
    return AlertRaised("recovered", "warn", "failed", line, "look at its diff, then E goes on")


async def bring_back(engine: "Engine", head: Head, *, unknown: bool) -> None:
    """One live thread after a restart: its state first, then its session."""
    runner = engine.runner(head.id)
    if head.state == "dying":
        await runner.end("killed", "killed by you; its fuse ended with the engine")
        return
    if (head.state == "crashed" and head.parked) or head.state == "hibernated":
        return
    if unknown:
        runner.post(AgentNote("notice", UNKNOWN))
    why = _why_stand(engine, head, unknown=unknown)
    if "starting" not in {head.state, *MOVES[head.state]}:
        runner.move("crashed", "the engine was lost")
    runner.move("starting", f"{RESTS}{why}" if why else GOES_ON)
    runner.want_pause = why
    engine.launch(head.id, "" if head.broken and runner.packet is None else None)


def _why_stand(engine: "Engine", head: Head, *, unknown: bool) -> str:
    """Why the thread is to stand after the restart; empty = it goes on."""
    if unknown:
        return UNKNOWN
    hands = head.why == HANDING
    if head.state in STOPPED and not hands:
        return BROKEN_OFF if head.why == WAITS and not head.children else head.why
    if head.state == "starting" and head.why.startswith(RESTS):
        return head.why.removeprefix(RESTS)
    if "player" in head.hold and not hands:
        return "paused by you"
    return HELD if engine.parts.settings.after_crash == "hold" else ""
