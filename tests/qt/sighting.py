"""A busy World with results to look at, and typing into the map's field."""

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from stage import Stage

from commandcenter.core.base import NS
from commandcenter.core.world import World
from commandcenter.testing.worlds import NOW, demo_world

ALT = Qt.KeyboardModifier.AltModifier
ME, OTHER = 6, 7


def busy() -> World:
    world = demo_world(5, 24)
    for thread, results in ((ME, 2), (OTHER, 1), (30, 3)):
        head = world.threads[thread]
        world.threads[thread] = replace(head, results=results, moved=NOW - thread * NS)
    return world


async def write(stage: Stage, text: str) -> None:
    field = stage.window.sight.field.field
    await stage.outside(lambda: QTest.keyClicks(field, text))
    await stage.settle()
