"""Sounds: one at a time, none twice, off but danger, each with a caption (screen.md 10)."""

from commandcenter.core.events import Severity
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.sounding import Sounding, SoundSettings

ALL = ("warn", "info", "click")


def row(key: str, severity: Severity, **fields: object) -> AlertRow:
    return AlertRow(key, severity, "needs", "wait", f"{key} happened", "", "", **fields)  # type: ignore[arg-type]  # test rows


def played(sounding: Sounding, start: float, end: float) -> list[tuple[float, str]]:
    found, at = [], start
    while at < end:
        sound = sounding.due(at)
        if sound is not None:
            found.append((round(at, 2), sound))
        at += 0.01
    return found


def test_only_danger_is_heard_until_more_is_switched_on() -> None:
    settings = SoundSettings()
    assert [settings.hears(one) for one in ("danger", "warn", "info")] == [True, False, False]
    settings.switch("warn")
    settings.switch("danger")
    assert settings.hears("warn")
    assert settings.hears("danger")
    settings.switch("warn")
    assert not settings.hears("warn")
    settings.mute = True
    assert not settings.hears("danger")


def test_what_stood_there_at_first_is_silent_and_a_repeat_too() -> None:
    sounding = Sounding(SoundSettings())
    sounding.rows([row("a", "danger")], 0.0)
    sounding.rows([row("a", "danger", times=7)], 1.0)
    assert sounding.due(1.0) is None
    sounding.rows([row("a", "danger"), row("b", "danger")], 2.0)
    assert sounding.due(2.0) == "danger"
    assert sounding.caption is not None
    assert sounding.caption.text == "b happened"


def test_a_graver_severity_breaks_through() -> None:
    sounding = Sounding(SoundSettings(on=ALL))
    sounding.rows([row("a", "info")], 0.0)
    sounding.rows([row("a", "warn")], 1.0)
    assert sounding.due(1.0) == "warn"


def test_one_at_a_time_and_700_ms_apart() -> None:
    sounding = Sounding(SoundSettings(on=ALL))
    sounding.offer("info", "i", 0.0)
    assert sounding.due(0.0) == "info"
    sounding.offer("warn", "w", 0.1)
    sounding.offer("danger", "d", 0.2)
    sounding.offer("danger", "again", 0.3)
    assert played(sounding, 0.31, 5.0) == [(0.7, "danger")]


def test_the_same_is_not_heard_again_within_three_seconds() -> None:
    sounding = Sounding(SoundSettings())
    heard = []
    for n in range(60):
        sounding.offer("danger", f"{n}", n / 10)
        heard += [n] * (sounding.due(n / 10) is not None)
    assert heard == [0, 30]


def test_a_thousand_alerts_in_a_second_are_two_sounds_at_most() -> None:
    for on in ((), ALL):
        sounding, count = Sounding(SoundSettings(on=on)), 0
        sounding.rows([], 0.0)
        rows: list[AlertRow] = []
        for n in range(1000):
            rows.append(row(f"a{n}", ("danger", "warn", "info")[n % 3]))
            sounding.rows(rows, n / 1000)
            count += sounding.due(n / 1000) is not None
        count += len(played(sounding, 1.0, 10.0))
        assert 1 <= count <= 2


def test_deferred_rows_are_silent_and_a_caption_ends() -> None:
    sounding = Sounding(SoundSettings())
    sounding.rows([], 0.0)
    sounding.rows([row("a", "danger", deferred=True)], 1.0)
    assert sounding.due(1.0) is None
    sounding.rows([row("a", "danger")], 2.0)
    assert sounding.due(2.0) == "danger"
    assert sounding.wait(2.0) == 4.0
    assert sounding.due(6.0) is None
    assert sounding.caption is None
    assert sounding.wait(6.0) == 0.0


def test_a_click_is_heard_when_it_is_switched_on() -> None:
    sounding = Sounding(SoundSettings(on=("click",)))
    sounding.offer("danger", "d", 0.0)
    assert sounding.due(0.0) == "danger"
    sounding.offer("click", "the case shown has just changed", 0.1)
    assert played(sounding, 0.1, 3.0) == []
    sounding.offer("click", "the case shown has just changed", 1.0)
    assert sounding.due(1.0) == "click"
