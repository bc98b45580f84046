"""Sessions for tests: a real gate, real sparring, real processes; what they say is a list."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from commandcenter.core.conversation import Message
from commandcenter.core.events import (
    Event,
    HistoryAdded,
    TextAdded,
    ToolEnded,
    ToolStarted,
    TurnEnded,
)
from commandcenter.drivers.base import Answer, Asking, Driver, Session, SessionStart
from commandcenter.gate.base import Route, Scope
from commandcenter.hosts.local import LocalHost
from commandcenter.rules.policy import decide, request_for
from commandcenter.sparring.record import Logged
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.server import Endpoint, Options, Ports
from commandcenter.testing.gate import GateKit, Ticking

E = TypeVar("E", bound=Event)
KEY = "sparring-test-key"
MARK = secrets.token_hex(8)
"""Of this test process alone: another one's must not find our processes."""
Stance = Callable[[Asking], Answer | None]
"""What a test answers to a question of the agent; None = it stays open."""


def by_policy(asking: Asking) -> Answer | None:
    """As the engine does: rules answer what they allow or deny, the rest waits for the player."""
    if asking.kind == "question":
        return None
    decision = decide(request_for(1, asking.name, asking.args, "/workspace"))
    if decision.verdict == "ask":
        return None
    option = "allow" if decision.verdict == "allow" else "deny"
    return Answer(option, decision.why, decision.rule)  # type: ignore[arg-type]  # one of the two


@dataclass
class Heard:
    """A sink: everything one session said, in order."""

    stance: Stance = by_policy
    events: list[Event] = field(default_factory=list)
    told: list[tuple[int, Event]] = field(default_factory=list)
    """The same with their turns."""
    asked: list[Asking] = field(default_factory=list)
    ends: list[tuple[int, TurnEnded]] = field(default_factory=list)
    session: Session | None = None
    record_s: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, event: Event, turn: int) -> None:
        """A fact."""
        self.events.append(event)
        self.told.append((turn, event))
        if isinstance(event, TurnEnded):
            self.ends.append((turn, event))
        self._moved.set()

    async def record(self, event: Event, turn: int) -> None:
        """A fact, durable after `record_s` seconds."""
        await asyncio.sleep(self.record_s)
        self.emit(event, turn)

    def ask(self, asking: Asking, turn: int) -> None:
        """A question; answered by the stance."""
        self.asked.append(asking)
        self._moved.set()
        answer = self.stance(asking)
        if answer is not None and self.session is not None:
            self._spawn(self.session.answer(asking.key, answer))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="test answer")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until(self, true: Callable[[], bool], limit_s: float = 5.0) -> None:
        """Wait until something that was said makes it true. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not true():
                self._moved.clear()
                await self._moved.wait()

    async def end(self, turn: int = 1, limit_s: float = 5.0) -> TurnEnded:
        """The end of a turn."""
        await self.until(lambda: any(number == turn for number, _ in self.ends), limit_s)
        found = [event for number, event in self.ends if number == turn]
        assert len(found) == 1, "a turn ends once"
        return found[0]

    def of(self, kind: type[E]) -> list[E]:
        """The events of a kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        """Everything the transcript shows as said."""
        return "".join(event.delta for event in self.of(TextAdded))

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation as the journal would give it back."""
        return tuple(m for event in self.of(HistoryAdded) for m in event.messages)

    @property
    def tools(self) -> list[tuple[str, str]]:
        """(name, status) of every tool call that ended, in the order of the ends."""
        names = {event.effect: event.name for event in self.of(ToolStarted)}
        return [(names[event.effect], event.status) for event in self.of(ToolEnded)]


@dataclass
class DriverKit:
    """One driver on a real gate and host; accounts `chat`, `anthropic`, `ollama` are sparring."""

    folder: Path
    make: Callable[["DriverKit"], Driver]
    gate: GateKit = field(default_factory=GateKit)
    host: LocalHost = field(default_factory=lambda: LocalHost(MARK))
    waiting: set[int] = field(default_factory=set)
    endpoint: Endpoint | None = None
    _driver: Driver | None = None

    @property
    def driver(self) -> Driver:
        """Made at the first use."""
        if self._driver is None:
            self._driver = self.make(self)
        return self._driver

    def waits(self, thread: int) -> bool:
        """The newest state of the thread's calls is a wait."""
        states = [state for number, state in self.gate.states if number == thread]
        return bool(states) and states[-1].startswith("held:")

    async def spar(self, scenario: str, speed: float = 1.0) -> None:
        """Open the practice endpoint with these scripts."""
        options = Options(port=0, speed=speed)
        self.endpoint = Endpoint(options, load_scenario(scenario.encode()), Ports(Ticking(), KEY))
        await self.endpoint.open()
        self.gate.keys["sparring"] = KEY
        for kind in ("chat", "anthropic", "ollama"):
            self.gate.add(kind, self.endpoint.address, kind=kind, key_ref="sparring")

    def requests(self) -> list[Logged]:
        """What sparring says it was asked."""
        assert self.endpoint is not None
        return self.endpoint.log.all()

    def workspace(self, thread: int = 1) -> Path:
        """The thread's folder, with one file."""
        path = self.folder / f"work-{thread}"
        if not path.exists():
            path.mkdir()
            (path / "README.md").write_text("# A place to work\n\nOne line.\n")
        return path

    async def open(self, heard: Heard, thread: int = 1, **more: Any) -> Session:
        """A session; `account` (chat) is also its wire, `epoch` 1."""
        account, epoch = more.pop("account", "chat"), more.pop("epoch", 1)
        wire = self.gate.accounts[account].kind
        self.gate.gate.open(thread, epoch, Route(account, "sparring-small"))
        where = str(self.workspace(thread))
        start = SessionStart(thread, epoch, where, "sparring-small", wire, **more)
        heard.session = await self.driver.open(start, heard)
        return heard.session

    def hold(self, thread: int = 1) -> None:
        """As a pause does."""
        self.gate.gate.hold(thread, "player")

    def release(self, thread: int = 1) -> None:
        """As a resume does."""
        self.gate.gate.release(thread, "player")

    def cut(self, thread: int = 1) -> list[str]:
        """As freezing all spending does."""
        return self.gate.gate.cut(Scope("thread", str(thread)), "spend_freeze")

    async def close(self) -> None:
        """The end; fails when a process stayed behind."""
        if self._driver is not None:
            await self._driver.close()
        await self.gate.stop()
        if self.endpoint is not None:
            await self.endpoint.close()
        left = await self.host.survivors()
        await self.host.close()
        assert left == ()
