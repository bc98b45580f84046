import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.hud.layout import (
    LADDER,
    Box,
    Step,
    arrange,
    auto_step,
    card_buttons,
    drawn,
    panels,
    reserved,
    shifted,
    text_shift,
    zoomed,
)

TILE = Step("L2", 112, 56, 5)


def _wh(step: Step) -> tuple[int, int]:
    return (step.w, step.h) if step.level != "LS" else (0, 0)


def test_panels_at_1080() -> None:
    found = panels(1920, 1080)
    assert found.bar == Box(0, 0, 1920, 46)
    assert found.map == Box(8, 54, 1448, 700)
    assert found.inspector == Box(1464, 54, 448, 700)
    assert found.minimap == Box(8, 762, 300, 310)
    assert found.alerts == Box(316, 762, 356, 310)
    assert found.selection == Box(680, 762, 776, 310)
    assert found.card == Box(1464, 762, 448, 310)
    assert [(b.w, b.h) for b in card_buttons(found.card, found.tall)] == [(80, 84)] * 15


def test_panels_at_768() -> None:
    found = panels(1366, 768)
    assert found.bar == Box(0, 0, 1366, 36)
    assert found.map == Box(6, 42, 1028, 494)
    assert found.inspector == Box(1040, 42, 320, 494)
    assert found.minimap == Box(6, 542, 213, 220)
    assert found.alerts == Box(225, 542, 253, 220)
    assert found.selection == Box(484, 542, 550, 220)
    assert found.card == Box(1040, 542, 320, 220)
    assert [(b.w, b.h) for b in card_buttons(found.card, found.tall)] == [(59, 60)] * 15


@given(st.integers(1024, 3840), st.integers(640, 2160))
def test_panels_never_overlap_and_stay_inside(width: int, height: int) -> None:
    found = panels(width, height)
    parts = [found.bar, found.map, found.minimap, found.alerts, found.selection, found.card]
    parts += [] if found.overlay else [found.inspector]
    for n, one in enumerate(parts):
        assert one.x >= 0
        assert one.right <= width
        assert one.bottom <= height
        assert not any(one.meets(other) for other in parts[n + 1 :])
    buttons = card_buttons(found.card, found.tall)
    assert all(b.right <= found.card.w and b.bottom <= found.card.h for b in buttons)


def test_a_narrow_window_lays_the_inspector_over_the_map() -> None:
    found = panels(1100, 700)
    assert found.overlay
    assert found.map.w == 1100 - 12
    assert found.inspector.right == found.map.right


@pytest.mark.parametrize(
    ("threads", "operations", "wide", "small"),
    [
        (24, 3, (200, 96), (112, 56)),
        (48, 4, (160, 80), (112, 56)),
        (120, 5, (112, 56), (64, 24)),
        (200, 8, (84, 26), (40, 22)),
        (1000, 20, (22, 22), (12, 12)),
        (5000, 40, (8, 8), (0, 0)),
    ],
)
def test_auto_steps_of_the_design(
    threads: int, operations: int, wide: tuple[int, int], small: tuple[int, int]
) -> None:
    slots = [reserved(threads // operations)] * operations
    assert _wh(auto_step(slots, 1448, 700)) == wide
    assert _wh(auto_step(slots, 1028, 494)) == small


def test_five_sectors_of_the_mock() -> None:
    found = arrange("ABCDE", [24] * 5, 1448, TILE)
    assert [sector.cols for sector in found.sectors] == [4, 4, 4, 6, 6]
    assert found.height == 694
    assert found.sectors[0].box == Box(8, 8, 471, 397)
    assert found.place(0, 0) == Box(12, 36, 112, 56)
    assert found.place(0, 5) == Box(12 + 117, 36 + 61, 112, 56)


def test_four_sectors_of_the_small_mock() -> None:
    found = arrange("ABCD", [12] * 4, 1028, TILE)
    assert [sector.cols for sector in found.sectors] == [4, 4, 4, 4]


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=12),
    st.integers(700, 2600),
    st.sampled_from(LADDER),
)
def test_sectors_lie_apart_and_hold_their_slots(slots: list[int], width: int, step: Step) -> None:
    kept = [reserved(count) for count in slots]
    found = arrange([str(n) for n in range(len(kept))], kept, width, step)
    boxes = [sector.box for sector in found.sectors]
    assert all(box.right <= width - 8 for box in boxes)
    assert all(box.bottom <= found.height for box in boxes)
    for n, one in enumerate(boxes):
        assert not any(one.meets(other) for other in boxes[n + 1 :])
    if step.level != "LS":
        for index, sector in enumerate(found.sectors):
            last = found.place(index, sector.slots - 1)
            assert last.bottom <= sector.box.bottom - 8
            assert last.right <= sector.box.right


def test_reserve_in_steps_of_six_and_zoom_within_the_ladder() -> None:
    assert [reserved(n) for n in (0, 1, 6, 7, 24, 25)] == [6, 6, 6, 12, 24, 30]
    assert zoomed(LADDER[0], -1) == LADDER[0]
    assert zoomed(LADDER[-1], 3) == LADDER[-1]
    assert zoomed(TILE, 1) == Step("L2", 136, 68, 5)


def test_panes_only_for_a_dozen() -> None:
    assert auto_step([12], 3000, 2000).level == "L4"
    assert auto_step([18], 3000, 2000).level == "L3"


def test_larger_text_takes_one_rung_for_each_25_percent() -> None:
    by = {step.w: step for step in LADDER if step.level in ("L1", "L2", "L3")}
    assert [text_shift(percent) for percent in (90, 100, 110, 125, 150, 175, 200)] == [
        *(0, 0, 0, 1, 2, 3, 4)
    ]
    assert shifted(by[112], 2) == by[160]
    assert shifted(by[240], 4) == by[280]
    assert shifted(LADDER[0], 4) == LADDER[0]
    assert drawn(by[112], 0) == (by[112], 1.0)
    step, scale = drawn(by[240], 4)
    assert (step.level, step.w, step.h, scale) == ("L2", 120, 56, 2.0)
    for step in LADDER:
        for shift in range(5):
            small, grown = drawn(step, shift)
            assert grown >= 1.0
            assert small.w * grown <= step.w + grown
            assert small.h * grown <= step.h + grown
