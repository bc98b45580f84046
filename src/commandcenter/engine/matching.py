"""The filter language as the engine needs it: who joins a group by its `auto`."""

from commandcenter.core.world import Head, World


def trouble(text: str) -> str:
    """What is wrong with a filter; empty = nothing."""
    return ""


def matches(text: str, head: Head, world: World) -> bool:
    """Does the thread match? A filter that cannot be read any more matches nothing."""
    words = (head.name, head.agent, head.model, *head.tags)
    return all(any(part in word for word in words) for part in text.split())
