"""The bases a profile of keys may start from: each moves the keys of the shipped `grid`."""

from collections.abc import Mapping

from commandcenter.core.base import Record

CARD = ("Q", "W", "E", "R", "T", "A", "S", "D", "F", "G", "Z", "X", "C", "V", "B")
"""The card's fifteen places in the shipped table, row by row."""


class Base(Record, frozen=True):
    """`moves` holds for chords without Mod and Alt; `bind` then names keys anew."""

    name: str
    text: str
    moves: Mapping[str, str] = {}
    bind: Mapping[str, tuple[str, ...]] = {}

    def moved(self, key: str) -> str:
        """Where a key of the shipped table lies in this base."""
        return self.moves.get(key, key)


def _swapped(one: str, other: str) -> dict[str, str]:
    pairs = list(zip(one, other, strict=True))
    return {a: b for pair in pairs for a, b in (pair, pair[::-1])}


_LEFT = _swapped("QWERTASDFGZXCVB", "POIUY;LKJH/.,MN")
"""For the left hand on the mouse: the card lies under the right one."""
_LETTERS = dict(
    zip(
        "QWERTASDFGZXCVBNJHYUIOKPML",
        "SIPLGADMUWBXCVORJHYEFNKZTQ",
        strict=True,
    )
)
"""Steer S, Interrupt I, Pause P, Loop L, Goal G, reAssign A, Divide, Merge, Up, Weaker, Budget,
X, Checkpoint, Verify, Other; Rally R, Zoom out Z, Tint T, Queue Q. A permutation: none collide."""
BASES: dict[str, Base] = {
    "grid": Base("grid", "the card under the left hand, by place"),
    "grid_left": Base("grid_left", "mirrored: the card under the right hand", _LEFT),
    "letters": Base(
        "letters",
        "the first letter of each order",
        _LETTERS,
        {
            "approval.deny": ("N",),
            "approval.deny_with_words": ("Shift+N",),
        },
    ),
    "aoe2": Base(
        "aoe2",
        "as in Age of Empires II: Space centres, H the next town, Del ends",
        {},
        {
            "camera.center_selection": ("Space",),
            "alert.recall": ("K", "Home"),
            "operation.cycle": ("H", "Backspace"),
            "order.kill": ("X", "Del"),
        },
    ),
}
