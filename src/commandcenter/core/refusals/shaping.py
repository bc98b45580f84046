"""Why an order that shapes the battle is refused (M4)."""

from typing import ClassVar

from commandcenter.core.refusals.reasons import Reason


class BudgetTooSmallToSplit(Reason, frozen=True):
    """A child's share would not last three steps."""

    largest: int
    """So many children would do; 0 = not even one."""
    says: ClassVar[str] = "the budget is too small for that many: {largest} would do"
    mends: ClassVar[str] = "fewer children, or Z raises the limit"


class SplitTooWide(Reason, frozen=True):
    """Many children at once want the second press."""

    count: int
    price: str = ""
    """Begins with what joins it to the sentence; empty = not known, or nothing."""
    second: ClassVar[bool] = True
    says: ClassVar[str] = "this makes {count} children{price}"
    mends: ClassVar[str] = "the same key again gives it (order --yes)"


class PlanInvalid(Reason, frozen=True):
    """A split's plan cannot be read."""

    why: str
    says: ClassVar[str] = "the plan cannot be used: {why}"
    mends: ClassVar[str] = "S opens it for editing"


class PlanMissing(Reason, frozen=True):
    """A division needs sub-tasks."""

    says: ClassVar[str] = "nobody has said yet how the work is to be divided"
    mends: ClassVar[str] = "S proposes a plan (propose T --into N); --plan FILE takes one"


class LadderTop(Reason, frozen=True):
    """There is no stronger model on the ladder."""

    model: str
    says: ClassVar[str] = "{model} is the strongest of its ladder"
    mends: ClassVar[str] = "A reassigns it to another account or agent"


class LadderBottom(Reason, frozen=True):
    """There is no cheaper model on the ladder."""

    model: str
    says: ClassVar[str] = "{model} is the cheapest of its ladder"
    mends: ClassVar[str] = "A reassigns it to another account or agent"


class LadderMissing(Reason, frozen=True):
    """No ladder has the thread's model."""

    model: str
    says: ClassVar[str] = "no ladder has {model}"
    mends: ClassVar[str] = "add it to a file in the configuration's folder ladders, or model --to"


class HostDown(Reason, frozen=True):
    """No such host can be reached."""

    host: str
    says: ClassVar[str] = "host {host} cannot be reached"
    mends: ClassVar[str] = "threads run on this machine for now"


class NoSuccessCommand(Reason, frozen=True):
    """Nothing says what success is."""

    says: ClassVar[str] = "the operation has no success command"
    mends: ClassVar[str] = 'operation NAME --repo PATH --success "CMD" makes one with it'


class VerifyFailed(Reason, frozen=True):
    """The success command did not succeed."""

    line: str
    says: ClassVar[str] = "the success command is not green: {line}"
    mends: ClassVar[str] = "V runs it again; Q steers the thread"


class NotVerified(Reason, frozen=True):
    """It has not been run on what stands there now; the second press goes without."""

    second: ClassVar[bool] = True
    says: ClassVar[str] = "the success command was not green on what stands there now"
    mends: ClassVar[str] = "V runs it; the same key again goes without"


class MergeConflict(Reason, frozen=True):
    """Both sides changed the same places."""

    files: str
    says: ClassVar[str] = "both sides changed {files}"
    mends: ClassVar[str] = "D shows both sides; take some files alone, or let a thread mend it"


class NothingToMerge(Reason, frozen=True):
    """Nothing differs."""

    says: ClassVar[str] = "nothing of it differs from where it would go"
    mends: ClassVar[str] = ""


class NoCheckpoint(Reason, frozen=True):
    """There is no such checkpoint."""

    number: int
    says: ClassVar[str] = "there is no checkpoint {number}"
    mends: ClassVar[str] = "C makes one; the Diff tab lists them"


class UnseenWork(Reason, frozen=True):
    """Nobody has looked at the diff; the second press goes without."""

    count: int
    second: ClassVar[bool] = True
    says: ClassVar[str] = "its diff was not looked at ({count} results)"
    mends: ClassVar[str] = "Shift+\\ shows it; the same key again goes without"

    def text(self) -> str:
        """The count of results."""
        return f"its diff was not looked at ({self.count} result{'s' * (self.count != 1)})"


class WorksStill(Reason, frozen=True):
    """Its files may change while they are read."""

    name: str = "the thread"
    says: ClassVar[str] = "{name} works on its files now"
    mends: ClassVar[str] = "E lets its step end first"


class ToolMissing(Reason, frozen=True):
    """A program that is needed is not installed."""

    name: str
    says: ClassVar[str] = "{name} is not installed"
    mends: ClassVar[str] = "install it, or land the result another way"


class BranchMoved(Reason, frozen=True):
    """The person's branch or files are not as they were."""

    why: str
    says: ClassVar[str] = "your branch cannot take it: {why}"
    mends: ClassVar[str] = "commit or stash what is there, then land it again"


class HandingOver(Reason, frozen=True):
    """A reassign is under way."""

    says: ClassVar[str] = "the thread is being handed over"
    mends: ClassVar[str] = "Mod+Z takes the reassign back"


class NoHandover(Reason, frozen=True):
    """No reassign is under way."""

    says: ClassVar[str] = "nothing is being handed over"
    mends: ClassVar[str] = "A reassigns the thread"


class NameNotTyped(Reason, frozen=True):
    """What cannot be brought back wants the name."""

    name: str
    says: ClassVar[str] = "the worktree of {name} would be removed"
    mends: ClassVar[str] = "repeat its name: reclaim T --name {name}"


class LandAsked(Reason, frozen=True):
    """What leaves the worktree, or is taken from it, is said first; the second press does it."""

    what: str
    second: ClassVar[bool] = True
    says: ClassVar[str] = "{what}"
    mends: ClassVar[str] = "the same key again does it (order --yes)"


class SharedWorktree(Reason, frozen=True):
    """Its worktree is wanted by somebody."""

    name: str
    says: ClassVar[str] = "{name} works in the same worktree"
    mends: ClassVar[str] = "X X ends it first"
