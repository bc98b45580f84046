"""The transcript view: layouts exist for what is visible, an append never touches the rest."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.core.base import NS
from commandcenter.hud.words import age, since
from commandcenter.ui.blocks import Block, Line, LineKind, Transcript, Who
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style

LAYOUTS = 512
CHIP_ROW = 34
LEFT, RIGHT, BAR, HEAD, GAP, FOLD_ROW = 23, 13, 13, 18, 8, 18
_TITLES: dict[Who, str] = {
    "you": "accent",
    "agent": "think",
    "thought": "mid",
    "tool": "tool",
    "approval": "wait",
    "refusal": "err",
    "order": "accent",
    "note": "dim",
}
_BODIES: dict[Who, str] = {"you": "accent", "thought": "mid", "note": "mid"}
_LINES: dict[LineKind, Style] = {
    "text": Style(13, "fg"),
    "code": Style(11, "mid", mono=True),
    "error": Style(11, "err", mono=True),
    "add": Style(11, "fg", mono=True),
    "remove": Style(11, "fg", mono=True),
    "path": Style(11, "mid", SEMIBOLD),
}
_HEIGHTS: dict[LineKind, int] = {
    "text": 18,
    "code": 16,
    "error": 16,
    "add": 17,
    "remove": 17,
    "path": 24,
}
_SIGNED: dict[LineKind, tuple[str, str]] = {"add": ("+", "run"), "remove": ("-", "err")}
META = Style(10, "dim", align="right")
CHIP = Style(11, "fg", SEMIBOLD, "center")
MORE = Style(11, "dim")
EMPTY = Style(12, "dim", align="center")


class TranscriptView(QAbstractScrollArea):
    """Paints one `Transcript`; sticks to the bottom unless the player scrolled up."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self.transcript = Transcript()
        self.empty = ""
        """What stands there while the thread has said nothing."""
        self.stick = True
        self.now = 0
        """Wall ns, for tools that run."""
        self._seen = 0
        self._layouts: OrderedDict[tuple[Line, int, int], QTextLayout] = OrderedDict()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(lambda value: self._scrolled(value))

    def show_transcript(self, transcript: Transcript) -> None:
        """Show another thread's transcript, at its end."""
        self.transcript = transcript
        self._layouts.clear()
        self.stick = True
        self.refresh()

    def refresh(self) -> None:
        """Something was added: take the new height, stay at the bottom, repaint."""
        if self.stick:
            self._settle_tail()
        self._range()
        self.viewport().update()

    @property
    def fresh(self) -> int:
        """Items that came since the player scrolled away from the bottom."""
        return 0 if self.stick else max(0, self.transcript.items - self._seen)

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + direction * (self.viewport().height() - 40))

    def to_end(self) -> None:
        """Back to the bottom."""
        self.stick = True
        self.refresh()

    # --- geometry -----------------------------------------------------------------------------

    def _width(self, line: Line) -> int:
        indent = 20 if line.kind in _SIGNED else 10 if line.kind == "path" else 0
        return max(self.viewport().width() - LEFT - RIGHT - indent, 60)

    def _line_height(self, line: Line) -> int:
        """Exact when it was laid out before, else guessed by its length."""
        if line.height:
            return line.height
        style = _LINES[line.kind]
        average = self._ink.metrics(style).averageCharWidth()
        per_row = max(int(self._width(line) / average), 1)
        return _HEIGHTS[line.kind] * max(1, -(-len(line.text) // per_row))

    def _block_height(self, block: Block) -> int:
        if not block.height:
            body = sum(self._line_height(line) for line in _visible(block))
            block.height = HEAD + body + (FOLD_ROW if block.hidden else 0) + GAP
        return block.height

    def _total(self) -> int:
        return sum(self._block_height(block) for block in self.transcript.blocks) + GAP

    def _range(self) -> None:
        bar = self.verticalScrollBar()
        highest = max(0, self._total() - self.viewport().height())
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(18)
        stick = self.stick
        bar.setRange(0, highest)
        if stick:
            bar.setValue(highest)
            self.stick = True

    def _settle_tail(self) -> None:
        """Lay out what the bottom shows, so that its height is exact."""
        room = self.viewport().height()
        for block in reversed(self.transcript.blocks):
            room -= self._settle(block, room)
            if room <= 0:
                return

    def _settle(self, block: Block, room: int) -> int:
        for line in reversed(_visible(block)):
            if room <= 0:
                break
            self._layout(line, block)
            room -= line.height
        return self._block_height(block)

    def _scrolled(self, value: int) -> None:
        bottom = value >= self.verticalScrollBar().maximum()
        if self.stick and not bottom:
            self._seen = self.transcript.items
        self.stick = bottom
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: all heights are guesses again."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            for block in self.transcript.blocks:
                block.height = 0
                for line in block.lines:
                    line.height = 0
            self._layouts.clear()
        self.refresh()

    # --- layouts ------------------------------------------------------------------------------

    def _layout(self, line: Line, block: Block) -> QTextLayout:
        width = self._width(line)
        key = (line, line.version, width)
        found = self._layouts.get(key)
        if found is None:
            found = self._layouts[key] = self._lay_out(line, width)
            if len(self._layouts) > LAYOUTS:
                self._layouts.popitem(last=False)
        else:
            self._layouts.move_to_end(key)
        height = max(found.lineCount(), 1) * _HEIGHTS[line.kind]
        if line.height != height:
            line.height, block.height = height, 0
        return found

    def _lay_out(self, line: Line, width: int) -> QTextLayout:
        layout = QTextLayout(line.text, self._ink.theme.font(_LINES[line.kind]))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTabStopDistance(32)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        step, top = _HEIGHTS[line.kind], 0
        while True:
            row = layout.createLine()
            if not row.isValid():
                break
            row.setLineWidth(width)
            row.setPosition(QPointF(0, top + (step - row.height()) / 2))
            top += step
        layout.endLayout()
        return layout

    # --- painting -----------------------------------------------------------------------------

    def _placed(self) -> Iterator[tuple[Block, int]]:
        """The blocks that reach into the viewport, each with its top in px."""
        top = GAP // 2 - self.verticalScrollBar().value()
        bottom = self._floor
        for block in self.transcript.blocks:
            height = self._block_height(block)
            if top + HEAD > bottom:
                return
            if top + height > 0:
                yield block, top
                height = self._block_height(block)
            top += height

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible blocks and, when scrolled up, the chip that counts what is new."""
        view = self.viewport()
        painter = QPainter(view)
        self._ink.begin(view)
        painter.fillRect(event.rect(), self._ink.theme.color("panel"))
        painter.setClipRect(0, 0, view.width(), self._floor)
        for block, top in self._placed():
            self._block(painter, block, top)
        painter.setClipping(False)
        if not self.transcript.blocks and self.empty:
            rect = QRect(LEFT, 16, view.width() - LEFT - RIGHT, 20)
            self._ink.put(painter, rect, self.empty, EMPTY, view.rect())
        self._chip(painter)
        painter.end()

    def _block(self, painter: QPainter, block: Block, top: int) -> None:
        ink, width = self._ink, self.viewport().width()
        owner = QRect(0, top, width, self._block_height(block))
        color = _TITLES[block.who]
        right = width - RIGHT
        room = ink.put(painter, QRect(right - 160, top, 160, HEAD), self._meta(block), META, owner)
        head = QRect(LEFT, top, int(right - room - 10 - LEFT), HEAD)
        ink.put(painter, head, block.title, Style(12, color, BOLD), owner)
        bottom = self._lines(painter, block, top + HEAD)
        if block.hidden and bottom + FOLD_ROW <= self._floor:
            more = QRect(LEFT, bottom, right - LEFT, FOLD_ROW)
            ink.put(painter, more, f"{block.hidden} more lines, click shows them", MORE, owner)
        bar = HEAD - 4 if block.who != "you" else bottom - top - 2
        painter.fillRect(QRect(BAR, top + 2, 3, bar), ink.theme.color(color))

    def _meta(self, block: Block) -> str:
        if not block.wall:
            return block.meta
        moment = datetime.fromtimestamp(block.wall // NS, tz=UTC).astimezone()
        meta = block.meta
        if block.started:
            meta = f"running {age(since(block.started, max(self.now, block.started)))}"
        return f"{moment:%H:%M:%S}" + (f" · {meta}" if meta else "")

    def _lines(self, painter: QPainter, block: Block, top: int) -> int:
        clip = self._floor
        for line in _visible(block):
            height = self._line_height(line)
            if top < clip and top + height > 0:
                self._layout(line, block)
                height = line.height
                self._line(painter, block, line, top)
            top += height
        return top

    def _line(self, painter: QPainter, block: Block, line: Line, top: int) -> None:
        layout = self._layout(line, block)
        ink, left, width = self._ink, LEFT, self.viewport().width()
        if line.kind in _SIGNED:
            sign, color = _SIGNED[line.kind]
            ground = QRect(LEFT, top, width - LEFT - RIGHT, line.height)
            painter.fillRect(ground, ink.theme.color("bg"))
            painter.fillRect(ground, ink.theme.color(color, 0.16))
            box = QRect(LEFT + 6, top, 10, _HEIGHTS[line.kind])
            ink.put(painter, box, sign, Style(11, color, BOLD, mono=True), ground)
            left += 20
        elif line.kind == "path":
            box = QRect(LEFT, top, width - LEFT - RIGHT, line.height)
            ink.plate(painter, box, Plate("panel2", "edge", 4))
            left += 10
        own = _BODIES.get(block.who) if line.kind == "text" else None
        painter.setPen(ink.theme.color(own or _LINES[line.kind].color))
        layout.draw(painter, QPointF(left, top))
        if ink.record is not None and line.text:
            self._note(line, layout, left, top)

    def _note(self, line: Line, layout: QTextLayout, left: int, top: int) -> None:
        """Each laid-out row for the record of painted texts, as far as the viewport shows it."""
        view = self.viewport().rect()
        view.setHeight(self._floor)
        for number in range(layout.lineCount()):
            row = layout.lineAt(number)
            rect = QRectF(left, top + row.y(), row.naturalTextWidth(), row.height())
            seen = rect.intersected(QRectF(view))
            if not seen.isEmpty():
                self._ink.note(line.text, seen, view)

    @property
    def _floor(self) -> int:
        """Where text ends, in px: the viewport's foot, or above the chip."""
        height = self.viewport().height()
        return height if self.stick else height - CHIP_ROW

    def _chip_rect(self) -> QRect:
        view = self.viewport().rect()
        return QRect(view.width() // 2 - 44, view.height() - 30, 88, 22)

    def _chip(self, painter: QPainter) -> None:
        if self.stick:
            return
        rect = self._chip_rect()
        text = f"{self.fresh} new" if self.fresh else "to the end"
        self._ink.plate(painter, rect, Plate("tileHi", "accent", 11))
        self._ink.put(painter, rect, text, msgspec.structs.replace(CHIP, color="accent"), rect)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The chip goes to the end; a folded result unfolds, an unfolded one folds."""
        point = event.position().toPoint()
        if not self.stick and self._chip_rect().contains(point):
            self.to_end()
            return
        block = self._block_at(point)
        if block is not None and block.who == "tool":
            block.folded = not block.folded
            block.height = 0
            self._range()
            self.viewport().update()

    def _block_at(self, point: QPoint) -> Block | None:
        for block, top in self._placed():
            if top <= point.y() < top + self._block_height(block):
                return block
        return None


def _visible(block: Block) -> list[Line]:
    """The shown lines without the empty one a trailing line break leaves."""
    lines = block.shown()
    return lines[:-1] if lines and not lines[-1].text and not block.hidden else lines
