"""Our Markdown subset: headings, lists, emphasis, code, tables, links as text; nothing is loaded.

Reading is linear in the text and never fails: what is no Markdown stands as it was written. HTML
is text like any other, a picture is its words and its address.
"""

import re
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.text import safe
from commandcenter.hud.markdown_spans import Span, spans

PieceKind = Literal["para", "head", "item", "quote", "code", "table", "rule"]
Align = Literal["left", "right", "center"]
DEEPEST = 6
COLUMNS = 12
ROWS = 500
CODE = 60_000
"""Characters of one piece of code; longer code becomes several."""
_FENCE = re.compile(r"^( {0,12})(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_HEAD = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*)$")
_HEAD_END = re.compile(r"[ \t]#+$")
_RULE = re.compile(r"^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"^([ \t]*)([-*+\u2022]|\d{1,9}[.)])[ \t]+(\S.*)$")
_QUOTE = re.compile(r"^ {0,3}((?:>[ \t]?)+)(.*)$")
_DASHES = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")

Cell = tuple[Span, ...]


class Piece(Record, frozen=True):
    """One piece of a text, in order. `level`: of a heading 1 to 6, else how deep it lies."""

    kind: PieceKind
    spans: tuple[Span, ...] = ()
    level: int = 0
    marker: str = ""
    """What stands before a list item: a bullet, or its number."""
    lang: str = ""
    text: str = ""
    """The code, without its fence."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    """A table's rows, its head first; all have as many cells."""
    aligns: tuple[Align, ...] = ()
    open: bool = False
    """The code's fence is not closed yet."""


class Progress:
    """How far a growing text is settled: behind that no later word changes what stands before."""

    __slots__ = ("_at", "_fence", "settled")

    def __init__(self) -> None:
        self.settled = 0
        self._at = 0
        self._fence = ""

    def advance(self, text: str) -> int:
        """Look at the lines that are new; the characters from the start that are settled."""
        while (end := text.find("\n", self._at)) >= 0:
            line = text[self._at : min(end, self._at + 200)]
            self._at = end + 1
            fence = _FENCE.match(line)
            if self._fence:
                if _closes(line, self._fence):
                    self._fence, self.settled = "", self._at
            elif fence:
                self._fence = fence[2]
            elif not line.strip():
                self.settled = self._at
        return self.settled


def parse(text: str) -> tuple[Piece, ...]:
    """The pieces of any text; hidden characters are made visible first."""
    return pieces(safe(text))


def pieces(text: str) -> tuple[Piece, ...]:
    """The pieces of a text that went through `core.text.safe`."""
    return tuple(_Reader(text).read())


