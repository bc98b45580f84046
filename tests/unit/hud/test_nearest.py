from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from commandcenter.hud.layout import Box
from commandcenter.hud.nearest import Direction, Rows
from commandcenter.hud.selection import neighbour


def weight(places: dict[int, Box], start: int, other: int, way: str) -> float:
    here, there = places[start], places[other]
    dx = there.x + there.w / 2 - here.x - here.w / 2
    dy = there.y + there.h / 2 - here.y - here.h / 2
    aside = abs(dy if way in ("left", "right") else dx)
    return abs(dx if way in ("left", "right") else dy) + 2.5 * aside


BOXES = st.dictionaries(
    st.integers(1, 400),
    st.builds(
        lambda col, row: Box(col * 21, row * 13, 18, 10), st.integers(0, 30), st.integers(0, 9)
    ),
    min_size=1,
    max_size=60,
)


@given(BOXES, st.sampled_from(get_args(Direction)), st.data())
def test_as_near_as_the_one_found_by_looking_at_all(
    places: dict[int, Box], way: Direction, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from(sorted(places)))
    slow, fast = neighbour(places, start, way), Rows(places).neighbour(start, way)
    assert (slow == start) == (fast == start)
    assert weight(places, start, slow, way) == weight(places, start, fast, way)


def test_nowhere_begins_at_the_top_left() -> None:
    places = {4: Box(30, 0, 9, 9), 2: Box(0, 0, 9, 9), 3: Box(0, 20, 9, 9)}
    assert Rows(places).neighbour(99, "left") == 2
    assert Rows({}).neighbour(1, "up") == 0
