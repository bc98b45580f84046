"""Every golden scene: as it was frozen, and no text out of its place (screen.md 17.2)."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden import FOLDER, compare
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from scene_acts import practice
from scenes import SCENES, Shot, parts
from stage import TIMEOUT_S, Scene, Stage
from test_rects import outside, overlaps

from commandcenter.hud.profiles import Profile
from commandcenter.testing.worlds import NOW

pytestmark = pytest.mark.qt
MOST = 8_000_000
"""Bytes of all frozen pictures."""


@pytest.fixture(autouse=True)
def still(qapp: QApplication) -> Iterator[None]:
    """One timezone, and a caret that does not blink."""
    zone, flash = os.environ.get("TZ"), qapp.cursorFlashTime()
    os.environ["TZ"] = "UTC"
    time.tzset()
    qapp.setCursorFlashTime(0)
    yield
    qapp.setCursorFlashTime(flash)
    os.environ.pop("TZ")
    if zone is not None:
        os.environ["TZ"] = zone
    time.tzset()


def staged(shot: Shot, loop: asyncio.AbstractEventLoop) -> Stage:
    scene = Scene(shot.world(), NOW, shot.size, queries=dict(shot.queries), path=shot.path)
    scene.skirmish = practice
    stage = Stage(scene, loop)
    if shot.size < (1024, 640):
        stage.window.setMinimumSize(*shot.size)
        stage.window.resize(*shot.size)
    if shot.profile:
        settings = stage.screen.settings
        stage.screen.keymap = settings.keymap(Profile(name=shot.profile, base=shot.profile))
    if shot.before is not None:
        shot.before(stage)
    return stage


async def play(stage: Stage, shot: Shot) -> None:
    stage.screen.settings.comfort = shot.comfort
    stage.screen.on_comfort()
    stage.screen.select(shot.pick, shot.active)
    await stage.settle()
    if shot.keys:
        await stage.keys(*shot.keys.split())
    if shot.act is not None:
        await shot.act(stage)
    for _ in range(2):
        await stage.settle()


def seen(stage: Stage, names: tuple[str, ...]) -> QImage:
    """The rectangle of the window that holds these parts, none: all of it."""
    window, whole = stage.window, QRect()
    for name in names:
        part = window.card.tip if name == "tip" else getattr(window, name)
        whole = whole.united(part.geometry())
    picture = window.grab().toImage()
    return picture.copy(whole) if names else picture


@pytest.mark.parametrize("name", SCENES)
def test_a_scene(name: str, loop: asyncio.AbstractEventLoop, tmp_path: Path) -> None:
    shot = SCENES[name]
    stage = staged(shot, loop)

    async def whole() -> None:
        await stage.open()
        try:
            await play(stage, shot)
            picture = seen(stage, parts(name))
            texts = stage.texts()
            differs = compare(name, picture, tmp_path)
            assert [one for one in texts if outside(one)] == []
            assert overlaps(texts) == []
            assert differs == ""
        finally:
            await stage.close()

    loop.run_until_complete(asyncio.wait_for(whole(), TIMEOUT_S))


def test_what_is_frozen_is_a_scene_and_small() -> None:
    frozen = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(frozen) == set(SCENES)
    assert sum(frozen.values()) <= MOST
