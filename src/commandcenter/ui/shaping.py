"""Orders that shape the battle, by key: split, reassign, escalate, checkpoint, verify (M4)."""

from collections.abc import Callable, Mapping
from functools import partial

from commandcenter.hud.card import Page
from commandcenter.hud.rungs import badged, sentence
from commandcenter.hud.shaping import Rungs
from commandcenter.ui.chaining import Chaining
from commandcenter.ui.commanding import Commanding
from commandcenter.ui.findings import Findings
from commandcenter.ui.giver import Giver
from commandcenter.ui.kit import Kit
from commandcenter.ui.landing import Landing
from commandcenter.ui.looks import Looks
from commandcenter.ui.merging import Merging
from commandcenter.ui.operation_dialog import OperationDialog
from commandcenter.ui.proving import Proving
from commandcenter.ui.reassigning import Reassigning
from commandcenter.ui.screen import Screen
from commandcenter.ui.splitting import Splitting
from commandcenter.ui.survey import MOST, Survey
from commandcenter.ui.targeting import Targeting
from commandcenter.ui.writing import Writing

OPERATION = "operation.new"
"""In the palette and on the first page; it has no key of its own."""
_QUEUED = ("order.escalate", "order.downgrade", "order.checkpoint", "order.verify")


class Shaping:
    """Its parts, and their actions by id."""

    def __init__(
        self, screen: Screen, giver: Giver, writing: Writing, orders: tuple[Commanding, Chaining]
    ) -> None:
        commanding, chaining = orders
        self._screen = screen
        self._giver = giver
        self._commanding = commanding
        self._chaining = chaining
        self.survey = Survey(screen)
        self.splitting = Splitting(screen, giver, commanding, self.survey)
        self.proving = Proving(screen, giver, commanding, writing)
        self.kit = Kit(screen, giver, Findings(screen), Looks(screen, giver))
        self.landing = Landing(self.kit)
        commanding.also("more.land", self.landing.land)
        self.survey.on_answer = self.splitting.followed
        screen.on_card, screen.on_hint = self.card, self.hint

    def aims(self, targeting: Targeting) -> None:
        """Reassign and merge go through target mode."""
        self.merging = Merging(self.kit, targeting)
        self.reassigning = Reassigning(self._screen, self._giver, targeting, self.survey)

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        command, append = self._commanding.command, self._chaining.append
        return {
            "order.escalate": partial(command, "order.escalate"),
            "order.downgrade": partial(command, "order.downgrade"),
            **{f"{action}.queued": partial(append, action) for action in _QUEUED},
            **self.splitting.table(),
            **self.reassigning.table(),
            **self.merging.table(),
            **self.landing.table(),
            **self.proving.table(),
            OPERATION: self.operation,
        }

    def operation(self) -> None:
        """The dialog of a new operation."""
        self._screen.open_sheet(OperationDialog(self._screen, self._giver))

    # --- the card --------------------------------------------------

    def card(self, page: Page) -> Page:
        """The card with price factors, and why V cannot run."""
        return badged(page, self._screen.world, self.rungs(page.ids))

    def hint(self, action: str) -> str:
        """What a button costs, in its tooltip."""
        ids = self._screen.receivers
        if action in ("order.escalate", "order.downgrade") and len(ids) == 1:
            return sentence(action, self.survey.rungs(ids[0]))
        return self.splitting.price(action)

    def rungs(self, ids: tuple[int, ...]) -> Mapping[int, Rungs]:
        """What is known of the receivers' ladders; of very many nothing is asked."""
        if len(ids) > MOST:
            return {}
        found = {one: self.survey.rungs(one) for one in ids if self._lives(one)}
        return {one: rungs for one, rungs in found.items() if rungs is not None}

    def _lives(self, thread: int) -> bool:
        head = self._screen.world.threads.get(thread)
        return head is not None and head.state != "ended" and head.driver != "terminal"
