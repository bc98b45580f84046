"""The real screen, and eyes on it: asked on a socket, it tells every text it paints and where.

`eyes.py SOCKET HOME REPOSITORY`; what it says is what `screenshot --rects` writes.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QPoint

from commandcenter import compose
from commandcenter.config.folders import folders
from commandcenter.ui.screenshot import dump
from commandcenter.ui.window import Window


def main(socket: str, home: str, repository: str) -> int:
    """The screen until it is closed; its exit code."""
    serving: set[asyncio.Task[None]] = set()

    def opened(window: Window) -> None:
        serving.add(asyncio.create_task(serve(window, socket), name="eyes"))

    engine = [sys.executable, "-m", "commandcenter", "engine", "--home", home]
    return compose.run_screen(compose.Options(folders(Path(home))), repository, engine, opened)


async def serve(window: Window, socket: str) -> None:
    """Answer each line with one line of JSON, until the loop ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(msgspec.json.encode(look(window)) + b"\n")
            await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, socket) as server:
        await server.serve_forever()


def look(window: Window) -> list[dict[str, object]]:
    """The texts from the lowest to the one on top, in px of the display."""
    window.refresh.frames.flush()
    window.ink.record = []
    window.grab()
    texts, window.ink.record = window.ink.record, None
    at = window.mapToGlobal(QPoint(0, 0))
    found = dump(texts or [])
    return [one | {"at": (at.x(), at.y())} for one in found]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
