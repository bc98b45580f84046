"""A: another agent, account or model goes on with the work; the hand-over text; F and G."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QTimer

from commandcenter.core.orders import HandOver, Reassign
from commandcenter.core.shaping import Handing
from commandcenter.core.world import Head, World
from commandcenter.hud import giving, seating
from commandcenter.hud.card import Page, Place
from commandcenter.hud.giving import later
from commandcenter.hud.selection import target
from commandcenter.hud.shaping import Offer
from commandcenter.hud.words import plain, since, tokens
from commandcenter.link.base import LinkLost
from commandcenter.ui.form import Button, Cell, FormSheet
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.survey import Survey
from commandcenter.ui.targeting import Targeting, Targets

TICK_MS = 500
HOLD_S = 5.0
"""While somebody edits, the engine is told so often that it is to wait."""


class SeatTargets(Targets):
    """A: agent, account and model of each candidate under a letter."""

    hint = "a model's or an agent's name"
    marked = 0

    def __init__(
        self, ids: tuple[int, ...], parts: tuple[Screen, Giver, Survey], queued: bool = False
    ) -> None:
        super().__init__(ids, ids[0])
        self._queued = queued
        self._screen, self._giver, self._survey = parts

    @property
    def _offers(self) -> tuple[Offer, ...]:
        return seating.offered(self._survey.seats(self.ids[0]))

    def page(self, world: World) -> Page:
        """Those that could go on with the first receiver's work."""
        seats = self._survey.seats(self.ids[0])
        return seating.seat_page(world, self.ids, seats, self._survey.mute("seats", self.ids[0]))

    def offer(self, place: Place) -> Offer | None:
        """What stands in a place."""
        number, offers = int(place.action.removeprefix("seat:")), self._offers
        return offers[number] if number < len(offers) else None

    def tells(self, place: Place) -> tuple[str, str]:
        """Form and price; what does not go along."""
        offer = self.offer(place)
        if offer is None or offer.why:
            return "", ""
        return seating.sentence(offer), seating.lost(offer)

    def give(self, place: Place, queued: bool) -> bool:
        """At the next stop it goes on."""
        offer = self.offer(place)
        if offer is None:
            return False
        order = Reassign(target(self.ids), offer.agent, offer.model, offer.account)
        who = plain(offer.model or offer.agent)
        if queued or self._queued:
            said = f"{who} goes on once what waits is done"
            return self._giver.order(later(order), self.ids, said)
        key = self._screen.key_of("order.reassign")
        said = f"handing over to {who} at the next stop; {key} shows its text"
        return self._giver.order(order, self.ids, said)


