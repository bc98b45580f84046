from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.world import AccountHead, Ask, Head, Window, World
from commandcenter.hud.seen import Tally, face, period, seen

NOW = 1_000_000 * NS


def head(**fields: Any) -> Head:
    return Head(1, "fix", "api", "native", "native", "acc", "m", "b", **fields)


TABLE = [
    ({"state": "ended", "outcome": "failed"}, "failed"),
    ({"state": "crashed", "parked": True}, "failed"),
    ({"state": "ended", "outcome": "done"}, "done"),
    ({"state": "ended", "outcome": "merged"}, "done"),
    ({"state": "ended", "outcome": "killed"}, "done"),
    ({"state": "waiting"}, "needs you"),
    ({"state": "running", "parked": True}, "needs you"),
    ({"state": "paused", "hold": ("budget",)}, "needs you"),
    ({"state": "frozen"}, "frozen"),
    ({"state": "dying"}, "frozen"),
    ({"state": "pausing"}, "paused"),
    ({"state": "paused", "hold": ("player",)}, "paused"),
    ({"state": "idle"}, "waiting"),
    ({"state": "hibernated"}, "waiting"),
    ({"state": "starting"}, "waiting"),
    ({"state": "cancelling"}, "waiting"),
    ({"state": "crashed"}, "waiting"),
    ({"state": "running", "waits_for": "supply 14 of 14"}, "waiting"),
    ({"state": "running"}, "working"),
]


@pytest.mark.parametrize(("fields", "state"), TABLE)
def test_the_table_of_seven_states(fields: dict[str, Any], state: str) -> None:
    assert seen(head(**fields)) == state


def test_an_account_only_the_player_opens_needs_the_player() -> None:
    waits = head(state="running", waits_for="account closed")
    assert seen(waits, AccountHead("acc", closed_until=0)) == "needs you"
    assert seen(waits, AccountHead("acc", closed_until=NOW)) == "waiting"


@pytest.mark.parametrize(
    ("fields", "line", "glyph"),
    [
        ({"state": "running", "waits_for": "supply 14 of 14"}, "supply 14 of 14", "waiting"),
        ({"state": "starting"}, "starting", "waiting"),
        ({"state": "idle", "line": "report ready"}, "report ready", "idle"),
        ({"state": "hibernated"}, "put away", "away"),
        ({"state": "dying", "fuse_ends": NOW + 7 * NS}, "killed in 7 s", "fuse"),
        (
            {"state": "paused", "hold": ("player",), "moved": NOW - 250 * NS},
            "paused by you 4 m",
            "paused",
        ),
        ({"state": "pausing"}, "pausing, step ends", "pausing"),
        ({"state": "frozen", "moved": NOW - 130 * NS}, "frozen 2 m", "frozen"),
        ({"state": "ended", "outcome": "killed", "line": "x"}, "killed", "killed"),
        ({"state": "ended", "outcome": "done", "line": "3 findings"}, "3 findings", "done"),
        ({"state": "ended", "outcome": "failed", "why": "gave up"}, "gave up", "failed"),
        ({"state": "running", "activity": "tool", "tool": "npm run"}, "npm run", "tool"),
        ({"state": "running", "activity": "thinking", "line": "hm"}, "hm", "think"),
        ({"state": "paused", "hold": ("budget",)}, "budget reached", "needs"),
    ],
)
def test_lines_and_glyphs(fields: dict[str, Any], line: str, glyph: str) -> None:
    shown = face(head(**fields), World(), NOW)
    assert (shown.line, shown.glyph) == (line, glyph)


@pytest.mark.parametrize(
    ("frozen", "fields", "line"),
    [
        (("*",), {"hold": ("player",)}, "spending frozen, paused 4 m"),
        (("acc",), {"why": "cut: spending frozen"}, "spending frozen, paused 4 m"),
        (("other",), {"hold": ("player",)}, "paused by you 4 m"),
        ((), {"why": "cut: spending frozen"}, "cut, paused 4 m"),
    ],
)
def test_what_a_freeze_of_spending_holds_says_so(
    frozen: tuple[str, ...], fields: dict[str, Any], line: str
) -> None:
    stands = head(state="paused", moved=NOW - 250 * NS, **fields)
    assert face(stands, World(frozen_accounts=frozen), NOW).line == line


def test_an_open_question_is_the_line() -> None:
    ask = Ask(7, 1, "tool", "R2", "run migration?", {}, "d", "", "", (), NOW, 3)
    world = World(asks={7: ask})
    shown = face(head(state="waiting", asks=(7,)), world, NOW)
    assert (shown.line, shown.line_color, shown.seen) == ("run migration?", "wait", "needs you")


def test_a_closed_account_counts_down() -> None:
    world = World(accounts={"acc": AccountHead("acc", closed_until=NOW + 42 * NS)})
    shown = face(head(state="running", waits_for="account closed"), world, NOW)
    assert shown.line == "account opens 0:42"
    assert shown.ages


def test_fuse_share_and_ticks() -> None:
    dying = head(state="dying", fuse_ends=NOW + 5 * NS)
    shown = face(dying, World(), NOW)
    assert shown.fuse == pytest.approx(0.5)
    paused = head(state="paused", hold=("player",), moved=NOW - 250 * NS)
    old = face(paused, World(), NOW)
    assert period(shown, dying, NOW) == 0.1
    assert period(old, paused, NOW) == 60.0
    assert not face(head(state="running"), World(), NOW).ages


def test_tally_follows_changes() -> None:
    world = World(threads={1: head(state="running"), 2: head(state="waiting")})
    tally = Tally()
    tally.reset(world)
    assert tally.total == {"working": 1, "needs you": 1}
    world.threads[1] = head(state="ended", outcome="done")
    tally.update(world, [1])
    assert (tally.total["working"], tally.total["done"], tally.of("api")["done"]) == (0, 1, 1)
    del world.threads[2]
    tally.update(world, [2])
    assert tally.total["needs you"] == 0
    assert tally.seen(1) == "done"


def test_held_until_a_window_opens() -> None:
    opens = NOW + 5_640 * NS
    shut = AccountHead("acc", closed_until=opens, windows=(Window(300, 1.0, opens),), auth="login")
    held = head(state="running", hold=("window",), waits_for="window")
    world = World(threads={1: held}, accounts={"acc": shut})
    shown = face(held, world, NOW)
    assert (shown.seen, shown.line, shown.ages) == ("waiting", "opens in 1 h 34 m", True)
    assert period(shown, held, NOW + 100 * NS) == 60.0
    soon = face(held, world, NOW + 5_600 * NS)
    assert soon.line == "window opens 0:40"
    assert period(soon, held, NOW + 5_600 * NS) == 1.0
    assert seen(head(state="running", hold=("window",), calls_open=("c",))) == "working"
    assert face(head(state="running", hold=("window",)), World(), NOW).line == "window closed"
    stopped = head(state="paused", hold=("window",), moved=NOW)
    assert face(stopped, World(), NOW).line == "window closed 0 s"


def test_a_session_in_the_persons_hands_waits() -> None:
    taken = head(state="hibernated", by_hand="cd /w && claude --resume s")
    shown = face(taken, World(threads={1: taken}), NOW)
    assert (shown.seen, shown.line, shown.glyph) == ("waiting", "in your hands", "away")
    assert face(head(state="hibernated"), World(), NOW).line == "put away"
