"""Sessions put away, woken, compacted, taken by hand and given back; logins let through."""

import hashlib
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.consent import sentence
from commandcenter.core.events import LoginAllowed, LoginForbidden
from commandcenter.core.orders import (
    AllowLogin,
    Compact,
    ForbidLogin,
    GiveBack,
    Hibernate,
    Take,
    Wake,
)
from commandcenter.core.refusals import (
    AgentMissing,
    DriverLacks,
    NotAuthorised,
    Refused,
    TargetInvalid,
)
from commandcenter.core.world import Head
from commandcenter.engine import resting
from commandcenter.engine.handlers.base import (
    Carried,
    Handler,
    must_act,
    must_differ,
    must_live,
    must_stay,
)
from commandcenter.engine.logins import account_of, tell_gate
from commandcenter.engine.rejoining import told_results

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

PLAYER = frozenset({"player", "cli", "test"})


def _check_hibernate(engine: "Engine", order: Hibernate, head: Head) -> None:
    must_act(engine, order, head)
    must_stay(head)
    must_differ(head.state == "hibernated")
    resting.check_hibernate(head)


async def _hibernate(engine: "Engine", carried: Carried, thread: int) -> None:
    await resting.hibernate(engine.runner(thread), "put away by you")


def _check_wake(engine: "Engine", order: Wake, head: Head) -> None:
    must_act(engine, order, head)
    must_differ(head.state != "hibernated")


async def _wake(engine: "Engine", carried: Carried, thread: int) -> None:
    runner = engine.runner(thread)
    await told_results(engine, runner)
    resting.wake(engine, runner)


def _check_compact(engine: "Engine", order: Compact, head: Head) -> None:
    must_act(engine, order, head)
    must_stay(head)
    if head.caps.get("compact") != "yes":
        raise Refused(DriverLacks("make its context smaller"))
    if head.state != "idle":
        raise Refused(TargetInvalid("the context is made smaller while the thread is idle"))


async def _compact(engine: "Engine", carried: Carried, thread: int) -> None:
    await engine.runner(thread).prompt("/compact", "player")


def _check_take(engine: "Engine", order: Take, head: Head) -> None:
    must_act(engine, order, head)
    must_stay(head)
    resting.check_take(engine.runner(head.id), head)


async def _take(engine: "Engine", carried: Carried, thread: int) -> None:
    await resting.take(engine.runner(thread))
    carried.inverse.append(GiveBack(f"#{thread}"))


def _check_give_back(engine: "Engine", order: GiveBack, head: Head) -> None:
    must_live(engine, order, head)
    must_differ(not head.by_hand)


async def _give_back(engine: "Engine", carried: Carried, thread: int) -> None:
    await resting.give_back(engine, engine.runner(thread))


async def _check_allow(engine: "Engine", order: AllowLogin, by: str) -> None:
    if by not in PLAYER:
        raise Refused(NotAuthorised(by))
    spec = engine.parts.agents.get(order.agent)
    if spec is None or not spec.login:
        raise Refused(AgentMissing(order.agent))
    must_differ(order.agent in engine.parts.world.logins)


async def _allow(engine: "Engine", carried: Carried, thread: int) -> None:
    order: AllowLogin = carried.order
    spec = engine.parts.agents[order.agent]
    digest = hashlib.sha256(sentence(order.agent, spec.login).encode()).hexdigest()
    account = account_of(engine.parts, spec).id
    allowed = LoginAllowed(order.agent, account, digest)
    await engine.parts.ledger.commit([Fact(allowed, Stamp(cause=carried.id))])
    tell_gate(engine.parts)
    carried.inverse.append(ForbidLogin(order.agent))


async def _check_forbid(engine: "Engine", order: ForbidLogin, by: str) -> None:
    must_differ(order.agent not in engine.parts.world.logins)


async def _forbid(engine: "Engine", carried: Carried, thread: int) -> None:
    order: ForbidLogin = carried.order
    forbidden = LoginForbidden(order.agent)
    await engine.parts.ledger.commit([Fact(forbidden, Stamp(cause=carried.id))])
    tell_gate(engine.parts)


HANDLERS: dict[str, Handler] = {
    "hibernate": Handler(_hibernate, _check_hibernate),
    "wake": Handler(_wake, _check_wake),
    "compact": Handler(_compact, _check_compact),
    "take": Handler(_take, _check_take),
    "give-back": Handler(_give_back, _check_give_back),
    "allow-login": Handler(_allow, before=_check_allow),
    "forbid-login": Handler(_forbid, before=_check_forbid),
}
