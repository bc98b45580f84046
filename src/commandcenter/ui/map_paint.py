"""Ground, sector heads and marks of the map; tiles are painted by `ui.tile`."""

from collections import Counter, defaultdict
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from commandcenter.core.world import Limit, OperationHead
from commandcenter.hud import marking, words
from commandcenter.hud.layout import HEAD, LOOSE, Sector
from commandcenter.hud.seen import SEEN, Seen
from commandcenter.ui.map_scene import Scene
from commandcenter.ui.paint import Ink, Plate, Stamp
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style

GRID = 40
_TITLE = Style(13, "fg", SEMIBOLD)
_LETTER = Style(10, "mid", BOLD, "center")
_FOLDED = Style(9, "bg", BOLD, "center")
_DIGIT = Style(9, "bg", BOLD, "center")
_EMPTY = Style(14, "mid", SEMIBOLD, "center")
_HINT = Style(12, "dim", MEDIUM, "center")
_LETTER_PLATE = Plate("panel2", "", 4)
_DIGIT_PLATE = Plate("accent", "", 3)
_COUNTS: tuple[tuple[Seen, str, str], ...] = (
    ("working", "run", "run"),
    ("needs you", "needs", "wait"),
    ("failed", "failed", "err"),
)
_STACK: tuple[tuple[Seen, str], ...] = (
    ("failed", "err"),
    ("needs you", "wait"),
    ("working", "run"),
    ("waiting", "mid"),
    ("paused", "pause"),
    ("frozen", "pause"),
    ("done", "done"),
)


@lru_cache(maxsize=64)
def _figure(size: int, color: str, heavy: bool) -> Style:
    return Style(size, color, SEMIBOLD if heavy else MEDIUM)


MOST_GROWN = 1.6
"""A sector's head takes no larger text: it would leave its 28 px."""


