from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from commandcenter.core.base import NS
from commandcenter.core.world import Head, World
from commandcenter.hud.layout import LADDER
from commandcenter.hud.mirror import Mirror
from commandcenter.testing.worlds import NOW, demo_world, plain_world
from commandcenter.ui.map import MapView
from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import Theme

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Opener = Callable[..., MapView]


@pytest.fixture
def opened(qapp: QApplication) -> Iterator[Opener]:
    views: list[MapView] = []

    def open_map(world: World, width: int = 1448, height: int = 700) -> MapView:
        mirror = Mirror()
        mirror.adopt(world)
        view = MapView(Ink(Theme()), mirror)
        view.resize(width, height)
        view.load(NOW)
        view.show()
        qapp.processEvents()
        views.append(view)
        return view

    yield open_map
    for view in views:
        view.close()
        view.deleteLater()


def heard(signal: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    signal.connect(lambda *args: found.append(args))
    return found


def spot(view: MapView, thread: int) -> QPoint:
    place = view.scene.rects[thread]
    return place.center() - QPoint(0, view.view().y)


def change(view: MapView, *heads: Head) -> None:
    for head in heads:
        view.scene.world.threads[head.id] = head
    ids = [head.id for head in heads]
    view.scene.mirror.tally.update(view.scene.world, ids)
    view.refresh(ids, NOW)


def pixels(view: MapView) -> QImage:
    return (
        view.screen().grabWindow(view.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    )


def fresh(view: MapView) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_the_scene_of_the_mock(opened: Opener) -> None:
    view = opened(demo_world())
    assert (view.step.w, view.step.h) == (112, 56)
    assert [sector.cols for sector in view.scene.layout.sectors] == [4, 4, 4, 6, 6]
    assert len(view.visible()) == 120
    assert not view.locked


def test_partial_painting_gives_the_picture_of_a_whole_one(
    opened: Opener, qapp: QApplication
) -> None:
    view = opened(demo_world())
    view.mark((6, 7, 10), 10)
    qapp.processEvents()
    held = view.scene.world.threads
    steps: list[Callable[[], None]] = [
        lambda: change(view, replace(held[1], state="paused", hold=("player",), moved=NOW)),
        lambda: change(
            view, replace(held[10], line="new words"), replace(held[60], state="waiting")
        ),
        lambda: change(view, replace(held[2], state="ended", outcome="failed", why="no")),
        lambda: view.mark((7, 11, 50), 11),
        lambda: view.await_orders(frozenset({3, 70})),
        lambda: view.await_orders(frozenset()),
        lambda: view.mark((), 0),
    ]
    for step in steps:
        step()
        qapp.processEvents()
        assert pixels(view) == fresh(view)


def test_a_change_paints_only_its_tile(opened: Opener, qapp: QApplication) -> None:
    view = opened(demo_world())
    before = pixels(view)
    change(view, replace(view.scene.world.threads[30], line="other words"))
    qapp.processEvents()
    after = pixels(view)
    rect = view.scene.rects[30]
    outside = [
        (x, y)
        for x in range(0, view.width(), 7)
        for y in range(0, view.height(), 5)
        if not rect.contains(x, y) and before.pixel(x, y) != after.pixel(x, y)
    ]
    assert before != after
    assert outside == []


def test_nothing_changed_paints_nothing(opened: Opener, qapp: QApplication) -> None:
    view = opened(demo_world())
    view.refresh((), NOW)
    qapp.processEvents()
    painted: list[int] = []
    view.on_painted = lambda: painted.append(1)
    view.refresh((), NOW + NS)
    view.mark((), 0)
    view.await_orders(frozenset())
    qapp.processEvents()
    assert painted == []


def test_clicks_say_what_was_picked(opened: Opener) -> None:
    view = opened(demo_world())
    picked, same = heard(view.picked), heard(view.same)
    QTest.mouseClick(view.viewport(), LEFT, NONE, spot(view, 30))
    QTest.mouseClick(view.viewport(), LEFT, SHIFT, spot(view, 31))
    QTest.mouseClick(view.viewport(), LEFT, NONE, QPoint(3, 3))
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, spot(view, 5))
    assert picked == [(30, False), (31, True), (0, False)]
    assert same == [(5, False)]


def drag(view: MapView, start: QPoint, end: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(view.viewport(), LEFT, mods, start)
    QTest.mouseMove(view.viewport(), (start + end) / 2)
    QTest.mouseMove(view.viewport(), end)
    assert view.animating()
    QTest.mouseRelease(view.viewport(), LEFT, mods, end)
    assert not view.animating()


def test_a_box_takes_the_threads_it_meets(opened: Opener) -> None:
    view = opened(demo_world())
    found, picked = heard(view.boxed), heard(view.picked)
    drag(view, spot(view, 6), spot(view, 11))
    drag(view, spot(view, 6), spot(view, 11), Qt.KeyboardModifier.AltModifier)
    assert found == [((6, 7, 10, 11), False), ((10,), False)]
    assert picked == []


def test_less_than_24_px_is_a_click(opened: Opener) -> None:
    view = opened(demo_world())
    picked = heard(view.picked)
    point = spot(view, 30)
    QTest.mousePress(view.viewport(), LEFT, NONE, point)
    QTest.mouseMove(view.viewport(), point + QPoint(12, 8))
    QTest.mouseRelease(view.viewport(), LEFT, NONE, point + QPoint(12, 8))
    assert picked == [(30, False)]


def wheel(view: MapView, turns: int, mods: Qt.KeyboardModifier, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, turns * 120),
        Qt.MouseButton.NoButton,
        mods,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(event)


def test_the_wheel_zooms_about_the_pointer_and_locks(opened: Opener) -> None:
    view = opened(demo_world())
    view.choose(LADDER[12])
    view.reveal((60,), center=True)
    at = spot(view, 60)
    wheel(view, 1, NONE, at)
    assert (view.step.w, view.locked) == (240, True)
    assert abs(spot(view, 60).y() - at.y()) <= 1
    top = view.view().y
    wheel(view, -1, SHIFT, at)
    assert view.view().y == top + 60


def test_strategic_shows_all_and_goes_back(opened: Opener) -> None:
    view = opened(demo_world())
    view.zoom(4)
    view.verticalScrollBar().setValue(500)
    step = view.step
    view.strategic()
    assert (view.step.w, view.locked, view.view().y) == (112, False, 0)
    view.strategic()
    assert (view.step, view.view().y) == (step, 500)


def test_the_camera_is_saved_and_restored(opened: Opener) -> None:
    view = opened(demo_world())
    assert view.saved_camera() == (0, 0)
    view.choose(LADDER[12])
    view.verticalScrollBar().setValue(300)
    saved = view.saved_camera()
    other = opened(demo_world())
    other.set_camera(*saved)
    assert other.saved_camera() == saved


def test_reveal_scrolls_and_middle_drag_pans(opened: Opener) -> None:
    view = opened(demo_world())
    view.choose(LADDER[13])
    view.reveal((120,))
    assert 120 in view.visible()
    view.reveal((1,), center=True)
    assert 1 in view.visible()
    view.verticalScrollBar().setValue(200)
    QTest.mousePress(view.viewport(), MIDDLE, NONE, QPoint(300, 300))
    QTest.mouseMove(view.viewport(), QPoint(300, 250))
    QTest.mouseRelease(view.viewport(), MIDDLE, NONE, QPoint(300, 250))
    assert view.view().y == 250
    view.look_at(0.5, 0.0)
    assert view.view().y == 0


def test_the_view_cycles_through_sectors(opened: Opener) -> None:
    view = opened(demo_world())
    names = [view.cycle(1) for _ in range(6)]
    operations = list(demo_world().operations)
    assert names == [*operations, operations[0]]
    assert view.cycle(-1) == "research"


def test_no_slot_moves_while_threads_come_and_the_layout_waits(opened: Opener) -> None:
    view = opened(plain_world(24, 4))
    held = view.scene.world
    before = dict(view.scene.rects)
    view.scene.touched = NOW
    for thread in range(25, 32):
        head = replace(held.threads[1], id=thread, name=f"n{thread}", operation="operation-01")
        change(view, head)
    assert {t: view.scene.rects[t] for t in before} == before
    assert view.scene.growing
    assert view.due() == 1.0
    view.refresh((), NOW + 2 * NS)
    assert not view.scene.growing
    assert set(view.scene.rects) == set(range(1, 32))


def test_fuses_tick_ten_times_a_second(opened: Opener) -> None:
    view = opened(demo_world())
    assert view.due() == pytest.approx(0.1)
    dying = next(t for t, tile in view.scene.tiles.items() if tile.face.glyph == "fuse")
    before = view.scene.tiles[dying].face.fuse
    view.tick(NOW + NS)
    assert view.scene.tiles[dying].face.fuse == pytest.approx(before - 0.1)
    assert view.scene.tiles[dying].face.line == "killed in 6 s"


@pytest.mark.parametrize("step", range(len(LADDER)))
def test_every_step_paints(opened: Opener, qapp: QApplication, step: int) -> None:
    view = opened(demo_world())
    view.mark((6, 10, 45), 10)
    view.choose(LADDER[step])
    qapp.processEvents()
    assert not fresh(view).isNull()
    assert view.step == LADDER[step]


def test_an_empty_map_says_what_to_do(opened: Opener, qapp: QApplication) -> None:
    view = opened(World())
    view.ink.record = []
    fresh(view)
    assert next(painted.text for painted in view.ink.record) == "No thread yet"


def test_a_ring_that_ends_is_painted_over(opened: Opener) -> None:
    view = opened(demo_world(2, 6))
    tile = next(tile for tile in view.scene.tiles.values() if tile.alarmed)
    change(view, replace(tile.head, state="running", asks=(), parked=False, hold=()))
    assert not tile.alarmed
    assert tile.ringed
    change(view, tile.head)
    assert not tile.ringed


def test_space_fits_what_an_alert_is_about_where_it_can_be_read(opened: Opener) -> None:
    view = opened(plain_world(1000, 20))
    assert view.step.level == "L0"
    view.fit((700,))
    assert (view.step.level, view.step.w) == ("L2", 96)
    assert view.whole((700,)) == [700]
    at = view.saved_camera()
    view.fit((701,))
    assert view.saved_camera()[0] == at[0], "it can be read: it only scrolls"
    view.choose(LADDER[-1])
    view.fit((1, 3))
    assert view.whole((1, 3)) == [1, 3]
    view.fit(tuple(range(1, 60)))
    assert len(view.whole(range(1, 60))) == 59
    assert view.step.w >= 64
    view.fit((1, 1000))
    assert view.step.w >= 64, "they cannot all be in view; what is there can be read"
    view.set_camera(1, 0)
    view.fit((5,))
    assert view.whole((5,)) == [5]
