"""The native driver: our own loop, in this process, through the gate."""

import asyncio
import os
from typing import Literal

import msgspec

from commandcenter import __version__
from commandcenter.core.base import AgentFailed
from commandcenter.core.events import HistoryAdded, TurnEnded
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
from commandcenter.drivers.native_desk import Desk, NativePorts, NativeSettings
from commandcenter.drivers.native_shell import clean_env
from commandcenter.drivers.native_turn import Turn

LOOK_S = 0.05
"""How often a call that has left is looked for among those that wait at the gate."""
END_S = 0.5
"""How long `kill` waits for the turn's own end."""


class NativeSession:
    """One thread's loop. Between turns it does nothing; every method is idempotent."""

    def __init__(self, desk: Desk) -> None:
        self.caps = Capabilities(fork="any")
        self.ref = SessionRef("native", f"{desk.start.thread}:{desk.start.epoch}")
        self.epoch = desk.start.epoch
        self.version = __version__
        self.commands: tuple[str, ...] = ()
        self._desk = desk
        self._handoff = Handoff(desk.start.handoff)
        self._turn: Turn | None = None
        self._task: asyncio.Task[None] | None = None
        self._dead = False

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn; "" = go on where the conversation stands. Raises AgentFailed(refused)
        when one runs or the session has ended."""
        if self._dead or self._turn is not None:
            why = "the session has ended" if self._dead else "a turn runs already"
            raise AgentFailed("refused", why)
        self._turn = Turn(self._desk, turn, self._handoff.before(text))
        self._handoff.given()
        name = f"turn {self._desk.start.thread}"
        self._task = asyncio.create_task(self._live(self._turn), name=name)

    async def _live(self, turn: Turn) -> None:
        life = asyncio.create_task(turn.live(), name=f"life {self._desk.start.thread}")
        await asyncio.wait({life})
        error = life.exception()
        ended = life.result() if error is None else TurnEnded("crashed", error=repr(error))
        self._turn = None
        self._desk.brake.note()
        self._desk.sink.emit(ended, turn.number)

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Text into the running turn, before its next step."""
        running = self._turn
        if running is None or running.number != turn or not running.takes_text:
            return "refused"
        running.injected.append(text)
        return "injected"

    async def stop(self, level: StopLevel) -> Stopped:
        """step: rest at the next boundary. freeze: stop tool processes and read no answer on."""
        self._desk.brake.set(level)
        if level == "freeze":
            stopped = await self._desk.freeze()
            return Stopped(3, tuple(proc.pid for proc in stopped))
        return Stopped(self._rung())

    def _rung(self) -> int:
        """Where it rests now; 0 = a step still runs."""
        turn, brake = self._turn, self._desk.brake
        if brake.level == "freeze":
            return 3
        if turn is None or brake.resting:
            return 1
        return 2 if turn.unanswered and self._desk.held() else 0

    async def at_rest(self) -> int:
        """The rung, once a stopped session rests; 0 when it is let go before."""
        brake = self._desk.brake
        while not (rung := self._rung()) and brake.level is not None:
            await brake.moved(LOOK_S)
        return rung if brake.level is not None else 0

    async def go(self) -> None:
        """Undo whatever `stop` took: tools first, then the loop."""
        if self._desk.brake.level == "freeze":
            await self._desk.thaw()
        self._desk.brake.release()

    async def interrupt(self, cause: Cause) -> None:
        """End the turn; returns when its tools are gone and its end is told."""
        if self._turn is not None and self._task is not None:
            self._turn.break_off(cause)
            await asyncio.wait({self._task})

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model that the next step asks for."""
        self._desk.model = model
        return "now"

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`; a late or repeated answer is ignored."""
        if self._turn is not None:
            self._turn.hands.answer(key, answer)

    async def kill(self) -> KillReport:
        """End everything; nothing of the session lives afterwards."""
        self._dead = True
        if self._turn is not None:
            self._turn.break_off("kill")
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=END_S)
        survivors = await self._desk.kill_tools()
        return KillReport(self._desk.killed, tuple(proc.pid for proc in survivors))

    async def hibernate(self) -> SessionRef:
        """Close; the conversation is in the journal."""
        await self.kill()
        return self.ref

    @property
    def alive(self) -> bool:
        """Not killed."""
        return not self._dead

    def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time) of the commands that run."""
        return tuple((proc.pid, proc.started) for proc in self._desk.shell.procs())


class NativeDriver:
    """Opens native sessions."""

    kind: DriverKind = "native"

    def __init__(self, ports: NativePorts, settings: NativeSettings | None = None) -> None:
        self._ports = msgspec.structs.replace(ports, env=clean_env(ports.env))
        self._settings = settings or NativeSettings()
        self._sessions: list[NativeSession] = []

    async def probe(self, agent: AgentSpec) -> Found | Missing:
        """It is always here."""
        return Found(__version__)

    async def open(self, start: SessionStart, sink: Sink) -> NativeSession:
        """A session ready for a prompt. Raises AgentFailed(missing) without its workspace."""
        check("native", start, forks=False)
        if not await asyncio.to_thread(os.path.isdir, start.workspace):
            raise AgentFailed("missing", f"the workspace {start.workspace} is gone")
        if start.seed:
            await sink.record(HistoryAdded(start.seed, anew=True), start.first_turn)
        session = NativeSession(Desk(start, sink, self._ports, self._settings))
        self._sessions = [one for one in self._sessions if one.alive] + [session]
        return session

    async def close(self) -> None:
        """End every session."""
        sessions, self._sessions = self._sessions, []
        await asyncio.gather(*(session.kill() for session in sessions if session.alive))
