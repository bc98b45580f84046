"""State glyphs, kind marks and small signs: shape says what colour says (screen.md 3)."""

from PySide6.QtGui import QPainterPath

from commandcenter.ui.shapes import (
    Drawing,
    Shape,
    arc,
    box,
    circle,
    hole,
    joined,
    lines,
    poly,
    rays,
    regular,
)

_UNIT = 16.0


def _drawing(*shapes: Shape) -> Drawing:
    return Drawing(_UNIT, shapes)


def _filled(path: QPainterPath) -> Drawing:
    return _drawing(Shape(path))


def _stroked(path: QPainterPath, width: float) -> Drawing:
    return _drawing(Shape(path, width))


def _warning() -> QPainterPath:
    body = poly([(8, 1), (15.4, 14.6), (0.6, 14.6)])
    mark = joined(box(7.1, 5.6, 1.8, 4.6, 0.8), circle(8, 12.2, 1.05))
    return hole(body, mark)


def _bars(x1: float, x2: float, top: float, width: float) -> QPainterPath:
    return joined(
        box(x1, top, width, 16 - 2 * top, 0.6), box(x2 - width, top, width, 16 - 2 * top, 0.6)
    )


_HOURGLASS = joined(
    lines((3.2, 1.8, 12.8, 1.8), (3.2, 14.2, 12.8, 14.2)),
    poly([(4.4, 2), (4.4, 4.6), (8, 8), (4.4, 11.4), (4.4, 14)], closed=False),
    poly([(11.6, 2), (11.6, 4.6), (8, 8), (11.6, 11.4), (11.6, 14)], closed=False),
)
_SAND = poly([(8, 9.4), (10.4, 12), (10.4, 13.2), (5.6, 13.2), (5.6, 12)])
_TICK = poly([(1.8, 8.8), (6, 13), (14.4, 3.4)], closed=False)
_CROSS = lines((3, 3, 13, 13), (13, 3, 3, 13))
_DIAMOND = poly([(8, 1.2), (14.8, 8), (8, 14.8), (1.2, 8)])
_EYE = joined(
    poly([(1, 8), (4, 4.6), (8, 3.4), (12, 4.6), (15, 8), (12, 11.4), (8, 12.6), (4, 11.4)]),
    circle(8, 8, 2),
)

STATES: dict[str, Drawing] = {
    "run": _filled(poly([(3, 1.4), (15.2, 8), (3, 14.6)])),
    "think": _stroked(arc(8, 8, 6.3, 40, 280), 2.4),
    "tool": _filled(regular(8, 8, 6.6, 6, 30)),
    "needs": _filled(_warning()),
    "waiting": _drawing(Shape(_HOURGLASS, 1.5), Shape(_SAND)),
    "idle": _stroked(circle(8, 8, 5.4), 1.7),
    "away": _drawing(
        Shape(circle(8, 8, 6.2), 1.3), Shape(hole(circle(7.6, 8, 3.4), circle(9.6, 7, 3)))
    ),
    "paused": _filled(_bars(2.6, 13.4, 2.2, 3.6)),
    "pausing": _stroked(_bars(2.8, 13.2, 2.6, 3.4), 1.3),
    "frozen": _drawing(Shape(circle(8, 8, 7), 1.5), Shape(_bars(5, 11, 4.8, 2))),
    "fuse": _filled(_bars(5, 11, 4.8, 2)),
    "done": _stroked(_TICK, 2.0),
    "killed": _filled(box(2, 6.8, 12, 2.6, 1.2)),
    "failed": _stroked(_CROSS, 2.6),
    "unseen": _stroked(_DIAMOND, 1.8),
}
"""What `hud.seen` names as a glyph, in 16 x 16. `fuse` is its inside; the ring is painted live."""
KINDS: dict[str, Drawing] = {
    "claude": _stroked(rays(8, 8, 6.6, 6, 90), 2.1),
    "codex": _stroked(
        joined(poly([(1.5, 3), (6.5, 8), (1.5, 13)], closed=False), lines((9, 13, 15, 13))), 2.1
    ),
    "opencode": _stroked(box(2.6, 2.6, 10.8, 10.8), 2.1),
    "native": _stroked(lines((8, 1.6, 8, 14.4), (1.6, 8, 14.4, 8)), 2.1),
    "acp": _stroked(circle(8, 8, 5.8), 2.1),
    "terminal": _stroked(poly([(3, 10.6), (8, 4.6), (13, 10.6)], closed=False), 2.1),
    "observe": _stroked(_EYE, 1.8),
}
"""Agent kind -> its mark, painted 9 px large."""
LOGO = _drawing(Shape(hole(regular(8, 8, 7.8, 6), regular(8, 8, 3.6, 6))))
"""The sign beside the program's name."""


def kind_of(driver: str) -> str:
    """The kind mark of a driver; any unknown ACP agent is a ring."""
    return driver if driver in KINDS else "acp"
