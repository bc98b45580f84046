"""The diff view: files that fold, signed and coloured lines, and which of them were looked at."""

from bisect import bisect_right
from collections import OrderedDict
from functools import partial
from itertools import accumulate

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.ui.diff_rows import MOST, File, Row, RowKind, files, rows
from commandcenter.ui.highlight import colors, language
from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Item as Pressable
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style
from commandcenter.ui.transcript_items import Item, Look, Mark
from commandcenter.ui.transcript_layout import Layouts

__all__ = ["MOST", "DiffView", "files", "rows"]
ROW, FILE_ROW, FILE_GAP, LEFT, RIGHT = 17, 30, 6, 13, 13
TEXT_LEFT = 64
LARGE = 1_500
"""Rows above which a file is folded at first."""
LAID = 400
WIDE = 100_000
_NUMBER, _NUMBER_HI = (Style(10, tone, align="right", mono=True) for tone in ("dim", "mid"))
_TEXT: dict[RowKind, Style] = {
    "file": Style(12, "fg", SEMIBOLD),
    "hunk": Style(10, "dim", mono=True),
    "add": Style(11, "fg", mono=True),
    "remove": Style(11, "fg", mono=True),
    "same": Style(11, "mid", mono=True),
    "note": Style(12, "dim"),
}
_SIGN = {"add": ("+", "run"), "remove": ("-", "err")}
_STATE = Style(10, "dim", align="right")


class Place(msgspec.Struct, frozen=True):
    """A row on the view and the file it is of."""

    row: Row
    file: int


