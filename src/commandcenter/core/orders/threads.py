"""Orders that make threads and operations, and name them."""

from decimal import Decimal
from typing import ClassVar, Literal

from commandcenter.core.orders.base import Order, Undo


class Operation(Order, frozen=True):
    """Make an operation: a goal on a repository, with its budget and success command."""

    name: str
    repo: str
    base: str = ""
    goal: str = ""
    usd: Decimal | None = None
    tokens: int | None = None
    success: str = ""
    accept: str = ""
    """Acceptable trade-offs, told in every brief."""
    never: str = ""
    """What must never be optimised for, told in every brief."""
    ladder: str = ""
    protect: str = ""
    """Patterns of files the success command takes from the parent's commit, with commas."""
    words: ClassVar[tuple[str, ...]] = ("name",)
    undo: ClassVar[Undo] = "yes"


class Disband(Order, frozen=True):
    """Remove an operation that has no thread; the undo of `operation`."""

    name: str
    words: ClassVar[tuple[str, ...]] = ("name",)


class Spawn(Order, frozen=True):
    """Start threads: one per brief and count, each in a worktree of its own."""

    briefs: tuple[str, ...] = ()
    agent: str = "native"
    model: str = ""
    account: str = ""
    op: str = ""
    repo: str = ""
    name: str = ""
    count: int = 1
    uncommitted: bool = False
    usd: Decimal | None = None
    tokens: int | None = None
    profile: Literal["", "mine", "clean"] = ""
    command: str = ""
    words: ClassVar[tuple[str, ...]] = ("briefs",)
    undo: ClassVar[Undo] = "yes"


class Revive(Order, frozen=True):
    """Open a new thread from the tombstone of an ended one, in its workspace."""

    target: str
    undo: ClassVar[Undo] = "yes"


class Rename(Order, frozen=True):
    """Give the thread another name."""

    target: str
    name: str
    words: ClassVar[tuple[str, ...]] = ("target", "name")
    undo: ClassVar[Undo] = "yes"


class Group(Order, frozen=True):
    """Control groups: --set N replaces it, --add N adds to it, --steal N sets and leaves others.

    Exactly one of the three is given; numbers 0 to 9.
    """

    target: str
    set: int = -1
    add: int = -1
    steal: int = -1
    undo: ClassVar[Undo] = "yes"
