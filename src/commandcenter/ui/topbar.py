"""The resource bar: money, burn, supply, who needs you (screen.md 2). Each figure is a button."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud import words
from commandcenter.hud.mirror import Mirror
from commandcenter.ui.paint import Ink, sparkline
from commandcenter.ui.panel import Item, press_at
from commandcenter.ui.resources import STATES, Bar, bar_of
from commandcenter.ui.theme import BOLD, CAPTION, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.zoom import Zoomed

_SPARK, _SUPPLY, _GAP = 147, 116, 28
_Money = tuple[tuple[str, str, str], float | None, str]
_NAME = Style(14, "fg", SEMIBOLD)
_FIGURE = Style(15, "fg", BOLD)
_NOTE = Style(11, "dim", MEDIUM)
_NEED = Style(15, "wait", BOLD)
_NEED_NONE = Style(11, "dim", MEDIUM)
_CLOCK = Style(15, "fg", BOLD, "right")
_HALT = Style(11, "pause", BOLD)
_COUNT = Style(12, "mid", BOLD)
_FAILED = Style(12, "err", BOLD)
NEED, PALETTE = "needs you", "palette"


class TopBar(Zoomed):
    """Paints a `Bar`; a click on the needs-you count is its key J."""

    least = (900, 0)

    needs_clicked = Signal()
    figure_clicked = Signal(str)
    """A caption (`SPENT`, `BURN`), a state (`paused`), or `palette` for the name."""

    def __init__(self, ink: Ink, mirror: Mirror, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = ink
        self.mirror = mirror
        self.low = False
        """A window below 900 px: one line per cell, and fewer cells."""
        self.frame = ""
        self.cap = 0
        self.on_painted: Callable[[], None] = lambda: None
        self._bar: Bar | None = None
        self._spots: list[tuple[str, str, QRect]] = []
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("resource bar")

    def show_state(self, now: int, clock: str, cap: int = 0) -> None:
        """Take the figures at wall `now` (ns); paints only when one changed. `clock` as text."""
        bar = bar_of(self.mirror, now, cap or self.cap, clock)
        if bar != self._bar:
            self._bar = bar
            self.update()

    def set_frame(self, color: str) -> None:
        """Mark or unmark it as the part that has the keys."""
        if color != self.frame:
            self.frame = color
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells from the left, the clock at the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.ink.begin(self)
        self.magnify(painter)
        whole = self.rect().adjusted(0, 0, 1, 0)  # magnified, its last px is only a part of one
        painter.fillRect(whole, self.ink.theme.color("panel"))
        painter.fillRect(0, self.height() - 1, whole.width(), 1, self.ink.theme.color("edge"))
        if self._bar is not None:
            cells = _Cells(self.ink, painter, self.rect())
            (_paint_low if self.low else _paint_high)(cells, self._bar)
            self._spots = cells.spots
        if self.frame:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.ink.theme.pen(self.frame, 3.0))
            painter.drawRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))
        painter.end()
        self.on_painted()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A figure was clicked."""
        press_at(self.items(), event)

    def items(self) -> list[Item]:
        """The figures from left to right, as they were painted last."""
        return [Item(key, name, rect, partial(self._press, key)) for key, name, rect in self._spots]

    def _press(self, key: str) -> None:
        if key == NEED:
            self.needs_clicked.emit()
        else:
            self.figure_clicked.emit(key)


class _Cells:
    """Cells side by side; `x` is where the next one begins."""

    def __init__(self, ink: Ink, painter: QPainter, whole: QRect) -> None:
        self.ink, self.painter, self.whole = ink, painter, whole
        self.x = 0
        self.up = min(whole.height() - 36, 0) // 2
        """How far all moves up where larger text leaves less than 36 px."""
        self.spots: list[tuple[str, str, QRect]] = []
        """What can be pressed: key, name, where."""

    def spot(self, key: str, name: str, left: int, beside: int = 0) -> None:
        """What lies from `left` to `beside` px before the next cell can be pressed."""
        rect = QRect(left, 0, self.x - beside - left, self.whole.height())
        self.spots.append((key, " ".join(name.split()), rect))

    def put(self, row: QRect, text: str, style: Style) -> int:
        """Text in a row, cut at the row's end; returns its width in px."""
        return round(self.ink.put(self.painter, row, text, style, self.whole))

    def row(self, x: int, width: int, line: int = 0) -> QRect:
        """The whole height (0), the caption's line (1) or the figure's (2)."""
        y, height = ((0, self.whole.height()), (6, 15), (20, 19))[line]
        return QRect(x, y, width, height)

    def width(self, text: str, style: Style) -> int:
        """The width in px of a text."""
        return round(self.ink.width(text, style))

    def edge(self) -> None:
        """A line between two cells."""
        pad = 12 if self.whole.height() > 40 else 11 + self.up
        tone = self.ink.theme.color("edge")
        self.painter.fillRect(self.x, pad, 1, self.whole.height() - 2 * pad, tone)

    def bar(self, x: int, y: int, share: float | None, color: str, width: int) -> None:
        """A bar of 4 px."""
        self.ink.bar(self.painter, QRectF(x, y + self.up, width, 4), share or 0.0, color)

    def spark(self, values: tuple[float, ...], x: int, y: int, size: tuple[int, int]) -> None:
        """The burn's line in a box of `size` px."""
        line = sparkline(values, size[0], size[1], max(values, default=0.0) * 1.1 or 1.0)
        self.ink.line(self.painter, line, x, y + self.up, "tool")


