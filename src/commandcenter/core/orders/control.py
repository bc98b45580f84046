"""Orders that stop, go on, end or speak to threads, and take orders back."""

from typing import ClassVar

from commandcenter.core.orders.base import Order, Undo


class Steer(Order, frozen=True):
    """Send text into the thread: after its turn, or with --now in place of what runs."""

    target: str
    text: str
    now: bool = False
    image: str = ""
    """Path of a picture that goes with the text."""
    words: ClassVar[tuple[str, ...]] = ("target", "text")
    undo: ClassVar[Undo] = "yes"


class Unsteer(Order, frozen=True):
    """Take a queued text back before it is delivered."""

    target: str
    item: str
    words: ClassVar[tuple[str, ...]] = ("target", "item")


class Pause(Order, frozen=True):
    """Let the running step end, admit no further one."""

    target: str
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class Resume(Order, frozen=True):
    """Go on after pause or freeze; spares a thread whose kill fuse burns."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Freeze(Order, frozen=True):
    """Stop processes at once; the answer in flight is drained and kept."""

    target: str
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class Interrupt(Order, frozen=True):
    """End the turn now; the session and its context stay."""

    target: str
    urgent: ClassVar[bool] = True


class Kill(Order, frozen=True):
    """End the thread after its fuse; workspace and tombstone stay. --now: no fuse."""

    target: str
    now: bool = False
    urgent: ClassVar[bool] = True
    undo: ClassVar[Undo] = "yes"


class PauseAll(Order, frozen=True):
    """The bell: every thread stops at its next safe point; new ones are held too."""

    words: ClassVar[tuple[str, ...]] = ()
    urgent: ClassVar[bool] = True


class ResumeAll(Order, frozen=True):
    """Resume what the bell stopped, and nothing else."""

    words: ClassVar[tuple[str, ...]] = ()


class Hibernate(Order, frozen=True):
    """Put an idle or paused session away: no process, no memory; wake opens it again."""

    target: str


class Wake(Order, frozen=True):
    """Open a hibernated session again."""

    target: str


class Compact(Order, frozen=True):
    """Let the agent make its context smaller, while it is idle."""

    target: str


class Take(Order, frozen=True):
    """Take the session into your own hands: put away here, opened by the agent's own command."""

    target: str
    undo: ClassVar[Undo] = "yes"


class GiveBack(Order, frozen=True):
    """Give the session back: the thread goes on where you left it."""

    target: str


class Undo_(Order, frozen=True, tag="undo"):
    """Take back your last reversible order."""

    words: ClassVar[tuple[str, ...]] = ()
    urgent: ClassVar[bool] = True


class Redo(Order, frozen=True):
    """Give the order again that undo took back."""

    words: ClassVar[tuple[str, ...]] = ()
