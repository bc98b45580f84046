"""The acp driver: any agent of the Agent Client Protocol over stdio, a process per session."""

import asyncio
import base64
import contextlib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import StopReason, TurnEnded, UsageReported
from commandcenter.drivers.acp_begin import beginning, bring
from commandcenter.drivers.acp_hearing import Hearer
from commandcenter.drivers.acp_launch import (
    Entry,
    caps_of,
    entry_of,
    put_files,
    routed,
    spawn_for,
)
from commandcenter.drivers.acp_turn import Scribe, Turn
from commandcenter.drivers.base import (
    AgentSpec,
    Answer,
    Capabilities,
    Cause,
    DriverKind,
    Found,
    Image,
    KillReport,
    Missing,
    SessionRef,
    SessionStart,
    Sink,
    StopLevel,
    Stopped,
)
from commandcenter.drivers.beginning import Handoff, check
from commandcenter.drivers.catalog import probe_program
from commandcenter.drivers.foreign import ForeignPorts, Tree, launch_of, start_lines
from commandcenter.drivers.lines import LineProcess
from commandcenter.drivers.rest import Rest

SDK: Final = ("commandcenter.drivers.acp_wire", "commandcenter.drivers.acp_client")
"""What imports the SDK: not before a session opens, and beside the engine's loop."""
CANCELS_S: Final = (0.5, 1.0, 1.5)
"""How long the agent may take to end a cancelled turn; in between it is told again."""
LAST_S: Final = 0.8
"""And once more, after its tools were ended for it."""
END_S: Final = 0.3
STOPS: Final[dict[str, StopReason]] = {
    "end_turn": "end",
    "max_tokens": "max_tokens",
    "max_turn_requests": "max_requests",
    "refusal": "refusal",
    "cancelled": "cancelled",
}
Pids = tuple[tuple[int, int], ...]


class Prompt:
    """What a turn begins with; `task` once it was sent."""

    def __init__(self, turn: Turn, text: str, images: list[tuple[str, str]]) -> None:
        self.turn = turn
        self.text = text
        self.images = images
        self.before: frozenset[tuple[int, int]] = frozenset()
        """(pid, start time) of what ran already."""
        self.task: asyncio.Task[None] | None = None


