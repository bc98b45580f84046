"""Sparklines as polygons, made when a bin closes (screen.md 5)."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF


class Line(msgspec.Struct, frozen=True):
    """A sparkline as polygons in a `width` x `height` box; made when a bin closes."""

    curve: QPolygonF
    area: QPolygonF
    width: float
    height: float
    filled: bool = True
    """Paint the area below it too."""


def sparkline(
    samples: Sequence[float], width: float, height: float, top: float = 0.0, filled: bool = True
) -> Line:
    """The samples, oldest first, as a line; `top` = the value at full height (0: the largest)."""
    highest = top or max(samples, default=0) or 1.0
    values = samples if len(samples) > 1 else [*samples, *([0.0] * (2 - len(samples)))]
    low, scale = height - 1.0, (height - 2.0) / highest
    points = _points(len(values), width)
    for point, value in zip(points, values, strict=True):
        point.setY(low - value * scale)
    curve = QPolygonF(points)
    area = QPolygonF(curve)
    area.append(QPointF(width, height))
    area.append(QPointF(0.0, height))
    return Line(curve, area, width, height, filled)


@lru_cache(maxsize=64)
def _points(count: int, width: float) -> list[QPointF]:
    """Points to be reused: setting a height costs a tenth of building a point."""
    return [QPointF(n * width / (count - 1), 0.0) for n in range(count)]
