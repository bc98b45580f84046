"""Events of operations, threads, groups and limits."""

from decimal import Decimal
from typing import ClassVar

from commandcenter.core.events.base import Event
from commandcenter.core.shaping import AtLimit, BirthKind
from commandcenter.core.states import HoldReason


class OperationMade(Event, frozen=True):
    """A goal with its repository; its threads are one sector of the map."""

    name: str
    repo: str
    base: str = ""
    goal: str = ""
    success: str = ""
    accept: str = ""
    """Acceptable trade-offs."""
    never: str = ""
    """What must never be optimised for: advisory."""
    ladder: str = ""
    protect: tuple[str, ...] = ()
    """Patterns of files that the success command takes from the parent's commit."""


class OperationDisbanded(Event, frozen=True):
    """An operation without threads was taken back."""

    name: str


class ThreadCreated(Event, frozen=True):
    """A thread was born; the envelope's thread is its id."""

    name: str
    operation: str
    agent: str
    driver: str
    account: str
    model: str
    brief: str
    repo: str = ""
    uncommitted: bool = False
    parent: int = 0
    profile: str = ""
    """mine, clean; empty = ours alone (native)."""
    command: str = ""
    """Terminal threads: the command line."""
    kind: BirthKind = ""
    at: int = -1
    """The parent's turn whose end its context begins from; -1 = none of its context."""
    base: str = ""
    """The commit that its worktree begins from; empty = as `uncommitted` says."""
    temperature: float | None = None


class ThreadRenamed(Event, frozen=True):
    """The player gave another name."""

    old: str
    new: str


class GroupChanged(Event, frozen=True):
    """A control group holds these threads now."""

    group: int
    threads: tuple[int, ...]


class WorkspaceMade(Event, frozen=True):
    """The thread's own git worktree exists."""

    path: str
    branch: str
    base: str
    repo: str
    port: int = 0
    """First of its block of ten ports; 0 = none."""


class HeadMoved(Event, frozen=True):
    """The last line and the tokens since the last one; at most two a second per thread."""

    line: str
    tokens: int = 0
    context: int = 0
    control: ClassVar[bool] = False


class LimitSet(Event, frozen=True):
    """What a scope may spend: `#3`, `@op:NAME` or `day`; both None lifts it."""

    scope: str
    usd: Decimal | None = None
    tokens: int | None = None
    at_limit: AtLimit = "pause"
    share: int | None = None
    """Percent of each plan window."""
    reported: bool = False
    """Counts what an unmetered agent reports of itself."""


class Held(Event, frozen=True):
    """A hold reason was set; the gate admits no call of the thread."""

    reason: HoldReason


class Released(Event, frozen=True):
    """A hold reason was lifted."""

    reason: HoldReason


class AllPaused(Event, frozen=True):
    """The bell: these threads were stopped by it, new ones will be too."""

    threads: tuple[int, ...]


class AllResumed(Event, frozen=True):
    """The bell was lifted."""


class SpendingFrozen(Event, frozen=True):
    """The gate admits nothing on the account (empty = on all)."""

    account: str = ""


class SpendingResumed(Event, frozen=True):
    """The gate admits calls again."""

    account: str = ""


class SetupAgreed(Event, frozen=True):
    """The player let a repository's set-up run in its worktrees; `digest` of what was shown."""

    repo: str
    digest: str
