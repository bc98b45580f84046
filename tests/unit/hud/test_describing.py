"""Names for a screen reader: exact words, one line, nothing hidden in them."""

from collections import Counter
from decimal import Decimal

import msgspec
import pytest

from commandcenter.core.refusals import NoSelection
from commandcenter.core.world import Head, Limit, Spent, World
from commandcenter.hud import describing
from commandcenter.hud.card import Place
from commandcenter.testing.worlds import NOW, demo_world


def head(**changes: object) -> Head:
    plain = Head(3, "fix-b03", "billing-api", "native", "native", "acc", "qwen", "fix it")
    return msgspec.structs.replace(plain, **changes)


def world_of(one: Head) -> World:
    found = World()
    found.threads[one.id] = one
    return found


def test_the_name_has_the_shape_of_the_design() -> None:
    one = head(
        state="waiting",
        groups=(2,),
        spent=Spent(usd=Decimal("0.42")),
        limit=Limit(usd=Decimal("1.50")),
        results=4,
        results_seen=1,
    )
    said = describing.thread(one, world_of(one), NOW, describing.spot("billing-api", 2, 4))
    assert said == (
        "fix-b03, needs you, group 2, $0.42 of $1.50, 3 unseen, row 1 column 3 of billing-api"
    )


def test_what_is_not_there_is_not_said() -> None:
    one = head(state="running")
    assert describing.thread(one, world_of(one), NOW) == "fix-b03, working"


@pytest.mark.parametrize(
    ("state", "outcome", "word"),
    [
        ("idle", "", "idle"),
        ("hibernated", "", "put away"),
        ("ended", "killed", "killed"),
        ("ended", "failed", "failed"),
        ("frozen", "", "frozen"),
        ("dying", "", "kill fuse burns"),
    ],
)
def test_the_word_is_as_exact_as_the_glyph(state: str, outcome: str, word: str) -> None:
    one = head(state=state, outcome=outcome)
    assert describing.state(one, world_of(one), NOW) == word


def test_rows_and_columns_count_from_one() -> None:
    assert describing.spot("a", 0, 4) == describing.Spot("a", 1, 1)
    assert describing.spot("a", 7, 4) == describing.Spot("a", 2, 4)
    assert describing.spot("a", 3, 0) == describing.Spot("a", 4, 1)


def test_money_tokens_and_what_is_only_reported() -> None:
    assert describing.money(head()) == ""
    assert describing.money(head(limit=Limit(tokens=3_000_000))) == "0 of 3.0 M tokens"
    told = head(metered=False, spent=Spent(usd=Decimal(2)))
    assert describing.money(told) == "about $2.00"


def test_a_sector_counts_what_matters() -> None:
    counts = Counter({"working": 20, "needs you": 2, "failed": 1, "done": 1})
    said = describing.sector("billing-api", counts)
    assert said == "billing-api, 24 threads, 1 failed, 2 need you, 20 working"
    assert describing.sector("a", Counter({"needs you": 1})) == "a, 1 thread, 1 needs you"


def test_a_button_says_key_takers_and_why_it_is_greyed() -> None:
    place = Place(2, "order.pause_resume", "Pause", badge="3/5", reason=NoSelection())
    assert describing.button(2, place, "E") == "Pause, key E, 3 of 5 can"
    assert describing.why(place).startswith(NoSelection().text())
    assert describing.button(4, None, "T") == "place 5, empty"
    assert describing.why(None) == ""


def test_marks_that_a_voice_swallows_are_words() -> None:
    assert describing.spoken(";") == "semicolon"
    assert describing.spoken("Q") == "Q"


def test_hostile_names_stay_one_plain_line() -> None:
    one = head(name="a\u202eb\x1b[31m\nc", state="running")
    said = describing.thread(one, world_of(one), NOW)
    assert said.isprintable()
    assert "\u202e" not in said


def test_every_thread_of_a_world_has_a_name_and_a_state() -> None:
    world = demo_world(5, 24)
    for one in world.threads.values():
        said = describing.thread(one, world, NOW, describing.spot(one.operation, 1, 4))
        assert said.startswith(f"{one.name}, ")
        assert said.endswith(f"row 1 column 2 of {one.operation}")
