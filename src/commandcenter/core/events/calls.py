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
    side: bool = False
    """A title, a router, a suggestion: it belongs to no step of the turn."""
    sub: str = ""
    """The agent's own id of the subagent that calls; empty = the main loop."""
    attempt: int = 1
    fingerprint: str = ""


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
    side: bool = False


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


class WindowSeen(Event, frozen=True):
    """A plan's quota as the provider's headers told it (gate.md 1.4)."""

    account: str
    minutes: int
    used: float
    """0..1"""
    resets_at: int
    """Wall ns; 0 = not told."""
    status: str = ""
    """allowed, allowed_warning, rejected; empty = not told."""


class RouteSeen(Event, frozen=True):
    """Whether the thread's model calls really pass the gate: seen, not assumed."""

    routed: bool


class LoginForbidden(Event, frozen=True):
    """The agent's login passes no more."""

    agent: str


class LoginAllowed(Event, frozen=True):
    """The player lets the agent's own login pass; `text_hash` = SHA-256 of what was agreed to."""

    agent: str
    account: str
    text_hash: str
