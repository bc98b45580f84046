"""Where results can be merged to: the candidates of D (screen.md 15, row 36)."""

from collections.abc import Iterable, Sequence

from commandcenter.core.base import Record
from commandcenter.core.refusals import Reason
from commandcenter.core.shaping import OP
from commandcenter.core.world import Head, World
from commandcenter.hud.abilities import can
from commandcenter.hud.card import Page, Place, filled, receivers
from commandcenter.hud.seating import SLOTS
from commandcenter.hud.words import plain

CHILDREN = "children"
"""The children of the selected thread, into it."""
MOST = 4
"""So many results are looked at side by side (hud.results.MOST_SIDES)."""


class Candidate(Record, frozen=True):
    """One place where the results can go: `into` as the order takes it, or CHILDREN."""

    into: str
    name: str
    sub: str = ""
    thread: int = 0


def sources(world: World, ids: Sequence[int]) -> tuple[int, ...]:
    """Those of the selection whose files stand somewhere."""
    heads = (world.threads.get(one) for one in ids)
    return tuple(head.id for head in heads if head is not None and _able(head) is None)


def _able(head: Head) -> Reason | None:
    return can("order.merge", head)


def children(world: World, thread: int) -> tuple[int, ...]:
    """Of a thread, those with files that were not merged whole, the oldest first."""
    head = world.threads.get(thread)
    found = (world.threads.get(one) for one in (head.children if head is not None else ()))
    able = (one for one in found if one is not None and one.workspace and one.outcome != "merged")
    return tuple(one.id for one in able)


def candidates(world: World, ids: Sequence[int]) -> tuple[Candidate, ...]:
    """The likely one first: children into it, the parent, the operation, then other threads."""
    heads = [world.threads[one] for one in sources(world, ids)]
    if not heads and len(ids) == 1 and ids[0] in world.threads:
        heads = [world.threads[ids[0]]]
    if not heads:
        return ()
    found = [*_own(world, heads), *_parents(world, heads), *_operation(world, heads)]
    taken = {one.thread for one in found if one.thread} | {head.id for head in heads}
    found += [_thread(one) for one in _others(world, heads) if one.id not in taken]
    return tuple(found)


def _own(world: World, heads: Sequence[Head]) -> Iterable[Candidate]:
    count = len(children(world, heads[0].id)) if len(heads) == 1 else 0
    if count:
        what = f"its {count} children" if count > 1 else "its child"
        yield Candidate(CHILDREN, what, f"into {plain(heads[0].name)}")


def _parents(world: World, heads: Sequence[Head]) -> Iterable[Candidate]:
    parents = {head.parent for head in heads}
    parent = world.threads.get(parents.pop()) if len(parents) == 1 else None
    if parent is not None and parent.workspace and parent.repo == heads[0].repo:
        yield Candidate(f"#{parent.id}", plain(parent.name), "its parent", parent.id)


def _operation(world: World, heads: Sequence[Head]) -> Iterable[Candidate]:
    names = {head.operation for head in heads}
    name = names.pop() if len(names) == 1 else ""
    if name in world.operations:
        yield Candidate(OP + name, plain(name), "operation")


def _others(world: World, heads: Sequence[Head]) -> Iterable[Head]:
    """Live threads of the same repository, those of the same operation first."""
    first, folders = heads[0], {head.workspace for head in heads}
    found = [
        one
        for one in world.threads.values()
        if one.state != "ended" and one.repo == first.repo and one.workspace not in {"", *folders}
    ]
    return sorted(found, key=lambda one: (one.operation != first.operation, one.id))


def _thread(head: Head) -> Candidate:
    return Candidate(f"#{head.id}", plain(head.name), "thread", head.id)


def merge_page(world: World, ids: Sequence[int], queued: bool = False) -> Page:
    """Target mode of D: at most fourteen candidates."""
    found = candidates(world, ids)
    if queued:
        found = tuple(one for one in found if one.into != CHILDREN)
    places = [
        Place(slot, f"into:{one.into}", one.name[:18], "merge", "accent", one.sub)
        for slot, one in zip(SLOTS, found, strict=False)
    ]
    said = "merge into" if found else "there is nowhere to merge it"
    return Page("TARGET", f"{receivers(world, ids)} \u00b7 {said}", filled(places), tuple(ids))


def title(world: World, into: str) -> str:
    """`fix-b03`, `operation billing`."""
    if into.startswith(OP):
        return f"operation {plain(into.removeprefix(OP))}"
    number = into.removeprefix("#")
    head = world.threads.get(int(number)) if number.isdecimal() else None
    return plain(head.name) if head is not None else plain(into) or "its parent"


def target(into: str) -> int:
    """The thread that it goes to; 0 = an operation."""
    number = into.removeprefix("#")
    return int(number) if number.isdecimal() else 0
