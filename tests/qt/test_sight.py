"""How the player looks at the map: filter, views, follow, fog, flags, what counts as seen."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from sighting import ME, OTHER, busy, write
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.standing import MapFlag, QueuedOrder
from commandcenter.hud.selection import alike
from commandcenter.testing.worlds import NOW
from commandcenter.ui.state import Store

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(busy(), NOW, state=tmp_path)


def dimmed(stage: Stage) -> int:
    return sum(tile.dimmed for tile in stage.window.map.scene.tiles.values())


# --- filter -----------------------------------------------------------------------------------


@played
async def test_the_filter_dims_while_it_is_typed_and_return_selects(stage: Stage) -> None:
    before = dict(stage.window.map.scene.rects)
    await stage.keys("/")
    assert stage.screen.mode == "composer"
    await write(stage, "is:needs")
    assert dimmed(stage) == 116
    assert "4 of 120" in stage.window.sight.field.words
    assert stage.window.map.scene.rects == before
    await stage.keys("Return")
    assert stage.screen.mode == "map"
    assert len(stage.screen.selection.ids) == 4
    chip = stage.window.sight.corner.items()[0]
    assert "is:needs 4 of 120" in chip.name
    await stage.keys("Mod+B", "Mod+A")
    assert len(stage.screen.selection.ids) == 4, "all that the filter shows"
    await stage.keys("Esc")
    assert dimmed(stage) == 0
    assert len(stage.screen.selection.ids) == 4, "Esc never deselects"


@played
async def test_a_filter_that_cannot_be_read_says_why_and_esc_clears(stage: Stage) -> None:
    await stage.keys("/")
    await write(stage, "fix wage:3")
    assert "knows no 'wage'" in stage.window.sight.field.words
    await stage.keys("Return")
    assert stage.screen.mode == "composer", "it stays open until it can be read"
    await stage.keys("Esc")
    assert (stage.screen.mode, dimmed(stage), stage.screen.selection.ids) == ("map", 0, ())
    assert not stage.window.sight.field.isVisible()
    assert stage.window.map.hasFocus()


@played
async def test_a_click_on_the_chip_clears_and_new_facts_are_filtered(stage: Stage) -> None:
    await stage.keys("/")
    await write(stage, "is:paused")
    await stage.keys("Return")
    shown = 120 - dimmed(stage)
    stage.link.emit(ev.StateChanged("running", "paused", "player"), thread=1)
    await stage.settle()
    assert 120 - dimmed(stage) == shown + 1
    corner = stage.window.sight.corner
    spot = corner.items()[0].rect.center()
    await stage.outside(lambda: QTest.mouseClick(corner, Qt.MouseButton.LeftButton, pos=spot))
    await stage.settle()
    assert dimmed(stage) == 0
    assert not corner.isVisible()


# --- likes, subgroups, groups -----------------------------------------------------------------


@played
async def test_same_type_in_view_then_on_the_map(stage: Stage) -> None:
    stage.window.map.choose(stage.window.map.step)
    for _ in range(4):
        stage.window.map.zoom(1)
    await stage.settle()
    await stage.keys("`")
    here = stage.window.map.visible()
    world = stage.screen.world
    await stage.click(next(t for t in here if len(alike(world, t, here)) > 1))
    await stage.keys("Mod+E")
    some = len(stage.screen.selection.ids)
    assert stage.screen.notice is not None
    assert stage.screen.notice.text == f"{some} selected, in view"
    await stage.keys("Mod+E")
    assert stage.screen.notice is not None
    assert stage.screen.notice.text.endswith("selected, map")
    assert len(stage.screen.selection.ids) >= some


@played
async def test_tab_chooses_receivers_and_the_former_selection_comes_back(stage: Stage) -> None:
    await stage.keys("1")
    everyone = stage.screen.selection.ids
    await stage.keys("Tab")
    part = stage.screen.selection.receivers(stage.screen.world)
    assert 0 < len(part) < len(everyone)
    assert stage.screen.selection.ids == everyone
    await stage.keys("2", "Mod+B")
    assert stage.screen.selection.ids == everyone
    assert stage.screen.selection.receivers(stage.screen.world) == everyone


@played
async def test_adding_to_a_group_and_stealing_are_orders(stage: Stage) -> None:
    await stage.click(40)
    await stage.keys("Shift+1", "Alt+3")
    assert stage.orders == ["group #40 --add 1", "group #40 --steal 3"]
    assert 40 in stage.screen.world.groups[3]
    await stage.keys("Shift+3")
    assert stage.orders[2:] == [], "it is in it already"


# --- what is not yet looked at ----------------------------------------------------------------


@played
async def test_the_oldest_unseen_comes_first_and_a_second_on_screen_is_seen(stage: Stage) -> None:
    window = stage.window
    assert [t.fog.unseen for t in window.map.scene.tiles.values()].count(0) == 117
    await stage.keys("'")
    assert stage.screen.selection.ids == (30,)
    await stage.settle()
    assert "seen #30" not in stage.orders, "it has not stood there for a second"
    stage.clock.step(1.1)
    await stage.settle()
    assert stage.orders == ["seen #30"]
    assert stage.link.sent[0].by == "rule", "undo takes back the player's own orders"
    await stage.settle()
    assert window.map.scene.tiles[30].fog.unseen == 0
    await stage.keys("'", "'")
    assert stage.screen.selection.ids == (ME,)


@played
async def test_marks_are_five_seconds_apart(stage: Stage) -> None:
    await stage.click(OTHER)
    for _ in range(3):
        stage.link.emit(ev.TurnEnded("end"), thread=OTHER)
        await stage.settle()
        stage.clock.step(1.2)
        await stage.settle()
    assert stage.orders.count(f"seen #{OTHER}") == 1
    stage.clock.step(4.0)
    await stage.settle()
    assert stage.orders.count(f"seen #{OTHER}") == 2


@played
async def test_the_selection_is_marked_by_key(stage: Stage) -> None:
    await stage.keys("1", "\\")
    await stage.keys("Shift+'")
    assert stage.orders[-1] == f"seen #{ME},#{OTHER}"


@played
async def test_fog_goes_round_and_is_kept(stage: Stage) -> None:
    tiles = stage.window.map.scene.tiles
    await stage.keys("Shift+M")
    assert (tiles[30].fog.unseen, stage.screen.lens.fog) == (0, "stale")
    stage.clock.step(40)
    await stage.settle()
    stage.window.map.load(stage.clock.wall())
    assert tiles[1].face.line == "seen 40 s ago"
    await stage.keys("Shift+M", "M", "M")
    assert tiles[1].face.line != "seen 40 s ago"
    assert stage.screen.saved().fog == "none"
    assert stage.screen.saved().tint == "risk"
    await stage.keys("Shift+M")
    assert tiles[30].fog.unseen == 3


# --- views and follow -------------------------------------------------------------------------


@played
async def test_views_are_saved_jumped_to_and_left_again(stage: Stage) -> None:
    view = stage.window.map
    await stage.keys("=", "=", "=", "=", "Shift+Y")
    near = view.saved_camera()
    await stage.keys("P")
    far = view.saved_camera()
    assert near != far
    await stage.keys("Y")
    assert view.saved_camera() == near
    await stage.keys("Y")
    assert view.saved_camera() == far
    await stage.keys("U")
    assert stage.screen.notice is not None
    assert stage.screen.notice.text == "view 2 is empty"
    assert stage.screen.saved().views["1"].camera == near


@played
async def test_saving_a_view_can_be_taken_back(stage: Stage) -> None:
    await stage.keys("Shift+Y", "=", "Shift+Y", "Mod+Z")
    assert stage.screen.lens.views["1"].camera[0] == 0
    assert stage.orders == []
    await stage.keys("Mod+Z")
    assert stage.screen.notice is not None
    assert "undo" in stage.screen.notice.text or stage.screen.notice.refused


@played
async def test_views_outlive_the_screen(stage: Stage) -> None:
    await stage.keys("=", "Shift+I")
    stage.window.keeper.flush()
    folder = stage.window.keeper._store._folder
    assert Store(folder).load().views["3"].camera[0] > 0


@played
async def test_the_camera_follows_until_a_camera_key(stage: Stage) -> None:
    view = stage.window.map
    await stage.keys("=", "=", "=", "=", "=")
    await stage.click(view.visible()[0])
    await stage.keys("Shift+K")
    await stage.keys("4")
    middle = view.view().y + view.view().h / 2
    rects = [view.scene.rects[thread] for thread in stage.screen.selection.ids]
    area = rects[0]
    for rect in rects:
        area = area.united(rect)
    assert abs(area.center().y() - middle) < view.view().h / 2
    assert view.following
    stage.screen.say("x")
    await stage.keys("-")
    assert not view.following


# --- chains, flags, minimap -------------------------------------------------------------------


@played
async def test_chains_of_all_while_shift_is_held(stage: Stage) -> None:
    orders = (QueuedOrder("a", "interrupt @self"), QueuedOrder("b", "kill @self"))
    stage.link.emit(ev.OrdersQueued(orders), thread=50)
    await stage.settle()
    assert not [t for t in stage.texts() if t.text == "1 interrupt"]
    stage.window.router._actions.watching.shift(True)
    stage.clock.step(0.35)
    await stage.settle()
    assert [t for t in stage.texts() if t.text == "1 interrupt"]
    stage.window.router._actions.watching.shift(False)
    await stage.settle()
    assert not [t for t in stage.texts() if t.text == "1 interrupt"]
    await stage.keys("Shift+H")
    assert [t for t in stage.texts() if t.text == "1 interrupt"]


@played
async def test_alt_click_on_the_minimap_asks_for_a_flags_note(stage: Stage) -> None:
    minimap = stage.window.minimap
    spot = minimap.ground().center()
    before = stage.window.map.saved_camera()
    await stage.outside(lambda: QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, ALT, spot))
    await stage.settle()
    await write(stage, "release on Friday")
    await stage.keys("Return")
    (order,) = stage.orders
    assert order.startswith("flag 49")
    assert "release on Friday" in order
    assert stage.window.map.saved_camera() == before


@played
async def test_a_flag_says_its_note_under_the_pointer(stage: Stage) -> None:
    stage.screen.world.flags[1] = MapFlag(1, 500, 500, "keep off", NOW - 60 * NS)
    view = stage.window.map
    layout = view.scene.layout
    spot = QPoint(layout.width // 2 + 4, layout.height // 2 - 7)
    await stage.outside(lambda: QTest.mouseMove(view.viewport(), spot))
    await stage.settle()
    if view.scene.flag != 1:  # offscreen, a first move may only enter
        view._hover(spot)
    assert [text for text in stage.texts() if text.text == "keep off"]


@played
async def test_a_new_question_rings_on_the_minimap(stage: Stage) -> None:
    assert stage.window.minimap.pings.shown(NOW) == ()
    stage.link.emit(ev.Asked(999, "tool", "R1", "push?", {}, "d", "ask", "c"), thread=1)
    await stage.settle()
    assert [thread for thread, _ in stage.window.minimap.pings.shown(NOW)] == [1]
