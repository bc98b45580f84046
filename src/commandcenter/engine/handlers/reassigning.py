"""Another agent, account or model goes on with a thread; its text; the way back."""

import asyncio
from typing import TYPE_CHECKING

from commandcenter.core.orders import GoBack, HandOver, Model, Reassign
from commandcenter.core.refusals import (
    AgentMissing,
    ContextTooLarge,
    DriverLacks,
    HandingOver,
    HostDown,
    NoChange,
    NoHandover,
    Refused,
    TargetInvalid,
)
from commandcenter.core.shaping import Carved, Handing, Seat
from commandcenter.core.world import Head
from commandcenter.drivers.catalog import program
from commandcenter.engine.handing import Handover
from commandcenter.engine.handlers.base import Carried, Handler, must_act, must_live
from commandcenter.engine.handlers.money import change_model, check_model, limited
from commandcenter.engine.handlers.seating import Taken, seat
from commandcenter.engine.packet import fits, seat_of
from commandcenter.rules.digest import TOKENS

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.runner import Runner

SAID = ("packet", "edit")
"""Steps at which the text can still be changed."""
BACK = "taken back by you"


HERE = frozenset({"", "local"})
UNSETTLED = frozenset({"starting", "cancelling"})


# --- who may ------------------------------------------------------------------------------------


def check(engine: "Engine", order: Reassign, head: Head) -> Seat:
    """Who would go on with it. Raises Refused."""
    must_act(engine, order, head)
    if head.handing is not None:
        raise Refused(HandingOver())
    if order.host not in HERE:
        raise Refused(HostDown(order.host))
    if head.driver == "terminal":
        raise Refused(DriverLacks("be handed over: a shell has no conversation"))
    if not head.workspace or not head.turn:
        raise Refused(TargetInvalid("it has not begun yet: there is nothing to hand over"))
    if head.state in UNSETTLED:
        raise Refused(TargetInvalid(f"it is {head.state}: wait until its session stands"))
    taken = seat(engine, head, (order.agent, order.account, order.model))
    return _able(engine, head, taken)


def _able(engine: "Engine", head: Head, taken: Taken) -> Seat:
    new = Seat(taken.agent, taken.driver, taken.account, taken.model, taken.profile)
    now = seat_of(head)
    if (new.agent, new.account, new.model) == (now.agent, now.account, now.model):
        raise Refused(NoChange())
    if only_model(head, new):
        check_model(engine, Model(f"#{head.id}", new.model), head)
        return new
    if limited(engine.parts.world, head):
        taken.afford(engine, Carved(head.limit.usd or head.spent.usd))
    if not fits(engine.parts, new):
        size = engine.parts.window(new.account, new.model)
        raise Refused(ContextTooLarge(TOKENS, size))
    return new


def only_model(head: Head, new: Seat) -> bool:
    """The same agent and account: the order `model` does it, in the middle of a turn too."""
    return (new.agent, new.account) == (head.agent, head.account) and bool(head.account)


async def must_be_here(parts: "Parts", agent: str) -> None:
    """Raises Refused unless the agent's program is installed."""
    spec = parts.agents.get(agent)
    if spec is None or spec.driver not in parts.drivers:
        raise Refused(AgentMissing(agent))
    if spec.command:
        person = await parts.person_env.get()
        if not await asyncio.to_thread(program, spec, person.get("PATH", "")):
            raise Refused(AgentMissing(agent))


async def begin(engine: "Engine", runner: "Runner", new: Seat, order: Reassign, cause: str) -> None:
    """It is recorded that it has begun; the rest happens in the background. Raises Refused."""
    if runner.handover is not None:
        raise Refused(HandingOver())
    old = seat_of(runner.head)
    handing = Handing("packet", old, new, epoch=runner.epoch)
    await Handover(engine, runner, handing, cause).begin(order.now)


async def _before(engine: "Engine", order: Reassign, by: str) -> None:
    if order.agent:
        await must_be_here(engine.parts, order.agent)


def _check(engine: "Engine", order: Reassign, head: Head) -> None:
    check(engine, order, head)


async def _reassign(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Reassign = carried.order
    head = engine.parts.world.threads[thread]
    new = check(engine, order, head)
    if only_model(head, new):
        inner = Carried(carried.id, Model(f"#{thread}", new.model), carried.by)
        await change_model(engine, inner, thread)
        carried.inverse += inner.inverse
        return
    await begin(engine, engine.runner(thread), new, order, carried.id)
    carried.inverse.append(GoBack(f"#{thread}"))


def _check_text(engine: "Engine", order: HandOver, head: Head) -> None:
    must_live(engine, order, head)
    if head.handing is None or head.handing.step not in SAID:
        raise Refused(NoHandover())


async def _hand_over(engine: "Engine", carried: Carried, thread: int) -> None:
    order: HandOver = carried.order
    handover = engine.runner(thread).handover
    if handover is None or handover.handing.step not in SAID:
        raise Refused(NoHandover())
    handover.send(order.text)


def _check_back(engine: "Engine", order: GoBack, head: Head) -> None:
    must_live(engine, order, head)
    if head.handing is None:
        raise Refused(NoHandover())


async def _go_back(engine: "Engine", carried: Carried, thread: int) -> None:
    handover = engine.runner(thread).handover
    if handover is None or handover.shown:
        raise Refused(NoHandover())
    await handover.take_back(BACK)


HANDLERS: dict[str, Handler] = {
    "reassign": Handler(_reassign, _check, _before),
    "hand-over": Handler(_hand_over, _check_text),
    "go-back": Handler(_go_back, _check_back),
}
