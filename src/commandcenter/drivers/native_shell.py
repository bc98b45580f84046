"""The tool `run`: one command in the workspace, its output shown as it comes, bounded, limited."""

import asyncio
import codecs
import os
import sys
from collections.abc import Callable, Mapping
from typing import Final

from commandcenter.core.base import Record
from commandcenter.core.events import ToolStatus
from commandcenter.core.text import line
from commandcenter.drivers.native_brake import Brake
from commandcenter.hosts.base import Host, Proc, Running, Spawn, Stream
from commandcenter.rules.commands import judge

SHELL: Final = ("bash", "--noprofile", "--norc", "-c")
SUMMARY_CHARS: Final = 160
_KEPT: Final = ("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_SET: Final = {"TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}
Show = Callable[[Stream, str], None]
"""Takes a piece of output for the transcript."""


class Outcome(Record, frozen=True):
    """What a tool did; `text` is the model's result, `summary` one line for the person."""

    status: ToolStatus = "ok"
    text: str = ""
    summary: str = ""
    exit: int | None = None


class ShellLimits(Record, frozen=True):
    """Seconds a command may run, frozen time not counted; bytes it may print before it is ended;
    characters shown while it runs, and kept for the model."""

    run_s: float = 120.0
    output_bytes: int = 8 << 20
    shown_chars: int = 256 << 10
    kept_chars: int = 30_000


class Place(Record, frozen=True):
    """Where commands run and whose they are."""

    workspace: str
    thread: int
    epoch: int
    env: Mapping[str, str]


def clean_env(person: Mapping[str, str]) -> dict[str, str]:
    """A small environment without keys; our own interpreter's folder is the last of PATH, so
    that `python` is found everywhere."""
    env = {name: person[name] for name in _KEPT if name in person}
    path = person.get("PATH") or os.defpath
    env.setdefault("LANG", "C.UTF-8")
    return env | _SET | {"PATH": f"{path}{os.pathsep}{os.path.dirname(sys.executable)}"}


class Shell:
    """Runs one command after the other for one session."""

    def __init__(self, host: Host, place: Place, brake: Brake, limits: ShellLimits) -> None:
        self._host = host
        self._place = place
        self._brake = brake
        self._limits = limits
        self._live: dict[Proc, Running] = {}
        self.used = False
        """Something was started since this was last cleared."""

    def procs(self) -> tuple[Proc, ...]:
        """The commands that run now, without their children."""
        return tuple(self._live)

    async def run(self, command: str, show: Show) -> Outcome:
        """Run to its end, its time limit or its output limit."""
        await self._brake.thawed()
        self.used = True
        try:
            running = await self._started(command)
        except (OSError, ValueError) as error:
            return Outcome("failed", f"error: {error}", line(str(error), SUMMARY_CHARS))
        self._live[running.proc] = running
        try:
            return await self._followed(running, show)
        finally:
            running.close()
            del self._live[running.proc]

    async def _started(self, command: str) -> Running:
        """Without a shell where none is needed; one knows the programs that are built into it."""
        argv, shell = judge(command).argv, (*SHELL, command)
        try:
            return await self._host.spawn(self._spawn(argv or shell))
        except FileNotFoundError:
            return await self._host.spawn(self._spawn(shell))

    def _spawn(self, argv: tuple[str, ...]) -> Spawn:
        place = self._place
        return Spawn(argv, place.workspace, dict(place.env), place.thread, place.epoch)

    async def _followed(self, running: Running, show: Show) -> Outcome:
        said = Said(show, self._limits)
        name = f"time limit {self._place.thread}"
        watch = asyncio.create_task(self._end_late(running, said), name=name)
        try:
            async for stream, data in running.output():
                if said.take(stream, data) and not said.stopped:
                    said.stopped = f"over {self._limits.output_bytes >> 10} KiB of output"
                    await self._host.kill_branch(running.proc)
            code = await running.wait()
            if said.late:
                await watch
        finally:
            watch.cancel()
        return said.outcome(code)

    async def _end_late(self, running: Running, said: "Said") -> None:
        """End the command once it has had its time; frozen time does not count."""
        limit, brake = self._limits.run_s, self._brake
        began = brake.unfrozen_s()
        while (left := limit - (brake.unfrozen_s() - began)) > 0:
            await asyncio.sleep(left)
            await brake.thawed()
        said.late = True
        said.stopped = f"it ran for {limit:g} s"
        await self._host.kill_branch(running.proc)


class Said:
    """What a command printed: shown up to a limit, kept with its head and its tail."""

    def __init__(self, show: Show, limits: ShellLimits) -> None:
        self.stopped = ""
        """Why it was ended by us."""
        self.late = False
        self._show = show
        self._limits = limits
        self._bytes = 0
        self._shown = 0
        self._head = ""
        self._tail = ""
        self._left_out = 0
        self._decoders = {
            stream: codecs.getincrementaldecoder("utf-8")("replace") for stream in ("out", "err")
        }

    def take(self, stream: Stream, data: bytes) -> bool:
        """One more piece; whether it printed more than it may."""
        self._bytes += len(data)
        over = self._bytes > self._limits.output_bytes
        if not over:
            text = self._decoders[stream].decode(data)
            self._display(stream, text)
            self._keep(text)
        return over

    def outcome(self, code: int) -> Outcome:
        """The result once it has ended with this exit code."""
        for stream in ("out", "err"):
            self._keep(self._decoders[stream].decode(b"", True))
        head = f"stopped: {self.stopped}" if self.stopped else f"exit {code}"
        text = f"{head}\n{self._text()}".rstrip("\n")
        last = next((row for row in reversed(self._tail_rows()) if row.strip()), "")
        summary = line(f"{head} · {last}" if last else head, SUMMARY_CHARS)
        status: ToolStatus = "ok" if code == 0 and not self.stopped else "failed"
        return Outcome(status, text, summary, code)

    def _display(self, stream: Stream, text: str) -> None:
        room = self._limits.shown_chars - self._shown
        if room <= 0 or not text:
            return
        self._shown += len(text)
        cut = len(text) > room
        self._show(stream, f"{text[:room]}\n[the rest is not shown]\n" if cut else text)

    def _keep(self, text: str) -> None:
        half = self._limits.kept_chars // 2
        room = half - len(self._head)
        if room > 0:
            self._head += text[:room]
            text = text[room:]
        tail = self._tail + text
        self._left_out += max(0, len(tail) - half)
        self._tail = tail[-half:]

    def _text(self) -> str:
        gap = f"\n[... {self._left_out} characters left out ...]\n" if self._left_out else ""
        return f"{self._head}{gap}{self._tail}"

    def _tail_rows(self) -> list[str]:
        return (self._tail or self._head).splitlines()[-50:]
