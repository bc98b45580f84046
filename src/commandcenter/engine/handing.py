"""A reassign under way: from the pause of the source to the proof of the target (agents.md 5).

Until the target has the thread, the source rests as after a pause and anything that fails leaves
it as it was. From then on the target acts alone; what fails brings the source back.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AlertRaised,
    Event,
    HandoffDrafted,
    ReassignFailed,
    ReassignSettled,
    TurnEnded,
)
from commandcenter.core.refusals import Ended, Ending, EngineLost, Frozen, Refused
from commandcenter.core.shaping import Handing
from commandcenter.core.text import one_line
from commandcenter.drivers.base import SessionStart
from commandcenter.engine import control
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.engine.packet import drafted, form_of, given, text_of
from commandcenter.engine.putting_back import files_back
from commandcenter.engine.succession import Target, comes_back, stands_again, take_over

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.runner import Runner

REST_S: Final = 20.0
"""How long the source's step may take until its turn is broken off."""
AGAIN_S: Final = 0.5
EDIT_NS: Final = 20 * NS
"""So long the text waits after each sign that the person edits it."""
HANDING: Final = "being handed over"
"""Why a thread that ran stands meanwhile."""
LOST: Final = "the engine was lost meanwhile"
SHOWS: Final = frozenset({"ok", "failed", "denied"})
"""Ends of a tool call that show an agent at work."""
BREAKS: Final = frozenset({"error", "refusal", "crashed"})
"""Ends of a first turn after which the source goes on."""
Stage = Literal["stands", "settle", "back", "over"]


