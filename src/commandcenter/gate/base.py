"""What the gate takes and gives: ports, routes, scopes, views, early ends."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import field

from commandcenter.core.base import Clock, CommandCenterError, Ids, Record, Rng
from commandcenter.core.codec import Fact
from commandcenter.core.conversation import Usage
from commandcenter.core.events import Cost
from commandcenter.core.states import HoldReason

CutReason = Literal["spend_freeze", "kill", "interrupt", "closed", "journal", "stop"]


class Route(Record, frozen=True):
    """Which account and model a thread's calls get; `models` maps asked to sent."""

    account: str
    model: str
    models: dict[str, str] = field(default_factory=dict)
    operation: str = ""
    priority: int = 2


class GateAddress(Record, frozen=True):
    """Where a session reaches the gate over HTTP, and its secret (`cct_` + base64url of 32 bytes)."""

    url: str
    secret: str


class Scope(Record, frozen=True):
    """What a cut or a limit is about; `name` = thread id, operation or account."""

    kind: Literal["thread", "operation", "account", "day", "all"]
    name: str = ""


class CallLeft(Record, frozen=True):
    """Estimate of what an answer in flight still costs; usd None = unknown price."""

    tokens: int
    usd: Decimal | None
    basis: str = "unknown"


class AccountView(Record, frozen=True):
    """Supply of one account: permits in use of `cap`, calls that wait for one."""

    id: str
    running: int
    cap: int
    waiting: int
    closed_until: int
    """Wall ns; 0 = until the player opens it; -1 = open."""
    why: str = ""


class GateView(Record, frozen=True):
    """The gate at this moment; held = threads by hold reason, live = tokens of calls in flight."""

    in_flight: int
    waiting: int
    admitted: int
    refused: int
    held: dict[str, int]
    accounts: tuple[AccountView, ...]
    live: dict[int, int]
    """thread -> tokens reserved by its calls in flight (an estimate, in no sum)."""
    address: str


Commit = Callable[[Sequence[Fact]], Awaitable[None]]
"""The engine's coroutine: returns after COMMIT; raises CannotRecord's refusal when it cannot."""
Price = Callable[[str, str, Usage], Cost]
"""(account id, model sent, usage) -> cost; never raises."""


class GatePorts(Record, frozen=True):
    """What the gate needs of the outside."""

    clock: Clock
    ids: Ids
    rng: Rng
    commit: Commit
    price: Price
    journal_ok: Callable[[], bool]
    on_call: Callable[[int, str], None] = lambda thread, state: None
    """Told at once when a call of the thread is `held:REASON`, `admitted` or `ended`."""


class GateRefused(CommandCenterError):
    """The gate answers 400: `code` is one of gate.md 7's `cc_*`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"commandcenter: {message}")
        self.code = code


class CallCut(CommandCenterError):
    """The answer was cut before its end: by us (`why`), or by the provider (`upstream`)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the call was cut: {why}")
        self.why = why


__all__ = [
    "AccountView",
    "CallCut",
    "CallLeft",
    "Commit",
    "CutReason",
    "GateAddress",
    "GatePorts",
    "GateRefused",
    "GateView",
    "HoldReason",
    "Price",
    "Route",
    "Scope",
]
