"""Orders that shape the battle: split, fork, reassign, verify, merge, land (M4)."""

from typing import ClassVar

from commandcenter.core.orders.base import Order, Undo
from commandcenter.core.shaping import LandHow, SplitKind


class Propose(Order, frozen=True):
    """Draw up how a thread's work could be divided; shown and edited before it starts.

    --drop takes the proposal away.
    """

    target: str
    into: int = 2
    kind: SplitKind = "divide"
    drop: bool = False
    urgent: ClassVar[bool] = True
    """A model may think about it for long: nothing else waits for that."""


class Split(Order, frozen=True):
    """Make --into N children of one thread, with briefs and shares of its budget.

    --kind divide (different sub-tasks, the default), branch (the same task in several ways), scout
    (read-only probes). --plan takes the sub-tasks as TOML; --agent, --account, --model name one for
    all or, with commas, one for each child. The parent waits and goes on with the result.
    """

    target: str
    into: int = 0
    """0 = as many as the plan has."""
    kind: SplitKind = "divide"
    share: str = ""
    """Weights of the children, with commas; empty = equal."""
    agent: str = ""
    account: str = ""
    model: str = ""
    plan: str = ""
    undo: ClassVar[Undo] = "yes"


class Fork(Order, frozen=True):
    """Copy the thread with its context --at TURN (default: its end) into a worktree of its own."""

    target: str
    at: int = -1
    undo: ClassVar[Undo] = "yes"


class Reassign(Order, frozen=True):
    """Go on with another agent, account or model at the next stop: same thread, same workspace.

    The hand-over text may be edited for 10 s; --now sends it as it is.
    """

    target: str
    agent: str = ""
    model: str = ""
    account: str = ""
    host: str = ""
    now: bool = False
    undo: ClassVar[Undo] = "yes"


class HandOver(Order, frozen=True):
    """Send the hand-over text that waits, as it is or as given here."""

    target: str
    text: str = ""
    words: ClassVar[tuple[str, ...]] = ("target", "text")


class GoBack(Order, frozen=True):
    """Take a reassign back: the agent before goes on, the workspace as it was."""

    target: str
    urgent: ClassVar[bool] = True


class Escalate(Order, frozen=True):
    """Send the next call to the stronger model of the ladder."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Downgrade(Order, frozen=True):
    """Send the next call to the cheaper model of the ladder."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Checkpoint(Order, frozen=True):
    """Record the workspace as a commit on a hidden ref, with where the conversation stands."""

    target: str


class Revert(Order, frozen=True):
    """Put the workspace back --to a checkpoint's number; what stands now becomes one first."""

    target: str
    to: int
    undo: ClassVar[Undo] = "yes"


class Verify(Order, frozen=True):
    """Run the success command on the workspace's files; --stop breaks it off."""

    target: str
    stop: bool = False
    urgent: ClassVar[bool] = True
    """It may run for long: nothing else waits for that."""


class Critic(Order, frozen=True):
    """Let another model judge the result against goal and diff, read-only."""

    target: str
    model: str = ""
    account: str = ""
    """Empty = the thread's."""
    urgent: ClassVar[bool] = True
    """A model may think about it for long: nothing else waits for that."""


class Merge(Order, frozen=True):
    """Bring the thread's work --into another thread (#N) or its operation (@op:NAME).

    --files takes some paths alone, with commas. Sources stay. --mend starts a thread that solves
    the conflicts instead: what it makes is merged in its turn.
    """

    target: str
    into: str = ""
    """Empty = its parent, else its operation."""
    files: str = ""
    mend: bool = False
    undo: ClassVar[Undo] = "yes"


class Unmerge(Order, frozen=True):
    """Put back what a merge changed: the undo of `merge`."""

    target: str


class Land(Order, frozen=True):
    """Bring a result --as merge (your branch), pr (pull request), back (to the agent), discard.

    The text is the pull request's title and body, or what is sent back.
    """

    target: str
    as_: LandHow
    text: str = ""
    words: ClassVar[tuple[str, ...]] = ("target", "text")
    undo: ClassVar[Undo] = "yes"


class Unland(Order, frozen=True):
    """Bring back what was discarded: the undo of `land --as discard`."""

    target: str


class Reclaim(Order, frozen=True):
    """Remove an ended thread's worktree; what is not merged stays on a hidden ref.

    --name repeats the thread's name.
    """

    target: str
    name: str = ""
