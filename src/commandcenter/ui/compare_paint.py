"""Paints results side by side: a head for each, below them the table of files."""

from functools import partial
from typing import Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.hud.comparing import Row, Said, change
from commandcenter.hud.results import FileChange
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item
from commandcenter.ui.theme import BOLD, MEDIUM, SEMIBOLD, Style

NAME, LINE, ROW, GAP, LEFT = 22, 16, 20, 8, 320
"""Px: a column's name, a line of its head, a row of the table, between columns, the paths."""
HEAD_LINES = 6
ASIDE = 300
"""Px of the paths while a diff stands beside them."""
_NAME, _NAME_ON = Style(12, "fg", SEMIBOLD), Style(12, "accent", BOLD)
_PATH = Style(11, "fg", mono=True)
_BOTH = Style(11, "wait", mono=True)
_CLASH = Style(11, "err", mono=True)
_CELL = Style(11, "mid")
_CELL_ON = Style(11, "fg", MEDIUM)
_DIM = Style(11, "dim")
_CAPTION = Style(9, "dim", BOLD, "right", spacing=0.8)


class Column(Protocol):
    """What is painted of one result."""

    @property
    def name(self) -> str:
        """Of its thread."""
        ...

    @property
    def note(self) -> str:
        """Beside the name: `goes into`, or empty."""
        ...

    @property
    def lines(self) -> tuple[Said, ...]:
        """The lines of its head."""
        ...


class Board(Protocol):
    """What the painter needs of the sheet."""

    column: int
    row: int
    first: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """Left to right."""
        ...

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table."""
        ...

    @property
    def aside(self) -> bool:
        """Does a diff stand beside the paths?"""
        ...

    def marks(self, column: int) -> tuple[str, ...]:
        """Paths that are taken alone."""
        ...

    def clashes(self) -> tuple[str, ...]:
        """Paths that the marked column cannot bring without a conflict."""
        ...

    def go(self, column: int, row: int) -> None:
        """A click; on the marked cell it opens it."""
        ...

    def mark(self, column: int, row: int) -> None:
        """A click on a cell's box."""
        ...


