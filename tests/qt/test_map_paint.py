from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from commandcenter.core.base import NS
from commandcenter.hud.layout import LADDER, panels
from commandcenter.hud.mirror import Mirror
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.map import MapView
from commandcenter.ui.minimap import Minimap
from commandcenter.ui.paint import Ink, Painted, Plate, sparkline
from commandcenter.ui.resources import bar_of
from commandcenter.ui.theme import Style, Theme
from commandcenter.ui.topbar import TopBar

Rect = tuple[float, float, float, float]


@pytest.fixture
def ink(qapp: QApplication) -> Ink:
    return Ink(Theme())


@pytest.fixture
def canvas(qapp: QApplication) -> QImage:
    image = QImage(400, 120, QImage.Format.Format_RGB32)
    image.fill(0)
    return image


def _inside(inner: Rect, outer: Rect) -> bool:
    return (
        inner[0] >= outer[0] - 0.5
        and inner[1] >= outer[1] - 0.5
        and inner[0] + inner[2] <= outer[0] + outer[2] + 0.5
        and inner[1] + inner[3] <= outer[1] + outer[3] + 0.5
    )


def _meet(one: Rect, other: Rect) -> bool:
    return (
        one[0] + 0.5 < other[0] + other[2]
        and other[0] + 0.5 < one[0] + one[2]
        and one[1] + 2 < other[1] + other[3]
        and other[1] + 2 < one[1] + one[3]
    )


def clean(record: list[Painted]) -> None:
    """No text leaves its owner, none lies on another one of the same owner."""
    for painted in record:
        assert _inside(painted.rect, painted.owner), painted
    for n, one in enumerate(record):
        for other in record[n + 1 :]:
            assert one.owner != other.owner or not _meet(one.rect, other.rect), (one, other)


@pytest.mark.parametrize("size", [(1448, 700), (1028, 494)])
@pytest.mark.parametrize("step", [None, *LADDER[5:]])
def test_texts_stay_in_their_tiles(ink: Ink, size: tuple[int, int], step: object) -> None:
    mirror = Mirror()
    mirror.adopt(demo_world())
    view = MapView(ink, mirror)
    view.resize(*size)
    view.load(NOW)
    view.choose(step if step in LADDER else None)
    ink.record = []
    view.grab()
    assert len(ink.record) > 10
    clean(ink.record)
    view.deleteLater()


def _bar(ink: Ink, width: int, height: int) -> tuple[TopBar, list[Painted]]:
    mirror = Mirror()
    mirror.adopt(demo_world())
    for second in range(60):
        mirror.burn.add(NOW - second * NS, 9_800)
    found = panels(width, height)
    bar = TopBar(ink, mirror)
    bar.low = not found.tall
    bar.resize(found.bar.w, found.bar.h)
    bar.show_state(NOW, "12:31:07", 14)
    ink.record = []
    bar.grab()
    return bar, ink.record


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 640)])
def test_the_resource_bar(ink: Ink, size: tuple[int, int]) -> None:
    bar, record = _bar(ink, *size)
    texts = [painted.text for painted in record]
    assert {"SPENT", "$6.12", "BURN", "SUPPLY", "14", "4 need you", "J", "12:31:07"} <= set(texts)
    clean(record)
    assert not any(painted.cut for painted in record)
    bar.deleteLater()


def test_the_bar_gives_its_key_to_the_mouse_and_repaints_only_on_change(ink: Ink) -> None:
    bar, record = _bar(ink, 1920, 1080)
    pressed: list[int] = []
    bar.needs_clicked.connect(lambda: pressed.append(1))
    need = next(painted.rect for painted in record if painted.text == "4 need you")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPointF(need[0], need[1]).toPoint())
    assert pressed == [1]
    same = bar_of(bar.mirror, NOW, 14, "12:31:07")
    assert same == bar_of(bar.mirror, NOW, 14, "12:31:07")
    bar.deleteLater()


@pytest.mark.parametrize(("size", "low"), [((300, 310), False), ((213, 220), True)])
def test_the_minimap(ink: Ink, size: tuple[int, int], low: bool) -> None:
    mirror = Mirror()
    mirror.adopt(demo_world())
    stage = QWidget()
    view = MapView(ink, mirror, stage)
    view.resize(1448, 700)
    view.load(NOW)
    view.choose(LADDER[13])
    small = Minimap(ink, view, stage)
    small.low = low
    small.resize(*size)
    ink.record = []
    small.grab()
    clean(ink.record)
    assert {"MINIMAP", "Dots", "Tiles", "Panes"} <= {painted.text for painted in ink.record}
    levels: list[str] = []
    small.level.connect(levels.append)
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=small.buttons()[0].center())
    ground = small.ground()
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=ground.bottomLeft())
    assert levels == ["L0"]
    assert view.view().y == view.verticalScrollBar().maximum()
    stage.deleteLater()


