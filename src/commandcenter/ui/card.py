"""The command card: fifteen buttons in fixed places, the mode's word, and why a key was refused."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Record
from commandcenter.hud import describing
from commandcenter.hud.card import Page, Place
from commandcenter.hud.keymap import GRID
from commandcenter.hud.layout import Box, card_buttons
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.theme import BOLD, HEADING, SEMIBOLD, Style
from commandcenter.ui.tip import Hint, Tip

SUB = Style(10, "dim", align="center")
SUB_LOW = Style(9, "dim", align="center")
BADGE = Style(11, "mid", align="right")
SMALL_BADGE = Style(9, "mid", align="right")
"""For a price factor on a narrow card: cut short it would say nothing."""
LEAST = 58
"""From this height in px on a button has room for its second line."""
PLAIN = 50
"""Below it a button has no room for its icon."""
COLUMNS = 5
TIP_MS = 250
_TITLES = {
    "TARGET": "accent",
    "MENU": "accent",
    "LOOP": "accent",
    "QUEUE LOOP": "accent",
    "QUEUE BUDGET": "accent",
    "BUDGET": "accent",
    "MODEL": "accent",
    "SPLIT": "accent",
    "QUEUE SPLIT": "accent",
    "APPROVE": "wait",
    "TYPE": "accent",
    "OVERLAY": "accent",
    "MORE": "accent",
    "NEW": "accent",
}


class Notice(Record, frozen=True):
    """What the card says for four seconds: a refusal with what mends it, or what was done."""

    text: str
    mend: str = ""
    refused: bool = True
    until: float = 0.0
    """Monotonic s."""


class Shown(Record, frozen=True):
    """Everything the card paints."""

    page: Page
    notice: Notice | None = None
    pressed: int = -1
    """The place whose key is down."""
    marked: int = -1
    """The menu item under the cursor."""
    keys: tuple[str, ...] = ()
    """What the player's keyboard prints on the fifteen places, when it is not US."""
    dead: bool = False
    """The link is lost: nothing can be given."""
    mirrored: bool = False
    """The first place of a row lies at its right end, as on the player's keyboard."""


