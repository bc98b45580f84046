"""Orders: what someone wants done, as data; each may be refused. Docstrings are the help texts."""

from commandcenter.core.base import By, OrderId, Record
from commandcenter.core.orders.base import Order
from commandcenter.core.orders.control import (
    Compact,
    Freeze,
    GiveBack,
    Hibernate,
    Interrupt,
    Kill,
    Pause,
    PauseAll,
    Redo,
    Resume,
    ResumeAll,
    Steer,
    Take,
    Undo_,
    Unsteer,
    Wake,
)
from commandcenter.core.orders.deciding import (
    AllowLogin,
    Approve,
    Budget,
    Defer,
    Deny,
    ForbidLogin,
    FreezeSpending,
    Model,
    OpenAccount,
    ResumeSpending,
    Snooze,
    Undefer,
    Withdraw,
)
from commandcenter.core.orders.shaping import (
    Checkpoint,
    Critic,
    Downgrade,
    Escalate,
    Fork,
    GoBack,
    HandOver,
    Land,
    Merge,
    Propose,
    Reassign,
    Reclaim,
    Revert,
    Split,
    Unland,
    Unmerge,
    Verify,
)
from commandcenter.core.orders.standing import (
    Enqueue,
    Flag,
    Goal,
    GroupRule,
    Loop,
    Priority,
    Queue,
    Rally,
    Requeue,
    Seen,
    Tag,
    Unflag,
)
from commandcenter.core.orders.threads import Disband, Group, Operation, Rename, Revive, Spawn

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
    | Defer
    | Snooze
    | Undefer
    | Withdraw
    | Seen
    | Priority
    | Tag
    | Flag
    | Unflag
    | Goal
    | Rally
    | Loop
    | Enqueue
    | Queue
    | Requeue
    | GroupRule
    | Propose
    | Split
    | Fork
    | Reassign
    | HandOver
    | GoBack
    | Escalate
    | Downgrade
    | Checkpoint
    | Revert
    | Verify
    | Critic
    | Merge
    | Unmerge
    | Land
    | Unland
    | Reclaim
)
ORDERS: dict[str, type[Order]] = {str(cls.__struct_config__.tag): cls for cls in AnyOrder.__args__}
"""verb -> Struct."""
QUEUEABLE = frozenset(
    {
        *("steer", "interrupt", "pause", "resume", "freeze", "kill", "model", "budget"),
        *("goal", "loop", "rally", "compact", "hibernate"),
        *("split", "merge", "reassign", "escalate", "downgrade", "checkpoint", "verify"),
    }
)
"""What `--queued` may append; each has a target."""

__all__ = [
    "ORDERS",
    "QUEUEABLE",
    "AllowLogin",
    "AnyOrder",
    "Approve",
    "Budget",
    "Checkpoint",
    "Compact",
    "Critic",
    "Defer",
    "Deny",
    "Disband",
    "Downgrade",
    "Enqueue",
    "Escalate",
    "Flag",
    "ForbidLogin",
    "Fork",
    "Freeze",
    "FreezeSpending",
    "GiveBack",
    "Given",
    "GoBack",
    "Goal",
    "Group",
    "GroupRule",
    "HandOver",
    "Hibernate",
    "Interrupt",
    "Kill",
    "Land",
    "Loop",
    "Merge",
    "Model",
    "OpenAccount",
    "Operation",
    "Order",
    "Pause",
    "PauseAll",
    "Priority",
    "Propose",
    "Queue",
    "Rally",
    "Reassign",
    "Reclaim",
    "Redo",
    "Rename",
    "Requeue",
    "Resume",
    "ResumeAll",
    "ResumeSpending",
    "Revert",
    "Revive",
    "Seen",
    "Snooze",
    "Spawn",
    "Split",
    "Steer",
    "Tag",
    "Take",
    "Undefer",
    "Undo_",
    "Unflag",
    "Unland",
    "Unmerge",
    "Unsteer",
    "Verify",
    "Wake",
    "Withdraw",
    "verb",
]


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
