"""Stable places: a thread keeps the slot it took at birth (screen.md 4)."""

from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.core.world import World
from commandcenter.hud.layout import LOOSE, reserved


class Place(Record, frozen=True):
    """The slot of a thread in its sector."""

    sector: str
    slot: int


class Places:
    """Who stands where. Slots are given once; only `forget` frees one."""

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._taken: dict[str, dict[int, int]] = {}
        self._sectors: tuple[str, ...] = ()
        self.order: tuple[str, ...] = ()
        """Operations that the player put first, in his order; the others follow by creation."""

    @property
    def sectors(self) -> tuple[str, ...]:
        """Sectors as the player ordered them, then by creation; loose threads come last."""
        return self._sectors

    def of(self, thread: int) -> Place | None:
        """Where a thread stands."""
        return self._places.get(thread)

    def threads(self, sector: str) -> dict[int, int]:
        """slot -> thread of a sector."""
        return self._taken.get(sector, {})

    def slots(self) -> list[int]:
        """Places each sector keeps, in the order of `sectors`."""
        return [
            reserved(max(self._taken.get(sector, {}), default=-1) + 1) for sector in self._sectors
        ]

    def update(self, world: World, threads: Sequence[int] | None = None) -> bool:
        """Give new threads a place; `threads` = which to look at (None: all). True if any moved."""
        before = (self._sectors, self.slots())
        for thread in sorted(world.threads if threads is None else threads):
            if thread in world.threads:
                self._enter(thread, world.threads[thread].operation, world)
            else:
                self.forget(thread)
        for thread in [t for t in self._places if t not in world.threads]:
            self.forget(thread)
        own = {name: place for place, name in enumerate(self.order)}
        operations = sorted(
            world.operations.values(),
            key=lambda op: (own.get(op.name, len(own)), op.order, op.name),
        )
        loose = (LOOSE,) if self._taken.get(LOOSE) else ()
        self._sectors = (*(op.name for op in operations), *loose)
        return before != (self._sectors, self.slots())

    def tidy(self, world: World) -> bool:
        """The player's own wish: close the gaps, the ended ones last. True if any moved."""
        before = dict(self._places)
        for sector, taken in self._taken.items():
            threads = [thread for _, thread in sorted(taken.items())]
            threads.sort(key=lambda thread: world.threads[thread].state == "ended")
            self._taken[sector] = dict(enumerate(threads))
            self._places |= {thread: Place(sector, n) for n, thread in enumerate(threads)}
        return before != self._places

    def forget(self, thread: int) -> None:
        """A purged thread leaves its place."""
        place = self._places.pop(thread, None)
        if place is not None:
            del self._taken[place.sector][place.slot]

    def _enter(self, thread: int, operation: str, world: World) -> None:
        sector = operation if operation in world.operations else LOOSE
        held = self._places.get(thread)
        if held is not None and held.sector == sector:
            return
        self.forget(thread)
        taken = self._taken.setdefault(sector, {})
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        taken[slot] = thread
        self._places[thread] = Place(sector, slot)
