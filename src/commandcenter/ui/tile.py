"""One thread on the map, painted at each level of the zoom ladder (screen.md 4)."""

from functools import lru_cache

import msgspec
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from commandcenter.core.world import BIN_NS, Head, World
from commandcenter.hud import windows, words
from commandcenter.hud.layout import Step
from commandcenter.hud.seen import Face, face
from commandcenter.ui.glyphs import kind_of
from commandcenter.ui.lettering import Letters
from commandcenter.ui.paint import Ink, Line, Plate, Stamp, sparkline
from commandcenter.ui.theme import BOLD, MEDIUM, REGULAR, SEMIBOLD, Style

BRIEF_ROW = 15
REACH = 3
"""How far rings reach out of a tile, in px."""
_NAME, _NAME_DONE = Style(11, "fg", SEMIBOLD), Style(11, "dim", SEMIBOLD)
_NAME_DONE_HI = Style(11, "mid", SEMIBOLD)
_LETTERS = {
    tier: Style(9, tier, BOLD, "center") for tier in ("small", "standard", "large", "local")
}
_LETTER_HI = Style(9, "mid", BOLD, "center")
_FACT, _FACT_HI = Style(9, "dim", MEDIUM), Style(9, "mid", MEDIUM)
_FACT_RIGHT = Style(9, "mid", MEDIUM, "right")
_CHIP_NAME = Style(10, "fg", SEMIBOLD)
_CHIP_DONE = Style(10, "dim", SEMIBOLD)
_BRIEF = Style(11, "dim", REGULAR)
_BRIEF_HI = Style(11, "mid", REGULAR)
_SUBAGENTS = Style(10, "mid", SEMIBOLD)
_QUEUE = Style(9, "accent", BOLD, "center")


class Frame(msgspec.Struct, frozen=True):
    """Where things lie in a tile of one step, relative to its top left."""

    whole: QRect
    glyph: QRect
    fuse: QRectF
    name: QRect
    kind: QRect
    plate: QRect
    line: QRect
    spark: QRect
    brief: QRect
    """Empty below L4."""
    track: QRect
    facts: QRect
    bars: tuple[QRect, ...]


