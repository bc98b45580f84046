"""A stage with results: its sheets pressed by keys and by mouse."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import scene_results as results
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from stage import NO_KEYS, Scene, Stage

from commandcenter.testing.worlds import NOW
from commandcenter.ui.compare_sheet import CompareSheet
from commandcenter.ui.land_sheet import LandSheet


def stage_of(loop: asyncio.AbstractEventLoop, world: Any = None, **more: Any) -> Stage:
    world = world or results.finished()
    scene = Scene(world, NOW, queries=results.answers(world, **more))
    return Stage(scene, loop)


def run(stage: Stage, pick: tuple[int, ...], scenario: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await stage.open()
        try:
            stage.screen.select(pick, pick[0] if pick else 0)
            await stage.settle()
            await scenario()
        finally:
            await stage.close()

    stage.loop.run_until_complete(asyncio.wait_for(whole(), 20))


async def keys(stage: Stage, *chords: str, gap: float = 0.2) -> None:
    """Each key, and what is asked because of it."""
    for chord in chords:
        await stage.keys(chord, gap=gap)
        await frames(stage)


async def frames(stage: Stage, count: int = 3) -> None:
    for _ in range(count):
        stage.screen.changed()
        await stage.settle()


async def wait(stage: Stage, seconds: float) -> None:
    """Time goes by with nobody doing anything."""
    stage.clock.step(seconds)
    await frames(stage)


async def press(stage: Stage, key: str) -> None:
    """Something in the overlay, by mouse."""
    overlay = stage.window.overlay
    item = next(one for one in overlay.items() if one.key == key)
    point: QPoint = overlay.real(item.rect).center()
    left = Qt.MouseButton.LeftButton
    await stage.outside(lambda: QTest.mouseClick(overlay, left, NO_KEYS, point))
    await frames(stage)


async def letters(stage: Stage, text: str) -> None:
    """Into whatever has the keys."""
    handle = stage.window.windowHandle()
    for letter in text:
        await stage.outside(lambda letter=letter: QTest.keyClick(handle, letter))
    await stage.settle()


def compare(stage: Stage) -> CompareSheet:
    sheet = stage.screen.sheet
    assert isinstance(sheet, CompareSheet), stage.screen.notice
    return sheet


def land(stage: Stage) -> LandSheet:
    sheet = stage.screen.sheet
    assert isinstance(sheet, LandSheet), stage.screen.notice
    return sheet


def given(stage: Stage, verb: str) -> list[str]:
    """The orders of a verb, as notation."""
    return [one for one in stage.orders if one.partition(" ")[0] == verb]
