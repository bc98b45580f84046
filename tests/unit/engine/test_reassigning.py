"""Another agent goes on with a thread: what it is given, what comes back, and that one acts."""

from pathlib import Path
from typing import Any

import pytest

from commandcenter.core.base import NS, AgentFailed
from commandcenter.core.events import (
    CheckpointMade,
    HandoffDrafted,
    Reassigned,
    ReassignFailed,
    ReassignSettled,
    SessionClosed,
    TurnEnded,
    TurnStarted,
)
from commandcenter.engine.queries import QUERIES
from commandcenter.hosts.lease import holder
from commandcenter.hud.shaping import Handoff, Seats, read
from commandcenter.testing.engines import Bench, refusal
from commandcenter.testing.puppets import PuppetSession

PUPPET = "--agent puppet --account sparring-anthropic"


async def handed(bench: Bench, options: str = PUPPET) -> PuppetSession:
    """Thread 1, in its first turn, given to another agent that has been told; its session."""
    await bench.spawn(1)
    before = bench.session(1)
    ack = await bench.order(f"reassign #1 {options} --now", by="player")
    assert not ack.refused, ack.refused
    await bench.until(lambda: bench.session(1) is not before and bool(bench.session(1).prompts))
    await bench.reaches(1, "running")
    return before


async def test_another_agent_is_told_and_settles_with_its_first_turn(bench: Bench) -> None:
    old = await handed(bench)
    new = bench.session(1)
    assert not old.alive
    assert "stop freeze" in old.calls
    assert new.epoch == old.epoch + 1
    assert len(new.prompts) == 1
    assert "quoted data from thread" in new.prompts[0]
    assert "do it" in new.prompts[0]
    head = bench.head(1)
    assert (head.agent, head.account, head.driver) == ("puppet", "sparring-anthropic", "claude")
    assert head.handing is not None
    assert head.handing.step == "settle"
    assert head.handing.form == "digest"
    assert head.hold == ()
    assert head.epoch == new.epoch
    lease = holder(bench.engine.parts.folders.data / "threads" / "1")
    assert lease is not None
    assert lease.epoch == new.epoch
    await bench.ended(1)
    await bench.until(lambda: bench.head(1).handing is None)
    events = await bench.events(1)
    made = [e for e in events if isinstance(e, Reassigned)]
    assert len(made) == 1
    assert made[0].old.agent == "native"
    assert [e for e in events if isinstance(e, ReassignSettled)]
    closed = [e.why for e in events if isinstance(e, SessionClosed)]
    assert closed == ["replaced"]
    triggers = [e.trigger for e in events if isinstance(e, TurnStarted)]
    assert triggers == ["player", "handover"]
    ends = [e for e in events if isinstance(e, TurnEnded)]
    assert [e.cause for e in ends] == ["handover", ""]
    marks = [e.mark.why for e in events if isinstance(e, CheckpointMade)]
    assert marks == ["reassign"]
    assert refusal(await bench.order("go-back #1")) == "NoHandover"


async def test_a_target_that_does_not_open_changes_nothing(bench: Bench) -> None:
    await bench.spawn(1)
    old = bench.session(1)
    bench.driver.fails.append(AgentFailed("missing", "it is not here"))
    await bench.order(f"reassign #1 {PUPPET} --now", by="player")
    await bench.until(lambda: bench.head(1).handing is None)
    await bench.reaches(1, "running")
    assert bench.session(1) is old
    assert old.alive
    assert old.level is None
    assert old.prompts == ["do it"]
    head = bench.head(1)
    assert (head.agent, head.hold) == ("native", ())
    [failed] = [e for e in await bench.events(1) if isinstance(e, ReassignFailed)]
    assert failed.step == "open"
    assert "not here" in failed.why
    assert failed.seat is None
    await bench.ended(1)


async def test_a_target_that_crashes_in_its_first_turn_leaves_the_old_one_working(
    bench: Bench,
) -> None:
    await handed(bench)
    bench.session(1).end("crashed", error="killed from outside")
    await bench.until(lambda: bench.head(1).agent == "native")
    await bench.until(lambda: bench.session(1).start.launch is None)
    await bench.prompted(1)
    back = bench.session(1)
    assert [m.text for m in back.start.history] == ["do it"]
    assert back.epoch == 3
    await bench.reaches(1, "running")
    assert bench.head(1).handing is None
    assert bench.head(1).hold == ()
    [failed] = [e for e in await bench.events(1) if isinstance(e, ReassignFailed)]
    assert failed.step == "settle"
    assert failed.seat is not None
    assert failed.seat.agent == "native"
    await bench.ended(1)
    assert bench.head(1).results == 1