def paint_ground(ink: Ink, painter: QPainter, area: QRect) -> None:
    """The map's ground with its grid, in map px."""
    painter.fillRect(area, ink.theme.color("map"))
    tone = ink.theme.color("grid")
    for x in range(-(-area.left() // GRID) * GRID, area.right() + 1, GRID):
        painter.fillRect(x, area.top(), 1, area.height(), tone)
    for y in range(-(-area.top() // GRID) * GRID, area.bottom() + 1, GRID):
        painter.fillRect(area.left(), y, area.width(), 1, tone)


def paint_sector(ink: Ink, painter: QPainter, sector: Sector, over: bool) -> None:
    """A sector's ground; red edge when its budget is used up."""
    box = sector.box
    rect = QRectF(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1)
    painter.setBrush(ink.theme.brush("sector"))
    painter.setPen(ink.theme.pen("err", 1.0, 0.6) if over else ink.theme.pen("edge"))
    painter.drawRoundedRect(rect, 8, 8)


def over_budget(operation: OperationHead | None) -> bool:
    """Has the operation used 95 % of its limit?"""
    if operation is None:
        return False
    share = words.used(operation.limit, operation.spent, operation.tokens)
    return share is not None and share >= words.OVER


def head_text(scene: Scene, name: str) -> tuple[object, ...]:
    """What a sector's head says: when this changes it is painted anew."""
    operation = scene.world.operations.get(name)
    counts = scene.mirror.tally.of(name)
    shown = tuple(counts[state] for state, _, _ in _COUNTS)
    if operation is None:
        return shown
    share = words.used(operation.limit, operation.spent, operation.tokens)
    text = words.of_limit(operation.limit, operation.spent, operation.tokens)
    return (*shown, text, None if share is None else round(share, 2), operation.verified)


def paint_head(ink: Ink, painter: QPainter, scene: Scene, index: int) -> None:
    """A sector's head: letter, name, counts, budget; from the right as far as there is room."""
    sector = scene.layout.sectors[index]
    grown = min(ink.reading.grown, MOST_GROWN)
    owner = QRect(0, 0, int(sector.box.w / grown), int(HEAD / grown))
    painter.save()
    painter.translate(sector.box.x, sector.box.y)
    painter.scale(grown, grown)
    ink.scale *= grown
    right = _budget(ink, painter, scene.world.operations.get(sector.name), owner)
    right = _proof(ink, painter, scene.world.operations.get(sector.name), (right, owner))
    right = _counts(ink, painter, scene.mirror.tally.of(sector.name), right, owner)
    plate = QRect(6, (owner.height() - 16) // 2, 17, min(17, owner.height()))
    ink.plate(painter, plate, _LETTER_PLATE)
    ink.put(painter, plate, _mark(index), _LETTER, owner)
    name = words.plain(sector.name) if sector.name != LOOSE else "loose"
    ink.put(painter, QRect(31, 0, right - 39, owner.height()), name, _TITLE, owner)
    ink.scale /= grown
    painter.restore()


def _mark(index: int) -> str:
    return chr(65 + index) if index < 26 else str(index + 1)


def _budget(ink: Ink, painter: QPainter, operation: OperationHead | None, owner: QRect) -> int:
    """Budget text and bar at the head's right; returns the x that is still free."""
    right = owner.right() + 1 - 8
    if operation is None or owner.width() < 300:
        return right
    share = words.used(operation.limit, operation.spent, operation.tokens)
    tone = words.tone(share, "run")
    text = words.of_limit(operation.limit, operation.spent, operation.tokens)
    style = _figure(11, "err" if tone == "err" else "mid", tone == "err")
    width = int(ink.width(text, style)) + 1
    ink.put(painter, QRect(right - width, 0, width + 1, owner.height()), text, style, owner)
    right -= width + 10
    if share is not None and owner.width() >= 400:
        ink.bar(painter, QRectF(right - 64, owner.height() // 2 - 2, 64, 5), share, tone)
        right -= 64 + 17
    return right


def _proof(
    ink: Ink, painter: QPainter, operation: OperationHead | None, room: tuple[int, QRect]
) -> int:
    """The last result of its success command, left of the budget; returns the free x."""
    right, owner = room
    glyph, color, text = marking.progress(operation.verified if operation else None)
    if not glyph or owner.width() < 300:
        return right
    style = _figure(11, color, True)
    width = int(ink.width(text, style)) + 1 if text else 0
    ink.put(painter, QRect(right - width, 0, width + 1, owner.height()), text, style, owner)
    right -= width + 4 * bool(text)
    spot = QRect(right - 11, owner.height() // 2 - 5, 11, 11)
    ink.glyph(painter, "icon:verify", spot, color)
    return right - 11 - 17


def _counts(ink: Ink, painter: QPainter, counts: Counter[Seen], right: int, owner: QRect) -> int:
    for state, glyph, color in reversed(_COUNTS):
        if not counts[state] or right < 110:
            continue
        text, style = str(counts[state]), _figure(11, color, True)
        width = int(ink.width(text, style)) + 1
        ink.put(painter, QRect(right - width, 0, width + 1, owner.height()), text, style, owner)
        spot = QRect(right - width - 14, owner.height() // 2 - 5, 10, 10)
        ink.glyph(painter, "state:" + glyph, spot, color)
        right -= width + 28
    return right + 14


def paint_dots(ink: Ink, painter: QPainter, scene: Scene, threads: list[int]) -> None:
    """All threads at L0: one call per colour, glyphs from 18 px on."""
    by_color: defaultdict[tuple[str, float], list[QRect]] = defaultdict(list)
    for thread in threads:
        tile = (
            scene.folds.worst(thread, scene.tiles) if scene.folds.members else scene.tiles[thread]
        )
        by_color[tile.mark].append(scene.rects[thread])
    painter.setPen(Qt.PenStyle.NoPen)
    for (color, alpha), rects in by_color.items():
        painter.setBrush(ink.theme.brush(color, alpha))
        painter.drawRects(rects)
    if scene.step.w >= 18:
        _dot_glyphs(ink, painter, scene, threads)
    for thread in scene.folds.members.keys() & set(threads):
        _folded(ink, painter, scene, thread)
    _outlines(ink, painter, scene, threads)


def _dot_glyphs(ink: Ink, painter: QPainter, scene: Scene, threads: list[int]) -> None:
    """The glyphs of all dots: a mark of several has none; a picture is looked up once."""
    stamps: dict[tuple[str, bool], Stamp] = {}
    inner, folded = QRect(0, 0, scene.step.w, scene.step.h).adjusted(4, 4, -4, -4), scene.folds
    for thread in threads:
        tile = scene.tiles[thread]
        if tile.dimmed or thread in folded.members:
            continue
        kind = tile.face.glyph, tile.face.seen == "done"
        stamp = stamps.get(kind)
        if stamp is None:
            glyph = "frozen" if kind[0] == "fuse" else kind[0]
            color = "dim" if kind[1] else "bg"
            stamp = stamps[kind] = ink.glyph_stamp("state:" + glyph, inner, color)
        painter.drawPixmap(stamp[0] + scene.rects[thread].topLeft(), stamp[1])


def _folded(ink: Ink, painter: QPainter, scene: Scene, thread: int) -> None:
    """The count of a mark, where it can be read."""
    rect = scene.rects[thread]
    if rect.height() >= 12:
        ink.put(painter, rect, str(len(scene.folds.of(thread))), _FOLDED, rect)


def _outlines(ink: Ink, painter: QPainter, scene: Scene, threads: list[int]) -> None:
    """Selected, needs-you and failed dots: one call per colour."""
    small = scene.step.w < 18
    by_color: defaultdict[str, list[QRect]] = defaultdict(list)
    for thread in threads:
        tile = scene.tiles[thread]
        if thread in scene.folds.members:
            tile = scene.folds.outlined(thread, scene.tiles)
        if tile.selected or tile.alarmed:
            rect = scene.rects[thread].adjusted(-1, -1, 0, 0)
            by_color["sel" if tile.selected else tile.alarmed].append(rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not small)  # costs ten times as much
    for color, rects in by_color.items():
        painter.setPen(ink.theme.pen(color, 1.0 if small else 1.4))
        painter.drawRects(rects)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def paint_block(ink: Ink, painter: QPainter, scene: Scene, index: int) -> None:
    """An operation at LS: name, stacked bar of states, worst glyph, spend."""
    sector = scene.layout.sectors[index]
    rect = QRect(sector.box.x, sector.box.y, sector.box.w, sector.box.h)
    counts, operation = scene.mirror.tally.of(sector.name), scene.world.operations.get(sector.name)
    ink.plate(painter, rect, Plate("sector", "err" if over_budget(operation) else "edge", 6))
    spend = _spend(operation) if operation else ""
    spend_style = Style(10, "mid", MEDIUM, "right")
    width = int(ink.width(spend, spend_style)) + 6 if spend else 0
    top = QRect(rect.x() + 24, rect.y() + 4, rect.width() - 32 - width, 18)
    name = words.plain(sector.name) if sector.name != LOOSE else "loose"
    ink.put(painter, top, name, Style(11, "fg", SEMIBOLD), rect)
    ink.put(painter, QRect(rect.x(), top.y(), rect.width() - 8, 18), spend, spend_style, rect)
    worst = next((state for state in SEEN if counts[state]), None)
    signs = {state: (glyph, color) for state, glyph, color in _COUNTS}
    glyph, color = signs.get(worst, ("done", "dim")) if worst else ("idle", "mid")
    ink.glyph(painter, "state:" + glyph, QRect(rect.x() + 8, rect.y() + 8, 10, 10), color)
    paint_stack(ink, painter, counts, QRect(rect.x() + 8, rect.y() + 28, rect.width() - 16, 7))


def _spend(operation: OperationHead) -> str:
    """Money, or tokens where no money was spent."""
    return words.of_limit(Limit(), operation.spent, operation.tokens)


def paint_stack(ink: Ink, painter: QPainter, counts: Counter[Seen], rect: QRect) -> None:
    """A bar of an operation's states, worst first."""
    total = sum(counts.values())
    painter.fillRect(rect, ink.theme.color("edge"))
    x = float(rect.x())
    for state, color in _STACK:
        if counts[state]:
            width = rect.width() * counts[state] / total
            painter.fillRect(QRectF(x, rect.y(), width, rect.height()), ink.theme.color(color))
            x += width


# --- marks ------------------------------------------------------------------------------------


def paint_marks(ink: Ink, painter: QPainter, scene: Scene, area: QRect) -> None:
    """What lies over the tiles: lineage of the selected, focus, orders on their way, digits."""
    if scene.step.level not in ("L0", "LS"):
        for thread in scene.selected:
            _lineage(ink, painter, scene, thread)
    for thread in scene.pending:
        rect = scene.rects.get(thread)
        if rect is not None and rect.intersects(area):
            _dotted(ink, painter, rect)
    focus = scene.rects.get(scene.active)
    if focus is not None:
        _focus(ink, painter, focus)
    for group, members in sorted(scene.world.groups.items()):
        leader = next((scene.rects[t] for t in members if t in scene.rects), None)
        if leader is not None and scene.step.w >= 18:
            _digit(ink, painter, leader, group)


def _digit(ink: Ink, painter: QPainter, rect: QRect, group: int) -> None:
    """At the upper right corner of its leader's rectangle."""
    grown, plate = min(ink.reading.grown, MOST_GROWN), QRect(-7, -7, 13, 13)
    painter.save()
    painter.translate(rect.right(), rect.y())
    painter.scale(grown, grown)
    ink.scale *= grown
    ink.plate(painter, plate, _DIGIT_PLATE)
    ink.put(painter, plate, str(group), _DIGIT)
    ink.scale /= grown
    painter.restore()


def _dotted(ink: Ink, painter: QPainter, rect: QRect) -> None:
    pen = QPen(ink.theme.color("accent"), 1.2, Qt.PenStyle.DotLine)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawRoundedRect(QRectF(rect).adjusted(2, 2, -2, -2), 5, 5)


def _focus(ink: Ink, painter: QPainter, rect: QRect) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink.theme.pen("accent", 1.0, 0.75))
    inset = 1.5 if rect.width() >= 40 else 0.5
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), 5, 5)


def _lineage(ink: Ink, painter: QPainter, scene: Scene, parent: int) -> None:
    head, start = scene.world.threads.get(parent), scene.rects.get(parent)
    if head is None or start is None or not head.children:
        return
    gap = scene.step.gap
    dot = QPointF(start.x() + 22, start.bottom() + 1 + gap / 2)
    ways = [_way(dot, scene.rects[child], gap) for child in head.children if child in scene.rects]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in (("bg", 4.0), ("accent", 2.0)):
        painter.setPen(ink.theme.pen(color, width))
        for way in ways:
            painter.drawPolyline(way)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.theme.brush("accent"))
    for way in ways:
        tip = way.at(way.count() - 1)
        arrow = [QPointF(tip.x() - 4.5, tip.y() - 1), QPointF(tip.x() + 4.5, tip.y() - 1)]
        painter.drawPolygon(QPolygonF([*arrow, QPointF(tip.x(), tip.y() + 5)]))
    painter.drawEllipse(dot, 3.2, 3.2)


def _way(start: QPointF, child: QRect, gap: int) -> QPolygonF:
    end = QPointF(child.x() + child.width() / 2, child.y() - gap / 2)
    if abs(end.y() - start.y()) < 1:
        return QPolygonF([start, end])
    side = child.x() - gap / 2
    return QPolygonF([start, QPointF(side, start.y()), QPointF(side, end.y()), end])


def paint_box(ink: Ink, painter: QPainter, start: QPoint, end: QPoint) -> None:
    """The box the player draws."""
    rect = QRectF(QRect(start, end).normalized())
    painter.setBrush(ink.theme.brush("sel", 0.08))
    painter.setPen(ink.theme.pen("sel", 1.0, 0.9))
    painter.drawRect(rect)


def paint_empty(ink: Ink, painter: QPainter, area: QRect) -> None:
    """The map without a thread: what to do."""
    middle = area.center().y()
    first = QRect(area.x(), middle - 26, area.width(), 22)
    ink.put(painter, first, "No thread yet", _EMPTY, area)
    text = "Mod+N starts threads \u00b7 Mod+G starts the practice skirmish"
    ink.put(painter, QRect(area.x(), middle + 2, area.width(), 18), text, _HINT, area)
