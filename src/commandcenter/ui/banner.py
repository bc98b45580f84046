"""The strip over the map's top: the engine is away, what was missed, the window is too small."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from commandcenter.hud.layout import MIN_WINDOW
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.theme import SEMIBOLD, Style
from commandcenter.ui.zoom import Zoomed

HEIGHT = 34
STYLE = Style(12, "fg", SEMIBOLD)
SMALL = "This window is {w} x {h}; below {least_w} x {least_h} parts of the screen are cut off."
MISSED = "{n} events while the engine was away · Space goes to what was alerted"
ONE_MISSED = "1 event while the engine was away · Space goes to what was alerted"


class Banner(Zoomed):
    """One sentence on a plate; the gravest one there is. It takes no click and no key."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self._ink = ink
        self._trouble = ""
        self._small = ""
        self._news = ""
        self._seen: tuple[str, str] | None = None
        self._room = QRect(0, 0, 800, 0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("engine away")
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; empty = it is hidden."""
        return self._trouble or self._small or self._news

    def say(self, text: str) -> None:
        """The link's trouble; empty = it is well."""
        self._trouble = text
        self._look()

    def missed(self, count: int) -> None:
        """So many entries came while the link was lost; 0 = the player went on."""
        self._news = MISSED.format(n=f"{count:,}") if count > 1 else ONE_MISSED * bool(count)
        self._look()

    def measure(self, size: QSize) -> None:
        """The window's size: below the least one that is said."""
        least_w, least_h = MIN_WINDOW
        fits = size.width() >= least_w and size.height() >= least_h
        self._small = (
            ""
            if fits
            else SMALL.format(w=size.width(), h=size.height(), least_w=least_w, least_h=least_h)
        )
        self._look()

    def _look(self) -> None:
        tone = "err" if self._trouble else "accent" if self._news and not self._small else "edgeHi"
        if (self.text, tone) == self._seen:
            return
        self._seen = (self.text, tone)
        self.place(self._room)
        self.setVisible(bool(self.text))
        self.raise_()
        self.update()

    def place(self, room: QRect) -> None:
        """In the middle of the top of `room`, as large as its text wants."""
        self._room = room
        wide = round((self._ink.width(self.text, STYLE) + 30) * self.zoom)
        wide = min(wide, room.width())
        x = room.x() + (room.width() - wide) // 2
        self.setGeometry(x, room.y(), wide, round(HEIGHT * self.zoom))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plate and its sentence."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ink.begin(self)
        self._ink.cover(self)
        self.magnify(painter)
        tone = self._seen[1] if self._seen else "edgeHi"
        self._ink.plate(painter, self.rect(), Plate("panel2", tone, 6))
        row = self.rect().adjusted(14, 0, -14, 0)
        self._ink.put(painter, row, self.text, STYLE, self.rect())
        painter.end()
