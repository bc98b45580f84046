"""The inspector: one thread with its transcript and diff, or the case that is decided."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from commandcenter.ui.charts import draw_chart
from commandcenter.ui.diff import DiffView
from commandcenter.ui.find_bar import HEIGHT, FindBar
from commandcenter.ui.glyphs import kind_of
from commandcenter.ui.member import Gauge
from commandcenter.ui.page import PageView
from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.portrait import Portrait
from commandcenter.ui.terminal import TerminalView
from commandcenter.ui.theme import BOLD, HEADING, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.transcript import TranscriptView
from commandcenter.ui.verdicts import Verdict, draw_verdict, verdicts

TAB = Style(12, "dim", SEMIBOLD)
TAB_ON = Style(12, "fg", BOLD)
BESIDE = Style(11, "mid", MEDIUM)
TALL = 320
"""Below this height in px, at large text, the burn leaves its place to the text."""


class InspectorPanel(Panel):
    """Head, tabs and foot are painted; the content lies in one of five views."""

    least = (240, 0)

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(ink, "inspector", parent)
        self.view = Portrait()
        self.transcript = TranscriptView(ink.reading, self)
        self.diff = DiffView(ink.reading, self)
        self.case = TranscriptView(ink.reading, self)
        self.terminal = TerminalView(ink.reading, self)
        self.terminal.hide()
        self.page_view = PageView(ink, self)
        self.page_view.hide()
        self.find_bar = FindBar(ink, self)
        self.popped = False
        """It stands in a window of its own."""
        self._views = (self.transcript, self.diff, self.case, self.terminal, self.page_view)
        self.on_tab: Callable[[str], None] = lambda tab: None
        self.on_place: Callable[[], None] = lambda: None
        self.on_pop_out: Callable[[], None] = lambda: None
        self.on_verdict: Callable[[str], None] = lambda action: None
        self._tab_places: list[tuple[str, QRect]] = []

    def show_portrait(self, view: Portrait) -> None:
        """Show another head and the view its tab names."""
        self.view = view
        if self.show_view(view):
            self._pick()

    def lay(self) -> None:
        """Place the views after a change of size."""
        top = self._content_top
        foot = self._foot if self._burns else 4
        wide, tall = self.port()
        place = self.pinned(QRect(3, top, wide - 6, max(tall - top - foot, 40)))
        if self.find_bar.isVisibleTo(self):
            self.find_bar.setGeometry(place.x(), place.y(), place.width(), HEIGHT)
            place.setTop(place.top() + HEIGHT)
        for view in self._views:
            if view.geometry() != place:
                view.setGeometry(place)

    def page(self, direction: int) -> None:
        """Page the view in front up (-1) or down (1)."""
        self.front.page(direction)

    @property
    def front(self) -> TranscriptView | DiffView | TerminalView | PageView:
        """The view its tab names."""
        if self.view.tab == "Diff":
            return self.diff
        if self.view.level >= 0:
            return self.case
        if self.view.tab != "Transcript":
            return self.page_view
        shows = self.view.kind == "terminal" and not self.popped
        return self.terminal if shows else self.transcript

    @property
    def _burns(self) -> bool:
        """Does the burn chart stand at its foot?"""
        return self.view.chart is not None and not self.view.empty

    def items(self) -> list[Item]:
        """The line of the place when it has a port, then the tabs."""
        third = 59 if self.low else 69
        line = QRect(12, third - 9, self.width() - 24, 18)
        found = [Item("place", self.view.place, line, lambda: self.on_place())]
        found = found if "port" in self.view.place and not self.view.empty else []
        for one in self._verdicts:
            press = partial(self.on_verdict, one.action)
            found.append(Item(one.action, f"{one.word}, key {one.key}", one.rect, press))
        for tab, rect in self._tab_places if not self.view.empty else ():
            name = f"tab {tab}" + ", shown" * (tab == self.view.tab)
            place = rect.adjusted(-6, 0, 6, 4)
            found.append(Item(f"tab {tab}", name, place, partial(self.on_tab, tab)))
        if not self.view.empty:
            said = "put it back" if self.popped else "a window of its own"
            found.append(Item("pop out", said, self._corner, lambda: self.on_pop_out()))
            found += [self._inside(item) for item in self._content_items()]
        return found

    def _content_items(self) -> list[Item]:
        """What can be pressed in the view in front, in true px of the panel."""
        front = self.front
        return [] if isinstance(front, TerminalView) else front.items()

    def _inside(self, item: Item) -> Item:
        """The same in px at 100 %."""
        place, zoom = item.rect, self.zoom
        size = QSize(round(place.width() / zoom), round(place.height() / zoom))
        return replace(item, rect=QRect(self.content(place.topLeft()), size))

    @property
    def _verdicts(self) -> list[Verdict]:
        """What decides the shown case, for the mouse."""
        top = 70 if self.low else 86
        return verdicts(self.view, self.ink, QRect(16, top, self.width() - 32, 20))

    @property
    def _corner(self) -> QRect:
        """The button that pops it out, at the right of its third line."""
        third = 59 if self.low else 69
        return QRect(self.width() - 16 - 14, third - 8, 16, 16)

    def _pick(self) -> None:
        self.lay()
        front = self.front
        for view in self._views:
            view.setVisible(view is front and not self.view.empty)

    @property
    def _content_top(self) -> int:
        return 126 if self.low else 148

    @property
    def _foot(self) -> int:
        if self.port()[1] < TALL:
            return 4
        return 64 if self.low else 129

    # --- painting -----------------------------------------------------------------------------

    def draw(self, painter: QPainter) -> None:
        """Head, tabs, foot."""
        self.ink.cover(self)  # in a narrow window it lies over the map
        if self.view.empty:
            rect = QRect(16, 24, self.width() - 32, 24)
            self.ink.put(painter, rect, self.view.empty, Style(12, "dim", align="center"), rect)
            return
        self._head(painter)
        self._tabs(painter)
        if self._burns and self._foot > 4:
            self._burn(painter)

    def _head(self, painter: QPainter) -> None:
        ink, view, panel = self.ink, self.view, self.rect()
        low, right = self.low, self.width() - 16
        middle = 23 if low else 27
        ink.glyph(painter, f"state:{view.glyph}", QRect(16, middle - 8, 16, 16), view.color)
        style = Style(12, view.color if view.color != "dim" else "mid", SEMIBOLD, "right")
        status = QRect(self.width() // 2, middle - 12, right - self.width() // 2, 24)
        wide = ink.put(painter, status, view.status, style, panel)
        beside = view.beside.partition(" ")[0] if low else view.beside
        more = round(ink.width(beside, BESIDE)) + 10 if beside else 0
        name = QRect(38, middle - 13, right - int(wide) - 12 - 38 - more, 26)
        named = round(ink.put(painter, name, view.name, Style(18, "fg", SEMIBOLD), panel))
        ink.put(painter, QRect(38 + named + 8, middle - 11, more, 24), beside, BESIDE, panel)
        second, third = (43, 59) if low else (50, 69)
        ink.glyph(painter, f"kind:{kind_of(view.kind)}", QRect(16, second - 6, 11, 11), "mid")
        about = QRect(32, second - 9, right - 32, 18)
        ink.put(painter, about, view.about, Style(12, "mid"), panel)
        place = QRect(16, third - 8, right - 16 - 22, 16)
        ink.put(painter, place, view.short if low else view.place, Style(11, "dim"), panel)
        corner = self._corner.adjusted(2, 2, -2, -2)
        ink.glyph(painter, "icon:tab", corner, "accent" if self.popped else "dim")
        if view.level >= 0:
            self._level(painter)
        else:
            self._gauges(painter)

    def _gauges(self, painter: QPainter) -> None:
        shown = self.view.gauges[: 2 if self.low else 3]
        gap, top = 12, 70 if self.low else 84
        width = (self.width() - 32 - gap * (len(shown) - 1)) // max(len(shown), 1)
        for number, gauge in enumerate(shown):
            self._gauge(painter, gauge, QRect(16 + number * (width + gap), top, width, 24))

    def _gauge(self, painter: QPainter, gauge: Gauge, place: QRect) -> None:
        row = QRect(place.x(), place.y(), place.width(), 16)
        label = self.ink.put(painter, row, gauge.label, Style(11, "dim"), place)
        text = row.adjusted(int(label) + 6, 0, 0, 0)
        self.ink.put(painter, text, gauge.text, Style(11, "fg", SEMIBOLD, "right"), place)
        bar = QRect(place.x(), place.y() + 19, place.width(), 4)
        self.ink.bar(painter, bar, gauge.share or 0.0, gauge.color)

    def _level(self, painter: QPainter) -> None:
        """R0 to R4 as filled bars and the word; a question has no level."""
        top = 72 if self.low else 88
        for one in self._verdicts:
            draw_verdict(self.ink, painter, one)
        style = Style(15, "wait", BOLD)
        if self.view.question:
            row = QRect(16, top - 4, 120, 24)
            self.ink.put(painter, row, "asks you", style, self.rect())
            return
        for number in range(4):
            place = QRect(16 + number * 23, top + 4, 20, 8)
            self.ink.bar(painter, place, 1.0 if number < self.view.level else 0.0, "wait")
        word = QRect(16 + 4 * 23 + 4, top - 4, 26, 24)
        self.ink.put(painter, word, f"R{self.view.level}", style, self.rect())

    def _tabs(self, painter: QPainter) -> None:
        bottom = self._content_top - 1
        x, height = 16, 24
        gap = 16 if self.low else 24
        self._tab_places = []
        for tab in self.view.tabs:
            style = TAB_ON if tab == self.view.tab else TAB
            width = round(self.ink.width(tab, style)) + 1
            place = QRect(x, bottom - height - 2, width, height)
            self.ink.put(painter, place, tab, style, place)
            if tab == self.view.tab:
                painter.fillRect(QRect(x, bottom - 1, width, 2), self.ink.theme.color("accent"))
            self._tab_places.append((tab, place))
            x += width + gap
        edge = QRect(1, bottom, self.width() - 2, 1)
        painter.fillRect(edge, self.ink.theme.color("edge"))

    def _burn(self, painter: QPainter) -> None:
        ink, top = self.ink, self.height() - self._foot
        painter.fillRect(QRect(1, top, self.width() - 2, 1), ink.theme.color("edge"))
        row = QRect(16, top + 5, self.width() - 32, 20)
        wide = ink.put(painter, row, "BURN", HEADING, self.rect())
        note = row.adjusted(int(wide) + 8, 0, 0, 0)
        ink.put(painter, note, self.view.burn_words, Style(11, "dim", align="right"), self.rect())
        area = QRectF(16, top + 28, self.width() - 32, self._foot - 38)
        if self.view.chart is not None:
            draw_chart(ink, painter, self.view.chart, area)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A tab was clicked."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        third = 59 if self.low else 69
        if self._corner.adjusted(-4, -4, 4, 4).contains(point) and not self.view.empty:
            self.on_pop_out()
            return
        if "port" in self.view.place and abs(point.y() - third) <= 8:
            self.on_place()
            return
        for one in self._verdicts:
            if one.rect.contains(point):
                self.on_verdict(one.action)
                return
        for tab, place in self._tab_places:
            if place.adjusted(-6, 0, 6, 4).contains(point):
                self.on_tab(tab)
                return
