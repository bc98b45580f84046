"""What is said of one thread, by its session and by us, on its way into the journal in order."""

import logging
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    ContextMeasured,
    Event,
    TextAdded,
    ThoughtAdded,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from commandcenter.core.refusals import Refused
from commandcenter.core.world import Head
from commandcenter.drivers.base import Asking
from commandcenter.engine.headline import HeadLine
from commandcenter.engine.joiner import Delta, Joiner
from commandcenter.engine.parts import Parts

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner

AGAIN_S = 0.5
SPEAKS = (TextAdded, ThoughtAdded, ToolStarted, UsageReported)
"""What an agent says or does only once a model has answered it."""
log = logging.getLogger("cc.thread")


class Speaker:
    """Puts the envelope on a thread's facts and keeps them in the order they were said."""

    def __init__(self, parts: Parts, head: Head) -> None:
        self.parts = parts
        self.thread = head.id
        self.epoch = head.epoch
        self.turn = head.turn
        self.spoke = False
        """The running turn has said or done something that a model must have been asked for."""
        self.tools: set[str] = set()
        """Effects of the tool calls that have begun and not ended."""
        self.line = HeadLine(self._post_bare, parts.clock)
        self._joiner = Joiner(parts.ledger.post)
        self._counts = head.driver != "terminal"
        """A terminal's output is no model's: it burns nothing."""

    @property
    def head(self) -> Head:
        """What World holds of the thread."""
        return self.parts.world.threads[self.thread]

    def stamp(self, turn: int = 0) -> Stamp:
        """The envelope of a fact of this thread."""
        return Stamp(self.thread, self.epoch, turn or self.turn)

    def watch(self, on: bool) -> None:
        """A client looks at the transcript: deltas come every 50 ms."""
        self._joiner.watched = on

    def said(self, event: Delta, turn: int) -> None:
        """A delta of the session."""
        self._joiner.add(event, self.stamp(turn))
        self.line.note(event.delta, counts=self._counts and not isinstance(event, ToolOutputAdded))

    async def record(self, event: Event, turn: int = 0) -> None:
        """A fact that must be durable before its effect; waits while nothing can be recorded."""
        fact = Fact(self.completed(event), self.stamp(turn))
        while True:
            try:
                await self.parts.ledger.commit([*self._joiner.take(), fact])
            except Refused:
                await self.parts.sleep(AGAIN_S)
            else:
                return

    def post(self, event: Event, turn: int = 0) -> None:
        """Record soon, behind what the thread has said before."""
        fact = Fact(self.completed(event), self.stamp(turn))
        self.parts.ledger.post([*self._joiner.take(), fact])

    def completed(self, event: Event) -> Event:
        """A fact with what only we know; and what the tile says of it."""
        if isinstance(event, ToolStarted):
            self.line.note(f"\n{event.title}\n")
            self.tools.add(event.effect)
        elif isinstance(event, TurnStarted):
            self.line.breaks()
        elif isinstance(event, ToolEnded):
            self.tools.discard(event.effect)
        elif isinstance(event, ContextMeasured) and not event.size:
            head = self.head
            return ContextMeasured(event.used, self.parts.window(head.account, head.model))
        return event

    def _post_bare(self, event: Event) -> None:
        self.parts.ledger.post([Fact(event, self.stamp())])


class SessionSink:
    """What one session says. Once a younger one has begun nobody listens to it any more."""

    def __init__(self, runner: "Runner", epoch: int) -> None:
        self._runner = runner
        self._epoch = epoch
        self.refused = 0
        """Facts that came too late."""

    def emit(self, event: Event, turn: int) -> None:
        """A fact; deltas are joined."""
        if self._late():
            return
        runner = self._runner
        if isinstance(event, SPEAKS) and turn == runner.turn:
            runner.spoke = True
        if isinstance(event, TextAdded | ThoughtAdded | ToolOutputAdded):
            runner.said(event, turn)
        elif isinstance(event, TurnEnded):
            runner.turn_ended(event, turn)
        else:
            runner.post(event, turn)
            if isinstance(event, UsageReported):
                self._reported(event)

    def _reported(self, event: UsageReported) -> None:
        """A limit may count what an unmetered agent says of itself."""
        runner = self._runner
        before = sum(runner.head.reported) if event.scope == "session" else 0
        more = max(0, event.input + event.output - before)
        if runner.parts.gate.reported(runner.thread, more):
            runner.spawn(runner.out_of_budget(), "limit")

    async def record(self, event: Event, turn: int) -> None:
        """A fact that must be durable before its effect."""
        if not self._late():
            await self._runner.record(event, turn)

    def ask(self, asking: Asking, turn: int) -> None:
        """A question, to rules or player."""
        if not self._late():
            self._runner.asks.take(asking, turn)

    def _late(self) -> bool:
        """Of an older epoch, or of a thread that has ended: refused and counted."""
        runner = self._runner
        late = self._epoch != runner.epoch or runner.state == "ended"
        if late:
            self.refused += 1
            if self.refused == 1:
                log.warning("thread %d: epoch %d speaks late", runner.thread, self._epoch)
        return late
