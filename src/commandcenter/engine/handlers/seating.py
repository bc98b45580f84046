"""Who does a child's work: agent, account and model, named or the parent's, known and priced."""

from typing import TYPE_CHECKING

from commandcenter.config.accounts import Account
from commandcenter.core.base import Record
from commandcenter.core.orders import Spawn, Split
from commandcenter.core.refusals import (
    AgentMissing,
    CannotRewriteModel,
    DriverLacks,
    PriceUnknown,
    Refused,
    TargetInvalid,
)
from commandcenter.core.shaping import Carved, SplitPlan
from commandcenter.core.world import Head
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.handlers.money import knows_price
from commandcenter.engine.launching import is_foreign
from commandcenter.engine.routing import choose_account, known_accounts

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


class Taken(Record, frozen=True):
    """A child's seat; account "" = the agent is not routed."""

    agent: str
    driver: str
    account: str
    model: str
    profile: str = ""

    def afford(self, engine: "Engine", share: Carved) -> None:
        """Raises Refused when a money limit could not be checked on it."""
        account = engine.parts.accounts.get(self.account)
        if account is None or account.auth != "key" or share.usd is None:
            return
        if not knows_price(engine, account, self.model):
            raise Refused(PriceUnknown(self.model))


def seats(engine: "Engine", order: Split, plan: SplitPlan, head: Head) -> list[Taken]:
    """One for each sub-task: what the order names, else the plan, else the parent's.

    Raises Refused.
    """
    count = len(plan.tasks)
    agents = _each(order.agent, "agent", count)
    accounts = _each(order.account, "account", count)
    models = _each(order.model, "model", count)
    taken = [
        seat(engine, head, (agent or task.agent, account or task.account, model or task.model))
        for task, agent, account, model in zip(plan.tasks, agents, accounts, models, strict=True)
    ]
    for task, one in zip(plan.tasks, taken, strict=True):
        if task.temperature is not None:
            _warmth(engine, one, task.temperature)
    return taken


def _warmth(engine: "Engine", seat: Taken, temperature: float) -> None:
    """Raises Refused where no call of the child would carry it."""
    if seat.driver != "native":
        raise Refused(DriverLacks("take a temperature: its calls are its own"))
    if temperature > 1 and engine.parts.accounts[seat.account].kind == "anthropic":
        raise Refused(TargetInvalid(f"on account {seat.account} a temperature is 0 to 1"))


def _each(named: str, word: str, count: int) -> list[str]:
    """One name for all, or one for each child. Raises Refused."""
    names = [name.strip() for name in named.split(",")]
    if len(names) == 1:
        return names * count
    if len(names) != count:
        raise Refused(TargetInvalid(f"--{word} names {len(names)} for {count} children"))
    return names


def seat(engine: "Engine", head: Head, named: tuple[str, str, str]) -> Taken:
    """Agent, account and model as named, else the thread's. Raises Refused."""
    agent, account_id, model = named
    agent = agent or head.agent
    spec = _agent(engine, agent)
    account = _account(engine, head, spec, account_id)
    if account is None:
        model = model or (head.model if agent == head.agent else "")
        return Taken(agent, spec.driver, "", model, _profile(head, spec))
    if not model:
        same = account.id == head.account
        model = head.model if same else account.model
    if not model and account.auth != "login":
        raise Refused(TargetInvalid(f"account {account.id} has no default model; give --model"))
    if model and account.practice != model.startswith("sparring-"):
        raise Refused(CannotRewriteModel(model))
    return Taken(agent, spec.driver, account.id, model, _profile(head, spec))


def _agent(engine: "Engine", name: str) -> AgentSpec:
    spec = engine.parts.agents.get(name)
    if spec is None or spec.driver not in engine.parts.drivers:
        raise Refused(AgentMissing(name))
    if spec.driver == "terminal":
        raise Refused(DriverLacks("be a child: a shell takes no brief"))
    return spec


def _profile(head: Head, spec: AgentSpec) -> str:
    return (head.profile or "mine") if is_foreign(spec) else ""


def _account(engine: "Engine", head: Head, spec: AgentSpec, named: str) -> Account | None:
    """The account named, the parent's where the agent speaks it, else what a spawn would take;
    practice stays practice. Raises Refused."""
    order = Spawn(agent=spec.id, account=named)
    if named:
        return choose_account(engine, order, spec)
    own = known_accounts(engine).get(head.account)
    if spec.id == head.agent or (own is not None and _speaks(own, spec)):
        return own
    if own is not None and own.practice:
        practice = (a for a in known_accounts(engine).values() if a.practice and _speaks(a, spec))
        found = next(practice, None)
        if found is not None:
            return found
    return choose_account(engine, order, spec)


def _speaks(account: Account, spec: AgentSpec) -> bool:
    return account.kind in spec.wires and account.auth == "key"
