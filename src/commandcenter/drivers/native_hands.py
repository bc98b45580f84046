"""One tool call of the native loop from its arguments to its result."""

import asyncio
import functools
import hashlib
from pathlib import Path
from typing import Protocol

import msgspec

from commandcenter.core.base import Clock, Ids, Record
from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.core.events import Event, PlanChanged, ToolEnded, ToolOutputAdded, ToolStarted
from commandcenter.core.text import line
from commandcenter.drivers.base import Answer, Asking
from commandcenter.drivers.native_brake import Brake
from commandcenter.drivers.native_files import already, on_files
from commandcenter.drivers.native_memory import Memory
from commandcenter.drivers.native_shell import SUMMARY_CHARS, Outcome, Shell
from commandcenter.drivers.tools import JUDGED, KINDS, ToolUse, read_call, shown_args
from commandcenter.hosts.base import Stream
from commandcenter.hosts.files import Files

RESULT_CHARS = 8_000
"""Of a result in the transcript; the model gets more."""
LOST = "unknown: the engine was lost while this ran; it may have happened. Look before you repeat."
DONE = "done: the file is as you wanted it"
UNDONE = "not done, or changed since: look at the file, then do it again"
AFTER_FINISH = "cancelled: you had called finish"
EDITED = "the person changed the command; this ran in its place: {command}\n"
CANCELLED = "cancelled: the turn was broken off while this ran; it may have happened in part"


class Voice(Protocol):
    """How a turn reports; as the sink of a session, without the turn's number."""

    def emit(self, event: Event) -> None:
        """A fact."""
        ...

    async def record(self, *events: Event) -> None:
        """Facts that are durable on return; recorded even if the caller is cancelled meanwhile."""
        ...

    def ask(self, asking: Asking) -> None:
        """A question."""
        ...


class HandParts(Record, frozen=True):
    """What tool calls of a session share."""

    workspace: str
    brake: Brake
    shell: Shell
    clock: Clock
    ids: Ids


class Started(Record, frozen=True):
    """A tool call under way; `at` in monotonic seconds."""

    event: ToolStarted
    at: float


