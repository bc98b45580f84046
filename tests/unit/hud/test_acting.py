from commandcenter.core.base import NS
from commandcenter.hud.acting import MOST, Acting, hashed


def test_selecting_counts_once_and_recall_by_its_group() -> None:
    acting = Acting()
    acting.begin("cursor.left", 1.0, by_key=True)
    acting.selected((3,), 10)
    acting.selected((3,), 11)
    acting.end()
    acting.begin("group.recall.2", 2.0, by_key=True)
    acting.selected((3,), 12)
    acting.end()
    acting.selected((4, 5), 13)
    acts = acting.take(20)
    assert [(act.kind, act.target, act.source) for act in acts] == [
        ("select", hashed((3,)), "key"),
        ("recall", "group:2", "key"),
        ("select", hashed((5, 4)), "mouse"),
    ]
    assert not acting.waiting
    assert acting.last == 2.0


def test_a_held_key_counts_nothing() -> None:
    acting = Acting()
    acting.repeats = True
    acting.selected((1,), 10)
    acting.repeats = False
    acting.selected((1,), 11)
    assert acting.take(20) == []


def test_unsent_acts_wait_and_old_ones_go() -> None:
    acting = Acting()
    for number in range(MOST + 20):
        acting.selected((number,), number)
    acts = acting.take(NS)
    assert len(acts) == MOST
    acting.give_back(acts)
    assert acting.waiting
    assert acting.take(10_000 * NS) == []
