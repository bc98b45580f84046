"""Orders about money, models, logins and open questions."""

from decimal import Decimal
from typing import ClassVar, Literal

from commandcenter.core.orders.base import Order, Undo
from commandcenter.core.shaping import AtLimit


class Model(Order, frozen=True):
    """Send the thread's next call to another model of the same wire."""

    target: str
    to: str
    undo: ClassVar[Undo] = "yes"


class Approve(Order, frozen=True):
    """Allow an open request once; levels R3 and R4 need --danger."""

    ask: int
    danger: bool = False
    digest: str = ""
    text: str = ""
    fast: bool = False
    """Decided within 2 s of appearing, its diff unopened."""
    remember: Literal["", "turn", "thread", "operation"] = ""
    """Make it a grant: the like is allowed without asking, in this scope."""
    identical: bool = False
    """Allow all open requests that are the same (screen.md 9): R0 to R2, at most 20."""
    among: str = ""
    """With --identical: of them only these cases, as 4,7: those that were seen before."""
    edit: str = ""
    """The command as the player changed it: withdraws this case and asks a new one."""
    words: ClassVar[tuple[str, ...]] = ("ask", "text")


class Deny(Order, frozen=True):
    """Deny an open request, with a word to the agent if you like."""

    ask: int
    text: str = ""
    digest: str = ""
    fast: bool = False
    words: ClassVar[tuple[str, ...]] = ("ask", "text")
    urgent: ClassVar[bool] = True


class Budget(Order, frozen=True):
    """Set what a thread, @op:NAME or the day may spend; without a figure the limit is lifted."""

    target: str
    usd: Decimal | None = None
    tokens: int | None = None
    at_limit: AtLimit = "pause"
    share: int | None = None
    """Percent (1 to 100) of each plan window that the scope may use."""
    reported: bool = False
    """Hold an unmetered thread by what its agent reports."""
    undo: ClassVar[Undo] = "yes"


class FreezeSpending(Order, frozen=True):
    """The gate admits nothing and cuts what runs, on all accounts or one."""

    account: str = ""
    words: ClassVar[tuple[str, ...]] = ()
    urgent: ClassVar[bool] = True


class ResumeSpending(Order, frozen=True):
    """The gate admits calls again; threads whose call was cut stay paused."""

    account: str = ""
    words: ClassVar[tuple[str, ...]] = ()


class OpenAccount(Order, frozen=True):
    """Open an account that the provider's 401, 402 or 403 closed."""

    account: str
    words: ClassVar[tuple[str, ...]] = ("account",)


class AllowLogin(Order, frozen=True):
    """Let an agent's own plan login pass the gate, unchanged; once per agent, by you alone."""

    agent: str
    words: ClassVar[tuple[str, ...]] = ("agent",)
    undo: ClassVar[Undo] = "yes"


class ForbidLogin(Order, frozen=True):
    """Take that back: the agent's next session goes past the gate; the undo of `allow-login`."""

    agent: str
    words: ClassVar[tuple[str, ...]] = ("agent",)


class Defer(Order, frozen=True):
    """Send an entry of the attention queue down for five minutes: an ask's number or an alert."""

    entry: str
    words: ClassVar[tuple[str, ...]] = ("entry",)
    undo: ClassVar[Undo] = "yes"


class Snooze(Order, frozen=True):
    """Keep an alert out of sight and sound for so many minutes."""

    alert: str
    minutes: int = 10
    words: ClassVar[tuple[str, ...]] = ("alert",)
    undo: ClassVar[Undo] = "yes"


class Undefer(Order, frozen=True):
    """Bring back what was deferred or snoozed; the undo of both."""

    entry: str
    only: Literal["", "deferred", "snoozed"] = ""
    words: ClassVar[tuple[str, ...]] = ("entry",)


class Withdraw(Order, frozen=True):
    """End a grant: what it allowed is asked again."""

    grant: str
    words: ClassVar[tuple[str, ...]] = ("grant",)
