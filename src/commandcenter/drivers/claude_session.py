"""One session of Claude Code: orders to requests, its lines to events (agents.md 2, 4, 6)."""

import asyncio
import base64
import contextlib
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Literal

from commandcenter.core.base import AgentFailed, Record
from commandcenter.core.events import AgentNote, CommandsChanged, Event, WireError
from commandcenter.drivers.base import (
    RESUME_PROMPT,
    Answer,
    Asking,
    Capabilities,
    Cause,
    Image,
    KillReport,
    SessionRef,
    SessionStart,
    Sink,
    StopLevel,
    Stopped,
)
from commandcenter.drivers.beginning import Handoff
from commandcenter.drivers.claude_asks import Asks
from commandcenter.drivers.claude_launch import settings_path
from commandcenter.drivers.claude_talk import Talk
from commandcenter.drivers.claude_tools import QUESTION
from commandcenter.drivers.claude_turn import Turn, TurnParts
from commandcenter.drivers.foreign import ForeignPorts, Tree, launch_of
from commandcenter.drivers.rest import Rest
from commandcenter.wires import claude as wire

CAPS: Final = Capabilities(
    step="hook",
    freeze="tree",
    interrupt="yes",
    interrupt_kills_tools="yes",
    steer="queue",
    fork="any",
    resume="resume",
    set_model="now",
    asks="some",
    usage="turn",
    routed="seen",
    turns="exact",
    images="yes",
    commands="yes",
    subagents="yes",
    by_hand="yes",
    compact="yes",
)
MODEL_S: Final = 5.0
NO_TURN: Final = "Nothing was ordered. Wait for the person."
LOOK_S: Final = 1.0
"""The age at which the list of processes is looked up anew."""


class ClaudeSettings(Record, frozen=True):
    """Seconds: how long an interrupt may take before the turn's tools are ended from outside, and
    after that before it has failed."""

    interrupt_s: float = 3.0
    left_s: float = 1.5


