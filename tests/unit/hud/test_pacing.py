"""A tile is painted for its content at most so often, in order, and never later than 300 ms."""

from commandcenter.core.base import NS
from commandcenter.hud.pacing import FRAME_NS, LEAST, LONGEST_NS, Pacing, every, room

FAR = every("L2")
ALL = 1_000


def by_id(thread: int) -> tuple[float, ...]:
    return (float(thread),)


def test_content_is_painted_ten_times_a_second_at_most() -> None:
    pacing, painted, now = Pacing(), [], NS
    for _ in range(60):  # two seconds of frames, new content in each
        pacing.add([7], now)
        painted += pacing.take(now, FAR, ALL, by_id)
        now += FRAME_NS
    assert 18 <= len(painted) <= 20
    assert every("L3") == every("L4") == FAR // 2


def test_the_first_word_is_painted_at_once_and_the_last_one_too() -> None:
    pacing = Pacing()
    pacing.add([7], NS)
    assert pacing.take(NS, FAR, ALL, by_id) == [7]
    pacing.add([7], NS + FRAME_NS)
    assert pacing.take(NS + FRAME_NS, FAR, ALL, by_id) == []
    assert 0.06 < pacing.due(NS + FRAME_NS, FAR) < 0.07
    assert pacing.take(NS + FAR, FAR, ALL, by_id) == [7]
    assert pacing.due(NS + FAR, FAR) == 0.0


def test_over_budget_the_first_in_rank_go_first_and_nothing_waits_long() -> None:
    pacing, waited = Pacing(), dict[int, int]()
    pacing.add(range(100), NS)
    now = NS
    while pacing.waiting:
        taken = pacing.take(now, FAR, 5, by_id)
        waited |= dict.fromkeys(taken, now - NS)
        now += FRAME_NS
    assert [t for t, wait in waited.items() if not wait] == [0, 1, 2, 3, 4]
    assert max(waited.values()) <= LONGEST_NS


def test_what_was_painted_anyway_does_not_wait() -> None:
    pacing = Pacing()
    pacing.add([1, 2], NS)
    pacing.painted([1], NS)
    assert pacing.take(NS, FAR, ALL, by_id) == [2]
    pacing.add([1, 2], NS)
    pacing.forget()
    assert not pacing.waiting


def test_a_clock_set_back_holds_nothing_up() -> None:
    pacing = Pacing()
    pacing.painted([1], 9 * NS)
    pacing.add([1], NS)
    assert pacing.take(NS, FAR, ALL, by_id) == [1]


def test_the_budget_is_six_ms_and_never_nothing() -> None:
    assert room(0.00003) == 200
    assert room(1.0) == LEAST
    assert room(0.0) > 100_000
