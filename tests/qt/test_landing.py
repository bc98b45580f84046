"""Mod+L: four ways, the second press, comments on lines, what stands there next."""

import asyncio

import pytest
import scene_results as results
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from results_stage import frames, given, keys, land, letters, press, run, stage_of, wait
from scene_results import ONE, THREE, TWO
from stage import NO_KEYS, Stage

from commandcenter.core import refusals as no
from commandcenter.core.events import Landed
from commandcenter.core.orders import Land
from commandcenter.core.shaping import LandHow, Landing
from commandcenter.hud import comments

pytestmark = pytest.mark.qt
FIRST = "src/engine/budget.py"


@pytest.fixture
def stage(loop: asyncio.AbstractEventLoop) -> Stage:
    return stage_of(loop)


def landed(stage: Stage, how: LandHow, thread: int = ONE) -> None:
    stage.link.emit(Landed(Landing(how, "e" * 40, "main")), thread=thread)


def yes(stage: Stage) -> list[bool]:
    """Which landings were given as meant."""
    return [one.yes for one in stage.link.sent if isinstance(one.order, Land)]


def said(stage: Stage, thread: int = ONE) -> list[str]:
    return [one.text for one in comments.of(stage.screen.drafts, thread)]


def test_merge_by_one_key_and_the_next_stands_there(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Mod+L")
        sheet = land(stage)
        assert sheet.thread == ONE
        await keys(stage, "A")
        assert given(stage, "land") == [f"land #{ONE} --as merge"]
        assert sheet.thread == ONE
        landed(stage, "merge")
        await frames(stage)
        assert sheet.thread == THREE
        assert "landed" in sheet.about()
        assert stage.screen.selection.ids == (ONE,)
        await keys(stage, "A")
        assert given(stage, "land")[1:] == []
        assert "changed" in sheet.about()
        await wait(stage, 0.6)
        await keys(stage, "A")
        assert given(stage, "land")[1:] == [f"land #{THREE} --as merge"]

    run(stage, (ONE,), scenario)


@pytest.mark.parametrize(
    ("why", "key"), [(no.NotVerified(), "A"), (no.LandAsked("its files go back"), "X")]
)
def test_without_green_and_to_discard_it_takes_two(stage: Stage, why: no.Reason, key: str) -> None:
    stage.link.doubts["land"] = why

    async def scenario() -> None:
        await keys(stage, "Mod+L", key)
        assert land(stage).about().startswith(why.text())
        await keys(stage, key)
        assert yes(stage) == [False, True]

    run(stage, (ONE,), scenario)


def test_a_held_key_lands_nothing(stage: Stage) -> None:
    stage.link.doubts["land"] = no.LandAsked("its files go back")

    async def scenario() -> None:
        await keys(stage, "Mod+L", "X")
        for _ in range(40):
            stage.clock.step(0.05)
            stage.hold("X")
        await frames(stage)
        assert len(given(stage, "land")) == 1

    run(stage, (ONE,), scenario)


def test_a_pull_request_is_edited_and_asked_twice(stage: Stage) -> None:
    stage.link.doubts["land"] = no.LandAsked("pushes it to origin")

    async def scenario() -> None:
        await keys(stage, "Mod+L", "S")
        cells = land(stage).cells(1200, 500)
        assert [one.text.split("\n")[0] for one in cells] == [
            "Reserve before a request is sent",
            "The estimate is held before a request goes out, so that two requests never share a",
        ]
        await letters(stage, " out")
        await keys(stage, "Tab")
        await letters(stage, "!")
        await keys(stage, "Mod+Return")
        assert stage.link.sent[-1].order.text.startswith("Reserve before a request is sent out\n\n")
        await keys(stage, "Mod+Return")
        assert yes(stage) == [False, True]
        await keys(stage, "Esc", "S")
        assert land(stage).cells(1200, 500)[0].text == "Reserve before a request is sent out"
        await keys(stage, "Esc", "Esc")
        assert stage.screen.modes == ["map"]

    run(stage, (ONE,), scenario)


def test_comments_are_typed_below_lines_and_sent_back(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Mod+L", "Down", "Down", "Down", "Return")
        assert land(stage).typing
        await letters(stage, "asd v x: why?")
        await keys(stage, "Return")
        assert said(stage) == ["asd v x: why?"]
        assert given(stage, "land") == given(stage, "verify") == []
        await keys(stage, "Right", "Down", "Down", "Return")
        await letters(stage, "two senders")
        await keys(stage, "Return", "D")
        text = stage.link.sent[-1].order.text
        assert text.split("\n") == [
            f"{FIRST}:87 (removed): asd v x: why?",
            "> - r = await self.http.post(req)",
            "tests/test_budget.py:2: two senders",
            "> + sender.limit = 1200",
        ]
        assert len(said(stage)) == 2
        landed(stage, "back")
        await frames(stage)
        assert said(stage) == []

    run(stage, (ONE,), scenario)


def test_comments_are_edited_and_removed_by_mouse_alone(stage: Stage) -> None:
    results.commented(stage)

    async def scenario() -> None:
        await keys(stage, "Mod+L")
        await press(stage, f"comment {FIRST}:87")
        await letters(stage, "!")
        await keys(stage, "Return")
        assert said(stage)[0].endswith("estimate!")
        await press(stage, "drop tests/test_budget.py:3")
        assert len(said(stage)) == 1
        await press(stage, "way back")
        assert stage.link.sent[-1].order.text.startswith(f"{FIRST}:87: reserve")

    run(stage, (ONE,), scenario)


def test_esc_leaves_a_comment_as_it_was_and_an_emptied_one_is_gone(stage: Stage) -> None:
    results.commented(stage)

    async def scenario() -> None:
        await keys(stage, "Mod+L")
        await press(stage, f"comment {FIRST}:87")
        await letters(stage, "no")
        await keys(stage, "Esc")
        assert said(stage)[0] == results.SAID[0].text
        assert land(stage).thread == ONE
        await press(stage, f"comment {FIRST}:87")
        await keys(stage, "Mod+A", "Backspace", "Return")
        assert len(said(stage)) == 1

    run(stage, (ONE,), scenario)


def test_without_comments_words_are_asked_for(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Mod+L", "D", "Mod+Return")
        assert stage.orders == []
        assert "say what is to be done" in land(stage).about()
        await letters(stage, "say why")
        await keys(stage, "Mod+Return")
        assert stage.orders == [f'land #{ONE} "say why" --as back']

    run(stage, (ONE,), scenario)


def test_each_file_for_a_second_is_seen_and_next_goes_on(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Mod+L")
        await wait(stage, 0.6)
        assert given(stage, "seen") == []
        await wait(stage, 1.1)
        assert given(stage, "seen") == [f"seen #{ONE} --diff"]
        assert land(stage).shown.lines[2].text == "its diff was looked at"
        await keys(stage, "'")
        assert land(stage).thread == THREE
        await wait(stage, 1.0)
        await keys(stage, "V")
        assert given(stage, "verify") == []
        assert "again stops it" in land(stage).about()
        await keys(stage, "V", "C")
        assert given(stage, "verify") == [f"verify #{THREE} --stop"]
        assert given(stage, "critic") == [f"critic #{THREE}"]

    run(stage, (ONE,), scenario)


def test_when_nothing_is_left_it_says_so(loop: asyncio.AbstractEventLoop) -> None:
    world = results.landed(results.finished())
    stage = stage_of(loop, world)

    async def scenario() -> None:
        await keys(stage, "Mod+L", "A")
        landed(stage, "merge", THREE)
        await frames(stage)
        sheet = land(stage)
        assert sheet.thread == 0
        assert sheet.about() == "test-a10 landed in main; nothing more to look at"
        assert sheet.buttons() == ()
        await keys(stage, "A", "X", "Return", "Tab")
        assert len(given(stage, "land")) == 1
        await keys(stage, "Esc")
        assert stage.screen.modes == ["map"]

    run(stage, (THREE,), scenario)


def test_land_is_behind_more_and_with_nobody_selected_takes_the_oldest(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Mod+L")
        assert land(stage).thread in results.SIDES
        await keys(stage, "Esc")
        stage.screen.select((TWO,), TWO)
        await keys(stage, "B", "Z")
        assert land(stage).thread == TWO

    run(stage, (), scenario)


def test_a_way_that_cannot_be_says_why(stage: Stage) -> None:
    told = stage.link.queries["landing"]

    def without(thread: int) -> object:
        found = told(thread)
        no_gh = {"why": "gh is not installed", "mend": "install it"}
        ways = [one | no_gh if one["how"] == "pr" else one for one in found["ways"]]
        return found | {"ways": ways}

    stage.link.queries["landing"] = without

    async def scenario() -> None:
        await keys(stage, "Mod+L", "S")
        assert land(stage).about() == "gh is not installed; install it"
        assert land(stage).writes is None

    run(stage, (ONE,), scenario)


# --- in the inspector --------------------------------------------------------------------------


def test_a_line_of_the_inspector_takes_a_comment_by_key(stage: Stage) -> None:
    async def scenario() -> None:
        stage.screen.tab = "Diff"
        await frames(stage)
        regions = stage.window.actions_table.regions
        regions.go("inspector")
        item = next(one for one in regions.items("inspector") if one.key == f"line {FIRST}:87")
        assert item.name == "added line 87:         hold = self.reserve(req.estimate)"
        regions._focus["inspector"] = item.key
        await keys(stage, "Return")
        assert stage.screen.modes == ["map", "panel", "composer"]
        await letters(stage, "why A? / #1")
        await keys(stage, "Return")
        assert said(stage) == ["why A? / #1"]
        assert stage.screen.modes == ["map", "panel"]
        assert stage.orders == []
        await keys(stage, "Return")
        await letters(stage, "xyz")
        await keys(stage, "Esc")
        assert said(stage) == ["why A? / #1"]
        assert stage.screen.modes == ["map", "panel"]

    run(stage, (ONE,), scenario)


def test_another_threads_diff_keeps_what_was_typed(stage: Stage) -> None:
    async def scenario() -> None:
        stage.screen.tab = "Diff"
        await frames(stage)
        line = (FIRST, 87, False)
        stage.window.actions_table.commenting.open(stage.window.inspector.diff, line, "hold")
        await letters(stage, "half a th")
        stage.screen.select((TWO,), TWO)
        await frames(stage)
        assert said(stage) == ["half a th"]
        assert stage.screen.mode == "map"

    run(stage, (ONE,), scenario)


def test_a_click_on_a_line_writes_and_the_screen_reader_hears_it(stage: Stage) -> None:
    async def scenario() -> None:
        stage.screen.tab = "Diff"
        await frames(stage)
        view = stage.window.inspector.diff
        item = next(one for one in view.items() if one.key == f"line {FIRST}:87")
        point = item.rect.translated(-view.pos()).center()
        left, port = Qt.MouseButton.LeftButton, view.viewport()
        await stage.outside(lambda: QTest.mouseClick(port, left, NO_KEYS, point))
        await frames(stage)
        assert view.field.isVisible()
        await letters(stage, "by mouse")
        await keys(stage, "Return")
        assert said(stage) == ["by mouse"]
        await keys(stage, "Mod+L")
        heard = [one.name for one in stage.window.overlay.items()]
        assert any(one.endswith("; you: by mouse") for one in heard)
        assert any(one.startswith("Discard, puts 4 changed files") for one in heard)

    run(stage, (ONE,), scenario)
