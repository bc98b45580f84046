"""The region cursor: every panel by key; nothing acts until Return, and Esc goes back."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from stage import NO_KEYS, Stage, played

from commandcenter.ui.regions import REGIONS


def region(stage: Stage) -> str:
    return stage.screen.region


async def right(stage: Stage, part: QWidget, point: QPoint) -> None:
    button = Qt.MouseButton.RightButton
    await stage.outside(lambda: QTest.mouseClick(part, button, NO_KEYS, point))
    await stage.settle()


async def to(stage: Stage, name: str) -> None:
    """Step until the region cursor is there."""
    for _ in REGIONS:
        await stage.keys("Mod+]")
        if region(stage) == name:
            return
    pytest.fail(f"Mod+] never came to {name}")


@played
async def test_mod_bracket_visits_every_part_and_esc_returns_to_the_map(stage: Stage) -> None:
    await stage.keys("Mod+A", "Mod+1")
    stage.screen.world.groups[1] = (1, 2)
    await stage.settle()
    seen = []
    for _ in REGIONS:
        await stage.keys("Mod+]")
        seen.append(region(stage))
    assert tuple(seen) == REGIONS
    assert stage.screen.mode == "panel"
    assert stage.window.card.shown.page.title == "PANEL"
    await stage.keys("Mod+]")
    assert region(stage) == REGIONS[0]
    await stage.keys("Mod+[")
    assert region(stage) == REGIONS[-1]
    await stage.keys("Esc")
    assert (region(stage), stage.screen.modes) == ("map", ["map"])
    assert not stage.window.reach.ring.isVisible()


@played
async def test_the_frame_stands_round_the_part_and_the_ring_round_the_item(stage: Stage) -> None:
    await to(stage, "alerts")
    window, ring = stage.window, stage.window.reach.ring
    assert ring.isVisible()
    assert ring.geometry() == window.alerts.geometry()
    first = window.alerts.place(0)
    assert ring.item == first
    await stage.keys("Down")
    assert ring.item == window.alerts.place(1)
    await stage.keys("Up", "Up")
    assert ring.item == first


@played
async def test_return_does_what_a_click_does(stage: Stage) -> None:
    await to(stage, "alerts")
    at = next(n for n, one in enumerate(stage.window.alerts.rows) if one.ask)
    row = stage.window.alerts.rows[at]
    await stage.keys(*["Down"] * at, "Return")
    assert stage.screen.mode == "approval"
    assert stage.screen.deck.shown is not None
    assert stage.screen.deck.shown.id == row.ask
    await stage.keys("Esc")
    assert region(stage) == "alerts"


@played
async def test_grid_keys_still_give_orders_and_moving_about_gives_none(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    before = stage.screen.selection.ids
    for name in REGIONS[:4]:
        await to(stage, name)
        await stage.keys("Left", "Right", "Up", "Down")
    assert stage.orders == []
    assert stage.screen.selection.ids == before
    await stage.keys("E")
    assert stage.orders
    assert region(stage) == REGIONS[3]


@played
async def test_the_focus_stays_on_a_row_that_moved_and_is_lost_with_it(stage: Stage) -> None:
    await to(stage, "alerts")
    await stage.keys("Down")
    window = stage.window
    held = window.alerts.rows[1]
    window.alerts.show_rows(window.alerts.rows[::-1])
    window.reach.show()
    at = [row.key for row in window.alerts.rows].index(held.key)
    assert window.reach.ring.item == window.alerts.place(at)
    window.alerts.show_rows(tuple(row for row in window.alerts.rows if row.key != held.key))
    window.reach.show()
    assert window.reach.ring.item.isNull()
    stage.window.actions_table.regions.press()
    assert stage.screen.mode == "panel"
    assert stage.orders == []


@played
async def test_figures_of_the_bar_are_buttons(stage: Stage) -> None:
    await to(stage, "bar")
    items = {item.key: item for item in stage.window.bar.items()}
    assert {"SPENT", "BURN", "SUPPLY", "needs you", "paused", "palette"} <= items.keys()
    rects = [item.rect for item in items.values()]
    assert all(not one.intersects(two) for one in rects for two in rects if one is not two)
    items["paused"].press()
    world = stage.screen.world
    assert stage.screen.selection.ids
    assert {world.threads[one].state for one in stage.screen.selection.ids} <= {"paused", "pausing"}
    items["SPENT"].press()
    await stage.settle()
    page = stage.window.inspector.page_view
    assert stage.window.inspector.view.tab == "Cost"
    assert page.verticalScrollBar().value() == 0
    page.resize(page.width(), 60)  # so low that there is something to scroll to
    items["BURN"].press()
    await stage.settle()
    assert page.verticalScrollBar().value() > 0
    items["needs you"].press()
    assert stage.screen.mode == "approval"


@played
async def test_members_strip_and_composer_are_items(stage: Stage) -> None:
    stage.screen.select((1, 2, 3), 1)
    await to(stage, "selection")
    keys = [item.key for item in stage.window.actions_table.regions.items("selection")]
    assert keys == ["member 1", "member 2", "member 3", "composer"]
    await stage.keys("Right", "Return")
    assert stage.screen.selection.ids == (2,)


@played
async def test_a_click_on_the_map_takes_the_keys_back(stage: Stage) -> None:
    await to(stage, "minimap")
    await stage.click(3)
    assert stage.screen.modes == ["map"]
    assert region(stage) == "map"


# --- menu -----------------------------------------------------------------------------------------


@played
async def test_the_menu_opens_at_the_cursor_and_gives_nothing_by_itself(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.keys("Shift+Return")
    popup = stage.window.reach.popup
    assert popup.isVisible()
    assert stage.screen.mode == "subcard"
    rect = stage.window.map.scene.rects[1]
    assert abs(popup.box().x() - rect.x() - stage.window.map.x()) <= 2
    assert stage.orders == []
    await stage.keys("Esc")
    assert not popup.isVisible()
    assert stage.screen.modes == ["map"]


@played
async def test_a_line_of_the_menu_does_what_it_says(stage: Stage) -> None:
    running = next(h.id for h in stage.screen.world.threads.values() if h.state == "running")
    stage.screen.select((running,), running)
    await stage.keys("Shift+Return")
    assert stage.screen.card_page().title == "MENU"
    await stage.keys("E")
    assert stage.orders == [f"pause #{running}"]
    assert not stage.window.reach.popup.isVisible()


@played
async def test_arrows_go_line_by_line_and_return_takes_the_marked_one(stage: Stage) -> None:
    running = next(h.id for h in stage.screen.world.threads.values() if h.state == "running")
    stage.screen.select((running,), running)
    await stage.keys("Shift+Return")
    names = [place.action for place in stage.screen.page.places if place]
    await stage.keys("Down", "Down")
    assert stage.screen.page.at(stage.screen.marked).action == "order.pause_resume"
    assert names.index("order.pause_resume") == 2
    await stage.keys("Return")
    assert stage.orders == [f"pause #{running}"]


@played
async def test_a_right_click_never_acts_at_once(stage: Stage) -> None:
    stage.screen.select((1, 2), 1)
    view = stage.window.map
    rect = view.scene.rects[5].translated(0, -view.verticalScrollBar().value())
    await right(stage, view.viewport(), rect.center())
    assert stage.window.reach.popup.isVisible()
    assert stage.screen.selection.ids == (1, 2)
    assert stage.orders == []
    merge = next(p for p in stage.screen.page.places if p and p.action == "order.merge")
    assert merge.name.startswith("Merge into ")


@played
async def test_a_click_beside_the_menu_closes_it_and_does_nothing_else(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.keys("Shift+Return")
    popup = stage.window.reach.popup
    beside = popup.box().bottomRight() + QPoint(30, 30)
    left = Qt.MouseButton.LeftButton
    await stage.outside(lambda: QTest.mouseClick(popup, left, NO_KEYS, beside))
    await stage.settle()
    assert not popup.isVisible()
    assert stage.screen.selection.ids == (1,)
    assert stage.orders == []


@played
async def test_the_menu_of_a_thread_outside_the_selection_selects_it_when_used(
    stage: Stage,
) -> None:
    running = next(h.id for h in stage.screen.world.threads.values() if h.state == "running")
    other = next(one for one in stage.screen.world.threads if one != running)
    stage.screen.select((other,), other)
    view = stage.window.map
    rect = view.scene.rects[running].translated(0, -view.verticalScrollBar().value())
    await right(stage, view.viewport(), rect.center())
    await stage.keys("E")
    assert stage.orders == [f"pause #{running}"]
    assert stage.screen.selection.ids == (running,)


@played
async def test_every_row_of_the_alerts_has_a_menu(stage: Stage) -> None:
    window = stage.window
    at = next(n for n, one in enumerate(window.alerts.rows) if one.ask)
    row = window.alerts.rows[at]
    await right(stage, window.alerts, window.alerts.place(at).center())
    assert window.reach.popup.isVisible()
    await stage.keys("E")
    assert stage.orders == [f"defer {ask}" for ask in row.asks]
    given = len(stage.orders)
    at = next(n for n, one in enumerate(window.alerts.rows) if one.alerts and not one.ask)
    row = window.alerts.rows[at]
    await right(stage, window.alerts, window.alerts.place(at).center())
    await stage.keys("R")
    assert [one.order.alert for one in stage.link.sent[given:]] == list(row.alerts)


@played
async def test_a_right_click_on_a_button_presses_nothing(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    card = stage.window.card
    await right(stage, card, card.places()[1].center())
    assert stage.orders == []
    assert stage.screen.modes == ["map"]


@played
async def test_in_a_menu_the_card_prints_the_places_own_keys(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await stage.keys("Shift+Return")
    shown = stage.window.card.shown
    editor = next(p for p in shown.page.places if p and p.action == "workspace.editor")
    keys = shown.keys or stage.screen.keymap.grid
    assert keys[editor.slot] == editor.key == "A"


@played
async def test_a_key_that_gives_an_order_in_a_panel_is_seen_pressed(stage: Stage) -> None:
    stage.screen.select((1,), 1)
    await to(stage, "alerts")
    stage.window.router.down.add("E")
    await stage.settle()
    assert stage.window.card.shown.pressed == 2
