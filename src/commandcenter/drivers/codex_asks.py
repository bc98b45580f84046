"""What Codex asks of us and nobody has answered yet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from commandcenter.drivers.base import Answer, Asking
from commandcenter.drivers.rest import Rest
from commandcenter.wires.codex import Ask, Item, Wanted
from commandcenter.wires.codex_items import Part, decided, parts

Send = Callable[[int | str, dict[str, Any]], Awaitable[None]]
Allowed = Callable[[str], Awaitable[None]]
"""Takes the call that may act now; returns once that is on record."""


@dataclass
class Pending:
    """One request; each part of it has a key, and all must be allowed."""

    ask: Ask
    wanted: Wanted
    parts: dict[str, Part]
    given: dict[str, Answer] = field(default_factory=dict)

    def verdict(self) -> str:
        """allow, deny, cancelled; empty = parts wait for an answer."""
        options = [answer.option for answer in self.given.values()]
        refused = next((option for option in options if option in ("deny", "cancelled")), "")
        if refused:
            return refused
        return "allow" if len(options) == len(self.parts) else ""

    def answers(self) -> dict[str, str]:
        """Question id -> text."""
        found = ((self.parts[key].question, answer) for key, answer in self.given.items())
        return {q.id: a.text for q, a in found if q is not None and a.option == "answer"}


class Asks:
    """Put one by one through `put`; while the session is stopped no answer goes out."""

    def __init__(self, rest: Rest, send: Send, allowed: Allowed, epoch: int) -> None:
        self._rest = rest
        self._send = send
        self._allowed = allowed
        self._epoch = epoch
        self._open: dict[int | str, Pending] = {}

    def take(self, ask: Ask, item: Item | None, workspace: str) -> list[Asking]:
        """The questions that a request is made of, to be put now."""
        wanted = ask.wanted or Wanted()
        found = parts(ask.method, wanted, item, workspace) or (Part("unknown"),)
        keyed = {f"{self._epoch}.{ask.id}.{n}": part for n, part in enumerate(found)}
        self._open[ask.id] = Pending(ask, wanted, keyed)
        for key in keyed:
            self._rest.asked(key)
        return [_asking(key, part, wanted) for key, part in keyed.items()]

    async def answer(self, key: str, answer: Answer) -> None:
        """A late or repeated one is ignored. Raises AgentFailed(crashed)."""
        found = next((one for one in self._open.values() if key in one.parts), None)
        if found is None or key in found.given:
            return
        found.given[key] = answer
        if self._rest.level is None:
            await self._settle(found)

    async def go(self) -> None:
        """The session goes on: what was answered meanwhile is sent."""
        for pending in tuple(self._open.values()):
            await self._settle(pending)

    async def cancel(self) -> None:
        """The turn is broken off: none of them may act."""
        for pending in tuple(self._open.values()):
            await self._close(pending, "cancelled")

    def resolved(self, number: int | str | None) -> None:
        """Codex waits for it no more."""
        pending = self._open.pop(number, None) if number is not None else None
        if pending is not None:
            self._answered(pending)

    def clear(self) -> None:
        """The process is gone."""
        for number in tuple(self._open):
            self.resolved(number)

    async def _settle(self, pending: Pending) -> None:
        verdict = pending.verdict()
        if verdict:
            await self._close(pending, verdict)

    async def _close(self, pending: Pending, verdict: str) -> None:
        if self._open.pop(pending.ask.id, None) is None:
            return
        self._answered(pending)
        if verdict == "allow":
            await self._allowed(pending.wanted.item_id or "")
        result = decided(pending.ask.method, verdict, pending.wanted, pending.answers())
        await self._send(pending.ask.id, result)

    def _answered(self, pending: Pending) -> None:
        for key in pending.parts:
            self._rest.answered(key)


def _asking(key: str, part: Part, wanted: Wanted) -> Asking:
    call = wanted.item_id or ""
    if part.question is None:
        return Asking(key, "tool", part.name, part.args, call, wanted.reason or "")
    options = tuple(option.label for option in part.question.options or [])
    return Asking(key, "question", part.name, {}, call, part.question.question, options)
