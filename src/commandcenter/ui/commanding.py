"""The card's own keys: orders to the selection, X X, the pages behind B, Z and Mod+N, the bells."""

from collections.abc import Callable, Mapping

from commandcenter.core import notation
from commandcenter.core.orders import AnyOrder
from commandcenter.core.refusals import AccountMissing, NotUndoable, TargetInvalid
from commandcenter.core.text import line
from commandcenter.core.world import Head
from commandcenter.hud import card, giving
from commandcenter.hud.abilities import cannot
from commandcenter.hud.card import Page, Place
from commandcenter.hud.selection import named
from commandcenter.ui.giver import Giver
from commandcenter.ui.opening import Opening
from commandcenter.ui.screen import Screen
from commandcenter.ui.templates import templates
from commandcenter.ui.writing import Writing

COLUMNS = 5
_SAID = {
    "order.interrupt": "the turn is stopped",
    "freeze": "frozen; X again within 3 s kills",
    "kill": "killed in 10 s; E keeps it",
    "more.revive": "revived",
    "more.kill_now": "killed now",
    "more.compact": "it makes its context smaller",
    "take": "it comes into your hands once it rests",
    "give-back": "it is ours again and goes on where you left it",
    "hibernate": "put away; B, G wakes it",
    "wake": "it wakes",
    "allow-login": "its login passes the gate from its next session on",
    "forbid-login": "its next session goes past the gate",
}


