"""Guards over all keys and modes: a held key, Esc, another selection by the player's own keys."""

import pytest
from stage import Scene, Stage, played

from commandcenter.hud.keymap import Mode, repeats
from commandcenter.testing.worlds import NOW, demo_world

pytestmark = pytest.mark.qt
WAYS: dict[str, tuple[tuple[str, ...], Mode]] = {
    "map": ((), "map"),
    "panel": (("Mod+]",), "panel"),
    "target": (("N",), "target"),
    "approval": (("J",), "approval"),
    "more": (("B",), "subcard"),
    "loop": (("R",), "subcard"),
    "at the cursor": (("Shift+Return",), "subcard"),
    "steer": (("Q",), "composer"),
    "goal": (("T",), "composer"),
    "filter": (("/",), "composer"),
    "find": (("Mod+]", "Mod+]", "/"), "composer"),
    "message": (("J", "Q"), "composer"),
    "deny": (("J", "Shift+N"), "composer"),
    "palette": (("Mod+K",), "overlay"),
    "help": (("Shift+/",), "overlay"),
    "settings": (("Mod+,",), "overlay"),
    "queue": (("L",), "overlay"),
    "cases": (("Shift+J",), "overlay"),
    "alerts": (("Shift+L",), "overlay"),
    "figures": (("Mod+Shift+A",), "overlay"),
}
"""Where the keys may go -> the keys that lead there, the mode."""
MODES = ("map", "panel", "target", "approval", "more", "steer", "queue", "palette")


async def to(stage: Stage, way: str) -> None:
    """From the map to there, with two selected and nothing armed."""
    while stage.screen.modes != ["map"]:
        await stage.keys("Esc")
    stage.clock.step(10)
    stage.screen.select((6, 7), 6)
    keys, mode = WAYS[way]
    await stage.keys(*keys, gap=0.7)
    assert stage.screen.mode == mode, way


@pytest.mark.parametrize("way", WAYS)
def test_esc_pops_a_layer_and_never_gives_an_order(stage: Stage, way: str) -> None:
    @played
    async def scenario(stage: Stage) -> None:
        await to(stage, way)
        layers = len(stage.screen.modes)
        queued = {one.id: one.orders for one in stage.link.world.threads.values()}
        asks = set(stage.link.world.asks)
        for _ in range(5):
            await stage.keys("Esc")
        assert stage.orders == []
        assert stage.screen.modes == ["map"]
        assert layers <= 3
        assert stage.screen.selection.ids == (6, 7)
        assert {one.id: one.orders for one in stage.link.world.threads.values()} == queued
        assert set(stage.link.world.asks) == asks

    scenario(stage)


@played
async def test_esc_disarms_the_kill_and_leaves_it_frozen(stage: Stage) -> None:
    stage.screen.select((6,))
    await stage.keys("X", "Esc", "X", gap=0.5)
    assert stage.orders == ["freeze #6", "freeze #6"]
    assert stage.screen.selection.ids == (6,)


@pytest.mark.parametrize("way", MODES)
def test_the_repeats_of_no_key_give_an_order(stage: Stage, way: str) -> None:
    """Every chord of the mode, as the system sends it while the key stays down."""

    @played
    async def scenario(stage: Stage) -> None:
        await to(stage, way)
        mode, keymap = WAYS[way][1], stage.screen.keymap
        before = stage.view()
        for (where, chord), action in keymap.index.items():
            if where == mode and not repeats(action):
                for _ in range(3):
                    stage.hold(chord.text())
        for key in ("Shift+Return", "Del", "Right", "Left"):  # bound to nothing in an overlay
            stage.hold(key) if mode == "overlay" else None
        await stage.settle()
        assert stage.orders == []
        assert stage.view() == before

    scenario(stage)


@pytest.fixture
def scene() -> Scene:
    return Scene(demo_world(3, 12), NOW)


@pytest.mark.parametrize("part", range(4))
def test_a_key_held_gives_what_one_press_gives(stage: Stage, part: int) -> None:
    """Every chord of the map: pressed, then repeated in whatever mode the press led to."""

    @played
    async def scenario(stage: Stage) -> None:
        keymap = stage.screen.keymap
        chords = [chord for (mode, chord) in keymap.index if mode == "map"][part::4]
        for chord in chords:
            await to(stage, "map")
            await stage.key(chord.text())
            await stage.settle()
            given, modes = len(stage.orders), list(stage.screen.modes)
            for _ in range(10):
                stage.clock.step(0.3)
                stage.hold(chord.text())
            await stage.settle()
            assert len(stage.orders) == given, chord
            assert stage.screen.modes == modes, chord

    scenario(stage)


@played
async def test_x_and_an_arrow_and_x_kills_nothing(stage: Stage) -> None:
    """The selection changes by the player's own keys between the two X."""
    for key in ("Right", "Down", "Shift+Right", "Tab", "1", "Mod+A", "`"):
        stage.clock.step(10)
        stage.screen.select((1, 2), 1)
        await stage.keys("X", key, "X", gap=0.5)
        assert not [order for order in stage.orders if order.startswith("kill")], key
