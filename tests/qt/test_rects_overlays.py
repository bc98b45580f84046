"""What overlays paint stays in its place, at both sizes and at large text."""

from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from stage import Scene, Stage, played
from test_overlays import FIGURES
from test_rects import outside, overlaps

from commandcenter.config.comfort import Comfort
from commandcenter.testing.worlds import NOW, demo_world

pytestmark = pytest.mark.qt
KEYS = [["Mod+K"], ["Shift+/"], ["Mod+,"], ["L"], ["Mod+Shift+A"], ["Mod+,", "Down", "Return"]]


@pytest.mark.parametrize("keys", KEYS, ids=["+".join(keys) for keys in KEYS])
@pytest.mark.parametrize("text", [100, 150, 200])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1080", "768"])
def test_an_overlay_keeps_its_texts_inside(
    loop: object, tmp_path: Path, size: tuple[int, int], text: int, keys: list[str]
) -> None:
    @played
    async def play(stage: Stage) -> None:
        stage.screen.settings.comfort = Comfort(text=text)
        stage.screen.on_comfort()
        await stage.click(1)
        await stage.keys(*keys)
        overlay = stage.window.overlay
        room = overlay.geometry()
        found = stage.texts()
        own = [one for one in found if room.intersects(QRect(*map(round, one.rect)))]
        assert len(own) > 3
        assert [one for one in own if outside(one)] == []
        assert overlaps(own) == []
        inside = stage.window.rect()
        assert inside.contains(room)

    scene = Scene(demo_world(4, 12), NOW, size=size, queries={"metrics": FIGURES})
    play(Stage(scene, loop))  # type: ignore[arg-type]  # the fixture's loop


@pytest.mark.parametrize("text", [110, 125, 150, 200])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1080", "768"])
def test_panels_keep_their_texts_apart(loop: object, size: tuple[int, int], text: int) -> None:
    @played
    async def play(stage: Stage) -> None:
        stage.screen.settings.comfort = Comfort(text=text)
        stage.screen.on_comfort()
        await stage.click(1)
        assert overlaps(stage.texts()) == []

    play(Stage(Scene(demo_world(4, 12), NOW, size=size), loop))  # type: ignore[arg-type]  # as above