class Places:
    """Where everything stands in a body of this size."""

    def __init__(self, board: Board, width: int, height: int) -> None:
        self.board, self.width, self.height = board, width, height
        count = max(len(board.columns), 1)
        self.left = ASIDE if board.aside else min(LEFT, max(width // (count + 1), 140))
        rest = width - self.left - GAP
        self.wide = (rest + GAP) // count - GAP
        self.head = NAME + 2 + (0 if board.aside else HEAD_LINES * LINE + 6)

    def name(self, column: int) -> QRect:
        """A column's name."""
        return QRect(self.left + GAP + column * (self.wide + GAP), 0, self.wide, NAME)

    def line(self, column: int, number: int) -> QRect:
        """A line of its head."""
        return QRect(self.name(column).x(), NAME + 2 + number * LINE, self.wide, LINE)

    @property
    def fits(self) -> int:
        """Rows of the table in sight."""
        return max((self.height - self.head) // ROW, 1)

    def row(self, number: int) -> QRect:
        """A row of the table, over the paths; number counts from the first in sight."""
        return QRect(0, self.head + number * ROW, self.left, ROW)

    def cell(self, column: int, number: int) -> QRect:
        """A cell of the table."""
        return QRect(self.name(column).x(), self.head + number * ROW, self.wide, ROW)

    def box(self, cell: QRect) -> QRect:
        """Where a file is taken alone."""
        return QRect(cell.x() + 4, cell.center().y() - 5, 11, 11)

    @property
    def beside(self) -> QRect:
        """Where the diff stands."""
        x = self.left + GAP
        return QRect(x, self.head, self.width - x, max(self.height - self.head, 40))


class BoardPainter:
    """One paint of the body; rectangles are moved to where the body lies."""

    def __init__(self, painter: QPainter, ink: Ink, rect: QRect, board: Board) -> None:
        self._painter, self._ink, self._rect, self._board = painter, ink, rect, board
        self._places = Places(board, rect.width(), rect.height())

    def draw(self) -> None:
        """Heads, then the rows in sight."""
        for number, column in enumerate(self._board.columns):
            self._head(number, column)
        shown = self._board.rows[self._board.first :][: self._places.fits]
        for number, row in enumerate(shown):
            self._row(number, row)
        self._bar()

    def _at(self, place: QRect) -> QRect:
        return place.translated(self._rect.topLeft())

    def _put(self, place: QRect, text: str, style: Style) -> int:
        return round(self._ink.put(self._painter, self._at(place), text, style, self._rect))

    def _head(self, number: int, column: Column) -> None:
        marked = number == self._board.column
        place = self._places.name(number)
        whole = place.adjusted(-4, 0, 2, self._places.head - NAME - 4)
        if marked:
            edge = "accent" if self._board.row < 0 else "edgeHi"
            self._ink.plate(self._painter, self._at(whole), Plate("tile", edge, 5))
        note = round(self._ink.width(column.note, _CAPTION)) if column.note else 0
        style = _NAME_ON if marked else _NAME
        self._put(place.adjusted(2, 0, -note - 8, 0), column.name, style)
        if column.note:
            self._put(place.adjusted(place.width() - note - 6, 0, -4, 0), column.note, _CAPTION)
        if not self._board.aside:
            for line, said in enumerate(column.lines):
                self._said(self._places.line(number, line).adjusted(2, 0, -4, 0), said)

    def _said(self, place: QRect, said: Said) -> None:
        left = 0
        if said.glyph:
            mark = QRect(place.x(), place.center().y() - 5, 11, 11)
            self._ink.glyph(self._painter, f"state:{said.glyph}", self._at(mark), said.tone)
            left = 16
        self._put(place.adjusted(left, 0, 0, 0), said.text, Style(11, said.tone))

    def _row(self, number: int, row: Row) -> None:
        board, places = self._board, self._places
        here = board.first + number == board.row
        place = places.row(number)
        if here:
            wide = place.width() if board.aside else places.width
            ground = QRect(place.x(), place.y(), wide, ROW)
            self._ink.plate(self._painter, self._at(ground), Plate("tileHi", "edgeHi", 4))
        clash = row.path in board.clashes()
        style = _CLASH if clash else _BOTH if row.both else _PATH
        note = "conflict" if clash else f"{_count(row)} changed it" if row.both else ""
        wide = round(self._ink.width(note, _DIM)) + 8 if note else 0
        name = _named(self._ink, row.path, place.width() - wide - 12, style)
        self._put(place.adjusted(6, 0, -wide - 4, 0), name, style)
        if note:
            self._put(place.adjusted(place.width() - wide, 0, -4, 0), note, _DIM)
        if not board.aside:
            for column, found in enumerate(row.cells):
                self._cell(column, number, found, row.path)

    def _cell(self, column: int, number: int, found: FileChange | None, path: str) -> None:
        board, place = self._board, self._places.cell(column, number)
        here = column == board.column and board.first + number == board.row
        if here:
            self._ink.plate(self._painter, self._at(place), Plate("", "accent", 4))
        if found is None:
            return
        taken = path in board.marks(column)
        box = self._at(self._places.box(place))
        self._ink.plate(
            self._painter,
            box,
            Plate("accent" if taken else "bg", "accent" if taken else "edgeHi", 2),
        )
        style = _CELL_ON if taken or here else _CELL
        self._put(place.adjusted(22, 0, -4, 0), change(found), style)

    def _bar(self) -> None:
        count, fits = len(self._board.rows), self._places.fits
        if count <= fits:
            return
        room = fits * ROW
        tall = max(room * fits // count, 12)
        top = (room - tall) * self._board.first // max(count - fits, 1)
        bar = QRect(self._places.left - 2, self._places.head + top, 3, tall)
        self._painter.fillRect(self._at(bar), self._ink.theme.color("edgeHi"))


def items(board: Board, width: int, height: int) -> list[Item]:
    """Heads, boxes and cells, for the mouse and the screen reader."""
    places = Places(board, width, height)
    found = []
    for column, one in enumerate(board.columns):
        said = ", ".join(line.text for line in one.lines)
        tall = places.head - 2
        place = QRect(places.name(column).topLeft(), places.name(column).size())
        place.setHeight(tall)
        name = f"{one.name}, {said}" + f", {one.note}" * bool(one.note)
        found.append(Item(f"column {column}", name, place, partial(board.go, column, -1)))
    for number, row in enumerate(board.rows[board.first :][: places.fits]):
        found += _row_items(board, places, number, row)
    return found


def _row_items(board: Board, places: Places, number: int, row: Row) -> list[Item]:
    at, said = board.first + number, ", changed by more than one" * row.both
    if board.aside:
        act = partial(board.go, board.column, at)
        return [Item(f"file {row.path}", f"{row.path}{said}", places.row(number), act)]
    found = []
    for column, one in enumerate(row.cells):
        if one is None:
            continue
        place, name = places.cell(column, number), board.columns[column].name
        taken = "taken, " * (row.path in board.marks(column))
        box = places.box(place).adjusted(-4, -4, 4, 4)
        found.append(Item(f"box {column} {row.path}", f"{taken}take {row.path} of {name} alone",
                          box, partial(board.mark, column, at)))  # fmt: skip
        words = f"{row.path} of {name}, {change(one)}{said}"
        act = partial(board.go, column, at)
        found.append(Item(f"cell {column} {row.path}", words, place, act))
    return found


def _count(row: Row) -> int:
    return sum(one is not None for one in row.cells)


def _named(ink: Ink, path: str, width: int, style: Style) -> str:
    """A path that is too long loses its first folders, not its name."""
    parts = path.split("/")
    while len(parts) > 1 and ink.width(path, style) > width:
        parts = parts[1:]
        path = "\u2026/" + "/".join(parts)
    return path