class CardPanel(Panel):
    """Paints a `Shown`; a click on a button is its key."""

    least = (296, 165)

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(ink, "command card", parent)
        self.shown = Shown(Page("MAP", "", (None,) * 15))
        self.on_slot: Callable[[int], None] = lambda slot: None
        self.on_out: Callable[[], None] = lambda: None
        self.help: Callable[[Place], Hint] = lambda place: Hint(place.name)
        self.at_once: Callable[[], bool] = lambda: False
        """Does a tooltip come without waiting?"""
        self.tip = Tip(ink, parent)
        self._over = self._pointed = -1
        self._waits = QTimer(self)
        self._waits.setSingleShot(True)
        self._waits.timeout.connect(lambda: self._tell())
        self.setMouseTracking(True)

    def show_card(self, shown: Shown) -> None:
        """Show another page, notice or press."""
        self.shown = shown
        self.show_view(shown)
        if self.tip.shown is not None or self._pointed >= 0:
            self._tell()

    def places(self) -> tuple[QRect, ...]:
        """The buttons' rectangles inside the card."""
        box = Box(0, 0, self.width(), self.height())
        found = [QRect(b.x, b.y, b.w, b.h) for b in card_buttons(box, not self.low)]
        if self.shown.mirrored:
            found = [found[_across(slot)] for slot in range(len(found))]
        return tuple(found)

    def items(self) -> list[Item]:
        """All fifteen places, empty ones too: each is always where it was."""
        found = []
        for slot, rect in enumerate(self.places()):
            place = self.shown.page.at(slot)
            key = self.shown.keys[slot] if self.shown.keys else GRID[slot]
            name, why = describing.button(slot, place, key), describing.why(place)
            found.append(Item(f"place {slot}", name, rect, partial(self.on_slot, slot), why))
        return found

    def draw(self, painter: QPainter) -> None:
        """Head, then the buttons."""
        self._head(painter)
        for slot, rect in enumerate(self.places()):
            place = self.shown.page.at(slot)
            if place is None:
                self.ink.plate(painter, rect, Plate("", "edge", 6, border_alpha=0.5))
            else:
                self._button(painter, place, rect)

    def _head(self, painter: QPainter) -> None:
        height, pad = (26, 8) if self.low else (36, 14)
        rect = QRect(pad, 0, self.width() - 2 * pad, height)
        notice = self.shown.notice
        if notice is not None:
            self._notice(painter, notice, rect)
            return
        title = self.shown.page.title
        style = Style(10, _TITLES.get(title, "dim"), BOLD, spacing=HEADING.spacing)
        wide = self.ink.put(painter, rect, title, style, self.rect())
        if self.frame:  # the mouse's way out of a menu, or of a target
            top = (height - 15) // 2
            wide += 8 + self.ink.keycap(painter, pad + int(wide) + 8, top, "Esc", "mid")
        head = rect.adjusted(int(wide) + 12, 0, 0, 0)
        words = Style(11, "fg", SEMIBOLD, "right")
        self.ink.put(painter, head, self.shown.page.head, words, self.rect())

    def _notice(self, painter: QPainter, notice: Notice, rect: QRect) -> None:
        first = rect.adjusted(0, 1, 0, -rect.height() // 2)
        second = rect.adjusted(0, rect.height() // 2 - 1, 0, -2)
        if not notice.mend:
            first = rect
        size = 10 if self.low else 11
        color = "fg" if notice.refused else "mid"
        self.ink.put(painter, first, notice.text, Style(size, color, SEMIBOLD), self.rect())
        self.ink.put(painter, second, notice.mend, Style(size - 1, "accent"), self.rect())

    def _button(self, painter: QPainter, place: Place, rect: QRect) -> None:
        ink, on = self.ink, place.enabled and not self.shown.dead
        if on:
            edge = "accent" if place.slot in (self.shown.pressed, self.shown.marked) else "edgeHi"
            fill = "tileHi" if place.slot == self.shown.pressed else "tile"
            ink.plate(painter, rect, Plate(fill, edge, 6, sheen=True))
        else:
            ink.plate(painter, rect, Plate("tile", "edge", 6, fill_alpha=0.4))
        self._cap(painter, place, rect, on)
        sub = place.sub and place.sub != place.badge and rect.height() >= LEAST
        if rect.height() >= PLAIN:
            self._icon(painter, place, rect, on)
        middle = rect.y() + (34 if self.low else 49) + self._spare(rect)
        row = QRect(rect.x() + 1, middle, rect.width() - 2, 16)
        style = Style(
            self._size(place.name, row.width()), "fg" if on else "dim", SEMIBOLD, "center"
        )
        ink.put(painter, row, place.name, style, rect)
        if sub:
            below = QRect(rect.x() + 1, middle + (13 if self.low else 15), rect.width() - 2, 13)
            ink.put(painter, below, place.sub, SUB_LOW if self.low else SUB, rect)

    def _spare(self, rect: QRect) -> int:
        """Half of what a button is taller than its least height, in px."""
        return (rect.height() - (60 if self.low else 84)) // 2

    def _size(self, name: str, width: int) -> int:
        """The largest size at which a name fits its button."""
        sizes = (11, 10, 9) if self.low else (12, 11, 10)
        fits = (s for s in sizes if self.ink.width(name, Style(s, "fg", SEMIBOLD)) <= width)
        return next(fits, sizes[-1])

    def _cap(self, painter: QPainter, place: Place, rect: QRect, on: bool) -> None:
        key = self.shown.keys[place.slot] if self.shown.keys else GRID[place.slot]
        inset = 3 if self.low else 6
        self.ink.keycap(painter, rect.x() + inset, rect.y() + inset, key, "fg" if on else "dim")
        badge = QRect(rect.x() + 26, rect.y() + inset, rect.width() - 26 - inset - 2, 15)
        text = place.badge
        if self.ink.width(text, BADGE) > badge.width():  # `47/48` on a narrow card: 47 can
            text = text.partition("/")[0]
        style = BADGE if self.ink.width(text, BADGE) <= badge.width() else SMALL_BADGE
        self.ink.put(painter, badge, text, style, rect)

    def _icon(self, painter: QPainter, place: Place, rect: QRect, on: bool) -> None:
        if not place.icon:
            return
        size, top = (19, 16) if self.low else (24, 26)
        top += rect.y() + self._spare(rect)
        spot = QRect(rect.center().x() - size // 2, top, size, size)
        self.ink.glyph(painter, f"icon:{place.icon}", spot, place.tone if on else "faint")

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A button was pressed; the head of a menu, or of a target, leads out of it."""
        point = event.position().toPoint()
        slot = self._slot_at(point)
        if self.frame and point.y() < (26 if self.low else 36):
            self.on_out()
        elif slot is not None and event.button() == Qt.MouseButton.LeftButton:
            self.on_slot(slot)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A button under the pointer tells what it does, after a moment."""
        slot = self._slot_at(event.position().toPoint())
        self._over_slot(-1 if slot is None else slot)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer went elsewhere."""
        self._over_slot(-1)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is told of a card that is not shown."""
        self._over_slot(-1)

    def _over_slot(self, slot: int) -> None:
        if slot == self._over:
            return
        self._over = slot
        told = self.tip.shown is not None
        self._waits.stop()
        if slot < 0 or told or self.at_once():
            self._tell()
        else:
            self._waits.start(TIP_MS)

    def _tell(self) -> None:
        """The tooltip of the button under the pointer, as it is now."""
        place = self.shown.page.at(self._over) if self._over >= 0 else None
        own = self.geometry()
        self.tip.say(self.help(place) if place is not None else None, own)

    def point(self, slot: int) -> None:
        """The region cursor is on this button, which tells at once; -1 = on none."""
        if slot != self._pointed:
            self._pointed = self._over = slot
            self._waits.stop()
            self._tell()

    def _slot_at(self, point: QPoint) -> int | None:
        for slot, rect in enumerate(self.places()):
            if rect.contains(point):
                return slot
        return None


def _across(slot: int) -> int:
    """The place at the other end of the row."""
    return slot - slot % COLUMNS + COLUMNS - 1 - slot % COLUMNS
