from decimal import Decimal
from typing import Any

import pytest

from commandcenter.config.resources import resource
from commandcenter.core.notation import parse as parse_order
from commandcenter.core.refusals import Ended, NoSelection, NotYet, OtherKey
from commandcenter.core.world import Ask, Head, Limit, World
from commandcenter.hud import giving
from commandcenter.hud.card import Page, Template, approval_page, command_page
from commandcenter.hud.card_pages import budget_page, more_page, rest_page, template_page
from commandcenter.hud.keymap import GRID, Keymap, parse


@pytest.fixture(scope="module")
def keymap() -> Keymap:
    return parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))


def head(thread: int, state: str = "running", **fields: Any) -> Head:
    values = {"state": state, "in_turn": state == "running", **fields}
    return Head(thread, f"t{thread}", "", "native", "native", "a", "m", "b", **values)


def world(*heads: Head, groups: dict[int, tuple[int, ...]] | None = None) -> World:
    return World(threads={h.id: h for h in heads}, groups=groups or {})


def names(page: Page) -> list[str]:
    return [place.name if place else "" for place in page.places]


def test_fifteen_fixed_places(keymap: Keymap) -> None:
    for held, ids in ((world(), ()), (world(head(1)), (1,)), (world(head(1, "ended")), (1,))):
        page = command_page(held, ids, keymap)
        assert next(place.action for place in page.places if place) == "order.steer"
        shown = names(page)
        assert [n for n in shown if n not in ("Pause", "Resume")] == [
            *("Steer", "Interrupt", "Loop", "Goal", "Reassign", "Split", "Merge"),
            *("Escalate", "Downgrade", "Budget", "Freeze", "Checkpoint", "Verify", "More"),
        ]
        assert tuple(place.key for place in page.places if place) == GRID


def test_nothing_selected_greys_and_says_so(keymap: Keymap) -> None:
    page = command_page(world(), (), keymap)
    assert page.head == "nothing selected"
    steer = page.at(0)
    assert steer is not None
    assert isinstance(steer.reason, NoSelection)


def test_later_milestones_answer_not_yet(keymap: Keymap) -> None:
    split = command_page(world(head(1)), (1,), keymap, "M3").at(6)
    assert split is not None
    assert split.reason == NotYet("M4")
    assert split.sub == "M4"
    built = command_page(world(head(1, workspace="/w", turn=1)), (1,), keymap, "M4").at(6)
    assert built is not None
    assert built.enabled


def test_head_and_badge_name_the_receivers(keymap: Keymap) -> None:
    held = world(head(1), head(2, "ended"), head(3), groups={2: (1, 2, 3)})
    page = command_page(held, (1, 2), keymap)
    assert page.head == "\u2192 group 2: 2 of 3"
    steer, ended = page.at(0), command_page(held, (2,), keymap).at(0)
    assert steer is not None
    assert ended is not None
    assert (steer.badge, steer.enabled) == ("1/2", True)
    assert ended.reason == Ended()


@pytest.mark.parametrize(
    ("states", "name", "order"),
    [
        (("running", "paused"), "Pause", "pause #1,#2"),
        (("paused", "frozen"), "Resume", "resume #1,#2"),
        (("dying",), "Resume", "resume #1"),
        (("idle",), "Pause", "pause #1"),
        (("running", "ended"), "Pause", "pause #1"),
    ],
)
def test_one_key_pauses_or_resumes(
    keymap: Keymap, states: tuple[str, ...], name: str, order: str
) -> None:
    held = world(*(head(n + 1, state) for n, state in enumerate(states)))
    ids = tuple(held.threads)
    place = command_page(held, ids, keymap).at(2)
    assert place is not None
    assert place.name == name
    assert giving.orders(held, "order.pause_resume", ids) == [order]


def test_orders_go_to_those_who_can() -> None:
    held = world(head(1), head(2, "ended"), head(3, "idle"), head(4, "dying"))
    assert giving.orders(held, "order.interrupt", (1, 2, 3)) == ["interrupt #1"]
    assert giving.orders(held, "freeze", (1, 2, 4)) == ["freeze #1"]
    assert giving.orders(held, "kill", (1, 2)) == ["kill #1"]
    assert giving.orders(held, "more.kill_now", (1,)) == ["kill #1 --now"]
    assert giving.orders(held, "more.revive", (1, 2)) == ["revive #2"]
    assert giving.orders(held, "order.interrupt", (2,)) == []
    for action in ("order.interrupt", "freeze", "kill", "more.kill_now"):
        for text in giving.orders(held, action, (1,)):
            parse_order(text)


