"""The diff view: what can be pressed in it, the marked row, comments on lines."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QMouseEvent

from commandcenter.hud.comments import Comment, Line
from commandcenter.ui.diff_canvas import LEFT, LINES, RIGHT, DiffCanvas, Place
from commandcenter.ui.diff_rows import MOST, files, rows
from commandcenter.ui.panel import Item as Pressable

__all__ = ["MOST", "DiffView", "files", "rows"]


class DiffView(DiffCanvas):
    """Shows files; their names fold them, their lines take comments where `on_line` is set."""

    def items(self) -> list[Pressable]:
        """Files and lines in view, where they lie in the parent: files fold, lines take a
        comment."""
        scroll, bottom = self.verticalScrollBar().value(), self.viewport().height()
        wide = self.viewport().width() - LEFT - RIGHT
        found = []
        for place, start, end in zip(self._places, self._tops, self._tops[1:], strict=False):
            if end > scroll and start < scroll + bottom:
                rect = QRect(LEFT, start - scroll, wide, end - start).translated(self.pos())
                found += self._item_of(place, rect)
        return found

    def _item_of(self, place: Place, rect: QRect) -> list[Pressable]:
        row = place.row
        if row.kind == "file":
            name = f"{'unfold' if self.folded(place.file) else 'fold'} {row.text}"
            return [Pressable(f"file {row.text}", name, rect, partial(self.fold, place.file))]
        if self.on_line is None or row.kind not in LINES:
            return []
        path, number, old = place.line
        sign = {"add": "added ", "remove": "removed "}.get(row.kind, "")
        said = self.comments.get(place.line)
        name = f"{sign}line {number}: {row.text}" + (f"; you: {said.text}" if said else "")
        act = partial(self.on_line, place.line, row.text)
        return [Pressable(f"line {path}:{number}{'-' * old}", name, rect, act)]

    # --- comments -----------------------------------------------------------------------------

    def show_comments(self, comments: Sequence[Comment]) -> None:
        """What the player said of lines, below each."""
        found = {one.line: one for one in comments}
        if found != self.comments:
            self.comments = found
            self._place()

    def edit(self, line: Line | None) -> None:
        """Open the field below a line with what was said there; None = close it."""
        if line == self.editing:
            return
        self.editing = line
        said = self.comments.get(line) if line is not None else None
        self.field.dress()
        self.field.setText(said.text if said is not None else "")
        self._place()
        at = next((n for n, one in enumerate(self._places) if one.row.kind == "field"), -1)
        self.field.setVisible(at >= 0)
        if at >= 0:
            self._reveal(at)
            self._follow_field()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- the marked row -----------------------------------------------------------------------

    def step(self, by: int) -> None:
        """The mark so many lines or files down (up when negative), from the top of the view."""
        able = [n for n, one in enumerate(self._places) if one.row.kind in LINES | {"file"}]
        if not able:
            return
        if self.mark_at < 0:
            top = bisect_right(self._tops, self.verticalScrollBar().value()) - 1
            self.mark_at = next((n for n in able if n >= top), able[-1])
        else:
            ahead = [n for n in able if (n - self.mark_at) * by > 0]
            ahead = ahead if by > 0 else ahead[::-1]
            self.mark_at = ahead[min(abs(by), len(ahead)) - 1] if ahead else self.mark_at
        self._reveal(self.mark_at)
        self.viewport().update()

    def to_file(self, by: int) -> None:
        """The mark on the next file (1) or the one before (-1)."""
        found = [n for n, one in enumerate(self._places) if one.row.kind == "file"]
        ahead = [n for n in found if (n - self.mark_at) * by > 0]
        if ahead:
            self.mark_at = min(ahead) if by > 0 else max(ahead)
            self.verticalScrollBar().setValue(self._tops[self.mark_at])
            self.viewport().update()

    def press(self) -> None:
        """What a click on the marked row does."""
        if 0 <= self.mark_at < len(self._places):
            self._press(self._places[self.mark_at])

    def _press(self, place: Place) -> None:
        if place.row.kind == "file":
            self.fold(place.file)
        elif place.line[1] and self.on_line is not None:
            self.on_line(place.line, self._quote(place))

    def _quote(self, place: Place) -> str:
        """The text of the line that a comment is of."""
        kinds = (one for one in self._places if one.line == place.line and one.row.kind in LINES)
        return next((one.row.text for one in kinds), "")

    def _reveal(self, at: int) -> None:
        bar, top, end = self.verticalScrollBar(), self._tops[at], self._tops[at + 1]
        room = self.viewport().height()
        bar.setValue(min(max(bar.value(), end + 4 - room), max(top - 2, 0)))

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a file's name folds or unfolds it; on a line it opens its comment."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = bisect_right(self._tops, event.position().y() + self.verticalScrollBar().value()) - 1
        if 0 <= at < len(self._places):
            self._press(self._places[at])
