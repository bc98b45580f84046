"""Named tasks that somebody owns; an exception is never swallowed."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from commandcenter.core.base import AgentFailed

T = TypeVar("T")
RECORDS = ("commit", "post")
"""Names of the tasks that append to the journal: World follows what is on disk, so none of them
is broken off between the two."""
log = logging.getLogger("cc.tasks")


class Tasks:
    """The running tasks of one owner."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.on_crash: Callable[[str, BaseException], None] = lambda name, error: None

    def spawn(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start and keep `coro`; its exception is logged and told to `on_crash`."""
        task = asyncio.create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def within(self, limit_s: float, work: Coroutine[Any, Any, T], name: str) -> T:
        """What a driver's `work` gives. Raises AgentFailed and nothing else: `timeout` past
        `limit_s` seconds, `crashed` for whatever a driver should not have raised, loudly."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait({task}, timeout=limit_s)
        finally:
            late = not task.done() and task.cancel()
        if late:
            raise AgentFailed("timeout", f"{name}: no answer within {limit_s:g} s")
        if task.cancelled():
            raise AgentFailed("crashed", f"{name}: cancelled")
        error = task.exception()
        if error is None:
            return task.result()
        if isinstance(error, AgentFailed):
            raise error
        log.error("%s failed: %r", name, error, exc_info=error)
        raise AgentFailed("crashed", f"{name}: {error!r}") from error

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and task.get_name() != "commit":
            log.error("task %s ended by %r", task.get_name(), error, exc_info=error)
            self.on_crash(task.get_name(), error)

    def running(self) -> list[asyncio.Task[Any]]:
        """Those that have not ended."""
        return list(self._tasks)

    async def settled(self, names: tuple[str, ...]) -> None:
        """Wait until no task of these names runs."""
        while running := [t for t in self._tasks if t.get_name() in names]:
            await asyncio.wait(running)

    async def cancel(self) -> None:
        """End all of them and wait for it; what is on its way to the journal arrives there."""
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        tasks = [task for task in tasks if task.get_name() not in RECORDS]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.settled(RECORDS)
