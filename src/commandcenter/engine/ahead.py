"""What follows a thread's turns: rounds of its loop, and orders that wait in its queue."""

from collections.abc import Callable

from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Head

EMPTY = 10
"""Rounds in a row that no model was called in, each over at once: the loop makes no way."""
EMPTY_S = 1.0


class Ahead:
    """The engine's own copy, which World follows after COMMIT."""

    def __init__(self, head: Head) -> None:
        self.orders: list[QueuedOrder] = list(head.orders)
        self.loop: Looping | None = head.loop
        self.given: set[str] = set()
        """Ids of queued orders that were given by this engine."""
        self.go: Callable[[], None] = lambda: None
        """Begin the next round or give the next queued order, once the thread rests."""
        self.going = False
        """That is under way."""
        self._began, self._calls, self._empty = 0.0, 0, 0
        """Of the running round: when (s), and the thread's calls before it; empty rounds so far."""

    def round_begins(self, now: float, calls: int, *, first: bool) -> None:
        """A round begins now (s), after so many model calls of the thread."""
        self._began, self._calls = now, calls
        if first:
            self._empty = 0

    def round_ended(self, now: float, calls: int) -> str:
        """Why no other one follows although its conditions allow it; empty = one may."""
        empty = calls == self._calls and now - self._began < EMPTY_S
        self._empty = self._empty + 1 if empty else 0
        why = f"{EMPTY} rounds in a row were over at once, without a model call"
        return why if self._empty >= EMPTY else ""

    @property
    def more(self) -> bool:
        """Something follows."""
        return bool(self.loop or self.orders)
