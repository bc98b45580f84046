"""What the gate takes and gives: ports, routes, scopes, views, early ends."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, Protocol

from msgspec import field

from commandcenter.config.accounts import Account
from commandcenter.core.base import Clock, CommandCenterError, Ids, Record, Rng
from commandcenter.core.codec import Fact
from commandcenter.core.conversation import Usage
from commandcenter.core.events import Cost
from commandcenter.core.states import HoldReason
from commandcenter.core.world import Window

CutReason = Literal["spend_freeze", "kill", "interrupt", "closed", "journal", "stop"]


class Route(Record, frozen=True):
    """Which account and model a thread's calls get; `models` maps asked to sent.

    `model` is sent where `models` has nothing; empty = the model that was asked for.
    """

    account: str
    model: str
    models: dict[str, str] = field(default_factory=dict)
    operation: str = ""
    priority: int = 2
    agent: str = ""
    """The driver of the session that opens with it; empty = our own loop. `Gate.open` alone."""
    hold_limit_s: float | None = None
    """How long a foreign agent's request may wait for its head. `Gate.open` alone."""


class GateAddress(Record, frozen=True):
    """Where a session reaches the gate over HTTP, and its secret (`cct_` + 32 bytes)."""

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
    auth: str = "key"
    windows: tuple[Window, ...] = ()
    """Of a plan, shortest first."""


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


class Accounts(Record, frozen=True):
    """The accounts by id, how a key is read by its `key_ref`, and the cap of those without one."""

    table: Mapping[str, Account]
    key: Callable[[str], str | None] = lambda ref: None
    concurrent: int = 4


class GateSettings(Record, frozen=True):
    """Every wait and limit of the gate; times in seconds, sizes in bytes."""

    connect_s: float = 10.0
    head_s: float = 60.0
    """No response head for so long: try again."""
    byte_s: float = 120.0
    """No byte for so long: try again before the first content byte, else cut."""
    tries: int = 5
    backoff_s: float = 1.0
    """The wait before try n+1 is drawn from 0..2^n times this."""
    backoff_max_s: float = 60.0
    note_s: float = 0.25
    """A wait longer than this is recorded."""
    journal_s: float = 0.5
    """How often a call that waits for the journal looks again."""
    drain_bytes: int = 8 << 20
    buffer_bytes: int = 4 << 20
    """Unread by a slow agent; beyond it the provider is not read either."""
    answer_bytes: int = 64 << 20
    idle_s: float = 30.0
    """How long an unused upstream connection is kept."""
    spread_s: float = 60.0
    """Over so long the threads of a plan go on after its window's reset."""
    hold_grace_s: float = 5.0
    """An agent that was told to cancel and keeps its request open is refused after so long."""
    warn: float = 0.80
    cached_weight: float = 1.0


Headers = tuple[tuple[bytes, bytes], ...]
"""Names in lower case."""


class Flow(Protocol):
    """What fills an outlet; told when the agent reads too slowly."""

    def slow(self, on: bool) -> None:
        """Stop reading the provider, or go on."""
        ...


class Outlet(Protocol):
    """Where an answer goes: an agent's connection, or the native loop."""

    def begin(self, status: int, headers: Headers, flow: Flow) -> None:
        """The head; called once, before all others."""
        ...

    def write(self, data: bytes) -> None:
        """Bytes of the answer, in order."""
        ...

    def end(self) -> None:
        """The answer is whole."""
        ...

    def abort(self, why: str) -> None:
        """The answer ends here and must not look whole."""
        ...


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
    on_hold_limit: Callable[[int, str], None] = lambda thread, call: None
    """A foreign agent's call (its id) waited as long as it may: freeze its tree or cancel."""
    on_storm: Callable[[int], None] = lambda thread: None
    """The thread's agent does not stop asking for what is refused: cancel its turn."""


class GateRefused(CommandCenterError):
    """The gate answers 400: `code` is one of gate.md 7's `cc_*`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"commandcenter: {message}")
        self.code = code


class CallCut(CommandCenterError):
    """The answer was cut before its end: by us (`why`), or by the provider (`upstream`)."""

    def __init__(self, why: str) -> None:
        by_us = f"the call was cut: {why}"
        super().__init__("the provider cut the answer off" if why == "upstream" else by_us)
        self.why = why


__all__ = [
    "AccountView",
    "Accounts",
    "CallCut",
    "CallLeft",
    "Commit",
    "CutReason",
    "Flow",
    "GateAddress",
    "GatePorts",
    "GateRefused",
    "GateSettings",
    "GateView",
    "Headers",
    "HoldReason",
    "Outlet",
    "Price",
    "Route",
    "Scope",
]
