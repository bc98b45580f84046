"""Pictures pasted or dropped into the composer: kept as files of the person's alone."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage

from commandcenter.core.base import Record
from commandcenter.ui.state import Store

LARGEST = 5 << 20
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


class Picture(Record, frozen=True):
    """A picture beside a text: where it lies, and its size."""

    path: str
    size: int
    width: int = 0
    height: int = 0

    def words(self) -> str:
        """`picture 1280 x 720 \u00b7 214 KB`."""
        shape = f" {self.width} x {self.height}" if self.width else ""
        kilo = self.size / 1024
        size = f"{max(kilo, 1):.0f} KB" if kilo < 999.5 else f"{kilo / 1024:.1f} MB"
        return f"picture{shape} \u00b7 {size}"


def holds(source: QMimeData) -> bool:
    """Is there a picture in what is pasted or dropped?"""
    return source.hasImage() or bool(_file(source))


def taken(source: QMimeData) -> QImage | Path | None:
    """The picture itself, or the file it lies in."""
    path = _file(source)
    if path:
        return Path(path)
    image = source.imageData() if source.hasImage() else None
    return image if isinstance(image, QImage) and not image.isNull() else None


def keep(source: QImage | Path, store: Store) -> Picture:
    """Write it into the store as PNG, a file as it is; at most 5 MiB. Runs in an OS thread.

    Raises ValueError with a sentence, OSError.
    """
    if isinstance(source, Path):
        size = source.stat().st_size
        _bounded(size)
        return Picture(str(source), size)
    data = _png(source)
    _bounded(len(data))
    path = store.keep_picture(hashlib.sha256(data).hexdigest()[:32] + ".png", data)
    return Picture(str(path), len(data), source.width(), source.height())


def _file(source: QMimeData) -> str:
    urls = source.urls() if source.hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = urls[0].toLocalFile()
    return path if path.lower().endswith(SUFFIXES) else ""


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt the name
    return bytes(data.data())


def _bounded(size: int) -> None:
    if size > LARGEST:
        raise ValueError(f"the picture has {size / (1 << 20):.1f} MiB; at most 5 MiB go along")
