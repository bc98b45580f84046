"""From a block's text to items: what is laid out and painted one below the other."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.hud.edits import Change
from commandcenter.hud.markdown import Piece, pieces
from commandcenter.hud.markdown_spans import Span
from commandcenter.ui.block import LineKind
from commandcenter.ui.highlight import Code, language
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style


class Mark(Record, frozen=True):
    """How some characters of an item differ from its style."""

    start: int
    length: int
    color: str = ""
    weight: int = 0
    italic: bool = False
    strike: bool = False
    mono: bool = False
    link: str = ""
    """What a click copies."""


class Look(Record, frozen=True):
    """How an item is laid out. `ground`: what lies below it; `step` = height of a row in px."""

    style: Style
    step: int
    indent: int = 0
    gap: int = 0
    """Px above it."""
    ground: str = ""
    right: int = 0


class Item:
    """Text of one look, and its height in px once it was laid out (0 = only guessed so far)."""

    __slots__ = (
        "cells",
        "code",
        "columns",
        "copies",
        "height",
        "look",
        "marker",
        "marks",
        "side",
        "text",
    )

    def __init__(self, text: str, look: Look, marks: tuple[Mark, ...] = ()) -> None:
        self.text = text
        self.look = look
        self.marks = marks
        self.marker = ""
        """A bullet, a sign, a line's number."""
        self.side = ""
        """What stands at its right: what a click does, or sums."""
        self.copies = ""
        """What a click on its side copies."""
        self.cells: tuple[tuple[Item, str], ...] = ()
        """Of a table's row: each cell and its side."""
        self.columns: tuple[int, ...] = ()
        """Characters of the table's columns at their widest."""
        self.code: tuple[Code, int] | None = None
        self.height = 0

    @property
    def words(self) -> str:
        """Its text; a table's row with its cells apart."""
        return "\t".join(cell.text for cell, _ in self.cells) if self.cells else self.text


PARA = Look(Style(13), 18, gap=2)
RAW = Look(Style(11, mono=True), 16)
HEADS = {1: Look(Style(15, "fg", BOLD), 22, gap=8), 2: Look(Style(14, "fg", BOLD), 20, gap=8)}
HEAD = Look(Style(13, "fg", BOLD), 18, gap=6)
LISTED = Look(Style(13), 18, indent=16, gap=2)
QUOTE = Look(Style(13, "mid"), 18, indent=12, gap=4, ground="quote")
RULE = Look(Style(10, "dim"), 13, ground="rule")
CODE_TOP = Look(Style(10, "dim"), 20, indent=10, gap=6, ground="top")
CODE = Look(Style(11, mono=True), 16, indent=10, ground="box", right=8)
CODE_FOOT = Look(Style(9), 5, ground="foot")
CELL = Look(Style(12), 17, gap=2)
ROW = Look(Style(12), 20, ground="row")
HEAD_ROW = Look(Style(12, "mid", SEMIBOLD), 20, gap=6, ground="headrow")
CARD = Look(Style(11, "fg", SEMIBOLD), 26, indent=12, gap=4, ground="card", right=96)
SIGNED: dict[str, Look] = {
    "add": Look(Style(11, mono=True), 18, indent=58, ground="add", right=6),
    "remove": Look(Style(11, mono=True), 18, indent=58, ground="remove", right=6),
    "same": Look(Style(11, "mid", mono=True), 18, indent=58, ground="same", right=6),
}
UNNUMBERED = {sign: replace(look, indent=26) for sign, look in SIGNED.items()}
"""Of a change whose place in the file is not known."""
LEFT_OUT = Look(Style(10, "dim"), 18, indent=58, ground="same")
_PLAIN: dict[LineKind, Look] = {
    "text": Look(Style(13), 18),
    "code": Look(Style(11, "mid", mono=True), 16),
    "error": Look(Style(11, "err", mono=True), 16),
    "add": Look(Style(11, mono=True), 18, indent=20, ground="add"),
    "remove": Look(Style(11, mono=True), 18, indent=20, ground="remove"),
    "same": Look(Style(11, "mid", mono=True), 18, indent=20, ground="same"),
    "path": Look(Style(11, "mid", SEMIBOLD), 24, indent=10, ground="card"),
}


