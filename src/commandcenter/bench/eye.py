"""A pair of hands and an eye on an X server, in a process of its own, by libX11 and libXtst alone:
`python -m commandcenter.bench.eye '{"display": ":99"}'`."""

import asyncio
import ctypes
import ctypes.util
import sys
import time
from typing import Any

import msgspec

from commandcenter.bench.talk import serve

WAIT_S = 2.0
POLL_S = 0.001
"""Without a rest eye and X server take both cores, and what is seen is their own doing."""
_PLANES = 0xFFFFFFFF
_PIXMAP = 2
"""ZPixmap."""


class Config(msgspec.Struct):
    """Which server."""

    display: str


class Eye:
    """One connection. Raises OSError when a library or the server is not there."""

    def __init__(self, display: str) -> None:
        self._x = _library("X11")
        self._test = _library("Xtst")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XGetImage.restype = ctypes.c_void_p
        self._x.XGetPixel.restype = ctypes.c_ulong
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(display.encode())
        if not opened:
            raise OSError(f"the X server {display} does not answer")
        self._display = ctypes.c_void_p(opened)
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))

    async def answer(self, asked: dict[str, Any]) -> Any:
        """focus, presses. Raises ValueError on anything else, TimeoutError when nothing changes."""
        do = asked["do"]
        if do == "focus":
            self._x.XSetInputFocus(self._display, ctypes.c_ulong(asked["window"]), 2, 0)
            self._x.XSync(self._display, 0)
            return None
        if do == "presses":
            return await self._presses(asked)
        raise ValueError(f"unknown request {do!r}")

    async def _presses(self, asked: dict[str, Any]) -> list[tuple[float, float]]:
        """Each key in turn: when it was sent, when its pixel was seen to change; monotonic s."""
        found = []
        keys, pixels = asked["keys"], asked["pixels"]
        for number in range(asked["count"]):
            x, y = pixels[number % len(pixels)]
            found.append(self._press(keys[number % len(keys)], x, y))
            await asyncio.sleep(asked["apart_s"])
        return found

    def _press(self, key: str, x: int, y: int) -> tuple[float, float]:
        code = self._x.XKeysymToKeycode(
            self._display, ctypes.c_ulong(self._x.XStringToKeysym(key.encode()))
        )
        before = self._pixel(x, y)
        sent = time.monotonic()
        for down in (1, 0):
            self._test.XTestFakeKeyEvent(self._display, code, down, ctypes.c_ulong(0))
        self._x.XFlush(self._display)
        while self._pixel(x, y) == before:
            if time.monotonic() - sent > WAIT_S:
                raise TimeoutError(f"{key}: the pixel at {x},{y} stays {before:06x}")
            time.sleep(POLL_S)
        return sent, time.monotonic()

    def _pixel(self, x: int, y: int) -> int:
        image = self._x.XGetImage(
            self._display, self._root, x, y, 1, 1, ctypes.c_ulong(_PLANES), _PIXMAP
        )
        if not image:
            raise OSError(f"no pixel at {x},{y}")
        held = ctypes.c_void_p(image)
        value = int(self._x.XGetPixel(held, 0, 0))
        self._x.XDestroyImage(held)
        return value


def _library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    if found is None:
        raise OSError(f"lib{name} is not installed")
    return ctypes.CDLL(found)


async def _main(config: Config) -> None:
    eye = Eye(config.display)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await serve(eye.answer)


if __name__ == "__main__":
    asyncio.run(_main(msgspec.json.decode(sys.argv[1], type=Config)))
