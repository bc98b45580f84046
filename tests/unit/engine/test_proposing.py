"""A plan drawn up by the thread's own model, in one side call, or a sentence why there is none."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from commandcenter.config.accounts import Account
from commandcenter.core.events import CallSettled, SplitProposed
from commandcenter.engine import proposing
from commandcenter.engine.queries import QUERIES
from commandcenter.testing.engines import Bench
from commandcenter.testing.upstream import ScriptedUpstream, Served

GOOD = {"tasks": [{"title": f"part {n}", "brief": "do", "files": [f"{n}.py"]} for n in (1, 2, 3)]}


class Planner:
    """A model that says what the test wants."""

    def __init__(self) -> None:
        self.says = f"```json\n{json.dumps(GOOD)}\n```"
        self.waits = 0.0

    async def __call__(self, served: Served) -> None:
        served.head()
        await asyncio.sleep(self.waits)
        delta = {"choices": [{"index": 0, "delta": {"content": self.says}}]}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        usage = {"choices": [], "usage": {"prompt_tokens": 300, "completion_tokens": 50}}
        for event in (delta, end, usage):
            served.send(b"data: " + json.dumps(event).encode() + b"\n\n")
        served.send(b"data: [DONE]\n\n")
        served.end()


@pytest_asyncio.fixture
async def planner(bench: Bench) -> AsyncIterator[Planner]:
    """The account `a` of the bench asks it."""
    planner = Planner()
    async with ScriptedUpstream(planner) as upstream:
        account = Account("a", "chat", upstream.url, model="sparring-small", practice=True)
        bench.engine.parts.accounts["a"] = account
        await bench.spawn(1, "--account a --tokens 100000")
        await bench.until(lambda: bench.head(1).turn == 1)
        yield planner


async def proposed(bench: Bench, options: str = "--into 3") -> SplitProposed:
    ack = await bench.order(f"propose #1 {options}")
    assert not ack.refused, ack.refused
    return [e for e in await bench.events() if isinstance(e, SplitProposed)][-1]


async def ask(bench: Bench, name: str, **args: Any) -> dict[str, Any]:
    found = await QUERIES[name](bench.engine, {"thread": 1, **args})
    return dict(found)


async def test_its_model_is_asked_once_and_metered_beside(bench: Bench, planner: Planner) -> None:
    event = await proposed(bench)
    assert event.plan is not None
    assert [task.title for task in event.plan.tasks] == ["part 1", "part 2", "part 3"]
    assert bench.head(1).proposed
    [call] = [e for e in await bench.events(1) if isinstance(e, CallSettled)]
    assert call.side
    assert bench.head(1).tokens.total == 350
    assert bench.head(1).context_used == 0, "no step of the conversation"
    found = await ask(bench, "proposal")
    assert found["seq"] == bench.head(1).proposed
    assert "part 2" in found["text"]
    assert len(found["shares"]) == 3
    assert found["largest"] is None
    found = await ask(bench, "proposal", plan="[[task]]\ntitle = 3")
    assert "title" in found["trouble"]


async def test_it_is_asked_while_the_thread_is_paused(bench: Bench, planner: Planner) -> None:
    await bench.order("pause #1")
    assert (await proposed(bench)).plan is not None
    assert bench.state(1) == "paused"


async def test_nonsense_is_an_answer_and_nothing_else_changes(
    bench: Bench, planner: Planner
) -> None:
    planner.says = "I would rather not."
    event = await proposed(bench)
    assert event.plan is None
    assert event.error == "the answer holds no list of sub-tasks"
    assert bench.head(1).proposed == 0
    found = await ask(bench, "proposal", into=3)
    assert found["error"] == event.error
    assert found["text"].count("[[task]]") == 3
    assert bench.state(1) == "running"


async def test_a_model_that_is_silent_is_not_waited_for(
    bench: Bench, planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "LIMIT_S", 0.1)
    planner.waits = 5.0
    assert "has not answered" in (await proposed(bench)).error


async def test_only_the_newest_wish_counts(bench: Bench, planner: Planner) -> None:
    planner.waits = 0.3
    first = asyncio.create_task(proposed(bench), name="first")
    await bench.until(lambda: bool(bench.head(1).calls_open))
    await bench.order("propose #1 --kind branch --into 2")
    await first
    events = [e for e in await bench.events() if isinstance(e, SplitProposed)]
    assert [e.plan.kind for e in events if e.plan] == ["branch"]
    await bench.order("propose #1 --drop")
    assert bench.head(1).proposed == 0


async def test_steps_of_the_ladder_say_what_they_change(bench: Bench, planner: Planner) -> None:
    found = await ask(bench, "rungs")
    assert found["ladder"] == "sparring"
    assert found["up"]["model"] == "sparring-medium"
    assert float(found["up"]["factor"]) > 1
    assert found["up"]["lost_cache"] == "0"
    ack = await bench.order("escalate #1", by="player")
    assert not ack.refused, ack.refused
    assert (bench.head(1).model, bench.head(1).ladder) == ("sparring-medium", "sparring")
    await bench.order("undo", by="player")
    assert bench.head(1).model == "sparring-small"
    while not (ack := await bench.order("downgrade #1")).refused:
        pass
    assert ack.refused[0].reason == "LadderBottom"
