"""What is asked of the engine for the orders that shape a battle; kept for some seconds."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.world import Head
from commandcenter.hud.shaping import Handoff, Means, Proposal, Rungs, Seats, read
from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen

FRESH_S = 10.0
DRAWN_S = 1.0
"""While a plan is drawn up it is asked about so often."""
MOST = 12
"""Of more receivers nothing is asked: the card says how many can."""
KEPT = 64
T = TypeVar("T", bound=Record)


class Known(msgspec.Struct, Generic[T]):
    """One answer; times are monotonic s."""

    value: T | None = None
    asked: float = -1.0
    """Since when one is waited for; below 0 = none is."""
    at: float = -1.0
    mark: object = None
    """What it was asked for; another one makes it old."""
    why: str = ""
    """Why it could not be asked."""


class Survey:
    """Asks only what is shown; `on_answer` says that something came."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._held: dict[tuple[str, int], Known[Record]] = {}
        self.on_answer: Callable[[str, int], None] = lambda name, thread: None

    def means(self, thread: int) -> Means | None:
        """What a split of it divides."""
        return self._want("shares", Means, thread, None).value

    def seats(self, thread: int) -> Seats | None:
        """Who else could do its work."""
        return self._want("seats", Seats, thread, _seat(self._head(thread))).value

    def rungs(self, thread: int) -> Rungs | None:
        """One step up and down its ladder."""
        return self._want("rungs", Rungs, thread, _seat(self._head(thread))).value

    def handoff(self, thread: int) -> Handoff | None:
        """The text that a reassign under way hands over."""
        head = self._head(thread)
        handing = head.handing if head is not None else None
        mark = (handing.seq, handing.step) if handing is not None else None
        return self._want("handoff", Handoff, thread, mark).value

    def proposal(self, thread: int, soon: bool = False) -> Proposal | None:
        """How its work could be divided; `soon` = one is awaited: it is asked again each second."""
        head = self._head(thread)
        mark = head.proposed if head else 0
        return self._want("proposal", Proposal, thread, mark, DRAWN_S if soon else FRESH_S).value

    def mute(self, name: str, thread: int) -> bool:
        """Was it asked, and the engine could not say?"""
        known = self._held.get((name, thread))
        return known is not None and known.at >= 0 and known.value is None

    def forget(self, name: str, thread: int) -> None:
        """What was known is of something else now."""
        self._held.pop((name, thread), None)

    def _head(self, thread: int) -> Head | None:
        return self._screen.world.threads.get(thread)

    def _want(
        self, name: str, shape: type[T], thread: int, mark: object, rest: float = FRESH_S
    ) -> Known[T]:
        key, now = (name, thread), self._screen.now()
        known = self._held.get(key)
        if known is None:
            known = Known()
            self._held[key] = known
            for old in list(self._held)[:-KEPT]:
                del self._held[old]
        old_ = known.at < 0 or known.mark != mark or now - known.at >= rest
        if old_ and known.asked < 0 and self._screen.up:
            known.asked, known.mark = now, mark
            self._screen.tasks.spawn(self._ask(key, shape, known), f"ask {name} {thread}")
        return known  # type: ignore[return-value]  # a name is always asked in the same shape

    async def _ask(self, key: tuple[str, int], shape: type[T], known: Known[Record]) -> None:
        name, thread = key
        try:
            found = await self._screen.link.query(name, thread=thread)
            known.value, known.why = read(found, shape), ""
        except (LinkLost, ValueError) as error:
            known.value, known.why = None, str(error)
        known.asked, known.at = -1.0, self._screen.now()
        self.on_answer(name, thread)
        self._screen.changed()


def _seat(head: Head | None) -> object:
    """Who does it: when it is another, what was offered is old."""
    return (head.agent, head.account, head.model) if head is not None else None
