"""One live thread: its session, the facts that come out of it, the state it is in."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from commandcenter.core.base import AgentFailed, CommandCenterError
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    Answered,
    ContextMeasured,
    Event,
    HeadMoved,
    SessionClosed,
    SessionOpened,
    SessionStarting,
    StateChanged,
    SteerDelivered,
    TextAdded,
    ThoughtAdded,
    ToolOutputAdded,
    ToolStarted,
    Trigger,
    TurnEnded,
    TurnStarted,
)
from commandcenter.core.refusals import Refused
from commandcenter.core.states import LIVE, MOVES, Outcome, State
from commandcenter.core.world import Head
from commandcenter.drivers.base import RESUME_PROMPT, Answer, Asking, Session
from commandcenter.engine.asks import Asks
from commandcenter.engine.joiner import Joiner
from commandcenter.engine.opening import open_session
from commandcenter.engine.parts import Parts

HEAD_S = 0.5
BELL = "held by the bell"
"""Why a thread that was born under the bell stands."""
UNKNOWN = "a tool call was running when the engine was lost; it may have happened"
"""Why a thread that only the person can judge stands (reliability.md 4)."""
STOP_S = 10.0
RETRY_S = (1.0, 5.0, 15.0)
STOPPED: frozenset[State] = frozenset({"pausing", "paused", "frozen", "dying", "cancelling"})
log = logging.getLogger("cc.thread")


class Runner:
    """Sink of one thread's session and owner of its state; orders act on it through `control`."""

    def __init__(self, parts: Parts, head: Head, next_ask: Callable[[], int]) -> None:
        self.parts = parts
        self.next_ask = next_ask
        self.thread = head.id
        self.epoch = head.epoch
        self.turn = head.turn
        self.state: State = head.state
        self.in_turn = False
        self.cut = False
        """The turn was cut from outside: resume goes on by prompt."""
        self.want_pause = ""
        """Why it is to stand once its session is open; empty = it goes on."""
        self.fresh = head.turn == 0
        """The agent knows nothing yet: it begins with the brief."""
        self.stopping = False
        """The engine ends: the state stays as it is, the next engine goes on."""
        self.session: Session | None = None
        self.asks = Asks(self)
        self.fuse: asyncio.Task[None] | None = None
        self.resting: asyncio.Task[None] | None = None
        self._joiner = Joiner(parts.ledger.post)
        self._tail = ""
        self._chars = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._crashes: list[float] = []
        self._turn_over = asyncio.Event()
        self._opening = False

    @property
    def head(self) -> Head:
        """What World holds of the thread."""
        return self.parts.world.threads[self.thread]

    @property
    def alive(self) -> bool:
        """Not ended."""
        return self.state in LIVE

    def stamp(self, turn: int = 0) -> Stamp:
        """The envelope of a fact of this thread."""
        return Stamp(self.thread, self.epoch, turn or self.turn)

    # --- facts ---------------------------------------------------------------------------

    def watch(self, on: bool) -> None:
        """A client looks at the transcript: deltas come every 50 ms."""
        self._joiner.watched = on

    def emit(self, event: Event, turn: int) -> None:
        """A fact of the session; facts of an older epoch never come here, its sink is gone."""
        if isinstance(event, TextAdded | ThoughtAdded | ToolOutputAdded):
            self._joiner.add(event, self.stamp(turn))
            self._note(event.delta, counts=not isinstance(event, ToolOutputAdded))
        elif isinstance(event, TurnEnded):
            self.parts.tasks.spawn(self.turn_ended(event, turn), f"turn end {self.thread}")
        else:
            if isinstance(event, ToolStarted):
                self._note(f"\n{event.title}\n", counts=False)
            self.post(event, turn)

    async def record(self, event: Event, turn: int) -> None:
        """A fact that must be durable before its effect; waits while nothing can be recorded."""
        if isinstance(event, ToolStarted):
            self._note(f"\n{event.title}\n", counts=False)
        while True:
            try:
                await self.parts.ledger.commit([*self._joined(), Fact(event, self.stamp(turn))])
            except Refused:
                await self.parts.sleep(0.5)
            else:
                return

    def ask(self, asking: Asking, turn: int) -> None:
        """A question of the agent, to rules or player."""
        self.asks.take(asking, turn)

    def post(self, event: Event, turn: int = 0) -> None:
        """Record soon, behind what the thread has said before."""
        self.parts.ledger.post([*self._joined(), Fact(event, self.stamp(turn))])

    def move(self, new: State, why: str, outcome: Outcome = "", **more: int | bool) -> None:
        """Change the state; the same state again only to change its reason."""
        old, self.state = self.state, new
        if new != old and new not in MOVES[old]:
            raise CommandCenterError(f"thread {self.thread}: {old} does not move to {new} ({why})")
        changed = StateChanged(old, new, why, outcome, **more)  # type: ignore[arg-type]  # the two flags have their own types
        self.post(changed)

    def _joined(self) -> list[Fact]:
        fact = self._joiner.take()
        return [fact] if fact is not None else []

    def _note(self, text: str, *, counts: bool) -> None:
        """Line and tokens of the tile, sent at most twice a second."""
        self._tail = (self._tail + text)[-400:]
        self._chars += len(text) if counts else 0
        if self._head_timer is None:
            loop = asyncio.get_running_loop()
            self._head_timer = loop.call_later(HEAD_S, self._move_head)

    def _move_head(self) -> None:
        self._head_timer = None
        lines = [line for line in self._tail.split("\n") if line.strip()]
        tokens, self._chars = self._chars // 4, self._chars % 4
        line = lines[-1].strip()[-200:] if lines else ""
        self.parts.ledger.post([Fact(HeadMoved(line, tokens), self.stamp())])

    # --- life ----------------------------------------------------------------------------

    async def start(self, prompt: str | None = None) -> None:
        """Workspace, session, first turn. `prompt` "" = go on where the history stands.

        One at a time: orders that come meanwhile only change the state that it then finds.
        """
        while not self._opening and self.state in ("starting", "frozen") and self.session is None:
            self._opening = True
            try:
                await self._start(prompt)
            finally:
                self._opening = False

    async def _start(self, prompt: str | None) -> None:
        try:
            session = await self._open()
        except (AgentFailed, Refused, OSError) as error:
            await self.failed_to_open(error)
            return
        if session is None:
            return
        why, self.want_pause = self.want_pause or (BELL if self.parts.world.bell else ""), ""
        if self.state == "frozen":
            await session.stop("freeze")
        elif why:
            self.move("paused", why, parked=why == UNKNOWN)
            await session.stop("step")
        else:
            self.move("idle", "ready")
            await self.begin(prompt)

    async def begin(self, prompt: str | None = None) -> None:
        """The next turn of an idle thread: the brief, what waits in its queue, or going on."""
        if self.state != "idle" or self.session is None:
            return
        if self.fresh:
            await self.prompt(self.head.brief, "player")
        elif prompt is not None:
            await self.prompt(prompt, "resume")
        elif self.cut:
            await self.prompt(RESUME_PROMPT, "resume")
        elif self.head.queue:
            item = self.head.queue[0]
            self.post(SteerDelivered(item.item))
            await self.prompt(item.note, "steer")

    async def prompt(self, text: str, trigger: Trigger) -> None:
        """Begin a turn; its end arrives through `emit`."""
        session = self.session
        if session is None:
            return
        self.turn += 1
        self.in_turn = True
        self.fresh = self.cut = False
        self._turn_over.clear()
        self.parts.gate.turn(self.thread, self.turn)
        self.post(TurnStarted(text, trigger))
        self.move("running", "turn begun")
        try:
            await asyncio.wait_for(session.prompt(self.turn, text), 5)
        except (TimeoutError, AgentFailed) as error:
            await self.turn_ended(TurnEnded("error", error=str(error)), self.turn)

    async def turn_ended(self, event: TurnEnded, turn: int) -> None:
        """One turn is over: what comes next depends on how, and on what was ordered meanwhile."""
        if not self.in_turn or turn != self.turn:
            return
        self.in_turn = False
        self.asks.cancel()
        self.post(event, turn)
        self._turn_over.set()
        if self.state in ("dying", "ended") or self.stopping:
            return
        if event.stop == "crashed":
            await self.crashed(event.error)
        elif event.cause == "finish" and not self.head.queue:
            await self.end("done", "goal met")
        else:
            await self._after_turn(event)

    async def _after_turn(self, event: TurnEnded) -> None:
        if event.cause in ("spend_freeze", "hold_limit", "journal"):
            self.cut = True
            if self.state not in ("paused", "frozen"):
                self.move("paused", f"cut: {event.cause.replace('_', ' ')}", rung=4)
            return
        if self.state in ("paused", "frozen"):
            return
        if self.state == "pausing":
            self.move("paused", "paused by you", rung=1)
            return
        parked = event.stop in ("error", "max_requests", "refusal", "max_tokens")
        self.move("idle", event.error or f"turn ended: {event.stop}", parked=parked)
        if not parked:
            await self.begin()

    async def crashed(self, why: str) -> None:
        """The session is lost: up to three tries in 60 s, then the player decides."""
        now = self.parts.clock.monotonic()
        self._crashes = [at for at in self._crashes if now - at < 60] + [now]
        await self._close_session("crashed")
        self.cut = True
        tries = len(self._crashes)
        self.move("crashed", why, parked=tries > len(RETRY_S))
        if tries <= len(RETRY_S):
            await self.parts.sleep(RETRY_S[tries - 1])
            if self.state == "crashed":
                self.move("starting", f"try {tries + 1}")
                await self.start("")

    async def failed_to_open(self, error: Exception) -> None:
        """No workspace or no session: the thread stands parked, with its reason."""
        if self.state in ("dying", "ended"):
            return
        mend = error.reason.mend() if isinstance(error, Refused) else ""
        self.move("crashed", f"{error}{'; ' + mend if mend else ''}", parked=True)

    async def end(self, outcome: Outcome, why: str) -> None:
        """Ended: nothing of the thread runs any more; workspace and tombstone stay."""
        if self.state == "ended":
            return
        self.asks.cancel()
        await self._close_session("killed" if outcome == "killed" else "ended")
        if self.in_turn:
            self.in_turn = False
            self.post(TurnEnded("cancelled", cause="kill"))
        self.move("ended", why, outcome)

    async def put_away(self) -> None:
        """The engine stops: the turn ends now, the thread goes on with the next engine."""
        self.stopping = True
        session = self.session
        if session is None:
            return
        await session.stop("step")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(session.at_rest(), STOP_S)
        await session.interrupt("stop")
        await self._close_session("hibernated")

    async def _close_session(self, why: str) -> None:
        self.parts.gate.close(self.thread, self.epoch)
        survivors: tuple[int, ...] = ()
        if self.session is not None:
            survivors = (await self.session.kill()).survivors
            self.session = None
        report = await self.parts.host.kill_tree(self.thread, 0)
        survivors = tuple(p.pid for p in report.survivors) or survivors
        self.post(SessionClosed(why, survivors=survivors))  # type: ignore[arg-type]  # one of the closed words

    async def _open(self) -> Session | None:
        self.epoch += 1
        self.post(SessionStarting(self.parts.ids.fresh(), self.head.driver, self.head.agent))
        session = await open_session(self)
        if self.state not in ("starting", "frozen"):
            self.parts.gate.close(self.thread, self.epoch)
            await session.kill()
            return None
        self.session = session
        head = self.head
        opened = SessionOpened(head.driver, head.agent, head.model, head.workspace)
        self.post(opened)
        self.measure(head.model)
        return session

    def measure(self, model: str) -> None:
        """How full the model's window is; unknown windows say 0."""
        size = self.parts.window(self.head.account, model)
        self.post(ContextMeasured(self.head.context_used, size))

    async def answered(self, ask: int, asking: Asking, answer: Answer, by: Stamp) -> None:
        """The player decided: the fact first, then the agent hears it."""
        said = "allow" if answer.option == "answer" else answer.option
        fact = Answered(ask, said, answer.text)
        await self.parts.ledger.commit([Fact(fact, by)])
        if self.state == "waiting" and not self.asks.open:
            self.move("running", "answered")
        if self.session is not None:
            await self.session.answer(asking.key, answer)
