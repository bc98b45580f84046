"""Golden pictures: equal, or at most a thousandth of the pixels differing (screen.md 17.2)."""

import os
import struct
import zlib
from pathlib import Path

from PySide6.QtGui import QImage

FOLDER = Path(__file__).parent / "golden"
ALLOWED = 0.001
WRITE = "GOLDEN_WRITE"
"""Set it to freeze what is painted, after looking at it beside the mock."""
FORMAT = QImage.Format.Format_RGB32


def compare(name: str, picture: QImage, out: Path) -> str:
    """Empty when it is as frozen; else a sentence, and the new picture lies in `out`."""
    picture = picture.convertToFormat(FORMAT)
    path = FOLDER / f"{name}.png"
    if os.environ.get(WRITE):
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(png(picture))
        return ""
    if not path.exists():
        return f"{name} was never frozen; {WRITE}=1 does it"
    frozen = QImage(str(path)).convertToFormat(FORMAT)
    if frozen.size() != picture.size():
        return f"{name}: {picture.size()} where {frozen.size()} was"
    share = differing(frozen, picture) / (picture.width() * picture.height())
    if share <= ALLOWED:
        return ""
    new = out / f"{name}.png"
    picture.save(str(new), "PNG")
    return f"{name}: {share:.2%} of its pixels differ, see {new}"


def differing(one: QImage, other: QImage) -> int:
    """How many pixels of two pictures of one size and format differ."""
    ours, theirs = bytes(one.constBits()), bytes(other.constBits())
    if ours == theirs:
        return 0
    row, count = one.bytesPerLine(), 0
    for at in range(0, len(ours), row):
        left, right = ours[at : at + row], theirs[at : at + row]
        if left != right:
            pairs = zip(memoryview(left).cast("I"), memoryview(right).cast("I"), strict=True)
            count += sum(a != b for a, b in pairs)
    return count


def png(picture: QImage) -> bytes:
    """The picture as PNG, its rows unfiltered: what is drawn flat packs a quarter smaller so."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    wide, high, step = plain.width(), plain.height(), plain.bytesPerLine()
    data = bytes(plain.constBits())
    rows = b"".join(b"\0" + data[y * step : y * step + 3 * wide] for y in range(high))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