class AcpSession:
    """One agent process and its session. Every method is idempotent."""

    def __init__(self, ports: ForeignPorts, start: SessionStart, sink: Sink) -> None:
        launch = launch_of(start)
        self.caps = Capabilities()
        self.ref = SessionRef("acp", start.resume.session if start.resume is not None else "")
        self.epoch = start.epoch
        self.version = ""
        self.commands: tuple[str, ...] = ()
        self._ports = ports
        self._start = start
        self._sink = sink
        self._tree = Tree(ports, start)
        self._entry: Entry = entry_of(launch)
        self._reaches = routed(launch)
        self._rest = Rest(lambda: ports.waits(start.thread))
        self._hearer = Hearer(sink, self._offers, self._missed)
        self._handoff = Handoff(start.handoff)
        self._prompt: Prompt | None = None
        self._process: LineProcess | None = None
        self._pids: Pids = ()
        self._looking: asyncio.Task[None] | None = None
        self._cause = ""
        """Why it is being ended by us; empty = it is not."""

    def _missed(self) -> bool:
        """Nobody would hear of it when it ends now: no turn runs, and we do not end it."""
        return self._prompt is None and not self._cause and not self._hearer.replaying

    def _offers(self, names: tuple[str, ...]) -> None:
        self.commands = names

    @property
    def alive(self) -> bool:
        """Its process has not ended, and nobody ends it."""
        return not self._cause and self._process is not None and self._process.alive

    # --- opening ----------------------------------------------------------------------------

    async def begin(self) -> None:
        """Process, handshake, session: new, or the one that the start names."""
        from commandcenter.drivers import acp_client, acp_wire

        start = self._start
        pipe = acp_wire.Pipe(self._hearer)
        self._client = acp_client.Client(
            start.workspace, self._ports.ids, self._rest, lambda: self._turn
        )
        await put_files(start)
        await bring(start, self._entry)
        self._process = pipe.process = await start_lines(
            self._ports, start, spawn_for(start), pipe.hearing
        )
        self._wire = acp_wire.Wire(self._client, pipe)
        try:
            await self._shake_hands()
        except AgentFailed as error:
            if error.kind == "crashed":
                raise AgentFailed("crashed", self._hearer.last_words or error.detail) from error
            raise

    async def _shake_hands(self) -> None:
        from commandcenter.drivers import acp_wire

        hello = await acp_wire.hello(self._wire, files=self._entry.fs == "yes")
        spec = launch_of(self._start).agent
        caps = caps_of(spec, self._entry, {**hello.can, "model": True}, self._reaches)
        how, session = beginning(self._start, caps)
        begun = await acp_wire.begin(self._wire, how, self._start.workspace, session)
        self._hearer.replaying = False
        self._hearer.models, self._begun = (begun.option, begun.models), begun
        self.version = hello.version
        self.ref = SessionRef("acp", begun.id)
        has_models = {**hello.can, "model": bool(begun.models)}
        self.caps = caps_of(spec, self._entry, has_models, self._reaches)
        if not self._reaches and begun.models:
            await self.set_model(self._start.model)
        self._pids = await self._tree.pids()

    # --- turns ------------------------------------------------------------------------------

    @property
    def _turn(self) -> Turn | None:
        return self._prompt.turn if self._prompt is not None else None

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn; while the thread is stopped it waits for `go`. Raises AgentFailed."""
        if self._prompt is not None:
            raise AgentFailed("refused", "a turn runs already")
        if not self.alive:
            raise AgentFailed("crashed", self._hearer.last_words or "the session has ended")
        if images and self.caps.images != "yes":
            raise AgentFailed("unsupported", "this agent takes no images")
        pictures = [await asyncio.to_thread(_picture, one) for one in images]
        first = self._entry.asks_first
        scribe = Scribe(
            self._sink, self._ports.ids, self._ports.clock, self._start.workspace, first
        )
        self._prompt = Prompt(Turn(scribe, turn), self._handoff.before(text), pictures)
        self._hearer.turn = self._prompt.turn
        if self._rest.level is None:
            await self._send(self._prompt)

    async def _send(self, prompt: Prompt) -> None:
        self._rest.turn(True)
        name = f"acp turn {self._start.thread}"
        prompt.before = frozenset(await self._tree.pids())
        taken = self._wire.pipe.prompted
        taken.clear()
        prompt.task = asyncio.create_task(self._live(prompt), name=name)
        self._handoff.given()
        prompt.task.add_done_callback(lambda _: taken.set())
        await taken.wait()

    async def _live(self, prompt: Prompt) -> None:
        """The turn to its end; what it was broken off with leaves no process behind."""
        ended = await self._asked(prompt)
        turn = prompt.turn
        if turn.cause and not self._cause:
            await self._tree.sweep(prompt.before)
        self._over(prompt, ended)

    async def _asked(self, prompt: Prompt) -> TurnEnded:
        from commandcenter.drivers import acp_wire

        turn = prompt.turn
        try:
            stop, used = await acp_wire.prompt(
                self._wire, self.ref.session, prompt.text, prompt.images
            )
        except AgentFailed as error:
            return self._failed(turn, error)
        if used is not None and self.caps.usage != "none":
            turn.emit(UsageReported("turn", *used))
        if turn.cause:
            return TurnEnded("cancelled", turn.cause, partial=turn.partial)
        return TurnEnded(
            STOPS.get(stop, "error"), partial="" if stop == "end_turn" else turn.partial
        )

    def _failed(self, turn: Turn, error: AgentFailed) -> TurnEnded:
        """The agent did not end the turn well, or is gone."""
        cause = turn.cause or self._cause
        if cause:
            return TurnEnded("cancelled", cause, partial=turn.partial)
        if error.kind == "crashed":
            return TurnEnded("crashed", error=self._hearer.last_words, partial=turn.partial)
        return TurnEnded("error", error=str(error), partial=turn.partial)

    def _over(self, prompt: Prompt, ended: TurnEnded) -> None:
        if self._prompt is not prompt:
            return
        self._client.cancel()
        prompt.turn.close("cancelled" if ended.stop == "cancelled" else "unknown")
        self._prompt = None
        self._rest.turn(False)
        prompt.turn.emit(ended)

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """ACP has no way into a running turn: the engine keeps it for the next one."""
        running = self._turn
        return "queued" if running is not None and running.number == turn else "refused"

    async def interrupt(self, cause: Cause) -> None:
        """End the turn; its tools are gone when this returns. Raises AgentFailed(timeout)."""
        prompt = self._prompt
        if prompt is None:
            return
        prompt.turn.cause = prompt.turn.cause or cause
        if prompt.task is None:
            self._over(prompt, TurnEnded("cancelled", cause))
            return
        self._client.cancel()
        await self._cancel()
        await self._thawed(prompt, prompt.task)
        if not prompt.task.done():
            raise AgentFailed("timeout", "the agent did not end its turn")

    async def _cancel(self) -> None:
        with contextlib.suppress(AgentFailed):
            await self._wire.ask(self._wire.agent.cancel(self.ref.session))

    async def _thawed(self, prompt: Prompt, task: asyncio.Task[None]) -> None:
        """Wait for the end of the turn, at last without its tools; a frozen agent goes on until
        then."""
        frozen = self._rest.level == "freeze"
        if frozen:
            await self._tree.thaw()
        for again_s in CANCELS_S:
            await asyncio.wait({task}, timeout=again_s)
            if task.done():
                break
            await self._cancel()  # one that meets a prompt not yet begun is lost
        else:
            await self._tree.sweep(prompt.before)
            await asyncio.wait({task}, timeout=LAST_S)
        if frozen and self._rest.level == "freeze":
            await self._tree.freeze()

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`; a late or repeated answer is ignored."""
        self._client.answer(key, answer)

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model of the next step: the agent's own switch where it has that model, else the
        gate's route alone."""
        from commandcenter.drivers import acp_wire

        option, offered = self._hearer.models
        for name in (self._entry.model_prefix + model, model):
            if name in offered:
                begun = acp_wire.Begun(self.ref.session, offered, option)
                await acp_wire.choose_model(self._wire, begun, name)
                return "now"
        return "now" if self._reaches else "refused"

    # --- stopping ---------------------------------------------------------------------------

    async def stop(self, level: StopLevel) -> Stopped:
        """step: rest at the next question or call. freeze: stop the processes now."""
        rung = self._rest.stop(level)
        if level == "freeze":
            return await self._tree.freeze()
        return Stopped(rung)

    async def at_rest(self) -> int:
        """The rung, once a stopped session rests; 0 when it is let go before."""
        return await self._rest.at_rest()

    async def go(self) -> None:
        """Undo whatever `stop` took: processes, then answers and a prompt that waited."""
        if self._rest.level == "freeze":
            await self._tree.thaw()
        self._rest.go()
        self._client.go()
        prompt = self._prompt
        if prompt is not None and prompt.task is None and self.alive:
            await self._send(prompt)

    # --- ends -------------------------------------------------------------------------------

    async def kill(self) -> KillReport:
        """End everything; nothing of the session lives afterwards."""
        return await self._end("kill")

    async def hibernate(self) -> SessionRef:
        """Close the session so that it can be opened again. Raises AgentFailed(refused)."""
        if self._prompt is not None:
            raise AgentFailed("refused", "a turn runs")
        await self._end("stop", gently=True)
        return self.ref

    async def close(self) -> KillReport:
        """End of input, then the whole tree."""
        return await self._end("stop", gently=True)

    async def _end(self, cause: Cause, *, gently: bool = False) -> KillReport:
        self._cause = self._cause or cause
        if self._process is None:
            return await self._tree.kill()
        end = self._process.close if gently and self._process.alive else self._process.kill
        report = await end(self._tree.kill)
        if self._prompt is not None:
            task = self._prompt.task
            if task is not None:
                await asyncio.wait({task}, timeout=END_S)
        if self._prompt is not None:
            self._over(self._prompt, TurnEnded("cancelled", self._cause))
        if self._looking is not None:
            self._looking.cancel()
        await self._wire.close()
        self._pids = ()
        return report

    def pids(self) -> Pids:
        """(pid, start time) of its tree as last seen; looks anew for the next time."""
        if not self.alive:
            return ()
        if self._looking is None or self._looking.done():
            name = f"acp pids {self._start.thread}"
            self._looking = asyncio.create_task(self._look(), name=name)
        return self._pids

    async def _look(self) -> None:
        self._pids = await self._tree.pids()


def _picture(image: Image) -> tuple[str, str]:
    return base64.b64encode(Path(image.path).read_bytes()).decode(), image.mime


class AcpDriver:
    """Opens ACP sessions; what differs from agent to agent is data of the catalog."""

    kind: DriverKind = "acp"

    def __init__(self, ports: ForeignPorts, env: Mapping[str, str]) -> None:
        self._ports = ports
        self._env = dict(env)
        self._sessions: list[AcpSession] = []

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """Runs `command --version`, nothing else."""
        return await probe_program(self._ports.host, agent, self._env)

    async def open(self, start: SessionStart, sink: Sink) -> AcpSession:
        """A session ready for a prompt. Raises AgentFailed."""
        check("acp", start, forks=True)
        for module in SDK:
            await asyncio.to_thread(importlib.import_module, module)
        session = AcpSession(self._ports, start, sink)
        opened = False
        try:
            await session.begin()
            opened = True
        finally:
            if not opened:
                await session.kill()
        self._sessions = [one for one in self._sessions if one.alive] + [session]
        return session

    async def close(self) -> None:
        """End every session."""
        sessions, self._sessions = self._sessions, []
        await asyncio.gather(*(session.close() for session in sessions))
