"""A diff as rows: files that fold, signed and coloured lines, and which of them were looked at."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from itertools import accumulate

import msgspec
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.hud.comments import Comment, Line
from commandcenter.ui.diff_rows import File, Row, RowKind, files
from commandcenter.ui.highlight import colors, language
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.text_line import TextLine
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style
from commandcenter.ui.transcript_items import Item, Look, Mark
from commandcenter.ui.transcript_layout import Layouts

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
    "said": Style(11, "accent", MEDIUM),
    "field": Style(11, "accent"),
}
HEIGHTS: dict[RowKind, int] = {"file": FILE_ROW, "field": 26, "said": 20}
"""Px of a row at 100 %; the others are `ROW`."""
LINES = frozenset({"add", "remove", "same"})
_SIGN = {"add": ("+", "run"), "remove": ("-", "err")}
_STATE = Style(10, "dim", align="right")


class Place(msgspec.Struct, frozen=True):
    """A row on the view and the file it is of."""

    row: Row
    file: int
    line: Line = ("", 0, False)
    """Of a line, and of what is said of it; number 0 = it is none."""


class DiffCanvas(QAbstractScrollArea):
    """Paints files; long lines are cut with a mark. `seen` holds the marks of what was read."""

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
        self.comments: dict[Line, Comment] = {}
        self.editing: Line | None = None
        """The line below which a comment is typed."""
        self.mark_at = -1
        """The marked row; -1 = none is."""
        self.on_line: Callable[[Line, str], None] | None = None
        """A line was pressed, with its text; None = lines take no comment."""
        self.field = TextLine(ink, self.viewport())
        self.field.setAccessibleName("comment on the line")
        self.field.setPlaceholderText("your comment; it goes with what is sent back")
        self.field.hide()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_diff(self, diff: str) -> None:
        """Show another diff; the scroll position stays when it still fits."""
        self.show_files(files(diff))

    def show_files(self, found: list[File]) -> None:
        """The same, as rows that were made elsewhere."""
        if [file.mark for file in found] == [file.mark for file in self._files]:
            return
        kept = self._places[self.mark_at] if 0 <= self.mark_at < len(self._places) else None
        self._files, self.mark_at = found, -1
        self._place()
        if kept is not None:
            same = (n for n, one in enumerate(self._places) if _same(one, kept))
            self.mark_at = next(same, -1)

    def forget(self) -> None:
        """Another thread's diff comes: nothing of it was seen or folded."""
        self.seen, self._folds, self._files, self.mark_at = {}, {}, [], -1
        self.editing = None
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the new height."""
        super().resizeEvent(event)
        self._range()
        self._follow_field()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The field moves along."""
        super().scrollContentsBy(dx, dy)
        self._follow_field()

    def _follow_field(self) -> None:
        at = next((n for n, one in enumerate(self._places) if one.row.kind == "field"), -1)
        if at < 0:
            self.field.hide()
            return
        left, top = (
            LEFT + self._ink.px(TEXT_LEFT),
            self._tops[at] - self.verticalScrollBar().value(),
        )
        wide = self.viewport().width() - left - RIGHT - 8
        tall = self._tops[at + 1] - self._tops[at]
        self.field.setGeometry(left + 4, top + 3, max(wide, 40), tall - 6)

    # --- places -------------------------------------------------------------------------------

    def _place(self) -> None:
        self._places = []
        for number, file in enumerate(self._files):
            self._places.append(Place(file.row, number))
            if not self.folded(number):
                for row in file.rows:
                    self._places += self._lines(row, number)
        if self.editing is not None and not any(p.row.kind == "field" for p in self._places):
            self._places.insert(0, Place(Row("field", ""), 0, self.editing))  # its line is gone
        px, theme = self._ink.px, self._ink.theme
        self._dressed = (self._ink.grown, theme.palette, theme.contrast)
        heights = (px(HEIGHTS.get(p.row.kind, ROW)) for p in self._places)
        self._tops = list(accumulate(heights, initial=0))
        self._range()
        self._follow_field()
        self.viewport().update()

    def _lines(self, row: Row, number: int) -> list[Place]:
        """A row, and below it what was said of it, or the field."""
        if row.kind not in LINES:
            return [Place(row, number)]
        line: Line = (self._files[number].row.text, row.number, row.kind == "remove")
        found, said = [Place(row, number, line)], self.comments.get(line)
        if line == self.editing:
            found.append(Place(Row("field", ""), number, line))
        elif said is not None:
            found.append(Place(Row("said", said.text), number, line))
        return found

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
        ground = QRect(LEFT, top, width, px(HEIGHTS.get(row.kind, ROW)))
        if row.kind == "file":
            self._file(painter, place, ground)
            self._marked(painter, place, ground.adjusted(0, FILE_GAP, 0, 0))
            return
        high = ground.height()
        painter.fillRect(ground, ink.theme.color("bg"))
        if row.kind in ("said", "field"):
            self._comment(painter, row, ground)
            return
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
        self._marked(painter, place, ground)

    def _marked(self, painter: QPainter, place: Place, ground: QRect) -> None:
        if 0 <= self.mark_at < len(self._places) and self._places[self.mark_at] is place:
            self._ink.plate(painter, ground, Plate("", "accent", 3))

    def _comment(self, painter: QPainter, row: Row, ground: QRect) -> None:
        """What the player said of the line above, or the field for it."""
        ink, left = self._ink, self._ink.px(TEXT_LEFT)
        box = ground.adjusted(left - 4, 1, -4, -1)
        ink.plate(painter, box, Plate("panel2", "accent" if row.kind == "field" else "edge", 4))
        if row.kind == "field":
            return
        ink.put(painter, box.adjusted(8, 0, -8, 0), row.text, _TEXT["said"], ground)

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
        counts = bool(row.removed or row.added)
        for text, style, wide in (
            (f"-{row.removed}", removed, 44 * counts),
            (f"+{row.added}", added, 48 * counts),
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


def _same(one: Place, other: Place) -> bool:
    """The same line or file after the diff has changed."""
    kinds = one.row.kind, other.row.kind
    return (
        one.line == other.line
        if one.line[1]
        else kinds == ("file", "file") and (one.row.text == other.row.text)
    )
