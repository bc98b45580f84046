"""Says to a screen reader what changed: where the cursor is, dangers, refusals, modes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QWidget

from commandcenter.core.events import Severity
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.announcing import Announcer, Said
from commandcenter.hud.words import plain
from commandcenter.ui.accessible import Leaf, MapAccess, PanelAccess, Readers
from commandcenter.ui.screen import MODE_WORDS

if TYPE_CHECKING:
    from commandcenter.ui.window import Window

Politeness = QAccessible.AnnouncementPoliteness
_GRAVER: dict[Severity, int] = {"info": 0, "warn": 1, "danger": 2}
KEPT = 64


class Speaking:
    """Looks at the screen with each frame; does nothing while no screen reader runs."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._screen = window.screen_state
        self._regions = window.actions_table.regions
        self.readers = Readers(window, self._cursor_in)
        self._announcer = Announcer()
        self._known: dict[str, Severity] | None = None
        self._mode = "MAP mode"
        self._notice: object = None
        self._focus: tuple[str, str] = ("", "")
        self.spoken: list[Said] = []
        """The last 64 sentences."""
        self._timer = QTimer(window)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._speak())

    def _where(self) -> tuple[str, str]:
        """Region and item that have the cursor; in a menu the marked place of the card."""
        screen = self._screen
        if screen.mode == "subcard":
            return "card", f"place {screen.marked}"
        item = self._regions.item
        return screen.region, item.key if item is not None else str(screen.selection.active)

    def _cursor_in(self, widget: QWidget) -> str:
        region, key = self._where()
        if region == "map":
            return key if widget is self._window.map else ""
        found = self._regions.regions.get(region)
        return key if found is not None and found.widget is widget else ""

    # --- with each frame --------------------------------------------------

    def look(self, rows: tuple[AlertRow, ...]) -> None:
        """What is new since the last frame; the alerts' rows as they stand."""
        if not QAccessible.isActive() or not self._screen.loaded:
            self._known = None
            return
        now = self._screen.now()
        self._alerts(rows, now)
        self._refusal(now)
        self._modes(now)
        self._cursor()
        self._speak()

    def _alerts(self, rows: tuple[AlertRow, ...], now: float) -> None:
        before = self._known
        self._known = {row.key: row.severity for row in rows}
        if before is None:  # what stood there when the reader came is no news
            return
        for row in rows:
            last = before.get(row.key)
            if last is None or _GRAVER[row.severity] > _GRAVER[last]:
                self._announcer.alert(f"{row.title}, {row.detail}", row.severity, now)

    def _refusal(self, now: float) -> None:
        notice = self._screen.notice
        if notice is self._notice:
            return
        self._notice = notice
        if notice is not None and notice.refused:
            parts = [part for part in (notice.text, notice.mend) if part]
            self._announcer.refusal(". ".join(parts), now)

    def _modes(self, now: float) -> None:
        mode = self._mode_words()
        if mode != self._mode:
            self._mode = mode
            self._announcer.mode(mode, now)

    def _mode_words(self) -> str:
        """`MAP mode`; in PANEL its region, in APPROVE who asks what."""
        screen = self._screen
        words = f"{MODE_WORDS.get(screen.mode, screen.mode)} mode"
        if screen.mode == "panel":
            return f"{words}, {self._regions.words()}"
        case = screen.deck.shown
        if screen.mode == "approval" and case is not None:
            head = screen.world.threads.get(case.thread)
            who = head.name if head is not None else f"#{case.thread}"
            return plain(f"{words}, {who} asks {case.level}: {case.line}")
        return words

    def _cursor(self) -> None:
        """Focus follows the cursor: the thread on the map, the item of a region."""
        focus = self._where()
        if focus == self._focus or self._screen.mode not in ("map", "panel", "subcard"):
            return
        self._focus = focus
        leaf = self._leaf(*focus)
        if leaf is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(leaf, QAccessible.Event.Focus))

    def _leaf(self, region: str, key: str) -> Leaf | None:
        if region == "map":
            part = self.readers.of(self._window.map)
            active = self._screen.selection.active
            return part.leaf(active) if isinstance(part, MapAccess) else None
        found = self._regions.regions.get(region)
        panel = self.readers.of(found.widget) if found is not None else None
        return panel.leaf(key) if isinstance(panel, PanelAccess) else None

    def _speak(self) -> None:
        now = self._screen.now()
        said = self._announcer.next(now)
        if said is not None:
            self.spoken = [*self.spoken[-KEPT + 1 :], said]
            event = QAccessibleAnnouncementEvent(self._window, said.text)
            event.setPoliteness(Politeness.Assertive if said.assertive else Politeness.Polite)
            QAccessible.updateAccessibility(event)
        if self._announcer.waiting and not self._timer.isActive():
            self._timer.start(max(round(self._announcer.wait(now) * 1000), 50))

    def close(self) -> None:
        """The window goes."""
        self._timer.stop()
        self.readers.close()
