"""World's limits and sums, told to the gate."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from commandcenter.core.world import Limit, Spent, Tokens, World
from commandcenter.gate.base import Scope

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


def push_limits(parts: "Parts") -> None:
    """Every scope's limit to the gate; it wakes what waited for room."""
    for scope, limit, _, _ in scopes(parts.world):
        parts.gate.limit(scope, limit)


def scopes(world: World) -> Iterator[tuple[Scope, Limit, Tokens, Spent]]:
    """Every scope that may have a limit, with what it has spent."""
    yield Scope("day"), world.day_limit, world.day_tokens, world.day_spent
    for operation in world.operations.values():
        scope = Scope("operation", operation.name)
        yield scope, operation.limit, operation.tokens, operation.spent
    for head in world.threads.values():
        if head.state != "ended":
            yield Scope("thread", str(head.id)), head.limit, head.tokens, head.spent
