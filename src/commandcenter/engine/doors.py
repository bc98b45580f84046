"""What the engine opens to its clients through the link."""

import hashlib
from collections.abc import Callable
from typing import Any

from commandcenter.core.codec import Fact, Row
from commandcenter.core.events import MirrorDiverged
from commandcenter.core.orders import Given
from commandcenter.core.world import dump
from commandcenter.engine.engine import Engine
from commandcenter.engine.queries import QUERIES
from commandcenter.link.base import Ack, Hello

READ_MOST = 5_000


class EngineDoors:
    """`link.server.Doors` on one engine."""

    def __init__(self, engine: Engine, hello: Hello) -> None:
        self.hello = hello
        self.watched: frozenset[int] = frozenset()
        self._engine = engine

    async def submit(self, given: Given) -> Ack:
        """The one door."""
        return await self._engine.submit(given)

    def snapshot(self) -> bytes:
        """World as it is now."""
        return dump(self._engine.parts.world)

    def listen(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        """Committed rows from now on."""
        return self._engine.parts.ledger.listen(listener)

    async def read(self, thread: int, since: int, limit: int) -> list[Row]:
        """Entries of a thread; 0 = of all; since -1 = the last `limit`, -N = those before seq N."""
        reader, limit = self._engine.parts.reader, max(1, min(limit, READ_MOST))
        whose = thread or None
        if since < 0:
            return await reader.tail(whose, -since if since < -1 else 1 << 62, limit)
        return await reader.rows(since, limit, whose)

    async def query(self, name: str, args: dict[str, Any]) -> Any:
        """A question that changes nothing. Raises ValueError on an unknown or senseless one."""
        if name == "hash":
            return {"seq": self._engine.parts.world.seq, "hash": world_hash(self.snapshot())}
        answer = QUERIES.get(name)
        if answer is None:
            raise ValueError(f"unknown question {name!r}")
        try:
            return await answer(self._engine, args)
        except (KeyError, OverflowError) as error:
            raise ValueError(f"{name}: {error!r}") from error

    def diverged(self, seq: int) -> None:
        """A client's mirror differed from World at `seq`: that is a fault, and recorded."""
        self._engine.parts.ledger.post([Fact(MirrorDiverged(seq))])

    def watch(self, threads: frozenset[int]) -> None:
        """Text of these threads is joined every 50 ms, of the others every 500."""
        self._engine.watched = threads
        for thread in self.watched ^ threads:
            runner = self._engine.runners.get(thread)
            if runner is not None:
                runner.watch(thread in threads)
        self.watched = threads

    def peer_is_agent(self, pid: int) -> bool:
        """Does the process carry our mark, or one of its parents?"""
        return self._engine.parts.peer_is_agent(pid)


def world_hash(snapshot: bytes) -> str:
    """What mirror and engine compare, at the same seq."""
    return hashlib.sha256(snapshot).hexdigest()
