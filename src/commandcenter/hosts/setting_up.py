"""Carrying a set-up plan out in one worktree: copies and links, then the commands."""

import asyncio
import codecs
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import Clock, Record
from commandcenter.core.text import one_line, safe
from commandcenter.hosts.base import Host, Running, Spawn
from commandcenter.hosts.copying import Copier, Stopped
from commandcenter.hosts.setup import SetupFailed, SetupPlan, StepRan

TOLD: Final = 256 << 10
"""Characters of one command's output that are told."""
SHELL: Final = ("/bin/sh", "-c")
Told = Callable[[str], None]
"""Takes output and stages for the transcript."""


class SetupPlace(Record, frozen=True):
    """Whose worktree it is; `env` is the whole environment of the commands, ports included, but
    for the mark."""

    workspace: str
    thread: int
    epoch: int
    env: dict[str, str]


class SetUp:
    """Runs plans; what a cancelled one has started is ended."""

    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    async def run(self, plan: SetupPlan, place: SetupPlace, told: Told) -> tuple[StepRan, ...]:
        """Everything of the plan but its teardown; may be run again: what is there stays.

        Raises SetupFailed(copy, link, setup).
        """
        ran = await self._brought(plan, place, told)
        return ran + await self._commands("setup", plan, place, told)

    async def teardown(self, plan: SetupPlan, place: SetupPlace, told: Told) -> tuple[StepRan, ...]:
        """Before the worktree goes. Raises SetupFailed(teardown)."""
        return await self._commands("teardown", plan, place, told)

    async def _brought(self, plan: SetupPlan, place: SetupPlace, told: Told) -> tuple[StepRan, ...]:
        if not (plan.copy or plan.link):
            return ()
        began = self._clock.monotonic()
        stop = threading.Event()
        copier = Copier(Path(plan.repository), Path(place.workspace), lambda: not stop.is_set())
        told(f"set-up: {SetupPlan('', copy=plan.copy, link=plan.link).line}\n")
        try:
            await asyncio.to_thread(_bring, copier, plan)
        except asyncio.CancelledError:
            stop.set()
            raise
        step = StepRan(f"copy {len(plan.copy)}, link {len(plan.link)}", 0, self._ms(began))
        told(f"set-up: {copier.files} files copied, {len(plan.link)} links\n")
        return (step,)

    async def _commands(
        self, step: Literal["setup", "teardown"], plan: SetupPlan, place: SetupPlace, told: Told
    ) -> tuple[StepRan, ...]:
        ran: tuple[StepRan, ...] = ()
        until = self._clock.monotonic() + plan.timeout_s
        for command in plan.setup if step == "setup" else plan.teardown:
            told(f"$ {safe(command)}\n")
            began = self._clock.monotonic()
            output = _Output(told)
            spawn = Spawn((*SHELL, command), place.workspace, place.env, place.thread, place.epoch)
            try:
                async with asyncio.timeout(max(0.0, until - began)):
                    code = await self._command(spawn, output)
            except TimeoutError:
                ran += (StepRan(command, -9, self._ms(began), output.hash),)
                why = f"{one_line(command)} took longer than {plan.timeout_s:g} s"
                raise SetupFailed(step, why, ran) from None
            except OSError as error:
                raise SetupFailed(step, f"{one_line(command)}: {error}", ran) from error
            ran += (StepRan(command, code, self._ms(began), output.hash),)
            if code != 0:
                last = f": {output.last}" if output.last else ""
                why = f"{one_line(command)} ended with {code}{last}"
                raise SetupFailed(step, why, ran)
        return ran

    async def _command(self, spawn: Spawn, output: "_Output") -> int:
        running = await self._host.spawn(spawn)
        ended = False
        try:
            async for _, piece in running.output():
                output.take(piece)
            output.end()
            code = await running.wait()
            ended = True
            return code
        finally:
            running.close()
            if not ended:
                await self._end(running)

    async def _end(self, running: Running) -> None:
        await asyncio.shield(self._host.kill_branch(running.proc))

    def _ms(self, began: float) -> int:
        return round((self._clock.monotonic() - began) * 1000)


class _Output:
    """What a command prints, told up to a limit, hashed whole."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._hash = hashlib.sha256()
        self._room = TOLD
        self._tail = ""

    def take(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._say(self._decode(piece))

    def end(self) -> None:
        self._say(self._decode(b"", final=True))
        if self._tail and not self._tail.endswith("\n") and self._room > 0:
            self._told("\n")

    def _say(self, text: str) -> None:
        self._tail = (self._tail + text)[-4096:]
        if text and self._room > 0:
            self._told(safe(text[: self._room]))
            self._room -= len(text)
            if self._room <= 0:
                self._told("\n... more output is left out ...\n")

    @property
    def hash(self) -> str:
        """64 hex digits over all output."""
        return self._hash.hexdigest()

    @property
    def last(self) -> str:
        """The last line that says something."""
        said = [line for line in self._tail.splitlines() if line.strip()]
        return one_line(said[-1]) if said else ""


def _bring(copier: Copier, plan: SetupPlan) -> None:
    """Raises SetupFailed, Stopped."""
    for name in plan.link:
        _do("link", copier.link, name)
    for name in plan.copy:
        _do("copy", copier.copy, name)


def _do(step: Literal["copy", "link"], act: Callable[[str], None], name: str) -> None:
    try:
        act(name)
    except Stopped:
        raise
    except FileNotFoundError:
        return  # it has gone since the plan was shown
    except OSError as error:
        reason = error.strerror or str(error)
        raise SetupFailed(step, f"{step} {one_line(name)}: {one_line(reason, 300)}") from error
