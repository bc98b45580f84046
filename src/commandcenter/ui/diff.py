"""The diff view: unified lines on grounds by sign, one row each; only visible rows are painted."""

import re
from typing import Literal

import msgspec
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from commandcenter.core.base import Record
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe
from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style

RowKind = Literal["file", "hunk", "add", "remove", "same", "note"]
MOST = 20_000
"""Rows a view holds."""
WIDEST = 400
ROW, FILE_ROW, LEFT, RIGHT = 17, 30, 13, 13
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_NUMBER = Style(10, "dim", align="right", mono=True)
_TEXT: dict[RowKind, Style] = {
    "file": Style(12, "fg", SEMIBOLD),
    "hunk": Style(10, "dim", mono=True),
    "add": Style(11, "fg", mono=True),
    "remove": Style(11, "fg", mono=True),
    "same": Style(11, "mid", mono=True),
    "note": Style(12, "dim"),
}
_SIGN = {"add": ("+", "run"), "remove": ("-", "err")}


class Row(Record, frozen=True):
    """One row; `number` is the line in the file, 0 = none."""

    kind: RowKind
    text: str
    number: int = 0
    added: int = 0
    removed: int = 0


def rows(diff: str) -> list[Row]:
    """The rows of a unified diff as git writes it, safe to paint."""
    found: list[Row] = []
    old = new = 0
    for text in diff.splitlines()[:MOST]:
        hunk = _HUNK.match(text)
        if text.startswith("diff --git "):
            found.append(Row("file", _file(text)))
        elif hunk:
            old, new = int(hunk[1]), int(hunk[2])
            found.append(Row("hunk", one_line(hunk[3].strip() or "at line " + hunk[2])))
        elif found and not _is_head(text):
            row, old, new = _row(text, old, new)
            found.append(row)
    return _counted(found)


def _file(text: str) -> str:
    return one_line(text.rpartition(" b/")[2] or text[11:])


def _is_head(text: str) -> bool:
    heads = ("index ", "--- ", "+++ ", "new file", "deleted file", "old mode", "new mode")
    return text.startswith((*heads, "similarity", "rename"))


def _row(text: str, old: int, new: int) -> tuple[Row, int, int]:
    shown = safe(text[1 : WIDEST + 1].expandtabs(4)).replace("\n", " ")
    if text.startswith("+"):
        return Row("add", shown, new), old, new + 1
    if text.startswith("-"):
        return Row("remove", shown, old), old + 1, new
    if text.startswith("\\") or text.startswith("Binary"):
        return Row("note", one_line(text)), old, new
    return Row("same", shown, new), old + 1, new + 1


def _counted(found: list[Row]) -> list[Row]:
    """File rows with the sums of their lines."""
    result = list(found)
    for index, row in enumerate(found):
        if row.kind != "file":
            continue
        added = removed = 0
        for other in found[index + 1 :]:
            if other.kind == "file":
                break
            added += other.kind == "add"
            removed += other.kind == "remove"
        result[index] = msgspec.structs.replace(row, added=added, removed=removed)
    return result


class DiffView(QAbstractScrollArea):
    """Shows rows; long lines are cut with a mark."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._rows: list[Row] = []
        self._tops: list[int] = [0]
        self.empty = "no change yet"
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_diff(self, diff: str) -> None:
        """Show another diff; the scroll position stays when it still fits."""
        found = rows(diff)
        if found == self._rows:
            return
        self._rows = found
        self._tops = [0]
        for row in found:
            self._tops.append(self._tops[-1] + (FILE_ROW if row.kind == "file" else ROW))
        self._range()
        self.viewport().update()

    @property
    def at_end(self) -> bool:
        """The last row stands on screen."""
        return self.verticalScrollBar().value() >= self.verticalScrollBar().maximum()

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + direction * (self.viewport().height() - 40))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the new height."""
        super().resizeEvent(event)
        self._range()

    def _range(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._tops[-1] + 8 - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        view, painter = self.viewport(), QPainter(self.viewport())
        self._ink.begin(view)
        painter.fillRect(event.rect(), self._ink.theme.color("panel"))
        if not self._rows:
            rect = QRect(LEFT, 16, view.width() - LEFT - RIGHT, 20)
            self._ink.put(painter, rect, self.empty, Style(12, "dim", align="center"), view.rect())
        scroll = self.verticalScrollBar().value()
        for index, row in enumerate(self._rows):
            top = self._tops[index] - scroll
            if top > view.height():
                break
            if top + FILE_ROW >= 0:
                self._row(painter, row, top)
        painter.end()

    def _row(self, painter: QPainter, row: Row, top: int) -> None:
        ink, width = self._ink, self.viewport().width() - LEFT - RIGHT
        height = FILE_ROW if row.kind == "file" else ROW
        ground = QRect(LEFT, top, width, height)
        if row.kind == "file":
            self._file(painter, row, ground)
            return
        painter.fillRect(ground, ink.theme.color("bg"))
        if row.kind in _SIGN:
            sign, color = _SIGN[row.kind]
            painter.fillRect(ground, ink.theme.color(color, 0.16))
            style = Style(11, color, BOLD, "center", mono=True)
            ink.put(painter, QRect(LEFT + 44, top, 14, ROW), sign, style, ground)
        number = str(row.number) if row.number else ""
        ink.put(painter, QRect(LEFT, top, 38, ROW), number, _NUMBER, ground)
        text = QRect(LEFT + 64, top, width - 68, ROW)
        ink.put(painter, text, row.text, _TEXT[row.kind], ground)

    def _file(self, painter: QPainter, row: Row, ground: QRect) -> None:
        ink = self._ink
        box = ground.adjusted(0, 6, 0, 0)
        painter.fillRect(box, ink.theme.color("panel2"))
        right = box.right() - 8
        removed = Style(11, "err", BOLD, "right")
        added = Style(11, "run", BOLD, "right")
        ink.put(painter, QRect(right - 40, box.y(), 40, 24), f"-{row.removed}", removed, box)
        ink.put(painter, QRect(right - 90, box.y(), 44, 24), f"+{row.added}", added, box)
        name = QRect(box.x() + 10, box.y(), box.width() - 116, 24)
        ink.put(painter, name, row.text, _TEXT["file"], box)
