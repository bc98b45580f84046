"""When a client saw what: stamps on entries as they come out of the link."""

import time

from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import Held, OrderGiven, StateChanged

KINDS = frozenset({"OrderGiven", "Held", "StateChanged"})


class Stamps:
    """All in wall ns; to be cleared before each order that is timed."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.given: dict[str, int] = {}
        """Order id -> its entry."""
        self.held: dict[int, int] = {}
        self.moved: dict[tuple[int, str], int] = {}
        """(thread, state) -> when the client saw it."""
        self.fuse: dict[int, int] = {}
        """Thread -> end of its kill fuse."""

    def rows(self, rows: list[Row]) -> None:
        """More entries."""
        now = time.time_ns()
        for row in rows:
            if row.kind not in KINDS:
                continue
            event = load_entry(row).event
            if isinstance(event, OrderGiven):
                self.given[event.id] = row.wall
            elif isinstance(event, Held):
                self.held[row.thread] = now
            elif isinstance(event, StateChanged):
                self.moved[row.thread, event.new] = now
                if event.fuse_ends:
                    self.fuse[row.thread] = event.fuse_ends
