"""A tile's marks of M4: the success command's verdict on its line, how it was born in a corner."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.hud.marking import BIRTHS
from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import MEDIUM, SEMIBOLD, Style
from commandcenter.ui.tile_frame import Frame

if TYPE_CHECKING:
    from commandcenter.ui.tile import Tile

BIRTH_PX = 13
"""Px of the line that a child's mark takes."""
_SIZE, _PAD = 10, 4
_COUNTS = {
    color: Style(9, color, SEMIBOLD) for color in ("run", "err", "tool", "mid")
} | {"dim": Style(9, "dim", MEDIUM)}  # fmt: skip
_ON_HIGH = Style(9, "mid", MEDIUM)


def paint_verdict(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame) -> None:
    """Glyph and count at the right end of the line's row, on the tile's own ground."""
    mark = tile.verdict
    if mark is None:
        return
    style = _ON_HIGH if mark.stale and tile.selected else _COUNTS[mark.color]
    wide = round(ink.width(mark.text, style)) + 3 if mark.text else 0
    room = parts.spark
    box = QRect(0, 0, _SIZE + wide + _PAD + 2, 14)
    box.moveRight(room.right())
    box.moveTop(room.center().y() - 6)
    painter.fillRect(box, ink.theme.color(tile.plate().fill))
    spot = QRect(box.x() + _PAD, box.y() + 2, _SIZE, _SIZE)
    ink.glyph(painter, f"state:{mark.glyph}", spot, style.color)
    text = QRect(spot.right() + 4, box.y(), wide + 2, box.height())
    ink.put(painter, text, mark.text, style, parts.whole)


def paint_birth(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame) -> None:
    """Divide, branch, scout, fork: a sign at the right end of what it says."""
    icon = BIRTHS.get(tile.head.kind)
    if icon is None:
        return
    line = parts.line
    x = line.right() - tile.marked(parts) + BIRTH_PX - 10
    done = tile.face.seen == "done" and not tile.selected
    spot = QRect(x, line.y() + 2, 10, 10)
    ink.glyph(painter, f"icon:{icon}", spot, "dim" if done else "mid")
