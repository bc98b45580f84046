"""Frames of the link: 4 bytes of length (big-endian), then MessagePack `[kind, ...]`."""

import asyncio
import struct
from typing import Any

import msgspec

from commandcenter.link.base import LinkRefused

LIMIT = 16 << 20
_length = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()


def frame(*parts: Any) -> bytes:
    """One frame. Raises ValueError above the limit."""
    body = _encoder.encode(parts)
    if len(body) > LIMIT:
        raise ValueError(f"a frame of {len(body)} bytes is over the limit of {LIMIT}")
    return _length.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> list[Any]:
    """The next frame. Raises EOFError at its end, LinkRefused when it is none of ours."""
    try:
        size = _length.unpack(await reader.readexactly(4))[0]
        if size > LIMIT:
            raise LinkRefused(f"a frame of {size} bytes is over the limit")
        parts = msgspec.msgpack.decode(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError) as error:
        raise EOFError from error
    except msgspec.DecodeError as error:
        raise LinkRefused(f"not a frame: {error}") from error
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        raise LinkRefused("not a frame")
    return parts
