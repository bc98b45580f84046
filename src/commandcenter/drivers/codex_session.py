"""One thread of a Codex app-server: its turns, its rests, its end (agents.md 4, 6)."""

import asyncio
import contextlib
import re
from typing import Any, Final, Literal

from msgspec.structs import replace

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote, Event, TurnEnded, TurnMarked, WireError
from commandcenter.drivers.base import (
    Answer,
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
from commandcenter.drivers.codex_asks import Asks
from commandcenter.drivers.codex_begin import OPEN_S, begin
from commandcenter.drivers.codex_config import (
    ASKS_SOME,
    WRITES,
    argv_of,
    bypassed,
    content,
    hello,
    says_nothing,
    unjudged,
)
from commandcenter.drivers.codex_link import Ears, Link
from commandcenter.drivers.codex_scribe import Scribe
from commandcenter.drivers.codex_turn import Sweep, Turn, ended_as, of_session, tools_end
from commandcenter.drivers.foreign import ForeignPorts, Tree, launch_of, spawn_of, start_lines
from commandcenter.drivers.rest import Rest
from commandcenter.wires.codex import Ask, Note, Told

PROMPT_S: Final = 5.0
STEER_S: Final = 2.0
INTERRUPT_S: Final = 3.0
TAIL_CHARS: Final = 300
UNASKED_S: Final = 0.1
"""A request for approval follows the item it is about within a few ms."""
CAPS: Final = Capabilities(
    step="ask",
    freeze="tree",
    interrupt_kills_tools="no",
    fork="any",
    set_model="turn",
    usage="turn",
    routed="seen",
    images="yes",
    subagents="yes",
    by_hand="yes",
)


class CodexSession:
    """One thread of one app-server. Between turns it only listens; every method is idempotent."""

    def __init__(self, start: SessionStart, ports: ForeignPorts, sink: Sink) -> None:
        self.caps = CAPS if launch_of(start).asks == "all" else replace(CAPS, asks="some")
        self.ref = SessionRef("codex")
        self.epoch = start.epoch
        self.version = ""
        self.commands: tuple[str, ...] = ()
        self._start = start
        self._sink = sink
        self._rest = Rest(lambda: ports.waits(start.thread))
        self._link = Link(Ears(self._asked, self._noted, self._broken, self._ended))
        self._tree = Tree(ports, start)
        self._sweep = Sweep(self._link)
        self._asks = Asks(self._rest, self._link.reply, self._allowed, start.epoch)
        self._scribe = Scribe(ports.clock, ports.ids, self._emit)
        self._turn: Turn | None = None
        self._last = start.first_turn
        self._handoff = Handoff(start.handoff)
        self._more: dict[str, Any] = {}
        """What the next turn is started with: another model, less of a bypass."""
        self._closing = False
        self._pids: tuple[tuple[int, int], ...] = ()
        self._looking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- opening ----------------------------------------------------------------------------

    async def open(self) -> None:
        """Process, handshake, thread. Raises AgentFailed; then nothing is left."""
        ports, start = self._tree.ports, self._start
        spawn = spawn_of(start, argv_of(launch_of(start)), {})
        self._link.attach(await start_lines(ports, start, spawn, self._link.hearing()))
        async with contextlib.AsyncExitStack() as half_made:
            half_made.push_async_callback(self.kill)
            said = await self._link.ask("initialize", hello(), OPEN_S)
            await self._link.initialized()
            opened = await self._thread()
            self._opened(said, opened)
            if unjudged(opened):
                await self._let_write()
            half_made.pop_all()
        self._pids = await self._tree.pids()

    async def _thread(self) -> dict[str, Any]:
        """The thread, new or with a past."""
        resume = self._start.resume
        self._scribe.thread = resume.session if resume is not None else ""
        return await begin(self._link, self._start, self._lost)

    def _lost(self) -> None:
        self._emit(AgentNote("notice", "codex has lost this conversation; it begins anew"))

    def _opened(self, said: dict[str, Any], opened: dict[str, Any]) -> None:
        thread = opened.get("thread")
        found = thread.get("id") if isinstance(thread, dict) else None
        if not isinstance(found, str) or not found:
            raise AgentFailed("protocol", "codex names no thread")
        self.ref = SessionRef("codex", found)
        self._scribe.thread = found
        version = re.match(r"[^/]*/(\S+)", str(said.get("userAgent", "")))
        self.version = version.group(1) if version else ""
        if bypassed(opened):
            self._more.update(ASKS_SOME)

    async def _let_write(self) -> None:
        """The worktree is the agent's to write, unless the person's configuration says not."""
        told = {"cwd": self._start.workspace, "includeLayers": False}
        if says_nothing(await self._link.ask("config/read", told, OPEN_S)):
            self._more.update(WRITES)

    # --- turns ------------------------------------------------------------------------------

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn; while stopped it waits until `go`. Raises AgentFailed."""
        if self._closing or self._turn is not None:
            why = "the session has ended" if self._closing else "a turn runs already"
            raise AgentFailed("refused", why)
        if self._link.gone:
            raise AgentFailed("crashed", "codex has ended")
        self._turn = Turn(turn, self._handoff.before(text), images)
        self._last = turn
        self._scribe.begin()
        if self._rest.level is None:
            await self._send(self._turn)

    async def _send(self, turn: Turn) -> None:
        turn.sent = True
        self._rest.turn(True)
        turn.before = frozenset(await self._tree.pids())
        params = {"threadId": self.ref.session, "input": content(turn.text, turn.images)}
        try:
            said = await self._link.ask("turn/start", {**params, **self._more}, PROMPT_S)
        except AgentFailed:
            if self._turn is turn:
                self._turn = None
                self._rest.turn(False)
            raise
        self._more = {}
        self._handoff.given()
        state = said.get("turn")
        if isinstance(state, dict) and not turn.id:
            turn.id = str(state.get("id", ""))

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Text into the running turn: Codex asks its model anew with it."""
        running = self._turn
        if running is None or running.number != turn or running.cause is not None:
            return "refused"
        told = {"threadId": self.ref.session, "expectedTurnId": running.id}
        try:
            await self._link.ask("turn/steer", {**told, "input": content(text, ())}, STEER_S)
        except AgentFailed:
            return "queued"
        return "injected"

    async def interrupt(self, cause: Cause) -> None:
        """End the turn; returns when its tools are gone and its end is told.

        Raises AgentFailed(timeout) when Codex does not end it.
        """
        turn = self._turn
        if turn is None:
            return
        if turn.cause is None:
            turn.cause = cause
            self._scribe.breaking = True
            await self._break_off(turn)
        await turn.told.wait()

    async def _break_off(self, turn: Turn) -> None:
        if turn.sent:
            if self._rest.level == "freeze":
                await self._tree.thaw()
            try:
                await self._cancel(turn)
            except AgentFailed:
                if turn.told.is_set():
                    return
                raise
            threads = [self.ref.session, *self._scribe.subagents]
            await self._sweep.terminals(threads, frozenset(self._scribe.items))
            own = of_session(self._link.lines.proc.pid, await self._tree.pids())
            await self._tree.sweep(turn.before | own)
        if self._turn is turn:
            self._over(turn, ended_as(turn, None, self._scribe.partial))

    async def _cancel(self, turn: Turn) -> None:
        """Codex hears it: open requests first, then the turn, then those of its subagents."""
        await self._asks.cancel()
        turns = [(self.ref.session, turn.id), *self._scribe.subagents.items()]
        for thread, running in turns:
            told = {"threadId": thread, "turnId": running}
            try:
                await self._link.ask("turn/interrupt", told, INTERRUPT_S)
            except AgentFailed as error:
                if error.kind != "refused":  # refused = it has just ended
                    raise
        try:
            await asyncio.wait_for(turn.over.wait(), INTERRUPT_S)
        except TimeoutError:
            raise AgentFailed("timeout", "codex does not end its turn") from None

    def _over(self, turn: Turn, ended: TurnEnded) -> None:
        """The turn's end, told once."""
        self._scribe.close(*tools_end(ended))
        self._scribe.usage()
        self._turn = None
        self._rest.turn(False)
        if turn.id:
            self._sink.emit(TurnMarked(turn.id), turn.number)
        self._sink.emit(ended, turn.number)
        turn.over.set()
        turn.told.set()

    # --- stopping ---------------------------------------------------------------------------

    async def stop(self, level: StopLevel) -> Stopped:
        """step: no answer to what it asks, the gate holds its calls. freeze: SIGSTOP the tree."""
        rung = self._rest.stop(level)
        return await self._tree.freeze() if level == "freeze" else Stopped(rung)

    async def at_rest(self) -> int:
        """The rung, once a stopped session rests; 0 when it is let go before."""
        return await self._rest.at_rest()

    async def go(self) -> None:
        """Undo whatever `stop` took; answers and a prompt that came meanwhile go out."""
        if self._rest.level == "freeze":
            await self._tree.thaw()
        self._rest.go()
        await self._asks.go()
        turn = self._turn
        if turn is not None and not turn.sent:
            try:
                await self._send(turn)
            except AgentFailed as error:
                self._over(turn, TurnEnded("crashed", error=str(error)))

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model of the next turn; a routed session changes at the gate, at once."""
        self._more["model"] = model
        return "next_turn"

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`; a late or repeated answer is ignored."""
        await self._asks.answer(key, answer)

    async def kill(self) -> KillReport:
        """End everything; nothing of the session lives afterwards."""
        self._closing = True
        if self._turn is not None and self._turn.cause is None:
            self._turn.cause = "kill"
        return self._closed(await self._link.lines.kill(self._tree.kill))

    async def hibernate(self) -> SessionRef:
        """Close between turns; `open(resume=ref)` in a new process goes on with it."""
        if self._turn is not None:
            raise AgentFailed("refused", "a turn runs")
        self._closing = True
        self._closed(await self._link.lines.close(self._tree.kill))
        return self.ref

    def _closed(self, report: KillReport) -> KillReport:
        turn = self._turn
        if turn is not None:
            self._over(turn, ended_as(turn, None, self._scribe.partial))
        self._pids = ()
        return report

    def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time) of its tree, as of the last time this was asked."""
        if not self._closing and (self._looking is None or self._looking.done()):
            name = f"codex pids {self._start.thread}"
            self._looking = asyncio.create_task(self._look(), name=name)
        return self._pids

    async def _look(self) -> None:
        found = await self._tree.pids()
        self._pids = () if self._closing else found

    @property
    def alive(self) -> bool:
        """Neither killed nor hibernated nor gone."""
        return not self._closing and not self._link.gone

    # --- what it hears ----------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        self._sink.emit(event, self._last)

    def _broken(self, reason: str, sample: bytes) -> None:
        self._emit(WireError(reason, sample.decode("utf-8", "replace")))

    def _asked(self, ask: Ask) -> None:
        """A request: its file change was told before, as the item it belongs to."""
        item = ask.wanted.item_id if ask.wanted is not None else None
        tool = self._scribe.tools.get(item or "")
        shown = None
        if tool is not None:
            shown, tool.asked = tool.item, True
        for asking in self._asks.take(ask, shown, self._start.workspace):
            self._sink.ask(asking, self._last)

    async def _allowed(self, call: str) -> None:
        """The start of a call is on record before it may act."""
        tool = self._scribe.begins(call)
        if tool is not None:
            await self._sink.record(tool.event, self._last)

    def _unasked(self, call: str) -> None:
        """It was told of a while ago, and nothing was asked: it runs."""
        tool = self._scribe.tools.get(call)
        if tool is not None and not tool.asked:
            self._scribe.begun(call)

    def _noted(self, note: Note) -> None:
        told = note.told
        if told is not None and told.thread_id == self.ref.session and told.turn is not None:
            self._turn_moved(note.method, told)
        elif note.method == "serverRequest/resolved" and told is not None:
            self._asks.resolved(told.request_id)
        else:
            self._scribe.heard(note)
            if note.method == "item/started" and told is not None and told.item is not None:
                loop = asyncio.get_running_loop()
                loop.call_later(UNASKED_S, self._unasked, told.item.id)

    def _turn_moved(self, method: str, told: Told) -> None:
        turn, state = self._turn, told.turn
        if state is None:
            return
        if method == "turn/started":
            if turn is None or not turn.sent:
                self._unordered(state.id)
            elif not turn.id:
                turn.id = state.id
        elif turn is not None and turn.sent and turn.id in ("", state.id):
            turn.over.set()
            if turn.cause is None:
                self._over(turn, ended_as(turn, state, self._scribe.partial))

    def _unordered(self, turn: str) -> None:
        """A turn that nobody ordered is ended at once."""
        self._emit(AgentNote("notice", "codex began a turn by itself; it was ended"))
        name = f"codex unordered {self._start.thread}"
        task = asyncio.create_task(self._end_unordered(turn), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_unordered(self, turn: str) -> None:
        told = {"threadId": self.ref.session, "turnId": turn}
        try:
            await self._link.ask("turn/interrupt", told, INTERRUPT_S)
        except AgentFailed as error:
            self._emit(AgentNote("notice", f"codex did not end it: {error}"))

    def _ended(self, code: int, tail: str) -> None:
        """The process is gone; a turn that ran ends with it."""
        self._asks.clear()
        turn = self._turn
        if turn is None:
            return
        partial = self._scribe.partial
        if self._closing:
            self._over(turn, ended_as(turn, None, partial))
            return
        why = f"codex ended ({code}) {tail[-TAIL_CHARS:]}".strip()
        self._over(turn, TurnEnded("crashed", error=why, partial=partial))
