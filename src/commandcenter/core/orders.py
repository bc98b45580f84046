"""Orders: what someone wants done, as data; each may be refused. Docstrings are the help texts."""

from decimal import Decimal
from typing import ClassVar, Literal

from commandcenter.core.base import By, OrderId, Record

Undo = Literal["yes", "no"]


def _kebab(name: str) -> str:
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class Order(Record, frozen=True, tag_field="verb", tag=_kebab):
    """Base of all orders. `words` = fields given without an option name, in notation order."""

    words: ClassVar[tuple[str, ...]] = ("target",)
    urgent: ClassVar[bool] = False
    undo: ClassVar[Undo] = "no"


class Operation(Order, frozen=True):
    """Make an operation: a goal on a repository, with its budget and success command."""

    name: str
    repo: str
    base: str = ""
    goal: str = ""
    usd: Decimal | None = None
    tokens: int | None = None
    success: str = ""
    words: ClassVar[tuple[str, ...]] = ("name",)
    undo: ClassVar[Undo] = "yes"


class Spawn(Order, frozen=True):
    """Start threads: one per brief and count, each in a worktree of its own."""

    briefs: tuple[str, ...] = ()
    agent: str = "native"
    model: str = ""
    account: str = ""
    op: str = ""
    repo: str = ""
    name: str = ""
    count: int = 1
    uncommitted: bool = False
    usd: Decimal | None = None
    tokens: int | None = None
    profile: Literal["", "mine", "clean"] = ""
    command: str = ""
    words: ClassVar[tuple[str, ...]] = ("briefs",)
    undo: ClassVar[Undo] = "yes"


class Steer(Order, frozen=True):
    """Send text into the thread: after its turn, or with --now in place of what runs."""

    target: str
    text: str
    now: bool = False
    image: str = ""
    """Path of a picture that goes with the text."""
    words: ClassVar[tuple[str, ...]] = ("target", "text")
    undo: ClassVar[Undo] = "yes"


class Unsteer(Order, frozen=True):
    """Take a queued text back before it is delivered."""

    target: str
    item: str
    words: ClassVar[tuple[str, ...]] = ("target", "item")


class Pause(Order, frozen=True):
    """Let the running step end, admit no further one."""

    target: str
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class Resume(Order, frozen=True):
    """Go on after pause or freeze; spares a thread whose kill fuse burns."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Freeze(Order, frozen=True):
    """Stop processes at once; the answer in flight is drained and kept."""

    target: str
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class Interrupt(Order, frozen=True):
    """End the turn now; the session and its context stay."""

    target: str
    urgent: ClassVar[bool] = True


class Kill(Order, frozen=True):
    """End the thread after its fuse; workspace and tombstone stay. --now: no fuse."""

    target: str
    now: bool = False
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class Revive(Order, frozen=True):
    """Open a new thread from the tombstone of an ended one, in its workspace."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Rename(Order, frozen=True):
    """Give the thread another name."""

    target: str
    name: str
    words: ClassVar[tuple[str, ...]] = ("target", "name")
    undo: ClassVar[Undo] = "yes"


class Group(Order, frozen=True):
    """Make the threads control group --set N; replaces what it held."""

    target: str
    set: int
    undo: ClassVar[Undo] = "yes"


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
    at_limit: Literal["pause", "finish_turn"] = "pause"
    share: int | None = None
    """Percent (1 to 100) of each plan window that the scope may use."""
    reported: bool = False
    """Hold an unmetered thread by what its agent reports."""
    undo: ClassVar[Undo] = "yes"


class PauseAll(Order, frozen=True):
    """The bell: every thread stops at its next safe point; new ones are held too."""

    words: ClassVar[tuple[str, ...]] = ()
    urgent: ClassVar[bool] = True


class ResumeAll(Order, frozen=True):
    """Resume what the bell stopped, and nothing else."""

    words: ClassVar[tuple[str, ...]] = ()


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


class Hibernate(Order, frozen=True):
    """Put an idle or paused session away: no process, no memory; wake opens it again."""

    target: str


class Wake(Order, frozen=True):
    """Open a hibernated session again."""

    target: str


class Compact(Order, frozen=True):
    """Let the agent make its context smaller, while it is idle."""

    target: str


class Take(Order, frozen=True):
    """Take the session into your own hands: put away here, opened by the agent's own command."""

    target: str
    undo: ClassVar[Undo] = "yes"


class GiveBack(Order, frozen=True):
    """Give the session back: the thread goes on where you left it."""

    target: str


class Undo_(Order, frozen=True, tag="undo"):
    """Take back your last reversible order."""

    words: ClassVar[tuple[str, ...]] = ()
    urgent: ClassVar[bool] = True


class Redo(Order, frozen=True):
    """Give the order again that undo took back."""

    words: ClassVar[tuple[str, ...]] = ()


class Disband(Order, frozen=True):
    """Remove an operation that has no thread; the undo of `operation`."""

    name: str
    words: ClassVar[tuple[str, ...]] = ("name",)


AnyOrder = (
    Operation
    | Spawn
    | Steer
    | Unsteer
    | Pause
    | Resume
    | Freeze
    | Interrupt
    | Kill
    | Revive
    | Rename
    | Group
    | Model
    | Approve
    | Deny
    | Budget
    | PauseAll
    | ResumeAll
    | FreezeSpending
    | ResumeSpending
    | OpenAccount
    | AllowLogin
    | ForbidLogin
    | Hibernate
    | Wake
    | Compact
    | Take
    | GiveBack
    | Undo_
    | Redo
    | Disband
)
ORDERS: dict[str, type[Order]] = {str(cls.__struct_config__.tag): cls for cls in AnyOrder.__args__}
"""verb -> Struct."""


def verb(order: Order) -> str:
    """The order's verb, in kebab case."""
    return str(order.__struct_config__.tag)


class Given(Record, frozen=True):
    """An order on its way through the one door."""

    id: OrderId
    order: AnyOrder
    by: By = "player"
    yes: bool = False
    """The second press was made."""
    seen_seq: int = 0
    """The sender's mirror stood here; 0 = does not say."""
