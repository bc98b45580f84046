"""What a card or a pane shows besides a tile: facts, three bars, brief, queue (screen.md 4)."""

from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.core.world import BIN_NS, Head
from commandcenter.hud import words
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, MEDIUM, REGULAR, Style
from commandcenter.ui.tile_frame import BRIEF_ROW, CHIP_PX, CHIPS, TAIL_ROW, UNSEEN_PX, Frame

if TYPE_CHECKING:
    from commandcenter.ui.tile import Tile

Tone = Literal["fg", "mid", "dim", "accent", "err"]


class TailLine(Record, frozen=True):
    """One row of a transcript's tail, and its colour."""

    text: str
    tone: Tone = "mid"


_FACT, _FACT_HI = Style(9, "dim", MEDIUM), Style(9, "mid", MEDIUM)
_FACT_RIGHT = Style(9, "mid", MEDIUM, "right")
_BRIEF = Style(11, "dim", REGULAR)
_BRIEF_HI = Style(11, "mid", REGULAR)
_TAILS = {tone: Style(11, tone, mono=True) for tone in get_args(Tone)}
_QUEUE = Style(9, "accent", BOLD, "center")


def paint_track(ink: Ink, painter: QPainter, rect: QRect, share: float | None, own: str) -> None:
    """A bar of 2 or 3 px, filled by `share`; None = nothing is measured against."""
    painter.fillRect(rect, ink.theme.color("track"))
    if share:
        width = max(round(rect.width() * min(share, 1.0)), 1)
        filled = QRect(rect.x(), rect.y(), width, rect.height())
        painter.fillRect(filled, ink.theme.color(words.tone(share, own)))


def paint_facts(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame, now: int) -> None:
    """Cost, speed, the three bars and the queue."""
    head = tile.head
    style = _FACT_HI if tile.selected else _FACT
    left = f"local \u00b7 {words.paid(head, tile.practice)}"
    if head.sub_tokens:
        left += f" \u00b7 +{words.tokens(head.sub_tokens)} sub"
    ink.put(painter, parts.facts, left, style, parts.whole)
    ink.put(painter, parts.facts, f"{_speed(head, now)} tok/s", _FACT_RIGHT, parts.whole)
    context = head.context_used / head.context_size if head.context_size else None
    held = words.tokens(head.context_used)
    _small_bar(ink, painter, parts.bars[0], ("ctx", context, "think", held), tile)
    limit = ("bud", tile.share, "run", "\u2013")
    _small_bar(ink, painter, parts.bars[1], limit, tile)
    last = parts.bars[2]
    if tile.plan[0]:
        _small_bar(ink, painter, last, (tile.plan[0], tile.plan[1], "think", ""), tile)
    else:
        kind = "window ?" if head.auth == "login" else "key account" if head.account else ""
        ink.put(painter, QRect(last.x(), last.y(), last.width(), 12), kind, style, parts.whole)
    right = parts.line.right() - (UNSEEN_PX if tile.fog.unseen else 0)
    waits = len(head.queue) + len(head.orders)
    shown = min(waits, CHIPS)
    for n in range(shown):
        chip = QRect(right - CHIP_PX * (shown - n), parts.line.y() + 1, 12, 12)
        more = waits - shown if n + 1 == shown and waits > shown else 0
        ink.plate(painter, chip, Plate("accent", "", 3, fill_alpha=0.16))
        ink.put(painter, chip, str(waits) if more else str(n + 1), _QUEUE, parts.whole)


def paint_brief(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame) -> None:
    """What the thread is to do, as far as there is room."""
    style, room = (_BRIEF_HI if tile.selected else _BRIEF), parts.brief
    rows = wrapped(ink, tile.head.brief, room.width(), room.height() // BRIEF_ROW)
    for number, text in enumerate(rows):
        row = QRect(room.x(), room.y() + number * BRIEF_ROW, room.width(), BRIEF_ROW)
        ink.put(painter, row, text, style, parts.whole)


def paint_tail(ink: Ink, painter: QPainter, tile: "Tile", parts: Frame) -> None:
    """The last rows of what it said and did, the newest one lowest."""
    room, rows = parts.brief, tile.tail[-(parts.brief.height() // TAIL_ROW) :]
    for number, line in enumerate(rows):
        row = QRect(room.x(), room.y() + number * TAIL_ROW, room.width(), TAIL_ROW)
        tone = "mid" if line.tone == "dim" and tile.selected else line.tone
        ink.put(painter, row, line.text, _TAILS[tone], parts.whole)


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
    ink: Ink, painter: QPainter, rect: QRect, bar: tuple[str, float | None, str, str], tile: "Tile"
) -> None:
    caption, share, own, otherwise = bar
    head = QRect(rect.x(), rect.y(), rect.width(), 12)
    ink.put(painter, head, caption, _FACT_HI if tile.selected else _FACT, rect)
    figure = f"{share:.0%}".replace("%", " %") if share is not None else otherwise
    ink.put(painter, head, figure, _FACT_RIGHT, rect)
    track = QRect(rect.x(), rect.y() + 14, rect.width(), 3)
    paint_track(ink, painter, track, share, own)


def _speed(head: Head, now: int) -> str:
    late = now // BIN_NS - head.bin_at
    recent = head.bins[-10:] if head.bins and late < 10 else ()
    return words.tokens(sum(recent) / 5)
