"""Questions of one thread: judged by the rules, put to the player, answered once."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Literal

import msgspec

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AgentNote,
    AlertCleared,
    AlertRaised,
    Answered,
    Asked,
    GrantUsed,
)
from commandcenter.core.refusals import AlreadyAnswered, Refused
from commandcenter.core.text import one_line
from commandcenter.core.world import Ask
from commandcenter.drivers.base import Answer, Asking
from commandcenter.engine.granting import Case, case_of, granted
from commandcenter.rules.policy import Decision

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner


class Asks:
    """What a thread has asked and nobody has answered yet."""

    def __init__(self, runner: "Runner", left: tuple[int, ...]) -> None:
        self.open: dict[int, Asking] = {}
        self._runner = runner
        self.left = set(left)
        """Put before the engine was lost, until they are asked again."""
        self._stash: list[tuple[Asking, int]] = []
        self._edited: dict[int, str] = {}
        """The commands of cases that the player made of others."""
        self._own: dict[str, asyncio.Future[Answer]] = {}
        """Our own questions by their key, and who waits for the answer."""

    def take(self, asking: Asking, turn: int) -> None:
        """Judge now; while the thread is stopped nothing is answered, so it waits."""
        runner = self._runner
        if not runner.in_turn or turn != runner.turn or runner.state == "cancelling":
            self._reply(asking, Answer("cancelled"))
        elif runner.wants != "run":
            self._stash.append((asking, turn))
        else:
            self._judge(asking, turn)

    async def own(self, asking: Asking) -> Answer:
        """A question of ours, not of the agent: its answer, `cancelled` when the thread ends."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._own[asking.key] = answer
        self._put(asking, self._runner.turn, None)
        try:
            return await answer
        finally:
            self._own.pop(asking.key, None)

    def again(self) -> None:
        """The thread goes on: what waited is judged anew."""
        stash, self._stash = self._stash, []
        for asking, turn in stash:
            self._judge(asking, turn)

    def cancel(self) -> None:
        """The turn is over: open questions are closed as cancelled."""
        self._stash.clear()
        self._edited.clear()
        left = sorted({*self.open, *self.left})
        self.open.clear()
        self.left.clear()
        for ask in left:
            self._runner.post(Answered(ask, "cancelled"))
        for answer in self._own.values():
            if not answer.done():
                answer.set_result(Answer("cancelled"))

    async def settle(self, ask: int, answer: Answer, facts: list[Fact]) -> None:
        """The player decided: the facts first, then the agent hears it.

        Raises Refused when nobody waits for it any more, or when it cannot be recorded.
        """
        runner = self._runner
        asking = self.open.pop(ask, None)
        if asking is None:
            raise Refused(AlreadyAnswered(ask))
        turn, command = runner.turn, self._edited.get(ask, "")
        try:
            await runner.parts.ledger.commit(facts)
        except Refused:
            self._stays(ask, asking, turn)
            raise
        self._edited.pop(ask, None)
        if runner.state == "waiting" and not self.open:
            runner.move("running", "answered")
        if command and answer.option == "allow":
            runner.post(AgentNote("notice", f"you changed the command; this runs: {command}"))
            answer = Answer("allow", edit=command)
        own = self._own.get(asking.key)
        if own is None:
            await runner.reply(asking.key, answer)
        elif not own.done():
            own.set_result(answer)

    def _stays(self, ask: int, asking: Asking, turn: int) -> None:
        """What could not be recorded is open still, for as long as its turn lasts."""
        if self._runner.in_turn and self._runner.turn == turn:
            self.open[ask] = asking
        else:
            self.left.add(ask)

    def _reply(self, asking: Asking, answer: Answer) -> None:
        runner = self._runner
        runner.spawn(runner.reply(asking.key, answer), "answer")

    async def edit(self, ask: int, command: str, stamp: Stamp) -> None:
        """The player changed the command: the case is closed, and another one stands open.

        Raises Refused when nobody waits for it any more, or when it cannot be recorded.
        """
        old = self.open.get(ask)
        if old is None:
            raise Refused(AlreadyAnswered(ask))
        new = _edited(old, command)
        number = self._runner.next_ask()
        asked = self._asked(number, new, _digest(stamp.thread, new), self.case(new))
        closed = Answered(ask, "cancelled", f"you changed it: see {number}")
        turn = self._runner.turn
        del self.open[ask]
        self.open[number], self._edited[number] = new, command
        try:
            await self._runner.parts.ledger.commit([Fact(closed, stamp), Fact(asked, stamp)])
        except Refused:
            self.open.pop(number, None)
            self._edited.pop(number, None)
            self._stays(ask, old, turn)
            raise

    def edited_case(self, ask: int, command: str) -> Case:
        """An open case as the player would have it."""
        return case_of(self._runner, _edited(self.open[ask], command))

    def case(self, asking: Asking) -> Case | None:
        """What is asked and what the rules say; None for a question: only the player knows."""
        return None if asking.kind == "question" else case_of(self._runner, asking)

    def _judge(self, asking: Asking, turn: int) -> None:
        case = self.case(asking)
        decision = case.decision if case is not None else None
        if case is None or decision is None:
            self._put(asking, turn, case)
        elif decision.verdict == "ask":
            self._ask(asking, turn, case)
        else:
            option: Literal["allow", "deny"] = "allow" if decision.verdict == "allow" else "deny"
            self._reply(asking, Answer(option, decision.why, decision.rule))
            if option == "deny" and decision.level == "R4":
                self._alarm(asking, decision)

    def _ask(self, asking: Asking, turn: int, case: Case) -> None:
        """A grant answers what it covers; all else the player."""
        grant = granted(self._runner, case)
        if grant is None:
            self._put(asking, turn, case)
        else:
            self._runner.spawn(self._granted(asking, turn, case, grant.id), "grant")

    async def _granted(self, asking: Asking, turn: int, case: Case, grant: str) -> None:
        """Allowed once that is on record; what cannot be recorded the player decides."""
        runner = self._runner
        said = asking.args.get("command") or asking.text or asking.name
        used = GrantUsed(grant, one_line(said, 160))
        try:
            stamp = Stamp(runner.thread, runner.epoch, turn)
            await runner.parts.ledger.commit([Fact(used, stamp)])
        except Refused:
            if runner.in_turn and runner.turn == turn:
                self._put(asking, turn, case)
            return
        await runner.reply(asking.key, Answer("allow", "", f"grant {grant}"))

    def _alarm(self, asking: Asking, decision: Decision) -> None:
        """A breach was tried: worth a glance, and over."""
        head = self._runner.head
        key = f"policy:{head.id}"
        tried = asking.args.get("command") or asking.args.get("path") or asking.name
        line = one_line(f"{head.name} tried: {tried} ({decision.why})", 200)
        alert = AlertRaised(key, "danger", "policy", line, "Q steers it", head.operation)
        self._runner.post(alert)
        self._runner.post(AlertCleared(key))

    def _put(self, asking: Asking, turn: int, case: Case | None) -> None:
        runner = self._runner
        digest = _digest(runner.thread, asking)
        old = self._same(digest)
        if old is None:
            self._forget(asking.call)
        number = old.id if old is not None else runner.next_ask()
        self.open[number] = asking
        self.left.discard(number)
        if runner.state == "running":
            runner.move("waiting", "asks")
        if old is None:
            runner.post(self._asked(number, asking, digest, case), turn)

    def _forget(self, call: str) -> None:
        """What was asked of the same call before the engine was lost is no longer asked."""
        known = self._runner.parts.world.asks
        for ask in sorted(self.left):
            if call and ask in known and known[ask].call == call:
                self.left.discard(ask)
                self._runner.post(Answered(ask, "cancelled"))

    def _asked(self, number: int, asking: Asking, digest: str, case: Case | None) -> Asked:
        decision = case.decision if case is not None else None
        said = asking.args.get("command") or asking.text or asking.name
        return Asked(
            number,
            asking.kind,
            decision.level if decision is not None else "R0",
            one_line(said, 160),
            {"tool": asking.name, "cwd": self._runner.head.workspace, **asking.args},
            digest,
            f"{decision.rule}: {decision.why}" if decision is not None else "",
            asking.call,
            asking.options,
        )

    def _same(self, digest: str) -> Ask | None:
        """The same question, asked before the engine was lost: it keeps its number and age."""
        known = self._runner.parts.world.asks
        asks = (known[ask] for ask in sorted(self.left) if ask in known)
        return next((ask for ask in asks if ask.digest == digest), None)


def _edited(asking: Asking, command: str) -> Asking:
    return msgspec.structs.replace(asking, args={**asking.args, "command": command})


def _digest(thread: int, asking: Asking) -> str:
    canonical = (thread, asking.kind, asking.name, sorted(asking.args.items()), asking.text)
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()
