"""The transcript view: layouts exist for what is visible, an append never touches the rest."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.hud.words import age, since
from commandcenter.ui.block import FOLD, Block, Who
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.moments import passed
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item as Pressable
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style
from commandcenter.ui.transcript_find import Search, places
from commandcenter.ui.transcript_items import Item
from commandcenter.ui.transcript_layout import Layouts
from commandcenter.ui.transcript_paint import ItemPainter, Lit
from commandcenter.ui.transcript_places import FOLD_ROW, GAP, HEAD, Places
from commandcenter.ui.transcript_pointing import Pointing, Spot, spot_in

CHIP_ROW = 34
LEFT, RIGHT, BAR = 23, 13, 13
NEAR_TOP = 240
"""Px from the top at which older text is asked for."""
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
META = Style(10, "dim", align="right")
CHIP = Style(11, "accent", SEMIBOLD, "center")
MORE = Style(11, "dim")
EMPTY = Style(12, "dim", align="center")


class TranscriptView(QAbstractScrollArea):
    """Paints one `Transcript`; sticks to the bottom unless the player scrolled up."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        ink = self._ink = ink.reading
        self.transcript = Transcript()
        self.empty = ""
        """What stands there while the thread has said nothing."""
        self.stick = True
        self.now = 0
        """Wall ns, for tools that run."""
        self.on_top: Callable[[], None] = lambda: None
        """The player came near the top: older text is wanted."""
        self.on_turn: Callable[[int], None] = lambda turn: None
        """A turn's head was pressed: a fork behind it is wanted."""
        self.layouts = Layouts(ink)
        self.places = Places(self.layouts)
        self.search = Search()
        self._painter = ItemPainter(ink, self.layouts)
        self.pointing = Pointing(self)
        self._seen = 0
        self._dressed = self._dress
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
        self.stick = True
        self.pointing.clear()
        self.search.at = None
        self._anew()

    def show_raw(self, raw: bool) -> None:
        """The text as it was written, or formatted."""
        if raw != self.places.raw:
            self.places.raw = raw
            self.pointing.clear()
            self._anew()

    def _anew(self) -> None:
        self.places.show(self.transcript, self._width, self.places.raw)
        self.refresh()

    def refresh(self) -> None:
        """Something was added: take the new height, stay at the bottom, repaint."""
        if self._dressed != self._dress:
            self._dressed = self._dress
            self.places.show(self.transcript, self._width, self.places.raw)
        self.places.sync()
        self._settle()
        self.viewport().update()

    @property
    def _dress(self) -> tuple[object, ...]:
        """What all looks hang on: text size, colours."""
        theme = self._ink.theme
        return self._ink.grown, theme.palette, theme.contrast

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

    @property
    def _width(self) -> int:
        return max(self.viewport().width() - LEFT - RIGHT, 60)

    def _settle(self) -> None:
        """Lay out what is in view, so that heights there are exact; then set the range."""
        for _ in range(6):
            self._range()
            if not self._settled():
                break
        self._range()

    def _settled(self) -> bool:
        """One pass over what is in view; True = something moved, so another one is due."""
        start = self.verticalScrollBar().value()
        end = start + self.viewport().height()
        moved = False
        for block, top in self.places.between(start, end):
            before = self.places.height(block)
            if self.places.settle(block, start - top, end - top):
                moved = True
                if not self.stick:
                    if top < start:  # what is below its cut top stays where it is
                        self.places.added += self.places.height(block) - before
                    break
        return moved

    def _range(self) -> None:
        bar, stick = self.verticalScrollBar(), self.stick
        highest = max(0, self.places.total - self.viewport().height())
        above, self.places.added = self.places.added, 0
        bar.blockSignals(True)
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(18)
        held = bar.value()
        bar.setRange(0, highest)
        bar.setValue(highest if stick else held + above)
        bar.blockSignals(False)

    def _scrolled(self, value: int) -> None:
        bottom = value >= self.verticalScrollBar().maximum()
        if self.stick and not bottom:
            self._seen = self.transcript.items
        self.stick = bottom
        self._settle()
        if value < NEAR_TOP and not self.transcript.complete and not bottom:
            self.on_top()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: all heights are guesses again."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.places.show(self.transcript, self._width, self.places.raw)
        self.refresh()

    @property
    def floor(self) -> int:
        """Where text ends, in px: the viewport's foot, or above the chip."""
        height = self.viewport().height()
        return height if self.stick else height - CHIP_ROW

    def visible(self) -> list[tuple[Block, int]]:
        """The blocks in view, each with its top in px of the viewport."""
        self.places.sync()  # text may have come since the last frame
        start = self.verticalScrollBar().value()
        found = self.places.between(start, start + self.floor)
        return [(block, top - start) for block, top in found]

    def box(self, item: Item, top: int) -> QRect:
        """Where an item lies that begins at `top`."""
        height = item.height or self.layouts.guess(item, self._width)
        return QRect(LEFT, top, self._width, height)

    # --- find ---------------------------------------------------------------------------------

    def seek(self, query: str) -> None:
        """Look for other words; the newest place comes first."""
        self.search.seek(query)
        if query:
            self.step(1)
        self.viewport().update()

    def step(self, by: int) -> None:
        """To the next place (1) or the one before (-1)."""
        at = self.search.step(self.transcript, by)
        if at is None:
            self.viewport().update()
            return
        block, nth = at
        if block.hidden:
            block.folded = False
            self.transcript.touch(block)
        self.places.sync()
        self._to(self.places.top(block) + self._nth(block, nth), self.viewport().height() // 3)

    def to_block(self, block: Block) -> None:
        """Scroll so that a block begins at the top."""
        self.places.sync()
        self._to(self.places.top(block), 0)

    def _to(self, top: int, above: int) -> None:
        """Scroll there, so many px below the view's top."""
        self.stick = False
        self._seen = self.transcript.items
        self._range()
        self.verticalScrollBar().setValue(max(top - above, 0))
        self._settle()
        self.viewport().update()

    def _nth(self, block: Block, nth: int) -> int:
        """Px of the nth place below the block's top; as shown, its words may be fewer."""
        laid = self.places.laid(block)
        count = 0
        for item, top in zip(laid.items, laid.tops, strict=False):
            count += len(places(item.words, self.search.query))
            if count > nth:
                return top
        return self._ink.px(HEAD)

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible blocks and, when scrolled up, the chip that counts what is new."""
        with QPainter(self.viewport()) as painter:  # it must end whatever happens: else Qt crashes
            self._paint(painter, event)

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        view = self.viewport()
        self._ink.begin(view)
        painter.fillRect(event.rect(), self._ink.theme.color("panel"))
        self._painter.view = QRect(0, 0, view.width(), self.floor)
        painter.setClipRect(self._painter.view)
        for block, top in self.visible():
            if top + self._ink.px(HEAD) <= self.floor:
                self._block(painter, block, top)
        painter.setClipping(False)
        if not self.transcript.blocks and self.empty:
            rect = QRect(LEFT, 16, view.width() - LEFT - RIGHT, 20)
            self._ink.put(painter, rect, self.empty, EMPTY, view.rect())
        self._chip(painter)

    def _block(self, painter: QPainter, block: Block, top: int) -> None:
        ink, width = self._ink, self.viewport().width()
        height = self.places.height(block)
        owner = QRect(0, top, width, height)
        color = _TITLES[block.who]
        right, high, fold = width - RIGHT, ink.px(HEAD), ink.px(FOLD_ROW)
        meta = QRect(right - ink.px(160), top, ink.px(160), high)
        room = ink.put(painter, meta, self._meta(block), META, owner)
        head = QRect(LEFT, top, int(right - room - 10 - LEFT), high)
        ink.put(painter, head, block.title, Style(12, color, BOLD), owner)
        self._items(painter, block, top)
        end = top + height - ink.px(GAP)
        if block.hidden and end <= self.floor:
            more = QRect(LEFT, end - fold, right - LEFT, fold)
            ink.put(painter, more, f"{block.hidden} more lines, click shows them", MORE, owner)
        bar = high - 4 if block.who != "you" else end - top - 2
        painter.fillRect(QRect(BAR, top + 2, 3, bar), ink.theme.color(color))

    def _items(self, painter: QPainter, block: Block, top: int) -> None:
        nth = 0
        query = self.search.query
        now = self.search.at if self.search.at and self.search.at[0] is block else None
        if query and now:  # places above the viewport count too
            first = self.places.items(block, -top, self.floor - top)[:1]
            before = self.places.laid(block).items[: first[0][0] if first else 0]
            nth = sum(len(places(item.words, query)) for item in before)
        for number, item, within in self.places.items(block, -top, self.floor - top):
            if not item.height:
                self.layouts.settle(item, self._width)
            lit = list(self.pointing.lit(block, number))
            for at in places(item.words, query) if query else ():
                kind = "now" if now and nth == now[1] else "found"
                lit.append(Lit(at, len(query), kind))
                nth += 1
            self._painter.paint(painter, item, self.box(item, top + within), tuple(lit))

    def _meta(self, block: Block) -> str:
        if not block.wall:
            return block.meta
        moment, meta = passed(block.wall, self.now, "%H:%M:%S"), block.meta
        if block.started:
            meta = f"running {age(since(block.started, max(self.now, block.started)))}"
        return moment + (f" · {meta}" if meta else "")

    def _chip_rect(self) -> QRect:
        view = self.viewport().rect()
        wide = self._ink.px(88)
        return QRect(view.width() // 2 - wide // 2, view.height() - 30, wide, 24)

    def _chip(self, painter: QPainter) -> None:
        if self.stick:
            return
        rect = self._chip_rect()
        text = f"{self.fresh} new" if self.fresh else "to the end"
        self._ink.plate(painter, rect, Plate("tileHi", "accent", 11))
        self._ink.put(painter, rect, text, CHIP, rect)

    def items(self) -> list[Pressable]:
        """Results that fold, turns that fork, code that is copied: in view, in the parent's px."""
        found = []
        for block, top in self.visible():
            rect = QRect(LEFT, top, self._width, self._ink.px(HEAD)).translated(self.pos())
            if block.who == "tool" and block.count() > FOLD:
                name = f"{'unfold' if block.folded else 'fold'} {block.title}"
                found.append(
                    Pressable(f"fold {block.number}", name, rect, partial(self.fold, block))
                )
            if block.turn:
                act = partial(self.on_turn, block.turn)
                found.append(
                    Pressable(f"turn {block.turn}", f"fork at turn {block.turn}", rect, act)
                )
            for number, item, within in self.places.items(block, -top, self.floor - top):
                if item.copies:
                    key, rect = f"copy {block.number}.{number}", self.box(item, top + within)
                    act = partial(self.pointing.copy_text, item.copies)
                    name = f"copy the {item.text} code"
                    found.append(Pressable(key, name, rect.translated(self.pos()), act))
        return found

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The chip goes to the end; else a selection may begin."""
        point = event.position().toPoint()
        if not self.stick and self._chip_rect().contains(point):
            self.to_end()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.pointing.press(self.spot(point))
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The selection follows the pointer inside its block."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.pointing.move(self.spot(event.position().toPoint()))
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click: copies what has a copy mark or a link, folds and unfolds a result."""
        spot = self.spot(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self.pointing.release(spot):
            self._clicked(spot)
        self.viewport().update()

    def _clicked(self, spot: Spot) -> None:
        if spot.block is not None and spot.block.who == "tool":
            self.fold(spot.block)

    def fold(self, block: Block) -> None:
        """Fold or unfold a result."""
        block.folded = not block.folded
        self.transcript.touch(block)
        self.refresh()

    def spot(self, point: QPoint) -> Spot:
        """What lies at a place of the viewport."""
        for block, top in self.visible():
            if top <= point.y() < top + self.places.height(block):
                rows = self.places.items(block, -top, self.floor - top)
                boxes = ((number, item, self.box(item, top + at)) for number, item, at in rows)
                return spot_in(block, boxes, point, self.layouts)
        return Spot()
