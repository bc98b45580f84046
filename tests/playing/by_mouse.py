"""The ten minutes by mouse alone: no key is pressed; words are copied elsewhere and pasted."""

import random
from collections.abc import Awaitable, Callable, Sequence

from playing.person import Person, Text

CARD = ("Steer", "Interrupt", "Pause", "Resume", "Freeze", "More")
TABS = ("Transcript", "Diff", "Plan", "Cost", "Policy", "Audit")
LEVELS = ("Dots", "Tiles", "Panes", "Tiles")
LOGO = Text("", 19, 18)
"""The name in the bar: every action by its name."""


class ByMouse(Person):
    """What a person does, by clicks."""

    async def free(self) -> None:
        """Back to the map, whatever stood open: its own way out is clicked."""
        for _ in range(4):
            outs = [one for one in await self.look() if one.text in ("Esc", "Back")]
            if not outs:
                return
            await self.display.click(outs[-1].x, outs[-1].y)
            await self.pause(0.15)

    async def paste(self, text: str) -> None:
        """Into the composer, and away with it."""
        await self.copies(text)
        await self.click("Paste", self.parts.selection)
        await self.pause(0.1)
        await self.click("Return", self.parts.selection)

    async def spawn(self, lines: Sequence[str]) -> None:
        """From the first page: the list, pasted; the table wants it twice."""
        await self.click("start one thread for each line of a list", self.parts.map)
        await self.spot("LIST", self.parts.selection)
        await self.paste("\n".join(lines))
        await self.spot(f"{len(lines)} threads, ")
        await self.click("Start")
        await self.pause(0.4)
        await self.click("Start")

    async def walk(self) -> None:
        """To the next tile."""
        names = [str(entry["data"]["name"]) for entry in self.found("ThreadCreated")]
        await self.click(names[self._walked % len(names)], self.parts.map)
        self._walked += 1
        await self.pause(0.1)

    _walked = 0

    async def choose(self, name: str) -> None:
        """One thread, by its tile."""
        await self.click(name, self.parts.map)
        await self.spot(name, self.parts.inspector)

    async def steer(self, text: str) -> None:
        """Words for those selected, and the turn they wait for is broken off."""
        await self.click("Steer", self.parts.card)
        await self.spot("STEER", self.parts.selection)
        await self.paste(text)
        await self.pause(0.2)
        await self.click("Interrupt", self.parts.card)

    async def approve_mode(self) -> None:
        """To the first case, by the count in the bar."""
        await self.click("J", self.parts.bar)
        await self.spot("APPROVE", self.parts.card)

    async def allow(self) -> None:
        """This case."""
        await self.click("Allow", self.parts.inspector)

    async def deny(self) -> None:
        """This case."""
        await self.click("Deny", self.parts.inspector)

    async def leave_approve(self) -> None:
        """To the map."""
        await self.click("Back", self.parts.card)

    async def group_of(self, name: str) -> list[int]:
        """A box round all tiles of a name; they become group 1."""
        tiles = [one for one in await self.look(self.parts.map) if one.text.startswith(name)]
        left, top = min(one.x for one in tiles), min(one.y for one in tiles)
        right, low = max(one.x for one in tiles), max(one.y for one in tiles)
        await self.display.drag((left - 20, top - 4), (right + 20, low + 30))
        since = self.seq
        await self.by_name("Group set 1")
        found = await self.until(lambda: self.found("GroupChanged", since, group=1), "no group 1")
        return list(found[-1]["data"]["threads"])

    async def give_model(self, model: str) -> None:
        """Group 1 goes on with another model."""
        await self.click("1", self.parts.selection, 0)
        await self.click("More", self.parts.card)
        await self.click("Model", self.parts.card)
        await self.click("Other", self.parts.card)
        await self.spot("MODEL", self.parts.selection)
        await self.paste(model)

    async def freeze(self) -> None:
        """Those selected."""
        await self.click("Freeze", self.parts.card)

    async def spare(self) -> None:
        """Those selected go on."""
        await self.click("Resume", self.parts.card)

    async def open_diff(self) -> None:
        """Of the thread in the inspector."""
        await self.click("Diff", self.parts.inspector)

    async def quit(self) -> None:
        """By the palette."""
        await self.free()
        await self.by_name("Quit (the loops go on)")

    async def by_name(self, name: str) -> None:
        """An action by its line in the palette, which is turned until it is there."""
        await self.display.click(LOGO.x, LOGO.y)
        title = await self.spot("PALETTE")
        for _ in range(60):
            found = [one for one in await self.look() if one.text == name]
            if found:
                await self.display.click(found[-1].x, found[-1].y)
                return
            await self.display.scroll(title.x + 60, title.y + 160, -4)
        raise AssertionError(f"no line {name!r} in the palette")

    def pastime(self, rng: random.Random) -> Callable[[], Awaitable[None]]:
        """Something harmless, at random."""
        acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, lambda: self._tile(rng)),
            (3, lambda: self._box(rng)),
            (3, lambda: self._wheel(rng)),
            (2, lambda: self._press(rng.choice(TABS))),
            (2, lambda: self._press(rng.choice(LEVELS))),
            (2, self._palette),
            (2, lambda: self._halt(rng)),
            (2, lambda: self._word(rng)),
            (1, self._menu),
            (1, lambda: self._press("1")),
        ]
        return rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]

    async def _press(self, text: str) -> None:
        """A text of that word, if one is in sight."""
        found = [one for one in await self.look() if one.text == text]
        if found:
            await self.display.click(found[-1].x, found[-1].y)

    async def _tile(self, rng: random.Random) -> None:
        names = [str(entry["data"]["name"]) for entry in self.found("ThreadCreated")]
        await self._press(rng.choice(names))
        await self.pause(0.2)

    async def _box(self, rng: random.Random) -> None:
        box = self.parts.map
        x, y = rng.randint(box.x + 4, box.x + 300), rng.randint(box.y + 40, box.y + 90)
        await self.display.drag((x, y), (x + rng.randint(60, 500), y + rng.randint(40, 200)))

    async def _wheel(self, rng: random.Random) -> None:
        box = rng.choice((self.parts.map, self.parts.inspector))
        turns = rng.choice((-2, -1, 1, 2))
        await self.display.scroll(box.x + box.w // 2, box.y + box.h // 2, turns)

    async def _palette(self) -> None:
        await self.display.click(LOGO.x, LOGO.y)
        title = await self.spot("PALETTE")
        await self.display.scroll(title.x + 60, title.y + 160, -5)

    async def _menu(self) -> None:
        """The menu of a tile, and a click beside it."""
        tile = await self.spot("", self.parts.map)
        await self.display.click(tile.x, tile.y, 3)
        await self.pause(0.2)
        await self.display.click(self.parts.map.right - 12, self.parts.map.bottom - 12)

    async def _halt(self, rng: random.Random) -> None:
        await self._press("Pause")
        await self.pause(rng.uniform(0.2, 1.5))
        await self._press("Resume")

    async def _word(self, rng: random.Random) -> None:
        """One that has ended is revived first."""
        await self._press("Tiles")
        await self._tile(rng)
        if await self.sees("done", self.parts.inspector):
            await self.click("More", self.parts.card)
            await self._press("Revive")
            await self.pause(0.5)
            await self.free()
        await self._press("Steer")
        await self.pause(0.2)
        if await self.writes():
            seed, script = rng.randint(10, 99), rng.choice(("slow", "working"))
            await self.paste(f"once more [[sparring script={script} seed={seed}]]")
