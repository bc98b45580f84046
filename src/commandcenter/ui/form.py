"""A sheet of fields: what it has, what is wrong with each, and the buttons below them."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.hud.keymap import Chord
from commandcenter.ui.diff import DiffView
from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Item
from commandcenter.ui.sheet import Sheet

CellKind = Literal["line", "lines", "pick"]
"""One line of text; several; a value that Left and Right change."""


class Cell(Record, frozen=True):
    """One field. `rect` is in px at 100 % of the form's body, its label included."""

    key: str
    label: str
    text: str
    rect: tuple[int, int, int, int]
    kind: CellKind = "line"
    hint: str = ""
    """Stands there while it is empty."""
    wrong: str = ""
    """What is wrong with it, or with what it says."""
    warn: str = ""
    """Worth a look, but no error."""
    own: bool = True
    """The player's own words."""

    @property
    def place(self) -> QRect:
        """Its rectangle."""
        return QRect(*self.rect)


class Button(Record, frozen=True):
    """What can be pressed below the fields."""

    key: str
    name: str
    chord: str = ""
    why: str = ""
    strong: bool = False
    shown: str = ""
    """What the keyboard prints on the chord's key; empty = the chord itself."""


class Title(Record, frozen=True):
    """A line of the body that is no field."""

    text: str
    rect: tuple[int, int, int, int]
    tone: str = "mid"
    strong: bool = False
    right: bool = False


class FormSheet(Sheet):
    """Texts are edited in place; nothing is sent but by a button or its chord."""

    empty = ""
    at = ""
    """The key of the field that is edited."""
    needs = 0
    """Px at 100 % that its fields take at least; where there is less, they scroll."""
    swallows_undo = True
    """Mod+Z never leaves the texts."""

    @property
    def typing(self) -> bool:
        """Its fields get them."""
        return True

    def cells(self, width: int, height: int) -> Sequence[Cell]:
        """The fields that are in sight, in the order of Tab, in a body of this size."""
        return ()

    def titles(self, width: int, height: int) -> Sequence[Title]:
        """What else the body says."""
        return ()

    def buttons(self) -> Sequence[Button]:
        """What stands below the fields."""
        return ()

    def write(self, key: str, text: str) -> None:
        """The player typed into a field."""

    def turn(self, key: str, by: int) -> None:
        """Left (-1) or right (1) on a field that is picked from."""

    def press(self, button: str) -> None:
        """A button, by click or chord."""

    def next(self, by: int) -> None:
        """Tab (1) or Shift+Tab (-1)."""

    def enter(self) -> bool:
        """Return; False = as in every form: a new line, else the next field."""
        return False

    # --- what it paints itself --------------------------------------------------

    def draw_body(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """Paint the body, below its fields."""

    def body_items(self, width: int, height: int) -> Sequence[Item]:
        """What can be pressed in it; rectangles from the body's corner."""
        return ()

    def beside(self, width: int, height: int) -> QRect | None:
        """Where in the body a diff stands; None = none does."""
        return None

    def show_beside(self, view: DiffView, active: bool) -> None:
        """With each frame: what stands there; `active` = the player uses this window."""

    def scrolled(self, by: int) -> bool:
        """The wheel, down (1) or up (-1); True when it was used up."""
        return False

    def pressed(self, chord: Chord) -> bool:
        """The chord of a button; a greyed one says why."""
        for button in self.buttons():
            if button.chord and button.chord == chord.text():
                self.press(button.key)
                return True
        return False
