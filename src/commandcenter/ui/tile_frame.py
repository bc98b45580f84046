"""Where things lie in a tile of each step, at L2 and nearer (screen.md 4)."""

from functools import lru_cache

import msgspec
from PySide6.QtCore import QRect, QRectF

from commandcenter.hud.layout import Step

BRIEF_ROW, TAIL_ROW = 15, 14
PANE_SPARK = 24
"""Px of a pane's line: what is above it shows the tail of the transcript."""
TAIL_STEP = 6.6
"""Px of a letter of the mono type at 11 px."""
CHIPS = 3
"""So many chips of what is queued; the last one has the count when more wait."""
CHIP_PX, UNSEEN_PX = 13, 29
"""Px that a queued text's chip and the mark of unseen results take of the line."""


class Frame(msgspec.Struct, frozen=True):
    """Where things lie in a tile of one step, relative to its top left."""

    whole: QRect
    glyph: QRect
    fuse: QRectF
    name: QRect
    kind: QRect
    plate: QRect
    line: QRect
    spark: QRect
    brief: QRect
    """Empty below L4."""
    track: QRect
    facts: QRect
    bars: tuple[QRect, ...]


@lru_cache(maxsize=64)
def frame(step: Step) -> Frame:
    """The places inside a tile of `step`, at L2 and nearer."""
    w, h, near = step.w, step.h, step.level in ("L3", "L4")
    first = 5 if h >= 56 else 3
    row = QRect(0, first, w, 16)
    foot = h - 4
    if near:
        text, facts = h - 52, QRect(9, h - 38, w - 18, 12)
    else:
        text, facts = (h - 21 if h >= 56 else h - 20), QRect()
    top = row.bottom() + (2 if h >= 56 else 0)
    room = text - PANE_SPARK - top - 6 if step.level == "L4" else 0
    brief = QRect(9, top + 4, w - 18, room)
    top = text - PANE_SPARK if room else top
    third = (w - 18 - 16) // 3
    bars = tuple(QRect(9 + n * (third + 8), h - 24, third, 18) for n in range(3)) if near else ()
    return Frame(
        QRect(0, 0, w, h),
        QRect(9, row.y() + 3, 10, 10),
        QRectF(7.25, row.y() + 1.25, 13.5, 13.5),
        QRect(24, row.y(), w - 24 - 35, 16),
        QRect(w - 31, row.y() + 4, 9, 9),
        QRect(w - 19, row.y() + 1, 14, 14),
        QRect(9, text, w - 15, 14),
        QRect(9, top, w - 18, text - top - 1),
        brief,
        QRect(9, foot, w - 18, 2),
        facts,
        bars,
    )


def tail_columns(width: int) -> int:
    """How many letters of a transcript's tail fit so many px."""
    return max(int(width / TAIL_STEP), 8)
