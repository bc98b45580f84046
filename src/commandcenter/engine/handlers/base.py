"""The shape of a handler: a check that may refuse, and a coroutine that acts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commandcenter.core.base import By
from commandcenter.core.orders import AnyOrder, Spawn
from commandcenter.core.refusals import (
    Ended,
    Ending,
    HandingOver,
    NoChange,
    Reason,
    Refused,
    Taken,
    TargetInvalid,
)
from commandcenter.core.world import Head

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


@dataclass
class Carried:
    """One order on its way: who gave it, its receivers, and what would take it back."""

    id: str
    order: Any
    by: By
    threads: tuple[int, ...] = ()
    inverse: list[AnyOrder] = field(default_factory=list)
    undoable: bool = True
    redone: AnyOrder | None = None


Check = Callable[["Engine", Any, Head], None]
"""Raises Refused when this thread cannot take the order."""
Act = Callable[["Engine", Carried, int], Awaitable[None]]
"""Carry the order out for one thread (0 for orders without a target)."""
Before = Callable[["Engine", Any, str], Awaitable[None]]
"""Raises Refused when the whole order cannot be given; the third argument is `by`."""
Doubt = Callable[["Engine", Any, tuple[int, ...]], Reason | None]
"""Why the order wants the second press; None = it does not."""


async def nothing(engine: "Engine", order: Any, by: str) -> None:
    """No condition on the whole order."""


@dataclass(frozen=True)
class Handler:
    """`act` runs once per receiver, or once with thread 0 when the order has no target."""

    act: Act
    check: Check = lambda engine, order, head: None
    before: Before = nothing
    doubt: Doubt = lambda engine, order, threads: None


def born(order: AnyOrder) -> int:
    """How many threads the order starts."""
    return len(order.briefs) * order.count if isinstance(order, Spawn) else 0


def must_live(engine: "Engine", order: Any, head: Head) -> None:
    """Only live threads take it."""
    if head.state == "ended":
        raise Refused(Ended())


def must_act(engine: "Engine", order: Any, head: Head) -> None:
    """Only threads that are neither ended nor on the fuse take it."""
    must_live(engine, order, head)
    if head.state == "dying":
        raise Refused(Ending())
    if head.by_hand:
        raise Refused(Taken())


def must_be_awake(head: Head) -> None:
    """A session that was put away has nothing that could be stopped."""
    if head.state == "hibernated":
        raise Refused(TargetInvalid("the session is put away already; wake opens it"))


def must_stay(head: Head) -> None:
    """Its session is not exchanged for another now."""
    if head.handing is not None:
        raise Refused(HandingOver())


def must_differ(same: bool) -> None:
    """Refuse what is so already."""
    if same:
        raise Refused(NoChange())