def test_put_cuts_with_an_ellipsis_and_aligns(ink: Ink, canvas: QImage) -> None:
    painter = QPainter(canvas)
    ink.record = []
    long = "a line that is much longer than its place"
    width = ink.put(painter, QRect(10, 10, 100, 16), long, Style(11))
    assert 60 < width <= 100
    ink.put(painter, QRect(10, 40, 100, 16), "right", Style(11, align="right"))
    ink.put(painter, QRect(10, 70, 100, 16), "middle", Style(11, align="center"))
    assert ink.put(painter, QRect(10, 70, 100, 16), "", Style(11)) == 0
    painter.end()
    first, right, middle = ink.record
    assert first.cut
    assert not right.cut
    assert right.rect[0] + right.rect[2] == pytest.approx(110, abs=1)
    assert middle.rect[0] + middle.rect[2] / 2 == pytest.approx(60, abs=1)


def test_put_follows_a_moved_painter(ink: Ink, canvas: QImage) -> None:
    painter = QPainter(canvas)
    ink.record = []
    painter.translate(50, 20)
    ink.put(painter, QRect(5, 5, 60, 16), "moved", Style(11))
    painter.end()
    assert ink.record[0].rect[0] == 55
    assert ink.record[0].owner == (55, 25, 60, 16)


@pytest.mark.parametrize("cells", [0, 1, 2, 64])
def test_sparklines_of_any_length(cells: int) -> None:
    line = sparkline([float(n) for n in range(cells)], 100, 10)
    heights = [line.curve.at(n).y() for n in range(line.curve.count())]
    assert all(0 <= y <= 10 for y in heights)
    assert line.curve.at(line.curve.count() - 1).x() == pytest.approx(100)


@pytest.mark.parametrize(
    "paint",
    [
        lambda ink, p: ink.glyph(p, "state:needs", QRect(4, 4, 16, 16), "wait"),
        lambda ink, p: ink.glyph(p, "kind:claude", QRect(4, 4, 9, 9), "mid"),
        lambda ink, p: ink.glyph(p, "icon:steer", QRect(4, 4, 22, 22), "accent"),
        lambda ink, p: ink.plate(p, QRect(4, 4, 112, 56), Plate(ring="err", select="sel")),
        lambda ink, p: ink.bar(p, QRect(4, 4, 60, 5), 0.4, "run"),
        lambda ink, p: ink.keycap(p, 4, 4, "Return"),
    ],
)
def test_pictures_leave_marks(
    ink: Ink, canvas: QImage, paint: Callable[[Ink, QPainter], None]
) -> None:
    painter = QPainter(canvas)
    paint(ink, painter)
    painter.end()
    assert any(canvas.pixel(x, y) & 0xFFFFFF for x in range(4, 30) for y in range(4, 30))


@pytest.mark.parametrize("width", [60, 87, 120, 400])
def test_what_is_said_looks_as_it_is_laid_out(ink: Ink, width: int) -> None:
    for text in ("looks at part 17", "AV To Ty. f) reads src/parser.py:128 again", "", "\u4f60 a"):
        style, rect = Style(10, "mid"), QRect(3, 2, width, 14)
        pictures = []
        for record in (None, []):
            image = QImage(420, 20, QImage.Format.Format_RGB32)
            image.fill(0)
            painter = QPainter(image)
            ink.record = record
            ink.say(painter, ink.said(rect, text, style, rect))
            painter.end()
            pictures.append(image)
        ink.record = None
        assert pictures[0] == pictures[1], text


def test_what_lies_within_is_found_by_its_slots(ink: Ink) -> None:
    mirror = Mirror()
    mirror.adopt(demo_world())
    scene = MapView(ink, mirror).scene
    scene.resize(1448, 700)
    scene.load(NOW)
    for step in LADDER:
        scene.choose(step)
        for area in (QRect(0, 0, 1448, 700), QRect(100, 37, 1, 1), QRect(230, 90, 301, 222)):
            found = {t for t, rect in scene.rects.items() if rect.intersects(area)}
            assert set(scene.within(area)) == found
            assert len(scene.within(area)) == len(found)


def test_pictures_go_with_what_leaves_the_view(ink: Ink) -> None:
    mirror = Mirror()
    mirror.adopt(demo_world())
    view = MapView(ink, mirror)
    view.resize(600, 300)
    view.load(NOW)
    view.scene.choose(next(step for step in LADDER if step.w == 160))
    view._relaid()
    view.grab()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    seen = set(view.visible())
    held = {
        thread
        for thread, tile in view.scene.tiles.items()
        if any(kept.still or kept.drawn for kept in tile.shelf.values())
    }
    assert held
    assert held <= seen