class Handover:
    """One thread's; `begin` starts it, and it ends by itself."""

    def __init__(self, engine: "Engine", runner: "Runner", handing: Handing, cause: str) -> None:
        self.engine = engine
        self.runner = runner
        self.handing = handing
        self.cause = cause
        self.stage: Stage = "stands"
        """The source rests; the target has to show itself; the source comes back; all over."""
        self.ran = False
        """The thread goes on by itself once it may."""
        self.in_turn = False
        """The source was in a turn when it was stopped for good."""
        self.going = False
        """The target has the thread and may go on."""
        self.shown = False
        """The target has ended a tool call, or its turn."""
        self.text = self.by = ""
        self.edited = False
        self.sent = asyncio.Event()
        self.deadline = 0
        """Wall ns until which the target must have shown itself; 0 = it has not begun."""
        self.target: Target | None = None
        self.anew = False
        """The target's next session begins once more with what it takes over."""
        self._task: asyncio.Task[None] | None = None

    # --- steps 2 to 5 -----------------------------------------------------------------------

    async def begin(self, now: bool) -> None:
        """Record that it has begun; the rest comes in the background. Raises Refused."""
        runner = self.runner
        if now:
            self.sent.set()
        runner.handover = self
        try:
            await self._step("packet")
        except Refused:
            runner.handover = None
            raise
        self._task = runner.spawn(self._run(now), "hand over")

    async def _run(self, now: bool) -> None:
        try:
            await self._rests()
            await self._draws(now)
            await self._is_edited()
            await self._opens()
            await take_over(self)
        except (AgentFailed, Refused, OSError, ValueError) as error:
            if self.stage == "stands":
                await self._stays(str(error))
            elif self.stage == "settle":
                await self.go_back(str(error))

    async def _step(self, step: Literal["packet", "edit", "open"], text: str = "") -> None:
        self.handing = replace(self.handing, step=step)
        await self._commit(HandoffDrafted(self.handing, text))

    async def _commit(self, event: Event) -> None:
        runner = self.runner
        stamp = Stamp(runner.thread, runner.epoch, runner.turn, cause=self.cause)
        await runner.parts.ledger.commit([Fact(event, stamp)])

    async def insist(self, events: list[tuple[Event, int]]) -> None:
        """Facts, each with its epoch, in one entry batch; waits while nothing can be recorded."""
        runner = self.runner
        facts = [
            Fact(event, Stamp(runner.thread, epoch, runner.turn, cause=self.cause))
            for event, epoch in events
        ]
        while True:
            try:
                await runner.parts.ledger.commit(facts)
            except Refused:
                await runner.parts.sleep(AGAIN_S)
            else:
                return

    def must_go_on(self) -> None:
        """Raises Refused once somebody ordered otherwise."""
        runner = self.runner
        if runner.stopping:
            raise Refused(EngineLost())
        if runner.over:
            raise Refused(Ended())
        if runner.wants == "kill":
            raise Refused(Ending())
        if self.ran and runner.state == "frozen":
            raise Refused(Frozen())

    async def _rests(self) -> None:
        """The source stands between two steps; one that takes too long is broken off."""
        runner = self.runner
        self.ran = runner.state not in ("paused", "pausing", "frozen")
        if runner.session is None or runner.state in ("paused", "frozen"):
            return
        await control.rest(runner, HANDING)
        if runner.state == "pausing" and runner.resting is not None:
            await asyncio.wait({runner.resting}, timeout=REST_S)
        self.must_go_on()
        if runner.state == "pausing":
            await self._broken_off()
        if runner.state == "paused" and not self.ran:
            runner.move("paused", "paused by you", rung=runner.head.rung or 1)

    async def _broken_off(self) -> None:
        """Rung 4: should the source go on after all, it does so by a prompt."""
        runner = self.runner
        if runner.in_turn and runner.session is not None:
            with contextlib.suppress(Refused):
                await control.interrupt(runner)
            runner.again = runner.go_on
        self.must_go_on()
        if runner.state in ("idle", "cancelling", "pausing", "running"):
            runner.move("paused", HANDING if self.ran else "paused by you", rung=4)

    async def _draws(self, now: bool) -> None:
        """Checkpoint, form and text; then the text may be edited."""
        runner, parts = self.runner, self.runner.parts
        mark = await checkpoint(self.engine, runner.thread, "reassign", self.cause)
        self.must_go_on()
        head = runner.head
        form = form_of(parts, head, self.handing.new)
        if form == "native" and head.driver != "native" and runner.in_turn:
            await self._broken_off()  # a session is copied between turns only
        asks = not now and form == "digest"
        draft = await drafted(parts, head, form, asks=asks)
        self.must_go_on()
        if not self.edited:
            self.text, self.by = draft
        until = 0 if self.sent.is_set() else parts.clock.wall() + self._ns(self._edit_s)
        old = replace(self.handing.old, session=runner.head.agent_session)
        self.handing = replace(
            self.handing, form=form, until=until, checkpoint=mark.number, old=old
        )
        await self._step("edit", self.text)

    @property
    def _edit_s(self) -> float:
        return self.runner.parts.settings.handoff_edit_s

    @staticmethod
    def _ns(seconds: float) -> int:
        return int(seconds * NS)

    async def _is_edited(self) -> None:
        clock = self.runner.parts.clock
        while not self.sent.is_set() and (left := self.handing.until - clock.wall()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.sent.wait(), left / NS)
            self.must_go_on()
        self.handing = replace(self.handing, until=0)
        await self._step("open", self.text if self.edited else "")

    async def _opens(self) -> None:
        self.must_go_on()
        self.target = Target(self)
        await self.target.open()
        self.must_go_on()

    # --- what the player does meanwhile -----------------------------------------------------

    @property
    def rests(self) -> bool:
        """The source has stopped, and the target has not begun."""
        return self.stage in ("stands", "settle") and not self.going

    @property
    def busy(self) -> bool:
        """Sessions are exchanged now: nobody else opens one."""
        return self.rests or self.stage == "back"

    def wish(self, runs: bool) -> None:
        """A pause or a resume: whoever has the work afterwards stands, or goes on."""
        runner = self.runner
        self.ran = runs
        if runner.state == "paused":
            runner.move("paused", HANDING if runs else "paused by you", rung=runner.head.rung or 1)

    def send(self, text: str) -> None:
        """The text goes as it is, or as given here."""
        if text:
            self.text, self.edited = text, True
        self.sent.set()

    async def editing(self) -> int:
        """Somebody edits the text: until when it waits now, wall ns; 0 = it is too late."""
        if self.handing.step != "edit" or self.sent.is_set():
            return 0
        until = max(self.handing.until, self.runner.parts.clock.wall() + EDIT_NS)
        if until != self.handing.until:
            self.handing = replace(self.handing, until=until)
            await self._step("edit")
        return until

    async def take_back(self, why: str) -> None:
        """The player takes it back, at whatever step."""
        if self.stage == "stands":
            await self._cancelled()
            await self._stays(why)
        else:
            await self.go_back(why)

    async def _cancelled(self) -> None:
        task = self._task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait({task})

    # --- it fails before the target has the thread -------------------------------------------

    async def _stays(self, why: str) -> None:
        """The source goes on as it was; nothing has changed."""
        runner = self.runner
        if self.stage != "stands" or runner.stopping:
            return
        self.stage = "over"
        if self.target is not None:
            await self.target.gone()
        runner.handover = None
        failed = ReassignFailed(self.handing.step, one_line(why, 300))
        await self.insist([(failed, runner.epoch)])
        if runner.over:
            return
        self._alert(f"stays with {self.handing.old.model or self.handing.old.agent}: {why}")
        await stands_again(self)

    def _alert(self, said: str) -> None:
        head = self.runner.head
        line = one_line(f"{head.name} {said}", 200)
        alert = AlertRaised(f"reassign:{head.id}", "warn", "reassign", line, "A reassigns it")
        self.runner.post(replace(alert, operation=head.operation))

    # --- step 6: it shows itself, or not ------------------------------------------------------

    def takes(self, event: TurnEnded) -> bool:
        """The end of a turn; True = the source comes back, and nothing else follows."""
        if self.stage == "back":
            return True
        if self.stage != "settle" or self.runner.state == "dying":
            return False
        if event.stop == "end":
            self.showed()
        elif event.stop in BREAKS and not self.shown:
            self.lost(event.error or event.stop)
            return True
        return False

    def showed(self) -> None:
        """The target is at work: from now on it is its own."""
        if self.stage == "settle" and not self.shown:
            self.shown = True
            self.runner.parts.tasks.spawn(self._settle(), f"settle {self.runner.thread}")

    async def _settle(self) -> None:
        runner = self.runner
        await self.insist([(ReassignSettled(), runner.epoch)])
        self.stage = "over"
        if runner.handover is self:
            runner.handover = None

    def lost(self, why: str) -> bool:
        """The session is lost; True = the source comes back by it."""
        if self.stage == "back":
            return True
        if self.stage != "settle" or self.shown or self.runner.state == "dying":
            return False
        self.runner.parts.tasks.spawn(self.go_back(why), f"go back {self.runner.thread}")
        return True

    async def _exchanged(self) -> None:
        """Sessions that are being exchanged are not closed half-way: the target would stay."""
        task = self._task
        if task is not None and task is not asyncio.current_task() and not self.going:
            await asyncio.wait({task})

    async def go_back(self, why: str) -> None:
        """Rollback: the target is gone, its files are kept aside, the source goes on."""
        runner = self.runner
        await self._exchanged()
        if self.stage != "settle" or self.shown or runner.over or runner.stopping:
            return
        self.stage = "back"
        runner.packet = None
        ended = TurnEnded("cancelled", "handover", why)
        await runner.close_session("replaced", ended)
        if _leaves(runner):
            return
        told = one_line("; ".join(part for part in (why, await files_back(self)) if part), 300)
        old = self.handing.old
        await self.insist([(ReassignFailed("settle", told, old), runner.epoch)])
        self.stage = "over"
        runner.handover = None
        if not self._is_over():
            self._alert(f"went back to {old.model or old.agent}: {told}")
            comes_back(self)

    def _is_over(self) -> bool:
        """The thread has ended, or its engine does."""
        return self.runner.over or self.runner.stopping

    async def over(self) -> None:
        """The thread ends, whoever had it."""
        stage, self.stage = self.stage, "over"
        runner = self.runner
        if stage == "stands":
            await self._cancelled()
            if self.target is not None:
                await self.target.gone()
        runner.handover = None
        if stage != "over" and not self.shown:
            runner.post(ReassignFailed(self.handing.step, "the thread has ended"))

    # --- after the engine was lost ------------------------------------------------------------

    async def begun_again(self, start: SessionStart) -> SessionStart:
        """The target's first session was lost before it had shown itself: it begins once more."""
        if not self.anew or self.stage != "settle":
            return start
        self.anew = False
        return await given(self.runner.parts, self.runner.head, self.handing, start)


async def restored(engine: "Engine", runner: "Runner") -> Handover | None:
    """The handover of a thread that an engine's death left to be settled; None = none."""
    handing = runner.head.handing
    if handing is None or handing.step != "settle":
        return None
    found = Handover(engine, runner, handing, "")
    found.stage, found.anew, found.going = "settle", True, True
    found.text = await text_of(runner.parts, runner.head)
    return found


def _leaves(runner: "Runner") -> bool:
    """It ends, or the engine does."""
    return runner.over or runner.stopping
