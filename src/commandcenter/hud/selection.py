"""Who is selected: the player's own, never moved by an event (screen.md 7)."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.world import Head, World
from commandcenter.hud.layout import Box
from commandcenter.hud.nearest import Direction as Direction
from commandcenter.hud.seen import SEEN, seen

DOUBLE_TAP_S = 0.3001
"""300 ms, and the error of a float."""
RING = 20


class Recalled(Record, frozen=True):
    """What a group key did: `fit` = bring the members into view."""

    group: int
    threads: tuple[int, ...]
    fit: bool = False
    empty: bool = False


class Selection:
    """The selected threads in order, the one under the cursor, and the ring of former ones."""

    def __init__(self) -> None:
        self.ids: tuple[int, ...] = ()
        self.active = 0
        """The thread under the cursor: what the inspector shows; 0 = none."""
        self.subgroup: tuple[int, ...] = ()
        """The members that Tab chose to receive orders; empty = all, until the next selecting."""
        self.version = 0
        """Grows with every change of `ids`; what was armed for another one is void."""
        self.timing = 1.0
        """The double tap may take so many times as long."""
        self._sector = ("", -1)
        self._ring: deque[tuple[int, ...]] = deque(maxlen=RING)
        self._tap = (0, -1.0)

    def go_to(self, operation: str) -> None:
        """The player went to an operation, or made it: new threads are its own, until others
        are selected."""
        self._sector = (operation, self.version)

    @property
    def sector(self) -> str:
        """The operation gone to since the last selecting; empty = none."""
        name, version = self._sector
        return name if version == self.version else ""

    def replace(self, ids: Iterable[int], active: int = 0) -> None:
        """Select exactly these; the cursor goes to `active` or stays if it is among them."""
        self._set(tuple(dict.fromkeys(ids)))
        if active or self.active not in self.ids:
            self.active = active or (self.ids[0] if self.ids else self.active)

    def toggle(self, thread: int) -> None:
        """Add or remove one thread; the cursor goes there."""
        ids = tuple(t for t in self.ids if t != thread)
        self._set(ids if thread in self.ids else (*ids, thread))
        self.active = thread

    def add(self, ids: Iterable[int]) -> None:
        """Add these; no duplicates."""
        self._set(tuple(dict.fromkeys((*self.ids, *ids))))
        if not self.active and self.ids:
            self.active = self.ids[0]

    def clear(self) -> None:
        """Select nothing; the cursor stays where it is."""
        self._set(())

    def previous(self) -> bool:
        """The selection before this one; False when there is none."""
        if not self._ring:
            return False
        ids = self._ring.pop()
        self.version += 1
        self.ids, self.subgroup = ids, ()
        if ids and self.active not in ids:
            self.active = ids[0]
        return True

    def prune(self, world: World) -> bool:
        """Drop threads that were purged from the World. True if any went."""
        if self.active not in world.threads:
            self.active = 0
        kept = tuple(t for t in self.ids if t in world.threads)
        if kept == self.ids:
            return False
        self.ids = kept
        self.subgroup = tuple(t for t in self.subgroup if t in world.threads)
        self.version += 1
        return True

    def recall(self, world: World, group: int, now: float) -> Recalled:
        """Select a control group; `now` in monotonic s: twice in 300 ms fits it in view.

        An empty group keeps the selection and says so.
        """
        members = tuple(t for t in world.groups.get(group, ()) if t in world.threads)
        again = self._tap[0] == group and 0 <= now - self._tap[1] <= DOUBLE_TAP_S * self.timing
        self._tap = (group, now)
        if not members:
            return Recalled(group, (), empty=True)
        self.replace(members)
        return Recalled(group, members, fit=again)

    # --- subgroups --------------------------------------------------

    def cycle(self, world: World, by: int) -> tuple[int, ...]:
        """Tab: the next subgroup (-1: the one before) receives the orders; it wraps.

        Its members stay the same whatever becomes of them, until the next press or selecting.
        """
        found = subgroups(world, self.ids)
        if not found:
            return ()
        at = _where(found, self.subgroup)
        if at < 0:
            at = -1 if by > 0 else len(found)
        self.subgroup = found[(at + by) % len(found)]
        self.version += 1
        if self.active not in self.subgroup:
            self.active = self.subgroup[0]
        return self.subgroup

    def receivers(self, world: World) -> tuple[int, ...]:
        """Who receives the next order: the chosen subgroup, or all that are selected."""
        return tuple(t for t in self.subgroup or self.ids if t in world.threads)

    def target(self) -> str:
        """The selection as the target of an order: `#3,#5`; empty when nothing is selected."""
        return target(self.ids)

    def _set(self, ids: tuple[int, ...]) -> None:
        self.subgroup = ()
        if ids != self.ids:
            self._ring.append(self.ids)
            self.ids = ids
            self.version += 1


def target(ids: Iterable[int]) -> str:
    """The notation of threads: `#3,#5`."""
    return ",".join(f"#{thread}" for thread in ids)


def group_order(ids: Sequence[int], group: int, how: Literal["set", "add", "steal"] = "set") -> str:
    """The order that makes these threads control group 0 to 9, or adds them to it."""
    return f"group {target(ids)} --{how} {group}"


def boxed(places: Mapping[int, Box], box: Box) -> tuple[int, ...]:
    """The threads whose place meets the box, from top left."""
    found = [(place.y, place.x, t) for t, place in places.items() if place.meets(box)]
    return tuple(thread for _, _, thread in sorted(found))


def neighbour(places: Mapping[int, Box], thread: int, direction: Direction) -> int:
    """The nearest thread in that direction, or the thread itself at the edge; never wraps."""
    if thread not in places:
        return min(places, key=lambda t: (places[t].y, places[t].x), default=0)
    x, y = _middle(places[thread])
    best, found = float("inf"), thread
    for other, place in places.items():
        ahead, aside = _offset(_middle(place), (x, y), direction)
        if ahead > 0 and ahead + 2.5 * aside < best and aside <= 3 * ahead:
            best, found = ahead + 2.5 * aside, other
    return found


def army(world: World) -> tuple[int, ...]:
    """All live threads."""
    return tuple(t for t, head in world.threads.items() if head.state != "ended")


def idle(world: World) -> tuple[int, ...]:
    """Idle threads, longest idle first."""
    found = [head for head in world.threads.values() if head.state == "idle" and not head.parked]
    return tuple(head.id for head in sorted(found, key=lambda head: (head.moved, head.id)))


def following(ids: Sequence[int], current: int) -> int:
    """The one after `current` in the list, wrapping; the first when it is not in it; 0 if empty."""
    if not ids:
        return 0
    return ids[(ids.index(current) + 1) % len(ids)] if current in ids else ids[0]


def _where(groups: Sequence[tuple[int, ...]], members: Sequence[int]) -> int:
    """Which of the groups these are (or most of them are in) now; -1 = none."""
    if not members:
        return -1
    held = set(members)
    shared = [len(held.intersection(group)) for group in groups]
    return shared.index(max(shared))


def alike(world: World, thread: int, among: Iterable[int]) -> tuple[int, ...]:
    """Those with the same agent, model and seen state as the thread."""
    head = world.threads.get(thread)
    if head is None:
        return ()
    kind = _kind(head, world)
    heads = ((t, world.threads.get(t)) for t in among)
    return tuple(t for t, other in heads if other is not None and _kind(other, world) == kind)


def unseen(world: World) -> tuple[int, ...]:
    """Threads with results that nobody looked at, oldest result first."""
    found = [head for head in world.threads.values() if head.results > head.results_seen]
    return tuple(head.id for head in sorted(found, key=lambda head: (head.moved, head.id)))


def subgroups(world: World, ids: Iterable[int]) -> list[tuple[int, ...]]:
    """Members with equal (seen, agent, model), worst state first."""
    groups: dict[tuple[int, str, str], list[int]] = {}
    for thread in ids:
        head = world.threads.get(thread)
        if head is not None:
            groups.setdefault(_kind(head, world), []).append(thread)
    return [tuple(groups[key]) for key in sorted(groups)]


def named(world: World, ids: Sequence[int]) -> str:
    """Who receives the next order: `group 2: 6 of 14`, a name, `5 threads`, or empty."""
    chosen = set(ids)
    if not chosen:
        return ""
    found = [(len(m), g) for g, m in world.groups.items() if m and chosen <= set(m)]
    if found:
        count, group = min(found)
        return f"group {group}: {len(chosen)} of {count}"
    if len(chosen) == 1:
        head = world.threads.get(ids[0])
        return head.name if head else ""
    return f"{len(chosen)} threads"


def _kind(head: Head, world: World) -> tuple[int, str, str]:
    state = seen(head, world.accounts.get(head.account))
    return SEEN.index(state), head.agent, head.model


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.w / 2, box.y + box.h / 2


def _offset(
    there: tuple[float, float], here: tuple[float, float], direction: Direction
) -> tuple[float, float]:
    dx, dy = there[0] - here[0], there[1] - here[1]
    if direction in ("left", "right"):
        return (dx if direction == "right" else -dx), abs(dy)
    return (dy if direction == "down" else -dy), abs(dx)
