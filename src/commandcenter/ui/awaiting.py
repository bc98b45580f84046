"""A plan that is being drawn up: asked for, on its way, here, or come to nothing."""

from typing import Literal

from commandcenter.core.orders import Propose
from commandcenter.core.shaping import SplitKind
from commandcenter.hud.shaping import Proposal
from commandcenter.hud.words import age, since
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.survey import Survey

SOON_S = 1.5
"""So long an order may be on its way before it is seen in World."""


class Awaited:
    """The proposal of one thread. `on` = one is drawn up that this editor asked for."""

    def __init__(self, screen: Screen, giver: Giver, survey: Survey, thread: int) -> None:
        self._screen = screen
        self._giver = giver
        self._survey = survey
        self._thread = thread
        self.on = False
        self._wall = 0
        self._asked = 0.0
        """When it was asked for: wall ns, monotonic s."""
        self._after = 0
        """It comes after this entry."""
        self._order: Literal["sent", "seen", "over"] = "over"
        """How far the order for it is: World holds it from its acknowledgement to its end."""

    def ask(self, kind: SplitKind, into: int) -> None:
        """Have a plan drawn up."""
        screen = self._screen
        self._survey.forget("proposal", self._thread)
        self._wall, self._asked = screen.clock.wall(), screen.now()
        self._after, self._order = screen.mirror.seq, "sent"
        self.on = self._giver.order(Propose(f"#{self._thread}", into, kind), (self._thread,))

    def look(self) -> tuple[Proposal | None, bool]:
        """What is known, and whether the plan that was asked for has just come."""
        found = self._survey.proposal(self._thread, self.on)
        if found is None or not self.on:
            return found, False
        come = found.seq > self._after
        if come or not self._busy(found):
            self.on = False
        return found, come

    def _busy(self, found: Proposal) -> bool:
        """Is the order on its way, or not done yet?"""
        world, mine = self._screen.world, f"#{self._thread}"
        if any(isinstance(o, Propose) and o.target == mine for o in world.given.values()):
            self._order = "seen"
            return True
        if self._order == "seen":
            self._order = "over"
            self._survey.forget("proposal", self._thread)  # what is known is from before
            return True
        soon = self._screen.now() - self._asked < SOON_S
        return self._order == "sent" and (found.drawing or soon)

    def other(self, seq: int) -> bool:
        """Does a plan wait that is not this one?"""
        found = self._survey.proposal(self._thread)
        return found is not None and 0 < found.seq != seq

    def words(self, found: Proposal | None) -> str:
        """How long it takes already."""
        begun = found.since if found is not None and found.since else self._wall
        took = age(since(begun, self._screen.clock.wall()))
        return f"drawing up a plan\u2026 {took} \u00b7 you may type the tasks meanwhile"
