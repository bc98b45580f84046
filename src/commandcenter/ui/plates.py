"""Rounded rectangles: fill, border, stripe, the rings of alarm and of selection."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QLinearGradient, QPainter, QPen

from commandcenter.core.base import Record
from commandcenter.ui.theme import Theme


class Plate(Record, frozen=True):
    """The look of a rounded rectangle; colours are tokens, empty = none. `radius` in px."""

    fill: str = "panel"
    border: str = "edge"
    radius: float = 6.0
    stripe: str = ""
    """A bar of 3 px down the left edge."""
    ring: str = ""
    """An outline of 1.4 px with two fading rings outside: needs you, failed."""
    select: str = ""
    """The selection's ring, outside everything."""
    fill_alpha: float = 1.0
    border_alpha: float = 1.0
    sheen: bool = False
    """A little lighter at the top, as buttons are."""

    @property
    def margin(self) -> int:
        """How far it reaches out of its rectangle, in px."""
        return 4 if self.ring or self.select else 0


def paint_plate(painter: QPainter, rect: QRectF, look: Plate, theme: Theme) -> None:
    """Paint it at its rectangle."""
    painter.setPen(Qt.PenStyle.NoPen)
    if look.fill:
        painter.setBrush(_ground(rect, look, theme))
        painter.drawRoundedRect(rect, look.radius, look.radius)
    if look.stripe:
        bar = QRectF(0, min(look.radius, 6.0), 3, rect.height() - 2 * min(look.radius, 6.0))
        painter.setBrush(theme.color(look.stripe))
        painter.drawRoundedRect(bar, 1.5, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width, grow, alpha in _outlines(look, theme.double_ring):
        painter.setPen(QPen(theme.color(color, alpha), width))
        radius = max(look.radius + grow, 0.0)
        painter.drawRoundedRect(rect.adjusted(-grow, -grow, grow, grow), radius, radius)


def _ground(rect: QRectF, look: Plate, theme: Theme) -> QBrush:
    color = theme.color(look.fill, look.fill_alpha)
    if not look.sheen:
        return QBrush(color)
    gradient = QLinearGradient(0, 0, 0, rect.height())
    gradient.setColorAt(0, theme.color("tileHi", look.fill_alpha))
    gradient.setColorAt(1, color)
    return QBrush(gradient)


def _outlines(look: Plate, double: bool) -> list[tuple[str, float, float, float]]:
    """(colour, width, px outside the edge, opacity) of each outline, innermost first."""
    found: list[tuple[str, float, float, float]] = []
    if look.ring:
        found += [(look.ring, 1.4, -0.7, 1.0)]
        if not look.select:
            found += [(look.ring, 1.6, 0.8, 0.34), (look.ring, 1.6, 2.2, 0.15)]
    elif look.border and not look.select:
        found += [(look.border, 1.0, -0.5, look.border_alpha)]
    if look.select and double:
        found += [(look.select, 1.0, 0.5, 1.0), (look.select, 1.0, 2.5, 1.0)]
    elif look.select:
        found += [
            (look.select, 1.5, 1.5, 1.0)
        ]  # its middle on whole px: one row of the full colour
    return found
