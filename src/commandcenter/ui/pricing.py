"""Asks the engine what the receivers' next request takes, before the player presses."""

from collections.abc import Iterable
from decimal import Decimal

from commandcenter.core.orders import AnyOrder, Enqueue, Goal, Loop, Spawn, Steer
from commandcenter.hud import costs
from commandcenter.hud.costs import Estimate, Left, Priced
from commandcenter.hud.giving import born
from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen

FRESH_S = 30.0
STOPS_S = 2.0
MOST = 200
"""So many threads are asked about at once."""
MOST_STOPS = 20
_DEAR = (Steer, Goal, Loop)
"""Orders that lead to a request at once; others only change what the next one is."""


class Pricing:
    """Keeps the answers for a while; until one comes, what the thread itself paid counts."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._known: dict[int, tuple[float, Priced]] = {}
        self._asked: dict[int, float] = {}
        self._left: dict[int, tuple[float, Left | None]] = {}
        self._stops_at = -STOPS_S

    def want(self, ids: Iterable[int]) -> None:
        """Ask about those whose answer is older than half a minute."""
        screen, now = self._screen, self._screen.now()
        old = [one for one in ids if now - self._asked.get(one, -FRESH_S) >= FRESH_S][:MOST]
        if not old or not screen.up:
            return
        self._asked |= dict.fromkeys(old, now)
        screen.tasks.spawn(self._learn(old), "estimates")

    async def _learn(self, ids: list[int]) -> None:
        """An engine that cannot say leaves the guess by what was paid."""
        try:
            answer = await self._screen.link.query("estimates", threads=ids, action="steer")
        except (LinkLost, ValueError):
            return
        now = self._screen.now()
        self._known |= {one: (now, priced) for one, priced in costs.priced(answer).items()}
        self._screen.changed()

    def estimate(self, ids: tuple[int, ...], chars: int = 0) -> Estimate | None:
        """What a text of so many characters takes of these threads."""
        now = self._screen.now()
        known = {
            one: priced
            for one, (at, priced) in self._known.items()
            if one in ids and now - at <= 2 * FRESH_S
        }
        return costs.estimate(self._screen.world, self._screen.mirror.moves, ids, known, chars)

    def dear(self, order: AnyOrder, ids: tuple[int, ...]) -> str:
        """Why it wants the second press for its price; empty = it does not."""
        if isinstance(order, Spawn):
            return self._dear_spawn(order)
        if isinstance(order, Enqueue) or not isinstance(order, _DEAR):
            return ""
        if isinstance(order, Loop) and order.until == "off":
            return ""
        found = self.estimate(ids, len(getattr(order, "text", "")))
        if found is not None and isinstance(order, Loop) and order.until.isdigit():
            found = costs.times(found, int(order.until))
        return costs.dear(self._screen.world, found, self._over)

    def _dear_spawn(self, order: Spawn) -> str:
        """New threads, if they go as the ones like them did."""
        world = self._screen.world
        _, usd, practice = costs.alike(world, order.agent, order.account, order.model)
        if usd is None or practice:
            return ""
        found = Estimate(born(order), 0, usd * born(order))
        return costs.dear(world, found, self._over)

    @property
    def _over(self) -> Decimal:
        """The dollars above which the player wants to be asked."""
        return Decimal(str(self._screen.settings.comfort.second_press_usd))

    # --- answers in flight --------------------------------------------------

    def stopping(self, ids: tuple[int, ...]) -> str:
        """What becomes of the receivers' answers in flight; empty = not known, or none."""
        screen, now = self._screen, self._screen.now()
        threads = screen.world.threads
        busy = [one for one in ids if one in threads and threads[one].call_since][:MOST_STOPS]
        if busy and screen.up and now - self._stops_at >= STOPS_S:
            self._stops_at = now
            screen.tasks.spawn(self._learn_left(busy), "answers in flight")
        held = (self._left.get(one) for one in busy)
        found = [left for at, left in filter(None, held) if left and now - at <= 2 * STOPS_S]
        return costs.stopping(found)

    async def _learn_left(self, ids: list[int]) -> None:
        for one in ids:
            try:
                answer = await self._screen.link.query("estimate", thread=one)
            except (LinkLost, ValueError):
                return
            self._left[one] = (self._screen.now(), costs.left(answer))
        self._screen.changed()
