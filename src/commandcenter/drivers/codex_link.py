"""Requests and answers between us and one Codex app-server process."""

import asyncio
from collections.abc import Callable
from typing import Any

from commandcenter.core.base import AgentFailed, Record
from commandcenter.drivers.lines import Hearing, LineProcess
from commandcenter.wires.codex import Ask, Note, Reply, answer, notification, read, refusal, request

SAMPLE = 200


class Ears(Record, frozen=True):
    """What a session hears; none of these may raise or wait.

    `ended` once: exit code and its last words; `broken` a line that could not be read.
    """

    asked: Callable[[Ask], None]
    noted: Callable[[Note], None]
    broken: Callable[[str, bytes], None]
    ended: Callable[[int, str], None]


class Link:
    """One process. `ask` waits for its answer; everything else comes through the ears."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._lines: LineProcess | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.gone = False

    def hearing(self) -> Hearing:
        """What the process is started with."""
        return Hearing(self._line, self._too_long, self._ended)

    def attach(self, lines: LineProcess) -> None:
        """The process is there."""
        self._lines = lines

    @property
    def lines(self) -> LineProcess:
        """The process."""
        if self._lines is None:
            raise AgentFailed("crashed", "codex has not been started")
        return self._lines

    async def ask(self, method: str, params: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """One request. Raises AgentFailed: refused, timeout, crashed."""
        if self.gone:
            raise AgentFailed("crashed", "codex has ended")
        self._number += 1
        number = self._number
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            async with asyncio.timeout(limit_s):
                await self.lines.say(request(number, method, params))
                said = await reply
        except TimeoutError:
            raise AgentFailed("timeout", f"codex does not answer {method}") from None
        finally:
            self._waiting.pop(number, None)
        if said.error:
            raise AgentFailed("refused", f"{method}: {said.error}")
        return said.result

    async def initialized(self) -> None:
        """The end of the handshake."""
        await self.lines.say(notification("initialized"))

    async def reply(self, number: int | str, result: dict[str, Any]) -> None:
        """Answer a request of the agent."""
        await self.lines.say(answer(number, result))

    def _line(self, line: bytes) -> None:
        try:
            said = read(line)
        except ValueError as error:
            self._ears.broken(str(error), line[:SAMPLE])
            return
        match said:
            case Note():
                self._ears.noted(said)
            case Ask(wanted=None):
                self._spawn_refusal(said)
            case Ask():
                self._ears.asked(said)
            case Reply():
                waiting = self._waiting.get(said.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)

    def _spawn_refusal(self, said: Ask) -> None:
        """What we do not offer is answered, so that it does not wait for us."""
        self._ears.noted(Note(said.method, None))
        task = asyncio.create_task(self._refuse(said), name=f"codex refusal {said.method}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refuse(self, said: Ask) -> None:
        try:
            await self.lines.say(refusal(said.id, said.method))
        except AgentFailed:
            self.gone = True

    def _too_long(self, sample: bytes) -> None:
        self._ears.broken("a line of over 16 MiB was skipped", sample[:SAMPLE])

    def _ended(self, code: int, tail: str) -> None:
        self.gone = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(AgentFailed("crashed", f"codex ended ({code}) {tail[-300:]}"))
        self._ears.ended(code, tail)
