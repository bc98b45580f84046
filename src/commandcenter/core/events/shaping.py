"""Events of splits, forks, hand-overs, checkpoints, verdicts, merges and landings (M4)."""

from decimal import Decimal
from typing import ClassVar

from commandcenter.core.events.base import Event
from commandcenter.core.shaping import (
    CheckpointMark,
    Critique,
    Handing,
    HandoffForm,
    Landing,
    Merging,
    Seat,
    SplitKind,
    SplitPlan,
    Verdict,
)


class SplitProposed(Event, frozen=True):
    """How the work could be divided; None and `error` when nobody could say."""

    plan: SplitPlan | None
    error: str = ""


class SplitDropped(Event, frozen=True):
    """The proposal was taken away, or has become a split."""


class SplitMade(Event, frozen=True):
    """A thread has these children; it waits for them."""

    kind: SplitKind
    children: tuple[int, ...]


class Forked(Event, frozen=True):
    """The child's session began with the parent's context, up to the end of turn `at`."""

    parent: int
    at: int
    kind: HandoffForm


class LimitCarved(Event, frozen=True):
    """The parent's limit shrank by this, the child's is this; in one entry, so nothing is lost."""

    child: int
    usd: Decimal | None = None
    tokens: int | None = None


class LimitReturned(Event, frozen=True):
    """What the child did not spend went back to its parent."""

    child: int
    usd: Decimal | None = None
    tokens: int | None = None


class HandoffDrafted(Event, frozen=True):
    """A reassign has begun, or came a step further; `text` = what will be handed over."""

    handing: Handing
    text: str = ""


class Reassigned(Event, frozen=True):
    """The thread is done by another agent, account or model from now on."""

    old: Seat
    new: Seat
    form: HandoffForm


class ReassignFailed(Event, frozen=True):
    """It stayed with, or went back to, who did it before."""

    step: str
    why: str
    seat: Seat | None = None
    """Who does it now, where that had changed already."""


class ReassignSettled(Event, frozen=True):
    """The new agent has shown itself; the old session is gone."""


class RungChanged(Event, frozen=True):
    """One step on the ladder, for a recorded reason."""

    ladder: str
    old: str
    new: str
    why: str
    facts: tuple[int, ...] = ()
    """Entries that are the evidence."""


class CheckpointMade(Event, frozen=True):
    """The workspace was recorded as a commit."""

    mark: CheckpointMark


class Reverted(Event, frozen=True):
    """The workspace is a checkpoint's again; `kept` = the number of what stood before."""

    to: int
    kept: int


class VerifyStarted(Event, frozen=True):
    """The intent: the success command is about to run on a checkpoint."""

    effect: str
    command: str
    commit: str


class Verified(Event, frozen=True):
    """The success command ended; `output` = its head and tail."""

    effect: str
    verdict: Verdict
    output: str = ""


class CriticAsked(Event, frozen=True):
    """The intent: another model is about to judge the result."""

    effect: str
    model: str
    commit: str


class Critiqued(Event, frozen=True):
    """It has judged; `text` = all it said."""

    effect: str
    critique: Critique
    text: str = ""


class MergeStarted(Event, frozen=True):
    """The intent: this thread's work is about to be brought into another place."""

    merging: Merging


class Merged(Event, frozen=True):
    """It was brought there."""

    merging: Merging


class Unmerged(Event, frozen=True):
    """The place is as it was before the merge."""

    merging: Merging


class ConflictFound(Event, frozen=True):
    """It could not be brought there: these files differ on both sides; nothing was changed."""

    merging: Merging


class LandStarted(Event, frozen=True):
    """The intent: a result is about to leave the worktree."""

    landing: Landing


class Landed(Event, frozen=True):
    """It did."""

    landing: Landing


class LandFailed(Event, frozen=True):
    """It did not; nothing was changed."""

    how: str
    why: str


class Unlanded(Event, frozen=True):
    """What was discarded stands in its worktree again."""


class WorkspaceMeasured(Event, frozen=True):
    """How much disk the worktree takes, in bytes."""

    bytes: int
    control: ClassVar[bool] = False


class WorkspaceReclaimed(Event, frozen=True):
    """The worktree is gone; what was not merged stands on `ref`."""

    ref: str
    freed: int
