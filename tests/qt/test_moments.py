"""Moments as the person's clock has them: what was not today says its day."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from commandcenter.core.base import NS
from commandcenter.ui.moments import in_table, passed, time_of_day

DAY_NS = 86_400 * NS
NOW = round(datetime(2026, 11, 29, 10, 39, tzinfo=UTC).timestamp()) * NS


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, "10:39"),
        (10 * 3_600 * NS, "00:39"),
        (11 * 3_600 * NS, "Sat 23:39"),
        (6 * DAY_NS, "Mon 10:39"),
        (8 * DAY_NS, "21 Nov 10:39"),
    ],
)
def test_what_was_not_today_says_its_day(ago: int, said: str) -> None:
    assert passed(NOW - ago, NOW) == said


def test_seconds_and_what_is_to_come() -> None:
    assert passed(NOW, NOW, "%H:%M:%S") == "10:39:00"
    assert time_of_day(NOW + 14 * 3_600 * NS, NOW) == "00:39"
    assert time_of_day(NOW + DAY_NS, NOW) == "Mon 10:39"
    assert in_table(NOW) == "10:39:00"
    assert in_table(None) == in_table(0) == ""
