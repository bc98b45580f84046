"""Neighbouring deltas of a thread become one; the order of the rest is kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Event, TextAdded, ThoughtAdded, ToolOutputAdded

WATCHED_S = 0.05
UNWATCHED_S = 0.5
JOIN_CHARS = 256 << 10
"""Of one joined delta."""
WINDOW_CHARS = 8 << 20
RUNS = 64
"""Joined deltas between two flushes: who changes back and forth faster than that gives up the
order between, say, two streams, not a letter of either."""
Delta: TypeAlias = TextAdded | ThoughtAdded | ToolOutputAdded


@dataclass
class Run:
    """Deltas that continue each other."""

    key: tuple[object, ...]
    first: Delta
    stamp: Stamp
    parts: list[str] = field(default_factory=list)
    chars: int = 0

    def fact(self) -> Fact:
        """All of them as one."""
        return Fact(_with(self.first, "".join(self.parts)), self.stamp)


class Joiner:
    """Deltas of one thread between two flushes."""

    def __init__(self, post: Callable[[list[Fact]], None]) -> None:
        self.watched = False
        self._post = post
        self._runs: list[Run] = []
        self._chars = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, event: Delta, stamp: Stamp) -> None:
        """One more delta; joined with the one before when it continues it."""
        run = self._run(_key(event, stamp)) or self._begin(event, stamp)
        run.parts.append(event.delta)
        run.chars += len(event.delta)
        self._chars += len(event.delta)
        if self._chars > WINDOW_CHARS:
            self.flush()

    def flush(self) -> None:
        """Hand over what was joined."""
        facts = self.take()
        if facts:
            self._post(facts)

    def take(self) -> list[Fact]:
        """What was joined since the last flush."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        runs, self._runs, self._chars = self._runs, [], 0
        return [run.fact() for run in runs]

    def _run(self, key: tuple[object, ...]) -> Run | None:
        """The run that a delta of this key continues: the last one, or when there are many, any."""
        near = self._runs if len(self._runs) >= RUNS else self._runs[-1:]
        fits = (run for run in reversed(near) if run.key == key and run.chars < JOIN_CHARS)
        return next(fits, None)

    def _begin(self, event: Delta, stamp: Stamp) -> Run:
        if len(self._runs) >= 2 * RUNS:
            self.flush()
        if self._timer is None:
            wait = WATCHED_S if self.watched else UNWATCHED_S
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)
        run = Run(_key(event, stamp), event, stamp)
        self._runs.append(run)
        return run


def _key(event: Delta, stamp: Stamp) -> tuple[object, ...]:
    if isinstance(event, ToolOutputAdded):
        return (ToolOutputAdded, event.call, event.stream, stamp.turn)
    return (type(event), event.message, stamp.turn)


def _with(first: Delta, text: str) -> Event:
    if isinstance(first, ToolOutputAdded):
        return ToolOutputAdded(first.call, first.stream, text)
    return type(first)(first.message, text)
