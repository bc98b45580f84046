"""The one reducer, pure: the same entries give the same World, however they are split."""

from collections.abc import Callable, Iterable
from typing import Any

from commandcenter.core.codec import BULK as BULK
from commandcenter.core.codec import Entry, Row, load_entry
from commandcenter.core.reduce_calls import CALL_CASES
from commandcenter.core.reduce_engine import ENGINE_CASES
from commandcenter.core.reduce_shaping import SHAPING_CASES
from commandcenter.core.reduce_standing import STANDING_CASES
from commandcenter.core.reduce_threads import THREAD_CASES
from commandcenter.core.world import World

Case = Callable[[World, Entry, Any], None]
CASES: dict[str, Case] = {
    **ENGINE_CASES,
    **THREAD_CASES,
    **CALL_CASES,
    **STANDING_CASES,
    **SHAPING_CASES,
}


def apply(world: World, entry: Entry) -> None:
    """Fold one entry into `world`, in place. Entries come in order of seq."""
    kind = entry.kind
    if kind not in BULK:
        world.seq, world.wall = entry.seq, max(world.wall, entry.wall)
        case = CASES.get(kind)
        if case is not None:
            case(world, entry, entry.event)


def fold(world: World, rows: Iterable[Row]) -> World:
    """Fold rows into `world`; bulk rows are skipped without being decoded."""
    for row in rows:
        if row.kind not in BULK:
            apply(world, load_entry(row))
    return world
