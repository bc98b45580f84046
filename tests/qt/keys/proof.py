"""What is proven of the keys: an id counts once a real key led to it and its effect was seen."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from live_game import Game
from PySide6.QtTest import QTest

from commandcenter.compose.base import Options
from commandcenter.config.resources import resource
from commandcenter.core.world import Head
from commandcenter.hud.card import Place
from commandcenter.ui.screen import Screen

GRID = "QWERTASDFGZXCVB"
NOT_YET = frozenset(resource("keymaps/not_yet_M4.txt").read_text(encoding="utf-8").split())
THREADS = 12
SPEED = ("--speed", "2")
PUPPET = """name = "Puppet {n}"
driver = "acp"
wires = ["chat"]
command = ["{python}", "-m", "commandcenter.testing.puppet_acp"]
by_hand = ["true", "{{SESSION}}"]
"""
PUPPETS = 6
"""So many of them, each with its own and a clean set-up: more templates than places."""
proven: set[str] = set()
"""Ids whose real effect was seen."""
answered: set[str] = set()
"""Ids of later milestones that answered NotYet."""


class Play(Game):
    """A game with what scripts need: who is selected, what a key proves, texts by key."""

    def skirmish(self) -> Options:
        """What Mod+G starts."""
        return Options(self.folders, skirmish=THREADS, seed=7)

    def agents(self) -> None:
        """Agents of the person's own: small ones that do what their prompt says."""
        folder = self.folders.config / "agents"
        folder.mkdir(parents=True, exist_ok=True)
        for n in range(1, PUPPETS + 1):
            text = PUPPET.format(n=n, python=sys.executable)
            (folder / f"puppet{n}.toml").write_text(text, encoding="utf-8")

    @contextmanager
    def effect(self, *ids: str) -> Iterator[None]:
        """Keys pressed inside lead to these ids, and what is asserted inside is their effect."""
        begun = len(self.done)
        yield
        missing = set(ids) - set(self.done[begun:])
        assert not missing, f"no key led to {missing}, but to {self.done[begun:]}"
        proven.update(ids)

    # --- keys ---------------------------------------------------------------------------------

    async def press(self, *chords: str) -> None:
        """Chords one after the other, without a pause between them."""
        await self.keys(*chords, gap=0.0)

    async def write(self, text: str) -> None:
        """Letters into whatever has the keys."""
        handle = self.window.windowHandle()
        for letter in text:
            await self.outside(lambda letter=letter: QTest.keyClick(handle, letter))
        await self.settle()

    async def rest(self) -> None:
        """Back to the map with the player's own keys: nothing open, nothing hidden."""
        for _ in range(6):
            if self.screen.modes != ["map"] or self.screen.lens.filter or self.screen.notice:
                await self.press("Shift+Esc" if self.screen.mode == "terminal" else "Esc")
        assert self.screen.modes == ["map"]
        assert not self.screen.lens.filter

    # --- threads ------------------------------------------------------------------------------

    @property
    def heads(self) -> list[Head]:
        """All threads, by id."""
        return list(self.screen.world.threads.values())

    def head(self, thread: int) -> Head:
        """One thread as it is now."""
        return self.screen.world.threads[thread]

    def live(self) -> list[int]:
        """Native threads that can still take orders."""
        gone = ("ended", "dying")
        return [one.id for one in self.heads if one.state not in gone and one.agent == "native"]

    def puppets(self) -> list[int]:
        """The threads of the person's own agents, that live."""
        return [one.id for one in self.heads if one.driver == "acp" and one.state != "ended"]

    async def pick(self, *ids: int) -> None:
        """Set-up: these are selected, the first under the cursor."""
        self.screen.select(ids, ids[0])
        await self.settle()

    async def give(self, order: str) -> None:
        """Set-up: an order in notation, given and acknowledged."""
        since = self.mark()
        assert self.window.actions_table.giver.text(order), order
        await self.until(lambda: self.entries("OrderGiven", since), f"{order} is given")
        await self.settle()

    async def stays(self, thread: int, *states: str) -> Head:
        """Wait until a thread is in one of these states."""
        return await self.until(
            lambda: self.head(thread).state in states and self.head(thread),
            f"#{thread} {'/'.join(states)}, it is {self.head(thread).state}",
        )

    async def becomes(self, found: Callable[[Screen], object], what: str) -> None:
        """Wait until something is true of the screen."""
        await self.until(lambda: found(self.screen), what)

    # --- what is said -------------------------------------------------------------------------

    @property
    def said(self) -> str:
        """What the card says now."""
        notice = self.screen.notice
        return f"{notice.text} | {notice.mend}" if notice is not None else ""

    async def says(self, words: str) -> None:
        """Wait until the card says it."""
        await self.until(lambda: words in self.said, f"{words!r} on the card")

    def place(self, action: str) -> Place:
        """The place of an item on the card."""
        found = [one for one in self.screen.card_page().places if one and one.action == action]
        assert found, f"{action} is not on the card"
        return found[0]

    async def choose(self, action: str) -> None:
        """Press the key of an item on the card."""
        await self.press(GRID[self.place(action).slot])

    def sheet(self) -> str:
        """The open overlay's kind; empty = none."""
        return type(self.screen.sheet).__name__ if self.screen.sheet is not None else ""

    def lines(self) -> list[str]:
        """Names of the open overlay's lines."""
        return [one.name for one in self.screen.sheet.choices()] if self.screen.sheet else []


async def repository(folder: Path) -> str:
    """A repository with one commit."""
    folder.mkdir()
    (folder / "README.md").write_text("# Notes\n", encoding="utf-8")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        await asyncio.to_thread(subprocess.run, ["git", "-C", str(folder), *words], check=True)
    return str(folder)
