"""Sends the counted acts in batches of one second; nothing runs while there are none."""

import logging

import msgspec
from PySide6.QtCore import QObject, QTimer

from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen

log = logging.getLogger("cc.screen")
BATCH_MS = 1000


class Acts(QObject):
    """Its timer is armed by the first act of a batch."""

    def __init__(self, screen: Screen, parent: QObject) -> None:
        super().__init__(parent)
        self._screen = screen
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BATCH_MS)
        self._timer.timeout.connect(lambda: self.flush())

    def look(self) -> None:
        """Something may have been counted."""
        if self._screen.acting.waiting and self._screen.up and not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Send now what was counted."""
        self._timer.stop()
        if self._screen.up and self._screen.acting.waiting:
            self._screen.tasks.spawn(self._send(), "acts")

    async def _send(self) -> None:
        acting = self._screen.acting
        acts = acting.take(self._screen.clock.wall())
        if not acts:
            return
        try:
            await self._screen.link.query("acted", acts=msgspec.to_builtins(acts))
        except LinkLost:
            acting.give_back(acts)
        except ValueError as error:
            log.warning("the acts were not taken: %s", error)
