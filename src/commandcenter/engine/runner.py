"""One live thread: its session, the facts that come out of it, the state it is in."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal

from commandcenter.core.base import AgentFailed, By, CommandCenterError
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    ContextMeasured,
    LoopSet,
    SessionClosed,
    StateChanged,
    SteerDelivered,
    ToolEnded,
    Trigger,
    TurnEnded,
    TurnStarted,
)
from commandcenter.core.states import LIVE, MOVES, Outcome, State
from commandcenter.core.world import Head, Queued
from commandcenter.drivers.base import RESUME_PROMPT, Answer, StopLevel
from commandcenter.engine.ahead import Ahead
from commandcenter.engine.asks import Asks
from commandcenter.engine.bounded import BoundedSession
from commandcenter.engine.opening import begin_session, first_words
from commandcenter.engine.parts import Parts
from commandcenter.engine.pictures import pictures
from commandcenter.engine.speaker import Speaker
from commandcenter.hosts.lease import Lease

if TYPE_CHECKING:
    from commandcenter.engine.handing import Handover
from commandcenter.rules.telling import changed_files

BELL = "held by the bell"
"""Why a thread that was born under the bell stands."""
RETRY_S = (1.0, 5.0, 15.0)
RETRY_WITHIN_S = 60.0
CUT = {"spend_freeze": "spending frozen", "hold_limit": "held too long"}
"""Causes of a turn's end after which the thread stands until it is resumed (rung 4)."""
UNDONE = frozenset({"journal", "kill"})
"""Further causes that broke a turn off; the thread goes on once it may."""
UNENDED = frozenset({"error", "max_requests", "refusal", "max_tokens"})
"""Ends of a turn that only the player can mend."""
Wish = Literal["run", "pause", "freeze", "kill"]
log = logging.getLogger("cc.thread")


