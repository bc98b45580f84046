"""Each thing can be done by key alone and by mouse alone (screen.md 16)."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from stage import NO_KEYS, Stage, played

from commandcenter.hud.keymap import TEXT_MODES

BY_KEY: dict[str, tuple[str, ...]] = {
    "click a thread": ("cursor.left", "cursor.right", "cursor.up", "cursor.down"),
    "Shift+click a thread": ("cursor.toggle", "cursor.extend.left"),
    "Mod+click, double click": ("select.same_type",),
    "click on empty ground": ("select.previous_selection",),
    "drag a box": ("cursor.extend.right", "cursor.extend.down", "select.all_visible"),
    "right click a thread": ("menu.context",),
    "middle drag, Shift+wheel": ("camera.center_selection", "operation.cycle", "zoom.strategic"),
    "wheel": ("zoom.in", "zoom.out"),
    "press or drag in the minimap": ("operation.cycle", "operation.cycle_back", "map.mode"),
    "click a figure, tab, row, cell, member, button": (
        "focus.region_next",
        "focus.region_prev",
        "panel.activate",
    ),
    "right click a row, cell, member": ("menu.context",),
    "click a target": ("target.accept", "target.accept_queued"),
    "click the composer": ("composer.open",),
    "click a line of a menu": ("subcard.accept", "subcard.slot00"),
    "click beside a menu": ("cancel",),
    "click a terminal": ("terminal.enter",),
    "scroll the inspector": ("inspector.page_up", "inspector.page_down"),
}
"""What the mouse does -> the actions that do it by key."""
BY_POINTER_ELSEWHERE = TEXT_MODES | {"overlay", "replay"}
"""Modes in which the palette does not stand open to the mouse: their own lines are clicked."""


async def press(stage: Stage, part: QWidget, point: QPoint) -> None:
    left = Qt.MouseButton.LeftButton
    await stage.outside(lambda: QTest.mouseClick(part, left, NO_KEYS, point))
    await stage.settle()


@played
async def test_what_the_mouse_does_has_a_key(stage: Stage) -> None:
    actions, table = stage.screen.keymap.actions, stage.window.actions_table.table
    for what, ids in BY_KEY.items():
        for one in ids:
            assert actions[one].keys, f"{what}: {one} has no key"
            assert one in table or one.startswith("target."), f"{what}: {one} is not built"


@played
async def test_the_name_in_the_bar_opens_the_palette_and_so_every_action(stage: Stage) -> None:
    bar = stage.window.bar
    item = next(one for one in bar.items() if one.key == "palette")
    await press(stage, bar, item.rect.center())
    assert stage.screen.mode == "overlay"
    assert stage.screen.sheet is not None
    assert stage.orders == []


@played
async def test_every_built_action_of_the_map_has_its_line_in_the_palette(stage: Stage) -> None:
    keymap, table = stage.screen.keymap, stage.window.actions_table.table
    listed = [
        one
        for one in keymap.actions.values()
        if keymap.built(one.id) and set(one.modes) - BY_POINTER_ELSEWHERE
    ]
    missing = [one.id for one in listed if one.id not in table]
    assert [one for one in missing if not one.startswith(("target.", "mouse."))] == []
    assert all(one.help for one in listed)
