"""The inspector: its tabs, diffs that are seen, a window of its own, its burn."""

import asyncio

import pytest
from inspected import ANSWERS, LEFT, T, busy_scene, say, shown, words
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from stage import NO_KEYS, Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Row
from commandcenter.ui.feed import Feed

pytestmark = pytest.mark.qt


@pytest.fixture
def scene() -> Scene:
    return busy_scene()


# --- tabs -------------------------------------------------------------------------------------


@played
async def test_every_tab_is_reached_by_key_and_says_what_it_is_for(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    seen = []
    for _ in range(6):
        seen.append(stage.screen.tab)
        await stage.keys("Shift+\\")
    assert seen == ["Transcript", "Diff", "Plan", "Cost", "Policy", "Audit"]
    assert stage.screen.tab == "Transcript"


@played
async def test_the_plan_tab_has_goal_steps_and_loop(stage: Stage) -> None:
    text = await shown(stage, "Plan")
    assert "Respect the budget" in text
    assert "Mend it" in text
    assert "1 of 3 done" in text
    assert "2 of 5" in text


@played
async def test_the_cost_tab_has_two_columns_of_money(stage: Stage) -> None:
    text = await shown(stage, "Cost")
    assert "$0.0123" in text
    assert "paid" in text
    assert "list" in text
    assert "claude-sonnet" in text


@played
async def test_a_grant_is_withdrawn_by_its_button(stage: Stage) -> None:
    text = await shown(stage, "Policy")
    assert "advisory only" in text
    assert "pytest -q" in text
    items = [one for one in stage.window.inspector.items() if one.key.startswith("withdraw")]
    items[0].press()
    await stage.settle()
    assert stage.orders == ["withdraw g1"]
    view = stage.window.inspector.page_view
    place = items[0].rect.translated(-view.pos()).center()
    await stage.outside(lambda: QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, place))
    await stage.settle()
    assert stage.orders == ["withdraw g1"] * 2


@played
async def test_the_audit_tab_says_who_and_how_it_went(stage: Stage) -> None:
    text = await shown(stage, "Audit")
    assert "fork #11" in text
    assert "refused" in text
    assert "by you" in text
    assert "\x1b" not in text


@played
async def test_what_happened_since_is_asked_again_at_most_every_other_second(stage: Stage) -> None:
    asked: list[int] = []
    answer = ANSWERS["audit"]
    stage.link.queries["audit"] = lambda thread: (asked.append(thread), answer)[1]
    await shown(stage, "Audit")
    assert asked == [T]
    for _ in range(5):
        stage.link.emit(ev.Answered(1, "allow"), thread=T)
        await stage.settle()
    assert asked == [T]
    stage.clock.step(2.1)
    await stage.settle()
    assert asked == [T, T]


@played
async def test_waiting_is_said_after_a_second_and_nothing_is_invented(stage: Stage) -> None:
    assert "Select a thread to see what it does." in words(stage)
    gate = asyncio.Event()

    async def slow(thread: int, since: int, limit: int) -> list[Row]:
        await gate.wait()
        return []

    stage.link.read = slow  # type: ignore[method-assign,assignment]  # an engine that takes long
    stage.screen.select((T,))
    stage.window.refresh.frames.flush()
    assert "reading" not in words(stage)
    assert "it has said nothing yet" not in words(stage)
    stage.clock.step(1.1)
    stage.window.refresh.frames.flush()
    assert "reading \u2026" in words(stage)
    gate.set()
    await stage.settle()
    assert "it has said nothing yet" in words(stage)


@played
async def test_a_page_claims_nothing_before_it_is_answered(stage: Stage) -> None:
    stage.link.queries.clear()
    for tab in ("Cost", "Policy", "Audit"):
        text = await shown(stage, tab)
        assert "no request was metered yet" not in text
        assert "no order, decision or refusal yet" not in text


# --- diff -------------------------------------------------------------------------------------


@played
async def test_a_diff_that_was_looked_at_is_marked_once(stage: Stage) -> None:
    await shown(stage, "Diff")
    assert not stage.orders
    stage.clock.step(1.1)
    await stage.settle()
    assert stage.orders == [f"seen #{T} --diff"]
    assert "seen" in words(stage)
    stage.clock.step(1.1)
    await stage.settle()
    assert len(stage.orders) == 1


@played
async def test_a_file_folds_by_click_and_a_folded_one_is_not_seen(stage: Stage) -> None:
    await shown(stage, "Diff")
    view = stage.window.inspector.diff
    await stage.outside(lambda: QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, QPoint(60, 20)))
    text = words(stage)
    assert "old = 0" not in text
    assert "old = 1" in text
    assert "folded" in text
    stage.clock.step(1.1)
    await stage.settle()
    assert not stage.orders
    assert not view.read


# --- a window of its own ----------------------------------------------------------------------


@played
async def test_it_pops_out_follows_the_focus_and_returns(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    say(stage, 1, "hello there")
    inspecting = stage.window.actions_table.inspecting
    stage.window.actions_table.do("inspector.pop_out")
    await stage.settle()
    popped = inspecting.popped
    assert popped is not None
    assert popped.isVisible()
    assert popped.panel.view.thread == T
    assert popped.panel.transcript.transcript is stage.window.reading.transcript
    popped.panel.on_tab("Plan")
    await stage.settle()
    assert popped.panel.view.tab == "Plan"
    assert stage.window.inspector.view.tab == "Transcript"
    stage.screen.select((12,))
    await stage.settle()
    assert popped.panel.view.thread == 12
    popped.grab()
    stage.window.actions_table.do("inspector.pop_out")
    await stage.settle()
    assert inspecting.popped is None
    assert stage.window.inspector.isVisible()


@played
async def test_the_burn_chart_says_how_much_it_knows(stage: Stage) -> None:
    stage.screen.select((T,))
    await stage.settle()
    stage.link.emit(ev.HeadMoved("x", 600), thread=T)
    stage.clock.step(3.0)
    await stage.settle()
    view = stage.window.inspector.view
    assert view.chart is not None
    assert sum(view.chart.samples) * 3 >= 600
    assert "peak" in view.burn_words
    assert view.burn_words.split(" · ")[0] in {"5 min", "32 s", "34 s", "35 s"}
    assert NS


@played
async def test_nothing_waits_while_the_engine_is_away(stage: Stage) -> None:
    await shown(stage, "Audit")
    stage.link.emit(ev.Answered(1, "allow"), thread=T)
    stage.link.lose()
    stage.clock.step(5.0)
    await stage.settle()
    panel = stage.window.inspector
    feed = Feed(panel, stage.screen, stage.window.reading, stage.window.refresh.asking)
    feed.show(panel.view, stage.clock.wall())
    assert feed.due == 0.0
