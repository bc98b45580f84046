"""Target mode: an order asks where it goes, letters on card and map answer (screen.md 7)."""

from collections.abc import Callable
from functools import partial

import msgspec

from commandcenter.core.refusals import NoChange, Reason, TargetInvalid
from commandcenter.core.world import World
from commandcenter.hud import card_pages, giving
from commandcenter.hud.card import Page
from commandcenter.hud.selection import Direction
from commandcenter.hud.words import plain
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter
from commandcenter.ui.screen import Screen
from commandcenter.ui.writing import Writing

GROUP = "to:@group:"


class Targets(msgspec.Struct):
    """The order that waits for its target; its receivers are fixed when the mode is entered."""

    ids: tuple[int, ...]
    cursor: int = 0
    """The thread that Return picks; the selection's own cursor stays where it is."""

    def page(self, world: World) -> Page:
        """The candidates on the card."""
        return card_pages.rally_page(world, self.ids)

    def slots(self, world: World) -> dict[int, int]:
        """Thread -> the place of the candidate that it stands for."""
        found: dict[int, int] = {}
        for place in self.page(world).places:
            if place is not None and place.enabled and place.action.startswith(GROUP):
                for thread in world.groups.get(int(place.action.removeprefix(GROUP)), ()):
                    found.setdefault(thread, place.slot)
        return found

    def letters(self, world: World, grid: tuple[str, ...]) -> dict[int, str]:
        """Thread -> the letter that stands on its tile: the key of its candidate's place."""
        return {thread: grid[slot] for thread, slot in self.slots(world).items()}


class Targeting:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver, writing: Writing) -> None:
        self._screen = screen
        self._giver = giver
        self._writing = writing
        writing.also("target", self._named)

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        slots = {f"target.slot{slot:02d}": partial(self.choose, slot) for slot in range(15)}
        return {
            **slots,
            "order.rally": self.rally,
            "target.accept": self.accept,
            "target.accept_queued": partial(self.accept, True),
        }

    # --- in and out --------------------------------------------------

    def rally(self) -> None:
        """N: where the receivers' results go."""
        screen = self._screen
        if not screen.someone():
            return
        ids = giving.able(screen.world, screen.receivers, "order.rally")
        if not ids:
            screen.refuse(giving.why(screen.world, screen.receivers, "order.rally"))
            return
        screen.targets = Targets(ids, screen.selection.active)
        screen.enter("target")

    def leave(self) -> None:
        """Back to the map; the selection is as it was."""
        self._screen.targets = None
        self._screen.leave("target")

    # --- picking --------------------------------------------------

    def choose(self, slot: int, queued: bool = False) -> None:
        """The candidate in a place of the card."""
        screen, targets = self._screen, self._screen.targets
        if targets is None:
            return
        place = targets.page(screen.world).at(slot)
        if place is None:
            letter = screen.labels.of(screen.keymap.grid[slot])
            screen.refuse(TargetInvalid(f"no candidate has the letter {letter}"))
            return
        if place.reason is not None:
            screen.refuse(place.reason)
            return
        to = place.action.removeprefix("to:")
        orders = giving.rally(screen.world, targets.ids, to, queued)
        if not orders:
            screen.refuse(NoChange())
            return
        where = f"to {plain(place.name).lower()}" if to else "nowhere"
        said = f"results go {where}" + " once what waits is done" * queued
        given = all(self._giver.text(one, targets.ids, said) for one in orders)
        if given and not queued:
            self.leave()

    def accept(self, queued: bool = False) -> None:
        """Return: the candidate that the thread under the cursor stands for."""
        targets = self._screen.targets
        if targets is not None:
            self.pick(targets.cursor, queued)

    def pick(self, thread: int, queued: bool = False) -> None:
        """A tile, a member or a row was clicked, or Return pressed on it; Shift appends."""
        screen, targets = self._screen, self._screen.targets
        if targets is None:
            return
        slot = targets.slots(screen.world).get(thread)
        if slot is None:
            screen.refuse(self._no(thread))
        else:
            self.choose(slot, queued)

    def _no(self, thread: int) -> Reason:
        head = self._screen.world.threads.get(thread)
        if head is None:
            return TargetInvalid("no thread is there; a letter on the card picks")
        return TargetInvalid(f"{plain(head.name)} is in no group; Ctrl+1 to 0 makes one")

    def digit(self, digit: int) -> None:
        """A control group by its own key."""
        self.choose(card_pages.DIGITS.index(digit))

    def move(self, way: Direction) -> None:
        """Arrows: the cursor goes to the next thread that way; the selection stays."""
        screen, targets = self._screen, self._screen.targets
        if targets is None:
            return
        if screen.camera is not None:
            targets.cursor = screen.camera.neighbour(targets.cursor, way)
            screen.camera.reveal((targets.cursor,))
        screen.changed()

    # --- by name --------------------------------------------------

    def typed(self) -> None:
        """/: a name: of a thread, a group's digit, review or nowhere."""
        hint = "a thread's name, a group's digit, review, nowhere"
        self._writing.open(Letter("target", "TARGET", hint=hint, offers=self._names()))

    def _names(self) -> tuple[str, ...]:
        screen, targets = self._screen, self._screen.targets
        if targets is None:
            return ()
        places = (place for place in targets.page(screen.world).places if place and place.enabled)
        threads = (screen.world.threads[one].name for one in targets.slots(screen.world))
        return (*(place.name.lower() for place in places), *map(plain, threads))

    def _named(self, letter: Letter, text: str, now: bool) -> bool:
        screen, targets = self._screen, self._screen.targets
        if targets is None:
            return True
        wanted = text.strip().lower()
        for place in targets.page(screen.world).places:
            if place is not None and wanted in (place.name.lower(), place.name.lower()[6:]):
                self.choose(place.slot)
                return True
        for thread in targets.slots(screen.world):
            if plain(screen.world.threads[thread].name).lower() == wanted:
                self.pick(thread)
                return True
        screen.refuse(TargetInvalid(f"nothing that could be picked is called {plain(text)[:40]!r}"))
        return False