async def test_undo_takes_it_back_with_the_files_and_keeps_what_was_changed(
    in_git: Bench,
) -> None:
    bench = in_git
    await bench.spawn(1)
    tree = Path(bench.head(1).workspace)
    (tree / "readme.txt").write_text("half done\n")
    old = bench.session(1)
    await bench.order(f"reassign #1 {PUPPET} --now", by="player")
    await bench.until(lambda: bench.session(1) is not old and bool(bench.session(1).prompts))
    (tree / "readme.txt").write_text("ruined\n")
    (tree / "new.txt").write_text("new\n")
    await bench.order("undo", by="player")
    await bench.until(lambda: bench.head(1).agent == "native" and bench.state(1) == "running")
    assert (tree / "readme.txt").read_text() == "half done\n"
    assert not (tree / "new.txt").exists()
    marks = {e.mark.why: e.mark for e in await bench.events(1) if isinstance(e, CheckpointMade)}
    assert set(marks) == {"reassign", "rollback"}
    shown = await bench.engine.parts.checkpoints.since(str(tree), marks["rollback"].commit)
    assert {one.path for one in shown.files} == {"readme.txt", "new.txt"}


async def drafting(bench: Bench) -> PuppetSession:
    """A reassign of thread 1 whose text waits; the source's session."""
    await bench.spawn(1)
    old = bench.session(1)
    await bench.order(f"reassign #1 {PUPPET}", by="player")
    await bench.until(lambda: step(bench) == "edit")
    return old


def step(bench: Bench) -> str:
    """How far it is."""
    handing = bench.head(1).handing
    return handing.step if handing is not None else ""


async def test_the_text_waits_to_be_edited_and_goes_as_given(bench: Bench) -> None:
    old = await drafting(bench)
    assert bench.state(1) == "paused"
    assert refusal(await bench.order("reassign #1 --model sparring-large")) == "HandingOver"
    assert refusal(await bench.order("fork #1")) == "HandingOver"
    assert refusal(await bench.order("model #1 --to sparring-large")) == "HandingOver"
    for order in ("hibernate #1", "take #1", "compact #1"):
        assert refusal(await bench.order(order)) == "HandingOver"
    await bench.order('hand-over #1 "GOAL mine"')
    await bench.until(lambda: bench.session(1) is not old and bool(bench.session(1).prompts))
    assert "GOAL mine" in bench.session(1).prompts[0]
    assert refusal(await bench.order('hand-over #1 "late"')) == "NoHandover"
    texts = [e.text for e in await bench.events(1) if isinstance(e, HandoffDrafted) and e.text]
    assert texts[-1] == "GOAL mine"


async def test_undo_while_the_text_waits(bench: Bench) -> None:
    old = await drafting(bench)
    await bench.order("undo", by="player")
    await bench.reaches(1, "running")
    assert bench.session(1) is old
    assert old.level is None
    assert bench.head(1).handing is None


@pytest.mark.parametrize("order", ["pause #1", "kill #1 --now", "freeze #1"])
async def test_other_orders_while_the_text_waits(bench: Bench, order: str) -> None:
    old = await drafting(bench)
    ack = await bench.order(order)
    assert not ack.refused, ack.refused
    if order.startswith("kill"):
        await bench.reaches(1, "ended")
        assert not old.alive
        assert bench.head(1).handing is None
        return
    await bench.order("hand-over #1") if order.startswith("pause") else None
    await bench.until(lambda: order.startswith("freeze") or bench.session(1) is not old)
    if order.startswith("freeze"):
        await bench.reaches(1, "frozen")
        await bench.order("hand-over #1")
        await bench.until(lambda: bench.head(1).handing is None)
        await bench.order("resume #1")
        await bench.reaches(1, "running")
        assert bench.session(1) is old
        return
    await bench.until(lambda: step(bench) == "settle")
    await bench.reaches(1, "paused")
    assert bench.session(1).prompts == []
    await bench.order("resume #1")
    await bench.prompted(1)
    await bench.reaches(1, "running")


async def asked(bench: Bench, name: str) -> dict[str, Any]:
    """What a query answers."""
    found = await QUERIES[name](bench.engine, {"thread": 1})
    assert isinstance(found, dict)
    return found


async def test_who_could_go_on_is_offered_best_first_with_its_price(bench: Bench) -> None:
    await bench.spawn(1)
    found = read(await asked(bench, "seats"), Seats)
    assert found is not None
    now = [one for one in found.offers if one.now]
    assert [(one.agent, one.account) for one in now] == [("native", "sparring-chat")]
    able = [one for one in found.offers if not one.now and not one.why]
    assert {one.account for one in able} >= {"sparring-anthropic", "sparring-ollama"}
    assert all(one.practice for one in able)
    assert any(one.agent == "puppet" and one.form == "digest" for one in able)
    assert next(one for one in able if one.account == "sparring-ollama").form == "items"
    assert found.offers[0].agent == "native"