class ClaudeSession:
    """One process, one thread; `id` is the agent's own of the session."""

    def __init__(
        self,
        ports: ForeignPorts,
        start: SessionStart,
        sink: Sink,
        id: str,
        settings: ClaudeSettings,
    ) -> None:
        self.caps = CAPS
        self.ref = SessionRef("claude", id)
        self.epoch = start.epoch
        self.version = ""
        self.commands: tuple[str, ...] = ()
        self.talk = Talk(self._hear, self._unreadable, self._gone)
        self.tree = Tree(ports, start)
        self._ports = ports
        self._start = start
        self._settings = settings
        self._sink = sink
        self._handoff = Handoff(start.handoff)
        folders = tuple({start.workspace: None, os.path.realpath(start.workspace): None})
        self._parts = TurnParts(sink, ports.ids, ports.clock, folders)
        self._all = launch_of(start).asks == "all"
        self._rest = Rest(lambda: ports.waits(start.thread))
        self._asks = Asks(self._rest, self.talk.say)
        self._turn: Turn | None = None
        self._last = start.first_turn
        self._over = asyncio.Event()
        self._closing = False
        self._before: frozenset[tuple[int, int]] = frozenset()
        self._pids: tuple[tuple[int, int], ...] = ()
        self._looked = 0.0
        self._hooks: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- orders --------------------------------------------------------------------------------

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn. Raises AgentFailed: refused while one runs, crashed once it is gone."""
        if self._turn is not None:
            raise AgentFailed("refused", "a turn runs already")
        if self.talk.over:
            raise AgentFailed("crashed", self.talk.words)
        pictures = tuple([await _encoded(image) for image in images])
        self._before = frozenset(await self._look())
        self._turn = Turn(turn, self._parts)
        self._last = turn
        self._over.clear()
        self._rest.turn(True)
        try:
            told = self._handoff.before(text or RESUME_PROMPT)
            await self.talk.say(wire.prompt(told, pictures))
            self._handoff.given()
        except AgentFailed:
            self._turn = None
            self._rest.turn(False)
            raise

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Kept by the engine until the turn is over."""
        return "queued" if self._turn is not None and self._turn.number == turn else "refused"

    async def stop(self, level: StopLevel) -> Stopped:
        """step: rest before the next tool or at the gate. freeze: stop every process."""
        rung = self._rest.stop(level)
        return await self.tree.freeze() if level == "freeze" else Stopped(rung)

    async def at_rest(self) -> int:
        """The rung, once a stopped session rests; 0 when it is let go before."""
        return await self._rest.at_rest()

    async def go(self) -> None:
        """Processes go on, then hooks that were held are answered."""
        if self._rest.level == "freeze":
            await self.tree.thaw()
        self._rest.go()

    async def interrupt(self, cause: Cause) -> None:
        """End the turn; returns when its tools are gone. Raises AgentFailed: timeout, crashed."""
        turn = self._turn
        if turn is None:
            return
        turn.cause = turn.cause or cause
        frozen = self._rest.level == "freeze"
        if frozen:
            await self._kill_tools()
        await self.talk.say(wire.request("interrupt", "interrupt"))
        if frozen:
            await self.tree.thaw()
        if not await self._ended_within(self._settings.interrupt_s):
            await self._kill_tools()
            if not await self._ended_within(self._settings.left_s):
                raise AgentFailed("timeout", "the agent does not end its turn")
        if frozen and not self.talk.over:
            await self.tree.freeze()

    async def _ended_within(self, limit_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), limit_s)
        return self._over.is_set()

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model of the next step. Raises AgentFailed: timeout, crashed."""
        if self._rest.level == "freeze":
            return "refused"
        try:
            await self.talk.ask("set_model", MODEL_S, model=model)
        except AgentFailed as error:
            if error.kind == "refused":
                return "refused"
            raise
        return "now"

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`; a late or repeated answer is ignored."""
        if not self.talk.over:
            await self._asks.answer(key, answer, self._ask)

    async def kill(self) -> KillReport:
        """End everything; nothing of the session lives afterwards."""
        self._close("kill")
        report = KillReport(0)
        if self.talk.started:
            report = await self.talk.process.kill(self.tree.kill)
        self._gone(-9, "killed")
        await self._forget()
        return report

    async def hibernate(self) -> SessionRef:
        """End of input, then what it takes; the agent keeps the conversation."""
        self._close("stop")
        if self._rest.level == "freeze":
            await self.tree.thaw()
        await self.talk.process.close(self.tree.kill)
        self._gone(0, "hibernated")
        await self._forget()
        return self.ref

    async def _forget(self) -> None:
        """The settings file with the session's secret."""
        path = settings_path(self._start, launch_of(self._start))
        await asyncio.to_thread(path.unlink, missing_ok=True)

    def _close(self, cause: Cause) -> None:
        self._closing = True
        if self._turn is not None:
            self._turn.cause = self._turn.cause or cause

    @property
    def alive(self) -> bool:
        """Its process has not ended."""
        return not self.talk.over

    def pids(self) -> tuple[tuple[int, int], ...]:
        """As last looked up; an old list is looked up anew meanwhile."""
        now = self._ports.clock.monotonic()
        if not self.talk.over and now - self._looked > LOOK_S:
            self._looked = now
            self._spawn(self._refresh(), "look")
        return self._pids

    async def _refresh(self) -> None:
        await self._look()

    async def _look(self) -> tuple[tuple[int, int], ...]:
        self._looked = self._ports.clock.monotonic()
        self._pids = await self.tree.pids()
        return self._pids

    async def _kill_tools(self) -> None:
        """End what was started since the prompt; the agent itself and its servers live on."""
        agent = self.talk.process.proc
        await self.tree.sweep(self._before | {(agent.pid, agent.started)})
        await self._look()

    # --- what the agent says -------------------------------------------------------------------

    def _hear(self, item: wire.Item) -> None:
        match item:
            case wire.Hook():
                self._spawn(self._hook(item), "hook", item.request)
            case wire.MayUse():
                self._may_use(item)
            case wire.Withdrawn(request):
                self._withdraw(request)
            case wire.Unknown(request, what):
                self._spawn(self._send(wire.refuse(request, f"unknown: {what}")), "refuse")
            case wire.Opened():
                self._opened(item)
            case _:
                self._told(item)

    def _told(self, item: wire.Item) -> None:
        """What belongs to the turn; outside of one it is dropped, but for remarks."""
        turn = self._turn
        if turn is None:
            if isinstance(item, wire.Note):
                self._emit(AgentNote(item.kind, item.text))
            return
        if isinstance(item, wire.Ended):
            self._spawn(self._end(turn, item), "end") if turn.cause else self._finish(turn, item)
        else:
            _tell(turn, item)

    def _opened(self, item: wire.Opened) -> None:
        if item.session and item.session != self.ref.session:
            self.ref = SessionRef("claude", item.session)
        if item.commands and item.commands != self.commands:
            self.commands = item.commands
            self._emit(CommandsChanged(item.commands))

    async def _hook(self, item: wire.Hook) -> None:
        """Rung 1: unanswered while we are stopped. The intent is on record before it runs."""
        await self._rest.hook()
        turn = self._turn
        if turn is None:
            await self._send(wire.reply(item.request, wire.block(NO_TURN)))
            return
        if (event := turn.starts(item.call)) is not None:
            await self._sink.record(event, turn.number)
        ask = self._all and item.call.name != QUESTION
        await self._send(wire.reply(item.request, wire.go_on(ask)))

    def _may_use(self, item: wire.MayUse) -> None:
        if self._turn is None:
            self._spawn(self._send(wire.reply(item.request, wire.deny(NO_TURN))), "deny")
        else:
            self._asks.take(item, self._turn, self._ask)

    def _withdraw(self, request: str) -> None:
        self._asks.withdraw(request)
        if (task := self._hooks.pop(request, None)) is not None:
            task.cancel()

    async def _end(self, turn: Turn, item: wire.Ended) -> None:
        """An interrupted turn ends once nothing of it lives."""
        await self._kill_tools()
        self._finish(turn, item)

    def _finish(self, turn: Turn, item: wire.Ended) -> None:
        self._leave()
        turn.end(item)
        self._over.set()
        self._spawn(self._refresh(), "look")

    def _leave(self) -> None:
        """No turn runs any more."""
        self._turn = None
        self._asks.close()
        for task in self._hooks.values():
            task.cancel()
        self._hooks.clear()
        self._rest.turn(False)

    def _gone(self, code: int, words: str) -> None:
        """The process has ended; what it had started ends too."""
        self.talk.over = True
        turn = self._turn
        if turn is not None:
            self._leave()
            turn.lost(words)
            self._over.set()
        self._pids = ()
        if not self._closing:
            self._closing = True
            self._spawn(self._clean_up(), "clean up")

    async def _clean_up(self) -> None:
        await self.tree.kill()
        await self._forget()

    # --- small things --------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        self._sink.emit(event, self._turn.number if self._turn is not None else self._last)

    def _ask(self, asking: Asking) -> None:
        self._sink.ask(asking, self._turn.number if self._turn is not None else self._last)

    def _unreadable(self, error: WireError) -> None:
        self._emit(error)

    async def _send(self, line: bytes) -> None:
        """A line that nobody waits for: a process that is gone tells it by its end."""
        with contextlib.suppress(AgentFailed):
            await self.talk.say(line)

    def _spawn(self, work: Coroutine[Any, Any, None], what: str, hook: str = "") -> None:
        task = asyncio.create_task(work, name=f"claude {self._start.thread} {what}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if hook:
            self._hooks[hook] = task
            task.add_done_callback(lambda _: self._hooks.pop(hook, None))


def _tell(turn: Turn, item: wire.Item) -> None:
    tell: dict[type, Callable[[Any], None]] = {
        wire.Delta: turn.delta,
        wire.Began: turn.began,
        wire.Said: turn.said,
        wire.Results: turn.results,
        wire.Task: turn.task,
        wire.Note: turn.note,
    }
    if isinstance(item, wire.Finished):
        turn.finished()
    elif isinstance(item, wire.Local):
        turn.printed(item.text)
    else:
        tell[type(item)](item)


async def _encoded(image: Image) -> tuple[str, str]:
    """MIME type and base64. Raises AgentFailed(refused)."""
    try:
        data = await asyncio.to_thread(Path(image.path).read_bytes)
    except OSError as error:
        raise AgentFailed("refused", f"{image.path}: {error}") from error
    return image.mime, base64.b64encode(data).decode()
