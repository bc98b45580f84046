"""What is spoken: danger first, at most one in two seconds, never info."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from commandcenter.hud.announcing import APART_S, Announcer


def spoken(announcer: Announcer, until: float, step: float = 0.1) -> list[tuple[float, str]]:
    found, now = [], 0.0
    while now <= until:
        said = announcer.next(now)
        if said is not None:
            found.append((now, said.text))
        now = round(now + step, 3)
    return found


def test_info_is_never_spoken() -> None:
    announcer = Announcer()
    announcer.alert("done", "info", 0.0)
    assert not announcer.waiting
    assert announcer.next(0.0) is None


def test_danger_is_assertive_and_warn_polite() -> None:
    announcer = Announcer()
    announcer.alert("fire", "danger", 0.0)
    said = announcer.next(0.0)
    assert said is not None
    assert (said.text, said.assertive) == ("fire", True)
    announcer.alert("smoke", "warn", 5.0)
    said = announcer.next(5.0)
    assert said is not None
    assert (said.text, said.assertive) == ("smoke", False)


def test_a_thousand_alerts_in_a_second_speak_danger_only() -> None:
    announcer = Announcer()
    said = []
    for n in range(1000):
        severity = ("info", "warn", "danger")[n % 3]
        announcer.alert(f"{severity} {n}", severity, n / 1000)
        found = announcer.next(n / 1000)
        said += [found] if found else []
    said += [found for now in range(1, 8) if (found := announcer.next(float(now)))]
    assert [one.kind for one in said] in (["danger", "danger"], ["warn", "danger"])
    assert said[-1].text.endswith("more")


def test_the_first_danger_pushes_a_warning_aside() -> None:
    announcer = Announcer()
    announcer.alert("smoke", "warn", 0.0)
    announcer.alert("fire", "danger", 0.0)
    announcer.alert("more smoke", "warn", 0.1)
    assert [text for _, text in spoken(announcer, 8.0)] == ["fire"]


def test_only_the_newest_mode_is_said_and_not_when_it_is_old() -> None:
    announcer = Announcer()
    announcer.alert("fire", "danger", 0.0)
    assert announcer.next(0.0) is not None
    announcer.mode("MENU mode", 0.1)
    announcer.mode("MAP mode", 0.2)
    assert announcer.next(0.3) is None
    assert announcer.wait(0.5) == APART_S - 0.5
    assert [text for _, text in spoken(announcer, 3.0)] == ["MAP mode"]
    announcer.refusal("nobody is selected", 4.0)
    assert announcer.next(30.0) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["danger", "warn", "info", "mode", "refusal"]),
            st.floats(0, 1, allow_nan=False),
        ),
        max_size=60,
    )
)
def test_never_two_within_two_seconds(events: list[tuple[str, float]]) -> None:
    announcer, now, times = Announcer(), 0.0, []
    for kind, later in events:
        now += later
        if kind == "mode":
            announcer.mode(kind, now)
        elif kind == "refusal":
            announcer.refusal(kind, now)
        else:
            announcer.alert(f"{kind} {now}", kind, now)
        if announcer.next(now) is not None:
            times.append(now)
    assert all(two - one >= APART_S - 1e-9 for one, two in pairwise(times))
