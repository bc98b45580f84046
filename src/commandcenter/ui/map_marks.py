"""What lies over the tiles beside lineage: queued orders, where results go, the player's flags."""

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF, QRegion

from commandcenter.core.standing import MapFlag, QueuedOrder
from commandcenter.core.world import Head
from commandcenter.hud import words
from commandcenter.hud.layout import HEAD, Step
from commandcenter.ui.map_scene import Scene
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.tile_frame import frame

FLAG_REACH = 10
"""The pointer is on a flag within so many px."""
_CHIP = Style(9, "accent", SEMIBOLD)
_COUNT = Style(9, "accent", BOLD, "center")
_PLATE = Plate("bg", "accent", 3, border_alpha=0.7)
_NOTE, _SINCE = Style(11, "accent", SEMIBOLD), Style(10, "mid", MEDIUM)
_HEIGHT, _GAP = 14, 5
_NAMED = re.compile(r"#(\d+)")


def paint_lost(ink: Ink, painter: QPainter, scene: Scene, area: QRect) -> None:
    """The engine does not answer: hatched, the last facts are kept."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(ink.theme.color("edgeHi", 0.55), Qt.BrushStyle.BDiagPattern))
    for inner in scene.inner:
        if inner.intersects(area):
            painter.drawRect(inner)


def paint_drop(ink: Ink, painter: QPainter, scene: Scene) -> None:
    """Where the sector that the player drags would stand."""
    sectors = scene.layout.sectors
    if scene.drop < 0 or not sectors:
        return
    box = sectors[min(scene.drop, len(sectors) - 1)].box
    x = box.x - 5 if scene.drop < len(sectors) else box.right + 1
    painter.fillRect(QRect(x, box.y, 3, box.h), ink.theme.color("accent"))


# --- queued orders ----------------------------------------------------------------------------


def paint_chains(ink: Ink, painter: QPainter, scene: Scene, area: QRect) -> None:
    """The queued orders of the selected (or of all), and the threads that they name."""
    if scene.step.level in ("LS", "L0"):
        return
    threads: Iterable[int] = scene.rects if scene.chained else scene.selected
    for thread in threads:
        head, rect = scene.world.threads.get(thread), scene.rects.get(thread)
        if head is None or rect is None:
            continue
        if head.orders:
            _ways(ink, painter, scene, head)
        if head.orders and rect.intersects(area):
            _chain(ink, painter, scene, head)
        if head.rally:
            _rally(ink, painter, scene, head)


def _chain(ink: Ink, painter: QPainter, scene: Scene, head: Head) -> None:
    """As large as the tile is: text size moves both along the ladder."""
    rect, (step, grown) = scene.rects[head.id], scene.drawn
    painter.translate(rect.x(), rect.y())
    painter.scale(grown, grown)
    ink.scale *= grown
    whole = QRect(0, 0, step.w, step.h)
    if step.level == "L1":
        plate = QRect(step.w - 15, step.h - 13, 14, 12)
        ink.plate(painter, plate, _PLATE)
        ink.put(painter, plate, str(len(head.orders)), _COUNT, whole)
    else:
        _chips(ink, painter, head.orders, step)
    ink.scale /= grown
    painter.scale(1 / grown, 1 / grown)
    painter.translate(-rect.x(), -rect.y())


def _chips(ink: Ink, painter: QPainter, orders: Sequence[QueuedOrder], step: Step) -> None:
    """Number and verb of each order, as many as fit, then how many more."""
    parts = frame(step)
    y = parts.spark.center().y() - _HEIGHT // 2
    x, end = parts.spark.x(), parts.spark.right()
    for number, order in enumerate(orders, 1):
        left = len(orders) - number
        text = f"{number} {_verb(order)}"
        wide = round(ink.width(text, _CHIP)) + 10
        more = number > 1 and x + wide + (26 if left else 0) > end
        if more:
            text, wide = f"+{left + 1}", 24
        if number > 1:
            painter.fillRect(x - _GAP, y + _HEIGHT // 2 - 1, _GAP, 2, ink.theme.color("accent"))
        plate = QRect(x, y, min(wide, end - x), _HEIGHT)
        ink.plate(painter, plate, _PLATE)
        ink.put(painter, plate.adjusted(5, 0, -3, 0), text, _CHIP, parts.whole)
        if more:
            return
        x += wide + _GAP


def _verb(order: QueuedOrder) -> str:
    return words.plain(order.text.partition(" ")[0])


def _ways(ink: Ink, painter: QPainter, scene: Scene, head: Head) -> None:
    """A line to each thread that a queued order names."""
    named = {int(found) for order in head.orders for found in _NAMED.findall(order.text)}
    for thread in named - {head.id}:
        if thread in scene.rects:
            _arrow(ink, painter, scene, (head.id, thread), Qt.PenStyle.SolidLine)


def _rally(ink: Ink, painter: QPainter, scene: Scene, head: Head) -> None:
    """A dashed line to the leader of the group that its results go to."""
    group = head.rally.removeprefix("@group:")
    if not group.isdigit():
        return
    members = scene.world.groups.get(int(group), ())
    leader = next((t for t in members if t in scene.rects and t != head.id), None)
    if leader is not None:
        _arrow(ink, painter, scene, (head.id, leader), Qt.PenStyle.DashLine)


def _arrow(
    ink: Ink, painter: QPainter, scene: Scene, ends: tuple[int, int], line: Qt.PenStyle
) -> None:
    """From tile to tile: whole in the gaps, faint over what is to be read."""
    here, there = (scene.rects[thread] for thread in ends)
    start, end = QPointF(here.center()), QPointF(there.center())
    way = QRect(here.center(), there.center()).normalized().adjusted(-4, -4, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for share, clip in ((0.25, None), (0.8, _gaps(scene, way))):
        pen = QPen(ink.theme.color("accent", share), 1.4, line)
        painter.save()
        if clip is not None:
            painter.setClipRegion(clip, Qt.ClipOperation.IntersectClip)
        painter.setPen(pen)
        painter.drawLine(start, end)
        painter.restore()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.theme.brush("accent"))
    painter.drawEllipse(_border(there, start), 3.5, 3.5)


def _gaps(scene: Scene, way: QRect) -> QRegion:
    """What of a part of the map bears neither a tile nor a sector's head."""
    free = QRegion(way)
    for thread in scene.within(way):
        free -= QRegion(scene.rects[thread])
    for sector in scene.layout.sectors:
        box = sector.box
        free -= QRegion(QRect(box.x, box.y, box.w, HEAD))
    return free


