"""A display of our own, and xdotool as the player's hands on it."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process

NEEDED = ("Xvfb", "xdotool")
STARTS_S = 20.0
SHORT_S = 0.05
BETWEEN_MS = "25"


class Display:
    """An X server without a screen, on the first free number; keys and one mouse."""

    def __init__(self, server: Process, name: str) -> None:
        self._server = server
        self.name = name

    @property
    def env(self) -> dict[str, str]:
        """The environment of a program that is to appear here."""
        kept = {
            k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
        }
        return {**kept, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    async def focus(self, title: str, pid: int) -> None:
        """Wait for the window of a process and give it the keyboard."""
        async with asyncio.timeout(STARTS_S):
            while not (found := await self._windows(title, pid)):
                await asyncio.sleep(SHORT_S)
        await self._hands("windowfocus", "--sync", found[-1])

    async def keys(self, *names: str) -> None:
        """Press keys one after the other, by xdotool's names (`ctrl+1`, `Return`)."""
        await self._hands("key", "--delay", BETWEEN_MS, *names)

    async def type(self, text: str) -> None:
        """Type a text."""
        await self._hands("type", "--delay", "5", text)

    async def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Draw a box with the left button; both points in px of the screen."""
        (x, y), (to_x, to_y) = start, end
        middle = ("mousemove", str((x + to_x) // 2), str((y + to_y) // 2))
        await self._hands("mousemove", str(x), str(y), "mousedown", "1", "sleep", "0.1", *middle)
        await self._hands("mousemove", str(to_x), str(to_y), "sleep", "0.1", "mouseup", "1")

    async def click(self, x: int, y: int, button: int = 1) -> None:
        """Go there and click; px of the screen."""
        await self._hands("mousemove", str(x), str(y), "sleep", "0.03", "click", str(button))

    async def scroll(self, x: int, y: int, turns: int) -> None:
        """Turn the wheel there, away from the player for more than 0."""
        button = "4" if turns > 0 else "5"
        wheel = ("click", "--repeat", str(abs(turns)), "--delay", "20", button)
        await self._hands("mousemove", str(x), str(y), *wheel)

    async def close(self) -> None:
        """End the server."""
        self._server.terminate()
        await self._server.wait()

    async def _windows(self, title: str, pid: int) -> list[str]:
        words = ("search", "--onlyvisible", "--all", "--pid", str(pid), "--name", title)
        return (await self._hands(*words, check=False)).split()

    async def _hands(self, *words: str, check: bool = True) -> str:
        tool = await asyncio.create_subprocess_exec(
            "xdotool", *words, env=self.env, stdout=PIPE, stderr=PIPE
        )
        out, err = await asyncio.wait_for(tool.communicate(), STARTS_S)
        assert not check or tool.returncode == 0, f"xdotool {' '.join(words)}: {err.decode()}"
        return out.decode()


async def open_display(width: int, height: int) -> Display:
    """Start a server of that size in px; it chooses its own number."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    assert not missing, f"{' and '.join(missing)} missing; `make setup` installs them"
    seen, told = os.pipe()
    screen = ("-screen", "0", f"{width}x{height}x24")
    words = ("-displayfd", str(told), *screen, "-nolisten", "tcp", "-noreset")
    server = await asyncio.create_subprocess_exec(
        "Xvfb", *words, pass_fds=(told,), stdout=DEVNULL, stderr=DEVNULL
    )
    os.close(told)
    with os.fdopen(seen) as pipe:
        number = await asyncio.wait_for(asyncio.to_thread(pipe.readline), STARTS_S)
    return Display(server, f":{number.strip()}")
