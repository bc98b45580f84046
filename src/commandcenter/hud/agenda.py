"""The attention queue as it stands on screen: it does not reorder under the player's hand."""

from collections.abc import Mapping
from typing import Any

from commandcenter.core.world import Ask, World
from commandcenter.hud.attention import Entry, entries, sooner
from commandcenter.hud.weighing import Handling

EVERY_S = 1.0
STILL_S = 3.0


class Agenda:
    """Ranked anew at most once a second; never within 3 s of a key that used it, nor while held.

    Held = a key is down or the pointer is over the panel. What comes meanwhile joins at the end.
    """

    def __init__(self) -> None:
        self.handling = Handling()
        self.limits: Mapping[str, float] = {}
        """Agent -> seconds after which it takes an unanswered question back."""
        self.entries: tuple[Entry, ...] = ()
        self._ranked = -1e9
        self._used = -1e9
        self._seen: tuple[Any, ...] = ()
        self._seq = -1

    def used(self, now: float) -> None:
        """A key went by this order (monotonic s)."""
        self._used = now

    def look(self, world: World, wall: int, now: float, held: bool = False) -> tuple[Entry, ...]:
        """The order at wall `wall` (ns), monotonic `now` (s)."""
        still = held or now - self._used < STILL_S
        still = self._seen[:1] == (id(world),) and (still or now - self._ranked < EVERY_S)
        known = (id(world), _asked(world), _open(world))
        if still and known == self._seen:
            return self.entries
        if still:
            fresh = sooner(world, wall, self.entries, self.handling, self.limits)
            fresh = self._joined(fresh)
        else:
            fresh = entries(world, wall, self.handling, self.limits)
            self._ranked, self._seq = now, world.seq
        self._seen = known
        self.entries = tuple(fresh)
        return self.entries

    def due(self, world: World, now: float) -> float:
        """Seconds until it may be ranked anew; 0 = nothing has happened since."""
        if world.seq == self._seq:
            return 0.0
        return max(self._ranked + EVERY_S - now, self._used + STILL_S - now, 0.25)

    def cases(self, world: World) -> list[Ask]:
        """The open questions in this order; one it does not know yet comes last."""
        ids = [ask for entry in self.entries for ask in (entry.same or (entry.ask,))]
        known = [world.asks[ask] for ask in ids if ask in world.asks]
        late = [ask for ask in world.asks.values() if ask.id not in set(ids)]
        return [*known, *sorted(late, key=lambda ask: (ask.since, ask.id))]

    def _joined(self, fresh: list[Entry]) -> list[Entry]:
        """The order as it was, with what is new behind it; what the player deferred goes down."""
        place = {name: at for at, entry in enumerate(self.entries) for name in _names(entry)}
        last = len(self.entries)

        def stands(entry: Entry) -> tuple[bool, int]:
            return entry.deferred, min(place.get(name, last) for name in _names(entry))

        return sorted(fresh, key=stands)


def _names(entry: Entry) -> tuple[str, ...]:
    """What it is known by, also when the first of its equals was decided."""
    return (entry.key, *(f"case:{ask}" for ask in entry.same))


def _asked(world: World) -> frozenset[tuple[int, int]]:
    return frozenset((ask.id, ask.deferred) for ask in world.asks.values())


def _open(world: World) -> frozenset[str]:
    return frozenset(
        f"{alert.id} {alert.severity} {alert.snoozed} {alert.deferred}"
        for alert in world.alerts.values()
        if not alert.cleared and alert.severity != "info"
    )
