"""One program in one terminal: prompts are typed, its state is guessed."""

import asyncio
from pathlib import Path
from typing import Final, Literal

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import AgentNote
from commandcenter.drivers.base import (
    RESUME_PROMPT,
    Answer,
    Asking,
    Capabilities,
    Cause,
    Image,
    KillReport,
    SessionRef,
    SessionStart,
    Sink,
    StopLevel,
    Stopped,
)
from commandcenter.drivers.foreign import ForeignPorts, Tree, launch_of
from commandcenter.drivers.rest import Rest
from commandcenter.drivers.terminal_keys import Keyboard
from commandcenter.drivers.terminal_signs import Signs, signs
from commandcenter.drivers.terminal_turn import Talk
from commandcenter.hosts.base import Running
from commandcenter.hosts.spool import NAME, Part, Spool

CAPS: Final = Capabilities(
    step="none",
    freeze="tree",
    interrupt="keys",
    interrupt_kills_tools="no",
    steer="inject",
    resume="none",
    set_model="restart",
    asks="none",
    usage="none",
    routed="no",
    turns="heuristic",
)
LOOK_S: Final = 0.05
KEYS_LOOKS: Final = 40
"""How often, 0.05 s apart, the interrupt key is waited for before the rest is killed."""
KEYS_AGAIN: Final = 8
"""After so many looks a plain command gets the key again: a shell that just starts a program may
lose one. Agents do not: their second one means the end."""
PIDS_S: Final = 5.0
READ_S: Final = 0.3
BATCH: Final = 1 << 20
BATCH_S: Final = 0.1
"""A flood is read at 1 MiB per 0.1 s: the program is held back, the engine is not."""