def _paint_high(cells: _Cells, bar: Bar) -> None:
    cells.ink.glyph(cells.painter, "logo", QRect(13, 14, 18, 18), "accent")
    cells.put(cells.row(40, 112), "commandcenter", _NAME)
    cells.x = 164
    cells.spot(PALETTE, "commandcenter, all actions", 0)
    for texts, share, tone in _fitting(cells, bar):
        _two_lines(cells, texts, share, tone)
    x, width = _two_lines(cells, ("BURN", bar.burn, bar.rate), None, "", _SPARK)
    cells.spark(bar.line, x + width - _SPARK, 6, (_SPARK, 11))
    _two_lines(cells, ("SUPPLY", str(bar.running), _calls(bar)), *_supply(bar), _SUPPLY)
    _need(cells, bar)
    cells.edge()
    cells.x += 13
    for (state, glyph, color), count in zip(STATES, bar.counts, strict=True):
        left = cells.x
        _count(cells, glyph, color, count)
        cells.spot(state, f"{count} {state}", left - 8, 8)
    _end(cells, bar, 15)


def _fitting(cells: _Cells, bar: Bar) -> list[_Money]:
    """The cells of windows and money, without the last ones when the bar is too narrow."""
    money = [("SPENT", bar.spent, bar.limit), ("LIST VALUE", bar.plan, "on plans")]
    shown: list[_Money] = [
        *(((one.label, one.figure, one.note), one.share, one.tone) for one in bar.windows),
        (money[0], bar.share, words.tone(bar.share, "run")),
        *([(money[1], None, "")] if bar.plan else []),
    ]
    burn = _inside(cells, ("BURN", bar.burn, bar.rate), _SPARK)
    supply = _inside(cells, ("SUPPLY", str(bar.running), _calls(bar)), _SUPPLY)
    room = cells.whole.width() - cells.x - burn - supply - 2 * _GAP - _rest(cells, bar)
    for least in (2 * bool(bar.plan), bool(len(bar.windows) > 1)):
        wide = sum(_inside(cells, texts) + _GAP for texts, _, _ in shown)
        if least and wide > room:
            shown.pop(-1 if least == 2 else len(bar.windows) - 1)
    return shown


def _rest(cells: _Cells, bar: Bar) -> int:
    """The width of needs-you count, states and clock."""
    need = 58 + cells.width(f"{bar.needs} need you", _NEED)
    states = sum(32 + cells.width(str(count), _COUNT) for count in bar.counts)
    return need + states + 29 + cells.width(bar.clock, _CLOCK) + 16


def _inside(cells: _Cells, texts: tuple[str, str, str], least: int = 76) -> int:
    """The width of a cell's inside, in px."""
    caption, figure, note = texts
    wide = cells.width(figure, _FIGURE) + 6 + cells.width(note, _NOTE)
    return max(wide, cells.width(caption, CAPTION) + 13 + least)


def _two_lines(
    cells: _Cells, texts: tuple[str, str, str], share: float | None, tone: str, least: int = 76
) -> tuple[int, int]:
    """A cell with caption, bar, figure and note; returns x and width of its inside, in px."""
    caption, figure, note = texts
    cells.edge()
    x = cells.x + 14
    head, wide = cells.width(caption, CAPTION), cells.width(figure, _FIGURE)
    inner = _inside(cells, texts, least)
    cells.put(cells.row(x, head + 4, 1), caption, CAPTION)
    cells.put(cells.row(x, wide + 4, 2), figure, _FIGURE)
    cells.put(cells.row(x + wide + 6, inner - wide - 4, 2).translated(0, 1), note, _NOTE)
    if share is not None:
        cells.bar(x + head + 13, 12, share, tone, inner - head - 13)
    cells.x = x + inner + 14
    cells.spot(caption, " ".join(texts), x - 14)
    return x, inner


