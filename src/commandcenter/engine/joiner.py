"""Neighbouring deltas of a thread become one; the order of the rest is kept."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Event, TextAdded, ThoughtAdded, ToolOutputAdded

WATCHED_S = 0.05
UNWATCHED_S = 0.5
JOIN_CHARS = 256 << 10
Delta: TypeAlias = TextAdded | ThoughtAdded | ToolOutputAdded


class Joiner:
    """Deltas of one thread between two flushes."""

    def __init__(self, post: Callable[[list[Fact]], None]) -> None:
        self.watched = False
        self._post = post
        self._key: tuple[object, ...] = ()
        self._first: Delta | None = None
        self._stamp = Stamp()
        self._parts: list[str] = []
        self._chars = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, event: Delta, stamp: Stamp) -> None:
        """One more delta; joined with the one before when it continues it."""
        key = _key(event, stamp)
        if self._parts and (key != self._key or self._chars > JOIN_CHARS):
            self.flush()
        if not self._parts:
            self._key, self._first, self._stamp = key, event, stamp
            self._arm()
        self._parts.append(event.delta)
        self._chars += len(event.delta)

    def flush(self) -> None:
        """Hand over what was joined."""
        fact = self.take()
        if fact is not None:
            self._post([fact])

    def take(self) -> Fact | None:
        """What was joined since the last flush."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._parts or self._first is None:
            return None
        joined = _with(self._first, "".join(self._parts))
        self._parts, self._chars, self._first = [], 0, None
        return Fact(joined, self._stamp)

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(WATCHED_S if self.watched else UNWATCHED_S, self.flush)


def _key(event: Delta, stamp: Stamp) -> tuple[object, ...]:
    if isinstance(event, ToolOutputAdded):
        return (ToolOutputAdded, event.call, event.stream, stamp.turn)
    return (type(event), event.message, stamp.turn)


def _with(first: Delta, text: str) -> Event:
    if isinstance(first, ToolOutputAdded):
        return ToolOutputAdded(first.call, first.stream, text)
    return type(first)(first.message, text)
