"""Work that may not be cut in two: a git killed in the middle leaves its lock behind."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def to_its_end(work: Coroutine[Any, Any, T], name: str) -> T:
    """The result; whoever is cancelled meanwhile is cancelled when the work is over."""
    task = asyncio.create_task(work, name=name)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            cancelled = True
    if not cancelled:
        return task.result()
    if not task.cancelled():
        task.exception()  # seen: whoever would have been told is no longer there
    raise asyncio.CancelledError


def unbroken(act: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A coroutine function whose calls go to their end."""

    @functools.wraps(act)
    async def whole(*args: P.args, **named: P.kwargs) -> T:
        return await to_its_end(act(*args, **named), act.__qualname__)

    return whole
