"""A session behind the limits of agents.md 2: whatever its driver does, each method comes back."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from commandcenter.drivers.base import (
    Answer,
    Cause,
    Image,
    KillReport,
    Session,
    SessionRef,
    StopLevel,
    Stopped,
)
from commandcenter.engine.tasks import Tasks
from commandcenter.hosts.spool import Part

T = TypeVar("T")
PROMPT_S = 5.0
STOP_S = 1.0
INTERRUPT_S = 5.0
MODEL_S = 5.0
ANSWER_S = 5.0
KILL_S = 1.0
HIBERNATE_S = 10.0


@runtime_checkable
class Pane(Protocol):
    """A session whose program has a terminal that can be looked at and typed into."""

    async def keys(self, data: bytes) -> None:
        """What the person types, as it is."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """The size of the pane."""
        ...

    def output(self, since: int, limit: int) -> Part:
        """Raw bytes from a position on."""
        ...

    @property
    def written(self) -> int:
        """The position behind the last byte."""
        ...

    @property
    def alive(self) -> bool:
        """Its program has not ended."""
        ...


class BoundedSession:
    """Every method raises AgentFailed and nothing else; `stop` and `go` never overlap."""

    def __init__(self, session: Session, tasks: Tasks, thread: int) -> None:
        self.epoch = session.epoch
        self._session = session
        self._tasks = tasks
        self._thread = thread
        self._brake = asyncio.Lock()

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Begin a turn."""
        await self._within(PROMPT_S, self._session.prompt(turn, text, images), "prompt")

    async def stop(self, level: StopLevel) -> Stopped:
        """Rest at the next boundary, or stop now."""
        async with self._brake:
            return await self._within(STOP_S, self._session.stop(level), "stop")

    async def at_rest(self) -> int:
        """The rung, once it rests; a step may last as long as it likes."""
        return await self._session.at_rest()

    async def go(self) -> None:
        """Undo whatever `stop` took."""
        async with self._brake:
            await self._within(STOP_S, self._session.go(), "go")

    async def interrupt(self, cause: Cause) -> None:
        """End the turn."""
        await self._within(INTERRUPT_S, self._session.interrupt(cause), "interrupt")

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """The model of the next step."""
        return await self._within(MODEL_S, self._session.set_model(model), "set model")

    async def answer(self, key: str, answer: Answer) -> None:
        """Answer an `Asking`."""
        await self._within(ANSWER_S, self._session.answer(key, answer), "answer")

    async def kill(self) -> KillReport:
        """End everything."""
        return await self._within(KILL_S, self._session.kill(), "kill")

    async def hibernate(self) -> SessionRef:
        """Put it away."""
        return await self._within(HIBERNATE_S, self._session.hibernate(), "hibernate")

    def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time) of the live tool processes."""
        return self._session.pids()

    # --- its terminal, where it has one -----------------------------------------------------

    @property
    def pane(self) -> Pane | None:
        """Its terminal."""
        return self._session if isinstance(self._session, Pane) else None

    async def keys(self, pane: Pane, data: bytes) -> None:
        """What the person types."""
        await self._within(ANSWER_S, pane.keys(data), "keys")

    async def _within(self, limit_s: float, work: Coroutine[Any, Any, T], what: str) -> T:
        return await self._tasks.within(limit_s, work, f"{what} {self._thread}")
