"""World's limits, told to the gate."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AgentNote, LimitSet
from commandcenter.core.world import Limit, World
from commandcenter.gate.base import Scope
from commandcenter.gate.gate import Gate

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


def limit_of(world: World, scope: str) -> Limit:
    """The limit that `day`, `@op:NAME` or `#3` has now."""
    if scope == "day":
        return world.day_limit
    if scope.startswith("@op:"):
        return world.operations[scope[4:]].limit
    return world.threads[int(scope[1:])].limit


def push_limits(gate: Gate, world: World, scopes: tuple[str, ...]) -> None:
    """These scopes' limits to the gate; what waited for room goes on at once."""
    for scope in scopes:
        gate.limit(_scope(scope), limit_of(world, scope))


def limit_as_reported(parts: "Parts", thread: int) -> None:
    """An agent whose calls pass elsewhere cannot be held before them: its token limit counts from
    now on what it reports, and the transcript says so."""
    head = parts.world.threads.get(thread)
    if head is None or head.metered or head.limit.reported or head.limit.tokens is None:
        return
    limit = head.limit
    scope, stamp = f"#{thread}", Stamp(thread, head.epoch)
    again = LimitSet(scope, limit.usd, limit.tokens, limit.at_limit, limit.share, True)
    said = "its calls pass elsewhere: the limit now counts what it reports, after each turn"
    parts.ledger.post([Fact(again, stamp), Fact(AgentNote("notice", said), stamp)])
    reported = replace(limit, reported=True)
    parts.gate.limit(_scope(scope), reported)


def _scope(scope: str) -> Scope:
    if scope == "day":
        return Scope("day")
    if scope.startswith("@op:"):
        return Scope("operation", scope[4:])
    return Scope("thread", scope[1:])
