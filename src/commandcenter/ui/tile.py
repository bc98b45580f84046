"""One thread on the map, painted at each level of the zoom ladder (screen.md 4)."""

from functools import lru_cache

from msgspec.structs import replace
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from commandcenter.core.world import BIN_NS, Head, World
from commandcenter.hud import marking, windows, words
from commandcenter.hud.fog import CLEAR, FogMode, fog
from commandcenter.hud.layout import Step
from commandcenter.hud.seen import Face, face
from commandcenter.ui.glyphs import kind_of
from commandcenter.ui.lettering import Letters, Said
from commandcenter.ui.paint import Ink, Line, Plate, Stamp, sparkline
from commandcenter.ui.theme import BOLD, REGULAR, SEMIBOLD, Style
from commandcenter.ui.tile_frame import CHIP_PX, CHIPS, UNSEEN_PX, Frame, frame
from commandcenter.ui.tile_kept import Kept, kept_at
from commandcenter.ui.tile_marks import BIRTH_PX, paint_birth, paint_verdict
from commandcenter.ui.tile_near import TailLine, paint_brief, paint_facts, paint_tail
from commandcenter.ui.tile_still import (
    paint_foot,
    paint_still,
    paint_veil,
    stands,
    still_texts,
    unseen,
)

DIMMED = 0.25
"""Opacity of what the filter does not show."""
STALE = 0.5
"""Opacity of ground, glyph and line of a thread that was not heard of."""
REACH = 3
"""How far rings reach out of a tile, in px."""
_NAME, _NAME_DONE = Style(11, "fg", SEMIBOLD), Style(11, "dim", SEMIBOLD)
_NAME_DONE_HI = Style(11, "mid", SEMIBOLD)
_LETTERS = {
    tier: Style(9, tier, BOLD, "center") for tier in ("small", "standard", "large", "local")
}
_LETTER_HI = Style(9, "mid", BOLD, "center")
_CHIP_NAME = Style(10, "fg", SEMIBOLD)
_CHIP_DONE = Style(10, "dim", SEMIBOLD)


