"""Ids, ports and errors that every other module names."""

from typing import Literal, NewType, Protocol

import msgspec

ThreadId = NewType("ThreadId", int)
"""One agent loop as the player commands it; 1, 2, 3 ...; 0 stands for "no thread"."""
CallId = NewType("CallId", str)
"""One model call at the gate: 32 hex digits; it is also the call's effect key."""
OrderId = NewType("OrderId", str)
"""Made by the sender, 128 bit as 32 hex digits, so a repeat is recognised."""
AskId = NewType("AskId", int)
"""One open question to the player; 1, 2, 3 ... over the life of a journal."""

NO_THREAD = ThreadId(0)
NS = 1_000_000_000

By = Literal["player", "cli", "rule", "workflow", "test", "engine"]
"""Who gave an order or caused an entry."""
Level = Literal["R0", "R1", "R2", "R3", "R4"]
"""How much harm an act can do (safety.md 2.1)."""
Source = Literal["agent", "gate", "disk", "hook", "engine"]
"""Where a fact was seen (agents.md 3)."""


class Record(msgspec.Struct, frozen=True, kw_only=False, gc=False, omit_defaults=True):
    """Base of every record: frozen, compared by value, encoded with names."""


class Clock(Protocol):
    """The only way to the time (reliability.md 8.3)."""

    def monotonic(self) -> float:
        """Seconds since some start; never goes back."""
        ...

    def wall(self) -> int:
        """Nanoseconds since the Unix epoch, UTC."""
        ...


class Ids(Protocol):
    """The only source of fresh 128-bit ids."""

    def fresh(self) -> str:
        """32 hex digits, never given twice."""
        ...


class Rng(Protocol):
    """The only source of chance."""

    def random(self) -> float:
        """A float in [0, 1)."""
        ...


class CommandCenterError(Exception):
    """Base of our errors; `Refused` (core.refusals) and `AgentFailed` are its children."""


FailedKind = Literal["missing", "auth", "protocol", "timeout", "refused", "crashed", "unsupported"]


class AgentFailed(CommandCenterError):
    """A session could not do what its driver was asked (agents.md 2)."""

    def __init__(self, kind: FailedKind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind: FailedKind = kind
        self.detail = detail
