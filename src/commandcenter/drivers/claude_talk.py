"""Lines to and from one Claude Code process: requests find their replies, bad lines are told."""

import asyncio
from collections.abc import Callable
from typing import Any

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import WireError
from commandcenter.drivers.base import SessionStart
from commandcenter.drivers.foreign import ForeignPorts, start_lines
from commandcenter.drivers.lines import Hearing, LineProcess
from commandcenter.hosts.base import Spawn
from commandcenter.wires import claude as wire
from commandcenter.wires.base import BAD
from commandcenter.wires.claude_read import read

SAMPLE_CHARS = 200


class Talk:
    """`hear` takes what the agent says but replies; `unreadable` a bad line; `gone` the exit code
    and last words, once."""

    def __init__(
        self,
        hear: Callable[[wire.Item], None],
        unreadable: Callable[[WireError], None],
        gone: Callable[[int, str], None],
    ) -> None:
        self.over = False
        self.words = ""
        """The last on standard error, once it has ended."""
        self._hear = hear
        self._unreadable = unreadable
        self._gone = gone
        self._process: LineProcess | None = None
        self._number = 0
        self._waits: dict[str, asyncio.Future[wire.Reply]] = {}

    async def open(self, ports: ForeignPorts, start: SessionStart, spawn: Spawn) -> None:
        """Start the process. Raises AgentFailed(missing)."""
        hearing = Hearing(self._line, self._too_long, self._ended)
        self._process = await start_lines(ports, start, spawn, hearing)

    @property
    def started(self) -> bool:
        """There is, or was, a process."""
        return self._process is not None

    @property
    def process(self) -> LineProcess:
        """Once it is open."""
        assert self._process is not None, "it was never opened"
        return self._process

    async def say(self, line: bytes) -> None:
        """One line. Raises AgentFailed(crashed)."""
        if self.over:
            raise AgentFailed("crashed", self.words)
        await self.process.say(line)

    async def ask(self, subtype: str, limit_s: float, **fields: Any) -> wire.Args:
        """A request and its reply. Raises AgentFailed: timeout, refused, crashed."""
        return await self.request(lambda id: wire.request(id, subtype, **fields), limit_s)

    async def request(self, line: Callable[[str], bytes], limit_s: float) -> wire.Args:
        """As `ask`, for a line that is made with the request's id."""
        self._number += 1
        id = f"cc{self._number}"
        waits: asyncio.Future[wire.Reply] = asyncio.get_running_loop().create_future()
        self._waits[id] = waits
        try:
            async with asyncio.timeout(limit_s):
                await self.say(line(id))
                reply = await waits
        except TimeoutError as error:
            raise AgentFailed("timeout", f"no reply within {limit_s:g} s") from error
        finally:
            self._waits.pop(id, None)
        if reply.error:
            raise AgentFailed("crashed" if self.over else "refused", reply.error)
        return reply.data

    def _line(self, line: bytes) -> None:
        try:
            items = read(line)
        except BAD as error:
            self._unreadable(WireError(f"a line that cannot be read: {error}"[:200], _sample(line)))
            return
        for item in items:
            if not isinstance(item, wire.Reply):
                self._hear(item)
            elif (waits := self._waits.get(item.request)) is not None and not waits.done():
                waits.set_result(item)

    def _too_long(self, head: bytes) -> None:
        self._unreadable(WireError("a line over 16 MiB was skipped", _sample(head)))

    def _ended(self, code: int, words: str) -> None:
        self.over = True
        self.words = words or f"the agent ended with exit code {code}"
        for id, waits in self._waits.items():
            if not waits.done():
                waits.set_result(wire.Reply(id, {}, self.words))
        self._gone(code, self.words)


def _sample(line: bytes) -> str:
    return line[:SAMPLE_CHARS].decode("utf-8", "replace")
