"""The help: the card's shape with this mode's keys as printed here, the others by subject."""

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.hud import helping
from commandcenter.hud.keymap import Mode
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.screen import MODE_WORDS, Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.theme import SEMIBOLD, Style

COLUMNS, HIGH, GAP = 5, 42, 4
HELD_S = 0.4


class Help(Sheet):
    """Closed by Esc, by its key, or by the release of its key when that was held."""

    opener = "help.keys"
    title = "Keys"
    foot = "Shift + a key of the card appends the order behind what runs · Ctrl+K finds all by name"
    wide, tall = 860, 680
    top = 3 * (HIGH + GAP) + 6

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._mode: Mode = next((mode for mode in screen.modes[::-1] if mode != "overlay"), "map")
        self.opened = screen.now()
        self.title = f"Keys of {MODE_WORDS.get(self._mode, self._mode)}"
        self.foot = self.foot.replace("Ctrl+K", screen.labels.of(screen.keymap.key("palette")))

    def released(self) -> bool:
        """The key that opened it went up; True when it had been held."""
        return self._screen.now() - self.opened > HELD_S

    def choices(self) -> Sequence[Choice]:
        """The keys that are not on the card."""
        found: list[Choice] = []
        subject = ""
        for line in helping.lines(self._screen.keymap, self._mode):
            if line.subject != subject:
                subject = line.subject
                found.append(Choice(subject, heading=True))
            more = [self._screen.labels.of(key) for key in line.keys[1:]]
            note = line.text + (f" Also {', '.join(more)}." if more else "")
            found.append(Choice(line.name, note, line.keys[0], id=line.name))
        return found

    def draw_top(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """Fifteen places, as on the card."""
        wide = (rect.width() - (COLUMNS - 1) * GAP) // COLUMNS
        for slot, (key, action, name) in enumerate(helping.grid(self._screen.keymap, self._mode)):
            x = rect.x() + slot % COLUMNS * (wide + GAP)
            y = rect.y() + slot // COLUMNS * (HIGH + GAP)
            place = QRect(x, y, wide, HIGH)
            ink.plate(painter, place, Plate("tile" if action else "", "edge", 6))
            shown = self._screen.labels.of(key)
            cap = round(ink.keycap(painter, x + 8, place.center().y() - 7, shown))
            text = place.adjusted(cap + 16, 0, -6, 0)
            ink.put(
                painter, text, name or "—", Style(12, "fg" if action else "dim", SEMIBOLD), place
            )
