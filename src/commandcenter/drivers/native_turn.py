"""One turn of the native loop: ready, asking, streaming, tools, done, step after step."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message, Piece, ThoughtPiece, ToolCall, UsagePiece
from commandcenter.core.events import (
    AgentNote,
    ContextMeasured,
    Event,
    StepMoved,
    StepState,
    TurnEnded,
    WireError,
)
from commandcenter.core.states import Activity
from commandcenter.drivers.base import RESUME_PROMPT, Asking
from commandcenter.drivers.native_answer import Answer
from commandcenter.drivers.native_desk import Desk
from commandcenter.drivers.native_hands import Hands
from commandcenter.drivers.native_memory import broken_off, never_ran
from commandcenter.drivers.shown import message_numbers
from commandcenter.drivers.tools import READS
from commandcenter.gate.base import CallCut, GateRefused
from commandcenter.wires.base import FrameError

NEVER_RAN = "cancelled: the turn was broken off before this ran"
NOTHING_SAID = "there is no conversation to go on with; prompt the thread with its brief"
log = logging.getLogger("cc.driver")


class Turn:
    """From a prompt to its one end; everything it starts ends with it."""

    def __init__(self, desk: Desk, number: int, text: str) -> None:
        self.number = number
        self.injected = [text] if text else []
        """Texts for the next step: the prompt, and what the player says meanwhile."""
        self.unanswered = False
        """A request has left for the gate and no byte has come back."""
        self.hands = Hands(desk.hand_parts, desk.memory, self)
        self._desk = desk
        self._text = text
        self._cause = ""
        self._step = 0
        self._numbers = message_numbers()
        self._answer: Answer | None = None
        self._activity: Activity = ""
        self._records: set[asyncio.Task[None]] = set()
        self._work: asyncio.Task[TurnEnded] | None = None

    async def live(self) -> TurnEnded:
        """The whole turn; what is wrong with it is told by its end."""
        desk = self._desk
        desk.shell.used = False
        work = asyncio.create_task(self._steps(), name=f"steps {desk.start.thread}")
        self._work = work
        if self._cause:
            work.cancel()
        await asyncio.wait({work})
        ended = self._end_of(work)
        if desk.shell.used and (work.cancelled() or work.exception() is not None):
            await desk.kill_tools()
        await self._close(ended.partial)
        return ended

    @property
    def takes_text(self) -> bool:
        """There is, or may be, a next step."""
        return self._work is None or not self._work.done()

    def break_off(self, cause: str) -> None:
        """End it now."""
        if not self._cause:
            self._cause = cause
            if self._work is not None:
                self._work.cancel()

    # --- what is reported ----------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """A fact of this turn."""
        self._desk.sink.emit(event, self.number)

    def ask(self, asking: Asking) -> None:
        """A question of this turn."""
        self._desk.sink.ask(asking, self.number)

    async def record(self, *events: Event) -> None:
        """Durable on return; recorded even if the caller is cancelled meanwhile."""
        name = f"record {self._desk.start.thread}"
        task = asyncio.create_task(self._recorded(events), name=name)
        self._records.add(task)
        task.add_done_callback(self._records.discard)
        await asyncio.shield(task)

    async def _recorded(self, events: tuple[Event, ...]) -> None:
        *first, last = events
        for event in first:
            self.emit(event)
        await self._desk.sink.record(last, self.number)

    async def _keep(self, message: Message) -> None:
        await self.record(self._desk.memory.added(message))

    def _moved(self, state: StepState, activity: Activity) -> None:
        self._activity = activity
        self.emit(StepMoved(self._step, state, activity))

    # --- steps ---------------------------------------------------------------------------

    async def _steps(self) -> TurnEnded:
        await self._begin()
        if self.hands.finished:
            return TurnEnded("end", cause="finish")
        for step in range(1, self._desk.settings.steps + 1):
            self._step, self.hands.finished = step, False
            await self._desk.brake.boundary()
            answer = await self._answered()
            await self._tools(tuple(answer.calls))
            self._moved("done", "")
            if (self.hands.finished or not answer.calls) and not self.injected:
                return TurnEnded("end", cause="finish") if answer.calls else _last(answer)
        return TurnEnded("max_requests", error=f"{self._step} steps without an end")

    async def _begin(self) -> None:
        """Settle what an earlier session left open, then the prompt."""
        memory, text = self._desk.memory, self._text
        left = memory.unanswered()
        if text in ("", RESUME_PROMPT):
            await self._tools(left)
        elif left:
            await self._keep(never_ran(left, NEVER_RAN))
        self._desk.lost = frozenset()
        if not text and memory.last is None:
            raise AgentFailed("refused", NOTHING_SAID)
        if not text and memory.last is not None and memory.last.role == "assistant":
            self.injected.insert(0, RESUME_PROMPT)

    async def _answered(self) -> Answer:
        """The step's answer, whole and kept. One that broke off is asked for once more; one that
        could not be recorded until it can: it then waits at the gate."""
        await self._keep_injected()
        answer = self._answer = Answer(self.emit, self._numbers)
        self._moved("ready", "thinking")
        broke = False
        while True:
            try:
                await self._request(answer)
                break
            except (CallCut, GateRefused, AgentFailed) as error:
                unrecorded = isinstance(error, GateRefused) and error.code == "cc_journal"
                if not unrecorded and (broke or not _broke_off(error)):
                    raise
                broke = broke or not unrecorded
                self.emit(AgentNote("retry", f"{error}; the step is asked for once more"))
            await self._desk.brake.boundary()
        self._answer = None
        if (message := answer.message()) is not None:
            await self._keep(message)
        return answer

    async def _keep_injected(self) -> None:
        while self.injected:
            await self._keep(Message("user", self.injected.pop(0)))

    async def _request(self, answer: Answer) -> None:
        """One request and all of its answer. Raises GateRefused, CallCut, AgentFailed(protocol)."""
        desk = self._desk
        answer.begin()
        decoder = desk.wire.new_decoder()
        stream = desk.call(desk.request())
        self._moved("asking", "thinking")
        self.unanswered = True
        try:
            async for data in stream:
                await self._heard(answer, decoder.feed(data))
            await self._heard(answer, decoder.end())
        finally:
            self.unanswered = False
            await _closed(stream)
            self._unreadable(decoder.errors)
        if decoder.broken:
            raise AgentFailed("protocol", decoder.broken)
        answer.end()
        if answer.usage is not None:
            self.emit(ContextMeasured(answer.usage.input + answer.usage.output, 0))

    def _unreadable(self, errors: list[FrameError]) -> None:
        """Frames that could not be read: one entry each; the good ones around them counted."""
        for error in errors:
            sample = error.sample.decode("utf-8", "replace")
            self.emit(WireError(f"{error.reason} at byte {error.offset}", sample))

    async def _heard(self, answer: Answer, pieces: list[Piece]) -> None:
        """Pieces of the answer; while frozen they wait, and the gate keeps what follows."""
        first, self.unanswered = self.unanswered, False
        await self._desk.brake.thawed()
        speaks = any(not isinstance(piece, ThoughtPiece | UsagePiece) for piece in pieces)
        if first or (speaks and self._activity != "generating"):
            self._moved("streaming", "generating" if speaks else "thinking")
        for piece in pieces:
            answer.take(piece)

    # --- tools ---------------------------------------------------------------------------

    async def _tools(self, calls: tuple[ToolCall, ...]) -> None:
        """Neighbouring reads at once, everything else one after the other."""
        if calls:
            self._moved("tools", "tool")
        for reads, group in itertools.groupby(calls, lambda call: call.name in READS):
            if reads:
                await self._desk.brake.boundary()
                await asyncio.gather(*(self._tool(call) for call in group))
                continue
            for call in group:
                await self._desk.brake.boundary()
                await self._tool(call)

    async def _tool(self, call: ToolCall) -> None:
        lost = call.id in self._desk.lost
        await (self.hands.recover(call) if lost else self.hands.do(call))

    # --- the end -------------------------------------------------------------------------

    def _end_of(self, work: asyncio.Task[TurnEnded]) -> TurnEnded:
        partial = self._answer.text if self._answer is not None else ""
        if work.cancelled():
            return TurnEnded("cancelled", cause=self._cause or "stop", partial=partial)
        error = work.exception()
        if error is None:
            return work.result()
        if isinstance(error, CallCut) and error.why != "upstream":
            return TurnEnded("cancelled", cause=error.why, partial=partial)
        if isinstance(error, GateRefused | CallCut | AgentFailed):
            return TurnEnded("error", error=str(error), partial=partial)
        log.error("thread %d: the turn crashed", self._desk.start.thread, exc_info=error)
        return TurnEnded("crashed", error=repr(error), partial=partial)

    async def _close(self, partial: str) -> None:
        """Leave a conversation that can go on: every call has a result, what was said is kept."""
        await self.hands.close()
        if partial.strip():
            await self._keep(broken_off(partial))
        if left := self._desk.memory.unanswered():
            await self._keep(never_ran(left, NEVER_RAN))
        await self._keep_injected()
        while self._records:
            await asyncio.wait(tuple(self._records))


def _last(answer: Answer) -> TurnEnded:
    """How a turn ends with an answer that asks for nothing more."""
    reason = answer.stop.reason if answer.stop is not None else "end"
    if reason == "max_tokens":
        return TurnEnded("max_tokens", error="the answer was longer than an answer may be")
    if reason == "refusal":
        return TurnEnded("refusal", error="the model refused")
    return TurnEnded("end")


def _broke_off(error: CallCut | GateRefused | AgentFailed) -> bool:
    """Was it the line, or what came over it?"""
    if isinstance(error, CallCut):
        return error.why == "upstream"
    return isinstance(error, AgentFailed)


async def _closed(stream: AsyncIterator[bytes]) -> None:
    """End the call behind it, if it has not ended."""
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
