"""Questions of one thread: judged by the rules, put to the player, answered once."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Literal

import msgspec

from commandcenter.core.codec import Fact
from commandcenter.core.events import AlertCleared, AlertRaised, Answered, Asked
from commandcenter.core.refusals import AlreadyAnswered, Refused
from commandcenter.core.text import one_line
from commandcenter.core.world import Ask
from commandcenter.drivers.base import Answer, Asking
from commandcenter.rules.policy import Decision, decide, request_for

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
        left = sorted({*self.open, *self.left})
        self.open.clear()
        self.left.clear()
        for ask in left:
            self._runner.post(Answered(ask, "cancelled"))
        for answer in self._own.values():
            if not answer.done():
                answer.set_result(Answer("cancelled"))

    async def settle(self, ask: int, answer: Answer, answered: Fact) -> None:
        """The player decided: the fact first, then the agent hears it.

        Raises Refused when nobody waits for it any more, or when it cannot be recorded.
        """
        runner = self._runner
        asking = self.open.pop(ask, None)
        if asking is None:
            raise Refused(AlreadyAnswered(ask))
        turn = runner.turn
        try:
            await runner.parts.ledger.commit([answered])
        except Refused:
            if runner.in_turn and runner.turn == turn:
                self.open[ask] = asking
            else:
                self.left.add(ask)
            raise
        if runner.state == "waiting" and not self.open:
            runner.move("running", "answered")
        own = self._own.get(asking.key)
        if own is None:
            await runner.reply(asking.key, answer)
        elif not own.done():
            own.set_result(answer)

    def _reply(self, asking: Asking, answer: Answer) -> None:
        runner = self._runner
        runner.spawn(runner.reply(asking.key, answer), "answer")

    def _judge(self, asking: Asking, turn: int) -> None:
        decision = self._decision(asking)
        if decision is None or decision.verdict == "ask":
            self._put(asking, turn, decision)
            return
        option: Literal["allow", "deny"] = "allow" if decision.verdict == "allow" else "deny"
        self._reply(asking, Answer(option, decision.why, decision.rule))
        if option == "deny" and decision.level == "R4":
            self._alarm(asking, decision)

    def _alarm(self, asking: Asking, decision: Decision) -> None:
        """A breach was tried: worth a glance, and over."""
        head = self._runner.head
        key = f"policy:{head.id}"
        tried = asking.args.get("command") or asking.args.get("path") or asking.name
        line = one_line(f"{head.name} tried: {tried} ({decision.why})", 200)
        alert = AlertRaised(key, "danger", "policy", line, "Q steers it", head.operation)
        self._runner.post(alert)
        self._runner.post(AlertCleared(key))

    def _decision(self, asking: Asking) -> Decision | None:
        """None for a question: only the player can answer it."""
        if asking.kind == "question":
            return None
        head = self._runner.head
        operation = self._runner.parts.world.operations.get(head.operation)
        success = operation.success if operation is not None else ""
        request = request_for(head.id, asking.name, asking.args, head.workspace, success)
        return decide(request)

    def _put(self, asking: Asking, turn: int, decision: Decision | None) -> None:
        runner = self._runner
        digest = _digest(runner.thread, asking)
        old = self._same(digest)
        number = old.id if old is not None else runner.next_ask()
        self.open[number] = asking
        self.left.discard(number)
        if runner.state == "running":
            runner.move("waiting", "asks")
        if old is None:
            runner.post(self._asked(number, asking, digest, decision), turn)

    def _asked(self, number: int, asking: Asking, digest: str, decision: Decision | None) -> Asked:
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


def _digest(thread: int, asking: Asking) -> str:
    canonical = (thread, asking.kind, asking.name, sorted(asking.args.items()), asking.text)
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()
