"""From a key event to the bytes that a terminal sends, as xterm does."""

import re
import sys
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from commandcenter.core.base import Record
from commandcenter.ui.keys import place

ESC: Final = b"\x1b"
MAC = sys.platform == "darwin"
_Mod = Qt.KeyboardModifier
CTRL = _Mod.MetaModifier if MAC else _Mod.ControlModifier
"""What the keyboard prints Ctrl on; Qt calls macOS's Cmd by that name."""
_LETTER: Final[dict[int, bytes]] = {
    Qt.Key.Key_Up: b"A",
    Qt.Key.Key_Down: b"B",
    Qt.Key.Key_Right: b"C",
    Qt.Key.Key_Left: b"D",
    Qt.Key.Key_End: b"F",
    Qt.Key.Key_Home: b"H",
    **{Qt.Key.Key_F1 + number: b"PQRS"[number : number + 1] for number in range(4)},
}
_NUMBER: Final[dict[int, int]] = {
    Qt.Key.Key_Insert: 2,
    Qt.Key.Key_Delete: 3,
    Qt.Key.Key_PageUp: 5,
    Qt.Key.Key_PageDown: 6,
    **{
        Qt.Key.Key_F5 + number: code for number, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24))
    },
}
_PLAIN: Final[dict[int, bytes]] = {
    Qt.Key.Key_Return: b"\r",
    Qt.Key.Key_Enter: b"\r",
    Qt.Key.Key_Escape: ESC,
    Qt.Key.Key_Tab: b"\t",
    Qt.Key.Key_Backtab: b"\x1b[Z",
    Qt.Key.Key_Backspace: b"\x7f",
}
_CONTROLS: Final = {
    **{chr(code): bytes([code & 0x1F]) for code in range(0x40, 0x60)},
    " ": b"\0",
    "/": b"\x1f",
    "-": b"\x1f",
    "2": b"\0",
    **{str(number): bytes([0x1B + number - 3]) for number in range(3, 8)},
    "8": b"\x7f",
    "?": b"\x7f",
}
_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Wants(Record, frozen=True):
    """What the program asked of its terminal."""

    application: bool = False
    """The arrows as an application's (DECCKM)."""
    pastes: bool = False
    """Pasted text between brackets (mode 2004)."""


def encoded(event: QKeyEvent, wants: Wants) -> bytes:
    """What this press sends; empty for a modifier alone and for keys that a terminal lacks."""
    held = event.modifiers()
    key, alt, ctrl = event.key(), bool(held & _Mod.AltModifier), bool(held & CTRL)
    if key in _LETTER or key in _NUMBER:
        return _function(key, _modifier(held), wants.application)
    if key in _PLAIN:
        return _named(key, held, alt, ctrl)
    text = event.text()
    if ctrl and alt and text.isprintable() and text:  # AltGr on Windows
        return text.encode()
    sent = _control(event) if ctrl else text.encode("utf-8", "ignore") or _unnamed(event)
    return ESC + sent if alt and sent else sent


def is_paste(event: QKeyEvent) -> bool:
    """Ctrl+Shift+V (Cmd+V), and Shift+Insert, as in other terminals."""
    held = event.modifiers() & ~_Mod.KeypadModifier
    if event.key() == Qt.Key.Key_Insert:
        return bool(held == _Mod.ShiftModifier)
    wanted = _Mod.ControlModifier if MAC else _Mod.ControlModifier | _Mod.ShiftModifier
    return bool(held == wanted) and event.key() == Qt.Key.Key_V


def pasted(text: str, wants: Wants) -> bytes:
    """A text from the clipboard; its control characters, which would be keys, are left out."""
    clean = _UNSAFE.sub("", text).replace("\r\n", "\r").replace("\n", "\r")
    data = clean.encode("utf-8", "ignore")
    return b"\x1b[200~" + data + b"\x1b[201~" if wants.pastes else data


def _modifier(held: Qt.KeyboardModifier) -> int:
    """xterm's number of the modifiers; 1 = none."""
    bits = ((_Mod.ShiftModifier, 1), (_Mod.AltModifier, 2), (CTRL, 4))
    return 1 + sum(bit for flag, bit in bits if held & flag)


def _function(key: int, modifier: int, application: bool) -> bytes:
    with_mods = b";%d" % modifier if modifier > 1 else b""
    if key in _NUMBER:
        return b"\x1b[%d%b~" % (_NUMBER[key], with_mods)
    letter = _LETTER[key]
    if with_mods:
        return b"\x1b[1%b%b" % (with_mods, letter)
    return (b"\x1bO" if application or letter in b"PQRS" else b"\x1b[") + letter


def _named(key: int, held: Qt.KeyboardModifier, alt: bool, ctrl: bool) -> bytes:
    sent = _PLAIN[key]
    if key == Qt.Key.Key_Tab and held & _Mod.ShiftModifier:
        sent = _PLAIN[Qt.Key.Key_Backtab]
    elif key == Qt.Key.Key_Backspace and ctrl:
        sent = b"\b"
    return ESC + sent if alt else sent


def _control(event: QKeyEvent) -> bytes:
    """Ctrl and a character: by what is printed, where that is ASCII, else by place."""
    key = event.key()
    char = chr(key) if 0x20 <= key < 0x7F else place(event)
    return _CONTROLS.get(char, b"")


def _unnamed(event: QKeyEvent) -> bytes:
    """A press that came without a text, as synthetic ones with a modifier do."""
    key = event.key()
    if not 0x20 <= key < 0x7F:
        return b""
    char = chr(key)
    return (char if event.modifiers() & _Mod.ShiftModifier else char.lower()).encode()
