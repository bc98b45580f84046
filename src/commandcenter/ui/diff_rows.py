"""A unified diff as rows: files, hunks, signed lines, safe to paint."""

import re
from typing import Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe

RowKind = Literal["file", "hunk", "add", "remove", "same", "note", "said", "field"]
"""said: a comment of the player; field: where one is typed."""
MOST = 20_000
"""Rows a view holds."""
WIDEST = 400
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d+)? \+(\d{1,9})(?:,\d+)? @@(.*)")
_HEADS = (
    *("index ", "--- ", "+++ ", "new file", "deleted file"),
    *("old mode", "new mode", "similarity", "rename"),
)


class Row(Record, frozen=True):
    """One row; `number` is the line in the file, 0 = none."""

    kind: RowKind
    text: str
    number: int = 0
    added: int = 0
    removed: int = 0


class File(Record, frozen=True):
    """A file of the diff; `mark` is another one as soon as its lines are."""

    row: Row
    rows: tuple[Row, ...]
    mark: int = 0


def rows(diff: str) -> list[Row]:
    """The rows of a unified diff as git writes it."""
    return [row for file in files(diff) for row in (file.row, *file.rows)]


def files(diff: str) -> list[File]:
    """The files of a unified diff as git writes it, each with its rows."""
    found: list[Row] = []
    old = new = 0
    hunked = False
    for text in diff.splitlines()[:MOST]:
        hunk = _HUNK.match(text)
        if text.startswith("diff --git "):
            found.append(Row("file", one_line(text.rpartition(" b/")[2] or text[11:])))
            hunked = False
        elif hunk:
            old, new, hunked = int(hunk[1]), int(hunk[2]), True
            found.append(Row("hunk", one_line(hunk[3].strip() or "at line " + hunk[2])))
        elif found and (hunked or not text.startswith(_HEADS)):
            row, old, new = _row(text, old, new)
            found.append(row)
    return _grouped(found)


def _row(text: str, old: int, new: int) -> tuple[Row, int, int]:
    shown = safe(text[1 : WIDEST + 1].expandtabs(4)).replace("\n", " ")
    if text.startswith("+"):
        return Row("add", shown, new), old, new + 1
    if text.startswith("-"):
        return Row("remove", shown, old), old + 1, new
    if text.startswith("\\") or text.startswith("Binary"):
        return Row("note", one_line(text)), old, new
    return Row("same", shown, new), old + 1, new + 1


def _grouped(found: list[Row]) -> list[File]:
    """Each file with its rows and their sums."""
    groups: list[tuple[Row, list[Row]]] = []
    for row in found:
        if row.kind == "file":
            groups.append((row, []))
        elif groups:
            groups[-1][1].append(row)
    return [_file(head, lines) for head, lines in groups]


def _file(head: Row, lines: list[Row]) -> File:
    added = sum(row.kind == "add" for row in lines)
    removed = sum(row.kind == "remove" for row in lines)
    row = msgspec.structs.replace(head, added=added, removed=removed)
    return File(row, tuple(lines), hash((row, tuple(lines))))
