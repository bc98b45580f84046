"""The plan editor: by keys alone and by mouse alone; what comes from a planner, what is kept."""

import asyncio
from typing import Any

import pytest
import scene_shaping as shaping
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from scene_shaping import ONE
from stage import NO_KEYS, Scene, Stage

from commandcenter.core.orders import Propose, Split
from commandcenter.hud.shaping import Proposal
from commandcenter.rules.plans import read_plan
from commandcenter.testing.worlds import NOW
from commandcenter.ui.plan_editor import PlanEditor

pytestmark = pytest.mark.qt


@pytest.fixture
def stage(loop: asyncio.AbstractEventLoop) -> Stage:
    return Stage(Scene(shaping.planned(), NOW, queries=dict(shaping.ANSWERS)), loop)


def run(stage: Stage, scenario: Any) -> None:
    async def whole() -> None:
        await stage.open()
        try:
            stage.screen.select((ONE,), ONE)
            await stage.settle()
            await scenario()
        finally:
            await stage.close()

    stage.loop.run_until_complete(asyncio.wait_for(whole(), 20))


def editor(stage: Stage) -> PlanEditor:
    sheet = stage.screen.sheet
    assert isinstance(sheet, PlanEditor)
    return sheet


def order(stage: Stage) -> Split:
    given = stage.link.sent[-1].order
    assert isinstance(given, Split)
    return given


async def write(stage: Stage, text: str) -> None:
    field = stage.window.overlay.form.editor
    await stage.outside(lambda: QTest.keyClicks(field, text))
    await stage.settle()


async def click(stage: Stage, key: str, right: bool = False) -> None:
    """A field or a button of the form, by mouse."""
    overlay = stage.window.overlay
    item = next(one for one in overlay.items() if one.key == key)
    button = Qt.MouseButton.RightButton if right else Qt.MouseButton.LeftButton
    point: QPoint = overlay.real(item.rect).center()
    await stage.outside(lambda: QTest.mouseClick(overlay, button, NO_KEYS, point))
    await stage.settle()


def nobody(stage: Stage) -> None:
    """No planner answers."""
    stage.link.queries["proposal"] = shaping.plain(Proposal(error="it said nonsense"))


async def one_more_and_one_less(stage: Stage) -> None:
    """Another child, which goes again; then it starts by nothing but its chord."""
    await stage.keys("Mod+N")
    await write(stage, "Say it")
    assert len(editor(stage).draft.columns) == 3
    await stage.keys("Mod+Shift+N")
    assert len(editor(stage).draft.columns) == 2
    sent = len(stage.link.sent)
    await stage.keys("Return")
    assert len(stage.link.sent) == sent
    await stage.keys("Mod+Return")


