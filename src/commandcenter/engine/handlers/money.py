"""Limits, models, spending and accounts."""

import contextlib
from typing import TYPE_CHECKING, Literal

from commandcenter.config.accounts import Account
from commandcenter.core.base import AgentFailed
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import (
    AccountOpened,
    LimitSet,
    ModelChanged,
    SpendingFrozen,
    SpendingResumed,
)
from commandcenter.core.orders import Budget, FreezeSpending, Model, OpenAccount, ResumeSpending
from commandcenter.core.refusals import (
    AccountMissing,
    CannotRewriteModel,
    ContextTooLarge,
    DriverLacks,
    HandingOver,
    PriceUnknown,
    Refused,
    TargetInvalid,
    TargetMissing,
)
from commandcenter.core.targets import resolve
from commandcenter.core.world import Head, Limit, World
from commandcenter.engine.handlers.base import Carried, Handler, must_act, must_differ
from commandcenter.engine.launching import route_of
from commandcenter.engine.limits import limit_of, push_limits
from commandcenter.gate.base import Scope

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.runner import Runner

WINDOW_SHARE = 0.95
"""Of a model's window a conversation may fill (gate.md 6)."""


def knows_price(engine: "Engine", account: Account, model: str) -> bool:
    """Has a call to this model a price a money limit could be checked by?"""
    return engine.price(account.id, model, Usage(1_000, output=1_000)).usd is not None


def scopes(world: World, target: str) -> tuple[str, ...]:
    """`day`, `@op:NAME`, or one `#id` per thread. Raises Refused."""
    if target == "day":
        return ("day",)
    if target.startswith("@op:"):
        if target[4:] not in world.operations:
            raise Refused(TargetMissing(f"operation {target[4:]}"))
        return (target,)
    return tuple(f"#{thread}" for thread in resolve(world, target))


async def _check_budget(engine: "Engine", order: Budget, by: str) -> None:
    world = engine.parts.world
    named = scopes(world, order.target)
    new = _limit(order)
    must_differ(all(limit_of(world, scope) == new for scope in named))
    if order.share is not None:
        _check_share(engine, order, named)
    if order.at_limit == "downgrade" and order.target == "day":
        raise Refused(TargetInvalid("a step down the ladder is for threads and operations"))
    if order.usd is None or order.target == "day":
        return
    for head in world.threads.values():
        account = engine.parts.accounts.get(head.account)
        counts = account is not None and account.auth == "key" and _inside(head, named)
        if counts and account and not knows_price(engine, account, head.model):
            raise Refused(PriceUnknown(head.model))


def _limit(order: Budget) -> Limit:
    return Limit(order.usd, order.tokens, order.at_limit, order.share, order.reported)


def _check_share(engine: "Engine", order: Budget, named: tuple[str, ...]) -> None:
    """A share is of a plan's window."""
    if not 1 <= (order.share or 0) <= 100:
        raise Refused(TargetInvalid("--share is 1 to 100, percent of each plan window"))
    if order.target == "day":
        raise Refused(TargetInvalid("the day's limit is of key accounts; a plan has --share"))
    world = engine.parts.world
    heads = [head for head in world.threads.values() if _inside(head, named)]
    accounts = (engine.parts.accounts.get(head.account) for head in heads)
    if not any(account is not None and account.auth == "login" for account in accounts):
        raise Refused(TargetInvalid("no thread of it is on a plan, so it has no window to share"))


def _inside(head: Head, named: tuple[str, ...]) -> bool:
    """Is the thread alive and within one of the scopes?"""
    ours = f"#{head.id}" in named or f"@op:{head.operation}" in named
    return ours and head.state != "ended"


