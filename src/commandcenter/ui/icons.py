"""Icons of the command card and its menus, in a 24 x 24 box."""

from PySide6.QtGui import QPainterPath, QTransform

from commandcenter.ui.shapes import (
    Drawing,
    Shape,
    arc,
    box,
    circle,
    joined,
    lines,
    poly,
    rays,
    regular,
)

_W = 1.7


def _drawing(*shapes: Shape) -> Drawing:
    return Drawing(24.0, shapes)


def _stroked(*paths: QPainterPath) -> Drawing:
    return _drawing(*(Shape(path, _W) for path in paths))


def _open(*points: tuple[float, float]) -> QPainterPath:
    return poly(points, closed=False)


def _loop() -> Drawing:
    upper = QPainterPath()
    upper.moveTo(2.6, 11)
    upper.cubicTo(3.6, 4.4, 15, 3.2, 20, 7.6)
    lower = QPainterPath()
    lower.moveTo(21.4, 13)
    lower.cubicTo(20.4, 19.6, 9, 20.8, 4, 16.4)
    heads = joined(
        _open((21.6, 3), (20.6, 8), (15.8, 8.2)), _open((2.4, 21), (3.4, 16), (8.2, 15.8))
    )
    return _stroked(upper, lower, heads)


def _snowflake() -> Drawing:
    twigs = QPainterPath()
    for turn in range(6):
        arm = joined(lines((12, 12, 12, 2)), _open((9.2, 3.6), (12, 6.6), (14.8, 3.6)))
        twigs.addPath(_turned(arm, 60 * turn))
    return _stroked(twigs)


def _turned(path: QPainterPath, degrees: float) -> QPainterPath:
    move = QTransform().translate(12, 12).rotate(degrees).translate(-12, -12)
    return move.map(path)


def _dollar() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(15.2, 9.2)
    path.cubicTo(14.4, 6.6, 9, 6.6, 9, 9.6)
    path.cubicTo(9, 12.6, 15.4, 11.2, 15.4, 14.4)
    path.cubicTo(15.4, 17.4, 9.4, 17.2, 8.6, 14.6)
    path.addPath(lines((12, 5.4, 12, 18.6)))
    return path


def _shield() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(12, 1.8)
    path.lineTo(20.6, 4.8)
    path.lineTo(20.6, 11.4)
    path.cubicTo(20.6, 17, 16.4, 20.6, 12, 22.4)
    path.cubicTo(7.6, 20.6, 3.4, 17, 3.4, 11.4)
    path.lineTo(3.4, 4.8)
    path.closeSubpath()
    return path


_WHEEL = joined(
    circle(12, 12, 9.6),
    circle(12, 12, 3.2),
    lines((12, 2.4, 12, 8.8)),
    lines((9.2, 13.6, 3.7, 16.8)),
    lines((14.8, 13.6, 20.3, 16.8)),
)
_COIN = circle(12, 12, 9.6)

