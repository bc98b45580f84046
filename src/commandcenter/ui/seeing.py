"""When a result counts as looked at: it stood on the screen for a second (screen.md 6)."""

from collections.abc import Callable, Iterable

from commandcenter.core.orders import Seen
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen

STOOD_S = 1.0
EACH_S = 5.0
"""At most one mark for a thread in so many seconds."""


class Seeing:
    """Marks what the player has had before his eyes; a mark by time is no order of his."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._since: dict[tuple[int, int], float] = {}
        """(thread, results) -> monotonic s since which its newest stands there."""
        self._marked: dict[int, float] = {}
        self.shown: Callable[[], Iterable[int]] = lambda: ()
        """Threads whose newest item is on screen now."""

    def look(self) -> None:
        """With each frame."""
        screen, now = self._screen, self._screen.now()
        standing = set(self._standing()) if screen.up else set()
        self._since = {key: self._since.get(key, now) for key in standing}
        for (thread, _), since in self._since.items():
            if now - since >= STOOD_S and self._may(thread, now):
                self._marked[thread] = now
                self._giver.quiet(Seen(f"#{thread}"))

    def due(self) -> float:
        """Seconds until something counts as seen; 0 = nothing will."""
        now = self._screen.now()
        waits = [
            max(since + STOOD_S - now, self._marked.get(thread, -EACH_S) + EACH_S - now, 0.02)
            for (thread, _), since in self._since.items()
        ]
        return min(waits, default=0.0)

    def _standing(self) -> Iterable[tuple[int, int]]:
        for thread in self.shown():
            head = self._screen.world.threads.get(thread)
            if head is not None and head.results > head.results_seen:
                yield thread, head.results

    def _may(self, thread: int, now: float) -> bool:
        return now - self._marked.get(thread, -EACH_S) >= EACH_S