class Tile:
    """What is painted of one thread; made anew when its head changed."""

    def __init__(self, head: Head, world: World, now: int) -> None:
        self.selected = False
        self.active = False
        self.pending = False
        self.dimmed = False
        """The filter does not show it."""
        self.fog = CLEAR
        self.tail: tuple[TailLine, ...] = ()
        """The last rows of its transcript, while it is a pane."""
        self.behind = False
        """Its line was painted as it was before the last bin closed."""
        self.shelf: dict[Step, Kept] = {}
        """What it keeps of its picture, by step."""
        self.head = head
        self.face: Face
        self.kind: str
        self.letter: str
        self.tier: str
        self.plain: bool
        """A command line: it has no model and no account."""
        self.share: float | None
        self.alarmed = ""
        """The token of its outline: `wait`, `err` or empty."""
        self.ringed: bool
        """Rings are painted, or are still to be painted over."""
        self.dot: tuple[str, float]
        """Colour token and opacity at L0 and on the minimap."""
        self.mark: tuple[str, float]
        """The same as filter and fog let it through."""
        self._told: Face
        self.load(head, world, now)

    def load(self, head: Head, world: World, now: int) -> None:
        """Take the head as it is at wall `now` (ns); what it has kept of the last is known."""
        old, self.head, self._world = self.head, head, world
        first, before = head is old, self.alarmed
        if first or head.driver != old.driver or head.model != old.model:
            self.kind = "kind:" + kind_of(head.driver)
            self.letter, self.tier = _letter(head.model)
            self.plain = head.driver == "terminal"
        if first or _paid(head) != _paid(old):
            self.share = words.used(head.limit, head.spent, head.tokens)
        self.face = self._told = face(head, world, now)
        self.verdict = marking.verdict(head, now)
        """Of the success command; None = it was never run."""
        self.alarmed = _ALARMS.get(self.face.seen, "")
        self.ringed = bool(before or self.alarmed)
        self.dot = self.mark = _dot(self.face, self.alarmed)

    @property
    def practice(self) -> bool:
        """Is what it pays practice money?"""
        return words.practises(self.head, self._world.accounts.get(self.head.account))

    @property
    def plan(self) -> tuple[str, float]:
        """The plan's window and the thread's part of it."""
        found = windows.part(self._world, self.head)
        return (windows.span(found[0]), found[1]) if found else ("", 0.0)

    def look(self, mode: FogMode, now: int) -> None:
        """Take the fog on it at wall `now` (ns); of what is silent it says since when."""
        self.fog = fog(self.head, now, mode)
        share = DIMMED if self.dimmed else STALE if self.fog.silent else 1.0
        self.mark = (self.dot[0], self.dot[1] * share)
        if not self.fog.silent:
            self.face = self._told
            return
        line = f"seen {words.age(self.fog.silent)} ago"
        self.face = replace(self._told, line=line, line_color="dim", ages=True)

    def shape(self) -> tuple[object, ...]:
        """All of its look but texts, line and figures: what is painted without delay."""
        face, fog = self.face, self.fog
        look = (face.glyph, face.color, face.seen, face.stripe, self.alarmed, self.mark)
        told = bool(fog.silent), fog.unseen, self.dimmed, self.head.kind, self.verdict
        return look, told, self.head.name, self.kind, self.tier

    def spark(self, ink: Ink, kept: Kept, parts: Frame, now: int) -> Line:
        """The line of the last bins, built when a bin closed: now, or with a frame soon after."""
        count, head = 64 if parts.bars else 32, self.head
        late = min(max(now // BIN_NS - head.bin_at, 0), count) if head.bins else 0
        working = self.face.seen == "working"
        key = (head.bin_at, len(head.bins), late, working)
        self.behind = False
        if kept.line is not None and key == kept.bins:
            return kept.line
        if kept.line is not None and ink.lines <= 0 and working == kept.line.filled:
            self.behind = True
            return kept.line
        ink.lines -= 1
        shown = (*head.bins, *([0] * late))[-count:]
        if len(shown) < count:
            shown = (*([0] * (count - len(shown))), *shown)
        top, box = max(max(head.bins, default=1), 1) * 1.15, parts.spark
        kept.line = sparkline(shown, box.width() - 1, box.height(), top, working)
        kept.drawn_key, kept.bins = (), key
        return kept.line

    def stamps(self, ink: Ink, step: Step) -> tuple[Stamp, ...]:
        """The pictures of a tile at L2 or nearer: ground, glyph, kind mark, the letter's plate."""
        kept = kept_at(self.shelf, step)
        look = (self.face.glyph, self.face.color, self.face.seen, self.kind, self.tier)
        apart = self.dimmed or bool(self.fog.silent)  # as one picture they fade otherwise
        key = (ink.scale, ink.age, self.selected, look, apart)
        if key != kept.stamped:
            parts, faded = frame(step), self.face.seen == "done" and not self.selected
            stamps = (
                ink.plate_stamp(parts.whole, self.plate()),
                ink.glyph_stamp("state:" + self.face.glyph, parts.glyph, self.face.color),
                ink.glyph_stamp(self.kind, parts.kind, "dim" if faded else "mid"),
                *([] if self.plain else [ink.plate_stamp(parts.plate, _letter_plate(self.tier))]),
            )
            kept.stamps = stamps if apart else ink.joined(*stamps)
            kept.stamped = key
        return kept.stamps

    def drawn(self, ink: Ink, kept: Kept, line: Line) -> QPixmap:
        """The line on its flat ground; it stands until a bin closes."""
        color, ground = self.line_color, self.plate().fill
        key = (color, ground, ink.age, ink.scale)
        if kept.drawn is None or key != kept.drawn_key:
            kept.drawn = ink.line_picture(line, color, ground, kept.drawn)
            kept.drawn_key = key
        return kept.drawn

    @property
    def line_color(self) -> str:
        """The token of its line: it has a colour while it grows."""
        working = self.face.seen == "working" and not self.fog.silent
        return self.face.color if working else "lineDim"

    def chip(self, ink: Ink, step: Step) -> tuple[tuple[Stamp, ...], tuple[Letters, ...]]:
        """Pictures and name of a thread at L1; the first two pictures fade in the fog."""
        kept = kept_at(self.shelf, step)
        done = self.face.seen == "done"
        fog = (bool(self.fog.silent), bool(self.fog.unseen), bool(self.head.orders))
        look = (self.face.glyph, self.face.color, self.face.seen, self.face.stripe, self.alarmed)
        key = (ink.scale, ink.age, self.selected, look, fog, self.head.name)
        if key != kept.chipped:
            kept.chip = _chip(ink, self, step, done)
            kept.chipped = key
        return kept.chip

    def letters(self, ink: Ink, step: Step) -> tuple[Letters, ...]:
        """Name and model letter at L2, laid out; they change seldom."""
        kept = kept_at(self.shelf, step)
        high, done = self.selected, self.face.seen == "done" or bool(self.fog.silent)
        more = bool(self.head.subagents)
        key = (ink.age, high, done, more, self.head.name, self.letter, self.tier)
        if key != kept.lettered:
            parts = frame(step)
            name = (_NAME_DONE_HI if high else _NAME_DONE) if done else _NAME
            room = parts.name.adjusted(0, 0, -22, 0) if more and parts.bars else parts.name
            found = [ink.letters(room, self.head.name, name, parts.whole)]
            if not self.plain:
                style = letter_style(self.tier, high)
                found.append(ink.letters(parts.plate, self.letter, style, parts.whole))
            kept.letters, kept.lettered = tuple(found), key
        return kept.letters

    def said(self, ink: Ink, kept: Kept, parts: Frame) -> Said:
        """The line it says."""
        shown, high, marked = self.face, self.selected, self.marked(parts)
        key = (shown.line, shown.line_color, high, marked, ink.age)
        if kept.said is None or key != kept.said_key:
            style = _line_style(shown.line_color, high)
            room = parts.line.adjusted(0, 0, -marked, 0)
            kept.said = ink.said(room, shown.line, style, parts.whole)
            kept.said_key = key
        return kept.said

    def release(self, step: Step | None) -> None:
        """Let the pictures of all steps go but of this one."""
        for one, kept in self.shelf.items():
            if one != step:
                kept.release()

    def marked(self, parts: Frame) -> int:
        """Px at the line's right end that its marks take: queued texts, unseen results."""
        waits = len(self.head.queue) + len(self.head.orders)
        queued = CHIP_PX * min(waits, CHIPS) if parts.bars else 0
        born = BIRTH_PX if self.head.kind in marking.BIRTHS else 0
        return queued + born + (UNSEEN_PX if self.fog.unseen else 0)

    def plate(self) -> Plate:
        """The look of its ground."""
        return _plate(self.face.seen == "done", self.face.stripe, self.alarmed, self.selected)


_ALARMS = {"needs you": "wait", "failed": "err"}


def _paid(head: Head) -> tuple[int, ...]:
    """What its share of its limit is made of: parts that did not change are the same objects."""
    return id(head.spent), id(head.limit), id(head.tokens)


def _dot(shown: Face, alarmed: str) -> tuple[str, float]:
    if alarmed:
        return alarmed, 1.0
    return ("edge", 1.0) if shown.seen == "done" else (shown.stripe, 0.62)


@lru_cache(maxsize=256)
def _letter(model: str) -> tuple[str, str]:
    return words.letter(model), words.tier(model)


@lru_cache(maxsize=256)
def _plate(done: bool, stripe: str, alarm: str, selected: bool) -> Plate:
    fill = "tileHi" if selected else "tileDone" if done else "tile"
    select = "sel" if selected else ""
    return Plate(fill, "edge", 6, stripe, alarm, select, border_alpha=0.75)


@lru_cache(maxsize=64)
def _line_style(color: str, high: bool) -> Style:
    heavy = REGULAR if color in ("mid", "dim") else SEMIBOLD
    return Style(10, "mid" if high and color == "dim" else color, heavy)


def letter_style(tier: str, selected: bool) -> Style:
    """The model letter's colour: its tier's, where that can be read on the tile's ground."""
    return _LETTER_HI if selected and tier == "local" else _LETTERS[tier]


@lru_cache(maxsize=16)
def _letter_plate(tier: str) -> Plate:
    return Plate(tier, "", 3, fill_alpha=0.16)


def paint_tile(ink: Ink, painter: QPainter, tile: Tile, step: Step, now: int) -> None:
    """Paint a tile whose top left is the painter's origin, at L2 or nearer."""
    parts, kept = frame(step), kept_at(tile.shelf, step)
    line = tile.spark(ink, kept, parts, now)
    if stands(ink, tile):
        paint_still(ink, painter, tile, step, kept)
        _line(ink, painter, tile, kept, (line, parts.spark))
    else:
        _apart(ink, painter, tile, step)
        ink.line(painter, line, parts.spark.x(), parts.spark.y(), tile.line_color)
        for text in still_texts(ink, tile, step):
            ink.write(painter, text)
        paint_foot(ink, painter, tile, parts)
    if tile.verdict is not None:
        paint_verdict(ink, painter, tile, parts)
    if tile.head.kind:
        paint_birth(ink, painter, tile, parts)
    if parts.brief.height():
        (paint_tail if tile.tail else paint_brief)(ink, painter, tile, parts)
    if tile.face.line:
        ink.say(painter, tile.said(ink, kept, parts))
    if parts.bars:
        paint_facts(ink, painter, tile, parts, now)


def _apart(ink: Ink, painter: QPainter, tile: Tile, step: Step) -> None:
    """Plates and glyphs one by one, and the fog on them."""
    silent, parts = tile.fog.silent, frame(step)
    if silent:
        painter.setOpacity(painter.opacity() * STALE)
    for at, picture in tile.stamps(ink, step):
        painter.drawPixmap(at, picture)
    if silent:
        painter.setOpacity(painter.opacity() / STALE)
    if tile.fog.unseen:
        paint_veil(ink, painter, parts)
        text, (at, mark) = unseen(ink, tile, parts)
        ink.write(painter, text)
        painter.drawPixmap(at, mark)
    if tile.face.glyph == "fuse":
        _fuse(ink, painter, parts.fuse, tile.face.fuse)


def _line(ink: Ink, painter: QPainter, tile: Tile, kept: Kept, place: tuple[Line, QRect]) -> None:
    """The line: painted once on the flat ground below it, until a bin closes."""
    line, rect = place
    if tile.fog.unseen:
        ink.line(painter, line, rect.x(), rect.y(), tile.line_color)
    else:
        painter.drawPixmap(rect.x() - 1, rect.y(), tile.drawn(ink, kept, line))


def paint_chip(ink: Ink, painter: QPainter, tile: Tile, step: Step) -> None:
    """Paint a thread at L1: glyph, stripe, and its name from 64 px on."""
    stamps, letters = tile.chip(ink, step)
    stale = bool(tile.fog.silent)
    if stale:
        painter.setOpacity(painter.opacity() * STALE)
    for at, picture in stamps[:2]:
        painter.drawPixmap(at, picture)
    if stale:
        painter.setOpacity(painter.opacity() / STALE)
    for text in letters:
        ink.write(painter, text)
    for at, picture in stamps[2:]:
        painter.drawPixmap(at, picture)


def _chip(
    ink: Ink, tile: Tile, step: Step, done: bool
) -> tuple[tuple[Stamp, ...], tuple[Letters, ...]]:
    shown, whole = tile.face, QRect(0, 0, step.w, step.h)
    wide = step.w >= 64
    left = 8 if wide else (step.w - 10) // 2 + 1
    glyph = "frozen" if shown.glyph == "fuse" else shown.glyph
    place = QRect(left, (step.h - 10) // 2, 10, 10)
    ground = ink.plate_stamp(whole, tile.plate())
    stamps = [ground, ink.glyph_stamp("state:" + glyph, place, shown.color)]
    if not wide:
        return tuple(stamps), ()
    faded = done or bool(tile.fog.silent)
    style = (_NAME_DONE_HI if tile.selected else _CHIP_DONE) if faded else _CHIP_NAME
    right = 13 if tile.fog.unseen or tile.head.orders else 0  # the count of its chain
    name = QRect(21, 0, step.w - 25 - right, step.h)
    if tile.fog.unseen:
        mark = QRect(step.w - 15, (step.h - 9) // 2, 9, 9)
        stamps.append(ink.glyph_stamp("state:unseen", mark, "mid" if done else "fg"))
    letters = [ink.letters(name, tile.head.name, style, whole)] if tile.head.name else []
    return tuple(stamps), tuple(letters)


def _fuse(ink: Ink, painter: QPainter, ring: QRectF, share: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink.theme.pen("pause", 1.6, 0.3))
    painter.drawEllipse(ring)
    painter.setPen(ink.theme.pen("pause", 1.8))
    painter.drawArc(ring, 90 * 16, round(360 * 16 * (1.0 if ink.steady else share)))
