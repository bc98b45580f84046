"""Texts laid out once and kept: what fits a width, cut with an ellipsis (measured.md 3)."""

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate

import msgspec
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QStaticText

from commandcenter.ui.theme import Style

CACHED_TEXTS = 512
"""Of each font. A text costs a kB, and most figures and lines of agents never come again."""
WIDER = 1.06
"""The sum of the letters' widths is never so much more than the line: pairs stand closer."""
_PLAIN = Qt.TextFormat.PlainText
_KEPT = QStaticText.PerformanceHint.AggressiveCaching
_DOTS = "\u2026"
_SLACK = 2.5
"""Px: a line is at most 1 px wider than the sum of its letters, its box 1 px than the line."""


class Cut(msgspec.Struct):
    """A text laid out for a width, in px."""

    static: QStaticText
    width: float
    cut: bool


class Letters(msgspec.Struct, frozen=True):
    """A text with its font, colour and place; `box` and `owner` for the record."""

    text: str
    font: QFont
    color: QColor
    at: QPointF
    cut: Cut
    box: QRectF
    owner: QRectF


class Said(msgspec.Struct):
    """What an agent says now. Other words come before it was painted a few times: it is painted
    as it is, without a layout that would cost as much as five paintings."""

    text: str
    style: Style
    rect: QRect
    owner: QRect
    loose: str
    """The text where it is sure, without a layout, that it looks so; else empty."""
    font: QFont
    color: QColor
    at: QPointF
    """Where its base line begins."""
    letters: Letters | None = None


class Face:
    """A font with the figures that placing its text needs, and the texts laid out with it."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.average = self.metrics.averageCharWidth()
        self.height = self.metrics.height()
        self.ascent = self.metrics.ascent()
        self._texts: OrderedDict[tuple[str, int], Cut] = OrderedDict()
        self._wide: dict[str, float] = {}
        self.dots = self.metrics.horizontalAdvance(_DOTS)
        """The width of an ellipsis."""

    def cut(self, text: str, width: int) -> Cut:
        """The text laid out in at most `width` px."""
        found = self._texts.get((text, width))
        if found is None:
            found = self._texts[(text, width)] = _fit(text, self, width)
            if len(self._texts) > CACHED_TEXTS:
                self._texts.popitem(last=False)
        return found

    def loose(self, text: str, width: int) -> str:
        """What `cut` would lay out, where that is sure without a layout; else empty."""
        if not text or not text.isascii() or not text.isprintable():
            return ""
        ends = self._ends(text)
        if ends[-1] <= width * WIDER:
            return text if self._sure(text, ends[-1], width) else ""
        done = text[: bisect_right(ends, width - self.dots)].rstrip()
        wide = (ends[len(done) - 1] if done else width) + self.dots
        return done + _DOTS if self._sure(done + _DOTS, wide, width) else ""

    def _sure(self, text: str, wide: float, width: int) -> bool:
        """Is its layout, whose letters are `wide` px in all, no wider than this?"""
        return wide <= width - _SLACK or self.metrics.horizontalAdvance(text) <= width - 1

    def fitting(self, text: str, width: float) -> int:
        """About how many letters fit `width` px, by the sum of their widths: never too many
        by more than a few; a layout costs ten times as much as this."""
        return bisect_right(self._ends(text), width)

    def _ends(self, text: str) -> list[float]:
        """Where each letter would end, in px, if none stood closer to another."""
        wide = self._wide
        try:
            return list(accumulate(map(wide.__getitem__, text)))
        except KeyError:
            for letter in set(text) - wide.keys():
                wide[letter] = self.metrics.horizontalAdvance(letter)
            return self._ends(text)


def _fit(text: str, face: Face, width: float) -> Cut:
    """The text, or as much as fits with an ellipsis: guessed by its letters, verified."""
    text = text.replace("\n", " ")
    if face.fitting(text, width * WIDER) == len(text):
        done = _lay(text, face, False)
        if done.width <= width + 0.5:
            return done
    keep = face.fitting(text, width - face.dots)
    while keep > 0:
        done = _lay(text[:keep].rstrip() + _DOTS, face, True)
        if done.width <= width:
            return done
        keep -= max(1, int((done.width - width) / face.average))
    return _lay("", face, True)


def _lay(text: str, face: Face, cut: bool) -> Cut:
    static = QStaticText(text)
    static.setTextFormat(_PLAIN)
    static.setPerformanceHint(_KEPT)
    static.prepare(font=face.font)
    return Cut(static, static.size().width(), cut)
