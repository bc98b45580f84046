"""Desktop notices while the person looks elsewhere; the engine runs their own command."""

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from commandcenter.core.base import NS
from commandcenter.hud.notify import Notifier, Told
from commandcenter.ui.paint import Ink
from commandcenter.ui.screen import Screen

SHOWN_MS = 10_000
_MARKUP = str.maketrans({"<": "\u2039", ">": "\u203a", "&": "\uff06"})
"""Notice servers read some HTML; what an agent wrote must not be any."""


class Notices:
    """Looks at most once a second, and only while the window has not the person's eyes."""

    def __init__(self, screen: Screen, window: QWidget, ink: Ink) -> None:
        self._screen = screen
        self._window = window
        self._ink = ink
        self._notifier = Notifier()
        self._away = False
        self._at = 0
        self._tray: QSystemTrayIcon | None = None
        self.away: Callable[[], bool] = self._hidden
        self.show: Callable[[Told], None] = self._show

    def look(self, now: int) -> None:
        """Show what came due at wall `now` (ns)."""
        if now - self._at < NS or not self._screen.loaded:
            return
        self._at = now
        away, self._away = self._away, self.away()
        if not self._away:
            return
        if not away:
            self._notifier.start(self._screen.world, now)
        for told in self._notifier.due(self._screen.world, now, self._screen.notify_s):
            self.show(told)

    def close(self) -> None:
        """The screen goes: its sign in the tray too."""
        if self._tray is not None:
            self._tray.hide()

    def _hidden(self) -> bool:
        window = self._window
        return not window.isVisible() or window.isMinimized() or not window.isActiveWindow()

    def _show(self, told: Told) -> None:
        tray = self._icon()
        if tray is not None:
            title, body = told.title.translate(_MARKUP), told.body().translate(_MARKUP)
            tray.showMessage(title, body, tray.icon(), SHOWN_MS)

    def _icon(self) -> QSystemTrayIcon | None:
        """The sign in the tray that notices hang on; None where the desktop has none."""
        if self._tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = QSystemTrayIcon(QIcon(self._logo()), self._window)
            self._tray.setToolTip("commandcenter")
            self._tray.messageClicked.connect(lambda: self._raise())
            self._tray.activated.connect(lambda reason: self._raise())
            self._tray.show()
        return self._tray

    def _logo(self) -> QPixmap:
        picture = QPixmap(64, 64)
        picture.fill(self._ink.theme.color("bg"))
        painter = QPainter(picture)
        self._ink.glyph(painter, "logo", QRect(8, 8, 48, 48), "accent")
        painter.end()
        return picture

    def _raise(self) -> None:
        """The person clicked: the window comes to the front, nothing is selected."""
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
