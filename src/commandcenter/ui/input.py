"""The one key router: every key of the window goes through here, to exactly one place."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication

from commandcenter.hud.keymap import Chord, repeats
from commandcenter.ui.actions import Actions
from commandcenter.ui.keys import chord_of
from commandcenter.ui.screen import Screen

COPY = Chord("C", frozenset({"Mod"}))
"""Copies what is selected in a transcript; bound to nothing else."""


class Router(QObject):
    """An application filter that acts on windows only; it stamps the time of each key."""

    def __init__(self, screen: Screen, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._screen = screen
        self._actions = actions
        self.down: set[str] = set()
        """Keys that are held, by place."""
        self.on_key: Callable[[], None] = lambda: None

    def install(self, app: QApplication) -> None:
        """Start routing."""
        app.installEventFilter(self)

    def remove(self, app: QApplication) -> None:
        """Stop routing."""
        app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of our window; everything else passes. An exception passes the event on."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(watched, QWindow):
            event.accept()
            return True
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWindow):
            return False
        if kind == QEvent.Type.KeyPress:
            return self.press(event)
        if kind == QEvent.Type.KeyRelease:
            return self.release(event)
        return False

    def press(self, event: QKeyEvent) -> bool:
        """Route one press; True = it was ours."""
        screen = self._screen
        self._shift(event, True)
        text = screen.mode == "composer"
        chord = chord_of(event)
        if screen.mode == "terminal" and self._bare(chord):
            self._actions.terminal.press(event)
            return True
        if chord is None:
            return False
        if screen.labels.learn(event):
            screen.changed()
        if screen.mode == "overlay" and self._overlay(chord, event.isAutoRepeat()):
            return True
        action = screen.keymap.lookup(screen.mode, chord)
        if action is None:
            return self._unbound(chord, text, event.isAutoRepeat())
        if event.isAutoRepeat() and not repeats(action):
            return True
        if not event.isAutoRepeat():
            self.down.add(chord.key)
        screen.key_at = screen.now()
        screen.acting.repeats = event.isAutoRepeat()
        self._actions.do(action)
        screen.acting.repeats = False
        screen.key_at = 0.0
        self.on_key()
        return True

    def _overlay(self, chord: Chord, held: bool) -> bool:
        """In an overlay: a sheet that waits for a key, text to undo, keys that open overlays.

        A key that is held opened it, so its repeats neither close it nor are the one waited for.
        """
        overlays, keymap = self._actions.overlays, self._screen.keymap
        if overlays.grabs and (held or overlays.grabbed(chord)):
            return True
        action = keymap.lookup("overlay", chord)
        if action is not None:
            return overlays.text_first(action)
        opener = overlays.opener(chord)
        if opener and not held:
            self._actions.do(opener)
        return bool(opener)

    def _bare(self, chord: Chord | None) -> bool:
        """In TERMINAL mode all but a few commands is the program's."""
        return chord is None or self._screen.keymap.lookup("terminal", chord) is None

    def release(self, event: QKeyEvent) -> bool:
        """A key went up; text fields see it too."""
        self._shift(event, False)
        chord = chord_of(event)
        if chord is not None and not event.isAutoRepeat():
            self.down.discard(chord.key)
            self._actions.overlays.released(chord)
            self.on_key()
        return self._screen.mode not in ("composer", "overlay")

    def _shift(self, event: QKeyEvent, down: bool) -> None:
        if event.key() == Qt.Key.Key_Shift and not event.isAutoRepeat():
            self._actions.watching.shift(down)

    def _unbound(self, chord: Chord, text: bool, held: bool) -> bool:
        """Text fields keep what is no command; in APPROVE a grid key says it decides nothing."""
        if self._screen.mode == "overlay":
            return self._actions.overlays.press(chord, held)
        if self._actions.commenting.typing:
            return chord.key == "Tab"
        if text and chord.key == "Tab" and chord.mods <= {"Shift"}:
            self._actions.writing.tab(back="Shift" in chord.mods)
            return True
        if text and self._actions.way_on(chord):
            return True
        if text:
            return len(chord.key) > 1 and chord.key[0] == "F" and chord.key[1:].isdigit()
        if chord == COPY and self._actions.inspecting.copy():
            return True
        grid = self._screen.keymap.grid
        if self._screen.mode == "approval" and chord.key in grid and "Mod" not in chord.mods:
            self._actions.deciding.other_key()
        return True
