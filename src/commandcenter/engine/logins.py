"""Plan logins of the person's own agents: the accounts they have, and who was let through."""

from typing import TYPE_CHECKING

from commandcenter.config.accounts import Account
from commandcenter.drivers.base import AgentSpec

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts


def login_account(spec: AgentSpec) -> Account:
    """The account of an agent's own login: its fixed upstream, no key, no other client."""
    return Account(f"{spec.id}-plan", spec.wires[0], auth="login", agent=spec.driver)  # type: ignore[arg-type]  # only those have a login


def login_accounts(agents: dict[str, AgentSpec]) -> dict[str, Account]:
    """One for each agent that has a login of its own."""
    made = [login_account(spec) for spec in agents.values() if spec.login]
    return {account.id: account for account in made}


def account_of(parts: "Parts", spec: AgentSpec) -> Account:
    """The account that the agent's login goes through: the person's own entry, else the built-in
    one."""
    theirs = (a for a in parts.accounts.values() if a.auth == "login" and a.agent == spec.driver)
    return next(theirs, login_account(spec))


def tell_gate(parts: "Parts") -> None:
    """Whose login may pass now."""
    drivers = {parts.agents[a].driver for a in parts.world.logins if a in parts.agents}
    parts.gate.logins(frozenset(drivers))
