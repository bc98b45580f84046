"""Files that stood on the screen for a second; once all of a result did, its diff was looked at."""

from collections.abc import Iterable

from commandcenter.core.orders import Seen
from commandcenter.hud.results import FileChange
from commandcenter.ui.diff import DiffView
from commandcenter.ui.giver import Giver
from commandcenter.ui.looked import APART_S, STOOD_S
from commandcenter.ui.screen import Screen


class Looks:
    """For the sheets that show diffs; the inspector's own is watched by `Looked`."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._place: object = None
        self._since = 0.0
        self._seen: dict[int, dict[str, FileChange]] = {}
        self._told: dict[int, float] = {}
        self._marks: dict[int, dict[str, int]] = {}

    def seen(self, thread: int) -> dict[str, int]:
        """The marks of files of its whole diff; the view goes on writing into it."""
        return self._marks.setdefault(thread, {})

    def stood(self, view: DiffView, what: object, active: bool) -> bool:
        """Once a frame: has what stands there stood for a second? Then it was looked at."""
        if not active:
            self._place = None
            return False
        place, now = (what, view.verticalScrollBar().value()), self._screen.now()
        if place != self._place:
            self._place, self._since = place, now
        if now - self._since < STOOD_S:
            return False
        view.look()
        return True

    def file(self, thread: int, found: FileChange) -> None:
        """A file was looked at to its end."""
        self._seen.setdefault(thread, {})[found.path] = found

    def has(self, thread: int, found: FileChange) -> bool:
        """Was it, as it is now?"""
        return self._seen.get(thread, {}).get(found.path) == found

    def whole(self, thread: int, files: Iterable[FileChange]) -> bool:
        """Was all of it looked at?"""
        found = list(files)
        return bool(found) and all(self.has(thread, one) for one in found)

    def mark(self, thread: int) -> None:
        """All of its diff was: the engine is told, at most once in five seconds."""
        screen, now = self._screen, self._screen.now()
        head = screen.world.threads.get(thread)
        if head is None or head.diff_seen >= head.results or not screen.up:
            return
        if now - self._told.get(thread, -APART_S) >= APART_S:
            self._told[thread] = now
            self._giver.quiet(Seen(f"#{thread}", diff=True))
