"""World after marks, goals, notes, groups and what is put off."""

from itertools import count

import pytest

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.codec import Entry, Row, Stamp, draft, load_entry
from commandcenter.core.reduce import apply
from commandcenter.core.standing import GroupRules, MapFlag
from commandcenter.core.world import World, dump, load

WALL = 1_000 * NS


class Told:
    """A world that is told one event after the other."""

    def __init__(self) -> None:
        self.world = World()
        self._seq = count(1)
        self(ev.ThreadCreated("t1", "", "native", "native", "a", "m", "x"), 1)

    def __call__(self, event: ev.Event, thread: int = 0, wall: int = WALL) -> None:
        apply(self.world, Entry(next(self._seq), wall, 0.0, Stamp(thread), event))


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_heads_marks(told: Told) -> None:
    told(ev.TurnEnded("end"), 1)
    told(ev.TurnEnded("cancelled"), 1)
    told(ev.TurnEnded("end"), 1)
    told(ev.SeenMarked(1, 0), 1)
    told(ev.PriorityChanged(4.0), 1)
    told(ev.TagsChanged(("api",)), 1)
    told(ev.GoalSet("be quick"), 1)
    head = told.world.threads[1]
    assert (head.results, head.results_seen, head.diff_seen) == (2, 1, 0)
    assert (head.weight, head.tags, head.goal) == (4.0, ("api",), "be quick")


def test_events_of_a_thread_that_is_not_there_change_nothing(told: Told) -> None:
    before = dict(told.world.threads)
    for event in (ev.SeenMarked(1, 0), ev.PriorityChanged(4.0), ev.TagsChanged(()), ev.GoalSet("")):
        told(event, 9)
    assert told.world.threads == before


def test_notes_and_their_numbers(told: Told) -> None:
    told(ev.FlagSet(1, 10, 20, "here"))
    told(ev.FlagSet(2, 30, 40, "there"))
    told(ev.FlagRemoved(1))
    told(ev.FlagRemoved(7))
    assert told.world.flags == {2: MapFlag(2, 30, 40, "there", WALL)}
    assert told.world.last_flag == 2
    told(ev.FlagSet(1, 10, 20, "here"))
    assert told.world.last_flag == 2


def test_rules_that_are_all_off_leave_nothing(told: Told) -> None:
    told(ev.GroupRuled(3, True, False, "api"))
    assert told.world.group_rules == {3: GroupRules(exclusive=True, auto="api")}
    told(ev.GroupRuled(3, False, False, ""))
    assert told.world.group_rules == {}


def test_an_empty_group_leaves_nothing(told: Told) -> None:
    told(ev.GroupChanged(3, (1,)))
    assert told.world.threads[1].groups == (3,)
    told(ev.GroupChanged(3, ()))
    assert told.world.groups == {}
    assert told.world.threads[1].groups == ()


def raised(told: Told, severity: ev.Severity, wall: int = WALL) -> None:
    told(ev.AlertRaised("x", severity, "test", "a line"), 1, wall)


def test_what_is_put_off(told: Told) -> None:
    told(ev.Asked(5, "tool", "R1", "rm", {}, ""), 1)
    raised(told, "warn")
    told(ev.Deferred("5", 7))
    told(ev.Deferred("x", 8))
    told(ev.Snoozed("x", 9))
    for event in (ev.Deferred("6", 7), ev.Deferred("y", 7), ev.Snoozed("y", 7)):
        told(event)
    alert = told.world.alerts["x"]
    assert (told.world.asks[5].deferred, alert.deferred, alert.snoozed) == (7, 8, 9)


def test_a_snoozed_alert_stays_so_until_it_is_graver(told: Told) -> None:
    raised(told, "info")
    told(ev.Snoozed("x", WALL * 2))
    raised(told, "info", WALL + NS)
    raised(told, "info", WALL + 900 * NS)
    assert told.world.alerts["x"].snoozed == WALL * 2
    raised(told, "danger", WALL + 901 * NS)
    assert told.world.alerts["x"].snoozed == 0


def test_acts_change_no_world_and_survive_the_journal(told: Told) -> None:
    event = ev.PlayerActed((ev.Act("select", "ab", WALL, "mouse"),))
    before = dump(told.world)
    told(event)
    told.world.seq -= 1
    assert dump(told.world) == before
    made = draft(event, Stamp(by="player"), 1.0, WALL)
    entry = load_entry(Row(1, made.wall, made.thread, made.epoch, made.kind, made.payload))
    assert (entry.event, entry.stamp.by) == (event, "player")


def test_all_of_it_is_in_the_snapshot(told: Told) -> None:
    told(ev.GoalSet("be quick"), 1)
    told(ev.GroupRuled(3, True, False, "api"))
    told(ev.FlagSet(1, 10, 20, "here"))
    assert load(dump(told.world)) == told.world
