"""What the inspector asks the engine: kept per thread, asked again when it is old."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from commandcenter.core.codec import Row
from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen

KEPT = 24
AGAIN_S = {"audit": 2.0, "cost": 1.0, "policy": 1.0}
"""At most so often the same is asked while things happen."""
SLOW_S = 1.0
"""From then on it is said that an answer is waited for."""
_STALE = {
    "cost": frozenset({"CallSettled", "CallFailed"}),
    "audit": frozenset(
        {"OrderGiven", "OrderDone", "OrderRefused", "OrderUndone", "Asked", "Answered"}
        | {"Granted", "GrantUsed", "GrantEnded"}
    ),
    "policy": frozenset({"LimitSet", "RouteSeen", "SessionOpened", "OperationMade"}),
}
_WIDE = frozenset({"OrderGiven", "OrderDone", "OrderRefused", "OrderUndone", "LimitSet"})
"""Kinds that are told of no thread although they may be about this one."""


class Answer(msgspec.Struct):
    """One answer; times are monotonic s."""

    value: dict[str, Any] = {}
    known: bool = False
    stale: bool = True
    asked: float = -1.0
    """Since when one is waited for; below 0 = none is."""
    at: float = -1.0
    why: str = ""


class Asking:
    """Asks only what a tab shows; `on_answer` says that something came."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._held: OrderedDict[tuple[str, int], Answer] = OrderedDict()
        self.on_answer: Callable[[], None] = lambda: None

    def take(self, rows: list[Row]) -> None:
        """Entries as they come: what they change is old."""
        for row in rows:
            for (name, thread), answer in self._held.items():
                mine = row.thread == thread or (not row.thread and row.kind in _WIDE)
                if mine and row.kind in _STALE.get(name, ()):
                    answer.stale = True

    def want(self, name: str, thread: int) -> Answer:
        """The answer there is; asked for when it is old."""
        key = (name, thread)
        answer = self._held.get(key)
        if answer is None:
            answer = self._held[key] = Answer()
            if len(self._held) > KEPT:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        screen = self._screen
        rested = answer.at < 0 or screen.now() - answer.at >= AGAIN_S[name]
        if answer.stale and answer.asked < 0 and rested and screen.up:
            answer.stale, answer.asked = False, screen.now()
            screen.tasks.spawn(self._ask(name, thread, answer), f"ask {name} {thread}")
        return answer

    async def _ask(self, name: str, thread: int, answer: Answer) -> None:
        try:
            found = await self._screen.link.query(name, thread=thread)
        except (LinkLost, ValueError) as error:
            answer.why = str(error)
            found = None
        answer.asked, answer.at = -1.0, self._screen.now()
        if isinstance(found, dict):
            answer.value, answer.known, answer.why = found, True, ""
        self.on_answer()

    def waits(self, answer: Answer) -> str:
        """What stands there while nothing is known: nothing at first, then that it is read."""
        if answer.known:
            return ""
        if answer.why:
            return f"it cannot be read: {answer.why}"
        slow = answer.asked >= 0 and self._screen.now() - answer.asked >= SLOW_S
        return "reading \u2026" if slow else ""

    def due(self, name: str, answer: Answer) -> float:
        """Seconds until something is to be done for it; 0 = nothing."""
        if not self._screen.up:
            return 0.0
        if answer.asked >= 0:
            return max(answer.asked + SLOW_S - self._screen.now(), 0.05) if not answer.known else 0
        if answer.stale:
            return max(answer.at + AGAIN_S[name] - self._screen.now(), 0.05)
        return 0.0
