"""Supply: running model calls of one account against its cap, and the queue of those that wait."""

import asyncio
from collections.abc import Callable
from itertools import count

from commandcenter.core.base import NS, Clock

OPEN = -1
"""`closed_until` of an account that takes calls."""
BY_PLAYER = 0
"""`closed_until` of an account that opens only when the player opens it."""


class Permit:
    """The right to one running call; given back exactly once by `settle`.

    `probe`: the first call after a closing; the others wait until it was answered.
    """

    __slots__ = ("_supply", "probe")

    def __init__(self, supply: "Supply", probe: bool) -> None:
        self._supply: Supply | None = supply
        self.probe = probe

    def of(self, supply: "Supply") -> bool:
        """Is it one of this account's?"""
        return self._supply is supply

    def settle(self) -> None:
        """Give the slot back; a second time does nothing."""
        supply, self._supply = self._supply, None
        if supply is not None:
            supply.gave_back(self)

    def answered(self) -> bool:
        """The provider took the call; True = with it the account is open again for all."""
        return self.probe and self._supply is not None and self._supply.probed()


Waiter = asyncio.Future[Permit | None]
Weight = Callable[[], float]
"""A thread's weight as it is now."""


def _evenly() -> float:
    return 1.0


class Place:
    """A call's place in the queue: it gains credit with each second, by its thread's weight."""

    __slots__ = ("arrival", "priority", "since", "waiter", "weight")

    def __init__(self, priority: int, arrival: int, since: float, weight: Weight) -> None:
        self.priority = priority
        self.arrival = arrival
        self.since = since
        self.weight = weight
        self.waiter: Waiter = asyncio.get_running_loop().create_future()

    def key(self, now: float) -> tuple[int, float, float, int]:
        """The least of all goes first: priority, then weighted wait, then weight, then arrival.

        Equal weights are served as they came; a light one waits longer, and never for ever.
        """
        weight = self.weight()
        return self.priority, -weight * (now - self.since), -weight, self.arrival


class Supply:
    """One account's slots: priority first, then the longest weighted wait. Closed accounts let
    nothing through.

    After a closing by the provider one call goes first; the others follow once it was answered,
    so that a storm costs one try each time and not as many as there are slots.
    """

    def __init__(self, cap: int, clock: Clock, on_due: Callable[[], None] = lambda: None) -> None:
        """`on_due`: told when a closing is over and no call waits that would show it."""
        self._on_due = on_due
        self.cap = cap
        self.running = 0
        self.closed_until = OPEN
        self.why = ""
        self._clock = clock
        self._probing = False
        self._probe_out = False
        self._arrivals = count()
        self._queue: list[Place] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Calls in the queue."""
        return sum(not place.waiter.done() for place in self._queue)

    @property
    def closed(self) -> bool:
        """Does the account take no call now? Wall time decides: asleep past the reset = open."""
        return self.closed_until == BY_PLAYER or self.closed_until > self._clock.wall()

    def detail(self) -> str:
        """What a waiting call waits for, for the tile."""
        if self.closed_until == BY_PLAYER:
            return f"account closed: {self.why}"
        if self.closed:
            return f"account opens in {max(1, self._seconds_closed()):.0f} s"
        return f"supply {self.running} of {self.cap}"

    def take(self) -> Permit | None:
        """A permit at once, if a slot is free and nobody waits for it."""
        if self._queue or not self._has_room():
            return None
        return self._grant()

    def enter(self, priority: int, weight: Weight = _evenly) -> Waiter:
        """Queue up; the future gets a permit, or None from whoever wants the caller to look again.

        Whoever enters and comes out without a permit must call `leave`.
        """
        place = Place(priority, next(self._arrivals), self._clock.monotonic(), weight)
        self._queue.append(place)
        self._arm()
        self.pump()
        return place.waiter

    def leave(self, waiter: Waiter) -> None:
        """Out of the queue; a permit that came and was not taken goes back."""
        if not waiter.done():
            waiter.cancel()
        elif not waiter.cancelled() and (permit := waiter.result()) is not None:
            permit.settle()
        self._queue = [place for place in self._queue if place.waiter is not waiter]

    def gave_back(self, permit: Permit) -> None:
        """A permit came back; the next in the queue goes on in this very tick."""
        self.running -= 1
        if permit.probe:
            self._probe_out = False
        self.pump()

    def probed(self) -> bool:
        """The provider takes calls again: all slots open; False = they were."""
        if not self._probing or self.closed:
            return False
        self.open()
        return True

    def resize(self, cap: int) -> None:
        """Another cap; calls above a smaller one end as they would."""
        self.cap = cap
        self.pump()

    def close(self, until: int, why: str) -> bool:
        """Close until wall ns `until`, 0 = until the player opens it; True = this changed it.

        A longer closing stays: an answer that was late must not open the account earlier.
        """
        if self.closed_until == BY_PLAYER or (until and until <= self.closed_until):
            return False
        self.closed_until, self.why, self._probing = until, why, True
        self._arm()
        return True

    def open(self) -> None:
        """Take calls again, all slots at once."""
        self.closed_until, self.why, self._probing = OPEN, "", False
        self._disarm()
        self.pump()

    def pump(self) -> None:
        """Hand out what is free, to whoever stands first now."""
        self._queue = [place for place in self._queue if not place.waiter.done()]
        now = self._clock.monotonic()
        while self._queue and self._has_room():
            first = min(self._queue, key=lambda place: place.key(now))
            self._queue.remove(first)
            first.waiter.set_result(self._grant())

    def stop(self) -> None:
        """No timer stays behind."""
        self._disarm()

    def _has_room(self) -> bool:
        probe_runs = self._probing and self._probe_out
        return self.running < self.cap and not self.closed and not probe_runs

    def _grant(self) -> Permit:
        self.running += 1
        self._probe_out = self._probe_out or self._probing
        return Permit(self, self._probing)

    def _seconds_closed(self) -> float:
        return (self.closed_until - self._clock.wall()) / NS

    def _arm(self) -> None:
        """Wake the queue when the account opens; wall time may jump, so look again each minute."""
        self._disarm()
        if self.closed_until > 0 and (self._queue or self.closed):
            wait = min(60.0, max(0.0, self._seconds_closed()))
            self._timer = asyncio.get_running_loop().call_later(wait, self._due)

    def _due(self) -> None:
        self._timer = None
        if self.closed:
            self._arm()
        elif self.waiting:
            self.pump()
        else:
            self._on_due()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
