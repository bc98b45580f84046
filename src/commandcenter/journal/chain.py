"""The hash chain over all entries, shared by the writer and by `journal verify`."""

import struct
from hashlib import sha256

GENESIS = bytes(32)
"""What the first entry of a journal is chained to."""

Fields = tuple[int, int, int, int, bytes, bytes]
"""seq, wall (ns), thread, epoch, kind in UTF-8, payload: the columns the hash covers."""

_SEQ = struct.Struct(">QI")
_STAMP = struct.Struct(">IqI")
_SIZE = struct.Struct(">I")


def digest(previous: bytes, fields: Fields) -> bytes:
    """The hash of one entry, 32 bytes.

    h = sha256(previous, u64 seq, len+thread in decimal, u32 epoch, i64 wall, len+kind,
    len+payload); all lengths u32, all numbers big endian (safety.md 12).
    Raises struct.error or TypeError when a field does not fit.
    """
    seq, wall, thread, epoch, kind, payload = fields
    name = b"%d" % thread
    parts = (
        previous,
        _SEQ.pack(seq, len(name)),
        name,
        _STAMP.pack(epoch, wall, len(kind)),
        kind,
        _SIZE.pack(len(payload)),
        payload,
    )
    return sha256(b"".join(parts)).digest()


def names(payload: bytes, head: bytes) -> bool:
    """Whether a `SegmentOpened` payload names this head; its JSON form is core's business."""
    return head.hex().encode() in payload
