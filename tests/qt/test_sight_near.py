"""Panes with live tails, large families, what the engine does not answer for."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from sighting import busy, write
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.hud.layout import LADDER
from commandcenter.testing.worlds import NOW, plain_world

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(busy(), NOW, state=tmp_path)


# --- panes ------------------------------------------------------------------------------------


@played
async def test_panes_show_the_tail_of_twelve_at_most_and_move_nothing(stage: Stage) -> None:
    for _ in range(8):
        stage.window.map.zoom(1)
    await stage.settle()
    panes = stage.window.sight.panes
    assert 0 < len(panes.threads) <= 12
    assert set(panes.threads) <= stage.link.watched
    before = stage.view()
    thread = panes.threads[0]
    stage.link.emit(ev.TextAdded(1, "the totals differ by one cent"), thread=thread)
    await stage.settle()
    assert [text for text in stage.texts() if text.text.startswith("the totals differ")]
    assert stage.view() == before
    stage.window.map.zoom(-4)
    await stage.settle()
    assert panes.threads == ()
    assert stage.link.watched == frozenset()


# --- many ------------------------------------------------------------------------------------


@played
async def test_large_families_fold_among_dots(stage: Stage) -> None:
    world = plain_world(60, 1)
    world.threads[1] = replace(world.threads[1], children=tuple(range(2, 42)))
    stage.screen.mirror.adopt(world)
    stage.window.refresh.all()
    view = stage.window.map
    view.choose(next(step for step in LADDER if step.w == 18))
    await stage.settle()
    assert len(view.scene.rects) == 60 - 39
    assert [text for text in stage.texts() if text.text == "40"]
    await stage.click(2)
    assert stage.screen.selection.ids == tuple(range(2, 42))


@played
async def test_what_the_engine_does_not_answer_for_is_hatched(stage: Stage) -> None:
    view = stage.window.map
    before = view.grab().toImage()
    stage.link.lose()
    await stage.settle()
    assert view.scene.lost
    assert view.grab().toImage() != before
    stage.link.regain()
    await stage.settle()
    assert not view.scene.lost


@played
async def test_in_target_mode_the_minimap_picks(stage: Stage) -> None:
    picked: list[tuple[int, bool]] = []
    stage.window.minimap.aims = lambda thread, queued: not picked.append((thread, queued))
    minimap, scene = stage.window.minimap, stage.window.map.scene
    area, rect = minimap.ground().adjusted(4, 4, -4, -4), scene.rects[40]
    high = max(scene.layout.height, stage.window.map.viewport().height())
    spot = QPoint(
        area.x() + round(rect.center().x() * area.width() / scene.layout.width),
        area.y() + round(rect.center().y() * area.height() / high),
    )
    await stage.outside(lambda: QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=spot))
    assert picked == [(40, False)]


@played
async def test_the_filter_is_no_order_and_moves_no_camera(stage: Stage) -> None:
    await stage.keys("=", "=", "=")
    before = stage.window.map.saved_camera()
    await stage.keys("/")
    await write(stage, "fix")
    await stage.keys("Return", "Esc")
    assert stage.window.map.saved_camera() == before
    assert stage.orders == []


@played
async def test_a_sectors_head_is_dragged_and_the_order_is_kept(stage: Stage) -> None:
    view = stage.window.map
    slots = {t: view.scene.places.of(t) for t in view.scene.tiles}
    boxes = [sector.box for sector in view.scene.layout.sectors]
    start, end = QPoint(boxes[3].x + 20, boxes[3].y + 12), QPoint(boxes[0].x + 20, boxes[0].y + 80)
    await stage.drag(start, end)
    names = [sector.name for sector in view.scene.layout.sectors]
    assert names == ["perf hunt", "auth-refactor", "billing-api", "docs & release", "research"]
    assert {t: view.scene.places.of(t) for t in view.scene.tiles} == slots, "no slot moved"
    assert stage.screen.selection.ids == ()
    assert stage.screen.saved().sectors == tuple(names)
    boxes = [sector.box for sector in view.scene.layout.sectors]
    start, end = (
        QPoint(boxes[0].x + 20, boxes[0].y + 12),
        QPoint(boxes[4].right - 9, boxes[4].y + 90),
    )
    await stage.drag(start, end)
    assert [sector.name for sector in view.scene.layout.sectors][-1] == "perf hunt"
