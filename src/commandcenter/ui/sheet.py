"""What can stand in the overlay: a title, perhaps a text field, and lines to choose from."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.hud.keymap import Chord
from commandcenter.ui.paint import Ink


class Choice(Record, frozen=True):
    """One line. `key` is a chord's text; `why` says why it cannot be chosen now."""

    name: str
    note: str = ""
    key: str = ""
    why: str = ""
    id: str = ""
    """The mark follows it when lines come and go; empty = the line's place."""
    glyph: str = ""
    """As `Ink.glyph` names it: `state:run`, `kind:claude`, `icon:steer`."""
    color: str = "mid"
    """Of the glyph."""
    tone: str = "fg"
    """Of the name; `accent` for the player's own words."""
    heading: bool = False
    """It names what follows and cannot be marked."""


class Sheet:
    """One kind of overlay. What it answers is read anew with each frame; it paints nothing itself
    but `draw_top`."""

    opener = ""
    """The action id whose key closes it again."""
    title = ""
    hint = ""
    """What the empty text field says; empty = it has no field."""
    foot = ""
    """One line below the lines."""
    empty = "nothing to list"
    wide, tall = 720, 560
    """Wanted size in px; it never outgrows map and inspector."""
    top = 0
    """Px above the lines that `draw_top` paints."""
    before: "Sheet | None" = None
    """Esc leads back to it."""
    grabs = False
    """The next key goes to `pressed` whatever it is bound to."""

    @property
    def typing(self) -> bool:
        """Does text get the keys that are bound to nothing?"""
        return bool(self.hint)

    def choices(self) -> Sequence[Choice]:
        """The lines as they are now."""
        return ()

    def about(self) -> str:
        """One line under the title or the field."""
        return ""

    def typed(self, text: str) -> None:
        """The text in the field is another."""

    def chosen(self, index: int) -> None:
        """Return, or a click, on a line that has no `why`."""

    def other(self, index: int) -> None:
        """Shift+Return, or a right click, on a line."""

    def turned(self, index: int, by: int) -> bool:
        """Left (-1) or Right (1) on a line; True when it was used up."""
        return False

    def pressed(self, chord: Chord) -> bool:
        """A key that is bound to nothing in an overlay; True when it was used up."""
        return False

    def back(self) -> bool:
        """Esc; True when it closed something inside the sheet."""
        return False

    def painted(self, first: int, last: int) -> None:
        """The lines `first` to `last` have just been painted."""

    def closed(self) -> None:
        """It is no longer shown."""

    def draw_top(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """Paint the `top` px above the lines."""

    def top_clicked(self, x: int, y: int) -> None:
        """A click in what `draw_top` painted, px from its corner."""


class Host(Protocol):
    """The one widget that shows a sheet."""

    def follow(self) -> None:
        """Show the screen's sheet, or hide, at once."""
        ...

    def step(self, by: int) -> None:
        """The mark so many lines down (up when negative)."""
        ...

    def page(self, by: int) -> None:
        """The mark one page down (1) or up (-1)."""
        ...

    def accept(self, other: bool = False) -> None:
        """Choose the marked line."""
        ...

    def turn(self, by: int) -> bool:
        """Left or Right on the marked line; True when used up."""
        ...

    def form_press(self, chord: Chord) -> bool | None:
        """A key in a form: True = used up, False = the text gets it; None = there is no form."""
        ...

    def fill(self, text: str) -> None:
        """Put this text into the field."""
        ...

    def text_undo(self, again: bool) -> bool:
        """Undo (redo) inside the text field; False when it has nothing to undo."""
        ...
