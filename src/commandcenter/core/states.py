"""The twelve states of a thread and the moves between them (agents.md 4)."""

from typing import Literal

State = Literal[
    "starting",
    "idle",
    "running",
    "waiting",
    "pausing",
    "paused",
    "frozen",
    "cancelling",
    "hibernated",
    "crashed",
    "dying",
    "ended",
]
Activity = Literal["", "thinking", "generating", "tool"]
Outcome = Literal["", "done", "failed", "killed", "merged"]
Flag = Literal["silent", "parked", "unmetered", "unseen"]
HoldReason = Literal[
    "player", "budget", "spend_freeze", "policy", "guard", "epoch", "starting", "journal", "window"
]

MOVES: dict[State, frozenset[State]] = {
    "starting": frozenset({"idle", "running", "paused", "crashed", "dying", "ended"}),
    "idle": frozenset({"running", "paused", "frozen", "dying", "crashed", "ended"}),
    "running": frozenset(
        {
            "idle",
            "waiting",
            "pausing",
            "paused",
            "frozen",
            "cancelling",
            "dying",
            "crashed",
            "ended",
        }
    ),
    "waiting": frozenset(
        {"running", "idle", "paused", "frozen", "cancelling", "dying", "crashed", "ended"}
    ),
    "pausing": frozenset(
        {
            "paused",
            "running",
            "waiting",
            "idle",
            "frozen",
            "cancelling",
            "dying",
            "crashed",
            "ended",
        }
    ),
    "paused": frozenset(
        {
            "running",
            "waiting",
            "idle",
            "starting",
            "frozen",
            "cancelling",
            "dying",
            "crashed",
            "ended",
        }
    ),
    "frozen": frozenset(
        {"running", "waiting", "pausing", "paused", "idle", "starting", "cancelling", "dying"}
        | {"crashed", "ended"}
    ),
    "cancelling": frozenset({"idle", "paused", "dying", "crashed", "ended"}),
    "hibernated": frozenset({"starting", "dying", "ended"}),
    "crashed": frozenset({"starting", "paused", "dying", "ended"}),
    "dying": frozenset(
        {
            "starting",
            "idle",
            "running",
            "waiting",
            "pausing",
            "paused",
            "frozen",
            "crashed",
            "ended",
        }
    ),
    "ended": frozenset(),
}
"""state -> the states it may move to; only `StateChanged` moves a thread."""

LIVE: frozenset[State] = frozenset(MOVES) - {"ended"}
