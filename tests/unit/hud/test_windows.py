"""Plan windows: burn against them, when they are empty, which the bar shows."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.base import NS
from commandcenter.core.world import AccountHead, Head, Spent, Tokens, Window, World
from commandcenter.hud import windows
from commandcenter.hud.windows import Moves, cells, empty_at, label, part, parts, until

NOW = 1_000_000 * NS
MINUTE = 60 * NS
HOUR = 3_600 * NS


def clock(wall: int) -> str:
    """Hours and minutes from NOW on."""
    minutes = (wall - NOW) // MINUTE
    return f"+{minutes // 60}:{minutes % 60:02d}"


def window(used: float, left_min: int = 120, minutes: int = 300, **fields: Any) -> Window:
    return Window(minutes, used, NOW + left_min * MINUTE, seen_at=NOW, **fields)


def world(*accounts: AccountHead, agents: tuple[str, ...] = ("claude",)) -> World:
    threads = {}
    for number, account in enumerate(accounts, 1):
        agent = agents[(number - 1) % len(agents)]
        threads[number] = Head(number, f"t{number}", "", agent, agent, account.id, "m", "b")
    return World(threads=threads, accounts={one.id: one for one in accounts})


def plan(*held: Window, name: str = "claude-plan", **fields: Any) -> AccountHead:
    return AccountHead(name, windows=held, auth="login", **fields)


def test_a_window_with_no_past_burns_as_it_did_since_it_began() -> None:
    found = cells(world(plan(window(0.6))), Moves(), NOW, clock)
    # 60 % in 180 of 300 minutes: the other 40 % last 120 minutes, exactly to its reset
    assert [(one.label, one.figure, one.note) for one in found] == [
        ("CLAUDE 5 h", "60 %", "lasts to +2:00")
    ]
    assert cells(world(plan(window(0.7))), Moves(), NOW, clock)[0].note == "empty +1:17"


def test_recent_movement_outweighs_the_past() -> None:
    account = plan(window(0.50))
    held, moves = world(account), Moves()
    for ago, used in ((600, 0.40), (300, 0.45), (0, 0.50)):
        one = Window(300, used, NOW + 120 * MINUTE, seen_at=NOW - ago * NS)
        moves.add(account, one)
    # 10 % in 10 minutes: the other half in 50
    assert cells(held, moves, NOW, clock)[0].note == "empty +0:50"
    assert cells(held, moves, NOW + 2 * HOUR - NS, clock)[0].note.startswith("lasts to")


def test_a_new_window_forgets_the_old_one() -> None:
    account, moves = plan(window(0.02)), Moves()
    moves.add(account, Window(300, 0.99, NOW, seen_at=NOW - 100 * NS))
    moves.add(account, window(0.02))
    assert moves.rate("claude-plan", window(0.02, 295), NOW) == pytest.approx(0.02 / 300)


def test_at_most_two_the_tightest_and_the_week_from_80_percent_on() -> None:
    week = window(0.79, 5_000, 10_080)
    held = world(
        plan(window(0.3), week),
        plan(window(0.5), name="codex-plan"),
        plan(window(0.4), name="other"),
        agents=("claude", "codex", "x"),
    )
    assert [one.label for one in cells(held, Moves(), NOW, clock)] == ["CODEX 5 h", "X 5 h"]
    full = window(0.85, 5_000, 10_080)
    held.accounts["claude-plan"] = plan(window(0.3), full)
    shown = cells(held, Moves(), NOW, clock)
    assert [(one.label, one.tone) for one in shown] == [
        ("CLAUDE week", "tool"),
        ("CODEX 5 h", "think"),
    ]


def test_windows_nobody_uses_are_not_shown_unless_closed() -> None:
    held = World(accounts={"claude-plan": plan(window(0.5))})
    assert cells(held, Moves(), NOW, clock) == ()
    held.accounts["claude-plan"] = plan(window(1.0))
    assert cells(held, Moves(), NOW, clock)[0].closed


@pytest.mark.parametrize(
    ("account", "figure", "note"),
    [
        (plan(window(1.0, 94)), "opens +1:34", "in 1 h 34 m"),
        (plan(window(0.97, 94, status="rejected")), "opens +1:34", "in 1 h 34 m"),
        (plan(window(0.6), closed_until=NOW + 40 * NS), "opens +0:00", "in 40 s"),
        (plan(Window(300, 1.0)), "closed", "reset not told"),
        (plan(Window(300, 1.0, NOW - NS)), "?", "reset at +-1:59"),
    ],
)
def test_closed_windows_say_when_they_open(account: AccountHead, figure: str, note: str) -> None:
    shown = cells(world(account), Moves(), NOW, clock)[0]
    assert (shown.figure, shown.note) == (figure, note)
    assert shown.closed is (figure != "?")


def test_only_the_last_minute_of_a_countdown_ticks() -> None:
    assert windows.due(world(plan(window(1.0, 94))), NOW) == 0.0
    assert windows.due(world(plan(window(1.0, 1))), NOW) == 1.0
    assert windows.due(world(plan(window(0.5, 1))), NOW) == 0.0


def test_names() -> None:
    assert label("codex", Window(10_080, 0)) == "CODEX week"
    assert label("codex", Window(2_880, 0)) == "CODEX 2 d"
    assert label("codex", Window(90, 0)) == "CODEX 90 min"
    two = world(plan(window(0.1)), agents=("claude",))
    two.threads[2] = Head(2, "t2", "", "codex", "codex", "claude-plan", "m", "b")
    assert windows.name(two, two.accounts["claude-plan"]) == "claude"
    assert [until(s) for s in (42, 3_600, 90_000)] == ["in 42 s", "in 1 h 0 m", "in 1 d 1 h"]


def test_a_threads_part_is_its_share_of_the_accounts_tokens() -> None:
    account = plan(window(0.8), tokens=Tokens(input=1_000))
    held = world(account)
    mine = Head(1, "t", "", "claude", "claude", "claude-plan", "m", "b", tokens=Tokens(input=250))
    held.threads[1] = mine
    assert part(held, mine) == (window(0.8), pytest.approx(0.2))
    assert parts(held, [mine]) == ("CLAUDE 5 h", pytest.approx(0.2))
    key = Head(2, "k", "", "native", "native", "a", "m", "b", spent=Spent(usd=Decimal(1)))
    assert part(held, key) is None
    assert parts(held, [key]) is None


@given(st.floats(0, 1), st.floats(0, 0.01), st.integers(0, 10_000))
def test_what_is_called_empty_is_empty_before_the_reset(
    used: float, rate: float, left: int
) -> None:
    one = window(used, left)
    at = empty_at(rate, one, NOW)
    assert at == 0 or NOW <= at < one.resets_at
