"""Paints a form's fields; one text widget stands on the field that is edited."""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter

from commandcenter.core.text import safe
from commandcenter.hud.keymap import Chord
from commandcenter.ui.diff import DiffView
from commandcenter.ui.form import Button, Cell, FormSheet, Title
from commandcenter.ui.form_editor import LONGEST as LONGEST
from commandcenter.ui.form_editor import Editor as Editor
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.theme import CAPTION, KEYCAP, MEDIUM, REGULAR, SEMIBOLD, Style

LABEL, PAD, ROW, FOOT = 14, 6, 15, 34
TEXT = Style(11, "fg")
_OWN, _HINT = Style(11, "accent"), Style(11, "dim")
_WRONG, _WARN = Style(10, "err", MEDIUM), Style(10, "wait", MEDIUM)
_STRONG, _PLAIN, _GREY = (
    Style(12, "fg", SEMIBOLD),
    Style(12, "mid", MEDIUM),
    Style(12, "dim", MEDIUM),
)


class FormView:
    """The fields inside the overlay."""

    def __init__(self, ink: Ink, panel: Panel) -> None:
        self._ink = ink
        self._panel = panel
        self.sheet: FormSheet | None = None
        self._body = QRect()
        self._up = 0
        """Px that the fields are scrolled up: the one that is edited is in sight."""
        self._on = ""
        self._writing = False
        self.on_change: Callable[[], None] = lambda: None
        self.editor = Editor(ink, panel)
        self.editor.textChanged.connect(lambda: self._typed())
        self.diff = DiffView(ink, panel)
        self.diff.hide()

    # --- what it shows --------------------------------------------------

    def show(self, sheet: FormSheet | None) -> None:
        """Another sheet, or none."""
        self.sheet, self._on, self._up = sheet, "", 0
        self.diff.edit(None)
        self.diff.forget()
        self.diff.hide()
        if sheet is None:
            self.editor.hide()

    def follow(self, body: QRect) -> None:
        """The editor onto the field that is edited; `body` in px at 100 %."""
        sheet, self._body = self.sheet, body
        if sheet is None:
            return
        self._beside(sheet)
        cell = self._cell(sheet.at)
        self._reveal(cell)
        if cell is None or cell.kind == "pick":
            self._on = sheet.at
            self.editor.hide()
            return
        self._place(cell)
        self.editor.owned(cell.own)
        if self._on != sheet.at:
            self._on = sheet.at
            self._load(cell)
        elif self.editor.toPlainText() != cell.text:
            self._load(cell)

    def _beside(self, sheet: FormSheet) -> None:
        """The diff that stands in the sheet, where one does."""
        place = sheet.beside(self._body.width(), self._room)
        if place is not None:
            real = self._panel.real(place.translated(self._body.topLeft()))
            if self.diff.geometry() != real:
                self.diff.setGeometry(real)
            sheet.show_beside(self.diff, self._panel.isActiveWindow())
        self.diff.setVisible(place is not None)

    @property
    def _room(self) -> int:
        """Px of the fields' window: above the buttons."""
        return self._body.height() - FOOT

    @property
    def _corner(self) -> QPoint:
        """Where the fields' first px lies in the panel."""
        return self._body.topLeft() - QPoint(0, self._up)

    def _reveal(self, cell: Cell | None) -> None:
        """Scroll as little as it takes to see a field whole."""
        whole = max(self._room, self.sheet.needs if self.sheet is not None else 0)
        if cell is not None:
            place = cell.place
            self._up = min(max(self._up, place.bottom() + 1 - self._room), place.y())
        self._up = max(min(self._up, whole - self._room), 0)

    def _seen(self, place: QRect) -> bool:
        """Is a place of the fields wholly in sight?"""
        return self._up <= place.y() and place.bottom() < self._up + self._room

    def wheel(self, by: int) -> None:
        """Where the fields scroll, the wheel goes to the next (1) or the one before (-1)."""
        if self.sheet is not None and self.sheet.needs > self._room:
            self.sheet.next(by)
            self.on_change()
        elif self.sheet is not None and self.sheet.scrolled(by):
            self.on_change()

    def _place(self, cell: Cell) -> None:
        inner = _inner(cell).translated(self._corner).adjusted(PAD, 4, -PAD, -2)
        place = self._panel.real(inner)
        if self.editor.geometry() != place:
            self.editor.setGeometry(place)

    def _load(self, cell: Cell) -> None:
        editor = self.editor
        self._writing = True
        editor.one_line = cell.kind == "line"
        editor.setPlaceholderText(cell.hint)
        editor.setAccessibleName(cell.label)
        editor.setPlainText(cell.text)
        editor.moveCursor(editor.textCursor().MoveOperation.End)
        self._writing = False
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cell(self, key: str) -> Cell | None:
        return next((cell for cell in self.cells() if cell.key == key), None)

    def cells(self) -> Sequence[Cell]:
        """All fields; those out of sight are not painted."""
        if self.sheet is None:
            return ()
        return self.sheet.cells(self._body.width(), max(self._room, self.sheet.needs))

    def _typed(self) -> None:
        sheet = self.sheet
        if self._writing or sheet is None or not self._on:
            return
        text = self.editor.toPlainText()
        sheet.write(self._on, " ".join(text.split("\n")) if self.editor.one_line else text)
        self.on_change()

    # --- keys --------------------------------------------------

    def press(self, chord: Chord) -> bool:
        """A key in the form; False = the text gets it."""
        sheet = self.sheet
        if sheet is None:
            return True
        if chord.key == "Tab" and chord.mods <= {"Shift"}:
            sheet.next(-1 if "Shift" in chord.mods else 1)
        elif not sheet.pressed(chord):
            return self._picks(sheet, chord)
        self.on_change()
        return True

    def _picks(self, sheet: FormSheet, chord: Chord) -> bool:
        cell = self._cell(sheet.at)
        if cell is None or cell.kind != "pick":
            return chord.text() == "Shift+Return" and self._newline()
        by = {"Left": -1, "Up": -1, "Right": 1, "Down": 1, "Space": 1}.get(chord.key, 0)
        if by and not chord.mods:
            sheet.turn(cell.key, by)
            self.on_change()
        return True

    def _newline(self) -> bool:
        if self.editor.one_line:
            return True
        self.editor.insertPlainText("\n")
        return True

    def enter(self) -> None:
        """Return: a new line where there are several, else the next field; it starts nothing."""
        sheet = self.sheet
        if sheet is None:
            return
        cell = self._cell(sheet.at)
        if sheet.enter():
            pass
        elif cell is not None and cell.kind == "lines":
            self._newline()
        else:
            sheet.next(1)
        self.on_change()

    def undo(self, again: bool) -> bool:
        """Undo (redo) in the text; True when the key was used up."""
        document = self.editor.document()
        able = document.isRedoAvailable() if again else document.isUndoAvailable()
        if self.editor.isVisible() and able:
            self.editor.redo() if again else self.editor.undo()
            return True
        return self.sheet is not None and self.sheet.swallows_undo and self.sheet.typing

    # --- mouse --------------------------------------------------

    def click(self, point: QPoint, right: bool) -> None:
        """On a button, or on a field, which is edited from then on."""
        sheet = self.sheet
        if sheet is None:
            return
        for button, rect in self._buttons():
            if rect.contains(point):
                sheet.press(button.key)
                return
        for cell in self.cells():
            if self._seen(cell.place) and cell.place.translated(self._corner).contains(point):
                if cell.kind == "pick" and sheet.at == cell.key:
                    sheet.turn(cell.key, -1 if right else 1)
                sheet.at = cell.key
                return
        for item in self._body_items():
            if item.rect.contains(point):
                item.press()
                return

    def _body_items(self) -> list[Item]:
        """What the sheet painted itself, where it lies in the panel."""
        if self.sheet is None:
            return []
        found = self.sheet.body_items(self._body.width(), self._room)
        return [replace(one, rect=one.rect.translated(self._body.topLeft())) for one in found]

    def _diff_items(self) -> list[Item]:
        """Files and lines of the diff, in px at 100 %."""
        zoom, content = self._panel.zoom, self._panel.content
        shown = self.diff.items() if self.diff.isVisible() else []
        return [
            replace(one, rect=QRect(content(one.rect.topLeft()), one.rect.size() / zoom))
            for one in shown
        ]

    def items(self) -> list[Item]:
        """What the sheet painted, its diff, fields and buttons, for the screen reader."""
        found = self._body_items() + self._diff_items()
        for cell in self.cells():
            if not self._seen(cell.place):
                continue
            rect = cell.place.translated(self._corner)
            name = f"{cell.label}, {cell.text or cell.hint}"
            found.append(Item(cell.key, name, rect, partial(self._go, cell.key), cell.wrong))
        for button, rect in self._buttons():
            press = partial(self._pressed, button.key)
            found.append(Item(button.key, button.name, rect, press, button.why))
        return found

    def _go(self, key: str) -> None:
        if self.sheet is not None:
            self.sheet.at = key
            self.on_change()

    def _pressed(self, key: str) -> None:
        if self.sheet is not None:
            self.sheet.press(key)
            self.on_change()

    # --- painting --------------------------------------------------

    def draw(self, painter: QPainter) -> None:
        """Fields, other lines, buttons."""
        sheet = self.sheet
        if sheet is None:
            return
        body = self._body
        sheet.draw_body(painter, self._ink, QRect(body.topLeft(), QSize(body.width(), self._room)))
        for title in sheet.titles(body.width(), max(self._room, sheet.needs)):
            if self._seen(QRect(*title.rect)):
                self._title(painter, title)
        for cell in self.cells():
            if self._seen(cell.place):
                self._field(painter, cell, cell.key == sheet.at)
        self._bar(painter)
        for button, rect in self._buttons():
            self._button(painter, button, rect)

    def _bar(self, painter: QPainter) -> None:
        """How far the fields are scrolled, where they do not fit."""
        needs, room = (self.sheet.needs if self.sheet is not None else 0), self._room
        if needs <= room:
            return
        body, tall = self._body, max(room * room // needs, 16)
        top = body.y() + (room - tall) * self._up // max(needs - room, 1)
        bar = QRect(body.right() + 5, top, 3, tall)
        painter.fillRect(bar, self._ink.theme.color("edgeHi"))

    def _title(self, painter: QPainter, title: Title) -> None:
        place = QRect(*title.rect).translated(self._corner)
        heavy = SEMIBOLD if title.strong else REGULAR
        style = Style(11, title.tone, heavy, "right" if title.right else "left")
        self._ink.put(painter, place, title.text, style, self._panel.rect())

    def _field(self, painter: QPainter, cell: Cell, active: bool) -> None:
        ink, place = self._ink, cell.place.translated(self._corner)
        label = QRect(place.x() + 1, place.y(), place.width() - 2, LABEL)
        wide = round(ink.put(painter, label, cell.label.upper(), CAPTION, place))
        said, style = (cell.wrong, _WRONG) if cell.wrong else (cell.warn, _WARN)
        rest = label.adjusted(wide + 8, 0, 0, 0)
        if said and rest.width() > 20:
            ink.put(painter, rest, safe(said, 200), style, place)
        inner = _inner(cell).translated(self._corner)
        edge = "accent" if active else "err" if cell.wrong else "wait" if cell.warn else "edge"
        ink.plate(painter, inner, Plate("bg" if cell.kind != "pick" else "panel2", edge, 4))
        if active and cell.kind != "pick":
            ink.note(cell.text, self.editor.geometry(), self._panel.real(self._panel.rect()))
            return
        style = _OWN if cell.own else TEXT
        text = cell.text if cell.text else cell.hint
        if not cell.text:
            style = _HINT
        if cell.kind == "pick":
            text = f"\u2039 {text} \u203a" if active else text
        self._text(painter, (safe(text, LONGEST), style), inner)

    def _text(self, painter: QPainter, text: tuple[str, Style], inner: QRect) -> None:
        room = inner.adjusted(PAD, 3, -PAD, -2)
        most = max(room.height() // ROW, 1)
        rows = wrapped(self._ink, text[0], (room.width(), most), text[1])
        top = room.y() if most > 1 else inner.center().y() - ROW // 2
        for number, row in enumerate(rows):
            place = QRect(room.x(), top + number * ROW, room.width(), ROW)
            self._ink.put(painter, place, row, text[1], inner)

    def _buttons(self) -> list[tuple[Button, QRect]]:
        """From the right, in the order given from the left."""
        if self.sheet is None:
            return []
        found, body = [], self._body
        right = body.right() + 1
        for button in reversed(list(self.sheet.buttons())):
            wide = self._wide(button)
            rect = QRect(right - wide, body.bottom() - 27, wide, 26)
            found.append((button, rect))
            right -= wide + 8
        return found[::-1]

    def _wide(self, button: Button) -> int:
        cap = round(self._ink.width(self._key(button), KEYCAP)) + 17 if button.chord else 0
        return round(self._ink.width(button.name, _STRONG)) + 22 + cap

    def _key(self, button: Button) -> str:
        return button.shown or button.chord.replace("Mod", "Ctrl")

    def _button(self, painter: QPainter, button: Button, rect: QRect) -> None:
        ink = self._ink
        edge = "accent" if button.strong and not button.why else "edgeHi"
        ink.plate(painter, rect, Plate("tile", edge, 5, fill_alpha=0.4 if button.why else 1.0))
        style = _GREY if button.why else _STRONG if button.strong else _PLAIN
        name = rect.adjusted(10, 0, -6, 0)
        wide = round(ink.put(painter, name, button.name, style, rect))
        if button.chord:
            color = "dim" if button.why else "fg"
            ink.keycap(painter, name.x() + wide + 8, rect.y() + 5, self._key(button), color)


def _inner(cell: Cell) -> QRect:
    """The field below its label."""
    return cell.place.adjusted(0, LABEL, 0, 0)


def wrapped(ink: Ink, text: str, room: tuple[int, int], style: Style) -> list[str]:
    """Rows of at most `room` = (px, rows); the last one holds the rest, to be cut with a mark."""
    width, most = room
    rows: list[str] = []
    for line in text.split("\n"):
        row = ""
        for word in line.split(" "):
            longer = f"{row} {word}" if row else word
            if row and len(rows) < most - 1 and ink.width(longer, style) > width:
                rows.append(row)
                row = word
            else:
                row = longer
            if len(row) > width:  # it is wider than any row: cut anyway
                break
        rows.append(row)
        if len(rows) > most:
            break
    if len(rows) > most:
        rows[most - 1] = f"{rows[most - 1]} \u2026"
    return rows[:most]
