"""Events of standing orders: marks, goals, loops, queues, grants, and what the player did."""

from typing import ClassVar, Literal

from commandcenter.core.base import Record
from commandcenter.core.events.base import Event, Level
from commandcenter.core.standing import Looping, QueuedOrder


class SeenMarked(Event, frozen=True):
    """The player looked at so many results of the thread, and at its diff as of so many."""

    results: int
    diff: int


class PriorityChanged(Event, frozen=True):
    """The thread's weight at the gate's queue: 0.5, 1, 2, 4."""

    weight: float


class TagsChanged(Event, frozen=True):
    """The thread bears these words now."""

    tags: tuple[str, ...]


class GoalSet(Event, frozen=True):
    """What the thread is for; empty = nothing beyond its brief."""

    goal: str


class RallySet(Event, frozen=True):
    """Where the thread's results go: `@group:N`, `review`, or empty."""

    to: str


class LoopSet(Event, frozen=True):
    """The thread repeats its turn (or a round of it ended); None = it does no more."""

    loop: Looping | None
    why: str = ""


class OrdersQueued(Event, frozen=True):
    """These orders wait behind what the thread does, first to last."""

    orders: tuple[QueuedOrder, ...]


class FlagSet(Event, frozen=True):
    """A note stands on the map."""

    flag: int
    x: int
    y: int
    note: str


class FlagRemoved(Event, frozen=True):
    """The note is gone."""

    flag: int


class Deferred(Event, frozen=True):
    """An ask's number or an alert's id stands lower until then (wall ns; 0 = no more)."""

    entry: str
    until: int


class Snoozed(Event, frozen=True):
    """The alert is out of sight and sound until then (wall ns; 0 = no more)."""

    alert: str
    until: int


class GroupRuled(Event, frozen=True):
    """What a control group does by itself."""

    group: int
    exclusive: bool
    children: bool
    auto: str


class Granted(Event, frozen=True):
    """The player allowed the like of a request; the envelope's thread is who asked."""

    grant: str
    scope: Literal["turn", "thread", "operation"]
    operation: str
    level: Level
    rule: str
    key: str
    line: str


class GrantUsed(Event, frozen=True):
    """A request was allowed by a grant, without asking."""

    grant: str
    line: str


class GrantEnded(Event, frozen=True):
    """The grant allows nothing any more."""

    grant: str
    why: str


class Act(Record, frozen=True):
    """One counted action: its kind, a hash of its receivers, when (wall ns), key or mouse."""

    kind: str
    target: str
    wall: int
    source: Literal["key", "mouse"]


class PlayerActed(Event, frozen=True):
    """What the player did on the screen within a second (screen.md 13)."""

    acts: tuple[Act, ...]
    control: ClassVar[bool] = False
