"""The pictures an ink has painted and keeps, as many as are worth their memory."""

from collections import OrderedDict

from PySide6.QtGui import QPixmap

MOST = 2048
"""Pictures kept."""
MOST_PX = 4_000_000
"""Px of all of them at a scale of 1 (16 MB); at 2 four times as many stand on the screen."""
Key = tuple[object, ...]


class PictureShelf:
    """Pictures by what they show; the ones made longest ago go first."""

    def __init__(self) -> None:
        self.px = 0
        """Of all that are kept."""
        self._held: OrderedDict[Key, QPixmap] = OrderedDict()
        self._scale = 1.0
        """The largest that was painted at."""

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> QPixmap | None:
        """The picture, if it is still kept."""
        return self._held.get(key)

    def keep(self, key: Key, picture: QPixmap, scale: float) -> QPixmap:
        """Keep a picture that was painted at a scale; returns it."""
        self._scale = max(self._scale, scale)
        before = self._held.pop(key, None)
        self.px += _px(picture) - (_px(before) if before is not None else 0)
        self._held[key] = picture
        most = MOST_PX * self._scale**2
        while len(self._held) > MOST or (self.px > most and len(self._held) > 1):
            self.px -= _px(self._held.popitem(last=False)[1])
        return picture

    def clear(self) -> None:
        """Let go of all."""
        self._held.clear()
        self.px, self._scale = 0, 1.0


def _px(picture: QPixmap) -> int:
    return picture.width() * picture.height()
