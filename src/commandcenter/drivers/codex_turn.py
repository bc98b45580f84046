"""One turn of a Codex session, from the prompt to what it leaves behind."""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any, Final

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import ToolStatus, TurnEnded
from commandcenter.drivers.base import Cause, Image
from commandcenter.drivers.codex_link import Link
from commandcenter.wires.codex import TurnState, fault_text

TERMINALS_S: Final = 1.0
BACKGROUND: Final = "it runs on in the background"


@dataclass
class Turn:
    """`cause` = it is being broken off by us; `over` = Codex has said its end."""

    number: int
    text: str
    images: tuple[Image, ...] = ()
    id: str = ""
    sent: bool = False
    cause: Cause | None = None
    before: frozenset[tuple[int, int]] = frozenset()
    """Processes that lived when it began."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Its `TurnEnded` is out."""


def ended_as(turn: Turn, state: TurnState | None, partial: str) -> TurnEnded:
    """The end of a turn whose agent has said how it ended, or was not asked (None)."""
    status = state.status if state is not None else "interrupted"
    if turn.cause is not None or status == "interrupted":
        return TurnEnded("cancelled", turn.cause or "player", partial=partial)
    if status == "completed":
        return TurnEnded("end")
    fault = state.error.message if state is not None and state.error is not None else status
    return TurnEnded("error", error=fault_text(fault), partial=partial)


def tools_end(ended: TurnEnded) -> tuple[ToolStatus, str]:
    """What becomes of tool calls that the turn leaves open."""
    if ended.stop == "end":
        return "ok", BACKGROUND
    if ended.stop == "crashed":
        return "unknown", "codex ended while it ran"
    return "cancelled", "cancelled"


def of_session(pid: int, procs: tuple[tuple[int, int], ...]) -> frozenset[tuple[int, int]]:
    """Those that share the app-server's operating-system session: its servers of tools and of
    code mode, without which later turns fail (measured); every tool has a session of its own."""
    return frozenset(proc for proc in procs if _session(proc[0]) == _session(pid) != 0)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


@dataclass(frozen=True)
class Sweep:
    """Ends what a cancelled turn has started: Codex itself leaves it alive (measured)."""

    link: Link

    async def terminals(self, threads: list[str], items: frozenset[str]) -> None:
        """The background terminals of these calls; those of earlier turns stay."""
        for thread in threads:
            try:
                await self._terminals(thread, items)
            except AgentFailed:
                continue

    async def _terminals(self, thread: str, items: frozenset[str]) -> None:
        of_thread: dict[str, Any] = {"threadId": thread}
        listed = await self.link.ask("thread/backgroundTerminals/list", of_thread, TERMINALS_S)
        open_ones = [one for one in listed.get("data") or [] if isinstance(one, dict)]
        mine = [one for one in open_ones if one.get("itemId") in items]
        if len(mine) == len(open_ones) and mine:
            await self.link.ask("thread/backgroundTerminals/clean", of_thread, TERMINALS_S)
            return
        for one in mine:
            told = {**of_thread, "processId": one.get("processId")}
            await self.link.ask("thread/backgroundTerminals/terminate", told, TERMINALS_S)
