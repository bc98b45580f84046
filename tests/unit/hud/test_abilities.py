"""Who can take which order: states, what the agent can do, sessions in the person's hands."""

from typing import Any

import pytest

from commandcenter.core.notation import parse as parse_order
from commandcenter.core.refusals import DriverLacks, Ended, NoChange, Taken, TargetInvalid
from commandcenter.core.world import Head, World
from commandcenter.hud import giving
from commandcenter.hud.abilities import can, images, logins
from commandcenter.hud.card_pages import more_page, rest_page

CAPS = {"resume": "resume", "by_hand": "yes", "compact": "yes", "images": "yes"}


def head(thread: int, state: str = "running", **fields: Any) -> Head:
    values: dict[str, Any] = {"state": state, "caps": CAPS, "agent": "claude", **fields}
    agent = values.pop("agent")
    return Head(thread, f"t{thread}", "", agent, agent, "a", "m", "b", **values)


def world(*heads: Head, **fields: Any) -> World:
    return World(threads={h.id: h for h in heads}, **fields)


@pytest.mark.parametrize(
    ("action", "capability"),
    [
        ("order.take", "be taken into your own hands"),
        ("more.hibernate", "be put away and resumed"),
        ("more.compact", "make its context smaller"),
    ],
)
def test_what_the_agent_lacks_is_named(action: str, capability: str) -> None:
    assert can(action, head(1, "idle", caps={})) == DriverLacks(capability)
    assert can(action, head(1, "idle")) is None
    assert can(action, head(1, "ended")) == Ended()


def test_only_what_rests_is_put_away_or_made_smaller() -> None:
    assert isinstance(can("more.hibernate", head(1)), TargetInvalid)
    assert can("more.hibernate", head(1, "hibernated")) is None
    assert isinstance(can("more.compact", head(1)), TargetInvalid)
    assert can("order.pause_resume", head(1, "hibernated")) == NoChange()


def test_a_taken_session_takes_little() -> None:
    taken = head(1, "hibernated", by_hand="cd /w && claude --resume s")
    for action in ("order.steer", "order.interrupt", "order.pause_resume", "order.budget"):
        assert can(action, taken) == Taken()
    for action in ("order.take", "more.rename", "order.kill", "rest.editor", "rest.copy"):
        assert can(action, taken) is None


def test_interrupt_and_model_by_what_the_agent_can() -> None:
    bare = head(1, caps={"interrupt": "none", "set_model": "none"}, in_turn=True)
    assert can("order.interrupt", bare) == DriverLacks("be interrupted")
    assert can("more.model", bare) == DriverLacks("change its model")


def test_pictures_go_only_where_all_take_them() -> None:
    assert images([head(1), head(2)]) is None
    assert images([head(1), head(2, caps={})]) == DriverLacks("take pictures")


def test_one_key_takes_and_gives_back() -> None:
    taken = head(2, "hibernated", by_hand="cd /w && claude")
    held = world(head(1), taken, head(3, "hibernated"))
    assert giving.orders(held, "order.take", (1, 2)) == ["take #1"]
    assert giving.orders(held, "order.take", (2,)) == ["give-back #2"]
    assert giving.orders(held, "more.hibernate", (3,)) == ["wake #3"]
    assert giving.orders(world(head(1, "idle")), "more.compact", (1,)) == ["compact #1"]
    names = {place.action: place.name for place in more_page(held, (2,)).places if place}
    assert names["more.take"] == "Give back"
    for text in ("take #1", "give-back #2", "wake #3", "hibernate #1,#2", "compact #1"):
        parse_order(text)


def test_a_login_is_allowed_and_forbidden_again() -> None:
    held = world(head(1), head(2, agent="native"))
    assert logins(held, list(held.threads.values())) == ("claude",)
    assert giving.orders(held, "rest.login", (1, 2)) == ["allow-login claude"]
    allowed = world(head(1), logins=("claude",))
    assert giving.orders(allowed, "rest.login", (1,)) == ["forbid-login claude"]
    assert giving.orders(world(head(2, agent="native")), "rest.login", (2,)) == []
    place = rest_page(allowed, (1,)).at(3)
    assert place is not None
    assert (place.name, place.sub) == ("Forbid login", "claude")
