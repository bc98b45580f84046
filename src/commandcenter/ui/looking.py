"""Selecting, grouping, moving the cursor and the camera: what the player looks at."""

from collections.abc import Callable

from commandcenter.core.refusals import NoSelection
from commandcenter.hud import alerts, attention
from commandcenter.hud.alert_log import LogLine
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.selection import Direction, army, following, group_order, idle
from commandcenter.ui.giver import Giver
from commandcenter.ui.portrait import TABS
from commandcenter.ui.screen import Screen
from commandcenter.ui.spawning import go_to


class Looking:
    """The player's eyes: nothing here changes a thread."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._from: tuple[int, int] | None = None
        self.shown: Callable[[], tuple[int, ...]] = lambda: tuple(screen.world.threads)
        """The threads that the filter shows."""

    # --- selection --------------------------------------------------

    def next_idle(self) -> None:
        """The longest idle thread, then the next."""
        self._one(idle(self._screen.world), "no thread is idle")

    def next_blocked(self) -> None:
        """The next thread that needs the player."""
        self._screen.agenda.used(self._screen.now())
        self._one(self._blocked(), "no thread needs you")

    def all_idle(self) -> None:
        """All idle threads."""
        self._many(idle(self._screen.world), "no thread is idle")

    def all_blocked(self) -> None:
        """All threads that need the player or failed."""
        self._many(self._blocked(), "no thread needs you")

    def _blocked(self) -> tuple[int, ...]:
        screen = self._screen
        return attention.blocked(screen.world, screen.clock.wall(), screen.agenda.entries)

    def all_army(self) -> None:
        """All live threads."""
        self._many(army(self._screen.world), "no thread is alive")

    def add_army(self) -> None:
        """All live threads join the selection."""
        self._screen.selection.add(army(self._screen.world))
        self._screen.selected()

    def all_visible(self) -> None:
        """All that the filter shows."""
        self._many(self.shown(), "the filter shows no thread")

    def _one(self, found: tuple[int, ...], otherwise: str) -> None:
        screen = self._screen
        thread = following(found, screen.selection.active)
        if not thread:
            screen.say(otherwise)
            return
        screen.select((thread,), thread)
        if screen.camera:
            screen.camera.reveal((thread,))

    def _many(self, found: tuple[int, ...], otherwise: str) -> None:
        if found:
            self._screen.select(found)
            self._screen.say(f"{len(found)} selected")
        else:
            self._screen.say(otherwise)

    # --- groups --------------------------------------------------

    def recall_group(self, group: int) -> None:
        """A control group's digit."""
        screen = self._screen
        done = screen.selection.recall(screen.world, group, screen.now())
        if done.empty:
            screen.say(f"group {group} is empty", f"Mod+{group} makes the selection group {group}")
            return
        screen.selected()
        if done.fit and screen.camera:
            screen.camera.reveal(done.threads)

    def set_group(self, group: int) -> None:
        """Make the selection that group."""
        screen = self._screen
        ids = screen.selection.ids
        if not ids:
            screen.refuse(NoSelection())
            return
        said = f"group {group}: {len(ids)} thread{'s' * (len(ids) != 1)}"
        self._giver.text(group_order(ids, group), ids, said)

    # --- cursor --------------------------------------------------

    def cursor(self, direction: Direction) -> None:
        """The nearest thread that way becomes the selection."""
        screen = self._screen
        thread = screen.neighbour(direction)
        if thread:
            screen.select((thread,), thread)
            if screen.camera:
                screen.camera.reveal((thread,))

    def extend(self, direction: Direction) -> None:
        """Moves and adds."""
        screen = self._screen
        thread = screen.neighbour(direction)
        if thread:
            screen.selection.add((screen.selection.active, thread) if screen.active else (thread,))
            screen.selection.active = thread
            screen.selected()
            if screen.camera:
                screen.camera.reveal((thread,))

    def toggle(self) -> None:
        """The thread under the cursor joins or leaves."""
        screen = self._screen
        if screen.active is not None:
            screen.selection.toggle(screen.selection.active)
            screen.selected()

    # --- camera --------------------------------------------------

    def center(self) -> None:
        """The selection's middle in the middle of the view."""
        screen = self._screen
        if screen.camera and screen.someone():
            screen.camera.reveal(screen.selection.ids, center=True)
            screen.changed()

    def zoom(self, by: int) -> None:
        """One step nearer or farther."""
        if self._screen.camera:
            self._screen.camera.zoom(by)
            self._screen.changed()

    def strategic(self) -> None:
        """The whole map and back."""
        if self._screen.camera:
            self._screen.camera.strategic()
            self._screen.changed()

    def operation(self, by: int) -> None:
        """View to the next sector; selects nothing."""
        screen = self._screen
        name = screen.camera.cycle(by) if screen.camera else ""
        go_to(screen, name)

    # --- alerts --------------------------------------------------

    def recall_alert(self, back: bool = False) -> None:
        """Space: what just happened, worst first; from the last one back to where it began."""
        screen, camera = self._screen, self._screen.camera
        if camera is None:
            return
        rows = alerts.rows(screen.world, screen.clock.wall(), screen.agenda.entries)
        if self._from is None:
            self._from = camera.saved_camera()
        row = screen.recall.press(rows, screen.now(), back)
        if row is None:
            camera.set_camera(*self._from)
            self._from = None
            screen.say("no alert" if not rows else "back to where the view began")
            return
        self.show_row(row)

    def show_row(self, row: AlertRow) -> None:
        """Bring what an alert is about into view; nothing is selected."""
        screen = self._screen
        operation = screen.world.operations.get(row.operation)
        threads = row.threads or (operation.threads if operation else ())
        screen.recall.visit(row, screen.now())
        if screen.camera and threads:
            screen.camera.fit(threads)
        screen.say(row.title, row.detail)

    def show_log(self, line: LogLine) -> None:
        """The same for a line of the log."""
        self.show_row(line.row)

    # --- inspector --------------------------------------------------

    def toggle_inspector(self) -> None:
        """Show or hide it."""
        self._screen.inspector = not self._screen.inspector
        self._screen.changed()

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1)."""
        self._screen.on_page(direction)

    def tab(self, by: int) -> None:
        """The next built tab."""
        at = TABS.index(self._screen.tab) if self._screen.tab in TABS else 0
        self._screen.tab = TABS[(at + by) % len(TABS)]
        self._screen.changed()