async def test_the_text_is_shown_and_waits_as_long_as_somebody_types(bench: Bench) -> None:
    await drafting(bench)
    shown = read(await asked(bench, "handoff"), Handoff)
    assert shown is not None
    assert (shown.form, shown.step) == ("digest", "edit")
    assert shown.text.startswith("GOAL")
    assert shown.new is not None
    assert shown.new.agent == "puppet"
    until = (await asked(bench, "editing"))["until"]
    assert until > shown.until
    await bench.until(lambda: (h := bench.head(1).handing) is not None and h.until == until)
    again = read(await asked(bench, "handoff"), Handoff)
    assert again is not None
    assert again.text == shown.text
    await bench.order("hand-over #1")
    await bench.until(lambda: step(bench) == "settle")
    assert (await asked(bench, "editing"))["until"] == 0


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("reassign #1 --host elsewhere --agent puppet", "HostDown"),
        ("reassign #1 --agent nobody", "AgentMissing"),
        ("reassign #1 --agent puppet --account nowhere", "AccountMissing"),
        ("reassign #1 --agent native --account sparring-chat", "NoChange"),
        ("reassign #1 --agent puppet --account sparring-ollama", "TargetInvalid"),
        ("reassign #1 --model gpt-5", "CannotRewriteModel"),
        ("hand-over #1", "NoHandover"),
        ("go-back #1", "NoHandover"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_happens(
    bench: Bench, order: str, reason: str
) -> None:
    await bench.spawn(1)
    assert refusal(await bench.order(order)) == reason
    assert bench.state(1) == "running"


async def test_another_model_of_the_same_account_is_only_another_model(bench: Bench) -> None:
    await bench.spawn(1)
    ack = await bench.order("reassign #1 --model sparring-large", by="player")
    assert not ack.refused
    assert bench.head(1).model == "sparring-large"
    assert bench.head(1).handing is None
    assert bench.state(1) == "running"
    assert "Reassigned" not in await bench.names(1)


async def test_our_own_loop_goes_on_with_the_conversation_on_another_wire(bench: Bench) -> None:
    await bench.spawn(1)
    bench.session(1).say("It is plum.")
    await bench.ended(1)
    old = bench.session(1)
    await bench.order("reassign #1 --account sparring-anthropic --now", by="player")
    await bench.until(lambda: bench.session(1) is not old and bool(bench.session(1).prompts))
    new = bench.session(1)
    assert [m.text for m in new.start.seed] == ["do it"]
    assert new.start.history == ()
    await bench.until(lambda: step(bench) == "settle")
    assert bench.head(1).handing is not None
    assert bench.head(1).handing.form == "items"  # type: ignore[union-attr]  # see the line above
    assert bench.head(1).account == "sparring-anthropic"


async def crashed_at(bench: Bench, step_: str) -> Bench:
    """A reassign, and the engine lost at one of its steps; the engine after it."""
    await bench.spawn(1)
    if step_ == "open":
        bench.driver.ready.clear()
        await bench.order(f"reassign #1 {PUPPET} --now", by="player")
        await bench.until(lambda: 1 in bench.driver.blocked)
    elif step_ == "edit":
        await bench.order(f"reassign #1 {PUPPET}", by="player")
    else:
        await bench.order(f"reassign #1 {PUPPET} --now", by="player")
    await bench.until(lambda: step(bench) == step_)
    if step_ == "settle":
        await bench.until(lambda: bench.session(1).start.launch is not None)
        await bench.prompted(1)
    return await bench.again()


@pytest.mark.parametrize("at", ["edit", "open", "settle"])
async def test_a_lost_engine_leaves_one_who_goes_on(bench: Bench, at: str) -> None:
    after = await crashed_at(bench, at)
    try:
        await after.reaches(1, "running")
        head = after.head(1)
        assert head.hold == ()
        session = after.session(1)
        if at == "settle":
            assert head.agent == "puppet"
            assert "quoted data" in session.prompts[0]
            await after.ended(1)
        else:
            assert head.agent == "native"
            assert session.start.launch is None
        await after.until(lambda: after.head(1).handing is None)
        assert after.driver.opened == [session.start]
    finally:
        await after.close()


async def test_the_new_agent_has_ten_minutes_to_show_itself(bench: Bench) -> None:
    await handed(bench)
    engine = bench.engine
    wall = engine.parts.clock.wall()
    engine.handovers.tick(wall)
    engine.handovers.tick(wall + 599 * NS)
    assert step(bench) == "settle"
    engine.handovers.tick(wall + 601 * NS)
    await bench.until(lambda: bench.session(1).start.launch is None and step(bench) == "")
    await bench.reaches(1, "running")
    assert bench.head(1).agent == "native"


async def told(bench: Bench, before: PuppetSession) -> None:
    """Wait until another session has had its prompt."""
    await bench.until(lambda: bench.session(1) is not before and bool(bench.session(1).prompts))


async def test_several_in_a_row_each_know_only_what_they_were_given(bench: Bench) -> None:
    await bench.spawn(1)
    await bench.ended(1)
    for account in ("sparring-anthropic", "sparring-ollama", "sparring-chat"):
        old = bench.session(1)
        await bench.order(f"reassign #1 --agent native --account {account} --now", by="player")
        await told(bench, old)
        assert bench.session(1).start.seed[0].text.startswith("do it")
        await bench.ended(1)
        await bench.until(lambda: step(bench) == "")
    turns = [e.trigger for e in await bench.events(1) if isinstance(e, TurnStarted)]
    assert turns == ["player", "handover", "handover", "handover"]