@lru_cache(maxsize=64)
def frame(step: Step) -> Frame:
    """The places inside a tile of `step`, at L2 and nearer."""
    w, h, near = step.w, step.h, step.level in ("L3", "L4")
    first = 5 if h >= 56 else 3
    row = QRect(0, first, w, 16)
    foot = h - 4
    if near:
        text, facts = h - 52, QRect(9, h - 38, w - 18, 12)
    else:
        text, facts = (h - 21 if h >= 56 else h - 20), QRect()
    top = row.bottom() + (2 if h >= 56 else 0)
    room = text - 70 - top - 6 if step.level == "L4" else 0
    brief = QRect(9, top + 4, w - 18, room // BRIEF_ROW * BRIEF_ROW)
    top = text - 70 if room else top
    third = (w - 18 - 16) // 3
    bars = tuple(QRect(9 + n * (third + 8), h - 24, third, 18) for n in range(3)) if near else ()
    return Frame(
        QRect(0, 0, w, h),
        QRect(9, row.y() + 3, 10, 10),
        QRectF(7.25, row.y() + 1.25, 13.5, 13.5),
        QRect(24, row.y(), w - 24 - 35, 16),
        QRect(w - 31, row.y() + 4, 9, 9),
        QRect(w - 19, row.y() + 1, 14, 14),
        QRect(9, text, w - 15, 14),
        QRect(9, top, w - 18, text - top - 1),
        brief,
        QRect(9, foot, w - 18, 2),
        facts,
        bars,
    )


class Tile:
    """What is painted of one thread; made anew when its head changed."""

    def __init__(self, head: Head, world: World, now: int) -> None:
        self.selected = False
        self.active = False
        self.pending = False
        self.line: Line | None = None
        self._bins: tuple[object, ...] = ()
        self._stamps: tuple[Stamp, ...] = ()
        self._stamped: tuple[object, ...] = ()
        self._letters: tuple[Letters, ...] = ()
        self._lettered: tuple[object, ...] = ()
        self._said: Letters | None = None
        self._said_key: tuple[object, ...] = ()
        self.load(head, world, now)

    def load(self, head: Head, world: World, now: int) -> bool:
        """Take the head as it is at wall `now` (ns). True when the state changed, not only text."""
        before, ring = getattr(self, "face", None), getattr(self, "alarmed", "")
        self.head = head
        self.face: Face = face(head, world, now)
        self.kind = "kind:" + kind_of(head.driver)
        self.letter, self.tier = _letter(head.model)
        self.plain = head.driver == "terminal"
        """A command line: it has no model and no account."""
        self.share = words.used(head.limit, head.spent, head.tokens)
        found = windows.part(world, head)
        self.plan = (windows.span(found[0]), found[1]) if found else ("", 0.0)
        """The plan's window and the thread's part of it."""
        self.alarmed = _ALARMS.get(self.face.seen, "")
        """The token of its outline: `wait`, `err` or empty."""
        self.ringed = bool(ring or self.alarmed)
        """Rings are painted, or are still to be painted over."""
        self.dot = _dot(self.face, self.alarmed)
        """Colour token and opacity at L0 and on the minimap."""
        return before is None or before.glyph != self.face.glyph

    def spark(self, box: QRect, count: int, now: int) -> Line:
        """The line of the last `count` bins, built when a bin closed or the box changed."""
        bins = self.head.bins
        late = min(max(now // BIN_NS - self.head.bin_at, 0), count) if bins else 0
        working = self.face.seen == "working"
        key = (self.head.bin_at, len(bins), late, box.height(), count, working)
        if self.line is None or key != self._bins:
            shown = (*bins, *([0] * late))[-count:]
            if len(shown) < count:
                shown = (*([0] * (count - len(shown))), *shown)
            top = max(max(bins, default=1), 1) * 1.15
            self.line = sparkline(shown, box.width() - 1, box.height(), top, working)
            self._bins = key
        return self.line

    def stamps(self, ink: Ink, step: Step) -> tuple[Stamp, ...]:
        """The pictures of a tile at L2 or nearer: ground, glyph, kind mark, the letter's plate."""
        look = (self.face.glyph, self.face.color, self.face.seen, self.kind, self.tier)
        key = (step, ink.scale, ink.age, self.selected, look)
        if key != self._stamped:
            parts, faded = frame(step), self.face.seen == "done" and not self.selected
            self._stamps = (
                ink.plate_stamp(parts.whole, self.plate()),
                ink.glyph_stamp("state:" + self.face.glyph, parts.glyph, self.face.color),
                ink.glyph_stamp(self.kind, parts.kind, "dim" if faded else "mid"),
                *([] if self.plain else [ink.plate_stamp(parts.plate, _letter_plate(self.tier))]),
            )
            self._stamped = key
        return self._stamps

    def letters(self, ink: Ink, step: Step) -> tuple[Letters, ...]:
        """Name and model letter at L2, laid out; they change seldom."""
        high, done = self.selected, self.face.seen == "done"
        more = bool(self.head.subagents)
        key = (step, ink.age, high, done, more, self.head.name, self.letter, self.tier)
        if key != self._lettered:
            parts = frame(step)
            name = (_NAME_DONE_HI if high else _NAME_DONE) if done else _NAME
            room = parts.name.adjusted(0, 0, -22, 0) if more and parts.bars else parts.name
            found = [ink.letters(room, self.head.name, name, parts.whole)]
            if not self.plain:
                style = letter_style(self.tier, high)
                found.append(ink.letters(parts.plate, self.letter, style, parts.whole))
            self._letters, self._lettered = tuple(found), key
        return self._letters

    def said(self, ink: Ink, step: Step) -> Letters:
        """The line it says, laid out."""
        shown, high = self.face, self.selected
        key = (step, ink.age, high, shown.line, shown.line_color)
        if self._said is None or key != self._said_key:
            style, parts = _line_style(shown.line_color, high), frame(step)
            self._said = ink.letters(parts.line, shown.line, style, parts.whole)
            self._said_key = key
        return self._said

    def plate(self) -> Plate:
        """The look of its ground."""
        return _plate(self.face.seen == "done", self.face.stripe, self.alarmed, self.selected)


_ALARMS = {"needs you": "wait", "failed": "err"}


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
    parts, shown = frame(step), tile.face
    done = shown.seen == "done"
    for at, picture in tile.stamps(ink, step):
        painter.drawPixmap(at, picture)
    if shown.glyph == "fuse":
        _fuse(ink, painter, parts.fuse, shown.fuse)
    letters = tile.letters(ink, step)
    for text in letters:
        ink.write(painter, text)
    if tile.head.subagents and parts.bars:
        _subagents(ink, painter, tile, (letters[0].cut.width, parts))
    if parts.brief.height():
        _brief(ink, painter, tile, parts)
    working = shown.seen == "working"
    color = shown.color if working else "lineDim"
    spark = tile.spark(parts.spark, 64 if parts.bars else 32, now)
    ink.line(painter, spark, parts.spark.x(), parts.spark.y(), color)
    if shown.line:
        ink.write(painter, tile.said(ink, step))
    if parts.bars:
        _facts(ink, painter, tile, parts, now)
    elif not tile.head.metered:
        _unmetered(ink, painter, parts.track)
    else:
        _track(ink, painter, parts.track, tile.share, "barDone" if done else "dim")


def _subagents(ink: Ink, painter: QPainter, tile: Tile, name: tuple[float, Frame]) -> None:
    """Near, the count of the agent's own agents behind its name, so many px wide."""
    wide, parts = name
    place = parts.name
    beside = QRect(place.x() + round(wide) + 5, place.y(), 20, place.height())
    ink.put(painter, beside, f"+{len(tile.head.subagents)}", _SUBAGENTS, parts.whole)


def paint_chip(ink: Ink, painter: QPainter, tile: Tile, step: Step) -> None:
    """Paint a thread at L1: glyph, stripe, and its name from 64 px on."""
    shown, done = tile.face, tile.face.seen == "done"
    whole = QRect(0, 0, step.w, step.h)
    ink.plate(painter, whole, tile.plate())
    middle = (step.h - 10) // 2
    wide = step.w >= 64
    left = 8 if wide else (step.w - 10) // 2 + 1
    glyph = "frozen" if shown.glyph == "fuse" else shown.glyph
    ink.glyph(painter, "state:" + glyph, QRect(left, middle, 10, 10), shown.color)
    if wide:
        style = (_NAME_DONE_HI if tile.selected else _CHIP_DONE) if done else _CHIP_NAME
        ink.put(painter, QRect(21, 0, step.w - 25, step.h), tile.head.name, style, whole)


def _fuse(ink: Ink, painter: QPainter, ring: QRectF, share: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink.theme.pen("pause", 1.6, 0.3))
    painter.drawEllipse(ring)
    painter.setPen(ink.theme.pen("pause", 1.8))
    painter.drawArc(ring, 90 * 16, round(360 * 16 * share))


def _track(ink: Ink, painter: QPainter, rect: QRect, share: float | None, own: str) -> None:
    painter.fillRect(rect, ink.theme.color("track"))
    if share:
        width = max(round(rect.width() * min(share, 1.0)), 1)
        filled = QRect(rect.x(), rect.y(), width, rect.height())
        painter.fillRect(filled, ink.theme.color(words.tone(share, own)))


def _unmetered(ink: Ink, painter: QPainter, rect: QRect) -> None:
    """Dashes in the bar's place: nothing is measured that could fill it."""
    color = ink.theme.color("mid")
    for x in range(rect.x(), rect.right() - 3, 7):
        painter.fillRect(QRect(x, rect.y(), 4, rect.height()), color)


def _facts(ink: Ink, painter: QPainter, tile: Tile, parts: Frame, now: int) -> None:
    head = tile.head
    style = _FACT_HI if tile.selected else _FACT
    left = f"local \u00b7 {words.paid(head)}"
    if head.sub_tokens:
        left += f" \u00b7 +{words.tokens(head.sub_tokens)} sub"
    ink.put(painter, parts.facts, left, style, parts.whole)
    ink.put(painter, parts.facts, f"{_speed(head, now)} tok/s", _FACT_RIGHT, parts.whole)
    context = head.context_used / head.context_size if head.context_size else None
    held = words.tokens(head.context_used)
    _small_bar(ink, painter, parts.bars[0], ("ctx", context, "think", held), parts.whole)
    limit = ("bud", tile.share, "run", "\u2013")
    _small_bar(ink, painter, parts.bars[1], limit, parts.whole)
    last = parts.bars[2]
    if tile.plan[0]:
        _small_bar(ink, painter, last, (tile.plan[0], tile.plan[1], "think", ""), parts.whole)
    else:
        kind = "window ?" if head.auth == "login" else "key account" if head.account else ""
        ink.put(painter, QRect(last.x(), last.y(), last.width(), 12), kind, style, parts.whole)
    for n, _queued in enumerate(head.queue[:3]):
        chip = QRect(parts.line.right() - 13 * (n + 1), parts.line.y() + 1, 12, 12)
        ink.plate(painter, chip, Plate("accent", "", 3, fill_alpha=0.16))
        ink.put(painter, chip, str(len(head.queue[:3]) - n), _QUEUE, parts.whole)


def _brief(ink: Ink, painter: QPainter, tile: Tile, parts: Frame) -> None:
    """What the thread is to do, as far as there is room."""
    style, room = (_BRIEF_HI if tile.selected else _BRIEF), parts.brief
    rows = wrapped(ink, tile.head.brief, room.width(), room.height() // BRIEF_ROW)
    for number, text in enumerate(rows):
        row = QRect(room.x(), room.y() + number * BRIEF_ROW, room.width(), BRIEF_ROW)
        ink.put(painter, row, text, style, parts.whole)


def wrapped(ink: Ink, text: str, width: int, most: int) -> list[str]:
    """At most so many rows of whole words within `width` px; the last one holds the rest."""
    rows: list[str] = []
    for word in words.plain(" ".join(text.split())).split(" "):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and (len(rows) == most or ink.width(longer, _BRIEF) <= width):
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _small_bar(
    ink: Ink, painter: QPainter, rect: QRect, bar: tuple[str, float | None, str, str], whole: QRect
) -> None:
    caption, share, own, otherwise = bar
    head = QRect(rect.x(), rect.y(), rect.width(), 12)
    ink.put(painter, head, caption, _FACT, whole)
    figure = f"{share:.0%}".replace("%", " %") if share is not None else otherwise
    ink.put(painter, head, figure, _FACT_RIGHT, whole)
    track = QRect(rect.x(), rect.y() + 14, rect.width(), 3)
    _track(ink, painter, track, share, own)


def _speed(head: Head, now: int) -> str:
    late = now // BIN_NS - head.bin_at
    recent = head.bins[-10:] if head.bins and late < 10 else ()
    return words.tokens(sum(recent) / 5)
