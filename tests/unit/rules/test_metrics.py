"""APM and EPM of small games, with the numbers that screen.md 13 gives them."""

from itertools import count

import pytest

from commandcenter.core import notation
from commandcenter.core.base import NS, By
from commandcenter.core.codec import Entry, Stamp
from commandcenter.core.events import (
    Act,
    Asked,
    Event,
    OrderGiven,
    OrderRefused,
    OrderUndone,
    PlayerActed,
)
from commandcenter.rules import metrics
from commandcenter.rules.metrics import Figures, Tally

START = 1_000_000 * NS


class Game:
    """Entries at seconds since the start."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._seq = count(1)

    def entry(self, second: float, event: Event, by: By = "player", thread: int = 0) -> None:
        wall = START + round(second * NS)
        stamp = Stamp(thread, by=by)
        self.tally.take(Entry(next(self._seq), wall, second, stamp, event))

    def order(self, second: float, text: str, by: By = "player") -> str:
        order = notation.parse(text)
        id = f"{next(self._seq):032x}"
        threads = tuple(map(int, getattr(order, "target", "#0").lstrip("#").split(",#")))
        self.entry(second, OrderGiven(id, order, threads), by)
        return id

    def select(self, second: float, target: str = "a", kind: str = "select") -> None:
        act = Act(kind, target, START + round(second * NS), "key")
        self.entry(second + 1, PlayerActed((act,)))

    def recall(self, second: float, group: int) -> None:
        self.select(second, f"group:{group}", "recall")

    def after(self, second: float) -> Figures:
        return self.tally.figures(START + round(second * NS), START)


def counted(figures: Figures) -> tuple[int, int]:
    """(APM's actions, EPM's)."""
    return figures.actions, figures.effective


@pytest.fixture
def game() -> Game:
    return Game()


def test_nothing_was_done(game: Game) -> None:
    assert game.after(30) == Figures()


def test_rates_are_per_minute_over_the_last_60_s(game: Game) -> None:
    for second in range(0, 60, 2):
        game.select(second, f"{second}")
    figures = game.after(61.1)
    assert (figures.apm, figures.epm) == (29.0, 29.0), "that at 0 s is a minute old"
    assert figures.actions == 30


def test_a_young_game_counts_over_at_least_ten_seconds(game: Game) -> None:
    for second in (0.5, 1.5):
        game.select(second, f"{second}")
    assert game.after(4).apm == 12.0, "2 in 10 s"
    assert game.after(21.1).apm == 6.0, "2 in 20 s"


def test_what_is_younger_than_judgement_is_not_shown(game: Game) -> None:
    game.order(1.0, "pause #1")
    assert counted(game.after(2.05)) == (0, 0)
    assert counted(game.after(2.1)) == (1, 1)


def test_shown_figures_do_not_change(game: Game) -> None:
    id = game.order(1.0, "pause #1")
    assert game.after(3).effective == 1
    game.entry(4, OrderRefused(id, {"type": "Ended"}, "it has ended"))
    assert game.after(6).effective == 1


def test_a_session_leaves_long_gaps_out(game: Game) -> None:
    for second in (0, 30, 60, 3_600, 3_630, 3_660):
        game.select(second, f"{second}")
    figures = game.after(3_700)
    assert figures.active_s == 120.0
    assert figures.apm_session == 3.0
    assert figures.apm == 1.0, "of the last 60 s: one"


def test_refused_orders_have_no_effect(game: Game) -> None:
    id = game.order(1, "pause #1")
    game.entry(1.1, OrderRefused(id, {"type": "Ended"}, "it has ended"))
    part = game.order(2, "pause #1,#2")
    game.entry(2.1, OrderRefused(part, {"type": "Ended"}, "it has ended"), thread=2)
    assert counted(game.after(9)) == (2, 1)


def test_undone_within_085_s(game: Game) -> None:
    quick, slow = game.order(1, "pause #1"), game.order(10, "pause #1")
    game.order(1.8, "undo")
    game.entry(1.85, OrderUndone(quick))
    game.order(11, "undo")
    game.entry(11, OrderUndone(slow))
    assert counted(game.after(20)) == (4, 3)


def test_countered_within_085_s(game: Game) -> None:
    game.order(1, "pause #1")
    game.order(1.8, "resume #1")
    game.order(5, "pause #1")
    game.order(5.8, "resume #2")
    assert counted(game.after(9)) == (4, 3), "the first pause was countered"


def test_the_same_order_to_the_same_receivers_within_042_s(game: Game) -> None:
    for second, text in ((1, "pause #1"), (1.4, "pause #1"), (2, "pause #1"), (2.1, "pause #2")):
        game.order(second, text)
    assert counted(game.after(9)) == (4, 3)


def test_each_press_of_undo_goes_a_step_further(game: Game) -> None:
    for second in (1, 1.2, 1.4):
        game.order(second, "undo")
    assert counted(game.after(9)) == (3, 3)


def test_more_than_five_identical_within_105_s(game: Game) -> None:
    for step in range(7):
        game.order(1 + step * 0.15, "undo")
    assert counted(game.after(9)) == (7, 5)


def test_a_selection_within_034_s_of_another(game: Game) -> None:
    for second, target in ((1, "a"), (1.3, "b"), (1.6, "c"), (3, "d"), (3.4, "e")):
        game.select(second, target)
    assert counted(game.after(9)) == (5, 3)


def test_a_double_tap_counts_and_a_third_does_not(game: Game) -> None:
    for second in (1, 1.2, 1.4):
        game.recall(second, 3)
    game.recall(5, 1)
    game.recall(5.2, 2)
    assert counted(game.after(9)) == (5, 3)


def test_the_same_group_set_twice_running(game: Game) -> None:
    game.order(1, "group #1 --set 3")
    game.order(3, "group #1,#2 --set 3")
    game.order(5, "group #1 --set 4")
    game.select(6)
    game.order(8, "group #1 --set 4")
    assert counted(game.after(20)) == (5, 4)


def test_what_rules_do_is_kept_apart(game: Game) -> None:
    game.order(1, "pause #1", "rule")
    game.order(2, "pause #1", "workflow")
    game.order(3, "pause #1", "engine")
    game.order(4, "pause #1", "cli")
    figures = game.after(9)
    assert (figures.actions, figures.auto) == (1, 2)


def test_other_acts_are_no_actions_of_their_own(game: Game) -> None:
    game.select(1, "a", "order")
    game.select(2, "a", "camera")
    assert game.after(9).actions == 0


def test_decisions(game: Game) -> None:
    for ask, (asked, answered) in enumerate(((0, 4), (0, 10), (5, 35)), 1):
        game.entry(asked, Asked(ask, "tool", "R1", "x", {}, ""), "engine", 1)
        game.order(answered, f"approve {ask}" if ask < 3 else f"deny {ask}")
    late = game.order(40, "approve 2")
    game.entry(40.1, OrderRefused(late, {"type": "AlreadyAnswered"}, "it was answered"))
    figures = game.after(60)
    assert figures.decisions == 3
    assert figures.decision_median_s == 10.0
    assert figures.decisions_per_hour == 18.0, "3 in ten minutes"
    assert game.after(3_600).decisions_per_hour == 3.0
    assert game.after(7_300).decisions_per_hour == 0.0


def test_the_last_figures_are_of_what_came_since(game: Game) -> None:
    game.select(1, "a")
    game.select(100, "b")
    now = START + 110 * NS
    assert game.tally.figures(now, START + 50 * NS).actions == 1


def test_what_nobody_asks_for_does_not_pile_up(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST", 50)
    for second in range(200):
        game.order(second, "pause #1")
    assert len(game.tally._pending) <= 50
    assert counted(game.after(300))[0] == 200
