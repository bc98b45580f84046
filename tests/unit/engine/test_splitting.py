"""Splits: a plan, children born in one entry, shares that come back, a parent that goes on."""

from decimal import Decimal

import pytest

from commandcenter.core.base import AgentFailed
from commandcenter.core.events import LimitCarved, LimitReturned, PlanChanged, SplitProposed
from commandcenter.engine import control
from commandcenter.engine.handlers import splitting
from commandcenter.testing.engines import Bench, refusal
from commandcenter.testing.results import replays

PLAN = '[[task]]\ntitle = "Parser"\nbrief = "mend it"\n[[task]]\ntitle = "Report"\nbrief = "new"\n'


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def parent(bench: Bench, options: str = "--tokens 100000") -> int:
    [thread] = await bench.spawn(1, options)
    await begun(bench, thread)
    return thread


async def begun(bench: Bench, thread: int) -> str:
    """What the thread's agent was told first."""
    await bench.until(lambda: bench.head(thread).turn > 0)
    return await bench.prompted(1, thread)


async def split(bench: Bench, options: str = "", yes: bool = False) -> list[int]:
    before = set(bench.engine.parts.world.threads)
    ack = await bench.order(f"split #1 {options}", by="player", yes=yes)
    assert not ack.refused, ack.refused
    return sorted(set(bench.engine.parts.world.threads) - before)


async def test_a_typed_plan_makes_children_and_their_parent_waits(bench: Bench) -> None:
    await parent(bench)
    made = await split(bench, f"--plan {quoted(PLAN)}")
    assert made == [2, 3]
    assert bench.state(1) == "paused"
    assert bench.head(1).why == "waits for its children"
    heads = [bench.head(n) for n in made]
    assert [(h.name, h.kind, h.parent, h.fork_at) for h in heads] == [
        ("Parser", "divide", 1, 1),
        ("Report", "divide", 1, 1),
    ]
    assert [h.limit.tokens for h in heads] == [40_000, 40_000]
    assert bench.head(1).limit.tokens == 20_000
    assert bench.head(1).children == (2, 3)
    assert [mark.why for mark in bench.head(1).checkpoints] == ["split"]
    assert "YOUR PART, 1 of 2: Parser" in await begun(bench, 2)
    assert bench.session(2).start.seed, "its parent's conversation"
    await bench.until(lambda: bench.head(2).forked == "native")
    await replays(bench)


async def test_what_a_child_did_not_spend_comes_back_once(bench: Bench) -> None:
    await parent(bench)
    await split(bench, f"--plan {quoted(PLAN)} --share 3,1")
    assert [bench.head(n).limit.tokens for n in (1, 2, 3)] == [20_000, 60_000, 20_000]
    await bench.order("kill #2 --now", by="player")
    await bench.until(lambda: bench.head(2).carved is None)
    assert [bench.head(n).limit.tokens for n in (1, 2, 3)] == [80_000, 0, 20_000]
    assert bench.engine.parts.gate.free(1).tokens == 80_000
    await bench.order("kill #3 --now", by="player")
    await bench.until(lambda: bench.head(3).carved is None)
    assert bench.head(1).limit.tokens == 100_000
    events = await bench.events()
    assert sum(isinstance(e, LimitCarved) for e in events) == 2
    assert sum(isinstance(e, LimitReturned) for e in events) == 2
    await replays(bench)


async def test_a_split_is_taken_back_until_the_first_call(bench: Bench) -> None:
    await parent(bench)
    await split(bench, f"--plan {quoted(PLAN)}")
    ack = await bench.order("undo", by="player")
    assert not ack.refused
    await bench.reaches(1, "running")
    assert [bench.state(n) for n in (2, 3)] == ["ended", "ended"]
    await bench.until(lambda: bench.head(1).limit.tokens == 100_000)


async def test_a_division_needs_a_plan(bench: Bench) -> None:
    await parent(bench)
    assert refusal(await bench.order("split #1 --into 3")) == "PlanMissing"
    assert refusal(await bench.order(f"split #1 --into 3 --plan {quoted(PLAN)}")) == "PlanInvalid"
    assert refusal(await bench.order("split #1 --plan nonsense")) == "PlanInvalid"
    assert bench.state(1) == "running"


