"""The filter language as the engine needs it: who joins a group by its `auto`."""

from commandcenter.core.world import Head, World
from commandcenter.hud import filtering


def trouble(text: str) -> str:
    """What is wrong with a group's filter, empty = nothing; no text at all is none."""
    try:
        return "" if not text or filtering.parse(text) else "a filter has at least one word"
    except ValueError as error:
        return str(error)


def matches(text: str, head: Head, world: World) -> bool:
    """Does the thread match? A filter that cannot be read any more matches nothing."""
    return not trouble(text) and filtering.matches(filtering.parse(text), head, world)
