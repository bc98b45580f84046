"""D: where results go, then side by side; and the same for a right click, thread on thread."""

from collections.abc import Callable
from functools import partial

from commandcenter.core.orders import Merge
from commandcenter.core.refusals import Reason, TargetInvalid
from commandcenter.core.world import World
from commandcenter.hud import giving, merging
from commandcenter.hud.card import Page, Place
from commandcenter.hud.giving import later
from commandcenter.hud.merging import CHILDREN, MOST
from commandcenter.hud.selection import target
from commandcenter.hud.words import plain
from commandcenter.ui.compare_sheet import CompareSheet
from commandcenter.ui.kit import Kit
from commandcenter.ui.targeting import Targeting, Targets

_INTO = "into:"


class MergeTargets(Targets):
    """D: threads and operations that results can go into; picking one opens the comparison."""

    hint = "a thread's or an operation's name"
    marked = 0

    def __init__(self, ids: tuple[int, ...], owner: "Merging", queued: bool) -> None:
        super().__init__(ids, ids[0])
        self._owner = owner
        self._queued = queued

    def page(self, world: World) -> Page:
        """The likely one first."""
        return merging.merge_page(world, self.ids, self._queued)

    def slots(self, world: World) -> dict[int, int]:
        """Threads that stand on the card."""
        places = (place for place in self.page(world).places if place is not None)
        found = {merging.target(_into(place)): place.slot for place in places}
        found.pop(0, None)
        return found

    def beyond(self, world: World, thread: int) -> Place | None:
        """Any other thread of the same repository."""
        known = {one.thread: one for one in merging.candidates(world, self.ids)}
        found = known.get(thread)
        return Place(0, _INTO + found.into, found.name, "merge") if found is not None else None

    def no(self, world: World, thread: int) -> Reason:
        """Why a thread cannot be merged into."""
        head = world.threads.get(thread)
        if head is None:
            return super().no(world, thread)
        if thread in self.ids:
            return TargetInvalid("a thread is not merged into itself")
        return TargetInvalid(f"{plain(head.name)} has no files of the same repository")

    def give(self, place: Place, queued: bool) -> bool:
        """Side by side first; with Shift the merges wait behind what the threads do."""
        if not (queued or self._queued):
            return self._owner.compare(self.ids, _into(place))
        if _into(place) == CHILDREN:
            return False
        return self._owner.append(self.ids, _into(place))


class Merging:
    """Its actions by id."""

    def __init__(self, kit: Kit, targeting: Targeting) -> None:
        self._kit = kit
        self._screen = kit.screen
        self._targeting = targeting

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "order.merge": self.merge,
            "order.merge.queued": partial(self.merge, True),
        }

    def merge(self, queued: bool = False) -> None:
        """D: where to."""
        screen = self._screen
        if not screen.someone():
            return
        action = "order.merge.queued" if queued else "order.merge"
        ids = giving.able(screen.world, screen.receivers, action)
        if not ids:
            screen.refuse(giving.why(screen.world, screen.receivers, action))
        elif not merging.candidates(screen.world, ids):
            said = "they are of no operation, have no parent, and no thread of their repository"
            screen.refuse(TargetInvalid(f"{said} could take them"))
        else:
            self._targeting.aim(MergeTargets(ids, self, queued))

    def onto(self, thread: int) -> None:
        """A right click on a thread: the selection compared with it, into it."""
        screen = self._screen
        ids = giving.able(screen.world, screen.receivers, "order.merge")
        able = [one for one in merging.candidates(screen.world, ids) if one.thread == thread]
        if not ids:
            screen.refuse(giving.why(screen.world, screen.receivers, "order.merge"))
        elif not able:
            screen.refuse(MergeTargets(ids, self, False).no(screen.world, thread))
        else:
            self.compare(ids, f"#{thread}")

    def compare(self, ids: tuple[int, ...], into: str) -> bool:
        """Open the comparison."""
        screen = self._screen
        if into == CHILDREN:
            into, ids = f"#{ids[0]}", merging.children(screen.world, ids[0])
        if not ids:
            screen.refuse(TargetInvalid("it has no child with files any more"))
            return False
        more = max(len(ids) - MOST, 0)
        screen.open_sheet(CompareSheet(self._kit, ids[:MOST], into, more))
        return True

    def append(self, ids: tuple[int, ...], into: str) -> bool:
        """Behind what they do."""
        where = merging.title(self._screen.world, into)
        said = f"merged into {where} once what waits is done"
        return self._kit.giver.order(later(Merge(target(ids), into)), ids, said)


def _into(place: Place) -> str:
    return place.action.removeprefix(_INTO)
