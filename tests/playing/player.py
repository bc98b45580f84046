"""One player at the real screen of a real skirmish; what happened is read from the journal."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
from playing.display import Display

STARTS_S = 20.0
WAITS_S = 20.0
LONG_S = 300.0
"""One that speaks a word a second comes to its end in half of it."""
SHORT_S = 0.05
Entry = dict[str, Any]
T = TypeVar("T")


class Player:
    """Starts screen and engine on a home; keys go through the display, facts come by the shell."""

    def __init__(self, display: Display, home: Path) -> None:
        self.display = display
        self.home = home
        self.entries: list[Entry] = []
        self._screen: Process | None = None
        self._follow: Process | None = None
        self._reader: asyncio.Task[None] | None = None

    # --- processes ----------------------------------------------------------------------------

    async def open_screen(self, *words: str) -> None:
        """Start the screen (and with the first one the engine) and give it the keyboard."""
        log = (self.home.parent / "screen.log").open("ab")
        self._screen = await self._start("", *words, out=log.fileno())
        log.close()
        await self.display.focus("commandcenter", self._screen.pid)

    async def watch(self) -> None:
        """Read the journal as it is written, by `events --follow --json`."""
        async with asyncio.timeout(STARTS_S):
            while not self.entries:
                self._follow = await self._start("events", "--follow", "--json", out=PIPE)
                self._reader = asyncio.create_task(self._read(self._follow), name="events")
                while not self.entries and not self._reader.done():
                    await asyncio.sleep(SHORT_S)

    async def kill_screen(self) -> None:
        """kill -9, as a crash would."""
        assert self._screen is not None
        self._screen.kill()
        await self._screen.wait()

    async def close(self) -> list[int]:
        """End all that was started; pids of the engine's that are left (none, if all is well)."""
        status = await self.shell("status", "--json")
        pid = int(json.loads(status)["pid"]) if status else 0
        ours = _tree(pid)
        if self._screen is not None and self._screen.returncode is None:
            self._screen.terminate()
            await self._screen.wait()
        await self.shell("stop")
        if self._follow is not None and self._reader is not None:
            await asyncio.wait_for(self._follow.wait(), WAITS_S)
            await self._reader
        left = await asyncio.to_thread(psutil.wait_procs, ours, WAITS_S)
        for process in left[1]:
            process.kill()
        return [process.pid for process in left[1]]

    async def shell(self, verb: str, *words: str) -> str:
        """What a command prints."""
        command = await self._start(verb, *words, out=PIPE)
        out, _ = await asyncio.wait_for(command.communicate(), WAITS_S)
        return out.decode()

    async def _start(self, verb: str, *words: str, out: int = DEVNULL) -> Process:
        """Start one command; the empty verb is the screen. Where it stands no repository is: a
        new thread never begins in the checkout."""
        given = ("--home", str(self.home), *words)
        argv = (sys.executable, "-m", "commandcenter", *((verb,) if verb else ()), *given)
        err = DEVNULL if verb else out
        return await asyncio.create_subprocess_exec(
            *argv, stdout=out, stderr=err, env=self.display.env, cwd=self.home.parent, limit=1 << 24
        )

    async def _read(self, follow: Process) -> None:
        assert follow.stdout is not None
        async for line in follow.stdout:
            self.entries.append(json.loads(line))

    # --- the journal --------------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """Of the last entry."""
        return int(self.entries[-1]["seq"])

    def found(self, kind: str, since: int = 0, /, **data: object) -> list[Entry]:
        """Entries of a kind after a seq whose data hold these values."""
        return [
            entry
            for entry in self.entries
            if entry["kind"] == kind
            and entry["seq"] > since
            and all(entry["data"].get(key) == value for key, value in data.items())
        ]

    async def until(self, what: Callable[[], T], why: str) -> T:
        """Wait until something is true of the journal."""
        try:
            async with asyncio.timeout(WAITS_S):
                while not (value := what()):
                    await asyncio.sleep(SHORT_S)
        except TimeoutError:
            kinds = [f"{e['kind']} {e['data']}"[:160] for e in self.found_orders()[-6:]]
            raise AssertionError(f"{why}; last orders: {kinds}") from None
        return value

    def found_orders(self, since: int = 0, verb: str = "") -> list[Entry]:
        """The orders the player gave, after a seq."""
        orders = self.found("OrderGiven", since)
        return [entry for entry in orders if verb in ("", entry["data"]["order"]["verb"])]

    async def order(self, verb: str, since: int) -> Entry:
        """The order the keys just gave."""
        given = await self.until(lambda: self.found_orders(since, verb), f"no {verb} was given")
        assert given[-1]["by"] == "player"
        return given[-1]

    async def group(self, digit: int) -> list[int]:
        """Make the selection a control group; the journal says who is in it."""
        since = self.seq
        await self.display.keys(f"ctrl+{digit}")
        found = await self.until(
            lambda: self.found("GroupChanged", since, group=digit), f"no group {digit}"
        )
        return list(found[-1]["data"]["threads"])

    async def until_ended(self, thread: int) -> None:
        """Wait for the end of one that takes its time."""
        async with asyncio.timeout(LONG_S):
            while self.state(thread) != "ended":
                await asyncio.sleep(SHORT_S)

    def state(self, thread: int) -> str:
        """The newest state of a thread."""
        moves = [e for e in self.found("StateChanged") if e["thread"] == thread]
        return str(moves[-1]["data"]["new"]) if moves else ""

    def asks(self) -> list[Entry]:
        """Open questions, the oldest first."""
        closed = {entry["data"]["ask"] for entry in self.found("Answered")}
        return [entry for entry in self.found("Asked") if entry["data"]["ask"] not in closed]


def _tree(pid: int) -> list[psutil.Process]:
    if not pid or not psutil.pid_exists(pid):
        return []
    engine = psutil.Process(pid)
    return [engine, *engine.children(recursive=True)]
