"""Whose CPU seconds are whose."""

import os

from commandcenter.bench.cpu import Sample, between, rss, sample, share


def test_what_neither_we_nor_idleness_account_for_is_strangers() -> None:
    begin = Sample(10.0, 100.0, {"engine": 1.0, "bench": 2.0})
    end = Sample(14.0, 104.0, {"engine": 2.0, "bench": 3.0, "late": 0.5})
    window = between("span", begin, end, 0.99)
    assert window.seconds == 4.0
    assert window.cpu == {"engine": 1.0, "bench": 1.0, "late": 0.5}
    assert window.strangers == 0.375
    assert window.sent == 0.99
    assert share(window) == 25.0


def test_more_of_ours_than_the_machine_counted_is_no_stranger() -> None:
    window = between("span", Sample(0.0, 0.0, {"a": 0.0}), Sample(1.0, 0.1, {"a": 0.2}), None)
    assert window.strangers == 0.0


def test_a_process_is_counted_once_under_its_first_label() -> None:
    found = sample({"engine": os.getpid(), "gone": 2**22 + 1})
    assert found.cpu["engine"] > 0
    assert found.cpu["bench"] == 0.0
    assert found.cpu["gone"] == 0.0


def test_memory_of_nobody_is_nothing() -> None:
    assert rss(os.getpid()) > 1_000_000
    assert rss(2**22 + 1) == 0
