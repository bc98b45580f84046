"""What a tile says is painted ten times a second; what it is, in the next frame (screen.md 5)."""

from collections.abc import Iterable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QRect
from stage import Stage, played

from commandcenter.core import events as ev

pytestmark = pytest.mark.qt


class Seen:
    """What the map asked to paint anew."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._asked: set[int] = set()
        self._paint = stage.window.map._update
        stage.window.map._update = self._ask  # type: ignore[method-assign]  # looked at on its way

    def _ask(self, threads: Iterable[int]) -> None:
        found = list(threads)
        self._asked.update(found)
        self._paint(found)

    async def after(self, thread: int, event: ev.Event, gap: float) -> bool:
        """Is this thread's tile painted in the frame `gap` s later?"""
        self._stage.clock.step(gap)
        self._stage.link.emit(event, thread=thread)
        self._asked.clear()
        await self._stage.settle()
        return self.painted(thread)

    def painted(self, thread: int) -> bool:
        """Was it, since it was last asked?"""
        return thread in self._asked


def moved(number: int) -> ev.HeadMoved:
    return ev.HeadMoved(f"reads part {number}", 20, 1_000)


@played
async def test_content_waits_a_tenth_of_a_second_a_state_does_not(stage: Stage) -> None:
    view = stage.window.map
    assert view.step.level == "L2"
    thread = next(t for t, h in stage.screen.world.threads.items() if h.state == "running")
    seen = Seen(stage)
    assert await seen.after(thread, moved(1), 1.0)
    assert not await seen.after(thread, moved(2), 0.03)
    assert stage.window.refresh.frames.armed, "it is not forgotten"
    state = ev.StateChanged("running", "paused", "player")
    assert await seen.after(thread, state, 0.03), "what it is never waits"
    assert not await seen.after(thread, moved(3), 0.03)
    assert await seen.after(thread, moved(4), 0.1)


@played
async def test_a_selection_never_waits(stage: Stage) -> None:
    first, view = next(iter(stage.screen.world.threads)), stage.window.map
    rects: list[QRect] = []
    view._dirty = rects.append  # type: ignore[method-assign]  # looked at, not painted
    for gap in (1.0, 0.01):
        stage.clock.step(gap)
        stage.link.emit(moved(1), thread=first)
        await stage.settle()
    rects.clear()
    stage.screen.select((first,), first)
    await stage.settle()
    assert any(rect.contains(view.scene.rects[first]) for rect in rects)


@played
async def test_over_budget_the_selected_goes_first_and_none_waits_300_ms(stage: Stage) -> None:
    view, world = stage.window.map, stage.screen.world
    threads = [t for t, head in world.threads.items() if head.state == "running"]
    chosen = threads[-1]
    stage.screen.select((chosen,), chosen)
    await stage.settle()
    seen = Seen(stage)
    view.cost = 1.0  # of the least that a frame may paint
    view.pacing.forget = lambda: None  # type: ignore[method-assign]  # as if no whole repaint came
    stage.clock.step(1.0)
    for thread in threads:
        stage.link.emit(moved(1), thread=thread)
    left = len(threads)
    assert left > 30
    await stage.settle()
    assert seen.painted(chosen)
    for _ in range(9):
        stage.clock.step(1 / 30)
        await stage.settle()
    assert view.pacing.waiting == 0


@played
async def test_lines_come_within_three_frames_when_a_bin_closed(stage: Stage) -> None:
    view, frames = stage.window.map, stage.window.refresh.frames
    tiles = [view.scene.tiles[thread] for thread in view.visible()]
    stage.clock.step(0.5)
    view.refresh((), stage.clock.wall())
    view.viewport().repaint()
    late = sum(tile.behind for tile in tiles)
    assert 0 < late <= len(tiles) * 2 / 3 + 1
    assert frames.armed, "a frame comes though nothing else happens"
    for _ in range(2):
        frames.flush()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest.value)
    assert not any(tile.behind for tile in tiles)
    assert not view._behind
