"""A driver whose sessions do exactly what a test tells them to."""

import asyncio
from typing import Literal

from commandcenter.core.conversation import Message
from commandcenter.core.events import HistoryAdded, TextAdded, TurnEnded
from commandcenter.drivers.base import (
    AgentSpec,
    Answer,
    Asking,
    Capabilities,
    Cause,
    DriverKind,
    Found,
    Image,
    KillReport,
    SessionRef,
    SessionStart,
    Sink,
    StopLevel,
    Stopped,
)

FOREIGN = Capabilities(
    step="hook",
    freeze="tree",
    steer="queue",
    images="yes",
    commands="yes",
    subagents="yes",
    by_hand="yes",
    compact="yes",
)
"""What a puppet of a foreign agent can do."""


class PuppetSession:
    """Records what was asked of it; a turn ends only when the test says so.

    `hangs` names methods that never come back, `fails` those that raise.
    """

    def __init__(self, start: SessionStart, sink: Sink) -> None:
        self.caps = Capabilities()
        self.ref = SessionRef("native")
        if start.launch is not None:
            self.caps = FOREIGN
            self.ref = SessionRef("claude", f"session-{start.thread}")
        self.epoch = start.epoch
        self.version = "puppet"
        self.commands: tuple[str, ...] = ()
        self.images: list[tuple[Image, ...]] = []
        self.start = start
        self.sink = sink
        self.turn = 0
        self.prompts: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.calls: list[str] = []
        self.hangs: set[str] = set()
        self.fails: dict[str, Exception] = {}
        self.level: StopLevel | None = None
        """How it was stopped last; None = it goes."""
        self.alive = True
        self.rests = asyncio.Event()
        self.rests.set()

    async def _called(self, method: str, told: str = "") -> None:
        if method != "prompt":
            self.calls.append(f"{method} {told}".strip())
        if method in self.hangs:
            await asyncio.Event().wait()
        if method in self.fails:
            raise self.fails[method]

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """A turn begins; nothing happens by itself. A second one before its end is a fault."""
        await self._called("prompt")
        assert not self.turn, "a turn runs already"
        self.turn = turn
        self.prompts.append(text)
        self.images.append(images)
        self.sink.emit(HistoryAdded((Message("user", text),)), turn)

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Queued, as most agents do."""
        return "queued"

    async def stop(self, level: StopLevel) -> Stopped:
        """At rest at once unless the test cleared `rests`."""
        await self._called("stop", level)
        self.level = "freeze" if "freeze" in (level, self.level) else level
        return Stopped(1 if self.rests.is_set() else 0)

    async def at_rest(self) -> int:
        """When the test says so."""
        await self.rests.wait()
        return 1

    async def go(self) -> None:
        """Go on."""
        await self._called("go")
        self.level = None

    async def interrupt(self, cause: Cause) -> None:
        """The turn ends as cancelled."""
        await self._called("interrupt", cause)
        if self.turn:
            self.end("cancelled", cause)

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """At once."""
        await self._called("model", model)
        return "now"

    async def answer(self, key: str, answer: Answer) -> None:
        """Kept for the test."""
        await self._called("answer", answer.option)
        self.answers[key] = answer

    async def kill(self) -> KillReport:
        """Gone."""
        self.alive = False
        await self._called("kill")
        return KillReport(0)

    async def hibernate(self) -> SessionRef:
        """Gone, and good for another `open`."""
        self.alive = False
        await self._called("hibernate")
        return self.ref

    def pids(self) -> tuple[tuple[int, int], ...]:
        """No process."""
        return ()

    def say(self, text: str) -> None:
        """A delta of the running turn."""
        self.sink.emit(TextAdded(1, text), self.turn)

    def run(self, command: str, key: str = "k1") -> None:
        """Ask whether a command may run."""
        asking = Asking(key, "tool", "run", {"command": command}, key)
        self.sink.ask(asking, self.turn)

    def question(self, text: str, key: str = "q1") -> None:
        """Ask the player."""
        self.sink.ask(Asking(key, "question", "ask", {}, key, text, ("yes", "no")), self.turn)

    def end(self, stop: str = "end", cause: str = "", error: str = "") -> None:
        """The turn is over."""
        turn, self.turn = self.turn, 0
        self.sink.emit(TurnEnded(stop, cause, error), turn)  # type: ignore[arg-type]  # one of the closed words


class PuppetDriver:
    """Opens puppet sessions and keeps them by thread."""

    kind: DriverKind = "native"

    def __init__(self) -> None:
        self.sessions: dict[int, PuppetSession] = {}
        self.opened: list[SessionStart] = []
        self.made: list[PuppetSession] = []
        self.fails: list[Exception] = []
        self.ready = asyncio.Event()
        """Cleared: no session opens until it is set again."""
        self.ready.set()
        self.blocked: list[int] = []
        """Threads whose session waits for that; twice, where one takes over from another."""

    async def probe(self, agent: AgentSpec) -> Found:
        """Always here."""
        return Found("puppet")

    async def open(self, start: SessionStart, sink: Sink) -> PuppetSession:
        """A session, or the next of the planned failures."""
        self.opened.append(start)
        self.blocked.append(start.thread)
        try:
            await self.ready.wait()
        finally:
            self.blocked.remove(start.thread)
        if self.fails:
            raise self.fails.pop(0)
        session = self.sessions[start.thread] = PuppetSession(start, sink)
        self.made.append(session)
        return session

    async def close(self) -> None:
        """Nothing is shared."""
