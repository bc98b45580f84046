"""The gate's entries in the background: what was owed is recorded once, and nothing is not."""

from collections.abc import Sequence

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertCleared
from commandcenter.gate.book import Book


class Journal:
    """Takes what it is given, unless it is full; nothing at all is a fault, as for the real one."""

    def __init__(self) -> None:
        self.full = False
        self.taken: list[Fact] = []

    async def commit(self, facts: Sequence[Fact]) -> None:
        if not facts:
            raise ValueError("nothing to append")
        if self.full:
            raise OSError("no space")
        self.taken += facts


def fact(name: str) -> Fact:
    return Fact(AlertCleared(name), Stamp())


async def test_what_is_owed_is_recorded_once_and_in_order() -> None:
    journal = Journal()
    book = Book(journal.commit)
    journal.full = True
    for name in ("a", "b"):
        book.post(fact(name))
        await book.settled()
    journal.full = False
    book.post(fact("c"))
    book.retry()  # both were asked for before either has begun
    found = tuple(book._tasks)
    await book.settled()
    assert journal.taken == [fact("a"), fact("b"), fact("c")]
    assert [task.exception() for task in found] == [None, None]
