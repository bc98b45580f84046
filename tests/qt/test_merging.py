"""D: where to, side by side, whole or by file; refusals in place; a conflict that is mended."""

import asyncio

import pytest
import scene_results as results
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from results_stage import compare, frames, given, keys, press, run, stage_of, wait
from scene_results import FOUR, ONE, PARENT, SIDES, THREE, TWO
from stage import NO_KEYS, Stage

from commandcenter.core import refusals as no
from commandcenter.core.events import Merged, OrderRefused
from commandcenter.core.shaping import Merging

pytestmark = pytest.mark.qt


@pytest.fixture
def stage(loop: asyncio.AbstractEventLoop) -> Stage:
    return stage_of(loop)


def test_a_child_goes_into_its_parent_by_return(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D")
        assert stage.screen.mode == "target"
        names = [one.name for one in stage.screen.card_page().places if one is not None]
        assert names[:2] == ["fix-a06", "auth-refactor"]
        await keys(stage, "Return")
        assert stage.screen.modes == ["map", "overlay"]
        assert compare(stage).into == f"#{PARENT}"
        assert compare(stage).threads == (ONE, PARENT)
        assert compare(stage).columns[1].note == "GOES INTO"
        await keys(stage, "Mod+Return")
        assert given(stage, "merge") == [f"merge #{ONE} --into #{PARENT}"]
        assert stage.screen.selection.ids == (ONE,)
        await keys(stage, "Esc")
        assert stage.screen.modes == ["map"]

    run(stage, (ONE,), scenario)


def test_a_parents_children_side_by_side_by_keys_alone(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D", "Return")
        sheet = compare(stage)
        assert (sheet.threads, sheet.into) == (SIDES, f"#{PARENT}")
        assert sheet.rows[0].both
        assert [one.path for one in sheet.rows if one.both] == [
            "docs/budget.md",
            "src/engine/budget.py",
        ]
        await keys(stage, "Right", "Down", "Down", "Space", "Down", "Down", "Space")
        assert sheet.marks(1) == (
            "src/engine/budget.py",
            "src/engine/ledger/reservations/open_holds.py",
        )
        await keys(stage, "Up", "Up", "Space")
        await keys(stage, "Mod+Return")
        order = given(stage, "merge")[-1]
        assert order.startswith(f"merge #{TWO} ")
        assert "open_holds.py" in order
        assert "engine/budget.py" not in order

    run(stage, (PARENT,), scenario)


def test_by_mouse_alone(stage: Stage) -> None:
    async def scenario() -> None:
        card = stage.window.card
        left = Qt.MouseButton.LeftButton

        async def place(name: str) -> None:
            page = stage.screen.card_page()
            slot = next(one.slot for one in page.places if one and one.name == name)
            point: QPoint = card.real(card.places()[slot]).center()
            await stage.outside(lambda: QTest.mouseClick(card, left, NO_KEYS, point))
            await frames(stage)

        await place("Merge")
        await place("its 4 children")
        sheet = compare(stage)
        await press(stage, "column 2")
        assert (sheet.column, sheet.row) == (2, -1)
        await press(stage, "box 0 docs/budget.md")
        assert sheet.marks(0) == ("docs/budget.md",)
        await press(stage, "cell 0 src/engine/budget.py")
        await press(stage, "cell 0 src/engine/budget.py")
        assert sheet.aside
        assert stage.window.overlay.form.diff.isVisible()
        await press(stage, "file tests/test_budget.py")
        assert sheet.aside
        await press(stage, "verify")
        await press(stage, "critic")
        assert (given(stage, "verify"), given(stage, "critic")) == (
            [f"verify #{ONE}"],
            [f"critic #{ONE}"],
        )
        await press(stage, "merge")
        assert given(stage, "merge") == [f"merge #{ONE} --into #{PARENT} --files docs/budget.md"]

    run(stage, (PARENT,), scenario)


def test_a_click_on_any_thread_of_the_repository_picks_it(stage: Stage) -> None:
    world = stage.link.world
    world.threads[1] = replace(world.threads[1], repo="/repo")

    async def scenario() -> None:
        await keys(stage, "D")
        await stage.click(2)
        assert stage.screen.mode == "target"
        assert stage.screen.notice is not None
        assert "no files of the same repository" in stage.screen.notice.text
        await stage.click(1)
        await frames(stage)
        assert compare(stage).into == "#1"

    run(stage, (ONE, TWO), scenario)


def test_shift_appends_and_opens_nothing(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "Shift+D", "Q")
        assert stage.screen.sheet is None
        assert stage.orders[-1] == f"merge #{ONE} --into #{PARENT} --queued"

    run(stage, (ONE,), scenario)


def test_a_right_click_compares_with_the_thread_under_it(stage: Stage) -> None:
    async def scenario() -> None:
        stage.window.actions_table.menu.thread(PARENT, QPoint(300, 300))
        page = stage.screen.page
        assert page is not None
        line = next(one for one in page.places if one and one.action == "order.merge")
        assert line.name == "Merge into fix-a06"
        assert stage.link.sent == []
        stage.window.actions_table.commanding.choose(line.slot)
        await frames(stage)
        assert (compare(stage).threads, compare(stage).into) == ((ONE, TWO), f"#{PARENT}")
        assert stage.screen.selection.ids == (ONE, TWO)

    run(stage, (ONE, TWO), scenario)


@pytest.mark.parametrize("why", [no.UnseenWork(1), no.LandAsked("nobody verified it")])
def test_what_is_doubted_is_said_in_place_and_pressed_again(stage: Stage, why: no.Reason) -> None:
    stage.link.doubts["merge"] = why

    async def scenario() -> None:
        await keys(stage, "D", "Return", "Mod+Return")
        assert compare(stage).about().startswith(why.text())
        assert not stage.link.sent[-1].yes
        await keys(stage, "Mod+Return", gap=0.0)
        assert [one.yes for one in stage.link.sent] == [False, True]

    run(stage, (ONE,), scenario)


def test_too_soon_or_too_late_is_no_second_press(stage: Stage) -> None:
    stage.link.doubts["merge"] = no.UnseenWork(1)

    async def scenario() -> None:
        await keys(stage, "D", "Return")
        await keys(stage, "Mod+Return", gap=0.05)
        await keys(stage, "Mod+Return", gap=3.5)
        await keys(stage, "Mod+Return")
        assert [one.yes for one in stage.link.sent] == [False, False, False]
        await keys(stage, "Space", "Down", "Mod+Return")
        assert stage.link.sent[-1].yes

    run(stage, (ONE,), scenario)


def test_other_files_are_another_order(stage: Stage) -> None:
    stage.link.doubts["merge"] = no.UnseenWork(1)

    async def scenario() -> None:
        await keys(stage, "D", "Return", "Mod+Return", "Down", "Space", "Mod+Return")
        assert [one.yes for one in stage.link.sent] == [False, False]

    run(stage, (ONE,), scenario)


def test_what_comes_to_nothing_later_is_said(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D", "Return", "Mod+Return")
        order = stage.link.sent[-1]
        why = no.VerifyFailed("2 failed")
        event = OrderRefused(order.id, {"type": "VerifyFailed"}, why.text(), why.mend())
        stage.link.emit(event, thread=ONE)
        await frames(stage)
        assert compare(stage).about() == f"{why.text()}; {stage.screen.spelled(why.mend())}"
        stage.link.emit(replace(event, id="somebody else's"), thread=ONE)

    run(stage, (ONE,), scenario)


def test_a_conflict_is_shown_and_given_to_a_thread(loop: asyncio.AbstractEventLoop) -> None:
    stage = stage_of(loop, results.finished(clash=True), clash=True)

    async def scenario() -> None:
        await keys(stage, "D", "Return")
        sheet = compare(stage)
        assert sheet.clashes() == ("src/engine/budget.py",)
        await keys(stage, "Mod+Return")
        assert "both sides changed src/engine/budget.py" in sheet.about()
        assert stage.link.sent == []
        await keys(stage, "Down", "Down", "Return")
        diff = stage.window.overlay.form.diff
        assert diff.isVisible()
        shown = [one.name for one in diff.items()]
        assert shown == ["fold src/engine/budget.py"]
        await keys(stage, "Mod+M")
        assert given(stage, "merge") == [f"merge #{ONE} --into #{PARENT} --mend"]

    run(stage, (PARENT,), scenario)


def test_a_second_on_every_file_counts_as_seen(stage: Stage) -> None:
    world = stage.link.world

    async def scenario() -> None:
        await keys(stage, "D", "Return", "Right", "Right", "Right", "Down", "Return")
        sheet = compare(stage)
        assert sheet.thread == FOUR
        assert sheet.rows[0].path == "docs/budget.md"
        await wait(stage, 0.5)
        assert given(stage, "seen") == []
        await wait(stage, 1.1)
        assert given(stage, "seen") == [f"seen #{FOUR} --diff"]
        assert world.threads[FOUR].diff_seen == 1
        await keys(stage, "Left")
        await wait(stage, 1.1)
        assert world.threads[THREE].diff_seen == 0

    run(stage, (PARENT,), scenario)


def test_what_was_said_stands_beside_on_a_name(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D", "Return", "Return")
        names = [one.name for one in stage.window.overlay.form.diff.items()]
        assert names[0].startswith("fold opus doubts it")
        assert "118/118 green" in names[1]
        await keys(stage, "Esc")
        assert compare(stage) is not None
        await keys(stage, "Esc")
        assert stage.screen.sheet is None

    run(stage, (PARENT,), scenario)


def test_nothing_that_happens_moves_the_sheet(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D", "Return", "Right", "Down", "Space")
        sheet, before = compare(stage), stage.view()
        where = (sheet.column, sheet.row, sheet.marks(1), sheet.aside)
        stage.link.emit(Merged(Merging(f"#{PARENT}", commit="f" * 40)), thread=ONE)
        await frames(stage)
        assert (sheet.column, sheet.row, sheet.marks(1), sheet.aside) == where
        assert stage.view() == before
        assert sheet.columns[0].lines[-1].text == "merged into fix-a06"

    run(stage, (PARENT,), scenario)


def test_a_held_key_gives_nothing_again(stage: Stage) -> None:
    async def scenario() -> None:
        await keys(stage, "D", "Return", "V")
        for _ in range(30):
            stage.clock.step(0.1)
            for key in ("V", "C", "Mod+Return", "Return", "Space"):
                stage.hold(key)
        await frames(stage)
        assert stage.orders == [f"verify #{ONE}"]

    run(stage, (ONE,), scenario)


def test_nobody_who_could_take_it(stage: Stage) -> None:
    world = stage.link.world
    world.threads[ONE] = replace(world.threads[ONE], workspace="")

    async def scenario() -> None:
        await keys(stage, "D")
        assert stage.screen.mode == "map"
        assert stage.screen.notice is not None
        assert stage.screen.notice.refused

    run(stage, (ONE,), scenario)