def test_budget_raises_each_limit() -> None:
    held = world(
        head(1, limit=Limit(usd=Decimal("1.00"))),
        head(2, limit=Limit(usd=Decimal("1.00"))),
        head(3, limit=Limit(tokens=1000, at_limit="finish_turn")),
        head(4),
    )
    ids = (1, 2, 3, 4)
    assert giving.orders(held, "budget.up50", ids) == [
        "budget #1,#2 --usd 1.50",
        "budget #3 --tokens 1500 --at-limit finish_turn",
    ]
    assert giving.orders(held, "budget.lift", (1,)) == ["budget #1"]
    assert giving.orders(held, "budget.at_limit", (1, 3)) == [
        "budget #1 --usd 1.00 --at-limit finish_turn",
        "budget #3 --tokens 1000 --at-limit downgrade",
    ]
    for text in giving.orders(held, "budget.up10", ids):
        parse_order(text)


def test_the_budget_menu_greys_what_has_no_limit() -> None:
    free = budget_page(world(head(1)), (1,))
    assert [place.slot for place in free.places if place and place.enabled] == [2, 3]
    held = budget_page(world(head(1, limit=Limit(tokens=5))), (1,))
    assert [place.slot for place in held.places if place and place.enabled] == [0, 1, 2, 3, 4, 5]
    plan = budget_page(world(head(1, auth="login", metered=False)), (1,))
    assert [place.slot for place in plan.places if place and place.enabled] == [2, 3, 6, 7]


def test_a_share_of_the_window_keeps_the_other_limits() -> None:
    held = world(head(1, limit=Limit(tokens=500)), head(2), head(3, metered=False))
    assert giving.shares(held, (1, 2), 20) == [
        "budget #1 --tokens 500 --share 20",
        "budget #2 --share 20",
    ]
    shared = world(head(1, limit=Limit(share=80, reported=True)))
    assert giving.orders(shared, "budget.up50", (1,)) == ["budget #1 --share 100 --reported"]
    assert giving.orders(held, "budget.reported", (1, 2, 3)) == ["budget #3 --reported"]
    for text in giving.shares(held, (1, 2, 3), 20):
        parse_order(text)


def test_more_never_ends_a_thread_on_the_key_of_x_x() -> None:
    page = more_page(world(head(1)), (1,))
    assert page.at(GRID.index("X")) is None
    shown = {place.action: place for place in page.places if place}
    assert shown["more.rename"].enabled
    assert not shown["more.revive"].enabled
    assert not shown["more.fork"].enabled
    rest = {place.action: place for place in rest_page(world(head(1)), (1,)).places if place}
    assert isinstance(rest["rest.tournament"].reason, NotYet)
    assert len(rest_page(world(head(1)), (1,)).places) == 15


def test_menus_of_templates() -> None:
    page = template_page("NEW", [Template("native", note="sparring")] * 20, 4)
    assert page.head == "4 threads"
    assert [place.key for place in page.places if place] == list(GRID)


def test_approve_holds_harmless_things_only(keymap: Keymap) -> None:
    ask = Ask(1, 1, "tool", "R2", "x", {"command": "x"}, "d", "ask", "c", (), 0, 0)
    page = approval_page(keymap, "R2", ask=ask)
    for key in "RTX":
        place = page.at(GRID.index(key))
        assert place is not None
        assert isinstance(place.reason, OtherKey)
    actions = [place.action for place in page.places if place]
    assert not any(a.startswith(("approval.allow", "approval.deny")) for a in actions)
    message = page.at(0)
    assert message is not None
    assert message.enabled
    empty = approval_page(keymap, "nothing asks").places
    assert [place.action for place in empty if place and place.enabled] == ["approval.back"]


def test_the_second_press_is_for_many_and_never_for_urgent_ones() -> None:
    many, few = tuple(range(21)), tuple(range(20))
    assert giving.second_press(many, "order.steer")
    assert not giving.second_press(few, "order.steer")
    for action in ("order.pause_resume", "order.interrupt", "freeze", "kill", "more.kill_now"):
        assert not giving.second_press(many, action)
