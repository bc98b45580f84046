"""The menus behind R, More and N: what they offer, to whom, and what they give."""

from typing import Any

import pytest

from commandcenter.config.resources import resource
from commandcenter.core import orders as od
from commandcenter.core.notation import parse as parse_order
from commandcenter.core.refusals import Ended, NoChange, NoSelection, QueueFull, TargetInvalid
from commandcenter.core.standing import Looping, QueuedOrder
from commandcenter.core.world import Head, World
from commandcenter.hud import giving
from commandcenter.hud.card import Page, command_page, keyed, receivers
from commandcenter.hud.card_pages import (
    loop_page,
    looping,
    model_page,
    more_page,
    rally_page,
)
from commandcenter.hud.keymap import GRID, Keymap, parse


@pytest.fixture(scope="module")
def keymap() -> Keymap:
    return parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))


def head(thread: int, state: str = "idle", **fields: Any) -> Head:
    account = fields.pop("account", "a")
    model = fields.pop("model", "m")
    return Head(
        thread, f"t{thread}", "", "native", "native", account, model, "b", state=state, **fields
    )


def world(*heads: Head, groups: dict[int, tuple[int, ...]] | None = None) -> World:
    return World(threads={h.id: h for h in heads}, groups=groups or {})


def actions(page: Page) -> dict[str, bool]:
    return {place.action: place.enabled for place in page.places if place}


WAITS = (QueuedOrder("1", "pause @self"),)


def test_a_loop_has_conditions_and_ends_where_one_runs() -> None:
    held = world(head(1), head(2, loop=Looping("5", 5, rounds=2)))
    still = actions(loop_page(held, (1,)))
    assert still["loop:5"]
    assert not still["loop:off"]
    page = loop_page(held, (2,))
    assert actions(page)["loop:off"]
    assert page.head.endswith("round 2 of 5")
    assert giving.loop(held, (1, 2), "off") == ['loop #2 --until "off"']
    assert giving.loop(held, (1, 2), "$0.50") == ['loop #1,#2 --until "$0.50"']
    for condition in (one.removeprefix("loop:") for one in actions(page) if ":" in one):
        for text in giving.loop(held, (2,), condition):
            assert isinstance(parse_order(text), od.Loop)


def test_a_digit_sets_the_rounds() -> None:
    page = loop_page(world(head(1)), (1,), count=7)
    first = page.at(0)
    assert first is not None
    assert (first.name, first.action) == ("7 rounds", "loop:7")


def test_no_menu_has_anything_on_the_key_of_x_x() -> None:
    held = world(head(1), groups={1: (1,)})
    slot = GRID.index("X")
    for page in (loop_page(held, (1,)), rally_page(held, (1,)), more_page(held, (1,))):
        assert page.at(slot) is None


def test_rally_keeps_each_group_in_its_digits_place() -> None:
    held = world(head(1, rally="review"), head(2), groups={3: (2,), 0: (1, 2)})
    page = rally_page(held, (1,))
    for digit, slot in ((1, 0), (3, 2), (0, 9)):
        place = page.at(slot)
        assert place is not None
        assert place.action == f"to:@group:{digit}"
        assert place.enabled is (digit in (3, 0))
    assert actions(page)["to:review"]
    assert actions(page)["to:"]
    assert giving.rally(held, (1, 2), "review") == ['rally #2 --to "review"']
    assert giving.rally(held, (1,), "review") == []
    assert giving.rally(held, (1,), "") == ['rally #1 --to ""']
    for text in (*giving.rally(held, (1, 2), "@group:3"), *giving.rally(held, (1,), "", True)):
        parse_order(text)