class DiffView(QAbstractScrollArea):
    """Shows files; long lines are cut with a mark. `seen` holds the marks of what was read."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        ink = self._ink = ink.reading
        self._dressed: tuple[object, ...] = ()
        self._layouts = Layouts(ink)
        self._items: OrderedDict[tuple[str, str, RowKind, int], Item] = OrderedDict()
        self._files: list[File] = []
        self._places: list[Place] = []
        self._tops: list[int] = [0]
        self._folds: dict[str, bool] = {}
        self.seen: dict[str, int] = {}
        """File name -> mark of what was looked at of it."""
        self.empty = "no change yet"
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_diff(self, diff: str) -> None:
        """Show another diff; the scroll position stays when it still fits."""
        found = files(diff)
        if [file.mark for file in found] == [file.mark for file in self._files]:
            return
        self._files = found
        self._place()

    def forget(self) -> None:
        """Another thread's diff comes: nothing of it was seen or folded."""
        self.seen, self._folds, self._files = {}, {}, []
        self._place()

    @property
    def at_end(self) -> bool:
        """The last row stands on screen."""
        return self.verticalScrollBar().value() >= self.verticalScrollBar().maximum()

    @property
    def read(self) -> bool:
        """Every file was looked at to its end, as it is now."""
        names = ((file.row.text, file.mark) for file in self._files)
        return bool(self._files) and all(self.seen.get(name) == mark for name, mark in names)

    def look(self) -> tuple[str, ...]:
        """What stands on screen to its end was looked at; the names that are new."""
        bottom = self.verticalScrollBar().value() + self.viewport().height()
        fresh = []
        for number, (end, file) in enumerate(zip(self._ends(), self._files, strict=True)):
            name = file.row.text
            if end <= bottom and not self.folded(number) and self.seen.get(name) != file.mark:
                self.seen[name] = file.mark
                fresh.append(name)
        if fresh:
            self.viewport().update()
        return tuple(fresh)

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + direction * (self.viewport().height() - 40))

    def folded(self, number: int) -> bool:
        """Does only the file's name show?"""
        file = self._files[number]
        return self._folds.get(file.row.text, len(file.rows) > LARGE)

    def fold(self, number: int) -> None:
        """Fold or unfold a file."""
        self._folds[self._files[number].row.text] = not self.folded(number)
        self._place()

    def items(self) -> list[Pressable]:
        """The files in view, where their names lie in the parent: pressed, they fold."""
        scroll, bottom = self.verticalScrollBar().value(), self.viewport().height()
        found = []
        for place, start, end in zip(self._places, self._tops, self._tops[1:], strict=False):
            if place.row.kind == "file" and end > scroll and start < scroll + bottom:
                rect = QRect(
                    LEFT, start - scroll, self.viewport().width() - LEFT - RIGHT, end - start
                )
                name = f"{'unfold' if self.folded(place.file) else 'fold'} {place.row.text}"
                act = partial(self.fold, place.file)
                found.append(
                    Pressable(f"file {place.row.text}", name, rect.translated(self.pos()), act)
                )
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the new height."""
        super().resizeEvent(event)
        self._range()

    # --- places -------------------------------------------------------------------------------

    def _place(self) -> None:
        self._places = []
        for number, file in enumerate(self._files):
            self._places.append(Place(file.row, number))
            if not self.folded(number):
                self._places += [Place(row, number) for row in file.rows]
        px, theme = self._ink.px, self._ink.theme
        self._dressed = (self._ink.grown, theme.palette, theme.contrast)
        heights = (px(FILE_ROW if p.row.kind == "file" else ROW) for p in self._places)
        self._tops = list(accumulate(heights, initial=0))
        self._range()
        self.viewport().update()

    def _ends(self) -> list[int]:
        """Where each file ends, in px."""
        ends = [0] * len(self._files)
        for place, end in zip(self._places, self._tops[1:], strict=True):
            ends[place.file] = end
        return ends

    def _range(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._tops[-1] + 8 - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(ROW)

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        theme = self._ink.theme
        if self._dressed != (self._ink.grown, theme.palette, theme.contrast):
            self._items.clear()
            self._layouts.clear()
            self._place()
        with QPainter(self.viewport()) as painter:  # it must end whatever happens: else Qt crashes
            self._paint(painter, event)

    def _paint(self, painter: QPainter, event: QPaintEvent) -> None:
        view = self.viewport()
        self._ink.begin(view)
        painter.fillRect(event.rect(), self._ink.theme.color("panel"))
        if not self._places:
            rect = QRect(LEFT, 16, view.width() - LEFT - RIGHT, 20)
            self._ink.put(painter, rect, self.empty, Style(12, "dim", align="center"), view.rect())
        scroll = self.verticalScrollBar().value()
        first = max(bisect_right(self._tops, scroll) - 1, 0)
        for index in range(first, len(self._places)):
            top = self._tops[index] - scroll
            if top > view.height():
                break
            self._row(painter, self._places[index], top)

    def _row(self, painter: QPainter, place: Place, top: int) -> None:
        ink, px, row = self._ink, self._ink.px, place.row
        width = self.viewport().width() - LEFT - RIGHT
        ground = QRect(LEFT, top, width, px(FILE_ROW if row.kind == "file" else ROW))
        if row.kind == "file":
            self._file(painter, place, ground)
            return
        high = ground.height()
        painter.fillRect(ground, ink.theme.color("bg"))
        if row.kind in _SIGN:
            sign, color = _SIGN[row.kind]
            painter.fillRect(ground, ink.theme.color(color, 0.16))
            style = Style(11, color, BOLD, "center", mono=True)
            ink.put(painter, QRect(LEFT + px(44), top, px(14), high), sign, style, ground)
        number = str(row.number) if row.number else ""
        style = _NUMBER_HI if row.kind in _SIGN else _NUMBER
        ink.put(painter, QRect(LEFT, top, px(38), high), number, style, ground)
        left = px(TEXT_LEFT)
        self._text(painter, place, QRect(LEFT + left, top, width - left - 4, high))

    def _text(self, painter: QPainter, place: Place, box: QRect) -> None:
        """The line with the colours of its language, else plain; cut with a mark either way."""
        row = place.row
        lang = language(self._files[place.file].row.text)
        style = _TEXT[row.kind]
        if not lang or row.kind in {"hunk", "note"} or not row.text.isascii():
            self._ink.put(painter, box, row.text, style, box)
            return
        advance = self._ink.metrics(style).horizontalAdvance("m")
        most = max(int(box.width() / advance), 4)
        item = self._item(row, lang, most)
        layout = self._layouts.of(item, WIDE)
        painter.setPen(self._ink.theme.text(style.color))
        layout.draw(painter, QPointF(box.x(), box.y()))
        wide = min(layout.lineAt(0).naturalTextWidth() if layout.lineCount() else 0, box.width())
        self._ink.note(item.text, QRect(box.x(), box.y(), round(wide), box.height()), box)

    def _item(self, row: Row, lang: str, most: int) -> Item:
        key = (lang, row.text, row.kind, most)
        found = self._items.get(key)
        if found is None:
            shown = row.text if len(row.text) <= most else row.text[: most - 1] + "\u2026"
            pieces = colors(lang, row.text)
            marks = (Mark(start, length, color) for start, length, color in pieces)
            inside = tuple(mark for mark in marks if mark.start + mark.length <= len(shown))
            found = self._items[key] = Item(shown, Look(_TEXT[row.kind], ROW), inside)
            if len(self._items) > LAID:
                self._items.popitem(last=False)
        return found

    def _file(self, painter: QPainter, place: Place, ground: QRect) -> None:
        ink, px, row = self._ink, self._ink.px, place.row
        box = ground.adjusted(0, FILE_GAP, 0, 0)
        painter.fillRect(box, ink.theme.color("panel2"))
        file, right, high = self._files[place.file], box.right() - 8, box.height()
        removed = Style(11, "err", BOLD, "right")
        added = Style(11, "run", BOLD, "right")
        said = "seen" if self.seen.get(row.text) == file.mark else ""
        said = "folded" if self.folded(place.file) else said
        for text, style, wide in (
            (f"-{row.removed}", removed, 44),
            (f"+{row.added}", added, 48),
            (said, _STATE, 44 if said else 0),
        ):
            if not wide:
                continue
            place_ = QRect(right - px(wide - 4), box.y(), px(wide - 4), high)
            ink.put(painter, place_, text, style, box)
            right -= px(wide)
        sign = "\u25b8" if self.folded(place.file) else "\u25be"
        fold = QRect(box.x() + 8, box.y(), px(12), high)
        ink.put(painter, fold, sign, Style(11, "dim", mono=True), box)
        left = box.x() + 8 + px(14)
        name = self._named(row.text, right - left)
        ink.put(painter, QRect(left, box.y(), right - left, high), name, _TEXT["file"], box)

    def _named(self, path: str, width: int) -> str:
        """A path that is too long loses its first folders, not its name."""
        parts = path.split("/")
        while len(parts) > 1 and self._ink.width(path, _TEXT["file"]) > width:
            parts = parts[1:]
            path = "\u2026/" + "/".join(parts)
        return path

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a file's name folds or unfolds it."""
        number = self._file_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.fold(number)

    def _file_at(self, point: QPoint) -> int:
        at = bisect_right(self._tops, point.y() + self.verticalScrollBar().value()) - 1
        if 0 <= at < len(self._places) and self._places[at].row.kind == "file":
            return self._places[at].file
        return -1
