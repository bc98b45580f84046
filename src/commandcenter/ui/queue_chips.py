"""Chips of the orders that wait behind what one thread does: dragged to another place, or asked."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter

from commandcenter.core.standing import QueuedOrder
from commandcenter.hud.words import plain
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import SEMIBOLD, Style
from commandcenter.ui.zoom import Item

KEY = "queued "
"""Begins the key of a chip's item."""
_CHIP = Style(10, "accent", SEMIBOLD)
_PLATE, _HELD = Plate("bg", "accent", 3, border_alpha=0.7), Plate("tileHi", "accent", 3)
_GAP, _HIGH, _LONGEST = 6, 16, 22


class Chips:
    """Where they lie in their row, and which one the pointer holds."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self.held = 0
        """The chip that was pressed, 1 the first; 0 = none."""
        self.on_move: Callable[[int, int], None] = lambda here, there: None
        """A chip was dragged onto another place."""
        self.on_ask: Callable[[int], None] = lambda place: None
        """A chip was clicked: its menu is wanted."""

    def places(self, row: QRect, orders: Sequence[QueuedOrder]) -> list[tuple[str, QRect]]:
        """Text and rectangle of each chip; the last one counts what has no room."""
        found: list[tuple[str, QRect]] = []
        x, top = row.x(), row.center().y() - _HIGH // 2 + 1
        for number, order in enumerate(orders, 1):
            text = f"{number} {_short(order)}"
            wide = round(self._ink.width(text, _CHIP)) + 12
            left = len(orders) - number
            if found and x + wide + (30 if left else 0) > row.right():
                rest = QRect(x, top, 28, _HIGH)
                return [*found, (f"+{left + 1}", rest)] if rest.right() <= row.right() else found
            found.append((text, QRect(x, top, min(wide, row.right() - x), _HIGH)))
            x += wide + _GAP
        return found

    def paint(self, painter: QPainter, row: QRect, orders: Sequence[QueuedOrder]) -> None:
        """One plate each, joined by a line."""
        accent = self._ink.theme.color("accent")
        for number, (text, rect) in enumerate(self.places(row, orders), 1):
            if number > 1:
                painter.fillRect(rect.x() - _GAP, rect.center().y(), _GAP, 1, accent)
            self._ink.plate(painter, rect, _HELD if number == self.held else _PLATE)
            self._ink.put(painter, rect.adjusted(6, 0, -4, 0), text, _CHIP, row)

    def items(self, row: QRect, orders: Sequence[QueuedOrder], thread: int) -> list[Item]:
        """Each chip as something to press."""
        return [
            Item(
                f"{KEY}{number}",
                f"queued order {plain(text)}",
                rect,
                partial(self.on_ask, number),
                thread=thread,
            )
            for number, (text, rect) in enumerate(self.places(row, orders), 1)
        ]

    def at(self, point: QPoint, row: QRect, orders: Sequence[QueuedOrder]) -> int:
        """The chip under a point, 1 the first; 0 = none."""
        for number, (_, rect) in enumerate(self.places(row, orders), 1):
            if rect.contains(point):
                return number
        return 0

    def release(self, place: int) -> None:
        """The pointer let go over this place (0 = over none)."""
        held, self.held = self.held, 0
        if held and place == held:
            self.on_ask(held)
        elif held and place:
            self.on_move(held, place)


def _short(order: QueuedOrder) -> str:
    """`pause`, `steer "then the…`: the order without its target."""
    verb, _, rest = order.text.partition(" ")
    told = rest.replace("@self", "", 1).strip()
    text = plain(f"{verb} {told}".strip())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
