"""Orders that stand or wait: Shift + card key, loop, goal, priority, clear queue."""

from collections.abc import Callable
from functools import partial

from commandcenter.hud import card_pages, giving
from commandcenter.hud.queueing import free
from commandcenter.hud.selection import named
from commandcenter.ui.commanding import Commanding
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.writing import Writing


class Chaining:
    """Its actions by id."""

    def __init__(
        self, screen: Screen, giver: Giver, commanding: Commanding, writing: Writing
    ) -> None:
        self._screen = screen
        self._giver = giver
        self._commanding = commanding
        self._writing = writing

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        command = self._commanding.command
        return {
            "order.loop": self.loop,
            "order.loop.queued": partial(self.loop, True),
            "order.goal": self.goal,
            "order.goal.queued": partial(self.goal, True),
            "rank.priority_up": partial(command, "rank.priority_up"),
            "rank.priority_down": partial(command, "rank.priority_down"),
            "order.steer.queued": partial(self._writing.open_steer, True),
            "order.interrupt.queued": partial(self.append, "order.interrupt"),
            "order.pause_resume.queued": partial(self.append, "order.pause_resume"),
            "order.kill.queued": partial(self.append, "order.kill"),
            "order.budget.queued": partial(self._commanding.budget, True),
        }

    # --- Shift + card key --------------------------------------------------

    def append(self, action: str) -> None:
        """The order waits behind what the receivers do."""
        screen = self._screen
        if not screen.someone():
            return
        orders = giving.queued(screen.world, action, screen.receivers)
        if not orders:
            screen.refuse(giving.why(screen.world, screen.receivers, f"{action}.queued"))
        for text in orders:
            verb, ids = text.partition(" ")[0], giving.named_in(text)
            self._giver.text(text, ids, f"{named(screen.world, ids)}: {verb} {self._when(ids)}")

    def _when(self, ids: tuple[int, ...]) -> str:
        return "at once" if free(self._screen.world, ids) else "waits behind what they do"

    # --- loop, goal --------------------------------------------------

    def loop(self, queued: bool = False, count: int = 0) -> None:
        """R: a menu of stop conditions; a running loop can be ended there."""
        screen = self._screen
        if not self._can("order.loop", queued):
            return
        page = card_pages.loop_page(screen.world, screen.receivers, count, queued)
        acts: dict[str, Callable[[], None]] = {
            place.action: partial(self._begin, place.action.removeprefix("loop:"), queued)
            for place in page.places
            if place is not None
        }
        acts["loop.own"] = partial(self._writing.open_loop, queued)
        self._commanding.open_menu(page, acts, partial(self._rounds, queued))

    def _rounds(self, queued: bool, digit: int) -> None:
        """A digit in the menu: so many rounds."""
        self.loop(queued, digit or 10)

    def _begin(self, until: str, queued: bool) -> None:
        screen = self._screen
        ids = screen.receivers
        for text in giving.loop(screen.world, ids, until, queued):
            said = "the loop is over" if until == "off" else f"loops until {_said(until)}"
            said = f"{said}, behind what they do" if queued else said
            if not self._giver.text(text, giving.named_in(text), said) and screen.up:
                notice = screen.notice
                self.loop(queued, int(until) if until.isdigit() else 0)
                screen.notice = notice

    def goal(self, queued: bool = False) -> None:
        """T: what the receivers are for."""
        if self._can("order.goal", queued):
            self._writing.open_goal(queued)

    def _can(self, action: str, queued: bool) -> bool:
        """Can one of the receivers take it; else the card says why not."""
        screen = self._screen
        if not screen.someone():
            return False
        name = f"{action}.queued" if queued else action
        if giving.able(screen.world, screen.receivers, name):
            return True
        screen.refuse(giving.why(screen.world, screen.receivers, name))
        return False


def _said(until: str) -> str:
    """A stop condition in words."""
    if until.isdigit():
        return f"{until} rounds are done" if until != "1" else "1 round is done"
    if until.startswith("stale:"):
        return f"{until.removeprefix('stale:')} rounds changed no file"
    return f"{until} is spent" if until.startswith("$") else f"{until} are over"
