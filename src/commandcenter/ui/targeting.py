"""Target mode: an order asks where it goes, letters on card and map answer (screen.md 7)."""

from collections.abc import Callable
from functools import partial

from commandcenter.core.refusals import NoChange, Reason, TargetInvalid
from commandcenter.core.world import World
from commandcenter.hud import card_pages, giving
from commandcenter.hud.card import Page, Place
from commandcenter.hud.selection import Direction
from commandcenter.hud.words import plain
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter
from commandcenter.ui.screen import Screen
from commandcenter.ui.writing import Writing

GROUP = "to:@group:"
COLUMNS = 5


class Targets:
    """An order that waits for its target; its receivers are fixed when the mode is entered.

    Subclasses say who may be picked and what picking gives.
    """

    hint = "a candidate's name"
    """What may be typed after /."""
    marked = -1
    """The place that Return picks and that tells about itself; -1 = the map has the cursor."""

    def __init__(self, ids: tuple[int, ...], cursor: int = 0) -> None:
        self.ids = ids
        self.cursor = cursor
        """The thread that Return picks; the selection's own cursor stays where it is."""

    def page(self, world: World) -> Page:
        """The candidates on the card."""
        raise NotImplementedError

    def slots(self, world: World) -> dict[int, int]:
        """Thread -> the place of the candidate that it stands for."""
        return {}

    def letters(self, world: World, grid: tuple[str, ...]) -> dict[int, str]:
        """Thread -> the letter that stands on its tile: the key of its candidate's place."""
        return {thread: grid[slot] for thread, slot in self.slots(world).items()}

    def give(self, place: Place, queued: bool) -> bool:
        """Picked, and greyed it is not; True = the order went out."""
        raise NotImplementedError

    def digit(self, digit: int) -> int | None:
        """The place that a digit stands for; None = none."""
        return None

    def beyond(self, world: World, thread: int) -> Place | None:
        """The candidate that a thread is, though it has no place on the card; None = it is none."""
        return None

    def tells(self, place: Place) -> tuple[str, str]:
        """What picking it does and what that costs, for its tooltip."""
        return "", ""

    def no(self, world: World, thread: int) -> Reason:
        """Why a thread cannot be picked."""
        head = world.threads.get(thread)
        if head is None:
            return TargetInvalid("no thread is there; a letter on the card picks")
        return TargetInvalid(f"{plain(head.name)} cannot be picked; a letter on the card does")

    def short(self, name: str) -> str:
        """What a candidate may be called besides its name, in small letters."""
        return name.lower()


class Rally(Targets):
    """N: control groups, review, nowhere."""

    hint = "a thread's name, a group's digit, review, nowhere"

    def __init__(self, ids: tuple[int, ...], cursor: int, screen: Screen, giver: Giver) -> None:
        super().__init__(ids, cursor)
        self._screen = screen
        self._giver = giver

    def page(self, world: World) -> Page:
        """Where results can go."""
        return card_pages.rally_page(world, self.ids)

    def slots(self, world: World) -> dict[int, int]:
        """Members stand for their group."""
        found: dict[int, int] = {}
        for place in self.page(world).places:
            if place is not None and place.enabled and place.action.startswith(GROUP):
                for thread in world.groups.get(int(place.action.removeprefix(GROUP)), ()):
                    found.setdefault(thread, place.slot)
        return found

    def give(self, place: Place, queued: bool) -> bool:
        """Their results go there from now on."""
        to = place.action.removeprefix("to:")
        orders = giving.rally(self._screen.world, self.ids, to, queued)
        if not orders:
            self._screen.refuse(NoChange())
            return False
        where = f"to {plain(place.name).lower()}" if to else "nowhere"
        said = f"results go {where}" + " once what waits is done" * queued
        return all(self._giver.text(one, self.ids, said) for one in orders)

    def digit(self, digit: int) -> int:
        """A control group by its own key."""
        return card_pages.DIGITS.index(digit)

    def no(self, world: World, thread: int) -> Reason:
        """It is in no group."""
        head = world.threads.get(thread)
        if head is None:
            return super().no(world, thread)
        return TargetInvalid(f"{plain(head.name)} is in no group; Ctrl+1 to 0 makes one")

    def short(self, name: str) -> str:
        """`Group 2` is called 2."""
        return name.lower()[6:]