class _Reader:
    """Walks the lines once; each taker consumes the lines of one piece, or none."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0
        self._found: list[Piece] = []

    def read(self) -> list[Piece]:
        """All pieces."""
        takers = (self._code, self._heading, self._line, self._table, self._item, self._quote)
        while self._at < len(self._lines):
            if not self._lines[self._at].strip():
                self._at += 1
            elif not any(taker() for taker in takers):
                self._paragraph()
        return self._found

    def _code(self) -> bool:
        found = _FENCE.match(self._lines[self._at])
        if found is None:
            return False
        indent, fence, lang = len(found[1]), found[2], found[3].strip().split(" ")[0]
        self._at += 1
        start = self._at
        while self._at < len(self._lines) and not _closes(self._lines[self._at], fence):
            self._at += 1
        body = [_outdented(line, indent) for line in self._lines[start : self._at]]
        is_open = self._at >= len(self._lines)
        self._at += 1
        for part in _parts(body):
            self._found.append(Piece("code", lang=lang[:40], text=part, open=is_open))
        return True

    def _heading(self) -> bool:
        found = _HEAD.match(self._lines[self._at])
        if found is None:
            return False
        words = _HEAD_END.sub("", found[2].strip()).strip()
        self._found.append(Piece("head", spans(words), level=len(found[1])))
        self._at += 1
        return True

    def _line(self) -> bool:
        if _RULE.match(self._lines[self._at]) is None:
            return False
        self._found.append(Piece("rule"))
        self._at += 1
        return True

    def _table(self) -> bool:
        if not _starts_table(self._lines, self._at):
            return False
        aligns = tuple(_align(cell) for cell in _cells(self._lines[self._at + 1]))
        rows = [_cells(self._lines[self._at])]
        self._at += 2
        while self._at < len(self._lines) and "|" in self._lines[self._at] and len(rows) < ROWS:
            rows.append(_cells(self._lines[self._at]))
            self._at += 1
        wide = max(len(row) for row in rows)
        filled = tuple(
            tuple(spans(cell) for cell in (*row, *("",) * (wide - len(row)))) for row in rows
        )
        usual: Align = "left"
        rest = (usual,) * max(wide - len(aligns), 0)
        sides = (*aligns, *rest)[:wide]
        self._found.append(Piece("table", rows=filled, aligns=sides))
        return True

    def _item(self) -> bool:
        found = _ITEM.match(self._lines[self._at])
        if found is None:
            return False
        indent = len(found[1].expandtabs(4))
        marker = found[2] if found[2][0].isdigit() else "\u2022"
        self._at += 1
        words = [found[3], *self._rest(indent + 1)]
        depth = min(indent // 2, DEEPEST)
        self._found.append(Piece("item", spans("\n".join(words)), depth, marker))
        return True

    def _rest(self, indent: int) -> list[str]:
        """The lines that continue a list item: indented, and the start of nothing else."""
        words: list[str] = []
        while self._at < len(self._lines) and not self._begins():
            line = self._lines[self._at].expandtabs(4)
            if len(line) - len(line.lstrip()) < indent:
                break
            words.append(line.strip())
            self._at += 1
        return words

    def _quote(self) -> bool:
        found = _QUOTE.match(self._lines[self._at])
        if found is None:
            return False
        level, words = found[1].count(">"), [found[2]]
        self._at += 1
        while self._at < len(self._lines):
            more = _QUOTE.match(self._lines[self._at])
            if more is None or more[1].count(">") != level:
                break
            words.append(more[2])
            self._at += 1
        self._found.append(Piece("quote", spans("\n".join(words)), min(level, DEEPEST)))
        return True

    def _paragraph(self) -> None:
        words = [self._lines[self._at].strip()]
        self._at += 1
        while self._at < len(self._lines) and not self._begins():
            words.append(self._lines[self._at].strip())
            self._at += 1
        self._found.append(Piece("para", spans("\n".join(words))))

    def _begins(self) -> bool:
        """Does the line at hand end what went before?"""
        line = self._lines[self._at]
        if not line.strip():
            return True
        starts = (_FENCE, _HEAD, _RULE, _ITEM, _QUOTE)
        return any(s.match(line) for s in starts) or _starts_table(self._lines, self._at)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and bare[0] == fence[0] and not bare.strip(fence[0])


def _outdented(line: str, indent: int) -> str:
    lead = len(line) - len(line.lstrip(" "))
    return line[min(lead, indent) :]


def _parts(lines: list[str]) -> list[str]:
    """Code in pieces of a bounded size, whole lines each."""
    found: list[list[str]] = [[]]
    size = 0
    for line in lines:
        if size > CODE:
            found.append([])
            size = 0
        found[-1].append(line)
        size += len(line)
    return ["\n".join(part) for part in found]


def _starts_table(lines: list[str], at: int) -> bool:
    if at + 1 >= len(lines) or "|" not in lines[at] or len(lines[at + 1]) > 1_000:
        return False
    following = lines[at + 1]
    if "|" not in following or _DASHES.match(following) is None:
        return False
    return len(_cells(lines[at])) <= COLUMNS


def _cells(line: str) -> list[str]:
    """The cells of a table's line; a bar behind a backslash or in code separates nothing."""
    bare = line.strip()
    bare = bare[1:] if bare.startswith("|") else bare
    cells, code, escaped = [""], False, False
    for char in bare:
        if char == "|" and not code and not escaped and len(cells) < 4 * COLUMNS:
            cells.append("")
        else:
            cells[-1] += char
        code ^= char == "`" and not escaped
        escaped = char == "\\" and not escaped
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _align(cell: str) -> Align:
    if cell.endswith(":"):
        return "center" if cell.startswith(":") else "right"
    return "left"
