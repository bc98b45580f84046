"""What card, menus, target mode, tooltip, chips and composer paint stays in its place."""

import msgspec
import pytest
from stage import Scene, Stage, played
from test_rects import outside, overlaps

from commandcenter.config.comfort import Comfort
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.testing.worlds import NOW, demo_world

pytestmark = pytest.mark.qt
ORDERS = tuple(QueuedOrder(str(n), f'steer @self "then step {n}"') for n in range(9))
KEYS = {
    "loop": ["R"],
    "queue loop": ["Shift+R"],
    "target": ["N"],
    "target, cursor": ["N", "Right"],
    "model": ["B", "W"],
    "goal": ["T"],
    "tip": ["Mod+[", "Right"],
    "tip of a greyed one": ["Mod+[", "Down"],
    "steer": ["Q"],
}


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("text", [100, 150])
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)], ids=["1080", "768"])
def test_texts_stay_apart_and_inside(
    loop: object, size: tuple[int, int], text: int, keys: list[str]
) -> None:
    world = demo_world(5, 24)
    fields = {"orders": ORDERS, "rally": "@group:2", "loop": Looping("5", 5, rounds=2)}
    world.threads[1] = msgspec.structs.replace(world.threads[1], goal="ship it", **fields)

    @played
    async def play(stage: Stage) -> None:
        stage.screen.settings.comfort = Comfort(text=text)
        stage.screen.on_comfort()
        stage.screen.select((1,) if keys != ["Q"] else (1, 2, 4, 6), 1)
        await stage.keys(*keys)
        if stage.screen.mode == "composer":
            await stage.type("a few words")
        found = stage.texts()
        assert [one.text for one in found if outside(one)] == []
        assert overlaps(found) == []

    play(Stage(Scene(world, NOW, size=size), loop))  # type: ignore[arg-type]  # the fixture's loop