class HandoverSheet(FormSheet):
    """The hand-over text, editable while the engine waits; typing stops the countdown.

    While somebody edits, the text stays here: `hand-over` sends it. Sent it is by the button, or
    by the engine when its time is over and nobody has typed.
    """

    title = "Hand over"
    wide, tall = 900, 560
    at = "text"
    swallows_undo = False

    def __init__(self, screen: Screen, giver: Giver, survey: Survey, thread: int) -> None:
        self._screen = screen
        self._giver = giver
        self._survey = survey
        self.thread = thread
        self._text: str | None = None
        """As it was edited, also before Esc; None = as it is."""
        head = self._head()
        if head is not None and head.handing is not None:
            self._text = screen.drafts.pop(_draft(head.id, head.handing), "") or None
        self._sent = False
        self._held = 0
        """Until then (wall ns) the engine waits for the text."""
        self._held_at = -HOLD_S
        self._said = ""
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._tick())
        self._timer.start()

    def closed(self) -> None:
        """What was typed and not sent is kept for the next A; says what goes at its time."""
        self._timer.stop()
        head = self._head()
        if self._text is None or self._sent or head is None or head.handing is None:
            return
        self._screen.drafts[_draft(self.thread, head.handing)] = self._text
        key = self._screen.key_of("order.reassign")
        self._screen.say("not sent: the text as drawn up goes", f"{key} has what you typed")

    def _head(self) -> Head | None:
        return self._screen.world.threads.get(self.thread)

    def _tick(self) -> None:
        head = self._head()
        handing = head.handing if head is not None else None
        if handing is None or handing.step not in ("packet", "edit"):
            self._timer.stop()
            self._missed()
        elif self._text is not None:
            self._hold()
        self._screen.changed()

    def _hold(self) -> None:
        """Somebody types: the engine is asked to wait for it."""
        screen = self._screen
        if screen.up and screen.now() - self._held_at >= HOLD_S:
            self._held_at = screen.now()
            screen.tasks.spawn(self._ask(), f"editing {self.thread}")

    async def _ask(self) -> None:
        """An engine that cannot wait lets the clock run on, and the sheet says so."""
        try:
            found = await self._screen.link.query("editing", thread=self.thread)
        except (LinkLost, ValueError):
            return
        self._held = int(found.get("until", 0)) if isinstance(found, dict) else 0
        self._screen.changed()

    def _missed(self) -> None:
        """It was sent while somebody typed: what was typed is a message to it now."""
        if self._text is not None and not self._sent:
            self._screen.drafts[f"steer:{self.thread}:"] = self._text
            key = self._screen.key_of("order.steer")
            self._said = f"it was sent before you were done; {key} has what you typed"
            self._text = None

    @property
    def _editable(self) -> bool:
        head = self._head()
        return head is not None and head.handing is not None and head.handing.step == "edit"

    def about(self) -> str:
        """To whom, in what form, and how long it waits."""
        head = self._head()
        handing = head.handing if head is not None else None
        if self._said:
            return self._said
        if head is None or handing is None:
            return "nothing is being handed over any more"
        found = self._survey.handoff(self.thread)
        who = plain(handing.new.model or handing.new.agent)
        if handing.new.model == handing.old.model and handing.new.account:
            who += f" on {plain(handing.new.account)}"
        parts = [f"{plain(head.name)} goes to {who}", seating.FORMS[handing.form]]
        if found is not None and found.tokens:
            parts.append(f"about {tokens(found.tokens)} tok")
        parts.append(self._waits(handing.step, handing.until))
        return " \u00b7 ".join(part for part in parts if part)

    def _waits(self, step: str, until: int) -> str:
        if step == "packet":
            return "the text is being written"
        if step != "edit":
            return "it has been sent"
        now = self._screen.clock.wall()
        if self._text is not None and self._held > now:
            return "the clock stands while you type"
        left = since(now, until)
        stops = "; typing stops the clock" * (self._text is None)
        return f"sent in {-(-left // 1):.0f} s{stops}"

    def cells(self, width: int, height: int) -> Sequence[Cell]:
        """One field: all of the text."""
        found = self._survey.handoff(self.thread)
        text = self._text if self._text is not None else found.text if found is not None else ""
        own, rect = self._text is not None, (0, 0, width, height)
        return (Cell("text", "what it is told", text, rect, "lines", "not written yet", own=own),)

    def write(self, key: str, text: str) -> None:
        """The first letter stops the clock: the engine is told to wait for the text."""
        self._text, self._said = text, ""
        self._hold()

    def buttons(self) -> Sequence[Button]:
        """Send it."""
        why = "" if self._editable else "it is not waiting for you"
        return (
            Button("back", "Take it back", "Mod+Z", "" if self._head() else "it has gone"),
            Button("send", "Send now", "Mod+Return", why, True),
        )

    def press(self, button: str) -> None:
        """Send, or go back."""
        why = next((one.why for one in self.buttons() if one.key == button), "")
        if why:
            self._said = why
        elif button == "back":
            if self._giver.text("undo", (), "taken back: it goes on as before"):
                self._screen.close_sheet()
        elif self._giver.order(
            HandOver(f"#{self.thread}", self._text or ""), (self.thread,), "handed over"
        ):
            self._sent = True
            self._screen.close_sheet()


def _draft(thread: int, handing: Handing) -> str:
    """What an edited text is kept under: one of another hand-over is never shown."""
    return f"hand-over:{thread}:{handing.seq}"


class Reassigning:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver, targeting: Targeting, survey: Survey) -> None:
        self._screen = screen
        self._giver = giver
        self._targeting = targeting
        self._survey = survey

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "order.reassign": self.reassign,
            "order.reassign.queued": partial(self.reassign, True),
        }

    def reassign(self, queued: bool = False) -> None:
        """A: who goes on; while one is handed over, its text."""
        screen = self._screen
        if not screen.someone():
            return
        ids = screen.receivers
        active = screen.world.threads.get(ids[0]) if len(ids) == 1 else None
        if (
            active is not None
            and active.handing is not None
            and active.handing.step
            in (
                "packet",
                "edit",
            )
        ):
            self.open(active.id)
            return
        action = "order.reassign.queued" if queued else "order.reassign"
        able = giving.able(screen.world, ids, action)
        if not able:
            screen.refuse(giving.why(screen.world, ids, action))
            return
        parts = (screen, self._giver, self._survey)
        self._targeting.aim(SeatTargets(able, parts, queued))

    def open(self, thread: int) -> None:
        """The hand-over text of a thread."""
        sheet = HandoverSheet(self._screen, self._giver, self._survey, thread)
        self._screen.open_sheet(sheet)
