"""Vector shapes in a unit box, and the few strokes they are made of."""

import math
from collections.abc import Iterable

import msgspec
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

Point = tuple[float, float]


class Shape(msgspec.Struct, frozen=True):
    """One path of a drawing: filled when `width` is 0, else stroked with a pen that wide."""

    path: QPainterPath
    width: float = 0.0
    alpha: float = 1.0


class Drawing(msgspec.Struct, frozen=True):
    """Shapes in a box of `unit` x `unit`."""

    unit: float
    shapes: tuple[Shape, ...]


def poly(points: Iterable[Point], closed: bool = True) -> QPainterPath:
    """A path through the points."""
    first, *rest = points
    path = QPainterPath(QPointF(*first))
    for x, y in rest:
        path.lineTo(x, y)
    if closed:
        path.closeSubpath()
    return path


def lines(*segments: tuple[float, float, float, float]) -> QPainterPath:
    """Separate straight strokes (x1, y1, x2, y2)."""
    path = QPainterPath()
    for x1, y1, x2, y2 in segments:
        path.moveTo(x1, y1)
        path.lineTo(x2, y2)
    return path


def circle(x: float, y: float, radius: float) -> QPainterPath:
    """A full circle."""
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> QPainterPath:
    """A rectangle, its corners rounded by `radius`."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
    return path


def arc(x: float, y: float, radius: float, start: float, span: float) -> QPainterPath:
    """A part of a circle; degrees, 0 at three o'clock, counter-clockwise."""
    rect = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
    path = QPainterPath()
    path.arcMoveTo(rect, start)
    path.arcTo(rect, start, span)
    return path


def regular(x: float, y: float, radius: float, sides: int, turn: float = 0.0) -> QPainterPath:
    """A regular polygon, turned by `turn` degrees from a corner at three o'clock."""
    corners = (math.radians(turn + 360 * n / sides) for n in range(sides))
    return poly([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in corners])


def rays(x: float, y: float, radius: float, count: int, turn: float = 0.0) -> QPainterPath:
    """Strokes from the centre outwards."""
    angles = (math.radians(turn + 360 * n / count) for n in range(count))
    return lines(*((x, y, x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles))


def joined(*paths: QPainterPath) -> QPainterPath:
    """Several paths as one."""
    path = QPainterPath()
    for part in paths:
        path.addPath(part)
    return path


def hole(outer: QPainterPath, inner: QPainterPath) -> QPainterPath:
    """The outer shape without the inner one."""
    return outer.subtracted(inner)
