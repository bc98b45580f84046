"""The colours that terminal programs name, as ours: sixteen by token, the rest as they are but
always readable."""

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QColor

from commandcenter.core.base import Record
from commandcenter.ui.theme import Theme, contrast, over

if TYPE_CHECKING:
    from pyte.screens import Char

GROUND, TEXT = "bg", "fg"
_TOKENS: Final = {
    "black": "edgeHi",
    "red": "err",
    "green": "run",
    "brown": "tool",
    "blue": "think",
    "magenta": "pause",
    "cyan": "small",
    "white": "mid",
    "brightblack": "dim",
    "brightred": "err",
    "brightgreen": "sel",
    "brightbrown": "wait",
    "brightblue": "standard",
    "brightmagenta": "large",
    "bfightmagenta": "large",  # as pyte writes it
    "brightcyan": "accent",
    "brightwhite": "fg",
}
_READABLE: Final = 3.0
_STEPS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
KEPT: Final = 4096


class Look(Record, frozen=True):
    """How a run of cells looks; colours as `#rrggbb`."""

    fg: str
    bg: str
    bold: bool
    italic: bool
    under: bool
    struck: bool


class Colors:
    """Looks and QColors, each made once; a program that uses very many makes them anew."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._looks: dict[tuple[object, ...], Look] = {}
        self._colors: dict[str, QColor] = {}
        self.ground = theme.hex(GROUND)

    def look(self, cell: "Char") -> Look:
        """Of a cell."""
        key = cell[1:8]  # all but its character and its blinking
        found = self._looks.get(key)
        if found is None:
            if len(self._looks) > KEPT:
                self._looks.clear()
            found = self._looks[key] = self._made(cell)
        return found

    def color(self, hex: str) -> QColor:
        """The colour, the same object each time."""
        found = self._colors.get(hex)
        if found is None:
            if len(self._colors) > KEPT:
                self._colors.clear()
            found = self._colors[hex] = QColor(hex)
        return found

    def _made(self, cell: "Char") -> Look:
        fg, bg = self._hex(cell.fg, TEXT), self._hex(cell.bg, GROUND)
        if cell.reverse:
            fg, bg = bg, fg
        return Look(
            self._readable(fg, bg),
            bg,
            cell.bold,
            cell.italics,
            cell.underscore,
            cell.strikethrough,
        )

    def _hex(self, name: str, default: str) -> str:
        token = _TOKENS.get(name)
        if token is not None:
            return self._theme.hex(token)
        if name == "default" or len(name) != 6:  # 24 bit colours may have parts over 255
            return self._theme.hex(default)
        return f"#{name}"

    def _readable(self, fg: str, bg: str) -> str:
        """Text nearer to the lighter or darker end, as far as it takes to be read."""
        ends = (self._theme.hex(TEXT), self._theme.hex(GROUND))
        end = max(ends, key=lambda one: contrast(one, bg))
        steps = (over(end, fg, share) for share in _STEPS)
        return next((one for one in steps if contrast(one, bg) >= _READABLE), end)
