"""The tooltip of the command card: it stands above the card and never over a button's key."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Record
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import SEMIBOLD, Style
from commandcenter.ui.zoom import Zoomed

LINE, PAD, GAP = 18, 12, 6
WIDE = 560
"""It is never wider, in px; a longer sentence takes two lines."""
NAME = Style(12, "fg", SEMIBOLD)
EFFECT, COST = Style(11, "mid"), Style(11, "fg", SEMIBOLD)
WHY, MEND = Style(11, "fg"), Style(11, "accent")


class Hint(Record, frozen=True):
    """The lines of a tooltip; an empty one is not shown."""

    name: str
    key: str = ""
    effect: str = ""
    cost: str = ""
    why: str = ""
    mend: str = ""

    def text(self) -> str:
        """In one line, for a voice."""
        parts = (self.name, self.effect, self.cost, self.why, self.mend)
        return " \u00b7 ".join(part for part in parts if part)


class Tip(Zoomed):
    """Shows one `Hint` above a rectangle of the window."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self.shown: Hint | None = None
        self._lines: tuple[tuple[str, Style], ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("tooltip")
        self.hide()

    def say(self, hint: Hint | None, above: QRect) -> None:
        """Stand above this part of the window; None = go."""
        if hint is None:
            self.shown = None
            self.hide()
            return
        if hint != self.shown:
            self.shown, self._lines = hint, self._told(hint)
            self.update()
        zoom, room = self.zoom, self.window().width()
        wide = min(round((self._width() + 2 * PAD) * zoom), room - 8)
        tall = round((len(self._lines) * LINE + 2 * PAD - 6) * zoom)
        left = min(max(above.right() - wide, 4), room - wide - 4)
        self.setGeometry(left, max(above.top() - tall - GAP, 4), wide, tall)
        self.show()
        self.raise_()

    def _told(self, hint: Hint) -> tuple[tuple[str, Style], ...]:
        parts = (
            (hint.name, NAME),
            (hint.effect, EFFECT),
            (hint.cost, COST),
            (hint.why, WHY),
            (hint.mend, MEND),
        )
        return tuple(
            (line, style) for text, style in parts if text for line in self._broken(text, style)
        )

    def _broken(self, text: str, style: Style) -> list[str]:
        """The text in lines that fit."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self._ink.width(longer, style) > WIDE:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def _width(self) -> int:
        found = [round(self._ink.width(text, style)) + 2 for text, style in self._lines]
        if self.shown is not None and self.shown.key and found:
            found[0] += round(self._ink.width(self.shown.key, NAME)) + 24
        return min(max(found, default=0), WIDE + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plate, then a line each."""
        if self.shown is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ink.begin(self)
        self._ink.cover(self)
        painter.fillRect(QRect(QPoint(0, 0), self.size()), self._ink.theme.color("bg"))
        self.magnify(painter)
        rect = self.rect()
        self._ink.plate(painter, rect, Plate("panel2", "edgeHi", 6))
        left = PAD
        if self.shown.key:
            left += round(self._ink.keycap(painter, PAD, PAD - 2, self.shown.key)) + 8
        for number, (text, style) in enumerate(self._lines):
            x = left if number == 0 else PAD
            row = QRect(x, PAD - 5 + number * LINE, rect.width() - x - PAD + 4, LINE)
            self._ink.put(painter, row, text, style, rect)
        painter.end()