class Runner(Speaker):
    """Owner of one thread's session and state; orders act on it through `control`. `wants` is what
    the newest order wished, known at once; `state` is what has come of it."""

    packet: str | None = None
    """What an agent that has taken the work over is told before anything else."""
    handover: "Handover | None" = None
    """A reassign under way."""
    fuse: asyncio.Task[None] | None = None
    resting: asyncio.Task[None] | None = None
    """Waits for the step of a pausing thread to end."""

    def __init__(self, parts: Parts, head: Head, next_ask: Callable[[], int]) -> None:
        super().__init__(parts, head)
        self.next_ask = next_ask
        self.state: State = head.state
        self.before: list[State] = []
        """Where a frozen or dying thread came from; innermost last."""
        self.wants: Wish = "run"
        self.want_pause = ""
        """Why it is to stand once its session is open; empty = it goes on."""
        self.in_turn = self.opening = False
        self.turn_over = asyncio.Event()
        """Of the newest turn; each has its own."""
        self.fresh = head.turn == 0 and head.kind != "fork"
        """The agent knows nothing yet: it begins with the brief. A fork waits for words."""
        self.again: str | None = None
        """What the next turn begins with in place of brief and queue; "" = go on as it stands."""
        self.again_images: tuple[str, ...] = ()
        self.lease = Lease(parts.folders.data / "threads" / str(head.id))
        self.failed = head.parked and head.state == "idle"
        """The last turn came to no end, and only the player can mend it."""
        self.finished = head.finished
        """The last turn met the goal: without further words of the player it ends."""
        self.waits_for_room = False
        """Broken off at the limit of a wait: it goes on by itself once the gate would admit it."""
        self.queue: list[Queued] = list(head.queue)
        self.ahead = Ahead(head)
        self.stopping = False
        """The engine ends: the state stays as it is, the next engine goes on."""
        self.over = False
        """It ends, or has ended: nothing begins any more."""
        self.session: BoundedSession | None = None
        self.asks = Asks(self, head.asks)
        self._wish, self.closed, self.announced = 0, 0, False
        """So often it was closed; `SessionStarting` is recorded and no `SessionClosed`."""
        self.closing = asyncio.Lock()
        """Held while a session is closed: no other begins meanwhile."""
        self._crashes: list[float] = []

    @property
    def alive(self) -> bool:
        """Not ended."""
        return self.state in LIVE

    @property
    def go_on(self) -> str:
        """What an agent is told so that it goes on: our own loop needs no word."""
        return "" if self.head.driver == "native" else RESUME_PROMPT

    def spawn(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """A task of this thread; what it raises ends the thread's session, loudly."""
        task = self.parts.tasks.spawn(work, f"{what} {self.thread}")
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.over and not self.stopping:
            self.parts.tasks.spawn(self.park(repr(error)), f"park {self.thread}")

    # --- what comes after its turn ----------------------------------------------------------

    @property
    def more(self) -> bool:
        """Rounds or queued orders follow the turn, and the last one came to an end."""
        return self.ahead.more and not self.failed

    def end_loop(self, why: str, by: By = "engine") -> None:
        """No further round begins."""
        if self.ahead.loop is not None:
            self.ahead.loop = None
            stamp = Stamp(self.thread, self.epoch, self.turn, by)
            self.parts.ledger.post([Fact(LoopSet(None, why), stamp)])

    # --- the player's wish ------------------------------------------------------------------

    def wish(self, wants: Wish) -> int:
        """The newest order decides; its number tells after a wait whether it still does."""
        self.wants = wants
        self.want_pause = ""
        self.waits_for_room = False
        self._wish += 1
        return self._wish

    @property
    def wished(self) -> int:
        """The number of the newest order."""
        return self._wish

    def decides(self, wish: int) -> bool:
        """No newer order came, and the thread has not ended meanwhile."""
        return wish == self._wish and not self.over

    # --- the state --------------------------------------------------------------------------

    def move(self, new: State, why: str, outcome: Outcome = "", **more: int | bool) -> None:
        """Change the state; the same state again only to change its reason.

        Raises CommandCenterError for a move that is not in the table (agents.md 4).
        """
        old = self.state
        if new != old and new not in MOVES[old]:
            raise CommandCenterError(f"thread {self.thread}: {old} does not move to {new} ({why})")
        self.state = new
        self.post(StateChanged(old, new, why, outcome, **more))  # type: ignore[arg-type]  # the flags have their own types

    # --- the session ------------------------------------------------------------------------

    async def start(self, prompt: str | None = None) -> None:
        """Workspace, session, first turn; once at a time. `prompt` "" = go on as it stands."""
        if self.opening or self.session is not None or self.over or self.stopping:
            return
        if prompt is not None:
            self.again = prompt or self.go_on
        await begin_session(self)

    async def stop(self, level: StopLevel) -> int:
        """Stop the session; the rung it rests on, 0 = its step still runs.

        One that cannot be frozen in time is closed: rung 4 (agents.md 4).
        """
        session = self.session
        if session is None:
            return 1
        try:
            return (await session.stop(level)).rung
        except AgentFailed as error:
            if level == "step":
                return 0
            await self.lose(session, TurnEnded("cancelled", "hold_limit", str(error)))
            return 4

    async def lose(self, session: BoundedSession, ended: TurnEnded) -> None:
        """Close a session that does not do what it is asked, if it is still ours."""
        if self.session is session:
            await self.close_session("crashed", ended)

    async def reply(self, key: str, answer: Answer) -> None:
        """The agent hears an answer; a session that does not take it has crashed."""
        session = self.session
        if session is None:
            return
        try:
            await session.answer(key, answer)
        except AgentFailed as error:
            self.turn_ended(TurnEnded("crashed", error=str(error)), self.turn)

    async def close_session(self, why: str, ended: TurnEnded) -> None:
        """Nothing of the session lives afterwards; a turn that still ran ends as `ended`."""
        session, self.session = self.session, None
        self.closed += 1
        if self.resting is not None:
            self.resting.cancel()
        self.parts.gate.close(self.thread, self.epoch)
        survivors: tuple[int, ...] = ()
        async with self.closing:
            if session is not None:
                with contextlib.suppress(AgentFailed):
                    survivors = (await session.kill()).survivors
            epoch = self.epoch if self.handover is not None and self.handover.rests else 0
            report = await self.parts.host.kill_tree(self.thread, epoch)
            self.lease.give(self.epoch)
        for effect in tuple(self.tools):
            self.post(ToolEnded("", effect, "unknown", 0, "", summary=f"the session {why}"))
        self.turn_ended(ended, self.turn)
        if self.announced:
            self.announced = False
            survivors = tuple(proc.pid for proc in report.survivors) or survivors
            self.post(SessionClosed(why, survivors=survivors))  # type: ignore[arg-type]  # one of the closed words

    def measure(self, model: str) -> None:
        """How full the model's window is; unknown windows say 0."""
        size = self.parts.window(self.head.account, model)
        self.post(ContextMeasured(self.head.context_used, size))

    # --- turns ------------------------------------------------------------------------------

    async def begin(self) -> None:
        """The next turn of an idle thread: the brief, going on, or what waits in its queue."""
        if self.state != "idle" or self.session is None or self.wants != "run":
            return
        again, self.again = self.again, None
        images, self.again_images = self.again_images, ()
        packet, self.packet = self.packet, None
        if packet is not None:
            await self.prompt(packet, "handover")
        elif self.fresh:
            await self.prompt(first_words(self.parts, self.head), "player")
        elif again is not None:
            await self.prompt(again, "resume", images)
        elif self.queue:
            item = self.queue.pop(0)
            self.post(SteerDelivered(item.item))
            await self.prompt(item.note, "steer", item.images)
        elif self.more:
            self.ahead.go()
        elif self.finished:
            await self.end("done", "goal met")

    async def prompt(self, text: str, trigger: Trigger, images: tuple[str, ...] = ()) -> None:
        """Begin a turn; its end arrives through the sink."""
        session = self.session
        if session is None:
            return
        text = "\n\n".join(part for part in (self._news(), text) if part)
        self.turn += 1
        turn = self.turn
        self.in_turn = True
        self.spoke = False
        self.fresh = self.failed = self.finished = False
        self.turn_over = asyncio.Event()
        self.parts.gate.turn(self.thread, turn)
        self.post(TurnStarted(text, trigger))
        self.move("running", "turn begun")
        try:
            await session.prompt(turn, text, pictures(images))
        except AgentFailed as error:
            self.again, self.again_images = text or self.go_on, images
            self.turn_ended(TurnEnded("crashed", error=str(error)), turn)

    def _news(self) -> str:
        """That others changed its files since its last words; empty = nobody has."""
        head, threads = self.head, self.parts.world.threads
        if not self.turn:
            return ""
        return changed_files(head.put_back, {one: threads[one].name for one in head.brought})

    def turn_ended(self, event: TurnEnded, turn: int) -> None:
        """A turn is over, once: its fact, the state after it, and what follows."""
        if not self.in_turn or turn != self.turn:
            return
        self.in_turn = False
        self.asks.cancel()
        self.parts.gate.turn_over(self.thread, self.spoke)
        self.line.flush()  # alerts of this end say the last line whole
        self.post(event, turn)
        self.turn_over.set()
        self.failed = event.stop in UNENDED
        if self.failed:
            self.end_loop(f"its turn failed: {event.error or event.stop}")
        self.finished = event.cause == "finish"
        if event.cause in CUT or event.cause in UNDONE:
            self.again = RESUME_PROMPT
        elif event.stop == "crashed" and self.again is None:
            self.again = self.go_on
        if not (self.over or self.stopping or self.session is None):
            self._after(event)

    def _after(self, event: TurnEnded) -> None:
        if self.handover is not None and self.handover.takes(event):
            return
        if event.stop == "crashed":
            self.spawn(self.crashed(event.error), "crash")
        elif self.state == "dying":
            return
        elif self.finished and not (self.queue or self.more) and self.wants != "freeze":
            self.spawn(self.end("done", "goal met"), "end")
        elif event.cause in CUT and self.wants in ("run", "pause"):
            waits = event.cause == "hold_limit" and self.wants == "run"
            self.wish("pause")
            self.waits_for_room = waits
            self.move("paused", f"cut: {CUT[event.cause]}", rung=4)
        else:
            self._rest_or_go_on(event)

    def _rest_or_go_on(self, event: TurnEnded) -> None:
        if self.wants == "pause" and self.state != "paused":
            self.move("paused", "paused by you", rung=1)
        if self.wants != "run":
            return
        self.move("idle", event.error or f"turn ended: {event.stop}", parked=self.failed)
        if not self.failed:
            self.spawn(self.begin(), "begin")

    async def out_of_budget(self) -> None:
        """What the agent reports of itself has reached a limit: no call will stop it, so we do."""
        if self.wants == "run" and not self.over:
            self.wish("pause")
            self.end_loop("its limit is reached")
            await self.stop("step")
            if self.state in ("running", "waiting", "idle"):
                self.move("paused", "its limit is reached, as it reports", rung=1, parked=True)

    # --- ends -------------------------------------------------------------------------------

    async def crashed(self, why: str) -> None:
        """The session is lost: up to three tries in 60 s, then the player decides."""
        if self.handover is not None and self.handover.lost(why):
            return
        now = self.parts.clock.monotonic()
        self._crashes = [at for at in self._crashes if now - at < RETRY_WITHIN_S] + [now]
        tries = len(self._crashes)
        if tries > len(RETRY_S):
            await self.park(why)
            return
        await self.close_session("crashed", TurnEnded("crashed", error=why))
        if not self._lost(why) or self.handover is not None:
            return
        epoch = self.epoch
        await self.parts.sleep(RETRY_S[tries - 1])
        if self.state == "crashed" and self.epoch == epoch and not self.stopping:
            self.move("starting", f"try {tries + 1}")
            await self.start()

    async def park(self, why: str) -> None:
        """No session, and only the player can mend it."""
        if self.handover is not None and self.handover.lost(why):
            return
        await self.close_session("crashed", TurnEnded("crashed", error=why))
        self._lost(why, parked=True)

    def _lost(self, why: str, *, parked: bool = False) -> bool:
        """Crashed, unless the thread ends anyway."""
        reopened = self.opening or self.session is not None
        if self.over or self.stopping or self.state == "dying" or reopened:
            return False
        self.before.clear()
        if parked:
            self.end_loop(f"it stopped: {why}")
        self.move("crashed", why, parked=parked)
        return True

    async def end(self, outcome: Outcome, why: str) -> None:
        """Ended: nothing of the thread runs any more; workspace and tombstone stay."""
        if self.over:
            return
        self.over = True
        if self.handover is not None:
            await self.handover.over()
        self.asks.cancel()
        cause = "kill" if outcome == "killed" else ""
        closed = "killed" if outcome == "killed" else "ended"
        try:
            await self.close_session(closed, TurnEnded("cancelled", cause))
        finally:
            self.line.flush()
            self.move("ended", why, outcome)
