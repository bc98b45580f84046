"""The gate's entries: those someone waits for, and those written in the background, never lost."""

import asyncio
from collections import deque
from collections.abc import Sequence

from commandcenter.core.base import CommandCenterError
from commandcenter.core.codec import Fact
from commandcenter.gate.base import Commit

OWED = 10_000
FAILURES = (CommandCenterError, OSError)
"""How a commit says that nothing was recorded."""


class Book:
    """Commits facts in order; what could not be recorded is tried again before what comes next."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._owed: deque[Fact] = deque(maxlen=OWED)
        self._tasks: set[asyncio.Task[bool]] = set()

    def start(self, facts: Sequence[Fact]) -> "asyncio.Task[bool]":
        """Begin a commit now; the task's result says whether it was recorded."""
        return self._keep(asyncio.create_task(self._try(tuple(facts)), name="gate commit"))

    def post(self, *facts: Fact) -> None:
        """Record in the background; kept in memory while the journal takes nothing."""
        self._keep(asyncio.create_task(self._post(facts), name="gate post"))

    def retry(self) -> None:
        """Record what is owed, if anything is."""
        if self._owed:
            self.post()

    async def settled(self) -> None:
        """Wait until every commit under way is through."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _keep(self, task: "asyncio.Task[bool]") -> "asyncio.Task[bool]":
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _try(self, facts: tuple[Fact, ...]) -> bool:
        try:
            await self._commit(facts)
        except FAILURES:
            return False
        return True

    async def _post(self, facts: tuple[Fact, ...]) -> bool:
        owed, self._owed = tuple(self._owed), deque(maxlen=OWED)
        if owed + facts and not await self._try(owed + facts):  # another may have recorded it
            self._owed.extendleft(reversed(owed + facts))
            return False
        return True
