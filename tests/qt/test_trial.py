"""What the benches use to watch the window sees what happens, and strokes end with their paint."""

import asyncio

from stage import Stage, played

from commandcenter.ui.trial_start import until_named
from commandcenter.ui.trial_view import Strokes, Watcher


@played
async def test_the_watcher_sees_paints_by_part_and_nothing_when_all_rests(stage: Stage) -> None:
    watcher = Watcher(stage.clock)
    watcher.begin()
    stage.window.alerts.repaint()
    seen = watcher.end()
    assert [(one.kind, one.who) for one in seen] == [("paint", "AlertsPanel")]
    watcher.begin()
    await asyncio.sleep(0)
    assert [one for one in watcher.end() if one.kind == "paint"] == []


@played
async def test_a_stroke_is_done_when_the_map_shows_what_it_did(stage: Stage) -> None:
    strokes = Strokes(stage.window)
    assert strokes.level(112) > 0
    stage.screen.select((1,), 1)
    await stage.settle()
    strokes._due = [(0.0, strokes._act("Mod+A"))]
    at_once: list[int] = []  # looked at within the stroke: on a busy machine a frame follows it
    await stage.outside(lambda: (strokes._fire(), at_once.append(len(strokes._done))))
    assert at_once == [0]
    await stage.settle()
    assert len(strokes._done) == 1
    assert stage.window.map.scene.selected == frozenset(stage.screen.world.threads)


@played
async def test_the_wheel_pans(stage: Stage) -> None:
    strokes = Strokes(stage.window)
    strokes.level(280)
    bar = stage.window.map.verticalScrollBar()
    before = bar.value()
    strokes._act("wheel-")()
    assert bar.value() > before


@played
async def test_the_first_frame_with_names_is_told_once(stage: Stage) -> None:
    told: list[float] = []
    window = stage.window
    window.map.choose(None)
    until_named(window, 5, stage.screen.mirror.seq, told.append)
    window.map.viewport().repaint()
    window.map.viewport().repaint()
    assert len(told) == 1


@played
async def test_a_frame_without_enough_names_does_not_count(stage: Stage) -> None:
    told: list[float] = []
    until_named(stage.window, 5_000, stage.screen.mirror.seq, told.append)
    stage.window.map.viewport().repaint()
    assert told == []
