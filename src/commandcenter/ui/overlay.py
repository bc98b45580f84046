"""The overlay: one panel over map and inspector that shows a sheet; no loop of its own."""

from functools import partial
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.keymap import Chord
from commandcenter.hud.layout import Box
from commandcenter.ui.form import FormSheet
from commandcenter.ui.form_view import FormView
from commandcenter.ui.keys import Labels
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.text_line import TextLine as TextLine
from commandcenter.ui.theme import BOLD, HEADING, KEYCAP, MEDIUM, Style

ROW, PAD, HEAD, FIELD, ABOUT, FOOT = 26, 16, 38, 34, 22, 28
ROOM = 16
"""Px kept free around it."""


class Owner(Protocol):
    """What the panel needs of the screen."""

    sheet: Sheet | None
    labels: Labels

    def close_sheet(self) -> None:
        """Close what is open."""
        ...

    def changed(self) -> None:
        """A frame is wanted."""
        ...


class OverlayPanel(Panel):
    """Paints the screen's sheet, keeps the mark, and hands keys and clicks to the sheet."""

    def __init__(self, ink: Ink, owner: Owner, parent: QWidget) -> None:
        super().__init__(ink, "overlay", parent)
        self._owner = owner
        self._room = Box(0, 0, 800, 600)
        self._choices: tuple[Choice, ...] = ()
        self._about = ""
        self._sheet: Sheet | None = None
        self.marked = -1
        """Index of the line that Return takes; -1 = none."""
        self._first = 0
        self.field = TextLine(ink, self)
        self.field.textEdited.connect(lambda text: self._edited(text))
        self.form = FormView(ink, self)
        self.form.on_change = lambda: self._formed()
        self.frame = "accent"
        self.hide()

    # --- what it shows --------------------------------------------------

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The lines as shown."""
        return self._choices

    def follow(self) -> None:
        """Show the screen's sheet, or hide, at once."""
        sheet = self._owner.sheet
        if sheet is not self._sheet:
            self._change(sheet)
        if sheet is not None:
            self._read(sheet)

    def _change(self, sheet: Sheet | None) -> None:
        if self._sheet is not None:
            self._sheet.closed()
        self.form.show(sheet if isinstance(sheet, FormSheet) else None)
        self._sheet, self._choices, self._first, self.marked = sheet, (), 0, -1
        self.field.clear()
        if sheet is None:
            self.hide()
            return
        self.field.setPlaceholderText(sheet.hint)
        self.field.setVisible(bool(sheet.hint))
        self.setAccessibleName(sheet.title)
        self.lay_in(self._room)
        self.show()
        self.raise_()
        if sheet.hint:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _read(self, sheet: Sheet) -> None:
        """The sheet's lines anew; the mark stays on its line, and on none when that is gone."""
        old = self._choices[self.marked] if 0 <= self.marked < len(self._choices) else None
        first = not self._choices
        self._choices, self._about = tuple(sheet.choices()), sheet.about()
        if first or (old is not None and not old.id):
            self.marked = self._free(min(max(self.marked, 0), len(self._choices) - 1), 1)
        elif old is not None:
            ids = [choice.id for choice in self._choices]
            self.marked = ids.index(old.id) if old.id in ids else -1
        self._first = max(0, min(self._first, len(self._choices) - self._fits))
        self.show_view((self._choices, self._about, self.marked, self._first, sheet.foot))
        if self.form.sheet is not None:
            self.form.follow(self._list)
        if sheet.top or self.form.sheet is not None:
            self.update()

    def _formed(self) -> None:
        """Something was typed, turned or pressed in the form."""
        self._owner.changed()
        self.follow()

    def form_press(self, chord: Chord) -> bool | None:
        """A key in a form; None = there is no form."""
        return self.form.press(chord) if self.form.sheet is not None else None

    def _free(self, at: int, way: int) -> int:
        """The nearest line from `at` on that can be marked, else back from it; -1 = none."""
        order = [*range(at, len(self._choices)), *range(at - 1, -1, -1)]
        if way < 0:
            order = [*range(at, -1, -1), *range(at + 1, len(self._choices))]
        return next((n for n in order if n >= 0 and not self._choices[n].heading), -1)

    # --- keys --------------------------------------------------

    def step(self, by: int) -> None:
        """The mark so many lines down (up when negative)."""
        if not self._choices:
            return
        at = self.marked + by if self.marked >= 0 else self._first
        self.marked = self._free(min(max(at, 0), len(self._choices) - 1), 1 if by > 0 else -1)
        above = self.marked and self._choices[self.marked - 1].heading
        if self.marked - bool(above) < self._first:
            self._first = max(self.marked - bool(above), 0)
        if self.marked >= self._first + self._fits:
            self._first = self.marked - self._fits + 1
        self._owner.changed()
        self.follow()

    def page(self, by: int) -> None:
        """The mark one page down (1) or up (-1)."""
        self.step(by * max(self._fits - 1, 1))

    def accept(self, other: bool = False) -> None:
        """Choose the marked line; a greyed one answers with its reason (the sheet's `about`)."""
        sheet = self._sheet
        if self.form.sheet is not None:
            self.form.enter()
        if sheet is None or not 0 <= self.marked < len(self._choices):
            return
        if other:
            sheet.other(self.marked)
        else:
            sheet.chosen(self.marked)
        self._owner.changed()
        self.follow()

    def turn(self, by: int) -> bool:
        """Left or Right on the marked line; True when used up."""
        sheet = self._sheet
        used = sheet is not None and self.marked >= 0 and sheet.turned(self.marked, by)
        if used:
            self._owner.changed()
            self.follow()
        return used

    def fill(self, text: str) -> None:
        """Put this text into the field."""
        self.field.setText(text)
        self._edited(text)

    def mark_first(self) -> None:
        """The mark on the first line that takes one; after the text has changed."""
        self._first = 0
        self.marked = self._free(0, 1) if self._choices else -1

    def text_undo(self, again: bool) -> bool:
        """Undo (redo) inside the text field; False when it has nothing to undo."""
        if self.form.sheet is not None:
            return self.form.undo(again)
        field = self.field
        able = field.isRedoAvailable() if again else field.isUndoAvailable()
        if field.isHidden() or not able:
            return False
        field.redo() if again else field.undo()
        self._edited(field.text())
        return True

    def _edited(self, text: str) -> None:
        if self._sheet is None:
            return
        self._sheet.typed(text)
        self._choices = ()
        self._read(self._sheet)
        self.mark_first()
        self._owner.changed()
        self.follow()

    # --- places --------------------------------------------------

    def lay_in(self, room: Box) -> None:
        """Centred in `room` (map and inspector together), in the sheet's size where it fits."""
        self._room = room
        sheet = self._sheet
        if sheet is None:
            return
        wide = min(round(sheet.wide * self.zoom), room.w - 2 * ROOM)
        tall = min(round(sheet.tall * self.zoom), room.h - 2 * ROOM)
        self.setGeometry(room.x + (room.w - wide) // 2, room.y + (room.h - tall) // 2, wide, tall)
        self.lay()
        self.update()

    def lay(self) -> None:
        """The field in its place."""
        self.field.setGeometry(self.real(self._field_box.adjusted(10, 4, -10, -4)))
        if self.form.sheet is not None:
            self.form.follow(self._list)

    @property
    def _field_box(self) -> QRect:
        return QRect(PAD, HEAD, self.width() - 2 * PAD, FIELD)

    @property
    def _about_top(self) -> int:
        return HEAD + (FIELD + 4 if self._sheet is not None and self._sheet.hint else 0)

    @property
    def _list(self) -> QRect:
        sheet = self._sheet
        top = self._about_top + (ABOUT if self._about else 6) + (sheet.top if sheet else 0)
        foot = FOOT if sheet is not None and sheet.foot else PAD
        return QRect(PAD, top, self.width() - 2 * PAD, max(self.height() - top - foot, 0))

    @property
    def _fits(self) -> int:
        return max(self._list.height() // ROW, 1)

    # --- painting --------------------------------------------------

    def draw(self, painter: QPainter) -> None:
        """Title, field, one line about it, lines, foot."""
        sheet = self._sheet
        if sheet is None:
            return
        self.ink.cover(self)
        self._title(painter, sheet)
        if sheet.hint:
            self.ink.plate(painter, self._field_box, Plate("bg", "accent", 5))
            if self.field.text():
                self.ink.note(self.field.text(), self.field.geometry(), self.real(self.rect()))
        if self._about:
            row = QRect(PAD, self._about_top, self.width() - 2 * PAD, ABOUT)
            self.ink.put(painter, row, self._about, Style(11, "mid"), self.rect())
        if sheet.top:
            place = QRect(PAD, self._list.y() - sheet.top, self.width() - 2 * PAD, sheet.top)
            sheet.draw_top(painter, self.ink, place)
        self._lines(painter, sheet)
        self.form.draw(painter)
        if sheet.foot:
            row = QRect(PAD, self.height() - FOOT, self.width() - 2 * PAD, FOOT - 4)
            self.ink.put(painter, row, sheet.foot, Style(11, "dim"), self.rect())

    def _title(self, painter: QPainter, sheet: Sheet) -> None:
        row = QRect(PAD, 6, self.width() - 2 * PAD, HEAD - 8)
        style = Style(10, "accent", BOLD, spacing=HEADING.spacing)
        self.ink.put(painter, row, sheet.title.upper(), style, self.rect())
        right = self.width() - PAD - round(self.ink.width("Esc", KEYCAP)) - 9
        self.ink.keycap(painter, right, 14, "Esc", "mid")

    def _lines(self, painter: QPainter, sheet: Sheet) -> None:
        place = self._list
        if not self._choices and sheet.empty and not sheet.top:
            row = QRect(place.x(), place.y(), place.width(), ROW)
            self.ink.put(painter, row, sheet.empty, Style(12, "dim"), self.rect())
            return
        for offset, choice in enumerate(self._choices[self._first : self._first + self._fits]):
            row = QRect(place.x(), place.y() + offset * ROW, place.width(), ROW)
            self._line(painter, choice, row, self._first + offset == self.marked)
        last = min(self._first + self._fits, len(self._choices)) - 1
        sheet.painted(self._first, last)
        self._bar(painter, place)

    def _line(self, painter: QPainter, choice: Choice, row: QRect, marked: bool) -> None:
        ink = self.ink
        if choice.heading:
            ink.put(painter, row.adjusted(2, 4, -8, 0), choice.name.upper(), HEADING, row)
            return
        if marked:
            ink.plate(painter, row.adjusted(0, 1, -6, -1), Plate("tileHi", "accent", 4))
        left, right = row.x() + 10, row.right() - 14
        if choice.glyph:
            ink.glyph(
                painter, choice.glyph, QRect(left, row.center().y() - 6, 13, 13), choice.color
            )
            left += 22
        if choice.key:
            right = self._key(painter, choice, row, right)
        tone = "dim" if choice.why and not marked else "mid" if choice.why else choice.tone
        half = left + (right - left) * (3 if choice.why or choice.note else 5) // 5
        name = QRect(left, row.y(), (half if choice.why or choice.note else right) - left, ROW)
        wide = ink.put(painter, name, choice.name, Style(12, tone, MEDIUM), row)
        rest = QRect(left + int(wide) + 14, row.y(), right - left - int(wide) - 14, ROW)
        style = Style(11, "mid" if marked else "dim", align="right")
        ink.put(painter, rest, choice.why or choice.note, style, row)

    def _key(self, painter: QPainter, choice: Choice, row: QRect, right: int) -> int:
        shown = self._owner.labels.of(choice.key)
        width = max(16, round(self.ink.width(shown, KEYCAP)) + 9)
        color = "dim" if choice.why else "fg"
        self.ink.keycap(painter, right - width, row.center().y() - 7, shown, color)
        return right - width - 12

    def _bar(self, painter: QPainter, place: QRect) -> None:
        """How far the list is scrolled, where it does not fit."""
        count = len(self._choices)
        if count <= self._fits:
            return
        tall = max(place.height() * self._fits // count, 16)
        top = (place.height() - tall) * self._first // max(count - self._fits, 1)
        bar = QRect(place.right() - 3, place.y() + top, 3, tall)
        painter.fillRect(bar, self.ink.theme.color("edgeHi"))

    def items(self) -> tuple[Item, ...]:
        """The lines that are in sight, for the screen reader."""
        place, found = self._list, self.form.items()
        for offset, one in enumerate(self._choices[self._first : self._first + self._fits]):
            if not one.heading:
                rect = QRect(place.x(), place.y() + offset * ROW, place.width(), ROW)
                press = partial(self.take, self._first + offset)
                found.append(Item(one.id or one.name, one.name, rect, press, one.why or one.note))
        return tuple(found)

    def take(self, index: int, other: bool = False) -> None:
        """Mark a line and choose it."""
        self.marked = index
        self.accept(other)

    # --- mouse --------------------------------------------------

    def _at(self, point: QPoint) -> int:
        place = self._list
        if not place.contains(point):
            return -1
        index = self._first + (point.y() - place.y()) // ROW
        return index if index < len(self._choices) and not self._choices[index].heading else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: choose the line. Right: the line's other action. `Esc`: close."""
        sheet, point = self._sheet, event.position().toPoint()
        if sheet is None:
            return
        place = self._list
        top = QRect(PAD, place.y() - sheet.top, self.width() - 2 * PAD, sheet.top)
        if point.y() < HEAD and point.x() > self.width() - 64:
            self._owner.close_sheet()
        elif sheet.top and top.contains(point):
            sheet.top_clicked(point.x() - top.x(), point.y() - top.y())
            self.follow()
        elif self.form.sheet is not None:
            self.form.click(point, event.button() == Qt.MouseButton.RightButton)
            self._formed()
        elif (index := self._at(point)) >= 0:
            self.take(index, event.button() == Qt.MouseButton.RightButton)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; the mark stays on its line."""
        by = -1 if event.angleDelta().y() > 0 else 1
        self.form.wheel(by)
        self._first = max(0, min(self._first + by * 3, len(self._choices) - self._fits))
        self.follow()
        event.accept()
