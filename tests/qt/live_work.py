"""What live work tells a screen: turns of many threads, step by step; nothing is said twice."""

import random
from collections.abc import Iterator
from decimal import Decimal

from commandcenter.core import events as ev
from commandcenter.core import orders as od
from commandcenter.core.conversation import Usage
from commandcenter.core.events import Severity
from commandcenter.core.orders import verb

WORDS = ("budget", "cache", "driver", "frame", "gate", "index", "join", "ledger", "note", "queue")
SEVERITIES: tuple[Severity, ...] = ("danger", "warn", "info")
STEPS = 3
AT_ONCE = 6
"""Threads that move in one beat."""
Facts = list[tuple[int, ev.Event]]


class Work:
    """Facts of these threads, a few at a time."""

    def __init__(self, threads: list[int], operation: str, seed: int = 7) -> None:
        self._threads = threads
        self._operation = operation
        self._chance = random.Random(seed)
        self._number = 100_000
        self._turns = {thread: self._works() for thread in threads}

    def beat(self) -> Facts:
        """What happens in a moment."""
        moved = self._chance.sample(self._threads, AT_ONCE)
        facts: Facts = [(thread, event) for thread in moved for event in next(self._turns[thread])]
        number = self._fresh()
        if number % 3 == 0:
            facts += self._alerts(number, moved[0])
        if number % 3 == 1:
            facts += self._orders(number, moved[0])
        return facts

    def _fresh(self) -> int:
        self._number += 1
        return self._number

    def _say(self, words: int) -> str:
        return " ".join([*self._chance.choices(WORDS, k=words), str(self._fresh())])

    def _alerts(self, number: int, thread: int) -> Facts:
        severity: Severity = self._chance.choice(SEVERITIES)
        raised = ev.AlertRaised(
            f"alert {number}", severity, "loops", self._say(4), operation=self._operation
        )
        return [(thread, raised), (thread, ev.AlertCleared(f"alert {number}"))]

    def _orders(self, number: int, thread: int) -> Facts:
        order = od.Steer(f"#{thread}", self._say(4))
        given = ev.OrderGiven(f"{number:032x}", order, (thread,))
        done = ev.OrderDone(f"{number:032x}", verb(order), (od.Resume(f"#{thread}"),), True)
        return [(0, given), (0, done)]

    def _works(self) -> Iterator[list[ev.Event]]:
        """One thread, turn after turn."""
        while True:
            yield [ev.TurnStarted(self._say(6), "player"), ev.StateChanged("idle", "running", "")]
            for step in range(STEPS):
                yield from self._call(step)
                yield from self._tool(self._fresh())
            yield [ev.TurnEnded("end"), ev.StateChanged("running", "idle", "turn ended")]

    def _call(self, step: int) -> Iterator[list[ev.Event]]:
        call, cost = f"call {self._fresh()}", ev.Cost(Decimal("0.0125"), "list", "m")
        sent = ev.CallAdmitted(call, 1, "sparring-chat", "chat", "m", "m", 1000, 500, 1500)
        yield [sent, ev.StepMoved(step, "streaming", "generating")]
        for _ in range(3):
            text = ev.TextAdded(step, self._say(9) + "\n")
            yield [text, ev.HeadMoved(self._say(4), self._chance.randint(20, 90), self._fresh())]
        used = Usage(1000, 0, 0, self._chance.randint(20, 400))
        yield [ev.CallSettled(call, "complete", 200, used, cost, "sparring-chat", "m")]

    def _tool(self, number: int) -> Iterator[list[ev.Event]]:
        call, effect, line = f"tool {number}", f"effect {number}", self._say(3)
        asked = ev.Asked(number, "tool", "R2", line, {"command": line}, f"digest {number}")
        yield [asked, ev.HeadMoved(f"asks {number}")]
        yield [ev.Answered(number, "allow")]
        yield [ev.ToolStarted(call, "run", "run", line, '{"command":"x"}', effect)]
        yield [ev.ToolOutputAdded(call, "out", self._say(12) + "\n")]
        yield [ev.ToolEnded(call, effect, "ok", number % 9000, f"hash {number}", 0, line)]
        yield [ev.ProcsSeen(((number, 5),), 10_000_000 + number)]