class Targeting:
    """Its actions by id. `aim` enters the mode for any order that asks where it goes."""

    def __init__(self, screen: Screen, giver: Giver, writing: Writing) -> None:
        self._screen = screen
        self._giver = giver
        self._writing = writing
        self.targets: Targets | None = None
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

    def aim(self, targets: Targets) -> None:
        """The player's key leads into target mode for this order."""
        self.targets = self._screen.targets = targets
        self._screen.enter("target")

    def rally(self) -> None:
        """N: where the receivers' results go."""
        screen = self._screen
        if not screen.someone():
            return
        ids = giving.able(screen.world, screen.receivers, "order.rally")
        if not ids:
            screen.refuse(giving.why(screen.world, screen.receivers, "order.rally"))
            return
        self.aim(Rally(ids, screen.selection.active, screen, self._giver))

    def leave(self) -> None:
        """Back to the map; the selection is as it was."""
        self.targets = self._screen.targets = None
        self._screen.leave("target")

    # --- picking --------------------------------------------------

    def choose(self, slot: int, queued: bool = False) -> None:
        """The candidate in a place of the card."""
        screen, targets = self._screen, self.targets
        if targets is None:
            return
        place = targets.page(screen.world).at(slot)
        if place is None:
            letter = screen.labels.of(screen.keymap.grid[slot])
            screen.refuse(TargetInvalid(f"no candidate has the letter {letter}"))
        elif place.reason is not None:
            screen.refuse(place.reason)
        else:
            self._take(targets, place, queued)

    def _take(self, targets: Targets, place: Place, queued: bool) -> None:
        if targets.give(place, queued) and not queued and self.targets is targets:
            self.leave()

    def accept(self, queued: bool = False) -> None:
        """Return: the candidate that the thread under the cursor stands for."""
        targets = self.targets
        if targets is not None and targets.marked >= 0:
            self.choose(targets.marked, queued)
        elif targets is not None:
            self.pick(targets.cursor, queued)

    def pick(self, thread: int, queued: bool = False) -> None:
        """A tile, a member or a row was clicked, or Return pressed on it; Shift appends."""
        screen, targets = self._screen, self.targets
        if targets is None:
            return
        slot = targets.slots(screen.world).get(thread)
        place = targets.beyond(screen.world, thread) if slot is None else None
        if slot is not None:
            self.choose(slot, queued)
        elif place is None:
            screen.refuse(targets.no(screen.world, thread))
        else:
            self._take(targets, place, queued)

    def digit(self, digit: int) -> None:
        """What a digit stands for, where it stands for something."""
        slot = self.targets.digit(digit) if self.targets is not None else None
        if slot is not None:
            self.choose(slot)
        else:
            self._screen.refuse(TargetInvalid(f"no candidate has the digit {digit}"))

    def move(self, way: Direction) -> None:
        """Arrows: the cursor goes to the next thread that way; the selection stays."""
        screen, targets = self._screen, self.targets
        if targets is None:
            return
        if targets.marked >= 0:
            self._mark(targets, way)
        elif screen.camera is not None:
            targets.cursor = screen.camera.neighbour(targets.cursor, way)
            screen.camera.reveal((targets.cursor,))
        screen.changed()

    def _mark(self, targets: Targets, way: Direction) -> None:
        """The next candidate on the card that way; greyed ones tell why."""
        right = -1 if self._screen.keymap.mirrored else 1
        by = {"left": -right, "right": right, "up": -COLUMNS, "down": COLUMNS}[way]
        slots = [one.slot for one in targets.page(self._screen.world).places if one is not None]
        ahead = [slot for slot in slots if (slot - targets.marked) * by > 0]
        if abs(by) == COLUMNS:
            ahead = [slot for slot in ahead if slot % COLUMNS == targets.marked % COLUMNS]
        if ahead:
            targets.marked = min(ahead) if by > 0 else max(ahead)

    # --- by name --------------------------------------------------

    def typed(self) -> None:
        """/: a candidate by its name, or by that of a thread."""
        if self.targets is not None:
            hint = self.targets.hint
            self._writing.open(Letter("target", "TARGET", hint=hint, offers=self._names()))

    def _names(self) -> tuple[str, ...]:
        screen, targets = self._screen, self.targets
        if targets is None:
            return ()
        places = (place for place in targets.page(screen.world).places if place and place.enabled)
        threads = (screen.world.threads[one].name for one in targets.slots(screen.world))
        return (*(place.name.lower() for place in places), *map(plain, threads))

    def _named(self, letter: Letter, text: str, now: bool) -> bool:
        screen, targets = self._screen, self.targets
        if targets is None:
            return True
        wanted = text.strip().lower()
        for place in targets.page(screen.world).places:
            if place is not None and wanted in (place.name.lower(), targets.short(place.name)):
                self.choose(place.slot)
                return True
        for thread in targets.slots(screen.world):
            if plain(screen.world.threads[thread].name).lower() == wanted:
                self.pick(thread)
                return True
        screen.refuse(TargetInvalid(f"nothing that could be picked is called {plain(text)[:40]!r}"))
        return False
