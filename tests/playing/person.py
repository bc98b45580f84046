"""A player with eyes: reads what the screen paints, points at it, and keeps an account of both."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, Process
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psutil
from playing.display import Display
from playing.field import Field
from playing.player import SHORT_S, STARTS_S, WAITS_S, Player

from commandcenter.hud.layout import Box, panels

HERE = Path(__file__).parent
MB = 1 << 20
CLOCK = re.compile(r"\d\d:\d\d:\d\d")
LOOKS = 6
"""So often a person looks at a transcript before going on to the next."""


class Text(NamedTuple):
    """One text as it stands on the display, in px."""

    text: str
    x: int
    y: int
    """Its middle."""


class Person(Player):
    """The screen of a `Field`, opened in its repository, with eyes on it."""

    def __init__(self, display: Display, field: Field, size: tuple[int, int]) -> None:
        super().__init__(display, field.home)
        self.field = field
        self.parts = panels(*size)
        self.memory: list[tuple[float, int]] = []
        """Loop s, and bytes resident of the screen's process."""
        self._socket = field.folder / "eyes"
        self._held: Process | None = None

    async def sit_down(self) -> None:
        """Open the screen in the repository and begin to read the journal."""
        log = (self.home.parent / "screen.log").open("ab")
        words = (str(self._socket), str(self.home), str(self.field.repository))
        self._screen = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "eyes.py"), *words, stdout=log, stderr=log, env=self.env
        )
        log.close()
        await self.display.focus("commandcenter", self._screen.pid)
        await self.watch()

    @property
    def env(self) -> dict[str, str]:
        """Of the screen: faults of Python are told in its log."""
        return self.display.env | {"PYTHONFAULTHANDLER": "1"}

    async def close(self) -> list[int]:
        """As a player does; the program that held the clipboard ends too."""
        if self._held is not None and self._held.returncode is None:
            self._held.terminate()
            await self._held.wait()
        return await super().close()

    # --- the screen's process -----------------------------------------------------------------

    def weigh(self) -> None:
        """Note its memory; fails when it is no longer there."""
        assert self._screen is not None
        code = self._screen.returncode
        assert code is None, f"the screen ended: {code}\n{self.log()}"
        used = psutil.Process(self._screen.pid).memory_info().rss
        self.memory.append((asyncio.get_running_loop().time(), used))

    def grown_mb(self, first_s: float) -> float:
        """By how much the most is over what it was `first_s` after the first look."""
        start = self.memory[0][0]
        later = [used for at, used in self.memory if at >= start + first_s]
        return (max(later) - later[0]) / MB if later else 0.0

    def trend(self) -> str:
        """Its memory in MB, ten times over the game."""
        step = max(len(self.memory) // 10, 1)
        return " ".join(f"{used / MB:.0f}" for _, used in self.memory[::step])

    async def left(self) -> int:
        """Wait until the screen has closed by itself; its exit code."""
        assert self._screen is not None
        return await asyncio.wait_for(self._screen.wait(), WAITS_S)

    def log(self) -> str:
        """What the screen said on its way."""
        return (self.home.parent / "screen.log").read_text()[-4_000:]

    # --- eyes ---------------------------------------------------------------------------------

    async def look(self, part: Box | None = None) -> list[Text]:
        """The texts in a part of the screen (everywhere), from the lowest to the one on top."""
        async with asyncio.timeout(STARTS_S):
            while True:
                try:
                    reader, writer = await asyncio.open_unix_connection(self._socket, limit=1 << 24)
                    break
                except (ConnectionRefusedError, FileNotFoundError):
                    await asyncio.sleep(SHORT_S)
            writer.write(b"look\n")
            found = [_text(one) for one in json.loads(await reader.readline())]
        writer.close()
        return [one for one in found if part is None or part.holds(one.x, one.y)]

    async def sees(self, text: str, part: Box | None = None) -> bool:
        """Does a text with these words stand there?"""
        return any(text in one.text for one in await self.look(part))

    async def spot(self, text: str, part: Box | None = None, nth: int = -1) -> Text:
        """Wait for a text, whole or its beginning, and say where it stands."""
        seen: list[Text] = []
        try:
            async with asyncio.timeout(WAITS_S):
                while True:
                    seen = await self.look(part)
                    found = [one for one in seen if one.text == text]
                    found = found or [one for one in seen if one.text.startswith(text)]
                    if found:
                        return found[nth]
                    await asyncio.sleep(SHORT_S)
        except TimeoutError:
            words = " | ".join(one.text for one in seen)
            raise AssertionError(f"{text!r} is nowhere: {words[:3_000]}") from None

    async def focused(self) -> str:
        """The name of the thread in the inspector."""
        names = {str(entry["data"]["name"]) for entry in self.found("ThreadCreated")}
        return next((t.text for t in await self.look(self.parts.inspector) if t.text in names), "")

    async def repeats(self, least: int = 3) -> str:
        """What the agent in the inspector does again and again; empty = nothing."""
        times: dict[str, set[str]] = {}
        for _ in range(LOOKS):
            seen = await self.look(self.parts.inspector)
            for before, one in pairwise(seen):
                if one.text.startswith("Tool ") and CLOCK.match(before.text):
                    times.setdefault(one.text, set()).add(before.text[:8])
            found = [what for what, when in times.items() if len(when) >= least]
            if found:
                return found[0]
            await self.pause(0.5)
        return ""

    async def writes(self) -> bool:
        """Is the composer open?"""
        return await self.sees("Paste", self.parts.selection)

    async def reads_diff(self) -> bool:
        """Does a diff stand in the inspector?"""
        return await self.sees("at line ", self.parts.inspector)

    async def pause(self, seconds: float) -> None:
        """A person's own pace."""
        for _ in range(max(round(seconds / SHORT_S), 1)):
            await asyncio.sleep(SHORT_S)

    # --- the mouse ----------------------------------------------------------------------------

    async def click(self, text: str, part: Box | None = None, nth: int = -1) -> None:
        """Click on a text once it is there."""
        spot = await self.spot(text, part, nth)
        await self.display.click(spot.x, spot.y)

    async def copies(self, text: str) -> None:
        """In another program the player marks a text and copies it."""
        before = self._held
        self._held = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "clip.py"), text, stdout=PIPE, env=self.display.env
        )
        assert self._held.stdout is not None
        assert await asyncio.wait_for(self._held.stdout.readline(), STARTS_S) == b"held\n"
        if before is not None:
            await asyncio.wait_for(before.wait(), STARTS_S)


def _text(one: dict[str, object]) -> Text:
    (x, y, wide, high), (left, top) = one["rect"], one["at"]  # type: ignore[misc]  # plain JSON
    return Text(str(one["text"]), round(left + x + wide / 2), round(top + y + high / 2))
