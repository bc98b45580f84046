"""The one door: who is answered what, also the second time, and when something breaks."""

import asyncio
from pathlib import Path

import pytest

from commandcenter.core.base import OrderId
from commandcenter.core.events import OrderDone, OrderRefused
from commandcenter.core.orders import Given, Kill, Pause, Rename
from commandcenter.engine.handlers import HANDLERS
from commandcenter.engine.handlers.base import Carried, Handler
from commandcenter.testing.engines import Bench, refusal

KNOWN = OrderId("f" * 32)


async def test_a_repeat_after_a_restart_gets_the_first_answer(bench: Bench, tmp_path: Path) -> None:
    await bench.spawn(2)
    await bench.order("kill #2 --now")
    given = Given(KNOWN, Pause("#1,#2"), "player")
    first = await bench.engine.submit(given)
    assert ([*first.threads], [one.reason for one in first.refused]) == ([1], ["Ended"])
    await bench.engine.carried_out(KNOWN)
    await bench.close()
    bench.gone = True
    bench = await Bench.open(tmp_path / "home", flat=True)
    assert await bench.engine.submit(given) == first
    done = [e for e in await bench.events() if isinstance(e, OrderDone) and e.id == KNOWN]
    assert len(done) == 1
    await bench.close()


async def test_a_refusal_is_repeated_too(bench: Bench, tmp_path: Path) -> None:
    given = Given(KNOWN, Pause("#7"), "player")
    first = await bench.engine.submit(given)
    await bench.crash()
    bench = await Bench.open(tmp_path / "home", flat=True)
    assert await bench.engine.submit(given) == first
    assert first.refused[0].mend
    await bench.close()


async def test_an_order_goes_on_when_its_sender_goes_away(bench: Bench) -> None:
    await bench.spawn()
    given = Given(KNOWN, Pause("#1"), "player")
    sender = asyncio.create_task(bench.engine.submit(given), name="sender")
    await asyncio.sleep(0)
    sender.cancel()
    await bench.reaches(1, "paused")
    again = await bench.engine.submit(given)
    assert again.threads == (1,)
    await bench.engine.carried_out(KNOWN)
    assert not bench.engine._giving, "nothing is kept for a sender that left"


async def breaks(engine: object, carried: Carried, thread: int) -> None:
    raise KeyError("a fault of ours")


async def test_a_fault_in_a_handler_is_a_loud_refusal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.spawn(2)
    monkeypatch.setitem(HANDLERS, "rename", Handler(breaks))
    ack = await bench.order('rename #1,#2 "x"')
    assert ack.threads == (1, 2)
    told = [e for e in await bench.events() if isinstance(e, OrderRefused)]
    assert [e.reason["type"] for e in told] == ["OrderFailed"]
    assert "a fault of ours" in caplog.text
    monkeypatch.setitem(HANDLERS, "rename", Handler(breaks, before=breaks))  # type: ignore[arg-type]  # it raises, whatever it is given
    assert refusal(await bench.order('rename #1 "x"')) == "OrderFailed"
    await bench.order("pause #1")
    assert bench.state(1) == "paused"


async def test_some_receivers_refuse_and_the_others_take_it(bench: Bench) -> None:
    await bench.spawn(3)
    await bench.order("pause #2")
    ack = await bench.order("pause #1,#2,#3")
    assert ack.threads == (1, 3)
    assert [(one.thread, one.reason) for one in ack.refused] == [(2, "NoChange")]
    assert not (await bench.order("resume #2,#9")).threads


async def test_what_becomes_impossible_meanwhile_is_refused_late(bench: Bench) -> None:
    await bench.spawn()
    ids = bench.engine.parts.ids
    kill = Given(OrderId(ids.fresh()), Kill("#1", now=True), "player")
    rename = Given(OrderId(ids.fresh()), Rename("#1", "x"), "player")
    pause = Given(OrderId(ids.fresh()), Pause("#1"), "player")
    await asyncio.gather(*(bench.engine.submit(one) for one in (kill, rename, pause)))
    for one in (kill, rename, pause):
        await bench.engine.carried_out(one.id)
    refused = [e for e in await bench.events() if isinstance(e, OrderRefused)]
    assert [(e.id, e.reason["type"]) for e in refused] == [(pause.id, "Ended")]
    assert bench.state(1) == "ended"


async def test_a_kill_of_what_has_changed_since_it_was_seen_is_stale(bench: Bench) -> None:
    await bench.spawn(2)
    seen = bench.engine.parts.world.seq
    await bench.order("pause #1")
    kill = Given(OrderId(bench.engine.parts.ids.fresh()), Kill("#1,#2"), "player", seen_seq=seen)
    ack = await bench.engine.submit(kill)
    assert ack.threads == (2,)
    assert [(one.thread, one.reason) for one in ack.refused] == [(1, "StaleView")]
    pause = Given(OrderId(bench.engine.parts.ids.fresh()), Pause("#1"), "player", seen_seq=seen)
    assert refusal(await bench.engine.submit(pause)) == "NoChange"


async def test_the_second_press_kills_what_the_first_froze_before_it_is_seen(bench: Bench) -> None:
    await bench.spawn(1)
    seen = bench.engine.parts.world.seq
    await bench.order("freeze #1")
    kill = Given(OrderId(bench.engine.parts.ids.fresh()), Kill("#1"), "player", seen_seq=seen)
    assert (await bench.engine.submit(kill)).threads == (1,)


async def test_many_births_want_the_second_press(bench: Bench) -> None:
    text = f'spawn --repo {bench.repo} --account sparring-chat --count 7 "a" "b" "c"'
    assert refusal(await bench.order(text)) == "TooMany"
    assert not bench.engine.parts.world.threads


async def test_each_newborn_has_a_name_of_its_own(bench: Bench) -> None:
    await bench.spawn(3)
    await bench.order(f'spawn --repo {bench.repo} --account sparring-chat --name fix "do it" "x"')
    names = [head.name for head in bench.engine.parts.world.threads.values()]
    assert names == ["do-it", "do-it-2", "do-it-3", "fix", "fix-2"]
    ack = await bench.order(f'spawn --repo {bench.repo} --account sparring-chat --name "/" "x"')
    assert refusal(ack) == "TargetInvalid"


async def test_orders_of_rules_decide_nothing(bench: Bench) -> None:
    [thread] = await bench.spawn()
    bench.session(thread).run("pip install x")
    await bench.reaches(thread, "waiting")
    assert refusal(await bench.order("approve 1 --danger", by="rule")) == "NotAuthorised"
    await bench.order("pause #1", by="rule")
    undo = [done.order for done in bench.engine.parts.world.undo]
    assert Pause("#1") not in undo
