"""Standing orders: marks, goals and chains that hold until changed."""

from typing import ClassVar, Literal

from commandcenter.core.orders.base import Order, Undo


class Seen(Order, frozen=True):
    """Mark a thread's results as looked at; --diff: its diff too; --to N: back to that mark."""

    target: str
    to: int = -1
    """Results seen; -1 = all there are."""
    diff: bool = False
    diff_to: int = -1
    """Of those with their diff; -1 = as `diff` says. What undo gives."""
    undo: ClassVar[Undo] = "yes"


class Priority(Order, frozen=True):
    """Move the thread's weight at the gate's queue: 0.5, 1, 2, 4."""

    target: str
    way: Literal["up", "down"]
    words: ClassVar[tuple[str, ...]] = ("target", "way")
    undo: ClassVar[Undo] = "yes"


class Tag(Order, frozen=True):
    """Put a word on the thread, or take it off when it bears it."""

    target: str
    word: str
    words: ClassVar[tuple[str, ...]] = ("target", "word")
    undo: ClassVar[Undo] = "yes"


class Flag(Order, frozen=True):
    """Set a note on the map at X,Y (0 to 1000 of its width and height)."""

    at: str
    note: str
    number: int = 0
    """The number that it had, as undo gives it; 0 = a fresh one."""
    words: ClassVar[tuple[str, ...]] = ("at", "note")
    undo: ClassVar[Undo] = "yes"


class Unflag(Order, frozen=True):
    """Remove a note from the map; the undo of `flag`."""

    flag: int
    words: ClassVar[tuple[str, ...]] = ("flag",)
    undo: ClassVar[Undo] = "yes"


class Goal(Order, frozen=True):
    """Say what the thread is for; it is told with its next prompt. An empty text removes it."""

    target: str
    text: str
    told: bool = False
    """The agent knows it, unless it was told another since; what undo gives."""
    words: ClassVar[tuple[str, ...]] = ("target", "text")
    undo: ClassVar[Undo] = "yes"


class Rally(Order, frozen=True):
    """Say where the thread's results go: --to @group:N or review; an empty one removes it."""

    target: str
    to: str = ""
    undo: ClassVar[Undo] = "yes"


class Loop(Order, frozen=True):
    """Repeat the turn --until COND: `5`, `$1.50`, `30m`, `stale:3`, joined by commas; `off` ends.

    Whichever comes first ends it. `stale:N` = N rounds that changed no file.
    """

    target: str
    until: str = ""
    undo: ClassVar[Undo] = "yes"


class Enqueue(Order, frozen=True):
    """Append an order behind what the thread does: written `VERB TARGET ... --queued`."""

    target: str
    text: str
    """The order's notation, with `@self` as its target."""
    words: ClassVar[tuple[str, ...]] = ("target", "text")
    undo: ClassVar[Undo] = "yes"


class Queue(Order, frozen=True):
    """Change a thread's queued orders: --clear empties it, --move "A B" puts place A at place B.

    Places count from 1; `--drop N` takes one out.
    """

    target: str
    clear: bool = False
    move: str = ""
    drop: int = 0
    undo: ClassVar[Undo] = "yes"


class Requeue(Order, frozen=True):
    """Give a thread exactly these queued orders; the undo of `queue` and of `--queued`."""

    target: str
    texts: tuple[str, ...] = ()
    ids: str = ""
    """Their ids as they were, joined by commas: those given meanwhile do not come back."""
    words: ClassVar[tuple[str, ...]] = ("target", "texts")


class GroupRule(Order, frozen=True):
    """What a control group does by itself; what is not given is off."""

    group: int
    exclusive: bool = False
    """Adding a thread takes it from the other groups."""
    children: bool = False
    """Children join their parent's group."""
    auto: str = ""
    """A filter: new threads that match it join."""
    words: ClassVar[tuple[str, ...]] = ("group",)
    undo: ClassVar[Undo] = "yes"
