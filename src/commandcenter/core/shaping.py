"""What World and orders know of splits, hand-overs, checkpoints, verdicts and landings (M4)."""

from decimal import Decimal
from typing import Final, Literal

from commandcenter.core.base import Record

SplitKind = Literal["divide", "branch", "scout"]
"""Different sub-tasks; the same task in several ways; cheap read-only probes."""
BirthKind = Literal["", "divide", "branch", "scout", "fork", "conflict"]
"""How a thread with a parent was born; "" = spawned or revived."""
HandoffForm = Literal["native", "items", "digest"]
"""Resumed or forked by the agent itself; our items translated; a text (agents.md 5)."""
LandHow = Literal["merge", "pr", "back", "discard"]
AtLimit = Literal["pause", "finish_turn", "downgrade"]
"""What happens at a limit; downgrade: one step down the ladder and a last grant, once."""
MOST_CHECKPOINTS = 32
"""So many are kept of a thread in World; older ones stay as refs."""


class SubTask(Record, frozen=True):
    """One child of a split, as proposed or typed."""

    title: str
    brief: str
    files: tuple[str, ...] = ()
    """Paths and globs it will touch."""
    weight: float = 1.0
    """Its part of what is divided."""
    agent: str = ""
    """Empty = the parent's; so with account and model."""
    account: str = ""
    model: str = ""
    temperature: float | None = None
    hint: str = ""


class SplitPlan(Record, frozen=True):
    """The children of a split side by side; `note` = what whoever made it has to say."""

    kind: SplitKind
    tasks: tuple[SubTask, ...]
    how: Literal["", "model", "items", "typed"] = ""
    """Proposed by a model, taken from the agent's own plan, or typed."""
    note: str = ""


class Carved(Record, frozen=True):
    """What a parent gave of its limit; None = that kind is not limited."""

    usd: Decimal | None = None
    tokens: int | None = None


class CheckpointMark(Record, frozen=True):
    """A commit of the workspace on a hidden ref, and where the conversation stood."""

    number: int
    commit: str
    why: str
    """Who wanted it: you, merge, reassign, approval, kill, revert."""
    turn: int = 0
    at: int = 0
    """Wall ns."""


class Verdict(Record, frozen=True):
    """What the success command said of a workspace, last."""

    result: Literal["pass", "fail", "error", "stopped"]
    command: str
    commit: str = ""
    """The checkpoint it ran on."""
    exit: int | None = None
    ms: int = 0
    passed: int = 0
    failed: int = 0
    total: int = 0
    """Tests, where the output says so; 0 = it does not."""
    line: str = ""
    """One line: the last of the output, or why it could not run."""
    tampered: tuple[str, ...] = ()
    """Protected files that the thread changed; they were taken from the parent's commit."""
    at: int = 0
    """Wall ns."""
    seq: int = 0
    """The entry with the output."""

    @property
    def green(self) -> bool:
        """The success command succeeded."""
        return self.result == "pass"


class Critique(Record, frozen=True):
    """What another model said of a result, with its evidence in the entry `seq`."""

    verdict: Literal["accept", "doubt", "reject", "none"]
    """none = it gave no answer in the asked form."""
    line: str
    model: str
    commit: str = ""
    at: int = 0
    seq: int = 0


class Seat(Record, frozen=True):
    """Who a thread's work is done by: agent, account, model, and the agent's own session."""

    agent: str
    driver: str
    account: str
    model: str
    profile: str = ""
    session: str = ""


class Handing(Record, frozen=True):
    """A reassign under way; `seq` = the entry with the text that is handed over."""

    step: Literal["packet", "edit", "open", "settle"]
    old: Seat
    new: Seat
    form: HandoffForm = "digest"
    seq: int = 0
    until: int = 0
    """Wall ns: the text may be edited, or the new agent must have shown itself, until then."""
    epoch: int = 0
    """Of the old session, which is kept frozen until it is settled."""
    checkpoint: int = 0
    """Its number."""


class Landing(Record, frozen=True):
    """Where a result went."""

    how: LandHow
    commit: str = ""
    where: str = ""
    """Branch, address of the pull request, hidden ref."""
    before: str = ""
    """Where that branch stood."""
    at: int = 0


OP: Final = "@op:"
"""Before the name of the operation whose integration branch is meant."""


class Merging(Record, frozen=True):
    """A merge under way or done: `into` = `#N` or an operation's integration branch `@op:NAME`."""

    into: str
    files: tuple[str, ...] = ()
    commit: str = ""
    """Empty = not done."""
    before: str = ""
    conflicts: tuple[str, ...] = ()
    at: int = 0

    def whole(self, parent: int, operation: str) -> bool:
        """Does it bring all of a thread's work to where that belongs?"""
        return not self.files and self.into in (f"#{parent}", f"{OP}{operation}")
