"""A real gate for tests: real sockets, its entries in a list, threads opened in a line."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from commandcenter.config.accounts import Account, Caps
from commandcenter.core.codec import Fact
from commandcenter.core.conversation import Message, ModelRequest
from commandcenter.core.events import Event
from commandcenter.gate.base import Accounts, GatePorts, GateSettings, Route
from commandcenter.gate.gate import Gate
from commandcenter.gate.meter import Meter
from commandcenter.testing.clock import FakeIds
from commandcenter.wires import chat

E = TypeVar("E", bound=Event)


class Ticking:
    """The real clock."""

    def monotonic(self) -> float:
        """Seconds."""
        return time.perf_counter()

    def wall(self) -> int:
        """Nanoseconds."""
        return time.time_ns()


@dataclass
class GateKit:
    """The gate, and everything it said."""

    accounts: dict[str, Account] = field(default_factory=dict)
    settings: GateSettings = field(default_factory=lambda: GateSettings(backoff_s=0.01))
    facts: list[Fact] = field(default_factory=list)
    states: list[tuple[int, str]] = field(default_factory=list)
    commit_s: float = 0.0
    broken: bool = False
    ok: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    limited: list[tuple[int, str]] = field(default_factory=list)
    """Thread and call of each wait that reached its limit."""
    storms: list[int] = field(default_factory=list)
    _gate: Gate | None = None

    @property
    def gate(self) -> Gate:
        """Made at the first use, so a test may set accounts and settings before."""
        if self._gate is None:
            ports = GatePorts(
                clock=Ticking(),
                ids=FakeIds(),
                rng=random.Random(7),
                commit=self.commit,
                price=lambda *args: Meter(self.accounts).price(*args),
                journal_ok=lambda: self.ok,
                on_call=lambda thread, state: self.states.append((thread, state)),
                on_hold_limit=lambda thread, call: self.limited.append((thread, call)),
                on_storm=self.storms.append,
            )
            accounts = Accounts(self.accounts, self.keys.get)
            self._gate = Gate(ports, accounts, self.settings)
        return self._gate

    async def commit(self, facts: Sequence[Fact]) -> None:
        """The journal: a list, slow or broken as the test says."""
        await asyncio.sleep(self.commit_s)
        if self.broken:
            raise OSError("disk full")
        self.facts.extend(facts)

    def add(self, id: str, url: str, cap: int = 8, **more: Any) -> Account:
        """A practice account; chat unless told otherwise."""
        given = {"kind": "chat", "practice": True, **more}
        account = Account(id=id, base_url=url, caps=Caps(cap), **given)
        self.accounts[id] = account
        return account

    def open(self, thread: int, account: str = "a", model: str = "sparring-small") -> None:
        """A session of epoch 1."""
        self.gate.open(thread, 1, Route(account, model, operation="op"))

    async def ask(self, thread: int, text: str = "hello", max_tokens: int = 100) -> bytes:
        """One whole call of the native loop."""
        answer = self.gate.call(thread, 1, request(text, max_tokens))
        async with contextlib.aclosing(answer) as pieces:  # type: ignore[type-var]  # a generator
            return b"".join([data async for data in pieces])

    def events(self, kind: type[E]) -> list[E]:
        """The events of a kind, in order."""
        return [fact.event for fact in self.facts if isinstance(fact.event, kind)]

    def kinds(self) -> list[str]:
        """The names of all events, in order."""
        return [type(fact.event).__name__ for fact in self.facts]

    async def settled(self) -> None:
        """Everything that was posted is recorded."""
        await self.gate.book.settled()

    async def stop(self) -> None:
        """The gate's end; fails when a call or a slot stayed behind."""
        if self._gate is not None:
            await self.gate.stop(0.0)
            view = self.gate.view()
            assert not view.in_flight
            assert not view.waiting
            assert all(account.running == 0 for account in view.accounts)

    async def until(self, seen: Any, limit_s: float = 3.0) -> None:
        """Wait until `seen()` is true. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not seen():  # whatever a test looks at has no event
                await asyncio.sleep(0.002)


def request(text: str, max_tokens: int = 100, model: str = "sparring-small") -> Any:
    """A chat request of the native loop."""
    messages = (Message("user", text),)
    return chat.encode(ModelRequest(model, messages, max_tokens=max_tokens))


def raw(text: str, **fields: Any) -> bytes:
    """A chat request's body as a foreign client writes it."""
    told = [{"role": "user", "content": text}]
    return json.dumps({"model": "sparring-small", "messages": told, **fields}).encode()
