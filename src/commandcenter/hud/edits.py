"""What an edit asks for, out of a tool call's arguments: signed lines, fit to be painted."""

import difflib
import re
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe

Sign = Literal["add", "remove", "same"]
MOST = 400
"""Rows shown of one file; the sums count all."""
COMPARED = 2_000
"""Lines a side above which old and new are not compared, only listed."""
WIDEST = 400
AROUND = 2
"""Unchanged lines that stand around a change."""
_PATHS = ("path", "file_path", "filePath", "filename", "file")
_OLD = ("old", "old_string", "oldString", "old_str")
_NEW = ("new", "new_string", "newString", "new_str", "content", "text", "contents")
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class Row(Record, frozen=True):
    """One line; `number` in the file, 0 = not told."""

    sign: Sign
    text: str
    number: int = 0


class Change(Record, frozen=True):
    """What is asked for in one file."""

    path: str
    rows: tuple[Row, ...]
    added: int
    removed: int

    @property
    def left_out(self) -> int:
        """Changed rows that are not among `rows`."""
        shown = sum(row.sign != "same" for row in self.rows)
        return max(self.added + self.removed - shown, 0)


def changes(args: str) -> tuple[Change, ...]:
    """The files that a tool call's arguments (JSON) change; none when they do not say."""
    try:
        given = msgspec.json.decode(args)
    except (msgspec.DecodeError, UnicodeError):
        return ()
    if not isinstance(given, dict):
        return ()
    told = given.get("changes")
    if isinstance(told, list):
        return tuple(_told(one) for one in told[:20] if _is_told(one))
    path = _first(given, _PATHS)
    if path is None:
        return ()
    pairs = _pairs(given)
    rows = [row for old, new in pairs for row in _compared(old, new)]
    return (_change(path, rows),) if rows else ()


def _pairs(given: dict[str, Any]) -> list[tuple[str, str]]:
    several = given.get("edits")
    if isinstance(several, str):  # some drivers hand nested values on as JSON
        try:
            several = msgspec.json.decode(several)
        except (msgspec.DecodeError, UnicodeError):
            several = None
    parts = several if isinstance(several, list) else [given]
    pairs = []
    for part in parts[:50]:
        if isinstance(part, dict):
            pairs.append((_first(part, _OLD) or "", _first(part, _NEW) or ""))
    return pairs


def _first(given: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((given[name] for name in names if isinstance(given.get(name), str)), None)


def _is_told(one: object) -> bool:
    return isinstance(one, list) and len(one) == 3 and all(isinstance(part, str) for part in one)


def _told(one: list[str]) -> Change:
    """Codex: kind, path, and a diff (of a new file: its text)."""
    kind, path, diff = one
    if _HUNK.search(diff) is None and kind in {"add", "delete"}:
        sign: Sign = "add" if kind == "add" else "remove"
        return _change(path, [_row(sign, text) for text in _lines(diff)])
    return _change(path, list(_unified(diff)))


def _unified(diff: str) -> list[Row]:
    rows: list[Row] = []
    old = new = 0
    for text in diff.split("\n"):
        hunk = _HUNK.match(text)
        if hunk:
            old, new = int(hunk[1][:9]), int(hunk[2][:9])
        elif text.startswith("+") and not text.startswith("+++"):
            rows.append(_row("add", text[1:], new))
            new += bool(new)
        elif text.startswith("-") and not text.startswith("---"):
            rows.append(_row("remove", text[1:], old))
            old += bool(old)
        elif text.startswith(" "):
            rows.append(_row("same", text[1:], new))
            old, new = old + bool(old), new + bool(new)
    return rows


def _compared(old: str, new: str) -> list[Row]:
    before, after = _lines(old), _lines(new)
    if not before or not after or max(len(before), len(after)) > COMPARED:
        return [*(_row("remove", t) for t in before), *(_row("add", t) for t in after)]
    rows: list[Row] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=True)
    for group in matcher.get_grouped_opcodes(AROUND):
        for tag, start, end, first, last in group:
            if tag == "equal":
                rows += [_row("same", text) for text in before[start:end]]
            else:
                rows += [_row("remove", text) for text in before[start:end]]
                rows += [_row("add", text) for text in after[first:last]]
    return rows


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _row(sign: Sign, text: str, number: int = 0) -> Row:
    return Row(sign, text, number)


def _change(path: str, rows: list[Row]) -> Change:
    added = sum(row.sign == "add" for row in rows)
    removed = sum(row.sign == "remove" for row in rows)
    shown = tuple(Row(row.sign, _shown(row.text), row.number) for row in rows[:MOST])
    return Change(one_line(path, 120), shown, added, removed)


def _shown(text: str) -> str:
    return safe(text[: WIDEST + 1].expandtabs(4), WIDEST).replace("\n", " ")
