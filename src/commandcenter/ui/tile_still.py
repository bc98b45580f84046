"""What of a tile stands still while its thread talks, painted once as one picture."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.hud.layout import Step
from commandcenter.ui.lettering import Letters
from commandcenter.ui.paint import Ink, Stamp
from commandcenter.ui.theme import SEMIBOLD, Style
from commandcenter.ui.tile_frame import Frame, frame
from commandcenter.ui.tile_kept import Kept, Still
from commandcenter.ui.tile_near import paint_track

if TYPE_CHECKING:
    from commandcenter.ui.tile import Tile

_SUBAGENTS = Style(10, "mid", SEMIBOLD)
_UNSEEN = Style(10, "fg", SEMIBOLD, "right")


def stands(ink: Ink, tile: "Tile") -> bool:
    """Is it opaque and without a ring that burns down, and does it lie on whole px?"""
    fades = tile.dimmed or tile.fog.silent or tile.face.glyph == "fuse"
    return not fades and ink.scale % 1.0 == 0.0


def paint_still(ink: Ink, painter: QPainter, tile: "Tile", step: Step, kept: Kept) -> None:
    """Ground, glyphs, name, letter and bar; for a tile that `stands`."""
    still, key = kept.still, _key(ink, tile)
    if still is None or key != kept.still_key:
        still = kept.still = _still(ink, tile, step)
        kept.still_key = key
    painter.drawPixmap(still.at, still.picture)
    if ink.record is not None:
        for text in still.texts:
            ink.wrote(painter, text)


def _key(ink: Ink, tile: "Tile") -> tuple[object, ...]:
    face, head = tile.face, tile.head
    look = (face.glyph, face.color, face.seen, face.stripe, tile.kind, tile.letter, tile.tier)
    said = (head.name, head.subagents, head.metered, tile.share, tile.fog.unseen)
    return ink.scale, ink.age, tile.selected, look, said


def _still(ink: Ink, tile: "Tile", step: Step) -> Still:
    parts = frame(step)
    (at, ground), *over = tile.stamps(ink, step)
    picture = ground.copy()
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-at)
    texts = list(still_texts(ink, tile, step))
    if tile.fog.unseen:
        text, stamp = unseen(ink, tile, parts)
        paint_veil(ink, painter, parts)
        texts.append(text)
        over.append(stamp)
    for place, part in over:
        painter.drawPixmap(place, part)
    for text in texts:
        ink.draw(painter, text)
    paint_foot(ink, painter, tile, parts)
    painter.end()
    return Still(at, picture, tuple(texts))


def still_texts(ink: Ink, tile: "Tile", step: Step) -> tuple[Letters, ...]:
    """Name, model letter, and near the count of the agent's own agents behind the name."""
    letters, parts = tile.letters(ink, step), frame(step)
    if not (tile.head.subagents and parts.bars):
        return letters
    place, wide = parts.name, round(letters[0].cut.width)
    beside = QRect(place.x() + wide + 5, place.y(), 20, place.height())
    count = f"+{len(tile.head.subagents)}"
    return (*letters, ink.letters(beside, count, _SUBAGENTS, parts.whole))


def paint_veil(ink: Ink, painter: QPainter, parts: Frame) -> None:
    """Over the body of a thread with results nobody looked at."""
    whole, top = parts.whole, parts.name.bottom() + 1
    body = QRect(4, top, whole.width() - 6, whole.height() - top - 5)
    painter.fillRect(body, ink.theme.color("bg", 0.35))


def unseen(ink: Ink, tile: "Tile", parts: Frame) -> tuple[Letters, Stamp]:
    """The count of such results, and the hollow diamond before it."""
    line = parts.line
    place = QRect(line.right() - 14, line.y(), 13, line.height())
    text = ink.letters(place, str(min(tile.fog.unseen, 99)), _UNSEEN, parts.whole)
    mark = QRect(place.right() - round(text.cut.width) - 12, line.y() + 3, 9, 9)
    return text, ink.glyph_stamp("state:unseen", mark, "fg")


def paint_foot(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame) -> None:
    """The budget's bar; a card has three of its own."""
    if parts.bars:
        return
    if tile.head.metered:
        own = "barDone" if tile.face.seen == "done" else "dim"
        paint_track(ink, painter, parts.track, tile.share, own)
        return
    color, rect = ink.theme.color("mid"), parts.track
    for x in range(rect.x(), rect.right() - 3, 7):  # nothing is measured that could fill it
        painter.fillRect(QRect(x, rect.y(), 4, rect.height()), color)
