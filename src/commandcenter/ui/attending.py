"""What needs the player: the list of cases and of alerts, defer, remember, edit, identical."""

from collections.abc import Callable

from commandcenter.core.orders import AnyOrder, Approve, Defer
from commandcenter.core.refusals import NoChange, Refused, TargetMissing
from commandcenter.hud.alert_log import LogLine
from commandcenter.ui.deciding import Deciding
from commandcenter.ui.giver import Giver
from commandcenter.ui.guards import LATEST_S, SOONEST_S
from commandcenter.ui.letter import Letter
from commandcenter.ui.lists import AlertLog, CaseList
from commandcenter.ui.screen import Screen
from commandcenter.ui.writing import Writing

MANY = 5
"""More equal cases want the second press."""
_SAID = {
    "": "Y allows once",
    "turn": "the next Y remembers it for this turn",
    "thread": "the next Y remembers it for this thread",
    "operation": "the next Y remembers it for the operation",
}


class Attending:
    """Its actions by id. Only `allow_identical` decides anything, and that after a look at all."""

    def __init__(self, screen: Screen, giver: Giver, deciding: Deciding, writing: Writing) -> None:
        self._screen = screen
        self._giver = giver
        self._deciding = deciding
        self._writing = writing
        writing.also("edit", self._edited)
        self._meant: tuple[AnyOrder, tuple[tuple[int, str], ...], float] | None = None
        self.show: Callable[[LogLine], None] = lambda line: None
        """Brings what an alert is about into view."""

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "approval.list": self.cases,
            "approval.tab_context": lambda: self._deciding.tab("Context"),
            "approval.tab_cost": lambda: self._deciding.tab("Cost"),
            "approval.remember": self.remember,
            "approval.edit": self.edit,
            "approval.defer": self.defer,
            "approval.allow_identical": self.allow_identical,
            "alert.log": self.log,
        }

    # --- lists --------------------------------------------------

    def cases(self) -> None:
        """Shift+J: all open cases."""
        self._screen.open_sheet(CaseList(self._screen, self._deciding.open_case))

    def log(self) -> None:
        """Shift+L: all alerts."""
        self._screen.open_sheet(AlertLog(self._screen, self.show))

    # --- the shown case --------------------------------------------------

    def remember(self) -> None:
        """W: how far the next Y reaches."""
        try:
            scope = self._screen.deck.cycle()
        except Refused as error:
            self._screen.refuse(error.reason)
            return
        self._screen.say(_SAID[scope], "W changes it; another case falls back to once")

    def edit(self) -> None:
        """E: the command in the composer; what is sent becomes a new case."""
        screen = self._screen
        try:
            command = screen.deck.command()
        except Refused as error:
            screen.refuse(error.reason)
            return
        ask = screen.deck.shown
        if ask is not None:
            head = screen.world.threads.get(ask.thread)
            note = f"of {head.name if head else ask.thread} \u00b7 becomes a new case"
            hint = "the command as it should be"
            letter = Letter("edit", "EDIT", note, (ask.thread,), ask.id, ask.digest, hint)
            self._writing.open(letter, command)

    def _edited(self, letter: Letter, text: str, now: bool) -> bool:
        ask = self._screen.world.asks.get(letter.ask)
        if ask is not None and text == ask.request.get("command"):
            self._screen.refuse(NoChange())
            return False
        order = Approve(letter.ask, digest=letter.digest, edit=text)
        return self._giver.order(order, letter.receivers, "edited: it asks anew")

    def defer(self) -> None:
        """Z: down for five minutes; the next case is shown."""
        screen, ask = self._screen, self._screen.deck.shown
        if ask is None:
            screen.refuse(TargetMissing("no open approval: this key"))
            return
        if self._giver.order(
            Defer(str(ask.id)), (), f"deferred for 5 min; {screen.labels.of('Mod+Z')} undoes it"
        ):
            screen.agenda.used(screen.now())
            screen.deck.next(screen.world, screen.now())

    # --- equal cases --------------------------------------------------

    def allow_identical(self) -> None:
        """Mod+Shift+Y: all cases equal to the shown one, after all were listed."""
        screen = self._screen
        now = screen.now()
        try:
            order = screen.deck.allow_identical(screen.world, now)
        except Refused as error:
            self._deciding.refused(error.reason)
            return
        same = screen.deck.identical(screen.world)
        if len(same) > MANY and not self._again(tuple((a.id, a.digest) for a in same), now):
            self._meant = (order, tuple((ask.id, ask.digest) for ask in same), now)
            key = screen.labels.of("Mod+Shift+Y")
            screen.say(f"{key} again allows all {len(same)}", "anything else does not")
            return
        meant, self._meant = self._meant, None
        if len(same) > MANY and meant is not None:
            order = meant[0]
            self._giver.confirm(order, meant[2])
        threads = tuple(ask.thread for ask in same)
        self._giver.order(order, threads, "the equal cases are allowed, once")

    def _again(self, same: tuple[tuple[int, str], ...], now: float) -> bool:
        """Is this the second press for exactly these cases?"""
        meant = self._meant
        return meant is not None and meant[1] == same and SOONEST_S <= now - meant[2] <= LATEST_S
