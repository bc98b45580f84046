"""World's limits, told to the gate."""

from commandcenter.core.world import Limit, World
from commandcenter.gate.base import Scope
from commandcenter.gate.gate import Gate


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


def _scope(scope: str) -> Scope:
    if scope == "day":
        return Scope("day")
    if scope.startswith("@op:"):
        return Scope("operation", scope[4:])
    return Scope("thread", scope[1:])
