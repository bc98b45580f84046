"""Plays what is due: by QtMultimedia where it is installed, else the system's bell, else nothing.

The caption stands in the alerts panel either way.
"""

import importlib
import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from commandcenter.config.resources import resource
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.sounding import Sound
from commandcenter.ui.screen import Screen

log = logging.getLogger("cc.screen")
_SILENT = frozenset({"offscreen", "minimal"})
"""Platforms without a person."""


class Sounds:
    """Looks once a frame; nothing of Qt's audio is loaded before the first sound."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._effects: dict[Sound, Any] = {}
        self._audio: Any = None
        self._tried = False
        self.play: Callable[[Sound], None] = self._play

    def look(self, rows: tuple[AlertRow, ...]) -> None:
        """What the panel newly says, and what became due."""
        screen, now = self._screen, self._screen.now()
        if not screen.loaded:
            return
        screen.sounding.rows(rows, now)
        sound = screen.sounding.due(now)
        if sound is not None:
            self.play(sound)

    def _play(self, sound: Sound) -> None:
        if QGuiApplication.platformName() in _SILENT:
            return
        effect = self._effect(sound)
        if effect is None:
            QApplication.beep()
        else:
            effect.play()

    def _effect(self, sound: Sound) -> Any:
        """The loaded file; None where Qt has no audio here."""
        if not self._tried:
            self._tried = True
            try:
                self._audio = importlib.import_module("PySide6.QtMultimedia")
            except ImportError as error:
                log.info("no QtMultimedia, so the system's bell: %s", error)
        if self._audio is None or not self._audio.QMediaDevices.defaultAudioOutput().id():
            return None
        if sound not in self._effects:
            effect = self._audio.QSoundEffect()
            effect.setSource(QUrl.fromLocalFile(str(resource(f"sounds/{sound}.wav"))))
            self._effects[sound] = effect
        return self._effects[sound]
