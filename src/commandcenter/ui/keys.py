"""From a key event to a chord by place: the table of 47 places, and what is printed on them."""

import sys

from PySide6.QtCore import QEvent, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent

from commandcenter.hud.keymap import Chord

_ROWS = ((0x29, "`"), (0x02, "1234567890-="), (0x10, "QWERTYUIOP[]"), (0x2B, "\\"))
_LOWER = ((0x1E, "ASDFGHJKL;'"), (0x2C, "ZXCVBNM,./"))
SCAN: dict[int, str] = {
    first + offset: key for first, keys in (*_ROWS, *_LOWER) for offset, key in enumerate(keys)
}
"""Scan code, set 1 -> the key a US keyboard prints there."""
MAC: dict[int, str] = {
    0: "A", 1: "S", 2: "D", 3: "F", 4: "H", 5: "G", 6: "Z", 7: "X", 8: "C", 9: "V", 11: "B",
    12: "Q", 13: "W", 14: "E", 15: "R", 16: "Y", 17: "T", 18: "1", 19: "2", 20: "3", 21: "4",
    22: "6", 23: "5", 24: "=", 25: "9", 26: "7", 27: "-", 28: "8", 29: "0", 30: "]", 31: "O",
    32: "U", 33: "[", 34: "I", 35: "P", 37: "L", 38: "J", 39: "'", 40: "K", 41: ";", 42: "\\",
    43: ",", 44: "/", 45: "N", 46: "M", 47: ".", 50: "`",
}  # fmt: skip
"""Virtual key code of macOS -> the key a US keyboard prints there."""
X11_OFFSET = 8
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_NAMED: dict[int, str] = {
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Enter: "Return",
    Qt.Key.Key_Escape: "Esc",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_PageUp: "PgUp",
    Qt.Key.Key_PageDown: "PgDown",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_Insert: "Ins",
    Qt.Key.Key_Delete: "Del",
    Qt.Key.Key_Pause: "Pause",
    **{Qt.Key.Key_F1 + n: f"F{n + 1}" for n in range(12)},
}
_MODS = (
    (Qt.KeyboardModifier.ControlModifier, "Mod"),
    (Qt.KeyboardModifier.MetaModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
)
_SIGNS = {"Mod": "⌘", "Ctrl": "⌃", "Alt": "⌥", "Shift": "⇧"}


def place(event: QKeyEvent) -> str:
    """The key at the event's place on a US keyboard; empty for keys that have none."""
    if sys.platform == "darwin":
        native = (
            MAC.get(event.nativeVirtualKey()) if event.nativeVirtualKey() or event.text() else None
        )
    else:
        offset = X11_OFFSET if sys.platform.startswith("linux") else 0
        native = SCAN.get(event.nativeScanCode() - offset) if event.nativeScanCode() else None
    return native or _printed(event.key())


def _printed(key: int) -> str:
    """Synthetic events carry no place: the key's own character, as US."""
    if not 0x20 < key < 0x7F:
        return ""
    return _SHIFTED.get(chr(key), chr(key))


def chord_of(event: QKeyEvent) -> Chord | None:
    """What was pressed; None for a bare modifier or a key nothing can be bound to."""
    key = _NAMED.get(event.key()) or place(event)
    if not key:
        return None
    held = event.modifiers()
    mods = {name for flag, name in _MODS if held & flag}
    if event.key() == Qt.Key.Key_Backtab:
        mods.add("Shift")
    return Chord(key, frozenset(mods))


class Labels:
    """What the player's keyboard prints on each place: learnt from key events, US until then."""

    def __init__(self) -> None:
        self._learnt: dict[str, str] = {}

    def learn(self, event: QKeyEvent) -> bool:
        """Take the label of a plainly pressed letter; True when it was news."""
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        text = event.text().upper()
        if not event.nativeScanCode() or not plain or len(text) != 1 or not text.isalpha():
            return False
        key = place(event)
        if self._learnt.get(key, key) == text:
            return False
        self._learnt[key] = text
        return True

    def of(self, chord: str) -> str:
        """A chord's text as the keyboard prints it, `Mod` as the platform calls it."""
        *mods, key = chord.split("+") if not chord.endswith("+") else [chord]
        shown = self._learnt.get(key, key)
        if sys.platform == "darwin":
            return "".join(_SIGNS.get(mod, mod) for mod in mods) + shown
        names = ["Ctrl" if mod == "Mod" else mod for mod in mods]
        return "+".join([*names, shown])


def event_of(text: Chord) -> QKeyEvent:
    """A synthetic press of a chord, as `screenshot --keys` plays it."""
    names = {name: code for code, name in reversed(list(_NAMED.items()))}
    code = names.get(text.key)
    flags = Qt.KeyboardModifier.NoModifier
    for flag, name in _MODS:
        if name in text.mods:
            flags |= flag
    key = Qt.Key(code) if code is not None else Qt.Key(ord(text.key))
    if code is None and not flags & ~Qt.KeyboardModifier.ShiftModifier:
        shown = text.key if "Shift" in text.mods else text.key.lower()
    else:
        shown = ""
    combined = QKeyCombination(flags, key)
    return QKeyEvent(QEvent.Type.KeyPress, combined.key(), flags, shown)
