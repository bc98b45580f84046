"""Queued orders of one thread as chips: dragged, taken out, by mouse and by the region cursor."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import Stage, played

from commandcenter.core.standing import Looping, QueuedOrder

pytestmark = pytest.mark.qt
ORDERS = tuple(
    QueuedOrder(str(n), text)
    for n, text in enumerate(("pause @self", 'steer @self "then the tests"', "kill @self"))
)
NONE = Qt.KeyboardModifier.NoModifier


async def queued(stage: Stage) -> list[QPoint]:
    """Thread 1 with three queued orders, selected; the middles of its chips."""
    world = stage.link.world
    fields = {"orders": ORDERS, "rally": "@group:2", "loop": Looping("5", 5, rounds=2)}
    world.threads[1] = msgspec.structs.replace(world.threads[1], **fields)
    stage.link.start()
    stage.screen.select((1,))
    await stage.settle()
    panel = stage.window.selection
    return [rect.center() for _, rect in panel.chips.places(panel._orders_row(), ORDERS)]


@played
async def test_chips_and_what_stands_are_painted(stage: Stage) -> None:
    await queued(stage)
    texts = [one.text for one in stage.texts()]
    assert {"1 pause", "3 kill"} <= set(texts)
    assert any(text.startswith('2 steer "then the') for text in texts)
    assert any("loop round 2 of 5 · results to group 2" in text for text in texts)


@played
async def test_a_chip_is_dragged_to_another_place(stage: Stage) -> None:
    points = await queued(stage)
    panel, left = stage.window.selection, Qt.MouseButton.LeftButton
    await stage.outside(lambda: QTest.mousePress(panel, left, NONE, points[2]))
    await stage.outside(lambda: QTest.mouseRelease(panel, left, NONE, points[0]))
    await stage.settle()
    assert stage.orders == ['queue #1 --move "3 1"']


@played
async def test_a_right_click_asks_and_the_menu_takes_out(stage: Stage) -> None:
    points = await queued(stage)
    panel, right = stage.window.selection, Qt.MouseButton.RightButton
    await stage.outside(lambda: QTest.mouseClick(panel, right, NONE, points[1]))
    await stage.settle()
    assert stage.orders == []
    assert stage.screen.mode == "subcard"
    page = stage.screen.card_page()
    assert page.head.startswith("2 of 3: steer")
    await stage.keys("Q")
    assert stage.orders == ["queue #1 --drop 2"]


@played
async def test_the_first_cannot_go_earlier(stage: Stage) -> None:
    points = await queued(stage)
    panel, left = stage.window.selection, Qt.MouseButton.LeftButton
    await stage.outside(lambda: QTest.mouseClick(panel, left, NONE, points[0]))
    await stage.settle()
    await stage.keys("E")
    assert stage.orders == []
    assert stage.screen.mode == "subcard"
    await stage.keys("R")
    assert stage.orders == ['queue #1 --move "1 2"']


@played
async def test_the_region_cursor_reaches_a_chip(stage: Stage) -> None:
    await queued(stage)
    await stage.keys("Mod+[", "Mod+[")
    assert stage.screen.region == "selection"
    await stage.keys("Return")
    assert stage.screen.card_page().head.startswith("1 of 3: pause")
    await stage.keys("Esc")
    assert stage.orders == []
