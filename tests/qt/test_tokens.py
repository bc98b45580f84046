"""The scenes of the two mocks: places, colours of section 3, and texts that can be read."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage
from scenes import SCENES
from stage import TIMEOUT_S, Stage
from test_golden import play, staged, still

from commandcenter.ui.paint import Painted
from commandcenter.ui.theme import contrast

pytestmark = pytest.mark.qt
_ = still
NEAR = 14
"""How far each channel of a pixel may be from its token, for soft edges."""
PANELS = {
    "mock": {
        "bar": (0, 0, 1920, 46),
        "map": (8, 54, 1448, 700),
        "inspector": (1464, 54, 448, 700),
        "minimap": (8, 762, 300, 310),
        "alerts": (316, 762, 356, 310),
        "selection": (680, 762, 776, 310),
        "card": (1464, 762, 448, 310),
    },
    "mock-1366": {
        "bar": (0, 0, 1366, 36),
        "map": (6, 42, 1028, 494),
        "inspector": (1040, 42, 320, 494),
        "minimap": (6, 542, 213, 220),
        "alerts": (225, 542, 253, 220),
        "selection": (484, 542, 550, 220),
        "card": (1040, 542, 320, 220),
    },
}
COLUMNS = {"mock": [4, 4, 4, 6, 6], "mock-1366": [4, 4, 4, 4]}
BUTTONS = {"mock": (80, 84), "mock-1366": (59, 60)}


@pytest.fixture(params=["mock", "mock-1366"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shown(
    loop: asyncio.AbstractEventLoop, name: str, look: Callable[[Stage, QImage], None]
) -> None:
    stage = staged(SCENES[name], loop)

    async def whole() -> None:
        await stage.open()
        try:
            await play(stage, SCENES[name])
            look(stage, stage.window.grab().toImage())
        finally:
            await stage.close()

    loop.run_until_complete(asyncio.wait_for(whole(), TIMEOUT_S))


def pixels(picture: QImage, rect: QRect) -> Iterator[int]:
    for y in range(max(rect.top(), 0), min(rect.bottom() + 1, picture.height())):
        for x in range(max(rect.left(), 0), min(rect.right() + 1, picture.width())):
            yield picture.pixel(x, y) & 0xFFFFFF


def close(pixel: int, color: QColor) -> bool:
    parts = ((pixel >> 16, color.red()), (pixel >> 8 & 255, color.green()))
    return all(abs(a - b) <= NEAR for a, b in (*parts, (pixel & 255, color.blue())))


def count(stage: Stage, picture: QImage, rect: QRect, token: str) -> int:
    """How many pixels of a part have a token's colour."""
    color = stage.window.ink.theme.color(token)
    tally = Counter(pixels(picture, rect))
    return sum(n for pixel, n in tally.items() if close(pixel, color))


def tile(stage: Stage, thread: int) -> QRect:
    """A thread's tile, in px of the window."""
    view = stage.window.map
    return view.scene.rects[thread].translated(view.viewport().mapTo(stage.window, view.pos() * 0))


# --- places -----------------------------------------------------------------------------------


def test_panels_tiles_and_columns_are_those_of_the_mock(
    loop: asyncio.AbstractEventLoop, name: str
) -> None:
    def look(stage: Stage, picture: QImage) -> None:
        for part, wanted in PANELS[name].items():
            rect = getattr(stage.window, part).geometry()
            found = (rect.x(), rect.y(), rect.width(), rect.height())
            assert all(abs(a - b) <= 2 for a, b in zip(found, wanted, strict=True)), part
        scene = stage.window.map.scene
        assert {(r.width(), r.height()) for r in scene.rects.values()} == {(112, 56)}
        columns = []
        for operation in scene.world.operations.values():
            columns.append(len({scene.rects[thread].x() for thread in operation.threads}))
        assert columns == COLUMNS[name]
        wide, high = BUTTONS[name]
        for place in stage.window.card.places():
            assert abs(place.width() - wide) <= 2
            assert abs(place.height() - high) <= 2

    shown(loop, name, look)


def test_the_map_of_the_mock_is_694_px_tall(loop: asyncio.AbstractEventLoop) -> None:
    def look(stage: Stage, picture: QImage) -> None:
        assert stage.window.map.scene.layout.height == 694

    shown(loop, "mock", look)


# --- colours ----------------------------------------------------------------------------------


