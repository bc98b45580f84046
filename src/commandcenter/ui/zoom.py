"""Widgets painted by hand that grow with the text size: they lay out at 100 % and paint larger.

What no longer fits scrolls inside, by the wheel; no widget changes its place.
"""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

_MOUSE = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
    }
)


class Item(msgspec.Struct, frozen=True):
    """What can be pressed in a part: by click, by the region cursor, by a screen reader."""

    key: str
    """The same as long as it means the same, wherever it stands."""
    name: str
    rect: QRect
    """In px of its part at 100 %: `Zoomed.real` gives true px."""
    press: Callable[[], None]
    why: str = ""
    """Why it cannot be pressed now, or what else there is to know."""
    thread: int = 0


class Zoomed(QWidget):
    """`width`, `height`, `rect` and mouse positions are in px at 100 %; `real` gives true px."""

    least = (0, 0)
    """The content is never laid out smaller than this, in px at 100 %."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.zoom = 1.0
        self._moved = QPoint(0, 0)

    def grow(self, zoom: float) -> None:
        """Another text size, 1.0 = 100 %."""
        if zoom != self.zoom:
            self.zoom = zoom
            self._moved = QPoint(0, 0)
            self.update()

    def width(self) -> int:
        """Px at 100 %."""
        return max(int(super().width() / self.zoom), self.least[0] * (self.zoom != 1.0))

    def height(self) -> int:
        """Px at 100 %."""
        return max(int(super().height() / self.zoom), self.least[1] * (self.zoom != 1.0))

    def rect(self) -> QRect:
        """The whole content, in px at 100 %."""
        return QRect(0, 0, self.width(), self.height())

    def real(self, rect: QRect) -> QRect:
        """Where a part of the content stands in the widget, in true px."""
        if self.zoom == 1.0:
            return rect
        zoom, moved = self.zoom, self._moved
        return QRect(
            round(rect.x() * zoom) - moved.x(),
            round(rect.y() * zoom) - moved.y(),
            round(rect.width() * zoom),
            round(rect.height() * zoom),
        )

    def pinned(self, rect: QRect) -> QRect:
        """As `real`, for what stays where it is when the content scrolls."""
        return self.real(rect).translated(self._moved)

    def port(self) -> tuple[int, int]:
        """Width and height of what is in sight, in px at 100 %."""
        return int(super().width() / self.zoom), int(super().height() / self.zoom)

    def bars(self) -> list[QRect]:
        """Thin marks, in true px, of how far the content is scrolled; none while it fits."""
        here, whole = (super().width(), super().height()), (self.width(), self.height())
        found = []
        if round(whole[0] * self.zoom) > here[0] + 1:
            found.append(_bar(here, whole[0] * self.zoom, self._moved.x(), 0))
        if round(whole[1] * self.zoom) > here[1] + 1:
            found.append(_bar(here, whole[1] * self.zoom, self._moved.y(), 1))
        return found

    def content(self, point: QPoint) -> QPoint:
        """A point of the widget, in px at 100 %."""
        return (QPointF(point + self._moved) / self.zoom).toPoint()

    def magnify(self, painter: QPainter) -> None:
        """Call first in a paint event: from here on the painter takes px at 100 %."""
        if self.zoom != 1.0:
            painter.translate(-self._moved.x(), -self._moved.y())
            painter.scale(self.zoom, self.zoom)

    def items(self) -> Sequence[Item]:
        """What can be pressed in it."""
        return ()

    def lay(self) -> None:
        """Put the widgets inside it in their places."""

    def reveal(self, rect: QRect) -> None:
        """Scroll so that this part of the content is in sight."""
        place = self.real(rect)
        right, bottom = place.right() - super().width(), place.bottom() - super().height()
        self._scroll(max(right, 0) + min(place.x(), 0), max(bottom, 0) + min(place.y(), 0))

    def _scroll(self, dx: int, dy: int) -> bool:
        wide = max(round(self.width() * self.zoom) - super().width(), 0)
        tall = max(round(self.height() * self.zoom) - super().height(), 0)
        x = min(max(self._moved.x() + dx, 0), wide)
        y = min(max(self._moved.y() + dy, 0), tall)
        moved = QPoint(x, y) != self._moved
        if moved:
            self._moved = QPoint(x, y)
            self.lay()
            self.update()
        return moved or bool(wide or tall)

    def event(self, event: QEvent) -> bool:
        """Mouse positions become px at 100 %; the wheel scrolls what does not fit."""
        if self.zoom == 1.0:
            return super().event(event)
        if isinstance(event, QWheelEvent):
            angle = event.angleDelta()
            aside = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            dx, dy = (angle.y(), 0) if aside else (angle.x(), angle.y())
            if self._scroll(-dx // 2, -dy // 2):
                event.accept()
                return True
        if isinstance(event, QMouseEvent) and event.type() in _MOUSE:
            return super().event(self._at_content(event))
        return super().event(event)

    def _at_content(self, event: QMouseEvent) -> QMouseEvent:
        return QMouseEvent(
            event.type(),
            (event.position() + QPointF(self._moved)) / self.zoom,
            event.scenePosition(),
            event.globalPosition(),
            event.button(),
            event.buttons(),
            event.modifiers(),
        )


def _bar(here: tuple[int, int], whole: float, moved: int, way: int) -> QRect:
    """Along the lower edge (0) or the right one (1)."""
    room = here[way] - 12
    long, at = round(room * here[way] / whole), 6 + round(room * moved / whole)
    return QRect(at, here[1] - 5, long, 3) if way == 0 else QRect(here[0] - 5, at, 3, long)
