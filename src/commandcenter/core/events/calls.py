"""Events of the gate: calls, their price, accounts."""

from decimal import Decimal

from commandcenter.core.base import Record
from commandcenter.core.conversation import Usage
from commandcenter.core.events.base import Basis, CallEnd, Event


class Cost(Record, frozen=True):
    """Price of one call (economy.md 2); `usd` None = unknown, never 0."""

    usd: Decimal | None
    basis: Basis
    priced_as: str = ""
    provider: str = ""
    exact_id: bool = True
    snapshot: str = ""


class CallAdmitted(Event, frozen=True):
    """The intent of a model call; `reserved` tokens and money are set aside for it."""

    call: str
    turn: int
    account: str
    protocol: str
    asked: str
    sent: str
    est_in: int
    max_out: int
    reserved: int
    reserved_usd: Decimal | None = None


class CallHeld(Event, frozen=True):
    """A call waits longer than 250 ms at the gate; once per call."""

    reason: str
    detail: str = ""


class CallRetried(Event, frozen=True):
    """The gate tries again; `wait_s` seconds from now."""

    call: str
    n: int
    status: int
    wait_s: float


class CallSettled(Event, frozen=True):
    """The one fact that feeds budgets, burn and cost."""

    call: str
    end: CallEnd
    status: int
    usage: Usage
    cost: Cost
    account: str
    model: str
    ms_wait: int = 0
    ms_head: int = 0
    ms_total: int = 0
    bytes: int = 0


class CallFailed(Event, frozen=True):
    """Nothing was sent, or nothing is owed."""

    call: str
    end: CallEnd
    status: int = 0
    why: str = ""


class CallRefused(Event, frozen=True):
    """The gate answered 400 with one of its codes."""

    code: str
    why: str = ""


class GateProbe(Event, frozen=True):
    """A client asked for a path the gate does not know."""

    path: str
    client: str = ""


class AccountClosed(Event, frozen=True):
    """The provider closed the account; `until` wall ns, 0 = until the player opens it."""

    account: str
    until: int
    why: str


class AccountOpened(Event, frozen=True):
    """The account takes calls again."""

    account: str