def test_each_state_has_its_colour_on_the_map(loop: asyncio.AbstractEventLoop) -> None:
    def look(stage: Stage, picture: QImage) -> None:
        stripes = {2: "run", 1: "think", 4: "tool", 9: "done", 76: "pause", 27: "wait", 45: "err"}
        for thread, token in stripes.items():
            rect = tile(stage, thread)
            stripe = QRect(rect.x(), rect.y() + 14, 5, rect.height() - 28)
            assert count(stage, picture, stripe, token) >= 20, (thread, token)
        for thread, token in {6: "sel", 27: "wait", 45: "err"}.items():
            rect = tile(stage, thread).adjusted(-3, -3, 3, 3)
            top = QRect(rect.x() + 20, rect.y(), 60, 6)
            assert count(stage, picture, top, token) >= 50, (thread, token)
        letters = {1: "large", 2: "standard", 4: "small", 52: "local"}
        for thread, token in letters.items():
            rect = tile(stage, thread)
            plate = QRect(rect.right() - 22, rect.y() + 2, 20, 20)
            assert count(stage, picture, plate, token) >= 5, (thread, token)

    shown(loop, "mock", look)


def test_orange_red_green_and_blue_mean_one_thing_each(loop: asyncio.AbstractEventLoop) -> None:
    def look(stage: Stage, picture: QImage) -> None:
        window = stage.window
        assert count(stage, picture, window.bar.geometry(), "wait") >= 60
        assert count(stage, picture, window.selection.composer.geometry(), "accent") == 0
        place = window.selection.composer.geometry().translated(window.selection.pos())
        assert count(stage, picture, place, "accent") >= 100
        badge = QRect(tile(stage, 6).right() - 8, tile(stage, 6).y() - 8, 15, 15)
        assert count(stage, picture, badge, "accent") >= 40
        tabs = QRect(window.inspector.x(), window.inspector.y() + 100, 120, 60)
        assert count(stage, picture, tabs, "accent") >= 30
        marks = window.minimap.geometry()
        assert count(stage, picture, marks, "wait") >= 100
        assert count(stage, picture, marks, "err") >= 60
        bars = {"auth-refactor": "run", "billing-api": "tool", "research": "err"}
        at = window.map.viewport().mapTo(window, window.map.pos() * 0)
        for sector in window.map.scene.layout.sectors:
            if sector.name in bars:
                box = sector.box
                head = QRect(box.x + box.w // 2, box.y, box.w // 2, 28).translated(at)
                assert count(stage, picture, head, bars[sector.name]) >= 60, sector.name

    shown(loop, "mock", look)


@pytest.mark.parametrize(
    ("scene", "token"), [("card-nobody", "sel"), ("approve-empty", "sel"), ("menu-new", "err")]
)
def test_what_means_nothing_else_is_not_there(
    loop: asyncio.AbstractEventLoop, scene: str, token: str
) -> None:
    """Green is the selection only, red what failed or is over its budget."""

    def look(stage: Stage, picture: QImage) -> None:
        assert count(stage, picture, picture.rect(), token) == 0

    shown(loop, scene, look)


# --- texts ------------------------------------------------------------------------------------

READ = (
    "mock", "mock-1366", "okabe", "contrast", "states-cards", "states-cards-okabe", "states-tiles",
    "level-panes", "fog-stale", "approve-r2", "tab-policy", "tab-cost", "tab-diff", "tab-audit",
    "find", "palette", "settings", "menu-loop", "composer", "first-run-outside", "engine-lost",
)  # fmt: skip
"""The palettes, the contrasts, and every kind of ground that text stands on."""


def read(picture: QImage, one: Painted) -> float:
    """The contrast of a painted text: its ground is the commonest colour, its ink the farthest."""
    x, y, wide, high = one.rect
    tally = Counter(pixels(picture, QRect(round(x), round(y), round(wide) + 1, round(high) + 1)))
    ground = f"#{tally.most_common(1)[0][0]:06x}"
    return max(contrast(f"#{pixel:06x}", ground) for pixel in tally)


@pytest.mark.parametrize("scene", READ)
def test_painted_texts_can_be_read(loop: asyncio.AbstractEventLoop, scene: str) -> None:
    def look(stage: Stage, picture: QImage) -> None:
        texts = [one for one in stage.texts() if one.rect[3] >= 10]  # the rest is scrolled away
        pale = [(one.text, round(read(picture, one), 2)) for one in texts]
        assert [one for one in pale if one[1] < 4.5] == []

    shown(loop, scene, look)