def _border(rect: QRect, start: QPointF) -> QPointF:
    """Where a line from `start` to the rectangle's middle meets its edge."""
    middle = QRectF(rect).center()
    dx, dy = start.x() - middle.x(), start.y() - middle.y()
    across = rect.width() / 2 / abs(dx) if dx else 1.0
    along = rect.height() / 2 / abs(dy) if dy else 1.0
    share = min(across, along, 1.0)
    return QPointF(middle.x() + dx * share, middle.y() + dy * share)


# --- flags ------------------------------------------------------------------------------------


def flag_at(scene: Scene, x: float, y: float) -> int:
    """The flag under a point of the map, 0 = none."""
    for flag in scene.world.flags.values():
        foot = flag_foot(flag, scene.layout.width, scene.layout.height)
        if abs(foot.x() + 4 - x) <= FLAG_REACH and abs(foot.y() - 7 - y) <= FLAG_REACH:
            return flag.id
    return 0


def flag_foot(flag: MapFlag, width: float, height: float) -> QPointF:
    """Where a flag stands on a map of that size."""
    return QPointF(flag.x / 1000 * width, flag.y / 1000 * height)


def paint_flag(ink: Ink, painter: QPainter, foot: QPointF, size: float) -> None:
    """A pole and a pennant, so many px tall."""
    top = QPointF(foot.x(), foot.y() - size)
    painter.setPen(ink.theme.pen("bg", 3.0))
    painter.drawLine(foot, top)
    painter.setPen(ink.theme.pen("accent", 1.4))
    painter.drawLine(foot, top)
    painter.setPen(ink.theme.pen("bg", 1.0))
    painter.setBrush(ink.theme.brush("accent"))
    mast = QPointF(top.x() + size * 0.7, top.y() + size * 0.28)
    painter.drawPolygon(QPolygonF([top, mast, QPointF(top.x(), top.y() + size * 0.56)]))


def paint_flags(ink: Ink, painter: QPainter, scene: Scene, view: QRect) -> None:
    """All flags; the one under the pointer with its note and its time."""
    layout = scene.layout
    for flag in scene.world.flags.values():
        foot = flag_foot(flag, layout.width, layout.height)
        paint_flag(ink, painter, foot, 14)
        if flag.id == scene.flag:
            _note(ink, painter, flag, (foot, scene.now, view))


def _note(ink: Ink, painter: QPainter, flag: MapFlag, where: tuple[QPointF, int, QRect]) -> None:
    foot, now, view = where
    text, since = words.plain(flag.note), f"{words.age(words.since(flag.since, now))} ago"
    wide = min(ink.width(text, _NOTE), 320.0)
    width = round(wide + ink.width(since, _SINCE)) + 30
    x = min(max(round(foot.x()) + 14, view.x() + 6), view.right() - width - 6)
    y = min(max(round(foot.y()) - 24, view.y() + 6), view.bottom() - 30)
    plate = QRect(x, y, width, 24)
    ink.plate(painter, plate, Plate("panel", "accent", 5))
    ink.put(painter, QRect(x + 10, y, round(wide) + 2, 24), text, _NOTE, plate)
    ink.put(painter, QRectF(x + 20 + wide, y, width - wide - 26, 24), since, _SINCE, plate)
