"""APPROVE: entered by J, left by B or Esc; Y and N decide, nothing else does."""

from commandcenter.core.orders import AnyOrder
from commandcenter.core.refusals import OtherKey, Reason, Refused, ShownChanged
from commandcenter.ui.deck import DEAD_S, TABS, Tab
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.writing import Writing


class Deciding:
    """The approval keys. Every decision carries the id and digest of the case that was shown."""

    def __init__(self, screen: Screen, giver: Giver, writing: Writing) -> None:
        self._screen = screen
        self._giver = giver
        self._writing = writing

    def next(self) -> None:
        """J: into the mode on its first case; inside it, the next case."""
        screen = self._screen
        screen.agenda.used(screen.now())
        if screen.mode == "approval":
            screen.deck.next(screen.world, screen.now())
        else:
            screen.deck.show(None, screen.now())
            screen.deck.first(screen.world, screen.now())
            screen.enter("approval")
        if screen.deck.shown is None:
            screen.say("nothing asks", "B or Esc goes back to the map")
        screen.changed()

    def open_case(self, ask: int) -> None:
        """A click on an approval."""
        screen = self._screen
        case = screen.world.asks.get(ask)
        if case is not None:
            screen.deck.show(case, screen.now())
            screen.enter("approval")

    def follow(self) -> None:
        """The world moved on while a case is shown."""
        screen = self._screen
        if "approval" in screen.modes:
            screen.deck.follow(screen.world, screen.now())

    def back(self) -> None:
        """B: out of the mode."""
        self._screen.notice = None  # it spoke of a case
        self._screen.leave("approval")

    def allow(self) -> None:
        """Y."""
        self._decide("allow")

    def allow_danger(self) -> None:
        """Shift+Y."""
        self._read()
        self._decide("danger")

    def deny(self) -> None:
        """N."""
        self._decide("deny")

    def deny_with_words(self) -> None:
        """Shift+N: opens the composer; its Return denies."""
        screen = self._screen
        try:
            screen.deck.deny(screen.now())
        except Refused as error:
            self.refused(error.reason)
            return
        self._writing.open_deny()

    def _decide(self, how: str) -> None:
        """Y or N on the shown case; the guards answer before any order is made."""
        screen = self._screen
        try:
            order = self._order(how)
        except Refused as error:
            self.refused(error.reason)
            return
        if order is None:
            screen.say("R4: Shift+Y again allows it", "anything else does not")
            return
        case = screen.deck.shown
        threads = (case.thread,) if case else ()
        if self._giver.order(order, threads, self._said(how)):
            screen.agenda.used(screen.now())
            screen.agenda.handling.learn("approval", screen.now() - screen.deck.since)

    def refused(self, reason: Reason) -> None:
        """A key that decided nothing says why; in the dead time with a click."""
        if isinstance(reason, ShownChanged):
            screen = self._screen
            screen.sounding.offer("click", reason.text(), screen.now())
            shown = screen.deck.shown
            screen.acting.dead(shown.id if shown else 0, screen.clock.wall())
        self._screen.refuse(reason)

    def _said(self, how: str) -> str:
        scope = self._screen.deck.remember
        if how == "deny":
            return "denied"
        return f"allowed, and remembered for the {scope}" if scope else "allowed once"

    def _read(self) -> None:
        """The Action tab stands at its end, and stood there long enough to be this case's."""
        deck, screen = self._screen.deck, self._screen
        if screen.now() - deck.since >= DEAD_S and screen.case_at_end():
            deck.read_to_end = True

    def _order(self, how: str) -> AnyOrder | None:
        deck, now = self._screen.deck, self._screen.now()
        if how == "allow":
            return deck.allow(now)
        return deck.allow_danger(now) if how == "danger" else deck.deny(now)

    def tab(self, tab: Tab) -> None:
        """A, S, D, F, G: the case's tabs."""
        self._read()
        self._screen.deck.pick(tab)
        self._screen.changed()

    def click_tab(self, tab: str) -> None:
        """A tab was clicked while deciding."""
        found = next((one for one in TABS if one == tab), None)
        if found is not None:
            self.tab(found)

    def other_key(self) -> None:
        """R, T, X and every other grid key decide nothing."""
        self._screen.refuse(OtherKey("Y allows once, N denies, B leaves"))
