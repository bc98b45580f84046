"""Target mode on the map: letters and accent outlines on what may be picked, the rest dims."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from commandcenter.ui.map_scene import Scene
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, Style
from commandcenter.ui.tile_frame import frame

_LETTER, _SMALL = Style(12, "bg", BOLD, "center"), Style(9, "bg", BOLD, "center")
_PLATE = Plate("accent", "", 4)
_DIM = 0.62
_ROOM = (40, 22)
"""From this size in px on a tile has room for a letter."""


def paint_aim(ink: Ink, painter: QPainter, scene: Scene, area: QRect) -> None:
    """Over the tiles: dim what is no target, mark what is, ring the one under the cursor."""
    tone = ink.theme.color("map", _DIM)
    for thread in scene.within(area.adjusted(-6, -6, 6, 6)):
        rect, letter = scene.rects[thread], scene.letters.get(thread, "")
        if not letter:
            painter.fillRect(rect, tone)
        else:
            _outline(ink, painter, rect, 1.5)
            if rect.width() >= _ROOM[0] and rect.height() >= _ROOM[1]:
                head = scene.world.threads.get(thread)
                judged = head is not None and bool(head.verified or head.verifying)
                _letter(ink, painter, scene, rect, (letter, judged))
        if thread == scene.aimed:
            _outline(ink, painter, rect.adjusted(-3, -3, 3, 3), 2.0)


def _outline(ink: Ink, painter: QPainter, rect: QRect, wide: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink.theme.pen("accent", wide))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


def _letter(ink: Ink, painter: QPainter, scene: Scene, rect: QRect, said: tuple[str, bool]) -> None:
    """On a plate at the end of the tile's line of bins, where a verdict stands there at its
    beginning; of a chip on its glyph: never on text."""
    (step, grown), (letter, judged) = scene.drawn, said
    painter.translate(rect.x(), rect.y())
    painter.scale(grown, grown)
    ink.scale *= grown
    wide = round(ink.width(letter, _LETTER if step.level != "L1" else _SMALL)) + 10
    if step.level == "L1":
        plate, style = QRect(4, (step.h - 14) // 2, max(wide, 16), 14), _SMALL
    else:
        spark, high = frame(step).spark, 20
        high = min(high, max(spark.height(), 14))
        left = spark.x() if judged else spark.right() - max(wide, 20)
        plate = QRect(left, spark.center().y() - high // 2, max(wide, 20), high)
        style = _LETTER if high >= 16 else _SMALL
    ink.plate(painter, plate, _PLATE)
    ink.put(painter, plate, letter, style, plate)
    ink.scale /= grown
    painter.scale(1 / grown, 1 / grown)
    painter.translate(-rect.x(), -rect.y())