class Commanding:
    """From a press on the card to the orders it gives."""

    def __init__(self, screen: Screen, giver: Giver, writing: Writing, opening: Opening) -> None:
        self._screen = screen
        self._giver = giver
        self._writing = writing
        self._opening = opening
        self._acts: dict[str, Callable[[], None]] = {}
        self._opens: dict[str, Callable[[], None]] = {
            "more.rename": lambda: writing.open_field("rename"),
            "more.model": lambda: writing.open_field("model"),
            "budget.usd": lambda: writing.open_field("usd"),
            "budget.tokens": lambda: writing.open_field("tokens"),
            "budget.share": lambda: writing.open_field("share"),
            "rest.editor": opening.editor,
            "rest.shell": opening.shell,
            "rest.browser": opening.browser,
            "rest.copy": opening.copy_line,
        }

    # --- orders to the selection --------------------------------------------------

    def command(self, action: str) -> None:
        """A card's order to those of the selection that can take it; else the card says why not."""
        screen = self._screen
        if not screen.someone():
            return
        texts = giving.orders(screen.world, action, screen.selection.ids)
        if not texts:
            self._why_not(action)
            return
        for text in texts:
            if text.startswith("take "):
                self._opening.expect(_named(text))
            self._giver.text(text, _named(text), self._said(action, text))

    def _said(self, action: str, text: str) -> str:
        if action == "order.pause_resume":
            return "pausing" if text.startswith("pause") else "resumed"
        if action.startswith("budget"):
            return "the limit is changed"
        return _SAID.get(action) or _SAID.get(text.partition(" ")[0], "")

    def _why_not(self, action: str) -> None:
        screen = self._screen
        as_button = {"freeze": "order.kill", "kill": "more.kill_now"}.get(action, action)
        if action == "rest.login":
            screen.refuse(TargetInvalid("none of them has a login of its own"))
            return
        reason = cannot(self._heads(), as_button)
        if reason is not None:
            screen.refuse(reason)

    def _heads(self) -> list[Head]:
        threads = self._screen.world.threads
        return [threads[t] for t in self._screen.selection.ids if t in threads]

    def freeze_or_kill(self) -> None:
        """X freezes and arms; X again, 120 ms to 3 s later, same receivers, lights the fuse."""
        screen = self._screen
        if not screen.someone() or not screen.ready():
            return
        what = screen.kill.press(screen.selection.ids, screen.now())
        if what:
            self.command(what)

    # --- pages --------------------------------------------------

    def more(self) -> None:
        """B: the page behind."""
        self._open(card.more_page(self._screen.world, self._screen.selection.ids))

    def budget(self) -> None:
        """Z: the page of limits."""
        world, ids = self._screen.world, self._screen.selection.ids
        if not self._screen.someone():
            return
        if card.able(world, ids, "order.budget"):
            self._open(card.budget_page(world, ids))
        else:
            self._why_not("order.budget")

    def new_thread(self) -> None:
        """Mod+N: templates, one key each."""
        screen = self._screen
        found = templates(screen)
        if not found:
            screen.refuse(AccountMissing("yet"))
            return
        screen.count = 1
        self._open(card.template_page("NEW", found, screen.count))

    def open_menu(self, page: Page, acts: Mapping[str, Callable[[], None]]) -> None:
        """Into MENU with a page whose lines do what `acts` says."""
        self._open(page)
        self._acts = dict(acts)

    def _open(self, page: Page) -> None:
        screen = self._screen
        self._acts = {}
        screen.page = page
        screen.marked = next((p.slot for p in page.places if p and p.enabled), 0)
        screen.enter("subcard")

    def digit(self, digit: int) -> None:
        """The count asked for."""
        screen = self._screen
        if screen.page is not None and screen.page.title == "NEW":
            screen.count = max(min(digit or 10, 99), 1)
            screen.page = card.template_page("NEW", templates(screen), screen.count)
            screen.changed()

    def mark(self, by: int) -> None:
        """Arrows in a menu: the next enabled item that way."""
        screen = self._screen
        if screen.page is None:
            return
        slots = [place.slot for place in screen.page.places if place and place.enabled]
        ahead = [slot for slot in slots if (slot - screen.marked) * by > 0]
        if abs(by) == COLUMNS:
            ahead = [slot for slot in ahead if slot % COLUMNS == screen.marked % COLUMNS] or ahead
        if ahead:
            screen.marked = min(ahead) if by > 0 else max(ahead)
            screen.changed()

    def accept(self) -> None:
        """Return: the marked item."""
        self.choose(self._screen.marked)

    def choose(self, slot: int) -> None:
        """The item in a place of the page."""
        screen = self._screen
        place = screen.page.at(slot) if screen.page else None
        if place is None:
            return
        if place.reason is not None:
            screen.refuse(place.reason)
            return
        self._chosen(place)

    def _chosen(self, place: Place) -> None:
        screen = self._screen
        if place.action == "card.rest":
            self._open(card.rest_page(screen.world, screen.selection.ids))
            return
        act = self._acts.get(place.action)
        screen.leave("subcard")
        screen.page = None
        if act is not None:
            act()
        elif place.action.startswith("template."):
            self._writing.open_brief(templates(screen)[place.slot])
        elif place.action.startswith("port."):
            self._opening.port(int(place.action.removeprefix("port.")))
        else:
            self.run(place.action)

    def run(self, action: str) -> None:
        """What an item behind B or Z does."""
        if action in self._opens:
            self._opens[action]()
        else:
            self.command(action)

    # --- bells, undo --------------------------------------------------

    def bell_pause(self) -> None:
        """Mod+.: all stop; again: resumes what it stopped."""
        if self._screen.world.bell:
            self._giver.text("resume-all", (), "the bell is lifted")
        else:
            self._giver.text("pause-all", (), "the bell: every thread stops at its next safe point")

    def bell_freeze(self) -> None:
        """Mod+Shift+.: the gate admits nothing; again lifts it."""
        if self._screen.world.frozen_accounts:
            self._giver.text("resume-spending", (), "spending goes on")
        else:
            self._giver.text("freeze-spending", (), "spending is frozen; calls are cut")

    def undo(self) -> None:
        """Mod+Z: says what it takes back."""
        screen = self._screen
        if not screen.world.undo:
            screen.refuse(NotUndoable("nothing you did"))
            return
        self._giver.text("undo", (), f"taken back: {self._words(screen.world.undo[-1].order)}")

    def redo(self) -> None:
        """Mod+Shift+Z."""
        screen = self._screen
        if not screen.world.redo:
            screen.refuse(NotUndoable("nothing was taken back, so nothing"))
            return
        self._giver.text("redo", (), f"given again: {self._words(screen.world.redo[-1].order)}")

    def _words(self, order: AnyOrder) -> str:
        """An order as the player reads it: its threads by name or count, not by number."""
        text = notation.text(order)
        ids = _named(text)
        numbers = next((part for part in text.split() if part.startswith("#")), "")
        return line(text.replace(numbers, named(self._screen.world, ids), 1) if ids else text, 80)


def _named(text: str) -> tuple[int, ...]:
    """The threads an order's text names by number."""
    found = [part for part in text.split() if part.startswith("#")]
    return tuple(int(one.lstrip("#")) for part in found[:1] for one in part.split(","))