async def test_too_small_a_budget_says_how_many_would_do(bench: Bench) -> None:
    await parent(bench, "--tokens 3")
    ack = await bench.order("split #1 --kind branch --into 4")
    assert refusal(ack) == "BudgetTooSmallToSplit"
    assert bench.state(1) == "running"
    assert list(bench.engine.parts.world.threads) == [1]


async def test_more_than_five_want_the_second_press(bench: Bench) -> None:
    await parent(bench)
    assert refusal(await bench.order("split #1 --kind branch --into 6")) == "SplitTooWide"
    made = await split(bench, "--kind branch --into 6", yes=True)
    assert len(made) == 6
    models = [bench.head(n).model for n in made]
    assert models.count("sparring-medium") <= 3


async def test_what_cannot_be_divided_says_why(bench: Bench) -> None:
    await parent(bench)
    plan = f"--plan {quoted(PLAN)}"
    for options, reason in (
        ("--agent nobody", "AgentMissing"),
        ("--account nobody", "AccountMissing"),
        ("--agent native,native,native", "TargetInvalid"),
        ("--model gpt-5", "CannotRewriteModel"),
        ("--share 1,2,3", "TargetInvalid"),
    ):
        assert refusal(await bench.order(f"split #1 {plan} {options}")) == reason, options
    await bench.order("kill #1 --now")
    assert refusal(await bench.order(f"split #1 {plan}")) == "Ended"


async def test_the_agents_own_plan_is_a_proposal_at_once(bench: Bench) -> None:
    await parent(bench)
    items = (("read", "done"), ("parser", "open"), ("report", "open"))
    bench.session(1).sink.emit(PlanChanged(items), 1)
    await bench.until(lambda: len(bench.head(1).plan) == 3)
    await bench.order("propose #1 --into 2")
    assert bench.head(1).proposed
    proposed = [e for e in await bench.events() if isinstance(e, SplitProposed)]
    assert proposed[0].plan is not None
    assert proposed[0].plan.how == "items"
    made = await split(bench)
    assert [bench.head(n).name for n in made] == ["parser", "report"]
    assert bench.head(1).proposed == 0


async def test_a_model_that_cannot_be_asked_changes_nothing(bench: Bench) -> None:
    await parent(bench, "--tokens 10")
    await bench.order("propose #1 --into 2")
    proposed = [e for e in await bench.events() if isinstance(e, SplitProposed)]
    assert proposed[0].plan is None
    assert "budget" in proposed[0].error
    assert bench.head(1).proposed == 0
    assert bench.head(1).hold == ()
    assert bench.state(1) == "running"


async def test_results_are_told_before_the_parent_goes_on(bench: Bench) -> None:
    await parent(bench)
    await split(bench, f"--plan {quoted(PLAN)}")
    for thread in (2, 3):
        await begun(bench, thread)
        bench.session(thread).say(f"part {thread} is done")
        bench.session(thread).end("end", "finish")
        await bench.reaches(thread, "ended")
    alerts = bench.engine.parts.world.alerts
    await bench.until(lambda: "children:1" in alerts)
    assert "2 children are done" in alerts["children:1"].line
    await bench.order("resume #1", by="player")
    told = await bench.prompted(2, 1)
    assert "part 2 is done" in told
    assert "quoted data from thread Report" in told
    await bench.order("pause #1", by="player")
    await bench.order("resume #1", by="player")
    assert len(bench.session(1).prompts) == 2
    await replays(bench)


async def test_children_of_a_dead_parent_pay_back_to_who_gave_it(bench: Bench) -> None:
    await parent(bench)
    await split(bench, f"--plan {quoted(PLAN)}")
    await begun(bench, 2)
    ack = await bench.order(f"split #2 --plan {quoted(PLAN)}")
    assert not ack.refused
    assert [bench.head(n).limit.tokens for n in (2, 4, 5)] == [8_000, 16_000, 16_000]
    await bench.order("kill #2 --now")
    await bench.until(lambda: bench.head(2).carved is None)
    assert bench.head(1).limit.tokens == 28_000
    await bench.order("kill #4,#5 --now")
    await bench.until(lambda: bench.head(1).limit.tokens == 60_000)
    await bench.order("kill #1 --now")
    await bench.order("kill #3 --now")
    await bench.reaches(3, "ended")
    await bench.engine.parts.ledger.settle()
    assert bench.head(3).carved is not None, "nobody lives who gave it"
    assert sum(bench.head(n).limit.tokens or 0 for n in range(1, 6)) == 100_000
    await replays(bench)


