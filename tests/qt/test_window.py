"""The link lost and found, what is kept between runs, latencies, panels, the mouse on panels."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.hud.layout import panels
from commandcenter.testing.worlds import NOW, demo_world

pytestmark = pytest.mark.qt


@played
async def test_panels_lie_as_the_layout_says(stage: Stage) -> None:
    window, found = stage.window, panels(1920, 1080)
    for part, box in (
        (window.bar, found.bar),
        (window.map, found.map),
        (window.inspector, found.inspector),
        (window.minimap, found.minimap),
        (window.alerts, found.alerts),
        (window.selection, found.selection),
        (window.card, found.card),
    ):
        assert part.geometry().getRect() == (box.x, box.y, box.w, box.h)
    await stage.keys("\\")
    assert not window.inspector.isVisible()
    assert window.map.width() == panels(1920, 1080, inspector=False).map.w


@played
async def test_a_narrow_window_lays_the_inspector_over_the_map(stage: Stage) -> None:
    stage.window.resize(1100, 700)
    await stage.settle()
    assert stage.window.inspector.geometry().intersects(stage.window.map.geometry())
    assert stage.window.card.isVisible()


@played
async def test_a_lost_link_is_said_at_once_and_nothing_is_queued(stage: Stage) -> None:
    stage.screen.select((1,))
    stage.link.lose()
    await stage.settle()
    assert stage.window.banner.isVisible()
    assert stage.window.card.shown.dead
    await stage.keys("E", "X")
    assert stage.orders == []
    stage.link.regain()
    await stage.settle()
    assert not stage.window.banner.isVisible()
    assert stage.orders == []
    assert stage.screen.selection.ids == (1,)


@played
async def test_an_order_without_answer_goes_again_with_its_id(stage: Stage) -> None:
    stage.screen.select((1,))
    stage.link.open_door.clear()
    await stage.key("E")
    await asyncio.sleep(0)
    stage.link.lose()
    stage.link.open_door.set()
    stage.link.regain()
    await stage.settle()
    assert len({given.id for given in stage.link.sent}) == 1
    assert stage.link.world.threads[1].state == "paused"


@played
async def test_an_order_is_pending_until_the_mirror_shows_it(stage: Stage) -> None:
    stage.screen.select((1,))
    stage.link.open_door.clear()
    await stage.key("E")
    await asyncio.sleep(0)
    stage.window.refresh.frames.flush()
    assert stage.window.map.scene.pending == {1}
    stage.link.open_door.set()
    await stage.settle()
    assert stage.window.map.scene.pending == frozenset()


@played
async def test_a_key_is_stamped_from_its_event_to_its_paint(stage: Stage) -> None:
    stage.screen.select((1, 2))
    await stage.keys("E", "W")
    found = stage.window.latencies
    assert [one.verb for one in found] == ["pause", "interrupt"]
    assert all(one.key <= one.acked <= one.painted for one in found)


def test_view_and_drafts_outlive_the_screen(loop: object, tmp_path: Path) -> None:
    def scene() -> Scene:
        return Scene(demo_world(5, 24), NOW, state=tmp_path)

    @played
    async def first(stage: Stage) -> None:
        stage.screen.select((3, 4), 4)
        await stage.keys("Q")
        await stage.type("keep this")
        await stage.keys("Esc", "=", "Shift+\\")

    @played
    async def second(stage: Stage) -> None:
        assert stage.screen.selection.ids == (3, 4)
        assert stage.screen.selection.active == 4
        assert stage.screen.tab == "Diff"
        assert stage.window.map.locked
        assert stage.orders == []
        await stage.keys("Q")
        assert stage.window.selection.composer.text == "keep this"

    first(Stage(scene(), loop))
    saved = msgspec.json.decode((tmp_path / "screen.json").read_bytes())
    assert saved["selection"] == [3, 4]
    second(Stage(scene(), loop))


def test_an_unreadable_view_is_as_none(loop: object, tmp_path: Path) -> None:
    (tmp_path / "screen.json").write_text("{broken")

    @played
    async def scenario(stage: Stage) -> None:
        assert stage.screen.selection.ids == ()

    scenario(Stage(Scene(demo_world(1, 6), NOW, state=tmp_path), loop))


@played
async def test_the_mouse_alone_reaches_card_tabs_members_groups_and_alerts(stage: Stage) -> None:
    window, left = stage.window, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    stage.screen.select((1, 2))
    await stage.settle()
    pause = window.card.places()[2].center()
    await stage.outside(lambda: QTest.mouseClick(window.card, left, none, pause))
    await stage.settle()
    assert stage.orders == ["pause #1,#2"]
    tab = next(place for name, place in window.inspector._tab_places if name == "Diff")
    await stage.outside(lambda: QTest.mouseClick(window.inspector, left, none, tab.center()))
    assert stage.screen.tab == "Diff"
    await stage.outside(lambda: QTest.mouseClick(window.selection, left, none, QPoint(150, 80)))
    assert stage.screen.selection.ids == (2,)
    await stage.outside(lambda: QTest.mouseClick(window.selection, left, none, QPoint(30, 20)))
    assert set(stage.screen.selection.ids) == set(stage.link.world.groups[1])
    row = window.alerts.place(0).center()
    await stage.outside(lambda: QTest.mouseClick(window.alerts, left, none, row))
    assert stage.screen.mode == "approval"
    assert stage.screen.deck.shown is not None


@played
async def test_text_of_the_shown_thread_arrives_and_others_do_not(stage: Stage) -> None:
    stage.link.emit(ev.TextAdded(1, "before"), thread=1)
    stage.screen.select((1,))
    await stage.settle()
    assert stage.link.watched == {1}
    stage.link.emit(ev.TextAdded(1, " and after"), thread=1)
    stage.link.emit(ev.TextAdded(1, "elsewhere"), thread=2)
    await stage.settle()
    blocks = stage.window.inspector.transcript.transcript.blocks
    assert [line.text for block in blocks for line in block.lines] == ["before and after"]


@played
async def test_diff_is_asked_when_its_tab_is_shown_and_again_after_a_tool(stage: Stage) -> None:
    asked: list[int] = []

    def diff(thread: int) -> dict[str, str]:
        asked.append(thread)
        return {"diff": "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n", "why": ""}

    stage.link.queries["diff"] = diff
    stage.screen.select((1,))
    await stage.settle()
    assert asked == []
    await stage.keys("Shift+\\")
    assert asked == [1]
    stage.link.emit(ev.ToolEnded("c", "e", "ok", 5, "h"), thread=1)
    await stage.settle()
    await stage.settle()
    assert asked == [1, 1]
    texts = [one.text for one in stage.texts()]
    assert "+1" in texts
    assert "-1" in texts
