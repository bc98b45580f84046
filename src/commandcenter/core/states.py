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
Activity = Literal["", "thinking", "generating", "tool", "setup"]
Outcome = Literal["", "done", "failed", "killed", "merged"]
Flag = Literal["silent", "parked", "unmetered", "unseen", "by_hand"]
HoldReason = Literal[
    "player", "budget", "spend_freeze", "policy", "guard", "epoch", "starting", "journal", "window"
]

_STOPS: frozenset[State] = frozenset({"frozen", "dying", "crashed", "ended"})
"""Where nearly every live state may go."""
_TURN: frozenset[State] = frozenset({"running", "waiting", "idle"})
MOVES: dict[State, frozenset[State]] = {
    "starting": frozenset[State]({"paused"}) | _TURN | _STOPS,
    "idle": frozenset[State]({"running", "paused", "starting", "hibernated"}) | _STOPS,
    "running": frozenset[State]({"pausing", "paused", "cancelling"}) | _TURN | _STOPS,
    "waiting": frozenset[State]({"pausing", "paused", "cancelling"}) | _TURN | _STOPS,
    "pausing": frozenset[State]({"paused", "cancelling"}) | _TURN | _STOPS,
    "paused": frozenset[State]({"starting", "cancelling", "hibernated"}) | _TURN | _STOPS,
    "frozen": frozenset[State]({"starting", "pausing", "paused", "cancelling"}) | _TURN | _STOPS,
    "cancelling": frozenset[State]({"idle", "paused"}) | _STOPS,
    "hibernated": frozenset[State]({"starting", "crashed", "dying", "ended"}),
    "crashed": frozenset[State]({"starting", "paused", "dying", "ended"}),
    "dying": frozenset[State]({"starting", "pausing", "paused"}) | _TURN | _STOPS,
    "ended": frozenset[State](),
}
"""state -> the states it may move to; only `StateChanged` moves a thread."""

LIVE: frozenset[State] = frozenset(MOVES) - {"ended"}
