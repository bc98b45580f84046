"""The composer: one text field at the foot of the selection panel; drafts are kept."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QRect, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.completing import TEMPLATE, Begun, begun, choices, completed, filled
from commandcenter.ui.field import LONGEST, TEXT_STYLE, Field
from commandcenter.ui.letter import Letter, Receiver
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.pictures import Picture
from commandcenter.ui.theme import BOLD, SEMIBOLD, Style
from commandcenter.ui.zoom import Zoomed

LINES = 6
RECALL = 50
RECALLED_CHARS = 4_000
HEAD = 24
HEAD_STYLE = Style(11, "accent", BOLD, spacing=0.6)
NOTE_STYLE = Style(11, "dim", align="right")
TO, GONE = Style(11, "fg", SEMIBOLD), Style(11, "dim", SEMIBOLD)
OFFER_CHARS = 40
CHIP_LINES = 20
"""A paste of more lines stands as a chip in the text."""
OFFER, OFFER_ON = Style(11, "dim"), Style(11, "accent", BOLD)
CHIP = Style(10, "accent", BOLD)
ESC, PASTE = "Esc", "Paste"
HINT_STYLE = Style(13, "dim")


class Composer(Zoomed):
    """Closed it shows the kept draft and its key; open it holds the keyboard and grows upwards."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._place = QRect()
        self.history: tuple[str, ...] = ()
        """The last 50 texts that went out, oldest first."""
        self._recalled = 0
        self._pasted: dict[str, str] = {}
        """Chip -> the text it stands for."""
        self._receivers: tuple[Receiver, ...] = ()
        self._headed = True
        self.letter: Letter | None = None
        """What is being written; None = closed."""
        self.rest = Letter("steer", "STEER")
        """What Return would write to now, and its draft."""
        self.rest_text = ""
        self.key_label = "Return"
        self.on_changed: Callable[[], None] = lambda: None
        self.on_clicked: Callable[[], None] = lambda: None
        self.on_send: Callable[[], None] = lambda: None
        self.on_leave: Callable[[], None] = lambda: None
        self.names: Callable[[str], tuple[str, ...]] = lambda sign: ()
        """What `/`, `@` or `@@` may be completed to."""
        self.template: Callable[[str], str] = lambda name: ""
        """The text of a template."""
        self.on_picture: Callable[[QMimeData], None] = lambda source: None
        self.on_dropped: Callable[[], None] = lambda: None
        self.shown: Picture | None = None
        """The picture that goes along."""
        self._begun: Begun | None = None
        self.offers: tuple[str, ...] = ()
        self.marked = 0
        self.field = Field(ink, self, self)
        self.field.hide()
        self.field.textChanged.connect(lambda: self._changed())
        self.setAccessibleName("composer")

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.field.toPlainText()

    @property
    def whole(self) -> str:
        """What stands in the field, with every chip as the text it stands for."""
        text = self.text
        for chip, pasted in self._pasted.items():
            text = text.replace(chip, pasted)
        return text

    def place(self, rect: QRect) -> None:
        """The reserved place; an open composer grows out of it upwards."""
        self._place = rect
        self._lay()

    def open(self, letter: Letter, draft: str) -> None:
        """Take the keyboard."""
        self.letter = letter
        self._recalled = 0
        self._begun, self.offers = None, ()
        for chip, pasted in self._pasted.items():
            draft = draft.replace(pasted, chip)
        self.field.blockSignals(True)
        self.field.setPlainText(draft)
        self.field.blockSignals(False)
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)
        self._lay()
        self.raise_()
        self.field.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        if letter.offers:
            self.offer()
        self.update()

    def close_field(self) -> str:
        """Give the keyboard back; returns what was written."""
        text = self.whole
        self.letter = self.shown = None
        self.offers = ()
        self.field.hide()
        self._lay()
        self.update()
        return text

    def sent(self, text: str) -> None:
        """Remember a text that went out, for recall."""
        if text and text not in self.history[-1:]:
            self.history = (*self.history, text[:RECALLED_CHARS])[-RECALL:]

    def show_receivers(self, receivers: tuple[Receiver, ...]) -> None:
        """Who gets it, as they are now."""
        if receivers != self._receivers:
            self._receivers = receivers
            self.update()

    def show_rest(self, letter: Letter, draft: str) -> None:
        """What a closed composer shows."""
        if (letter, draft) != (self.rest, self.rest_text):
            self.rest, self.rest_text = letter, draft
            if self.letter is None:
                self.update()

    # --- what the field tells --------------------------------------------------

    def recall(self) -> str:
        """The text sent before, and the one before that."""
        self._recalled = min(self._recalled + 1, len(self.history))
        return self.history[-self._recalled] if self._recalled else ""

    def pasted(self, text: str) -> str:
        """What stands in the field for a pasted text: itself, or a chip where it is long."""
        count = text.strip("\n").count("\n") + 1
        if count <= CHIP_LINES or self.letter is None or self.letter.use == "list":
            return text
        chip = f"[{count} lines pasted]"
        if self._pasted.get(chip, text) != text:
            chip = f"[{count} lines pasted, {len(self._pasted) + 1}]"
        self._pasted[chip] = text
        return chip

    def chip_before(self, text: str) -> str:
        """The chip that a text ends with; empty = none."""
        return next((chip for chip in self._pasted if text.endswith(chip)), "")

    def arrow(self, by: int) -> bool:
        """Up and down choose among the offers."""
        if not self.offers:
            return False
        self.marked = (self.marked + by) % len(self.offers)
        self.update()
        return True

    def picture(self, source: QMimeData) -> None:
        """A picture was pasted or dropped."""
        self.on_picture(source)

    def backspace(self) -> bool:
        """Before all text: the picture does not go along."""
        if self.shown is None:
            return False
        self.on_dropped()
        return True

    def show_picture(self, picture: Picture | None) -> None:
        """The picture that goes along, as a chip."""
        self.shown = picture
        self._lay()
        self.update()

    def complete(self) -> bool:
        """Tab: the marked offer becomes the word; False when there is none."""
        if not self.offers or self._begun is None:
            return False
        cursor = self.field.textCursor().position()
        choice = self.offers[self.marked]
        if self.letter is not None and self.letter.offers:
            self.field.replace(choice, len(choice))
        elif self._begun.sign == TEMPLATE:
            self.field.replace(*filled(self.text, cursor, self._begun, self.template(choice)))
        else:
            self.field.replace(*completed(self.text, cursor, self._begun, choice))
        return True

    def offer(self) -> None:
        """Look anew at what the word under the cursor may become."""
        if self.letter is not None and self.letter.offers:
            self._begun, names = Begun("", self.text, 0), self.letter.offers
        else:
            self._begun = begun(self.text, self.field.textCursor().position())
            names = self.names(self._begun.sign) if self._begun else ()
        self.offers = choices(self._begun.word, names) if self._begun else ()
        self.marked = 0
        self._lay()
        self.update()

    def _changed(self) -> None:
        if len(self.text) > LONGEST:
            self.field.textCursor().deletePreviousChar()
        self.offer()
        self.on_changed()

    def _lay(self) -> None:
        """The field's rectangle; the widget is as tall as its text, up to six lines."""
        if self._place.isNull():
            return
        step = round(QFontMetricsF(self._ink.theme.font(TEXT_STYLE)).lineSpacing())
        least = self.letter.rows if self.letter is not None else 1
        lines = min(max(self._rows(), least), LINES) if self.letter is not None else 1
        self._headed = self._place.height() >= 44 or self.letter is not None
        height = max(self._place.height(), HEAD + lines * step + 8 if self._headed else 0)
        place = self._place.adjusted(0, self._place.height() - height, 0, 0)
        panel = self.parentWidget()
        found = panel.pinned(place) if isinstance(panel, Zoomed) else place
        if panel is not None and found.y() != self.y():
            panel.update()  # it leaves out what would be half covered
        self.setGeometry(found)
        left, right, top = 14, 14, HEAD
        if not self._headed:
            left, right, top = self._head_width() + 26, 90, (height - step) // 2
        width = max(self.width() - left - right, 40)
        self.field.setGeometry(self.real(QRect(left, top, width, height - top - 4)))

    def _rows(self) -> int:
        """How many rows the text takes at the field's width."""
        block, rows = self.field.document().firstBlock(), 0
        while block.isValid() and rows < LINES:
            rows += max(block.layout().lineCount(), 1)
            block = block.next()
        return rows

    def _head_width(self) -> int:
        letter = self.letter or self.rest
        return round(self._ink.width(letter.head, HEAD_STYLE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click is Return; on a cap of an open composer it is what the cap says."""
        if self.letter is None:
            self.on_clicked()
            return
        at = event.position().toPoint()
        for act, _, place in self._caps(6):
            if place.adjusted(-4, -5, 4, 5).contains(at):
                act()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, head, receivers, and the kept draft while closed."""
        painter = QPainter(self)
        self._ink.begin(self)
        if self.zoom != 1.0 or self.letter is not None:  # it lies over the panel's content
            self._ink.cover(self)
        self.magnify(painter)
        painter.fillRect(self.rect(), self._ink.theme.color("panel"))
        edge = "accent" if self.letter is not None else "edgeHi"
        self._ink.plate(painter, self.rect(), Plate("bg", edge, 6))
        letter = self.letter or self.rest
        if self._headed:
            self._paint_tall(painter, letter)
        else:
            self._paint_low(painter, letter)
        self._note_field()
        painter.end()

    def _paint_tall(self, painter: QPainter, letter: Letter) -> None:
        ink, rect = self._ink, self.rect()
        ink.put(painter, QRect(14, 6, 200, 16), letter.head, HEAD_STYLE, rect)
        cap = self._cap(painter, 6)
        left = self._to(painter, 14 + self._head_width() + 10, cap - 10)
        left = max(self._chip(painter, left) + 12, 140)
        if self.offers:
            self._offers(painter, QRect(left, 6, cap - 10 - left, 16))
        else:
            note = QRect(left, 6, cap - 10 - left, 16)
            ink.put(painter, note, self._note(letter), NOTE_STYLE, rect)
        if self.letter is None:
            self._draft(painter, QRect(14, 24, rect.width() - 28, rect.height() - 29))

    def _to(self, painter: QPainter, left: int, right: int) -> int:
        """An arrow and the receivers, those that ended struck through; returns their right edge."""
        if self.letter is None or not self._receivers:
            return left
        room = left + (right - left) * 3 // 5
        ink, x = self._ink, left
        x += round(ink.put(painter, QRect(x, 6, 16, 16), "\u2192", TO, self.rect())) + 6
        for nth, one in enumerate(self._receivers):
            style, more = (GONE if one.gone else TO), nth < len(self._receivers) - 1
            words = one.name + "," * (more and not one.gone)
            wide = round(ink.width(words, style)) + 1
            if x + wide > room and nth:
                x += round(ink.put(painter, QRect(x, 6, 16, 16), "\u2026", TO, self.rect()))
                break
            wide = min(wide, max(room - x, 40))
            ink.put(painter, QRect(x, 6, wide, 16), words, style, self.rect())
            if one.gone:
                painter.fillRect(QRect(x, 14, wide, 1), ink.theme.color("mid"))
            x += wide + 6
        return x + 4

    def _chip(self, painter: QPainter, left: int) -> int:
        """The picture that goes along; returns its right edge."""
        if self.shown is None or self.letter is None:
            return left
        words = self.shown.words()
        plate = QRect(left, 6, round(self._ink.width(words, CHIP)) + 12, 16)
        self._ink.plate(painter, plate, Plate("accent", "", 4, fill_alpha=0.16))
        self._ink.put(painter, plate.adjusted(6, 0, -4, 0), words, CHIP, self.rect())
        return plate.right()

    def _offers(self, painter: QPainter, place: QRect) -> None:
        """Tab and the names it may become, the marked one first in colour."""
        ink, sign = self._ink, self._begun.sign if self._begun else ""
        x = place.x() + round(ink.keycap(painter, place.x(), place.y(), "Tab")) + 10
        for number, name in enumerate(self.offers):
            style, shown = (OFFER_ON if number == self.marked else OFFER), name.replace("\n", " ")
            words = sign + shown[:OFFER_CHARS] + "\u2026" * (len(shown) > OFFER_CHARS)
            wide = round(ink.width(words, style))
            if x + wide > place.right():
                break
            ink.put(painter, QRect(x, place.y(), wide + 1, 16), words, style, self.rect())
            x += wide + 12

    def _paint_low(self, painter: QPainter, letter: Letter) -> None:
        ink, rect = self._ink, self.rect()
        width = self._head_width()
        ink.put(painter, QRect(12, 0, width + 2, rect.height()), letter.head, HEAD_STYLE, rect)
        cap = self._cap(painter, (rect.height() - 15) // 2)
        if self.letter is None:
            self._draft(painter, QRect(width + 26, 0, cap - width - 36, rect.height()))

    def _cap(self, painter: QPainter, top: int) -> int:
        """The caps at the right; returns the left edge of the last."""
        left = self.width()
        for _, label, place in self._caps(top):
            color = "accent" if label == PASTE else "fg"
            self._ink.keycap(painter, place.x(), place.y(), label, color)
            left = place.x()
        return left

    def _caps(self, top: int) -> list[tuple[Callable[[], None], str, QRect]]:
        """From the right: the key that sends; while open also the way out, and what a mouse has
        instead of typing."""
        acts: list[tuple[Callable[[], None], str]] = [(self.on_send, self.key_label)]
        if self.letter is not None:
            acts += [(self.on_leave, ESC), (self.field.paste, PASTE)]
        found, right = [], self.width() - 14
        for act, label in acts:
            wide = max(round(self._ink.width(label, Style(9, "fg", BOLD))) + 9, 16)
            found.append((act, label, QRect(right - wide, top, wide, 15)))
            right -= wide + 6
        return found

    def _note(self, letter: Letter) -> str:
        if self.letter is None and self.rest_text:
            return f"{letter.note} · draft kept" if letter.note else "draft kept"
        return letter.note

    def _draft(self, painter: QPainter, rect: QRect) -> None:
        text = self.rest_text.replace("\n", " ")
        style = TEXT_STYLE if text else HINT_STYLE
        self._ink.put(painter, rect, text or self.rest.hint, style, self.rect())

    def _note_field(self) -> None:
        """The field's own text for the record of painted texts."""
        if self.letter is not None and self.text:
            self._ink.note(self.text, self.field.geometry(), self.real(self.rect()))
            return
        if self.letter is not None and self.letter.hint:
            self.field.setPlaceholderText(self.letter.hint)
