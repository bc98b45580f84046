"""No painted text leaves its tile, button or panel, and no two overlap (screen.md 17.2)."""

import json
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QRectF
from stage import Scene, Stage, played

from commandcenter.core import events as ev
from commandcenter.core.world import World
from commandcenter.testing.agents_world import plan_world
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.paint import Painted
from commandcenter.ui.screenshot import Shot, paint

pytestmark = pytest.mark.qt
SLACK = 1.0
DIFF = """diff --git a/src/budget.py b/src/budget.py
index 1..2 100644
--- a/src/budget.py
+++ b/src/budget.py
@@ -87,4 +87,5 @@ async def send(self, req):
 async def send(self, req):
-    r = await self.http.post(req)
+    hold = self.reserve(req.estimate) and a long line that goes on and on far beyond the panel
     return r
"""


def outside(one: Painted) -> bool:
    text, owner = QRectF(*one.rect), QRectF(*one.owner)
    return not owner.adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(text)


def overlaps(texts: list[Painted]) -> list[tuple[str, str]]:
    found = []
    shapes = [(one, QRectF(*one.rect).adjusted(0.5, 2, -0.5, -2)) for one in texts]
    shapes.sort(key=lambda pair: pair[1].top())
    for index, (one, rect) in enumerate(shapes):
        for other, below in shapes[index + 1 :]:
            if below.top() >= rect.bottom():
                break
            if rect.intersects(below):
                found.append((one.text, other.text))
    return found


def talk(stage: Stage, thread: int) -> None:
    emit = stage.link.emit
    emit(ev.TurnStarted("Make the retry policy respect the budget.", "player"), thread=thread)
    emit(ev.TextAdded(1, "The check runs after the request. " * 12), thread=thread)
    edit = json.dumps({"path": "src/budget.py", "old": "a\nb", "new": "c\nd\ne"})
    emit(ev.ToolStarted("c", "edit", "edit", "edit src/budget.py", edit, "e"), thread=thread)
    emit(ev.ToolEnded("c", "e", "failed", 400, "h", result="no such line\n" * 20), thread=thread)


async def look(stage: Stage, keys: list[str]) -> None:
    for key in keys:
        await stage.keys(key, gap=1.0)
    texts = stage.texts()
    assert len(texts) > 60
    assert [one for one in texts if outside(one)] == [], keys
    assert overlaps(texts) == [], keys


CASES = [
    [],
    ["J"],
    ["J", "D"],
    ["B"],
    ["Z"],
    ["Q"],
    ["Mod+N"],
    ["Shift+\\"],
    ["`"],
    ["X"],
    ["-"],
    ["=", "="],
    ["Space"],
    ["R"],
]


@pytest.mark.parametrize("keys", CASES, ids=["+".join(keys) or "map" for keys in CASES])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1080", "768"])
def test_texts_stay_in_their_places(loop: object, size: tuple[int, int], keys: list[str]) -> None:
    world = demo_world(5, 24) if size[0] > 1400 else demo_world(4, 12)
    queries = {"diff": {"diff": DIFF, "why": ""}}
    stage = Stage(Scene(world, NOW, size, queries=queries), loop)

    @played
    async def scenario(stage: Stage) -> None:
        talk(stage, 7)
        stage.screen.select((2, 3, 6, 7, 10, 11), 7)
        await stage.settle()
        await look(stage, keys)

    scenario(stage)


PLANS = [[], ["Z"], ["B"], ["B", "B"], ["Q", "/"], ["=", "="], ["-"]]


@pytest.mark.parametrize("shut", [False, True], ids=["open", "shut"])
@pytest.mark.parametrize("keys", PLANS, ids=["+".join(keys) or "map" for keys in PLANS])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1600, 900)], ids=str)
def test_texts_of_agents_on_plans_stay_in_their_places(
    loop: object, size: tuple[int, int], keys: list[str], shut: bool
) -> None:
    world = plan_world(5, 24, shut) if size[0] > 1400 else plan_world(4, 12, shut)
    stage = Stage(Scene(world, NOW, size), loop)

    @played
    async def scenario(stage: Stage) -> None:
        talk(stage, 7)
        for ids, active in (((2,), 2), ((2, 3, 6, 7, 10, 11), 7)):
            stage.screen.select(ids, active)
            await stage.settle()
            await look(stage, keys if active == 2 else [])

    scenario(stage)


@pytest.mark.parametrize("keys", [[], ["J", "PgUp"], ["Q"]], ids=["map", "J", "Q"])
@pytest.mark.parametrize("size", [(1600, 900), (2560, 1440), (1280, 800), (1200, 640)])
def test_texts_stay_in_their_places_at_other_sizes(
    loop: object, size: tuple[int, int], keys: list[str]
) -> None:
    stage = Stage(Scene(demo_world(4, 12), NOW, size), loop)

    @played
    async def scenario(stage: Stage) -> None:
        talk(stage, 7)
        stage.screen.select(tuple(range(1, 9)), 7)
        await stage.settle()
        await look(stage, keys)

    scenario(stage)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1080", "768"])
def test_the_first_page_stays_in_its_place(
    loop: object, tmp_path: Path, size: tuple[int, int]
) -> None:
    found = {
        "accounts": [],
        "offers": [{"id": "openai", "kind": "chat", "base_url": "https://x", "key_ref": "env:K"}],
        "agents": [{"name": "claude", "path": "/usr/bin/claude"}],
    }
    repository = {"why": "it has no commit yet", "remedy": "commit once"}
    queries = {"found": found, "repository": repository, "status": {}}
    scene = Scene(World(), NOW, size, path=tmp_path, queries=queries)

    @played
    async def scenario(stage: Stage) -> None:
        texts = stage.texts()
        assert [one for one in texts if outside(one)] == []
        assert overlaps(texts) == []
        shown = " ".join(one.text for one in texts)
        assert "it has no commit yet" in shown
        assert "no account yet" in shown

    scenario(Stage(scene, loop))


def test_screenshot_writes_png_and_rects(stage: Stage, tmp_path: Path) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        shot = Shot(tmp_path / "shot.png", (1366, 768), "J B", tmp_path / "rects.json")
        await paint(stage.window, shot)

    scenario(stage)
    assert (tmp_path / "shot.png").read_bytes().startswith(b"\x89PNG")
    texts = msgspec.json.decode((tmp_path / "rects.json").read_bytes())
    assert {"text", "rect", "owner", "cut"} == set(texts[0])
