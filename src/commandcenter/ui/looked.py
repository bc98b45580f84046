"""What of a diff was looked at: a second on the screen, in the window that the player uses."""

from commandcenter.core.orders import Seen
from commandcenter.core.world import Head
from commandcenter.ui.giver import Giver
from commandcenter.ui.inspector import InspectorPanel
from commandcenter.ui.screen import Screen

STOOD_S = 1.0
APART_S = 5.0
"""At most one mark per thread in so many seconds."""


class Looked:
    """Watches the Diff tab; once every file was read, the thread's diff is marked as seen."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._place: tuple[int, int] | None = None
        """Thread, and how far its diff is scrolled."""
        self._since = 0.0
        self._told: dict[int, float] = {}

    def look(self, panel: InspectorPanel, thread: int, active: bool) -> None:
        """Once a frame: what stands there, and for how long."""
        here = active and panel.isVisible() and panel.diff.isVisible() and panel.front is panel.diff
        if not here or not thread:
            self._place = None
            return
        place, now = (thread, panel.diff.verticalScrollBar().value()), self._screen.now()
        if place != self._place:
            self._place, self._since = place, now
        if now - self._since >= STOOD_S:
            panel.diff.look()
            self._mark(panel, thread, now)

    @property
    def due(self) -> float:
        """Seconds until what stands there counts as looked at; 0 = it does, or nothing stands."""
        if self._place is None:
            return 0.0
        left = self._since + STOOD_S - self._screen.now()
        return left if left > 0 else 0.0

    def _mark(self, panel: InspectorPanel, thread: int, now: float) -> None:
        head = self._screen.world.threads.get(thread)
        if head is None or not panel.diff.read or not _unseen(head) or not self._screen.up:
            return
        if now - self._told.get(thread, -APART_S) >= APART_S:
            self._told[thread] = now
            self._giver.quiet(Seen(f"#{thread}", diff=True))


def _unseen(head: Head) -> bool:
    return head.diff_seen < head.results
