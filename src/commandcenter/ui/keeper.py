"""Writes the view 250 ms after a change and drafts every 500 ms; nothing runs in between."""

from PySide6.QtCore import QObject, QTimer

from commandcenter.ui.screen import Screen
from commandcenter.ui.state import Saved, Store

VIEW_MS = 250
DRAFT_MS = 500


class Keeper(QObject):
    """Watches what is to be kept; `flush` writes at once."""

    def __init__(self, screen: Screen, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._screen = screen
        self._store = store
        self._saved: Saved | None = None
        self._drafts = dict(screen.drafts)
        self._view = self._timer(VIEW_MS)
        self._text = self._timer(DRAFT_MS)
        self._view.timeout.connect(lambda: self._save_view())
        self._text.timeout.connect(lambda: self._save_drafts())

    def _timer(self, ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        return timer

    def restore(self) -> None:
        """Bring back what was kept, once the first snapshot is there."""
        self._screen.drafts.update(self._store.drafts())
        self._drafts = dict(self._screen.drafts)
        self._screen.restore(self._store.load())
        self._saved = self._screen.saved()

    def look(self) -> None:
        """Something changed: write soon what differs."""
        if self._saved is None:
            return
        if not self._view.isActive() and self._screen.saved() != self._saved:
            self._view.start()
        if not self._text.isActive() and self._screen.drafts != self._drafts:
            self._text.start()

    def flush(self) -> None:
        """Write now what differs: at focus loss and at the end."""
        self._view.stop()
        self._text.stop()
        if self._saved is not None:
            self._save_view()
            self._save_drafts()

    def _save_view(self) -> None:
        saved = self._screen.saved()
        if saved != self._saved:
            self._saved = saved
            self._store.save(saved)

    def _save_drafts(self) -> None:
        now = self._screen.drafts
        for key in now.keys() | self._drafts.keys():
            if now.get(key, "") != self._drafts.get(key, ""):
                self._store.keep_draft(key, now.get(key, ""))
        self._drafts = dict(now)
