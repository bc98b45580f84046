"""The mouse on a transcript: select inside one block, copy code, links and what is selected."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec
from PySide6.QtCore import QPoint, QRect

from commandcenter.ui.block import Block
from commandcenter.ui.clip import copy
from commandcenter.ui.transcript_items import Item
from commandcenter.ui.transcript_laid import Laid
from commandcenter.ui.transcript_layout import Layouts
from commandcenter.ui.transcript_paint import Lit, side_of

TRAVEL = 2
"""Characters under which a drag is a click."""


class Spot(msgspec.Struct, frozen=True):
    """What lies under the pointer."""

    block: Block | None = None
    number: int = -1
    """Place of the item in its block; -1 = its head, or the room below it."""
    item: Item | None = None
    at: int = 0
    """Character of the item."""
    copies: bool = False
    """It is the copy mark."""


class Items(Protocol):
    """Who knows a block's items."""

    def laid(self, block: Block) -> Laid:
        """The block's items."""
        ...


class Shown(Protocol):
    """What it needs of the view."""

    @property
    def places(self) -> Items:
        """Where everything lies."""
        ...


class Pointing:
    """The selection of one view: from one character to another of the same block."""

    def __init__(self, view: Shown) -> None:
        self._view = view
        self._from: Spot | None = None
        self._to: Spot | None = None
        self._pressed: Spot | None = None
        self.say: Callable[[str], None] = lambda text: None
        """Tells the player what was copied."""

    def clear(self) -> None:
        """Nothing is selected."""
        self._from = self._to = self._pressed = None

    def press(self, spot: Spot) -> None:
        """The button went down: what was selected is so no more."""
        self.clear()
        self._pressed = spot

    def move(self, spot: Spot) -> None:
        """The pointer moved while the button is down."""
        start = self._pressed
        if start is None or start.number < 0 or spot.block is not start.block or spot.number < 0:
            return
        if spot.number != start.number or abs(spot.at - start.at) >= TRAVEL:
            self._from, self._to = start, spot

    def release(self, spot: Spot) -> bool:
        """The button went up; True = it was a click that nothing here used."""
        pressed, self._pressed = self._pressed, None
        if self._from is not None or pressed is None or pressed.block is not spot.block:
            return False
        if spot.copies and spot.item is not None:
            self._copy(spot.item.copies, "the code")
            return False
        link = _link(spot)
        if link:
            self._copy(link, "the link")
            return False
        return True

    def copy_text(self, text: str) -> None:
        """Copy a block of code."""
        self._copy(text, "the code")

    def copy(self) -> bool:
        """Copy what is selected; False = nothing is."""
        text = self.text()
        if text:
            self._copy(text, "the selection")
        return bool(text)

    def _copy(self, text: str, what: str) -> None:
        copy(text)
        self.say(f"copied {what}: {len(text)} characters")

    def text(self) -> str:
        """What is selected."""
        span = self._span()
        if span is None:
            return ""
        start, end = span
        assert start.block is not None  # a spot with an item has its block
        items = self._view.places.laid(start.block).items
        one, other = items[start.number], items[end.number]
        if one is other:
            return one.text[start.at : end.at]
        inner = [item.words for item in items[start.number + 1 : end.number]]
        first = one.words if one.cells else one.text[start.at :]
        last = other.words if other.cells else other.text[: end.at]
        return "\n".join([first, *inner, last])

    def lit(self, block: Block, number: int) -> Iterator[Lit]:
        """The characters of an item that are selected."""
        span = self._span()
        if span is None or span[0].block is not block:
            return
        start, end = span
        if start.number <= number <= end.number:
            first = start.at if number == start.number else 0
            last = end.at if number == end.number else 1 << 20
            yield Lit(first, last - first)

    def _span(self) -> tuple[Spot, Spot] | None:
        if self._from is None or self._to is None or self._from.block is None:
            return None
        ends = sorted((self._from, self._to), key=lambda spot: (spot.number, spot.at))
        if ends[1].number >= len(self._view.places.laid(self._from.block).items):
            return None
        return ends[0], ends[1]


def _link(spot: Spot) -> str:
    if spot.item is None:
        return ""
    inside = (m for m in spot.item.marks if m.start <= spot.at < m.start + m.length)
    return next((mark.link for mark in inside if mark.link), "")


def spot_in(
    block: Block, boxes: Iterable[tuple[int, Item, QRect]], point: QPoint, layouts: Layouts
) -> Spot:
    """What of a block lies at a place, by where its items are."""
    for number, item, box in boxes:
        if box.top() <= point.y() <= box.bottom():
            body = box.adjusted(0, layouts.px(item.look.gap), 0, 0)
            copies = bool(item.copies) and side_of(body).contains(point)
            return Spot(block, number, item, _cursor(item, body, point, layouts), copies)
    return Spot(block)


def _cursor(item: Item, body: QRect, point: QPoint, layouts: Layouts) -> int:
    """The character nearest to a place."""
    if not item.text or item.cells:
        return 0
    layout = layouts.of(item, layouts.room(item.look, body.width()))
    x, y = point.x() - body.x() - layouts.px(item.look.indent), point.y() - body.y()
    last = max(layout.lineCount() - 1, 0)
    row = layout.lineAt(min(max(y // layouts.px(item.look.step), 0), last))
    return row.xToCursor(float(x)) if row.isValid() else 0