ICONS: dict[str, Drawing] = {
    "steer": _stroked(_WHEEL),
    "interrupt": _drawing(Shape(regular(12, 12, 10, 8, 22.5), _W), Shape(box(8.2, 8.2, 7.6, 7.6))),
    "pause_resume": _drawing(
        Shape(lines((3, 3.4, 3, 20.6), (9, 3.4, 9, 20.6)), 1.9),
        Shape(poly([(14, 4), (23, 12), (14, 20)])),
    ),
    "loop": _loop(),
    "goal": _drawing(
        Shape(lines((6, 1.6, 6, 22.4)), _W),
        Shape(poly([(6, 2.4), (20.6, 6.6), (6, 11.2)]), 0.0, 0.25),
        Shape(poly([(6, 2.4), (20.6, 6.6), (6, 11.2)]), _W),
    ),
    "reassign": _stroked(
        _open((2.4, 8.6), (21.6, 8.6), (16.4, 3.6)), _open((21.6, 15.4), (2.4, 15.4), (7.6, 20.4))
    ),
    "split": _stroked(
        _open((12, 22), (12, 12.6), (3.4, 3.6)),
        lines((12, 12.6, 20.6, 3.6)),
        _open((3.2, 9.2), (3.2, 3.4), (9, 3.4)),
        _open((15, 3.4), (20.8, 3.4), (20.8, 9.2)),
    ),
    "merge": _stroked(
        _open((3.4, 2.4), (12, 11.4), (20.6, 2.4)),
        lines((12, 11.4, 12, 21.4)),
        _open((7.4, 17), (12, 21.6), (16.6, 17)),
    ),
    "escalate": _stroked(
        _open((3.4, 12), (12, 3.6), (20.6, 12)), _open((3.4, 19.6), (12, 11.2), (20.6, 19.6))
    ),
    "downgrade": _stroked(
        _open((3.4, 12), (12, 20.4), (20.6, 12)), _open((3.4, 4.4), (12, 12.8), (20.6, 4.4))
    ),
    "budget": _stroked(_COIN, _dollar()),
    "kill": _snowflake(),
    "checkpoint": _stroked(poly([(5.4, 2), (18.6, 2), (18.6, 22), (12, 16.4), (5.4, 22)])),
    "verify": _stroked(_shield(), _open((7.6, 11.6), (11, 15.2), (16.8, 8))),
    "more": _drawing(Shape(joined(*(circle(x, 12, 2.2) for x in (3.6, 12, 20.4))))),
    "allow": _stroked(_open((3, 12.6), (9.4, 19), (21.4, 5))),
    "deny": _stroked(lines((4.6, 4.6, 19.4, 19.4), (19.4, 4.6, 4.6, 19.4))),
    "message": _stroked(
        poly([(2.6, 3.6), (21.4, 3.6), (21.4, 16.6), (11, 16.6), (6, 21.4), (6, 16.6), (2.6, 16.6)])
    ),
    "rename": _stroked(
        poly([(4, 20), (5, 15.4), (16.6, 3.8), (20.2, 7.4), (8.6, 19)]), lines((14, 6.4, 17.6, 10))
    ),
    "model": _stroked(
        box(6, 6, 12, 12, 2),
        lines((9, 2, 9, 6), (15, 2, 15, 6), (9, 18, 9, 22), (15, 18, 15, 22)),
        lines((2, 9, 6, 9), (2, 15, 6, 15), (18, 9, 22, 9), (18, 15, 22, 15)),
    ),
    "revive": _stroked(arc(12, 12, 8.8, 120, -300), _open((2.6, 3.2), (7.4, 4.6), (6.2, 9.6))),
    "kill_now": _drawing(
        Shape(circle(12, 12, 9.6), _W), Shape(lines((8, 8, 16, 16), (16, 8, 8, 16)), 2.0)
    ),
    "new": _stroked(circle(12, 12, 9.6), lines((12, 7, 12, 17), (7, 12, 17, 12))),
    "tab": _stroked(box(2.6, 4, 18.8, 16, 2), lines((2.6, 9, 21.4, 9))),
    "back": _stroked(_open((10, 4), (2.6, 12), (10, 20)), lines((2.6, 12, 21.4, 12))),
    "limit": _stroked(arc(12, 13.4, 9.4, -20, 220), lines((12, 13.4, 17, 8.4))),
    "plus": _stroked(lines((12, 3, 12, 21), (3, 12, 21, 12))),
    "tag": _stroked(
        poly([(2.6, 11.4), (11.4, 2.6), (21, 3), (21.4, 12.6), (12.6, 21.4)]),
        circle(16.8, 7.2, 1.4),
    ),
    "fork": _stroked(
        lines((6, 7, 6, 17)),
        circle(6, 4.6, 2.4),
        circle(6, 19.4, 2.4),
        circle(18, 4.6, 2.4),
        _open((18, 7), (18, 10), (6, 14.6)),
    ),
    "export": _stroked(
        _open((4, 13), (4, 21), (20, 21), (20, 13)),
        lines((12, 16, 12, 3)),
        _open((7, 8), (12, 3), (17, 8)),
    ),
    "hibernate": _stroked(
        poly(
            [
                (14, 3),
                (8.6, 6.4),
                (7.4, 12),
                (9.4, 17.4),
                (15, 20.6),
                (20.4, 18),
                (14.6, 14.4),
                (13, 9),
            ]
        )
    ),
    "lock": _stroked(
        box(4.6, 10.4, 14.8, 11, 2),
        arc(12, 8.2, 4.6, 0, 180),
        lines((7.4, 8.2, 7.4, 10.4), (16.6, 8.2, 16.6, 10.4)),
    ),
    "terminal": _stroked(
        box(2, 4, 20, 16, 2), _open((6, 9), (9.4, 12), (6, 15)), lines((12, 15.4, 17, 15.4))
    ),
    "critic": _stroked(circle(10, 10, 7), lines((15.2, 15.2, 21.6, 21.6))),
    "group": _stroked(*(box(x, y, 8, 8, 2) for x in (2.6, 13.4) for y in (2.6, 13.4))),
    "clear": _stroked(
        lines((3, 6, 21, 6), (3, 12, 14, 12), (3, 18, 10, 18)),
        lines((16.4, 15, 22, 20.6), (22, 15, 16.4, 20.6)),
    ),
    "rays": _stroked(rays(12, 12, 9.6, 8)),
}
"""Icon id (`hud.card` names them) -> drawing."""
