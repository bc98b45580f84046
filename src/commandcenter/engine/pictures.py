"""Pictures beside a prompt: looked at by their first bytes, kept by their hash, never decoded."""

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from commandcenter.config.private import write_private
from commandcenter.core.refusals import Refused, TargetInvalid
from commandcenter.drivers.base import Image

LARGEST: Final = 5 << 20
MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"GIF8", "image/gif", ".gif"),
)
"""First bytes -> (media type, ending); WebP is RIFF with its name eight bytes in."""


async def picture(path: str) -> bytes:
    """The file's bytes. Raises Refused(TargetInvalid) unless it is one of PNG, JPEG, WebP, GIF of
    at most 5 MiB."""
    return await asyncio.to_thread(_read, path)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(TargetInvalid(f"the picture cannot be read: {error}")) from error
    if len(data) > LARGEST:
        raise Refused(TargetInvalid("a picture has at most 5 MiB"))
    if not _form(data):
        raise Refused(TargetInvalid("a picture is PNG, JPEG, WebP or GIF"))
    return data


def _form(data: bytes) -> tuple[str, str]:
    """Media type and ending, or nothing."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", ".webp"
    return next(((mime, end) for magic, mime, end in MAGIC if data.startswith(magic)), ())  # type: ignore[return-value]  # falsy where it is none


async def keep_picture(data_folder: Path, thread: int, path: str) -> tuple[str, ...]:
    """Where our own copy lies, below the thread's folder; nothing for no path. Raises Refused."""
    if not path:
        return ()
    data = await picture(path)
    name = hashlib.sha256(data).hexdigest() + _form(data)[1]
    kept = data_folder / "threads" / str(thread) / "media" / name
    await asyncio.to_thread(_write, kept, data)
    return (str(kept),)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, data)


def pictures(paths: tuple[str, ...]) -> tuple[Image, ...]:
    """Kept pictures as a session takes them."""
    mimes = {end: mime for _, mime, end in MAGIC} | {".webp": "image/webp"}
    return tuple(Image(path, mimes[Path(path).suffix]) for path in paths)  # type: ignore[arg-type]  # of the closed list
