"""A start is timed from outside: the process tells when its first frame was painted."""

from pathlib import Path

import pytest

from commandcenter.bench import idle, probe, start
from commandcenter.bench.measure import percentile


async def test_the_empty_window_tells_when_it_was_painted(tmp_path: Path) -> None:
    took = await start._start({"bare": True}, str(tmp_path))
    assert list(tmp_path.rglob("*.pyc"))
    assert 10 < took < 30_000


async def test_a_screen_that_paints_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="painted no names"):
        await start._start({"home": 7}, str(tmp_path))


@pytest.mark.parametrize("second", [0.0, 20.0, 46.0, 47.0, 59.9])
def test_the_idle_span_never_holds_the_minute(second: float) -> None:
    begins = second + idle._to_a_free_span(second) + idle.QUIET_S
    ends = begins + idle.LONG_S + 2 * idle.EDGE_S
    assert int(begins // 60) == int(ends // 60)


def test_outside_and_inside_are_compared_press_by_press() -> None:
    figures = {one.name: one for one in probe._figures([10.0, 30.0], [8.0, 12.0])}
    assert figures["apart_p50"].value == percentile([2.0, 18.0], 0.5)
    assert figures["apart_p99"].value == 18.0
    assert not figures["apart_p99"].met
    with pytest.raises(RuntimeError, match="2 keys were sent, 1 came"):
        probe._figures([10.0, 30.0], [8.0])