def _paint_low(cells: _Cells, bar: Bar) -> None:
    cells.ink.glyph(cells.painter, "logo", QRect(10, 9 + cells.up, 17, 18), "accent")
    cells.x = 32
    cells.spot(PALETTE, "commandcenter, all actions", 0)
    _one_line(cells, ("BURN", bar.burn, "tok/s"), 66)
    cells.spark(bar.line, cells.x, 12, (66, 12))
    cells.x += 66 + 14
    for texts, share, tone in _low_cells(cells, bar):
        cells.edge()
        _one_line(cells, texts, 55 if share is not None else 0)
        if share is not None:
            cells.bar(cells.x, 16, share, tone, 55)
            cells.x += 55 + 14
    _need(cells, bar)
    cells.edge()
    _one_line(cells, _supply_low(cells, bar))
    _end(cells, bar, 13)


def _low_cells(cells: _Cells, bar: Bar) -> list[_Money]:
    """Plan windows, or what was spent when there are key accounts only."""
    shown: list[_Money] = [
        ((one.label, one.figure, one.note), one.share, one.tone) for one in bar.windows
    ]
    if not shown:
        return [(("SPENT", bar.spent, bar.limit), bar.share, words.tone(bar.share, "run"))]
    rest = 2 * 160 + cells.width(bar.clock, _CLOCK) + 30
    while len(shown) > 1 and cells.x + sum(_line_width(cells, one[0]) for one in shown) > (
        cells.whole.width() - rest
    ):
        shown.pop()
    return shown


def _supply_low(cells: _Cells, bar: Bar) -> tuple[str, str, str]:
    """The cell of running calls, without its note where the clock stands close."""
    texts = ("SUPPLY", str(bar.running), _calls(bar))
    styles = (CAPTION, _FIGURE, _NOTE)
    wide = 32 + sum(cells.width(text, s) for text, s in zip(texts, styles, strict=True))
    room = cells.whole.width() - 13 - cells.width(bar.clock, _CLOCK) - 16 - cells.x
    return texts if wide <= room else (*texts[:2], f"{bar.wait} wait" if bar.wait else "")


def _line_width(cells: _Cells, texts: tuple[str, str, str]) -> int:
    styles = (CAPTION, _FIGURE, _NOTE)
    return 111 + sum(cells.width(text, s) for text, s in zip(texts, styles, strict=True))


def _end(cells: _Cells, bar: Bar, pad: int) -> None:
    """The bell that was rung, and at the right the clock."""
    right = cells.whole.width() - pad
    clock = cells.width(bar.clock, _CLOCK) + 2
    if bar.halt:
        cells.edge()
        room = right - clock - 16 - (cells.x + 14)
        cells.put(cells.row(cells.x + 14, room), bar.halt, _HALT)
    cells.put(cells.row(right - clock, clock), bar.clock, _CLOCK)


def _one_line(cells: _Cells, texts: tuple[str, str, str], after_it: int = 0) -> None:
    """A cell on one line; `after_it` = px of the line or bar that follows and belongs to it."""
    left = cells.x
    cells.x += 14
    for text, style, after in zip(texts, (CAPTION, _FIGURE, _NOTE), (12, 6, 10), strict=True):
        width = cells.width(text, style)
        cells.put(cells.row(cells.x, width + 2), text, style)
        cells.x += width + after
    cells.spot(texts[0], " ".join(texts), left, -after_it - 7 * bool(after_it))


def _need(cells: _Cells, bar: Bar) -> None:
    """The needs-you count and its key."""
    cells.edge()
    start = cells.x
    cells.x += 12
    style, text = (_NEED if bar.needs else _NEED_NONE), f"{bar.needs} need you"
    if bar.needs == 1:
        text = "1 needs you"
    if bar.needs:
        top = (cells.whole.height() - 16) // 2
        cells.ink.glyph(cells.painter, "state:needs", QRect(cells.x, top, 16, 16), "wait")
        cells.x += 22
    width = cells.width(text, style)
    cells.put(cells.row(cells.x, width + 2), text, style)
    cells.x += width + 8
    y = (cells.whole.height() - 15) // 2
    cells.x += (
        round(cells.ink.keycap(cells.painter, cells.x, y, cells.ink.key_of("approval.next", "J")))
        + 14
    )
    cells.spot(NEED, f"{text}, key J", start)


def _count(cells: _Cells, glyph: str, color: str, count: int) -> None:
    size = 14 if glyph == "frozen" else 11
    top = (cells.whole.height() - size) // 2
    cells.ink.glyph(cells.painter, "state:" + glyph, QRect(cells.x, top, size, size), color)
    cells.x += size + 5
    style = _COUNT if glyph != "failed" or not count else _FAILED
    width = cells.width(str(count), style)
    cells.put(cells.row(cells.x, width + 2), str(count), style)
    cells.x += width + 16


def _supply(bar: Bar) -> tuple[float | None, str]:
    share = bar.running / bar.cap if bar.cap else None
    return share, "accent" if share is not None and share >= 0.9 else "think"


def _calls(bar: Bar) -> str:
    calls = f"of {bar.cap} calls" if bar.cap else "calls"
    return f"{calls}, {bar.wait} wait" if bar.wait else calls
