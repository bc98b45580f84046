"""The ten minutes by keyboard alone: no event of a mouse is sent."""

import random
from collections.abc import Awaitable, Callable, Sequence

from playing.person import Person

MOVES = ("Left", "Right", "Up", "Down", "shift+Right", "Tab", "1", "2", "comma", "period")
VIEWS = ("minus", "equal", "p", "m", "shift+m", "k", "space", "u", "backslash", "grave")
PAGES = ("ctrl+k", "question", "l", "ctrl+shift+a", "shift+l", "b", "ctrl+n")
"""What opens something; Esc closes it."""


class ByKey(Person):
    """What a person does, by keys."""

    async def free(self) -> None:
        """Back to the map, whatever stood open."""
        await self.display.keys("Escape", "Escape", "Escape")

    async def write(self, text: str) -> None:
        """Into the field that is open, and away with it."""
        await self.display.type(text)
        await self.display.keys("Return")

    async def spawn(self, lines: Sequence[str]) -> None:
        """From the first page: the list, a thread a line; the table wants it twice."""
        await self.spot("start one thread for each line", self.parts.map)
        await self.display.keys("ctrl+shift+n")
        await self.spot("LIST", self.parts.selection)
        for number, line in enumerate(lines):
            if number:
                await self.display.keys("shift+Return")
            await self.display.type(line)
        await self.display.keys("Return")
        await self.spot(f"{len(lines)} threads", nth=-1)
        await self.pause(0.3)
        await self.display.keys("Return")
        await self.pause(0.4)
        await self.display.keys("Return")

    async def walk(self) -> None:
        """To the next tile, row by row; the first of all from nowhere."""
        before = await self.focused()
        await self.display.keys(self._way)
        await self.pause(0.1)
        if before and await self.focused() == before:
            self._way = "Left" if self._way == "Right" else "Right"
            await self.display.keys("Down")

    _way = "Right"

    async def choose(self, name: str) -> None:
        """One thread, by its name."""
        await self.display.keys("ctrl+k")
        await self.spot("PALETTE")
        await self.write(name)
        await self.spot(name, self.parts.inspector)

    async def steer(self, text: str) -> None:
        """Words for those selected; they break into the turn."""
        await self.display.keys("q")
        await self.spot("STEER", self.parts.selection)
        await self.display.type(text)
        await self.display.keys("ctrl+Return")

    async def approve_mode(self) -> None:
        """To the first case."""
        await self.display.keys("j")
        await self.spot("APPROVE", self.parts.card)

    async def allow(self) -> None:
        """This case, which leaves the machine."""
        await self.display.keys("shift+y")

    async def deny(self) -> None:
        """This case."""
        await self.display.keys("n")

    async def leave_approve(self) -> None:
        """To the map."""
        await self.display.keys("b")

    async def group_of(self, name: str) -> list[int]:
        """All threads of a name become group 1."""
        await self.display.keys("slash")
        await self.pause(0.2)
        await self.write(name)
        await self.display.keys("Escape")
        return await self.group(1)

    async def give_model(self, model: str) -> None:
        """Group 1 goes on with another model."""
        await self.display.keys("1", "b", "w")
        await self.spot("MODEL", self.parts.card)
        await self.display.keys("b")
        await self.pause(0.2)
        await self.write(model)

    async def freeze(self) -> None:
        """Those selected."""
        await self.display.keys("x")

    async def spare(self) -> None:
        """Those selected go on."""
        await self.display.keys("e")

    async def open_diff(self) -> None:
        """Of the thread in the inspector."""
        for _ in range(6):
            for _ in range(5):
                if await self.reads_diff():
                    return
                await self.pause(0.2)
            await self.display.keys("shift+backslash")

    async def quit(self) -> None:
        """By the palette."""
        await self.free()
        await self.display.keys("ctrl+k")
        await self.spot("PALETTE")
        await self.write("quit")

    def pastime(self, rng: random.Random) -> Callable[[], Awaitable[None]]:
        """Something harmless, at random."""
        keys = self.display.keys
        acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, lambda: keys(*rng.choices(MOVES, k=rng.randint(1, 5)))),
            (4, lambda: keys(*rng.choices(VIEWS, k=rng.randint(1, 3)))),
            (3, lambda: self._open(rng.choice(PAGES))),
            (2, lambda: keys(*["shift+backslash"] * rng.randint(1, 3))),
            (2, lambda: self._halt(rng)),
            (2, lambda: self._word(rng)),
            (1, lambda: keys("ctrl+2")),
            (1, lambda: keys("j", "a", "s", "d", "b")),
        ]
        return rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]

    async def _open(self, page: str) -> None:
        await self.display.keys(page)
        await self.pause(0.2)
        await self.display.keys("Down", "Up", "Escape", "Escape")

    async def _halt(self, rng: random.Random) -> None:
        await self.display.keys("e")
        await self.pause(rng.uniform(0.2, 1.5))
        await self.display.keys("e")

    async def _word(self, rng: random.Random) -> None:
        """One that has ended is revived first."""
        await self.display.keys(rng.choice(MOVES[:4]))
        await self.pause(0.2)
        if await self.sees("done", self.parts.inspector):
            await self.display.keys("b", "e")
            await self.pause(0.5)
        await self.display.keys("Escape", "Escape", "q")
        await self.pause(0.2)
        if await self.writes():
            seed, script = rng.randint(10, 99), rng.choice(("slow", "working"))
            await self.write(f"once more [[sparring script={script} seed={seed}]]")
        await self.free()
