"""What a client sees of the engine: snapshot then entries, orders, transcripts, queries."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from commandcenter.core.base import CommandCenterError
from commandcenter.core.codec import Row
from commandcenter.core.orders import Given


class Hello(msgspec.Struct, frozen=True, array_like=True):
    """The first frame of each side."""

    protocol: int
    version: str
    pid: int
    start: int = 0
    data: str = ""
    client: str = ""


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """Why an order was refused for one thread (0 = as a whole); `reason` is the enum's name."""

    thread: int
    reason: str
    text: str
    mend: str = ""


class Ack(msgspec.Struct, frozen=True, array_like=True):
    """The order is in the journal at `seq`; `refused` names the receivers that cannot."""

    id: str
    seq: int
    threads: tuple[int, ...] = ()
    refused: tuple[Refusal, ...] = ()


class LinkLost(CommandCenterError):
    """The engine went away; what was not acknowledged may be sent again with the same id."""


class LinkRefused(CommandCenterError):
    """The engine or the screen is of another protocol version, or not ours."""


class Link(Protocol):
    """One client's connection. Callbacks run on the loop of the client and must not block."""

    on_snapshot: Callable[[bytes], None]
    """`core.world.dump` at some seq; replaces what the client holds."""
    on_rows: Callable[[list[Row]], None]
    """Entries after the snapshot, in order; bulk ones only of watched threads."""
    on_state: Callable[[bool], None]
    """True = connected, False = lost (the link reconnects by itself)."""

    async def send(self, given: Given) -> Ack:
        """Give an order; returns once it is durable. Raises LinkLost."""
        ...

    async def read(self, thread: int, since: int = 0, limit: int = 500) -> list[Row]:
        """The thread's entries with seq > since; since = -1: the last `limit`, since = -N: the
        last `limit` before seq N. Raises LinkLost."""
        ...

    async def query(self, name: str, **args: Any) -> Any:
        """A question that changes nothing: status, diff, found ... (builtins). Raises LinkLost."""
        ...

    def watch(self, threads: frozenset[int]) -> None:
        """Send text entries of exactly these threads from now on."""
        ...

    def resync(self, seq: int) -> None:
        """The mirror differs from the engine's World at `seq`: record it, send a snapshot."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...
