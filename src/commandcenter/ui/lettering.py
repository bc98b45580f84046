"""Texts laid out once and kept: what fits a width, cut with an ellipsis (measured.md 3)."""

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QStaticText

CACHED_TEXTS = 4096
WIDER = 1.06
"""The sum of the letters' widths is never so much more than the line: pairs stand closer."""
_PLAIN = Qt.TextFormat.PlainText
_KEPT = QStaticText.PerformanceHint.AggressiveCaching
_DOTS = "\u2026"


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


class Face:
    """A font with the figures that placing its text needs, and the texts laid out with it."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.average = self.metrics.averageCharWidth()
        self.height = self.metrics.height()
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

    def fitting(self, text: str, width: float) -> int:
        """About how many letters fit `width` px, by the sum of their widths: never too many
        by more than a few; a layout costs ten times as much as this."""
        wide = self._wide
        try:
            ends = list(accumulate(map(wide.__getitem__, text)))
        except KeyError:
            for letter in set(text) - wide.keys():
                wide[letter] = self.metrics.horizontalAdvance(letter)
            return self.fitting(text, width)
        return bisect_right(ends, width)


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
