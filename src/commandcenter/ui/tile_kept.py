"""What a tile keeps of its picture at one step of the ladder, as long as it stays the same."""

import msgspec
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPixmap

from commandcenter.hud.layout import Step
from commandcenter.ui.lettering import Letters, Said
from commandcenter.ui.paint import Line, Stamp

STEPS = 3
"""So many steps are kept: the player zooms in and out again."""


class Still(msgspec.Struct, frozen=True):
    """The picture of what stands still while the thread talks, and the texts in it."""

    at: QPointF
    picture: QPixmap
    texts: tuple[Letters, ...]


class Kept:
    """Each part beside the key it was made for."""

    __slots__ = (
        "bins",
        "chip",
        "chipped",
        "drawn",
        "drawn_key",
        "lettered",
        "letters",
        "line",
        "said",
        "said_key",
        "stamped",
        "stamps",
        "still",
        "still_key",
    )

    def __init__(self) -> None:
        self.line: Line | None = None
        self.bins: tuple[object, ...] = ()
        self.stamps: tuple[Stamp, ...] = ()
        self.stamped: tuple[object, ...] = ()
        self.letters: tuple[Letters, ...] = ()
        self.lettered: tuple[object, ...] = ()
        self.chip: tuple[tuple[Stamp, ...], tuple[Letters, ...]] = ((), ())
        self.chipped: tuple[object, ...] = ()
        self.drawn: QPixmap | None = None
        self.drawn_key: tuple[object, ...] = ()
        self.said: Said | None = None
        self.said_key: tuple[object, ...] = ()
        self.still: Still | None = None
        self.still_key: tuple[object, ...] = ()

    def release(self) -> None:
        """Let the tile's own pictures go; they are made again when it is painted."""
        self.drawn = self.still = None
        self.drawn_key = self.still_key = ()


def kept_at(shelf: dict[Step, Kept], step: Step) -> Kept:
    """What is kept at this step; the step left longest ago is dropped."""
    found = shelf.get(step)
    if found is None:
        if len(shelf) >= STEPS:
            del shelf[next(iter(shelf))]
        found = shelf[step] = Kept()
    return found