async def test_a_crash_before_the_return_loses_nothing(bench: Bench) -> None:
    await parent(bench)
    await split(bench, f"--plan {quoted(PLAN)}")
    await bench.order("kill #2 --now")
    await bench.until(lambda: bench.head(2).carved is None)
    await bench.crash()
    again = await Bench.open(bench.engine.parts.folders.data, flat=True)
    assert again.head(1).limit.tokens == 60_000
    await again.reaches(1, "paused")
    assert again.head(1).why == "waits for its children"
    await again.order("kill #3 --now")
    await again.until(lambda: again.head(1).limit.tokens == 100_000)
    await replays(again)
    await again.close()


async def test_a_fork_waits_for_words_and_has_half(bench: Bench) -> None:
    await parent(bench, "--usd 2.00")
    ack = await bench.order("fork #1", by="player")
    assert not ack.refused, ack.refused
    await bench.reaches(2, "idle")
    assert bench.head(2).limit.usd == Decimal("1.00")
    assert bench.head(1).limit.usd == Decimal("1.00")
    assert (bench.head(2).kind, bench.head(2).forked) == ("fork", "native")
    assert bench.state(1) == "running"
    assert bench.session(2).prompts == []
    await bench.order('steer #2 "try the other way"')
    assert await begun(bench, 2) == "try the other way"
    assert refusal(await bench.order("fork #1 --at 9")) == "TargetInvalid"
    await replays(bench)


async def test_a_parent_whose_step_does_not_end_is_frozen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "STAND_S", 0.05)
    await bench.spawn(1, "--agent puppet --account sparring-anthropic")
    await bench.until(lambda: bench.head(1).turn == 1)
    bench.session(1).rests.clear()
    made = await split(bench, f"--plan {quoted(PLAN)}")
    assert (bench.state(1), bench.head(1).why) == ("frozen", "waits for its children")
    assert len(made) == 2
    await bench.order("undo", by="player")
    await bench.until(lambda: bench.state(1) == "running")
    bench.session(1).rests.set()


async def test_a_split_lost_with_the_engine_leaves_no_one_waiting(bench: Bench) -> None:
    await parent(bench)
    await control.pause(bench.engine.runner(1), "waits for its children")
    await bench.reaches(1, "paused")
    await bench.crash()
    again = await Bench.open(bench.engine.parts.folders.data, flat=True)
    lost = "the engine was lost before its children were born"
    await again.until(lambda: again.state(1) == "paused" and again.head(1).why.startswith(lost))
    await again.order("resume #1")
    await again.reaches(1, "running")
    await again.close()


async def test_a_temperature_goes_with_every_call_of_a_child(bench: Bench) -> None:
    await parent(bench)
    plan = '[[task]]\ntitle = "a"\ntemperature = 0.2\n[[task]]\ntitle = "b"\ntemperature = 1.5\n'
    options = f"--plan {quoted(plan)} --kind branch"
    assert refusal(await bench.order(f"split #1 {options} --agent puppet")) == "DriverLacks"
    ack = await bench.order(f"split #1 {options} --account sparring-anthropic")
    assert refusal(ack) == "TargetInvalid"
    made = await split(bench, options)
    for thread in made:
        await begun(bench, thread)
    assert [bench.session(n).start.temperature for n in made] == [0.2, 1.5]


async def test_a_dead_child_is_told_of_at_its_parent(bench: Bench, quick: None) -> None:
    await parent(bench)
    made = await split(bench, f"--plan {quoted(PLAN)}")
    await begun(bench, 2)
    await begun(bench, 3)
    bench.driver.fails.append(AgentFailed("missing", "gone"))
    bench.session(2).end("crashed", error="it broke")
    alerts = bench.engine.parts.world.alerts
    await bench.until(lambda: "child:2" in alerts)
    assert alerts["child:2"].thread == 1
    assert "Parser, a child of" in alerts["child:2"].line
    assert made == [2, 3]