def test_by_keys_alone(stage: Stage) -> None:
    nobody(stage)

    async def scenario() -> None:
        await stage.keys("S", "2")
        assert isinstance(stage.link.sent[0].order, Propose)
        assert stage.screen.mode == "overlay"
        assert "drawing up" in editor(stage).about()
        stage.clock.step(2)
        await stage.settle()
        assert "type the tasks yourself" in editor(stage).about()
        await write(stage, "Reserve first")
        await stage.keys("Tab")
        await write(stage, "One place alone")
        await stage.keys("Return")
        await write(stage, "second line")
        await stage.keys("Tab")
        await write(stage, "src/a.py")
        await stage.keys("Tab")
        await write(stage, "3")
        await stage.keys("Tab", "Right")
        assert editor(stage).draft.columns[0].model == "claude-haiku"
        await stage.keys("Alt+Right", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
        assert editor(stage).at == "1:title"
        await write(stage, "Release")
        await stage.keys("Tab", "Tab")
        await write(stage, "src/a.py")
        assert editor(stage).cells(1000, 400)[2].warn == "also in 2: a.py"
        await one_more_and_one_less(stage)
        plan = read_plan(order(stage).plan)
        assert [one.title for one in plan.tasks] == ["Reserve first", "Release"]
        assert plan.tasks[0].brief == "One place alone\nsecond line"
        assert (plan.tasks[0].weight, plan.tasks[0].files) == (3.0, ("src/a.py",))
        assert stage.screen.mode == "map"
        assert stage.screen.drafts[f"plan:{ONE}"] == ""

    run(stage, scenario)


def test_by_mouse_alone(stage: Stage) -> None:
    nobody(stage)

    async def scenario() -> None:
        card = stage.window.card

        async def place(name: str) -> None:
            page = stage.screen.card_page()
            slot = next(one.slot for one in page.places if one and one.name == name)
            point = card.real(card.places()[slot]).center()
            left = Qt.MouseButton.LeftButton
            await stage.outside(lambda: QTest.mouseClick(card, left, NO_KEYS, point))
            await stage.settle()

        await place("Split")
        await place("Type it")
        for child in range(2):
            await click(stage, f"{child}:title")
            await write(stage, f"task {child}")
        await click(stage, "1:seat")
        await click(stage, "1:seat")
        assert editor(stage).draft.columns[1].agent == "claude"
        await click(stage, "1:seat", right=True)
        assert editor(stage).draft.columns[1].agent == ""
        await click(stage, "add")
        assert len(editor(stage).draft.columns) == 3
        await click(stage, "start")
        assert "child 3" in editor(stage).about()
        await click(stage, "2:title")
        await click(stage, "remove")
        await click(stage, "start")
        assert len(read_plan(order(stage).plan).tasks) == 2

    run(stage, scenario)


def test_the_plan_comes_while_it_stands_there(stage: Stage) -> None:
    stage.link.queries["proposal"] = shaping.plain(Proposal(drawing=True, since=NOW))

    async def scenario() -> None:
        await stage.keys("S", "3")
        assert "drawing up a plan" in editor(stage).about()
        stage.clock.step(4)
        assert "4 s" in editor(stage).about()
        before = stage.view()
        stage.link.queries["proposal"] = shaping.plain(shaping.waiting(shaping.PLAN, 9_999))
        stage.screen.changed()
        await stage.settle()
        await stage.settle()
        assert editor(stage).draft.columns[0].title == "Reserve first"
        assert stage.view() == before

    run(stage, scenario)


def test_typed_words_are_never_overwritten(stage: Stage) -> None:
    stage.link.queries["proposal"] = shaping.plain(Proposal(drawing=True, since=NOW))

    async def scenario() -> None:
        await stage.keys("S", "3")
        await write(stage, "my own")
        stage.link.queries["proposal"] = shaping.plain(shaping.waiting(shaping.PLAN, 9_999))
        stage.clock.step(2)
        stage.screen.changed()
        await stage.settle()
        await stage.settle()
        assert editor(stage).draft.columns[0].title == "my own"
        assert [one.name for one in editor(stage).buttons()][2] == "Take the plan"
        await stage.keys("Mod+R")
        assert editor(stage).draft.columns[0].title == "Reserve first"

    run(stage, scenario)


def test_esc_keeps_the_draft_and_a_digit_asks_twice_before_it_goes(stage: Stage) -> None:
    nobody(stage)

    async def scenario() -> None:
        await stage.keys("S", "2")
        await write(stage, "kept")
        await stage.keys("Esc")
        assert stage.screen.mode == "map"
        await stage.keys("S")
        page = stage.screen.page
        assert page is not None
        draft = page.at(4)
        assert draft is not None
        assert draft.name == "Your draft"
        await stage.keys("3")
        assert stage.screen.mode == "subcard"
        assert stage.screen.notice is not None
        assert "your draft" in stage.screen.notice.text
        await stage.keys("T")
        assert editor(stage).draft.columns[0].title == "kept"
        await stage.keys("Esc", "S", "3", "3")
        assert editor(stage).draft.columns[0].title == ""

    run(stage, scenario)


def test_more_than_five_want_the_second_press(stage: Stage) -> None:
    nobody(stage)
    stage.link.queries["shares"] = {}

    async def scenario() -> None:
        await stage.keys("S", "W", "6")
        assert stage.screen.mode == "subcard"
        assert not [one for one in stage.link.sent if isinstance(one.order, Split)]
        await stage.keys("6")
        assert order(stage) == Split(f"#{ONE}", 6, "branch")
        assert stage.screen.mode == "map"
        await stage.keys("S", "E", "3")
        assert order(stage) == Split(f"#{ONE}", 3, "scout")

    run(stage, scenario)


def test_a_budget_too_small_is_greyed_with_what_would_do(stage: Stage) -> None:
    stage.link.queries["shares"] = shaping.plain(shaping.SMALL)

    async def scenario() -> None:
        await stage.keys("S", "W", "5")
        assert stage.screen.notice is not None
        assert stage.screen.notice.text == "the budget is too small for that many: 3 would do"
        assert not [one for one in stage.link.sent if isinstance(one.order, Split)]

    run(stage, scenario)


def test_several_threads_are_not_split_at_once(stage: Stage) -> None:
    async def scenario() -> None:
        stage.screen.select((ONE, 7), ONE)
        await stage.keys("S")
        assert stage.screen.mode == "map"
        assert stage.screen.notice is not None
        assert "one thread is split at a time" in stage.screen.notice.text

    run(stage, scenario)


def test_queued_waits_behind_what_it_does(stage: Stage) -> None:
    stage.link.queries["shares"] = {}

    async def scenario() -> None:
        await stage.keys("Shift+S", "W", "3")
        assert stage.orders[-1] == f"split #{ONE} --into 3 --kind branch --queued"

    run(stage, scenario)