def line_items(lines: Iterable[str], kind: LineKind, color: str, raw: bool) -> Iterator[Item]:
    """Lines as they were written."""
    look = RAW if raw and kind == "text" else _PLAIN[kind]
    if color and kind == "text":
        look = _tinted(look, color)
    for text in lines:
        yield Item(text, look)


def text_items(text: str, color: str) -> list[Item]:
    """Markdown as items; `color` replaces the body's own."""
    found: list[Item] = []
    for piece in pieces(text):
        found += _items(piece, color)
    return found


def card_items(card: Change) -> Iterator[Item]:
    """The change of one file: name, sums, numbered lines."""
    head = Item(card.path, CARD)
    head.side = f"+{card.added} -{card.removed}"
    yield head
    lang = language(card.path)
    code = Code(lang, "", growing=True)
    looks = SIGNED if any(row.number for row in card.rows) else UNNUMBERED
    for number, row in enumerate(card.rows):
        item = Item(row.text, looks[row.sign])
        item.marker = str(row.number) if row.number else ""
        item.code = (code, number)
        yield item
    if card.left_out:
        yield Item(f"{card.left_out} more changed lines are in the Diff tab", LEFT_OUT)
    yield Item("", CODE_FOOT)


def _items(piece: Piece, color: str) -> list[Item]:
    match piece.kind:
        case "code":
            return _code(piece)
        case "table":
            return _table(piece)
        case "rule":
            return [Item("", RULE)]
        case "head":
            look = HEADS.get(piece.level, HEAD)
        case "item":
            room = 16 if len(piece.marker) == 1 else 10 + 7 * len(piece.marker)
            look = replace(LISTED, indent=room + 14 * piece.level)
        case "quote":
            look = replace(QUOTE, indent=12 * piece.level)
        case _:
            look = PARA
    item = Item(*_worded(piece.spans, _tinted(look, color)))
    item.marker = piece.marker
    return [item]


def _worded(found: tuple[Span, ...], look: Look) -> tuple[str, Look, tuple[Mark, ...]]:
    marks, at = [], 0
    for span in found:
        mark = _mark(span, at)
        if mark is not None:
            marks.append(mark)
        at += len(span.text)
    return "".join(span.text for span in found), look, tuple(marks)


def _mark(span: Span, at: int) -> Mark | None:
    if not (span.bold or span.italic or span.strike or span.code or span.link):
        return None
    return Mark(
        at,
        len(span.text),
        "standard" if span.link else "small" if span.code else "",
        SEMIBOLD if span.bold else 0,
        span.italic,
        span.strike,
        span.code,
        span.link,
    )


def _code(piece: Piece) -> list[Item]:
    top = Item(piece.lang or "text", CODE_TOP)
    top.side, top.copies = "copy", piece.text
    lines = [text.expandtabs(4) for text in piece.text.split("\n")]
    code = Code(language(piece.lang), "\n".join(lines), growing=piece.open)
    found = [top]
    for number, text in enumerate(lines):
        item = Item(text, CODE)
        item.code = (code, number)
        found.append(item)
    return [*found, Item("", CODE_FOOT)]


def _table(piece: Piece) -> list[Item]:
    found = []
    for number, cells in enumerate(piece.rows):
        row = Item("", ROW if number else HEAD_ROW)
        look = CELL if number else replace(CELL, style=HEAD_ROW.style)
        made = (Item(*_worded(cell, look)) for cell in cells)
        row.cells = tuple(zip(made, piece.aligns, strict=True))
        found.append(row)
    columns = zip(*(row.cells for row in found), strict=True)
    widest = tuple(min(max(len(cell.text) for cell, _ in column), 80) for column in columns)
    for row in found:
        row.columns = widest
    return found


def _tinted(look: Look, color: str) -> Look:
    if not color or look.style.color == color:
        return look
    return replace(look, style=replace(look.style, color=color))