class TerminalSession:
    """One program in one terminal, until it ends."""

    def __init__(self, ports: ForeignPorts, start: SessionStart, sink: Sink) -> None:
        agent = launch_of(start).agent
        self.caps = CAPS
        self.ref = SessionRef("terminal")
        self.epoch = start.epoch
        self.version = ""
        self.commands: tuple[str, ...] = ()
        self._ports = ports
        self._sink = sink
        self._signs: Signs = signs(agent)
        self._tree = Tree(ports, start)
        self._rest = Rest(lambda: False)
        self._talk = Talk(sink)
        self._spool = Spool(Path(launch_of(start).home) / NAME)
        self._turn = 0
        self._typed = False
        """Something was typed as a prompt; else it runs to its end by itself."""
        self._pending: list[str] = []
        self._frozen = False
        self._cause: Cause | None = None
        self._asked = ("", 0)
        """The open question, and where the output stood when it was asked."""
        self._exit: int | None = None
        self._pids: tuple[tuple[int, int], ...] = ()
        self._looked = self._heard = self._since = ports.clock.monotonic()
        self._base: tuple[int, frozenset[tuple[int, int]]] = (0, frozenset())
        """Who had the terminal and what lived when the prompt was typed."""

    def run(self, running: Running) -> None:
        """Its process is there: read it, look at it."""
        proc = running.proc
        self._running = running
        self._keyboard = Keyboard(running, self._signs, self._note)
        self._base = running.foreground(), frozenset({(proc.pid, proc.started)})
        self._pids = ((proc.pid, proc.started),)
        self._reader = asyncio.create_task(self._read(), name=f"terminal {proc.pid}")
        self._watcher = asyncio.create_task(self._watch(), name=f"terminal watch {proc.pid}")

    # --- what it says -----------------------------------------------------------------------

    async def _read(self) -> None:
        batch = 0
        async for _, piece in self._running.output():
            self._heard = self._ports.clock.monotonic()
            self._spool.add(piece)
            self._talk.hear(piece)
            if replies := self._talk.replies():
                await self._keyboard.reply(replies)
            batch += len(piece)
            await asyncio.sleep(BATCH_S if batch >= BATCH else 0)
            batch %= BATCH
        self._exit = await self._running.wait()
        self._watcher.cancel()
        self._talk.flush()
        if self._rest.in_turn:
            self._over()
        elif self._turn and self._cause != "kill":
            self._note(self._last_words())

    def _note(self, text: str) -> None:
        self._sink.emit(AgentNote("notice", text), self._turn)

    def _last_words(self) -> str:
        code = self._exit or 0
        how = f"ended with {code}" if code >= 0 else f"was ended by signal {-code}"
        line = self._talk.last_line()
        return f"the command {how}: {line}" if line else f"the command {how}"

    def _over(self) -> None:
        """The process is gone in the middle of a turn."""
        if self._cause is not None:
            self._end("cancelled", self._cause)
        elif self._exit == 0:
            self._end("end", "finish")
        else:
            self._end("error", error=self._last_words())

    def _end(
        self, stop: Literal["end", "cancelled", "error"], cause: str = "", error: str = ""
    ) -> None:
        if not self._rest.in_turn:
            return
        self._rest.turn(False)
        self._pending.clear()
        self._asked = ("", 0)
        self._cause = None
        self._talk.end(stop, cause, error)

    # --- what is guessed --------------------------------------------------------------------

    async def _watch(self) -> None:
        pause_s = min(0.25, max(0.02, self._signs.quiet_s / 6))
        while True:
            await asyncio.sleep(pause_s)
            if not self._frozen:
                await self._look()

    async def _look(self) -> None:
        now = self._ports.clock.monotonic()
        quiet = now - self._heard
        if now - self._looked >= PIDS_S:
            self._looked = now
            self._pids = await self._tree.pids()
        if not self._rest.in_turn or self._cause is not None:
            return
        if quiet >= self._signs.quiet_s / 3:
            self._talk.flush()
        if self._pending:
            await self._type_when_ready(quiet, now)
        elif quiet >= self._signs.quiet_s:
            await self._settle()

    async def _type_when_ready(self, quiet: float, now: float) -> None:
        """Once it shows its prompt; one that shows nothing at all may only be slow to start."""
        enough = self._signs.quiet_s / (3 if self._heard > self._since else 1)
        waits = quiet >= enough and self._talk.sight(self._signs).state == "idle"
        if not waits and now - self._since < self._signs.start_s:
            return
        self._base = self._running.foreground(), frozenset(await self._tree.pids())
        while self._pending:
            await self._type(self._pending.pop(0))

    async def _settle(self) -> None:
        """It says nothing any more: does it ask, does it wait, does it work?"""
        sight = self._talk.sight(self._signs)
        if sight.state == "asks":
            self._ask(sight.question)
        elif sight.state == "idle" and not self._by_itself and not await self._works():
            self._end("end")

    @property
    def _by_itself(self) -> bool:
        """A plain command that was told nothing: only its exit ends the turn."""
        return not self._typed and self._signs.idle is None

    async def _works(self) -> bool:
        """Something that the prompt started has the terminal, or lives."""
        if self._signs.idle is not None:
            return False
        if self._running.foreground() not in (0, self._base[0]):
            return True
        return bool(frozenset(await self._tree.pids()) - self._base[1])

    def _ask(self, question: str) -> None:
        """Once for one question; it is never answered by us."""
        if self._asked[1] == self._spool.end:
            return
        key = self._ports.ids.fresh()
        self._asked = key, self._spool.end
        self._sink.ask(Asking(key, "question", "terminal", {}, "", question), self._turn)

    # --- what is typed ----------------------------------------------------------------------

    async def _type(self, text: str, *, pasted: bool = True) -> None:
        self._talk.typed()
        await self._keyboard.type(text, pasted=pasted and self._talk.takes_paste)
        self._heard = self._ports.clock.monotonic()

    async def keys(self, data: bytes) -> None:
        """What the person types in the pane, as it is."""
        await self._keyboard.press(data)

    def resize(self, columns: int, rows: int) -> None:
        """The size of the pane."""
        self._running.resize(columns, rows)

    def output(self, since: int, limit: int) -> Part:
        """Raw bytes for the pane, from a position on."""
        return self._spool.since(since, limit)

    @property
    def written(self) -> int:
        """The position behind all that it has put out."""
        return self._spool.end

    # --- Session ----------------------------------------------------------------------------

    async def prompt(self, turn: int, text: str, images: tuple[Image, ...] = ()) -> None:
        """Typed once the program waits; the first one, when empty, types nothing."""
        first = self._turn == 0
        if self._exit is not None and not first:
            raise AgentFailed("crashed", self._last_words())
        resumed = text.startswith(RESUME_PROMPT) and self._signs.idle is None
        words = "" if resumed else text.strip()
        self._turn = turn
        self._pending = [words] if words else []
        self._typed = self._typed or bool(words)
        self._rest.turn(True)
        self._talk.begin(turn)
        if self._exit is not None:
            self._over()

    async def steer(self, turn: int, text: str) -> Literal["injected", "queued", "refused"]:
        """Typed at once."""
        if turn != self._turn or not self._rest.in_turn or self._exit is not None:
            return "refused"
        if self._pending:
            self._pending.append(text)
        else:
            await self._type(text)
        return "injected"

    async def stop(self, level: StopLevel) -> Stopped:
        """It knows no step: in a turn either level freezes its tree."""
        rung = self._rest.stop(level)
        if level == "step" and not self._rest.in_turn:
            return Stopped(rung)
        self._frozen = True
        return await self._tree.freeze()

    async def at_rest(self) -> int:
        """At once."""
        return 3 if self._frozen else await self._rest.at_rest()

    async def go(self) -> None:
        """Thawed; the time it stood still was not quiet."""
        if self._frozen:
            await self._tree.thaw()
            self._heard = self._ports.clock.monotonic()
            self._frozen = False
        self._rest.go()

    async def interrupt(self, cause: Cause) -> None:
        """The interrupt key; what the turn started and what does not go by it is killed."""
        if not self._rest.in_turn:
            return
        self._cause = cause
        self._pending.clear()
        await self._keyboard.press(self._signs.interrupt.encode())
        await self.go()
        for look in range(KEYS_LOOKS):
            if self._exit is not None or not await self._goes_on():
                break
            if look % KEYS_AGAIN == KEYS_AGAIN - 1 and self._by_itself:
                await self._keyboard.press(self._signs.interrupt.encode())
            await asyncio.sleep(LOOK_S)
        if self._exit is None:
            await self._end_the_rest()
        if self._exit is not None:
            await asyncio.wait({self._reader}, timeout=READ_S)
        self._end("cancelled", cause)

    async def _goes_on(self) -> bool:
        if self._by_itself:
            return True
        if self._ports.clock.monotonic() - self._heard < min(0.2, self._signs.quiet_s):
            return True
        return self._talk.sight(self._signs).state != "idle" or await self._works()

    async def _end_the_rest(self) -> None:
        if self._by_itself:
            await self._tree.kill()
            await asyncio.wait({self._reader}, timeout=READ_S)
            return
        await self._tree.sweep(self._base[1])

    async def set_model(self, model: str) -> Literal["now", "next_turn", "refused"]:
        """Only by another command line."""
        return "refused"

    async def answer(self, key: str, answer: Answer) -> None:
        """What the person answers is typed; a denial or the end of the question types nothing."""
        if key and key == self._asked[0] and answer.option == "answer" and self._exit is None:
            self._asked = ("", self._asked[1])
            await self._type(answer.text, pasted=False)  # a menu takes keys, not a paste

    async def kill(self) -> KillReport:
        """Its whole tree; the terminal is hung up."""
        self._cause = "kill"
        self._pending.clear()
        self._watcher.cancel()
        report = await self._tree.kill()
        self._running.close()
        await asyncio.wait({self._reader}, timeout=READ_S)
        self._spool.close()
        return report

    async def hibernate(self) -> SessionRef:
        """It cannot be resumed; the next session begins anew."""
        await self.kill()
        return self.ref

    @property
    def alive(self) -> bool:
        """Its process has not ended."""
        return not self._reader.done()

    def pids(self) -> tuple[tuple[int, int], ...]:
        """(pid, start time), as of at most 5 s ago."""
        return () if self._exit is not None else self._pids
