"""Which account a thread's calls get, when the order does not say it."""

from typing import TYPE_CHECKING

from commandcenter.config.accounts import Account
from commandcenter.core.orders import Spawn
from commandcenter.core.refusals import (
    AccountMissing,
    LoginNotAllowed,
    Refused,
    TargetInvalid,
)
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.launching import is_foreign
from commandcenter.engine.logins import account_of

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine


def choose_account(engine: "Engine", order: Spawn, spec: AgentSpec) -> Account | None:
    """The account named, else the agent's own login where it was let through, else the person's
    first that speaks one of the agent's wires; practice is never chosen by itself.

    None = the agent is not routed: unmetered, reported only. Raises Refused.
    """
    if order.account:
        return _named(engine, order.account, spec)
    if spec.login and spec.id in engine.parts.world.logins:
        return account_of(engine.parts, spec)
    for wire in spec.wires:
        for account in known_accounts(engine).values():
            if account.kind == wire and account.auth == "key" and not account.practice:
                return account
    if not is_foreign(spec):
        raise Refused(AccountMissing("of your own"))
    return None


def known_accounts(engine: "Engine") -> dict[str, Account]:
    """All accounts, with those added since the start. Raises Refused when the file is bad."""
    try:
        return engine.parts.known_accounts()
    except ValueError as error:
        raise Refused(TargetInvalid(str(error))) from error


def _named(engine: "Engine", name: str, spec: AgentSpec) -> Account:
    account = known_accounts(engine).get(name)
    if account is None:
        raise Refused(AccountMissing(name))
    if account.kind not in spec.wires:
        raise Refused(TargetInvalid(_wrong_wire(account, spec)))
    if account.auth == "login" and account.agent != spec.driver:
        raise Refused(TargetInvalid(f"account {account.id} serves the agent {account.agent} alone"))
    if account.auth == "login" and spec.id not in engine.parts.world.logins:
        raise Refused(LoginNotAllowed(spec.id))
    return account


def _wrong_wire(account: Account, spec: AgentSpec) -> str:
    known = ", ".join(spec.wires) or "no account at all"
    return f"{spec.name} speaks {known}; account {account.id} is of kind {account.kind}"
