"""Which of a thread's entries count once several agents have led it (agents.md 5)."""

from collections.abc import Iterable, Iterator

from commandcenter.core.codec import Entry
from commandcenter.core.events import Reassigned, ReassignFailed

KINDS = ("Reassigned", "ReassignFailed")
"""The entries by which it is known."""


def lived(entries: Iterable[Entry]) -> list[Entry]:
    """Without what an agent did that the work was taken from again."""
    kept: list[Entry] = []
    since: list[int] = []
    for entry in entries:
        if isinstance(entry.event, Reassigned):
            since.append(len(kept))
        elif isinstance(entry.event, ReassignFailed) and entry.event.seat is not None:
            if since:
                del kept[since.pop() :]
            continue
        kept.append(entry)
    return kept


def own(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Of these, what the agent that leads it now was given and has done itself."""
    told = lived(entries)
    begun = [at for at, entry in enumerate(told) if isinstance(entry.event, Reassigned)]
    yield from told[begun[-1] :] if begun else told
