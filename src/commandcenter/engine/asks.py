"""Questions of one thread: judged by the rules, put to the player, answered once."""

import hashlib
from typing import TYPE_CHECKING

import msgspec

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import Answered, Asked
from commandcenter.core.text import one_line
from commandcenter.core.world import Ask
from commandcenter.drivers.base import Answer, Asking
from commandcenter.rules.policy import Decision, decide, request_for

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner

_STOPPED = frozenset({"pausing", "paused", "frozen", "dying"})


class Asks:
    """What a thread has asked and nobody has answered yet."""

    def __init__(self, runner: "Runner") -> None:
        self.open: dict[int, Asking] = {}
        self._runner = runner
        self._stash: list[tuple[Asking, int]] = []

    def take(self, asking: Asking, turn: int) -> None:
        """Judge now; while the thread is stopped nothing is answered, so it waits."""
        if self._runner.state in _STOPPED:
            self._stash.append((asking, turn))
        else:
            self._judge(asking, turn)

    def again(self) -> None:
        """The thread goes on: what waited is judged anew."""
        stash, self._stash = self._stash, []
        for asking, turn in stash:
            self._judge(asking, turn)

    def cancel(self) -> None:
        """The turn is over: open questions are closed as cancelled."""
        self._stash.clear()
        for ask in list(self.open):
            del self.open[ask]
            self._runner.post(Answered(ask, "cancelled"))

    def _judge(self, asking: Asking, turn: int) -> None:
        runner = self._runner
        decision = self._decision(asking)
        if decision is None or decision.verdict == "ask":
            self._put(asking, turn, decision)
        else:
            answer = Answer(
                "allow" if decision.verdict == "allow" else "deny", decision.why, decision.rule
            )
            session = runner.session
            if session is not None:
                runner.parts.tasks.spawn(
                    session.answer(asking.key, answer), f"answer {runner.thread}"
                )

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
        for ask in self._runner.parts.world.asks.values():
            mine = ask.thread == self._runner.thread and ask.id not in self.open
            if mine and ask.digest == digest:
                return ask
        return None


def _digest(thread: int, asking: Asking) -> str:
    canonical = (thread, asking.kind, asking.name, sorted(asking.args.items()), asking.text)
    return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()


def cancel_left(world_asks: dict[int, Ask], thread: int, stamp: Stamp) -> list[Fact]:
    """Questions of a thread that nobody will ask again."""
    left = [ask.id for ask in world_asks.values() if ask.thread == thread]
    return [Fact(Answered(ask, "cancelled"), stamp) for ask in left]
