"""Plan windows from headers: by their minutes, sane, and until when one is used up."""

import json

import pytest

from commandcenter.core.base import NS
from commandcenter.core.world import Window
from commandcenter.gate.base import Headers
from commandcenter.gate.quota import closed_until, told_reset, windows

WALL = 1_760_000_000 * NS
SOON = 1_760_003_600
LATER = 1_760_400_000


def unified(**fields: str) -> Headers:
    begin = "anthropic-ratelimit-unified-"
    return tuple(
        ((begin + name.lstrip("_").replace("_", "-")).encode(), value.encode())
        for name, value in fields.items()
    )


def codex(**fields: str) -> Headers:
    return tuple((f"x-codex-{k.replace('_', '-')}".encode(), v.encode()) for k, v in fields.items())


TWO = unified(
    status="allowed_warning",
    _5h_utilization="0.93",
    _5h_reset=str(SOON),
    _7d_utilization="0.4",
    _7d_reset=str(LATER),
)


def test_the_windows_of_anthropic() -> None:
    assert windows(TWO, WALL) == (
        Window(300, 0.93, SOON * NS, "allowed_warning", WALL),
        Window(10_080, 0.4, LATER * NS, "allowed_warning", WALL),
    )
    assert closed_until(windows(TWO, WALL), TWO, WALL) == 0


def test_the_windows_of_openai_go_by_their_minutes_not_by_their_slot() -> None:
    headers = codex(
        primary_used_percent="12.5",
        primary_window_minutes="10080",
        primary_reset_at=str(LATER),
        secondary_used_percent="100",
        secondary_window_minutes="300",
        secondary_reset_after_seconds="60",
    )
    found = windows(headers, WALL)
    assert found == (
        Window(300, 1.0, WALL + 60 * NS, "", WALL),
        Window(10_080, 0.125, LATER * NS, "", WALL),
    )
    assert closed_until(found, headers, WALL) == WALL + 60 * NS


def test_a_rejection_is_about_the_full_window_the_named_one_or_the_fullest() -> None:
    for fields, closed in (
        ({"_5h_utilization": "1.02", "_7d_utilization": "0.5"}, 300),
        ({"_5h_utilization": "0.98", "_7d_utilization": "0.99"}, 10_080),
        (
            {
                "_5h_utilization": "0.98",
                "_7d_utilization": "0.99",
                "representative_claim": "five_hour",
            },
            300,
        ),
    ):
        resets = {"_5h_reset": str(SOON), "_7d_reset": str(LATER)}
        headers = unified(status="rejected", **resets, **fields)
        found = windows(headers, WALL)
        assert [w.minutes for w in found if w.status == "rejected"] == [closed]
        until = SOON if closed == 300 else LATER
        assert closed_until(found, headers, WALL) == until * NS


def test_a_rejection_by_a_limit_of_its_own_ends_at_its_own_reset() -> None:
    fields = {"_5h_utilization": "0.2", "_7d_utilization": "0.6", "_7d_reset": str(LATER)}
    headers = unified(
        status="rejected", reset=str(SOON), representative_claim="seven_day_opus", **fields
    )
    assert closed_until(windows(headers, WALL), headers, WALL) == SOON * NS


def test_a_window_without_reset_takes_the_one_told_beside_it() -> None:
    headers = unified(status="rejected", _5h_utilization="1", reset=str(SOON))
    assert closed_until(windows(headers, WALL), headers, WALL) == SOON * NS
    nowhere = unified(status="rejected", _5h_utilization="1")
    assert closed_until(windows(nowhere, WALL), nowhere, WALL) == 0


@pytest.mark.parametrize("bad", ["", "nan", "inf", "-1", "x", "1e400"])
def test_what_is_no_number_is_no_window(bad: str) -> None:
    assert windows(unified(_5h_utilization=bad), WALL) == ()
    assert windows(codex(primary_used_percent=bad, primary_window_minutes="300"), WALL) == ()
    assert windows(codex(primary_used_percent="1", primary_window_minutes=bad), WALL) == ()


def test_a_reset_in_another_century_is_none() -> None:
    (window,) = windows(unified(_5h_utilization="0.1", _5h_reset="9999999999"), WALL)
    assert window.resets_at == 0


def test_no_headers_no_windows() -> None:
    assert windows(((b"content-type", b"text/plain"),), WALL) == ()


def test_the_reset_in_a_body() -> None:
    def told(**error: object) -> int:
        return told_reset(json.dumps({"error": error}).encode(), WALL)

    assert told(type="usage_limit_reached", resets_at=SOON) == SOON * NS
    assert told(resets_in_seconds=30) == WALL + 30 * NS
    assert told(message="slow down") == 0
    for bad in (b"", b"[]", b"{}", b'{"error":"x"}', b'{"error":{"resets_at":"soon"}}'):
        assert told_reset(bad, WALL) == 0
