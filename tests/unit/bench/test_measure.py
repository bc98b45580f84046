"""Percentiles, floors, goals, validity: what decides a bench's exit code."""

import pytest

from commandcenter.bench.measure import (
    Figure,
    Outcome,
    Spec,
    Window,
    capacity,
    figure,
    percentile,
    reasons,
    specs,
)

MUSTS = {
    "gate": {
        "native_core": (40, (30,)),
        "native_first_p50": (None, (1,)),
        "native_first_p99": (15, (5,)),
        "http_core": (40, (30,)),
        "http_first_p99": (15, (5,)),
        "tokens_wrong": (0, ()),
        "text_lost": (0, ()),
    },
    "control": {
        "pause_native": (300, (100,)),
        "pause_native_held": (300, (100,)),
        "pause_streaming": (300, (100,)),
        "kill_alone_p99": (1000, (250,)),
        "kill_together_p99": (1000, (250,)),
        "survivors": (0, ()),
    },
    "latency": {
        "stated_p99": (100, (50, 16)),
        "one_core_p99": (100, (50, 16)),
        "x11_p99": (100, (50, 16)),
    },
    "load": {"live": (200, ()), "listed": (5000, ()), "native_rss": (None, (150,))},
}
"""architecture.md and agents.md 1, written down once more."""


def window(strangers: float = 0.0, sent: float | None = None) -> Window:
    return Window("span", 1.0, {"engine": 0.1}, strangers, 0.5, sent)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([5.0], 0.99, 5.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 101)), 1.0, 100),
        (list(range(1, 101)), 0.0, 1),
        ([1.0, 100.0], 0.5, 1.0),
    ],
)
def test_percentile_is_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("value", "met", "distance"),
    [(4.0, True, None), (5.0, True, None), (7.5, True, 2.5), (15.0, True, 10.0), (16, False, 11)],
)
def test_a_figure_that_should_be_low(value: float, met: bool, distance: float | None) -> None:
    made = figure("x", Spec("x", "ms", 15.0, (5.0,)), value, 2.0)
    assert (made.met, made.distance, made.ratio) == (met, distance, value / 2.0)


def test_the_distance_is_to_the_next_goal_not_yet_reached() -> None:
    spec = Spec("x", "ms", 100.0, (50.0, 16.0))
    assert [figure("x", spec, value).distance for value in (60.0, 40.0, 16.0)] == [10.0, 24.0, None]


@pytest.mark.parametrize(("value", "met"), [(200.0, True), (199.0, False), (201.0, True)])
def test_a_figure_that_should_be_high(value: float, met: bool) -> None:
    assert figure("x", Spec("x", "threads", 200.0, better="higher"), value).met is met


def test_a_figure_without_a_must_is_always_met() -> None:
    made = figure("x", Spec("x", "ms"), 1e9)
    assert made.met
    assert (made.floor, made.ratio, made.distance) == (None, None, None)


@pytest.mark.parametrize(
    ("strangers", "sent", "count"),
    [(0.3, None, 0), (0.31, None, 1), (0.0, 0.98, 0), (0.0, 0.979, 1), (1.0, 0.5, 2)],
)
def test_strangers_and_short_load_make_a_run_invalid(
    strangers: float, sent: float | None, count: int
) -> None:
    assert len(reasons(window(strangers, sent))) == count


def outcome(*values: float, strangers: float = 0.0) -> Outcome:
    spec = Spec("x", "ms", 10.0)
    made: tuple[Figure, ...] = tuple(figure(f"f{i}", spec, v) for i, v in enumerate(values))
    return Outcome("some", made, (window(strangers),))


def test_the_exit_code() -> None:
    assert outcome(1.0, 2.0).code == 0
    assert outcome(1.0, 20.0).code == 1
    assert outcome(1.0, 20.0).missed == ("f1",)
    assert outcome(1.0, 20.0, strangers=0.9).code == 6
    assert outcome(1.0, strangers=0.9).code == 6


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(100, 10), (200, 20)], 700),
        ([(100, 10), (200, 110)], 160),
        ([(100, 60), (200, 80), (300, 90)], 150),
        ([(100, 10), (200, 30), (300, 40)], 600),
        ([(100, 90), (200, 110)], 0),
        ([(100, 50), (200, 50)], 100),
    ],
)
def test_capacity_lies_between_or_beyond_the_steps(
    steps: list[tuple[float, float]], expected: float
) -> None:
    assert capacity(steps, 70.0) == pytest.approx(expected)


def test_capacity_wants_two_loads() -> None:
    with pytest.raises(ValueError, match="two loads"):
        capacity([(1.0, 1.0)], 70.0)


@pytest.mark.parametrize("bench", sorted(MUSTS))
def test_floors_and_goals_are_those_of_the_design(bench: str) -> None:
    found = specs(bench)
    said = {name: (found[name].must, found[name].goals) for name in MUSTS[bench]}
    assert said == MUSTS[bench]
