"""The buttons that decide the shown case by mouse; the guards of their keys hold for them too."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.portrait import Portrait
from commandcenter.ui.theme import KEYCAP, SEMIBOLD, Style

DANGER = 3
"""From this level on allowing has a key of its own."""
_WORD = Style(11, "fg", SEMIBOLD)
_PAD, _GAP = 6, 8


class Verdict(Record, frozen=True):
    """One button: the action it does, its key as printed, its word."""

    action: str
    key: str
    word: str
    rect: QRect


def verdicts(view: Portrait, ink: Ink, row: QRect) -> list[Verdict]:
    """The buttons of a case, from the left, at the right end of a row; none without a case."""
    if view.empty or (view.level < 0 and not view.question):
        return []
    allow = "approval.allow_danger" if view.level >= DANGER else "approval.allow_once"
    first = ("approval.message", "Q", "Answer") if view.question else (allow, "Y", "Allow")
    if view.level >= DANGER:
        first = (allow, "Shift+Y", "Allow")
    found, right = [], row.right() + 1
    for action, shipped, word in (("approval.deny", "N", "Deny"), first):
        key = ink.key_of(action, shipped)
        wide = _cap(ink, key) + round(ink.width(word, _WORD)) + 1 + 3 * _PAD
        rect = QRect(right - wide, row.y(), wide, row.height())
        found.append(Verdict(action, key, word, rect))
        right -= wide + _GAP
    return found[::-1]


def draw_verdict(ink: Ink, painter: QPainter, one: Verdict) -> None:
    """Its key, then its word."""
    rect = one.rect
    ink.plate(painter, rect, Plate("tile", "edgeHi", 5))
    ink.keycap(painter, rect.x() + _PAD, rect.y() + (rect.height() - 15) // 2, one.key)
    left = rect.x() + _PAD + _cap(ink, one.key) + _PAD
    word = QRect(left, rect.y(), rect.right() - left, rect.height())
    ink.put(painter, word, one.word, _WORD, rect)


def _cap(ink: Ink, key: str) -> int:
    return max(16, round(ink.width(key, KEYCAP)) + 9)