async def _budget(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Budget = carried.order
    world = engine.parts.world
    named = scopes(world, order.target)
    facts = []
    for scope in named:
        old = limit_of(world, scope)
        event = LimitSet(
            scope, order.usd, order.tokens, order.at_limit, order.share, order.reported
        )
        owner = int(scope[1:]) if scope.startswith("#") else 0
        facts.append(Fact(event, Stamp(owner, cause=carried.id)))
        carried.inverse.append(
            Budget(scope, old.usd, old.tokens, old.at_limit, old.share, old.reported)
        )
    await engine.parts.ledger.commit(facts)
    push_limits(engine.parts.gate, world, named)


def check_model(engine: "Engine", order: Model, head: Head) -> None:
    """Raises Refused unless the thread's calls can go to that model."""
    must_act(engine, order, head)
    if head.handing is not None:
        raise Refused(HandingOver())
    must_differ(head.model == order.to)
    account = engine.parts.accounts.get(head.account)
    if account is None:
        raise Refused(AccountMissing(head.account))
    if account.auth == "login" and head.caps.get("set_model") in (None, "none"):
        raise Refused(DriverLacks("change its model"))
    if account.practice != order.to.startswith("sparring-"):
        raise Refused(CannotRewriteModel(order.to))
    if limited(engine.parts.world, head) and not knows_price(engine, account, order.to):
        raise Refused(PriceUnknown(order.to))
    size = engine.parts.window(account.id, order.to)
    if size and head.context_used > WINDOW_SHARE * size:
        raise Refused(ContextTooLarge(head.context_used, size))


def limited(world: World, head: Head) -> bool:
    """Does a limit in money hold it?"""
    operation = world.operations.get(head.operation)
    return head.limit.usd is not None or (operation is not None and operation.limit.usd is not None)


async def change_model(engine: "Engine", carried: Carried, thread: int) -> None:
    """Its next call goes there: at the gate, or the agent is told. Raises Refused."""
    order: Model = carried.order
    head = engine.parts.world.threads[thread]
    runner = engine.runner(thread)
    login = engine.parts.accounts[head.account].auth == "login"
    how = await _told(runner, order.to) if login else "gate"
    changed = ModelChanged(head.model, order.to, how)
    await engine.parts.ledger.commit([Fact(changed, Stamp(thread, runner.epoch))])
    engine.parts.gate.route(thread, route_of(engine.parts, thread))
    if not login and runner.session is not None:
        with contextlib.suppress(AgentFailed):  # the gate sends every call to the new one
            await runner.session.set_model(order.to)
    runner.measure(order.to)
    carried.inverse.append(Model(f"#{thread}", head.model))


async def _told(runner: "Runner", model: str) -> Literal["agent", "restart"]:
    """On a plan the agent alone names the model: it takes it, or nothing has changed.

    Without a session the next one begins with it. Raises Refused.
    """
    if runner.session is None:
        return "restart"
    try:
        said = await runner.session.set_model(model)
    except AgentFailed as error:
        raise Refused(DriverLacks(f"change its model now ({error})")) from error
    if said == "refused":
        raise Refused(DriverLacks("change its model now"))
    return "agent"


async def _check_freeze(engine: "Engine", order: FreezeSpending, by: str) -> None:
    _account(engine, order.account)
    must_differ((order.account or "*") in engine.parts.world.frozen_accounts)


def _account(engine: "Engine", name: str) -> None:
    if name and name not in engine.parts.accounts:
        raise Refused(AccountMissing(name))


def _scope(account: str) -> Scope:
    return Scope("account", account) if account else Scope("all")


async def _freeze(engine: "Engine", carried: Carried, thread: int) -> None:
    order: FreezeSpending = carried.order
    engine.parts.gate.freeze_spending(_scope(order.account), True)
    engine.parts.gate.cut(_scope(order.account), "spend_freeze")
    await engine.parts.ledger.commit([Fact(SpendingFrozen(order.account))])


async def _check_thaw(engine: "Engine", order: ResumeSpending, by: str) -> None:
    _account(engine, order.account)
    frozen = engine.parts.world.frozen_accounts
    must_differ(order.account not in frozen if order.account else not frozen)


async def _thaw(engine: "Engine", carried: Carried, thread: int) -> None:
    order: ResumeSpending = carried.order
    await engine.parts.ledger.commit([Fact(SpendingResumed(order.account))])
    engine.parts.gate.freeze_spending(_scope(order.account), False)


async def _check_open(engine: "Engine", order: OpenAccount, by: str) -> None:
    _account(engine, order.account)
    held = engine.parts.world.accounts.get(order.account)
    must_differ(held is None or held.closed_until == -1)


async def _open(engine: "Engine", carried: Carried, thread: int) -> None:
    order: OpenAccount = carried.order
    await engine.parts.ledger.commit([Fact(AccountOpened(order.account))])
    engine.parts.gate.open_account(order.account)


HANDLERS: dict[str, Handler] = {
    "budget": Handler(_budget, before=_check_budget),
    "model": Handler(change_model, check_model),
    "freeze-spending": Handler(_freeze, before=_check_freeze),
    "resume-spending": Handler(_thaw, before=_check_thaw),
    "open-account": Handler(_open, before=_check_open),
}
