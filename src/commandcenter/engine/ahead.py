"""What follows a thread's turns: rounds of its loop, and orders that wait in its queue."""

from collections.abc import Callable

from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Head


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

    @property
    def more(self) -> bool:
        """Something follows."""
        return bool(self.loop or self.orders)