def test_queued_orders_wait_behind() -> None:
    held = world(head(1, "running"), head(2, "ended"), head(3, orders=WAITS * 16))
    assert giving.queued(held, "order.kill", (1, 2, 3)) == ["kill #1 --queued"]
    assert giving.queued(held, "order.pause_resume", (1,)) == ["pause #1 --queued"]
    assert giving.queued(held, "order.interrupt", (2,)) == []
    assert giving.why(held, (3,), "order.kill.queued") == QueueFull(16)
    assert giving.why(held, (2,), "order.kill.queued") == Ended()
    assert giving.why(held, (), "order.kill.queued") == NoSelection()
    why = giving.why(held, (1,), "order.interrupt.queued")  # it would never find a turn
    assert giving.queued(held, "order.interrupt", (1,)) == []
    assert "nothing to interrupt" in why.text()
    for action in ("order.kill", "order.pause_resume"):
        for text in giving.queued(held, action, (1,)):
            assert isinstance(parse_order(text), od.Enqueue)
    later = giving.later(od.Steer("#1", 'say "hi"'))
    assert parse_order(giving.notation.text(later)) == later


def test_priority_stops_at_both_ends_and_clear_needs_a_queue() -> None:
    held = world(head(1), head(2, weight=4.0), head(3, weight=0.5, orders=WAITS))
    ids = (1, 2, 3)
    assert giving.orders(held, "rank.priority_up", ids) == ["priority #1,#3 up"]
    assert giving.orders(held, "rank.priority_down", ids) == ["priority #1,#2 down"]
    assert giving.orders(held, "more.clear_queue", ids) == ["queue #3 --clear"]
    assert giving.why(held, (2,), "rank.priority_up") == NoChange()
    assert isinstance(giving.why(held, (1,), "more.clear_queue"), TargetInvalid)
    for action in ("rank.priority_up", "rank.priority_down", "more.clear_queue"):
        for text in giving.orders(held, action, ids):
            parse_order(text)


def test_models_are_those_of_the_receivers_accounts() -> None:
    held = world(head(1), head(2, model="big"), head(3, account="b", model="other"))
    found = {"accounts": [{"id": "a", "model": "small"}, {"id": "b", "model": "x"}]}
    assert giving.models(held, found, (1,)) == ("big", "m", "small")
    page = model_page(held, (1, 2), ("big", "m"))
    shown = {place.name: place.sub for place in page.places if place}
    assert shown == {"big": "1 now", "m": "1 now", "Other…": ""}
    assert giving.model(held, (1, 2), "big") == ["model #1 --to big"]
    assert giving.model(held, (2,), "big") == []


def test_the_card_says_how_a_loop_stands_and_how_many_can(keymap: Keymap) -> None:
    held = world(head(1, loop=Looping("5", 5, rounds=2)), head(2, "ended"), head(3))
    alone, many = (
        command_page(held, (1,), keymap).at(3),
        command_page(held, (1, 2, 3), keymap).at(3),
    )
    assert alone is not None
    assert many is not None
    assert alone.sub == "round 2 of 5"
    assert looping(head(1, loop=Looping("5", 5))) == "of 5 begins next"
    assert looping(head(1, loop=Looping("$2", rounds=3))) == "round 3, until $2"
    assert (many.badge, many.sub) == ("2/3", "1 loop")


def test_the_head_names_a_subgroup(keymap: Keymap) -> None:
    held = world(head(1), head(2), head(3), groups={2: (1, 2, 3)})
    assert receivers(held, (1, 2), (1, 2, 3)) == "→ group 2: 2 of 3"
    free = world(head(1), head(2), head(3))
    assert receivers(free, (1, 2), (1, 2, 3)) == "→ 2 of 3 selected"
    assert receivers(free, (1,), (1, 2, 3)) == "→ t1, 1 of 3 selected"
    assert receivers(free, (1, 2, 3), (1, 2, 3)) == "→ 3 threads"


def test_a_page_has_the_profiles_keys() -> None:
    page = keyed(loop_page(world(head(1)), (1,)), tuple("POIUY;LKJH/.,MN"))
    assert [place.key for place in page.places if place][:3] == ["P", "O", "I"]