class Hands:
    """The tool calls of one turn."""

    def __init__(self, parts: HandParts, memory: Memory, voice: Voice) -> None:
        self.open: dict[str, Started] = {}
        """By effect: those that have begun and not ended."""
        self.finished = False
        """The tool `finish` was called."""
        self._parts = parts
        self._memory = memory
        self._voice = voice
        self._files = Files(Path(parts.workspace))
        self._asked: dict[str, asyncio.Future[Answer]] = {}

    async def do(self, call: ToolCall) -> None:
        """Check, ask where it must be asked, record the start, act, record end and result."""
        try:
            use = read_call(call)
        except ValueError as error:
            await self._not_done(call, None, Outcome("failed", f"error: {error}", str(error)))
            return
        if self.finished:
            await self._not_done(call, use, Outcome("cancelled", AFTER_FINISH, "after finish"))
        elif use.name == "ask":
            await self._question(call, use)
        elif use.name not in JUDGED:
            await self._begun(call, use)
        elif (answer := await self._allowed(call, use)) is not None:
            if answer.edit:
                await self._edited(call, answer.edit)
            else:
                await self._begun(call, use)

    async def _begun(self, call: ToolCall, use: ToolUse, note: str = "") -> None:
        started = self._started(call, use)
        await self._voice.record(started.event)
        outcome = await self._act(use)
        await self._ended(started, msgspec.structs.replace(outcome, text=note + outcome.text))

    async def _edited(self, call: ToolCall, command: str) -> None:
        """The person's own command in place of the model's; the model is told so."""
        args = msgspec.json.encode({"command": command}).decode()
        other = msgspec.structs.replace(call, args_json=args)
        await self._begun(other, read_call(other), EDITED.format(command=command))

    async def recover(self, call: ToolCall) -> None:
        """Settle a call that had begun when an engine was lost, without doing it twice."""
        try:
            use = read_call(call)
        except ValueError:
            use = None
        if use is None or use.name not in JUDGED:
            await self.do(call)
            return
        text, ok = LOST, False
        if use.name != "run":
            ok = await asyncio.to_thread(already, self._files, use)
            text = DONE if ok else UNDONE
        result = ToolResult(call.id, call.name, text, ok)
        await self._voice.record(self._memory.added(Message("tool", results=(result,))))

    def answer(self, key: str, answer: Answer) -> None:
        """Of rules or player; a late or repeated one is ignored."""
        asked = self._asked.get(key)
        if asked is not None and not asked.done():
            asked.set_result(answer)

    async def close(self) -> None:
        """The turn is broken off: what had begun ends as cancelled."""
        for started in tuple(self.open.values()):
            await self._ended(started, Outcome("cancelled", CANCELLED, "cancelled"))

    async def _question(self, call: ToolCall, use: ToolUse) -> None:
        text = use.args["question"]
        answer = await self._ask(Asking("", "question", use.name, {}, use.id, text, use.options))
        said = Outcome(text=answer.text, summary=answer.text)
        await self._not_done(call, use, said if answer.option == "answer" else _denied(answer))

    async def _allowed(self, call: ToolCall, use: ToolUse) -> Answer | None:
        """Ask; a call that may not happen is settled here, and None."""
        answer = await self._ask(Asking("", "tool", use.name, use.args, use.id, use.title))
        if answer.option != "allow":
            await self._not_done(call, use, _denied(answer))
            return None
        await self._parts.brake.boundary()
        return answer

    async def _ask(self, asking: Asking) -> Answer:
        """Put the question and rest until it is answered."""
        key = self._parts.ids.fresh()
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[key] = asked
        try:
            with self._parts.brake.rest():
                self._voice.ask(msgspec.structs.replace(asking, key=key))
                return await asked
        finally:
            del self._asked[key]

    def _started(self, call: ToolCall, use: ToolUse | None) -> Started:
        """A tool call that begins now, under a fresh effect key."""
        title, paths = (use.title, use.paths) if use is not None else (line(call.name, 60), ())
        kind = KINDS.get(call.name, "other")
        effect, args = self._parts.ids.fresh(), shown_args(call)
        event = ToolStarted(call.id, call.name, kind, title, args, effect, paths)
        started = Started(event, self._parts.clock.monotonic())
        self.open[effect] = started
        return started

    async def _not_done(self, call: ToolCall, use: ToolUse | None, outcome: Outcome) -> None:
        """A call without an effect: its start and its end are one entry after the other."""
        started = self._started(call, use)
        self._voice.emit(started.event)
        await self._ended(started, outcome)

    async def _ended(self, started: Started, outcome: Outcome) -> None:
        """The end on record, and with it the result that the model is given."""
        event = started.event
        self.open.pop(event.effect, None)
        ended = ToolEnded(
            call=event.call,
            effect=event.effect,
            status=outcome.status,
            ms=round((self._parts.clock.monotonic() - started.at) * 1000),
            result_hash=hashlib.sha256(outcome.text.encode("utf-8", "replace")).hexdigest(),
            exit=outcome.exit,
            summary=line(outcome.summary, SUMMARY_CHARS),
            result=outcome.text[:RESULT_CHARS],
        )
        result = ToolResult(event.call, event.name, outcome.text, outcome.status == "ok")
        told = self._memory.added(Message("tool", results=(result,)))
        await self._voice.record(ended, told)

    async def _act(self, use: ToolUse) -> Outcome:
        if use.name == "run":
            show = functools.partial(self._show, use.id)
            return await self._parts.shell.run(use.args["command"], show)
        if use.name == "plan":
            self._voice.emit(PlanChanged(use.items))
            return Outcome(text="the person sees it", summary=f"{len(use.items)} steps")
        if use.name == "finish":
            self.finished = True
            return Outcome(text="finished", summary=use.args.get("summary", ""))
        return await self._whole(use)

    async def _whole(self, use: ToolUse) -> Outcome:
        """Files are never left half way: a cancelled turn waits until this one is through."""
        work = asyncio.create_task(
            asyncio.to_thread(on_files, self._files, use), name=f"tool {use.name}"
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work})
            raise

    def _show(self, call: str, stream: Stream, text: str) -> None:
        self._voice.emit(ToolOutputAdded(call, stream, text))


def _denied(answer: Answer) -> Outcome:
    """What the model is told of a call that may not happen."""
    if answer.option == "cancelled":
        return Outcome("cancelled", "cancelled: nobody answered", "cancelled")
    who = f"rule {answer.rule}" if answer.rule else "the player"
    text = f"denied by {who}: {answer.text}" if answer.text else f"denied by {who}"
    return Outcome("denied", text, text)
